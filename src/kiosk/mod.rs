// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ticket kiosk: one citizen session, the glass, the way to the hub and the
//! paper desk, tied together on the thread of the event loop. What to do is
//! decided in the core; here it is only carried out.

mod facts;
pub mod hands;
pub mod keypad;
pub mod link;
mod own;
mod paper;
pub mod readers;
mod remote;
#[cfg(any(feature = "desktop", feature = "linuxkms", feature = "sim"))]
mod run;
mod sheets;
mod slip;
#[cfg(any(feature = "desktop", feature = "linuxkms", feature = "sim"))]
mod trial;
mod voice;

#[cfg(any(feature = "desktop", feature = "linuxkms", feature = "sim"))]
pub use run::{Options, run};
pub use slip::slip;

use crate::aloud::Ear;
use crate::citizen::Desk;
use crate::clock::WallClock;
use crate::hub::Request;
use crate::store::Answer;
use crate::ui::{Glass, Key};
use crate::voice::Bank;
use keypad::KeypadParts;
use link::{HubLink, LinkNews};
use motcua_core::announce::{CHIME, Clip};
use motcua_core::hall::Hall;
use motcua_core::queue::{Command, Event, Ticket};
use motcua_core::scan::PersonalNumber;
use motcua_core::scan::Rules;
use motcua_core::session::{Effect, Input, Moment, PrinterNow, Session};
use motcua_core::view::{PaperStep, View};
use motcua_hal::buttons::ButtonsHandle;
use motcua_hal::printer::{
    Options as PrinterOptions, PrinterConfig, PrinterEvent, PrinterHandle, PrinterState, Profile,
};
use motcua_hal::speaker::{Pcm, SoundId, SpeakerHandle};
use paper::{PaperDesk, Piece, citizen};
use readers::{ReaderParts, Readers, Told};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use uuid::Uuid;
use voice::Voice;

/// How often time is looked at: fine enough for a countdown, too rare to cost anything.
const TICK: Duration = Duration::from_millis(250);
/// A number that comes this long after the touch, with nobody at the screen, is taken back.
const TOO_LATE: Duration = Duration::from_secs(10);

/// Loudness of the warning, of 100: it is for the one who stands there.
const WARNING_VOLUME: u8 = 60;

/// A printer that took a whole ticket and says nothing for this long will not say it any more: a slip
/// is out of the slowest one in a third of it, and a citizen stands there.
const PROOF: Duration = Duration::from_secs(10);

thread_local! {
    /// The kiosk of this process; lives on the thread of the event loop and is reached from others
    /// through it.
    static KIOSK: RefCell<Option<Rc<Kiosk>>> = const { RefCell::new(None) };
}

/// What other threads tell the kiosk.
enum News {
    Link(LinkNews),
    /// To the command asked for, under the id that it came under.
    Answer(Uuid, Uuid, Answer),
    Printer(PrinterState),
    Paper(Piece, PaperStep),
    /// What the hub or the province answered for a citizen.
    Citizen(Input),
    Reader(Told),
    Key(Key),
}

/// What a kiosk is made of.
#[derive(Debug)]
pub struct Parts {
    /// The hall.
    pub hall: Hall,
    /// Its hub.
    pub link: HubLink,
    /// What it asks there for its citizens.
    pub desk: Desk,
    /// Its clock.
    pub clock: WallClock,
    /// Its printer.
    pub printer: PrinterConfig,
    /// Its loudspeaker; none without sound.
    pub speaker: Option<SpeakerHandle>,
    /// Its scanner and its reader of chips.
    pub readers: ReaderParts,
    /// Its tactile keypad.
    pub keypad: KeypadParts,
    /// Who is told what is read aloud.
    pub ear: Ear,
    /// Its numbers count nowhere, and every screen and paper says so.
    pub trial: bool,
    /// Runs the network and the waiting.
    pub runtime: Handle,
}

/// No such profile.
#[derive(Debug, thiserror::Error)]
#[error("there is no printer profile `{0}`; there are {names}", names = Profile::names().join(", "))]
pub struct NoProfile(String);

/// The printer profile of that name.
pub fn profile(name: &str) -> Result<Profile, NoProfile> {
    Profile::builtin(name).ok_or_else(|| NoProfile(name.to_owned()))
}

/// One kiosk. Stays on the thread of the event loop.
pub struct Kiosk {
    session: RefCell<Session>,
    glass: Glass,
    link: HubLink,
    desk: Desk,
    runtime: Handle,
    clock: WallClock,
    started: Instant,
    paper: Arc<PaperDesk>,
    printer: PrinterHandle,
    /// The loudspeaker and the sound of the warning.
    chime: Option<(SpeakerHandle, Pcm)>,
    readers: Readers,
    keypad: Option<ButtonsHandle>,
    voice: Voice,
    /// Touches that asked for a number and have no answer yet.
    asked: RefCell<HashMap<Uuid, Instant>>,
    touched: Cell<Instant>,
    tick: slint::Timer,
}

impl std::fmt::Debug for Kiosk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kiosk").field("link", &self.link).finish_non_exhaustive()
    }
}

impl Kiosk {
    /// Puts the kiosk together on the present thread and shows the first screen. The Slint platform
    /// must be chosen before; the caller runs the event loop.
    pub fn start(mut parts: Parts) -> Result<Rc<Kiosk>, slint::PlatformError> {
        let started = Instant::now();
        // Newer than the file beside the program.
        if let Some(hall) = parts.link.kept_hall() {
            parts.hall = hall;
        }
        let glass = Glass::new()?;
        glass.set_trial(parts.trial);
        let at = Moment { steady_ms: 0, now: parts.clock.now() };
        let (printer, paper) = paper_side(&parts);
        let voice = Voice::start(parts.speaker.as_ref(), parts.ear);
        let readers = Readers::start(parts.readers, voice.is_there(), &readers_post());
        let hall = Arc::new(parts.hall);
        let kiosk = Rc::new(Kiosk {
            session: RefCell::new(Session::new((*hall).clone(), at)),
            glass,
            link: parts.link,
            desk: parts.desk,
            runtime: parts.runtime,
            clock: parts.clock,
            started,
            paper,
            printer,
            chime: parts.speaker.and_then(chime),
            readers,
            keypad: parts.keypad.start(|key| post(News::Key(key))),
            voice,
            asked: RefCell::default(),
            touched: Cell::new(started),
            tick: slint::Timer::default(),
        });
        let weak = Rc::downgrade(&kiosk);
        kiosk.glass.on_intent(move |intent| {
            if let Some(kiosk) = weak.upgrade() {
                kiosk.take(Input::Touched(intent));
            }
        });
        let weak = Rc::downgrade(&kiosk);
        kiosk.glass.on_reached(move |label| {
            if let Some(kiosk) = weak.upgrade() {
                kiosk.voice.reached(label);
            }
        });
        let weak = Rc::downgrade(&kiosk);
        kiosk.tick.start(slint::TimerMode::Repeated, TICK, move || {
            if let Some(kiosk) = weak.upgrade() {
                kiosk.readers.tick();
                kiosk.take(Input::Tick);
            }
        });
        let tell = Box::new(|news| post(News::Link(news)));
        kiosk.link.follow(&kiosk.runtime, &hall, &kiosk.clock, tell);
        kiosk.runtime.spawn(kiosk.paper.clone().settle_earlier());
        kiosk.desk.start(&kiosk.runtime);
        kiosk.desk.follow_procedures(&kiosk.runtime, |p| post(News::Citizen(Input::Procedures(p))));
        KIOSK.with(|k| *k.borrow_mut() = Some(kiosk.clone()));
        kiosk.take(Input::Abilities(kiosk.readers.abilities()));
        Ok(kiosk)
    }

    /// The glass.
    pub fn glass(&self) -> &Glass {
        &self.glass
    }

    /// What is on it.
    pub fn view(&self) -> View {
        self.session.borrow().view()
    }

    /// The printer's latest state.
    pub fn printer(&self) -> PrinterState {
        self.printer.state()
    }

    /// Its scanner and its reader of chips.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Its tactile keypad; none without one.
    pub fn keypad(&self) -> Option<&ButtonsHandle> {
        self.keypad.as_ref()
    }

    /// A slip that shows whether everything comes out as it should; refused while the printer cannot print.
    pub fn print_test(&self) -> Result<(), motcua_hal::printer::Fault> {
        self.paper.print_test(self.clock.now().local)
    }

    /// For how long nobody touched it.
    pub fn quiet(&self) -> Duration {
        self.touched.get().elapsed()
    }

    fn news(&self, news: News) {
        match news {
            News::Link(LinkNews::Config(hall)) => {
                self.paper.set_hall(hall.clone());
                self.take(Input::HallChanged(Box::new((*hall).clone())));
            }
            News::Link(LinkNews::Hall(None)) => self.take(Input::HubAway),
            News::Link(LinkNews::Hall(Some(hall))) => {
                for ticket in hall.reprints.iter().filter(|t| t.device == self.link.device()) {
                    self.paper.print(ticket.clone());
                }
                self.take(Input::Hall(Box::new((*hall).clone())));
            }
            News::Answer(asked, id, answer) => self.answer(asked, id, answer),
            News::Printer(state) => {
                let fault = state.fault().map(citizen);
                self.take(Input::Printer(PrinterNow { fault, low: state.near_end() }));
            }
            News::Paper(Piece::Ticket(ticket), step) => self.take(Input::Paper { ticket, step }),
            News::Paper(Piece::Sheet(ask), step) => self.take(Input::Sheet { ask, step }),
            News::Citizen(input) => self.take(input),
            News::Key(key) => self.glass.push(key),
            News::Reader(told) => {
                let rules = scan_rules(self.session.borrow().hall());
                if let Some(input) = self.readers.hear(told, &rules) {
                    self.take(input);
                }
            }
        }
    }

    fn take(&self, input: Input) {
        let at = Moment {
            steady_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            now: self.clock.now(),
        };
        let touched = matches!(input, Input::Touched(_));
        if touched {
            self.voice.hush();
            self.touched.set(Instant::now());
        }
        let effects = self.session.borrow_mut().step(input, at, Uuid::now_v7);
        self.show(touched);
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Issue { command, service, priority, lang, person, booked, booking } => {
                self.asked.borrow_mut().insert(command, Instant::now());
                self.paper.asked(command);
                self.issue(command, (service, priority, lang, booking), person.map(|p| (p, booked)));
            }
            Effect::WarningSound => {
                if let Some((speaker, chime)) = &self.chime {
                    speaker.play(SoundId(Uuid::now_v7().as_u128()), chime.clone(), WARNING_VOLUME);
                }
            }
            Effect::Scan(on) => self.readers.scan(on),
            Effect::ReadChip(key) => self.readers.read_chip(&key),
            Effect::ForgetChip => self.readers.forget_chip(),
            Effect::Print { ask, paper, lang } => {
                self.paper.print_sheet(ask, &paper, &lang, self.clock.now().local);
            }
            Effect::Bookings { ask, by } => {
                let desk = self.desk.clone();
                self.answer_later(async move { Input::Bookings { ask, found: desk.bookings(by).await } });
            }
            Effect::Dossier { ask, code, factor } => {
                let desk = self.desk.clone();
                self.answer_later(async move {
                    Input::Dossier { ask, answer: desk.dossier(&code, factor).await }
                });
            }
            Effect::Feedback { ask, feedback } => {
                let desk = self.desk.clone();
                self.answer_later(async move {
                    Input::FeedbackKept { ask, code: desk.feedback(ask, *feedback).await }
                });
            }
        }
    }

    /// What a citizen asked for comes back as news.
    fn answer_later(&self, answer: impl Future<Output = Input> + Send + 'static) {
        self.runtime.spawn(async move { post(News::Citizen(answer.await)) });
    }

    /// Asks for a number. Where numbers are counted by person, a mark takes the person's place first.
    fn issue(
        &self,
        id: Uuid,
        (service, priority, lang, booking): (String, bool, String, Option<String>),
        person: Option<(PersonalNumber, Vec<String>)>,
    ) {
        let Some((number, booked)) = person else {
            return self.submit(id, Command::Issue { service, priority, lang, person: None, booking });
        };
        let (desk, link, runtime) = (self.desk.clone(), self.link.clone(), self.runtime.clone());
        self.runtime.spawn(async move {
            let person = desk.mark(&number, booked).await;
            drop(number);
            let request =
                Request { id, command: Command::Issue { service, priority, lang, person, booking } };
            link.submit(&runtime, request, move |given, answer| post(News::Answer(id, given, answer)));
        });
    }

    fn submit(&self, id: Uuid, command: Command) {
        let request = Request { id, command };
        self.link.submit(&self.runtime, request, move |given, answer| post(News::Answer(id, given, answer)));
    }

    fn answer(&self, asked: Uuid, id: Uuid, answer: Answer) {
        let waited = self.asked.borrow_mut().remove(&asked).map(|at| at.elapsed());
        if id != asked {
            self.take(Input::Renamed { from: asked, to: id });
        }
        match answer {
            Answer::Refused(refusal) => self.take(Input::Refused { command: id, refusal }),
            Answer::Accepted { events, .. } => {
                let issued = events.into_iter().find_map(|e| match e {
                    Event::Issued { ticket } => Some(ticket),
                    _ => None,
                });
                if let Some(ticket) = issued {
                    self.issued(*ticket, waited.unwrap_or_default());
                }
            }
        }
    }

    fn issued(&self, ticket: Ticket, waited: Duration) {
        // The paper goes first: the printer is the slowest part.
        let here = self.session.borrow().awaits(ticket.id);
        if here || waited < TOO_LATE {
            self.paper.print(ticket.clone());
            self.take(Input::Issued(Box::new(ticket)));
        } else {
            tracing::warn!(label = ticket.label, "the number came too late, nobody waits for it");
            let reason = format!("the hub answered after {} s, the citizen had left", waited.as_secs());
            self.submit(Uuid::now_v7(), Command::Void { ticket: ticket.id, reason });
        }
    }

    fn show(&self, touched: bool) {
        let view = self.session.borrow().view();
        self.glass.show(&view);
        self.voice.shown(&view, &self.glass, touched);
    }
}

impl Drop for Kiosk {
    fn drop(&mut self) {
        self.printer.shutdown(Duration::from_secs(2));
    }
}

/// What the hall tells of its own codes.
fn scan_rules(hall: &Hall) -> Rules {
    let prefixes = hall.bookings.as_ref().map(|b| b.prefixes.clone());
    Rules { booking_prefixes: prefixes.unwrap_or_default() }
}

/// Where the readers' threads put their news.
fn readers_post() -> readers::Tell {
    Arc::new(|told| post(News::Reader(told)))
}

/// The warning's sound and what plays it.
fn chime(speaker: SpeakerHandle) -> Option<(SpeakerHandle, Pcm)> {
    let clip = Clip { lang: String::new(), name: CHIME.to_owned() };
    match Bank::default().clip(&clip) {
        Ok(sound) => Some((speaker, sound)),
        Err(e) => {
            tracing::error!(error = %e, "no warning will be heard");
            None
        }
    }
}

/// The printer's thread and the desk that feeds it, each knowing the other.
fn paper_side(parts: &Parts) -> (PrinterHandle, Arc<PaperDesk>) {
    let desk: Arc<OnceLock<Arc<PaperDesk>>> = Arc::default();
    let known = desk.clone();
    let options = PrinterOptions { proof_limit: PROOF, silence_limit: PROOF, ..PrinterOptions::default() };
    let printer = PrinterHandle::spawn_with(parts.printer.clone(), options, move |event| match event {
        PrinterEvent::State(state) => post(News::Printer(state)),
        PrinterEvent::Job { job, state } => {
            if let Some(desk) = known.get() {
                desk.job(job, state);
            }
        }
    });
    let paper = PaperDesk::new(
        parts.link.clone(),
        parts.runtime.clone(),
        Arc::new(parts.hall.clone()),
        printer.clone(),
        (Box::new(|piece, step| post(News::Paper(piece, step))), parts.trial),
    );
    (printer, desk.get_or_init(|| paper).clone())
}

/// Hands news to the kiosk from any thread. Without an event loop there is no kiosk to tell.
fn post(news: News) {
    let told = slint::invoke_from_event_loop(move || {
        let kiosk = KIOSK.with(|k| k.borrow().clone());
        if let Some(kiosk) = kiosk {
            kiosk.news(news);
        }
    });
    if told.is_err() {
        tracing::debug!("no event loop");
    }
}

/// Runs `call` with the kiosk on the thread of the event loop; `None` when there is none any more.
pub async fn on_its_thread<T: Send + 'static>(call: impl FnOnce(&Kiosk) -> T + Send + 'static) -> Option<T> {
    let (tx, rx) = tokio::sync::oneshot::channel();
    slint::invoke_from_event_loop(move || {
        let kiosk = KIOSK.with(|k| k.borrow().clone());
        if let Some(kiosk) = kiosk {
            // A caller who left needs no answer.
            let _ = tx.send(call(&kiosk));
        }
    })
    .ok()?;
    rx.await.ok()
}

/// Forgets the kiosk of this thread, so that its printer and timers end before the process does.
pub fn end() {
    KIOSK.with(|k| k.borrow_mut().take());
}
