// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician's menu at work: touches to the state machine, its effects to
//! the steward, the checks and the parts. Whoever forgets it open is logged out.

use super::glass::TechnicianGlass;
use super::joined::{self, Aim};
use super::menu::{Effect, Menu, News, Tap};
use super::page::{Ask, ListOf, Page};
use super::parts::{self, Held, Tell};
use crate::doctor::checks::network::Net;
use crate::doctor::checks::printer;
use crate::doctor::roots::text;
use crate::doctor::{Finding, Look, Report, Roots, Words, slip};
use crate::machine::{Device, device};
use crate::steward::client::{Asked, StewardClient};
use crate::steward::update::Standing;
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// The menu closes by itself after so long without a touch.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// Hands off the grid for so long ends its test.
const HANDS_OFF: Duration = Duration::from_secs(10);
/// A network that works is up within so many seconds.
const JOINED_S: u64 = 60;
/// The old one is not gone before.
const SETTLED_S: u64 = 5;
/// How often time is looked at.
const SECOND: Duration = Duration::from_secs(1);

thread_local! {
    /// The menu of this process; lives on the thread of the event loop.
    static TECHNICIAN: RefCell<Option<Rc<Technician>>> = const { RefCell::new(None) };
}

/// What it works with.
#[derive(Debug)]
pub struct Parts {
    /// The steward's socket.
    pub socket: PathBuf,
    /// The system that is tested.
    pub roots: Roots,
    /// Runs the network.
    pub runtime: Handle,
}

/// One technician's session. Stays on the thread of the event loop.
pub struct Technician {
    menu: RefCell<Menu>,
    glass: TechnicianGlass,
    steward: StewardClient,
    roots: Roots,
    device: Option<Device>,
    runtime: Handle,
    held: RefCell<Option<Held>>,
    touched: Cell<Instant>,
    leaving: Cell<bool>,
    /// Which look at a new network counts.
    look: Arc<AtomicU64>,
    /// To the thread that keeps the language: a disk is slower than fingers, and the last choice must win.
    languages: Sender<String>,
    tick: slint::Timer,
}

impl std::fmt::Debug for Technician {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Technician").field("menu", &self.menu).finish_non_exhaustive()
    }
}

impl Technician {
    /// Puts the menu together and shows its first page. The Slint platform must be chosen before; the
    /// caller runs the event loop.
    ///
    /// # Errors
    /// There is no window, or no way to the steward.
    pub fn start(parts: Parts) -> Result<Rc<Technician>, Box<dyn std::error::Error>> {
        // A menu without settings is better than none.
        let device = device::read(&parts.roots.device()).unwrap_or_else(|e| {
            tracing::error!(error = crate::hub::chain(&e), "the device's settings");
            None
        });
        let lang = if text(&language(&parts.roots)).as_deref() == Some("en") { "en" } else { "vi" };
        let technician = Rc::new(Technician {
            menu: RefCell::new(Menu::new(device.clone(), lang)),
            glass: TechnicianGlass::new()?,
            steward: StewardClient::new(&parts.socket)?,
            languages: keeper(language(&parts.roots)),
            roots: parts.roots,
            device,
            runtime: parts.runtime,
            held: RefCell::default(),
            touched: Cell::new(Instant::now()),
            leaving: Cell::new(false),
            look: Arc::default(),
            tick: slint::Timer::default(),
        });
        let weak = Rc::downgrade(&technician);
        technician.glass.on_tap(move |tap| {
            if let Some(technician) = weak.upgrade() {
                technician.tapped(tap);
            }
        });
        let weak = Rc::downgrade(&technician);
        technician.tick.start(slint::TimerMode::Repeated, SECOND, move || {
            if let Some(technician) = weak.upgrade() {
                technician.second();
            }
        });
        TECHNICIAN.with(|t| *t.borrow_mut() = Some(technician.clone()));
        technician.carry_out(Effect::Status);
        technician.show();
        Ok(technician)
    }

    /// The glass.
    pub fn glass(&self) -> &TechnicianGlass {
        &self.glass
    }

    fn show(&self) {
        self.glass.show(&self.menu.borrow().view());
    }

    fn tapped(&self, tap: Tap) {
        self.touched.set(Instant::now());
        self.leaving.set(false);
        let effects = self.menu.borrow_mut().tap(tap);
        self.show();
        effects.into_iter().for_each(|effect| self.carry_out(effect));
    }

    fn hear(&self, news: News) {
        let effects = self.menu.borrow_mut().hear(news);
        self.show();
        effects.into_iter().for_each(|effect| self.carry_out(effect));
    }

    /// A second has passed.
    fn second(&self) {
        let quiet = self.touched.get().elapsed();
        let page = self.menu.borrow().view().page;
        match page {
            Page::Zones(_) if quiet >= HANDS_OFF => self.hear(News::HandsOff),
            Page::Ask { ask: Ask::Updating, .. } => return self.look_after_update(),
            // A stick takes some seconds to be let in, and may be plugged in only now.
            Page::List { of: ListOf::Bundles, .. } if quiet.as_secs() % 3 == 2 => {
                self.carry_out(Effect::Sticks);
            }
            _ => {}
        }
        if quiet >= FORGOTTEN && !self.leaving.replace(true) {
            tracing::info!("nobody is at the technician's menu; it closes");
            self.carry_out(Effect::Order("technician/leave"));
        }
    }

    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Test => self.test(),
            Effect::Print(findings) => self.print(findings),
            Effect::Logs => self.ask(async |s| s.write_logs().await.map(News::Written)),
            Effect::Network => {
                let roots = self.roots.clone();
                std::thread::spawn(move || post(News::Network(Net::of(&roots))));
            }
            Effect::SetupCode => {
                let file = self.roots.state().join(crate::hub::SETUP_CODE);
                std::thread::spawn(move || post(News::SetupCode(text(&file))));
            }
            Effect::Sticks => self.ask(async |s| {
                let sticks = s.sticks().await?;
                Ok(News::Bundles(sticks.into_iter().flat_map(|stick| stick.bundles).collect()))
            }),
            Effect::Status => {
                self.ask(async |s| s.status().await.map(|now| News::Status(Box::new(now))));
            }
            Effect::Settings(text) => {
                self.ask(async move |s: StewardClient| s.settings(text.text()).await.map(|()| News::Settled));
            }
            Effect::Undo => {
                self.look.fetch_add(1, Ordering::Relaxed);
                self.ask(async |s: StewardClient| s.order("settings/undo").await.map(|()| News::Settled));
            }
            Effect::Join(aim) => self.join(aim),
            Effect::Air => self.ask(async |s: StewardClient| {
                // A name can be typed where none is heard.
                let heard =
                    s.wifi().await.inspect_err(|e| tracing::warn!(error = crate::hub::chain(e), "the air"));
                Ok(News::Air(heard.unwrap_or_default()))
            }),
            // The device or this program ends in a moment.
            Effect::Order(deed) => self.ask_quietly(async move |s: StewardClient| s.order(deed).await),
            Effect::Update(bundle) => self.ask_quietly(async move |s: StewardClient| s.update(&bundle).await),
            Effect::Part(test) => {
                self.held.borrow_mut().take();
                if let Some(device) = &self.device {
                    let tell: Tell = Arc::new(post);
                    *self.held.borrow_mut() = parts::begin(&test, device, &tell);
                }
            }
            Effect::LetGo => drop(self.held.borrow_mut().take()),
            Effect::Language(lang) => {
                if self.languages.send(lang.to_string()).is_err() {
                    tracing::warn!("the menu's language is not kept");
                }
            }
        }
    }

    /// Looks whether the new network is up until it is, for a minute, or until another look begins.
    fn join(&self, aim: Aim) {
        let (roots, look) = (self.roots.clone(), self.look.clone());
        let mine = look.fetch_add(1, Ordering::Relaxed) + 1;
        std::thread::spawn(move || {
            let begun = Instant::now();
            let (_hold, never) = channel::<()>();
            while look.load(Ordering::Relaxed) == mine {
                let _ = never.recv_timeout(SECOND);
                let why = joined::missing(&roots, &aim);
                let seconds = begun.elapsed().as_secs();
                match why {
                    None if seconds >= SETTLED_S => return post(News::Joined(Ok(()))),
                    None => {}
                    Some(why) if seconds >= JOINED_S => return post(News::Joined(Err(why))),
                    Some(why) => post(News::Joining(JOINED_S - seconds, why)),
                }
            }
        });
    }

    fn ask<F>(&self, question: impl FnOnce(StewardClient) -> F + Send + 'static)
    where
        F: Future<Output = Result<News, Asked>> + Send + 'static,
    {
        let answer = question(self.steward.clone());
        self.runtime.spawn(async move { post(answer.await.unwrap_or_else(|e| News::Refused(e.words()))) });
    }

    fn ask_quietly<F>(&self, order: impl FnOnce(StewardClient) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), Asked>> + Send + 'static,
    {
        let answer = order(self.steward.clone());
        self.runtime.spawn(async move {
            if let Err(e) = answer.await {
                post(News::Refused(e.words()));
            }
        });
    }

    fn test(&self) {
        let roots = self.roots.clone();
        std::thread::spawn(move || {
            // Slips and tones are for the questions: nobody stands by at a row of a list.
            Look::at(roots, false).check(|finding| post(News::Found(finding.clone())));
        });
    }

    /// On paper, or onto a stick where there is no printer.
    fn print(&self, findings: Vec<Finding>) {
        let (roots, device) = (self.roots.clone(), self.device.clone());
        let lang = self.menu.borrow().view().lang;
        let (steward, runtime) = (self.steward.clone(), self.runtime.clone());
        std::thread::spawn(move || {
            let look = Look::at(roots, false);
            let findings = if findings.is_empty() { look.check(|_| {}) } else { findings };
            let report = Report::of(&look, findings);
            post(match device.and_then(|device| device.printer) {
                Some(config) => News::Printed(printer::put_out(
                    &config.url,
                    &config.profile,
                    slip::report(&report, &lang),
                )),
                None => {
                    let written = runtime.block_on(steward.write_report(&report.text(&lang)));
                    written.map_or_else(|e| News::Refused(e.words()), News::Written)
                }
            });
        });
    }

    /// The agent says how far it is.
    fn look_after_update(&self) {
        let steward = self.steward.clone();
        let lang = self.menu.borrow().view().lang;
        self.runtime.spawn(async move {
            let Ok(now) = steward.update_now().await else { return };
            post(match now {
                Standing::Done { .. } => News::Update(None),
                Standing::Refused { detail, detail_vi, .. } => News::Refused(Words::new(detail_vi, detail)),
                Standing::Returned { version, detail, detail_vi } => News::Refused(Words::new(
                    format!("Phiên bản {version} không đạt, bản cũ đã chạy lại: {detail_vi}."),
                    format!("Version {version} did not prove itself, the old one runs again: {detail}."),
                )),
                Standing::Trying { version, missing, left_s } => {
                    News::Update(Some(tried(&version, &missing, left_s).get(&lang).to_owned()))
                }
                Standing::Installing { percent, .. } => News::Update(Some(format!("{percent} %"))),
                Standing::Restarting { .. } => News::Update(Some("100 %".to_owned())),
                Standing::Idle | Standing::Waiting { .. } => News::Update(Some(String::new())),
            });
        });
    }
}

/// The language that was chosen last; goes with a factory reset.
fn language(roots: &Roots) -> PathBuf {
    roots.data.join("motcua/technician-language")
}

/// Keeps what it is sent, one after the other, until nobody can send any more.
fn keeper(file: PathBuf) -> Sender<String> {
    let (sender, chosen) = channel::<String>();
    std::thread::spawn(move || {
        for lang in chosen {
            if let Err(e) = crate::disk::keep(&file, lang.as_bytes()) {
                tracing::warn!(error = crate::hub::chain(&e), "the menu's language is not kept");
            }
        }
    });
    sender
}

/// A new system that is being looked at.
fn tried(version: &str, missing: &[Words], left_s: u64) -> Words {
    let first =
        missing.first().cloned().unwrap_or_else(|| Words::new("mọi thứ đang tốt", "all is well so far"));
    Words::new(
        format!("Đang thử phiên bản {version}, còn {left_s} giây: {}.", first.vi),
        format!("Version {version} is being tried, {left_s} s are left: {}.", first.en),
    )
}

/// Hands news to the menu from any thread.
fn post(news: News) {
    let told = slint::invoke_from_event_loop(move || {
        let technician = TECHNICIAN.with(|t| t.borrow().clone());
        if let Some(technician) = technician {
            technician.hear(news);
        }
    });
    if told.is_err() {
        tracing::debug!("no event loop");
    }
}

/// Forgets the menu of this thread.
pub fn end() {
    TECHNICIAN.with(|t| t.borrow_mut().take());
}
