// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kiosk asks for its citizens: what to bring, bookings, dossiers,
//! feedback, and the marks by which numbers are counted. The same whether the
//! hub is in this process or on the hall's network. A card's number never leaves
//! the kiosk: what it marks is computed here, under keys of the day.

pub mod letters;
mod mail;
mod office;
mod source;
pub mod wire;

pub use mail::receipt;
pub use office::{NotSetUp, Office};

use crate::client::{HubClient, Miss};
use crate::clock::unix_ms;
use crate::disk;
use mail::Mail;
use motcua_core::citizen::{Away, Booked, BookingKey, DossierAnswer, Feedback, Mark};
use motcua_core::procedures::{Procedure, Procedures};
use motcua_core::scan::{Personal, PersonalNumber};
use motcua_link::province::{mark, person_mark};
use motcua_link::trust::seal::SealingPublic;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use wire::{BookingsAsked, BookingsFound, DossierAsked, DossierFound, Keys, Letter};

/// Directory in the kiosk's data.
const DIR: &str = "citizen";
/// The catalogue of last time.
const CATALOGUE: &str = "catalogue.json";
/// The public key for which feedback is sealed, as the hub told it last.
const SEALING: &str = "feedback.public";
/// Between two looks at what the hub has.
const LOOK: Duration = Duration::from_secs(20);
/// Keys that were told so long ago are asked for again before they are used.
const FRESH: Duration = Duration::from_secs(60);
/// That there is no key is believed for so long.
const ABSENT: Duration = Duration::from_secs(2);
/// Keys are forgotten after a day without a hub.
const OLD: Duration = Duration::from_secs(24 * 3_600);
/// A look-up is answered within three seconds, whatever happens behind.
const LONGEST: Duration = Duration::from_millis(2_900);
/// A catalogue is a few megabytes.
const FETCH: Duration = Duration::from_secs(60);

/// The kiosk's desk for citizens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    way: Way,
    dir: PathBuf,
    mail: Mail,
    /// The day's keys, only in memory.
    keys: Mutex<Option<(Keys, Instant)>>,
    /// When the hub did not answer last, and has not since.
    silent: Mutex<Option<Instant>>,
    shelf: watch::Sender<Arc<Procedures>>,
    /// Digest of the catalogue on the shelf.
    digest: Mutex<Option<String>>,
    work: Notify,
}

#[derive(Debug)]
enum Way {
    Here { office: Office, device: String },
    There(HubClient),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// At a hub in this process; `data` is the directory of both, `device` the kiosk's name.
    pub fn local(office: Office, device: &str, data: &Path) -> Desk {
        Desk::new(Way::Here { office, device: device.to_owned() }, data)
    }

    /// At a hub on the network; `data` keeps what serves while it is away.
    pub fn remote(client: HubClient, data: &Path) -> Desk {
        Desk::new(Way::There(client), data)
    }

    fn new(way: Way, data: &Path) -> Desk {
        Desk(Arc::new(Inner {
            way,
            dir: data.join(DIR),
            mail: Mail::of(data),
            keys: Mutex::default(),
            silent: Mutex::default(),
            shelf: watch::channel(Arc::default()).0,
            digest: Mutex::default(),
            work: Notify::new(),
        }))
    }

    /// Keeps catalogue and keys fresh and delivers feedback. Runs until the runtime ends; started once.
    pub fn start(&self, runtime: &Handle) {
        let desk = self.clone();
        runtime.spawn(async move {
            desk.remember().await;
            loop {
                desk.look().await;
                desk.deliver().await;
                let _ = tokio::time::timeout(LOOK, desk.0.work.notified()).await;
            }
        });
    }

    /// The procedures, now and whenever they change; none before a catalogue came.
    pub fn procedures(&self) -> watch::Receiver<Arc<Procedures>> {
        self.0.shelf.subscribe()
    }

    /// Tells of the procedures at once, and again with each new catalogue.
    pub fn follow_procedures(&self, runtime: &Handle, tell: impl Fn(Arc<Procedures>) + Send + 'static) {
        let mut shelf = self.procedures();
        runtime.spawn(async move {
            loop {
                let now = shelf.borrow_and_update().clone();
                tell(now);
                if shelf.changed().await.is_err() {
                    return;
                }
            }
        });
    }

    /// What was kept of an earlier run.
    async fn remember(&self) {
        let (path, here) = (self.0.dir.join(CATALOGUE), matches!(self.0.way, Way::Here { .. }));
        if here {
            return;
        }
        if let Ok(file) = tokio::fs::read_to_string(path).await
            && let Some((of, text)) = file.split_once('\n')
        {
            self.show(of.to_owned(), text.to_owned()).await;
        }
    }

    /// Puts a catalogue on the shelf; false when it cannot be read.
    async fn show(&self, of: String, text: String) -> bool {
        #[derive(Deserialize)]
        struct Catalogue {
            procedures: Vec<Procedure>,
        }
        let read = move || serde_json::from_str::<Catalogue>(&text).map(|c| Procedures::new(c.procedures));
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(procedures)) => {
                *lock(&self.0.digest) = Some(of);
                self.0.shelf.send_replace(Arc::new(procedures));
                true
            }
            Ok(Err(e)) => {
                tracing::error!(error = %e, "the catalogue of procedures cannot be read");
                false
            }
            Err(_) => false,
        }
    }

    async fn look(&self) {
        drop(self.fresh_keys().await);
        let known = lock(&self.0.digest).clone();
        match self.catalogue(known.as_deref()).await {
            Ok(Some((of, text))) => {
                let file = format!("{of}\n{text}");
                if self.show(of, text).await && matches!(self.0.way, Way::There(_)) {
                    self.write(CATALOGUE, file.into_bytes()).await;
                }
            }
            Ok(None) => {}
            Err(miss) => tracing::debug!(error = %miss, "no news of the catalogue"),
        }
    }

    async fn write(&self, name: &'static str, bytes: Vec<u8>) {
        let path = self.0.dir.join(name);
        let written = tokio::task::spawn_blocking(move || disk::keep(&path, &bytes)).await;
        if let Err(e) = written.unwrap_or_else(|e| Err(std::io::Error::other(e))) {
            tracing::error!(file = name, error = %e, "not kept for the next start");
        }
    }

    /// Another catalogue than the known one, with its digest.
    async fn catalogue(&self, known: Option<&str>) -> Result<Option<(String, String)>, Miss> {
        match &self.0.way {
            Way::Here { office, .. } => {
                let other = office.catalogue_digest().filter(|d| Some(d.as_str()) != known);
                Ok(other.and_then(|_| office.catalogue()))
            }
            Way::There(client) => client.newer("/v1/citizen/catalogue", known, FETCH).await,
        }
    }

    /// The keys as the hub has them now.
    async fn fresh_keys(&self) -> Result<Keys, Miss> {
        let keys = match &self.0.way {
            Way::Here { office, .. } => office.keys(),
            Way::There(client) => {
                let asked = client.get::<Keys>("/v1/citizen/keys").await;
                *lock(&self.0.silent) = asked.is_err().then(Instant::now);
                asked?
            }
        };
        let before = lock(&self.0.keys).replace((keys.clone(), Instant::now()));
        if let Some(public) = &keys.feedback
            && before.is_none_or(|(b, _)| b.feedback.as_ref() != Some(public))
        {
            self.write(SEALING, public.clone().into_bytes()).await;
        }
        Ok(keys)
    }

    /// The keys for something that a citizen waits for: those of a moment ago, else asked for, else the last ones.
    async fn keys(&self) -> Option<Keys> {
        let told = lock(&self.0.keys).clone();
        if let Some((keys, at)) = &told
            // A key that is missing may be made at any moment: at the hub's first start, when a day begins.
            && at.elapsed() < if keys.person.is_some() { FRESH } else { ABSENT }
        {
            return Some(keys.clone());
        }
        // Nobody waits for a hub that was silent a moment ago.
        let silent = lock(&self.0.silent).is_some_and(|at| at.elapsed() < LOOK);
        if !silent && let Ok(keys) = self.fresh_keys().await {
            return Some(keys);
        }
        told.filter(|(_, at)| at.elapsed() < OLD).map(|(keys, _)| keys)
    }

    /// The mark of a person for the limits of the day; `None` where the hall has none or nothing is known of the key.
    pub async fn mark(&self, number: &PersonalNumber, booked: Vec<String>) -> Option<Mark> {
        let keys = self.keys().await?;
        let day = keys.day.to_string();
        let mark = person_mark(&keys.person_key()?, &keys.site, &day, number.expose());
        Some(Mark { mark, booked })
    }

    /// Bookings of today, by time.
    ///
    /// # Errors
    /// Nobody answers, or the hall has none.
    pub async fn bookings(&self, by: BookingKey) -> Result<Vec<Booked>, Away> {
        let asked = match by {
            BookingKey::Code(code) => BookingsAsked { code: Some(code), card: None },
            BookingKey::Card(number) => {
                // A day's bookings may have come again, under another key.
                let keys = self.fresh_keys().await.map_err(|miss| away(&miss))?;
                let key = keys.booking_key().ok_or(Away::NotSetUp)?;
                let card = mark(&key, &keys.site, &keys.day.to_string(), number.expose());
                BookingsAsked { code: None, card: Some(card) }
            }
        };
        match &self.0.way {
            Way::Here { office, .. } => office.bookings(&asked).map_err(|NotSetUp| Away::NotSetUp),
            Way::There(client) => {
                let found = client.post::<BookingsFound>("/v1/citizen/bookings", &asked, LONGEST / 2).await;
                found.map(|f| f.bookings).map_err(|miss| away(&miss))
            }
        }
    }

    /// Where a dossier is. Answers within three seconds.
    pub async fn dossier(&self, code: &str, factor: Option<Personal>) -> DossierAnswer {
        let number_end = factor.map(|f| f.expose().to_owned());
        let asked = DossierAsked { code: code.trim().to_ascii_uppercase(), number_end };
        let answer = async {
            match &self.0.way {
                Way::Here { office, .. } => office.dossier(&asked).await.map_err(|NotSetUp| Away::NotSetUp),
                Way::There(client) => {
                    let path = "/v1/citizen/dossier";
                    client.post::<DossierFound>(path, &asked, LONGEST).await.map_err(|miss| away(&miss))
                }
            }
        };
        match tokio::time::timeout(LONGEST, answer).await {
            Ok(Ok(DossierFound::Found { dossier })) => DossierAnswer::Found(dossier),
            Ok(Ok(DossierFound::Unknown)) => DossierAnswer::Unknown,
            Ok(Ok(DossierFound::Away)) | Err(_) => DossierAnswer::Away(Away::Silent),
            Ok(Err(away)) => DossierAnswer::Away(away),
        }
    }

    /// Keeps feedback durably, sealed; the code on the receipt. It is delivered in the background. `None` when it
    /// was not kept.
    pub async fn feedback(&self, ask: Uuid, feedback: Feedback) -> Option<String> {
        let key = self.sealing_key().await?;
        let desk = self.clone();
        let kept = tokio::task::spawn_blocking(move || desk.0.mail.keep(ask, &feedback, &key, unix_ms()));
        match kept.await {
            Ok(Ok(code)) => {
                self.0.work.notify_one();
                Some(code)
            }
            Ok(Err(e)) => {
                tracing::error!(error = crate::hub::chain(&e), "feedback");
                None
            }
            Err(_) => None,
        }
    }

    /// As told a moment ago, or at any time before: a key outlives many starts.
    async fn sealing_key(&self) -> Option<SealingPublic> {
        if let Some(keys) = self.keys().await {
            return keys.feedback?.parse().ok();
        }
        let text = tokio::fs::read_to_string(self.0.dir.join(SEALING)).await.ok();
        let key = text.and_then(|t| t.parse().ok());
        if key.is_none() {
            tracing::error!("this kiosk never heard for whom feedback is sealed; it takes none");
        }
        key
    }

    /// Hands over what waits. A silent hub ends the attempt.
    async fn deliver(&self) {
        let desk = self.clone();
        let waiting = tokio::task::spawn_blocking(move || desk.0.mail.waiting()).await;
        let waiting = match waiting.unwrap_or_else(|e| Err(std::io::Error::other(e))) {
            Ok(waiting) => waiting,
            Err(e) => return tracing::error!(error = %e, "feedback that waits cannot be read"),
        };
        for letter in waiting {
            let ask = letter.ask;
            match self.hand_over(letter).await {
                Ok(()) => {}
                Err(NotTaken::Silent) => return,
                Err(NotTaken::Refused(why)) => {
                    tracing::warn!(why, "a feedback is not taken and stays here");
                    continue;
                }
            }
            if let Err(e) = self.0.mail.delivered(ask) {
                tracing::error!(error = %e, "a delivered feedback is still on the disk");
            }
        }
    }

    async fn hand_over(&self, letter: Letter) -> Result<(), NotTaken> {
        match &self.0.way {
            Way::Here { office, device } => match office.take(letter, device.clone()).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(NotTaken::Refused("sealed for another key".into())),
                Err(e) => Err(NotTaken::Refused(crate::hub::chain(&e))),
            },
            Way::There(client) => client.send("/v1/citizen/feedback", &letter).await.map_err(|miss| {
                if miss.is_silence() { NotTaken::Silent } else { NotTaken::Refused(miss.to_string()) }
            }),
        }
    }
}

/// Feedback stays where it is.
enum NotTaken {
    /// The hub does not answer.
    Silent,
    /// It does not take this one.
    Refused(String),
}

/// A hub that knows no such thing, or does not offer it, is not silent.
fn away(miss: &Miss) -> Away {
    match miss {
        Miss::Later(problem) if problem.status == 404 => Away::NotSetUp,
        _ => Away::Silent,
    }
}
