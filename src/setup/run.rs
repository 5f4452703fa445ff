// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ties session, screen, steward and scanners together: everything that happens comes through the event loop, so the
//! session is on one thread.

use super::finds::{Finds, scanner};
use super::session::{Effect, Session};
use crate::machine::Fault;
use crate::steward::client::{Asked, StewardClient};
use crate::steward::layout::Layout;
use crate::steward::partition::Data;
use crate::ui::SetupGlass;
use crate::ui::device::{self, GlassOptions};
use motcua_hal::scanner::{ScannerEvent, ScannerHandle};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

/// Between two looks at what came and what is plugged in.
const LOOK: Duration = Duration::from_millis(200);
/// Every so many looks the devices are listed and the steward is asked.
const LIST: u32 = 10;

/// What comes from other threads.
enum News {
    Scanned(Zeroizing<Vec<u8>>),
    Given(Result<(), Vec<Fault>>),
    Faults(Vec<Fault>),
    Lost,
}

struct Setup {
    session: RefCell<Session>,
    glass: SetupGlass,
    layout: Layout,
    steward: StewardClient,
    runtime: Runtime,
    scanners: RefCell<BTreeMap<String, ScannerHandle>>,
    news: Receiver<News>,
    tell: Sender<News>,
}

/// Runs until the steward stops the unit.
pub fn run(root: &Path) -> Result<(), Box<dyn Error>> {
    let layout = Layout::at(root);
    device::open(GlassOptions::default())?;
    let (tell, news) = channel();
    let setup = Rc::new(Setup {
        session: RefCell::new(Session::new(&crate::steward::release::Release::read(&layout).version)),
        glass: SetupGlass::new()?,
        steward: StewardClient::new(&layout.socket())?,
        runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?,
        scanners: RefCell::default(),
        layout,
        news,
        tell,
    });
    let weak = Rc::downgrade(&setup);
    setup.glass.on_intent(move |intent| {
        let Some(setup) = weak.upgrade() else { return };
        let effect = setup.session.borrow_mut().press(&intent);
        setup.after(effect);
    });
    setup.look(true);
    setup.glass.window().show()?;
    let timer = slint::Timer::default();
    let (weak, turn) = (Rc::downgrade(&setup), std::cell::Cell::new(0_u32));
    timer.start(slint::TimerMode::Repeated, LOOK, move || {
        turn.set(turn.get().wrapping_add(1));
        if let Some(setup) = weak.upgrade() {
            setup.look(turn.get() % LIST == 0);
        }
    });
    setup.runtime.spawn(async {
        if crate::hub::serve::asked_to_stop().await.is_ok() {
            let _ = slint::quit_event_loop();
        }
    });
    slint::run_event_loop_until_quit()?;
    Ok(())
}

impl Setup {
    fn after(&self, effect: Option<Effect>) {
        if let Some(Effect::Give(text)) = effect {
            let (steward, tell) = (self.steward.clone(), self.tell.clone());
            self.runtime.spawn(async move {
                let _ = tell.send(News::Given(give(&steward, &text).await));
            });
        }
        self.glass.show(&self.session.borrow().view());
    }

    fn look(&self, list: bool) {
        if list {
            let finds = Finds::look(&self.layout);
            self.plug(&finds);
            self.session.borrow_mut().found(finds);
            let (steward, tell) = (self.steward.clone(), self.tell.clone());
            self.runtime.spawn(async move {
                let Ok(status) = steward.status().await else { return };
                let _ = tell.send(match status.data {
                    Data::Missing => News::Lost,
                    Data::There => News::Faults(status.faults),
                });
            });
        }
        while let Ok(news) = self.news.try_recv() {
            let mut session = self.session.borrow_mut();
            let effect = match news {
                News::Scanned(bytes) => session.scanned(&bytes),
                News::Given(answer) => {
                    session.given(answer);
                    None
                }
                News::Faults(faults) => {
                    session.file_faults(faults);
                    None
                }
                News::Lost => {
                    session.lost();
                    None
                }
            };
            drop(session);
            self.after(effect);
        }
        self.glass.show(&self.session.borrow().view());
    }

    /// Listens to what was plugged in, forgets what is gone.
    fn plug(&self, finds: &Finds) {
        let mut scanners = self.scanners.borrow_mut();
        scanners.retain(|node, _| finds.scanners.contains(node));
        for node in &finds.scanners {
            scanners.entry(node.clone()).or_insert_with(|| {
                let tell = self.tell.clone();
                ScannerHandle::spawn(scanner(&self.layout, node), move |event| {
                    if let ScannerEvent::Scanned(scan) = event {
                        let _ = tell.send(News::Scanned(Zeroizing::new(scan.bytes().to_vec())));
                    }
                })
            });
        }
    }
}

async fn give(steward: &StewardClient, text: &str) -> Result<(), Vec<Fault>> {
    steward.settings(text).await.map_err(|e| match e {
        Asked::Refused(problem) if !problem.faults.is_empty() => problem.faults,
        e => {
            let said = crate::hub::chain(&e);
            tracing::error!(error = said, "the settings were not taken");
            vec![Fault::whole("chưa lưu được cấu hình; khởi động lại thiết bị rồi thử lại", said)]
        }
    })
}
