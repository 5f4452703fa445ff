// SPDX-License-Identifier: MIT OR Apache-2.0
//! The screen and the voice of the waiting room, tied together on the thread of
//! the event loop. What is shown and what is spoken is decided in the core.

use super::{HallWatch, mono_ms};
use crate::client::{HubClient, News};
use crate::clock::WallClock;
use crate::kiosk::hands::contacts;
use crate::ui::{DisplayGlass, device};
use crate::voice::Bank;
use crate::watch::{Facts, HubWay};
use motcua_core::announce::Announcer;
use motcua_core::display::{At, DisplaySession, DisplayView, Input, Stage};
use motcua_core::feed::DisplayFeed;
use motcua_core::hall::Hall;
use motcua_hal::speaker::{SoundId, SpeakerError, SpeakerEvent, SpeakerHandle, SpeakerState};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How often time is looked at.
const TICK: Duration = Duration::from_millis(100);
/// Where the hub tells it.
const FEED: &str = "/v1/feed/display";

thread_local! {
    /// The display of this process; lives on the thread of the event loop.
    static DISPLAY: RefCell<Option<Rc<Display>>> = const { RefCell::new(None) };
}

/// What other threads tell the display.
enum Told {
    Hub(Box<News<DisplayFeed>>),
    Hall(Box<Hall>),
    Speaker(SpeakerEvent),
}

/// Opens the loudspeaker, now and again after each loss.
pub type OpenSpeaker = Box<dyn FnMut() -> Result<Box<dyn motcua_hal::speaker::Speaker>, SpeakerError> + Send>;

/// What a display is made of.
pub struct Parts {
    /// The hall.
    pub hall: Hall,
    /// Its hub.
    pub client: HubClient,
    /// Where it keeps what it must know at the next start.
    pub data: PathBuf,
    /// Runs the network.
    pub runtime: Handle,
    /// The loudspeaker; none for a screen without a voice.
    pub speaker: Option<OpenSpeaker>,
    /// A hall's own recordings.
    pub bank: Bank,
    /// Black, white and yellow.
    pub high_contrast: bool,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("client", &self.client)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

/// One display. Stays on the thread of the event loop.
pub struct Display {
    session: RefCell<DisplaySession>,
    announcer: RefCell<Announcer>,
    hall: RefCell<Hall>,
    watch: RefCell<HallWatch>,
    clock: WallClock,
    bank: Bank,
    speaker: Option<SpeakerHandle>,
    spoken: std::cell::Cell<u64>,
    glass: DisplayGlass,
    started: Instant,
    tick: slint::Timer,
}

impl std::fmt::Debug for Display {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Display").field("speaker", &self.speaker).finish_non_exhaustive()
    }
}

impl Display {
    /// Puts the display together on the present thread. The Slint platform must be chosen before; the
    /// caller runs the event loop.
    pub fn start(parts: Parts) -> Result<Rc<Display>, slint::PlatformError> {
        let started = Instant::now();
        let clock = WallClock::device(parts.hall.utc_offset_minutes);
        let at = At { mono_ms: 0, local: clock.now().local };
        let mut session = DisplaySession::new(&parts.hall, at);
        session.set_high_contrast(parts.high_contrast);
        let speaker =
            parts.speaker.map(|open| SpeakerHandle::spawn(open, |event| post(Told::Speaker(event))));
        let display = Rc::new(Display {
            session: RefCell::new(session),
            announcer: RefCell::default(),
            watch: RefCell::new(HallWatch::new(parts.client.clone(), parts.data, parts.runtime.clone())),
            hall: RefCell::new(parts.hall),
            clock,
            bank: parts.bank,
            speaker,
            spoken: std::cell::Cell::new(0),
            glass: DisplayGlass::new()?,
            started,
            tick: slint::Timer::default(),
        });
        let weak = Rc::downgrade(&display);
        display.tick.start(slint::TimerMode::Repeated, TICK, move || {
            if let Some(display) = weak.upgrade() {
                display.take(Input::Tick);
                display.speak();
            }
        });
        parts.client.follow(&parts.runtime, FEED, |news| post(Told::Hub(Box::new(news))));
        DISPLAY.with(|d| *d.borrow_mut() = Some(display.clone()));
        display.show();
        Ok(display)
    }

    /// The glass.
    pub fn glass(&self) -> &DisplayGlass {
        &self.glass
    }

    /// What is on it.
    pub fn view(&self) -> DisplayView {
        self.session.borrow().view()
    }

    /// How it is at the moment.
    pub fn facts(&self) -> Facts {
        let view = self.view();
        let hub = if view.away.is_some() { HubWay::Alone } else { HubWay::Reached };
        let open = match view.stage {
            Stage::Away => None,
            Stage::Closed(_) => Some(false),
            _ => Some(true),
        };
        let mut facts = Facts { hub: Some(hub), open, waiting: view.waiting, ..Facts::default() };
        if let Some(speaker) = self.speaker() {
            let (state, fault) = contacts(speaker.fault.is_none());
            facts.part("speaker", state, fault);
        }
        device::keyboard().into_iter().for_each(|(name, (state, fault))| facts.part(name, state, fault));
        facts
    }

    /// The loudspeaker's latest state; none without one.
    pub fn speaker(&self) -> Option<SpeakerState> {
        self.speaker.as_ref().map(SpeakerHandle::state)
    }

    fn at(&self) -> At {
        At { mono_ms: mono_ms(self.started), local: self.clock.now().local }
    }

    fn told(&self, told: Told) {
        match told {
            Told::Hub(news) => self.hub(*news),
            Told::Hall(hall) => {
                self.session.borrow_mut().set_hall(&hall);
                *self.hall.borrow_mut() = *hall;
                self.watch.borrow_mut().forget();
                self.show();
            }
            Told::Speaker(event) => self.heard(event),
        }
    }

    fn hub(&self, news: News<DisplayFeed>) {
        match news {
            News::Picture(feed) => {
                let at = self.at();
                self.announcer.borrow_mut().hear(&feed.calls, feed.unix_ms, at.mono_ms);
                let used = self.hall.borrow().version.clone();
                let tell = |hall| post(Told::Hall(Box::new(hall)));
                self.watch.borrow_mut().look(&used, &feed.hall_version, tell);
                // The voice first: the sound takes its time, the frame does not.
                self.speak();
                self.take(Input::Feed(Box::new(feed)));
            }
            News::Beat(_) => {}
            News::Lost(_) => {
                self.watch.borrow_mut().forget();
                self.take(Input::HubLost);
            }
        }
    }

    fn take(&self, input: Input) {
        let at = self.at();
        self.session.borrow_mut().step(input, at);
        self.show();
    }

    /// The next announcement, when nothing is being heard.
    fn speak(&self) {
        let at = self.at();
        let hall = self.hall.borrow();
        let Some(next) = self.announcer.borrow_mut().next(&hall.voice, at.mono_ms) else { return };
        let Some(speaker) = &self.speaker else {
            // A screen without a voice lets calls go by.
            self.announcer.borrow_mut().ended();
            return;
        };
        let (sound, faults) = self.bank.join(&next.clips);
        for fault in faults {
            tracing::error!(error = crate::hub::chain(&fault), "an announcement lacks a part");
        }
        let volume = u8::try_from(hall.voice.volume_at(at.local.time())).unwrap_or(100);
        let id = self.spoken.get() + 1;
        self.spoken.set(id);
        tracing::info!(label = next.call.label, counter = next.call.counter, "speaking");
        speaker.play(SoundId(u128::from(id)), sound, volume);
    }

    fn heard(&self, event: SpeakerEvent) {
        match event {
            SpeakerEvent::Finished(_) => self.announcer.borrow_mut().ended(),
            SpeakerEvent::Failed(_, fault) => {
                tracing::error!(%fault, "an announcement was not heard");
                self.announcer.borrow_mut().ended();
            }
            SpeakerEvent::State(SpeakerState { fault: Some(fault), .. }) => {
                tracing::error!(%fault, "the loudspeaker");
            }
            SpeakerEvent::State(_) | SpeakerEvent::Started(_) => return,
        }
        self.speak();
    }

    fn show(&self) {
        self.glass.show(&self.session.borrow().view());
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(speaker) = &self.speaker {
            speaker.shutdown(Duration::from_secs(1));
        }
    }
}

fn post(told: Told) {
    let done = slint::invoke_from_event_loop(move || {
        let display = DISPLAY.with(|d| d.borrow().clone());
        if let Some(display) = display {
            display.told(told);
        }
    });
    if done.is_err() {
        tracing::debug!("no event loop");
    }
}

/// Runs `call` with the display on the thread of the event loop; `None` when there is none any more.
pub async fn on_its_thread<T: Send + 'static>(
    call: impl FnOnce(&Display) -> T + Send + 'static,
) -> Option<T> {
    let (tx, rx) = tokio::sync::oneshot::channel();
    slint::invoke_from_event_loop(move || {
        let display = DISPLAY.with(|d| d.borrow().clone());
        if let Some(display) = display {
            // A caller who left needs no answer.
            let _ = tx.send(call(&display));
        }
    })
    .ok()?;
    rx.await.ok()
}

/// Forgets the display of this thread, so that its speaker ends before the process does.
pub fn end() {
    DISPLAY.with(|d| d.borrow_mut().take());
}
