// SPDX-License-Identifier: MIT OR Apache-2.0
//! Listening to the hub: its pictures, its clock, its configuration, and its
//! silence, in which the own desk's picture takes the place of the hub's.

use super::{Ordering, Remote};
use crate::client::News;
use crate::clock::WallClock;
use crate::kiosk::link::{LinkNews, Tell};
use motcua_core::hall::Hall;
use motcua_core::queue::HallNow;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

pub(super) struct Follower {
    link: Arc<Remote>,
    hall: Arc<Hall>,
    clock: WallClock,
    tell: Tell,
    /// The hub's last picture.
    last: Option<Arc<HallNow>>,
    /// The hub was found silent and has not been heard since.
    lost: bool,
    /// The hub has said in this connection which kiosk this is.
    met: bool,
    /// A version of the configuration that cannot be used.
    wrong: String,
}

impl Follower {
    pub fn new(link: Arc<Remote>, hall: Arc<Hall>, clock: WallClock, tell: Tell) -> Follower {
        Follower { link, hall, clock, tell, last: None, lost: false, met: false, wrong: String::new() }
    }

    pub async fn run(mut self, mut heard: UnboundedReceiver<News<HallNow>>) {
        // Before anybody can touch anything, so that no ticket of this run is taken for an old one.
        self.link.own.begin(&self.hall, &self.clock).await;
        let mut own = None;
        loop {
            if own.is_none() {
                own = self.link.own.now();
            }
            tokio::select! {
                news = heard.recv() => match news {
                    Some(News::Picture(now)) => {
                        let unix_ms = now.unix_ms;
                        self.last = Some(Arc::new(now));
                        self.present(true, unix_ms).await;
                    }
                    Some(News::Beat(beat)) => self.present(false, beat.unix_ms).await,
                    Some(News::Lost(why)) => self.absent(why.is_some()),
                    None => return,
                },
                () = changed(&mut own), if self.lost => self.tell_alone(),
            }
        }
    }

    async fn present(&mut self, fresh: bool, unix_ms: i64) {
        if self.link.is_cut() {
            return self.absent(false);
        }
        let Some(now) = self.last.clone() else { return };
        let news = fresh || self.lost;
        let mut changed = self.lost;
        self.lost = false;
        self.configure(&now.hall_version).await;
        if news {
            self.link.denied.store(false, Ordering::Relaxed);
            changed |= !self.link.there.swap(true, Ordering::Relaxed);
            let here = (now.day, now.hall_version.clone());
            changed |= std::mem::replace(&mut *self.link.last(), here.clone()) != here;
            (self.tell)(LinkNews::Hall(Some(now.clone())));
        }
        self.link.own.hear(unix_ms).await;
        if !self.met {
            match self.link.client.me().await {
                Ok(me) => {
                    self.met = true;
                    self.link.own.meet(me.number, &self.hall, &self.clock, &now).await;
                }
                Err(e) => tracing::warn!(error = %e, "the hub did not say which kiosk this is"),
            }
        }
        if news {
            self.link.own.saw(&self.hall, &now).await;
        }
        if changed {
            self.link.own.work.notify_one();
        }
    }

    fn absent(&mut self, denied: bool) {
        self.lost = true;
        self.met = false;
        self.link.denied.store(denied, Ordering::Relaxed);
        self.link.there.store(false, Ordering::Relaxed);
        self.tell_alone();
    }

    fn tell_alone(&self) {
        (self.tell)(LinkNews::Hall(self.link.alone()));
    }

    /// Takes the hub's configuration where it is another one.
    async fn configure(&mut self, version: &str) {
        if version.is_empty() || version == self.hall.version || version == self.wrong {
            return;
        }
        match self.link.client.hall().await {
            Ok(text) => match Hall::parse(&text) {
                Ok(hall) => {
                    self.hall = Arc::new(hall);
                    self.link.own.configured(&self.hall).await;
                    (self.tell)(LinkNews::Config(self.hall.clone()));
                }
                Err(faults) => {
                    tracing::error!(
                        ?faults,
                        "this program finds the hub's configuration wrong and keeps its own"
                    );
                    version.clone_into(&mut self.wrong);
                }
            },
            Err(e) => tracing::warn!(error = %e, "the hub did not tell its configuration"),
        }
    }
}

async fn changed(own: &mut Option<watch::Receiver<Arc<HallNow>>>) {
    let over = match own {
        Some(now) => now.changed().await.is_err(),
        None => true,
    };
    if over {
        std::future::pending::<()>().await;
    }
}
