// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading aloud: what a screen says, through the kiosk's loudspeaker, which is
//! usually a socket for headphones. A sentence that has a clip is played from it,
//! everything else is spoken by espeak-ng on the device. Nothing is kept: texts
//! go through its standard input and sounds through memory.

mod engine;

pub use engine::{Pace, SpeakError, available, speak};

use crate::voice::Bank;
use motcua_core::view::Speed;
use motcua_hal::speaker::{Pcm, SoundId, SpeakerHandle};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;
use zeroize::Zeroizing;

/// How often the thread looks whether a sound is over or unwanted.
const LOOK: Duration = Duration::from_millis(20);
/// A sound that has not ended so long after its length never will.
const SLACK: Duration = Duration::from_secs(2);
/// How long the warning's chime or an earlier sound is waited for.
const OTHERS: Duration = Duration::from_secs(3);
/// Loudness, of 100.
const VOLUME: u8 = 80;

/// Is told each line that is about to be heard: the bench shows it. Nobody's on a device.
#[derive(Default)]
pub struct Ear(pub Option<Told>);

/// Takes a line.
pub type Told = Box<dyn Fn(&str) + Send>;

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ear({})", self.0.is_some())
    }
}

/// Sentences to say, one after the other.
struct Saying {
    turn: u64,
    lang: String,
    text: Zeroizing<String>,
    speed: Speed,
}

/// What the handle and the thread share.
#[derive(Default)]
struct Shared {
    /// Counts what is said; what is of an earlier turn is unwanted.
    turn: Mutex<u64>,
    /// A new turn has begun.
    turned: Condvar,
    /// Speaks at the moment.
    child: Mutex<Option<engine::Voice>>,
}

impl Shared {
    fn turn(&self) -> MutexGuard<'_, u64> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wanted(&self, turn: u64) -> bool {
        *self.turn() == turn
    }

    /// Waits a moment; false as soon as the turn is not wanted any more.
    fn pause(&self, turn: u64) -> bool {
        let same = |now: &mut u64| *now == turn;
        let waited = self.turned.wait_timeout_while(self.turn(), LOOK, same);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == turn
    }

    fn child(&self) -> MutexGuard<'_, Option<engine::Voice>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The voice that reads. Never blocks; when it is dropped, it falls silent.
pub struct Aloud {
    inbox: Sender<Saying>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Aloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Aloud")
    }
}

impl Aloud {
    /// A voice on this loudspeaker; none where espeak-ng is not installed.
    pub fn start(speaker: SpeakerHandle, ear: Ear) -> Option<Aloud> {
        if !available() {
            tracing::warn!("screens cannot be read aloud: install espeak-ng");
            return None;
        }
        let (inbox, sayings) = channel();
        let shared = Arc::new(Shared::default());
        let reader = Reader { speaker, bank: Bank::default(), shared: shared.clone(), ear };
        let spawned =
            std::thread::Builder::new().name("aloud".to_owned()).spawn(move || reader.run(&sayings));
        match spawned {
            Ok(_) => Some(Aloud { inbox, shared }),
            Err(error) => {
                tracing::error!(%error, "screens cannot be read aloud");
                None
            }
        }
    }

    /// Says a text, line by line, in place of what is being said.
    pub fn say(&self, lang: &str, text: &str, speed: Speed) {
        let turn = self.stop();
        let saying = Saying { turn, lang: lang.to_owned(), text: Zeroizing::new(text.to_owned()), speed };
        // A thread that has ended says nothing.
        let _ = self.inbox.send(saying);
    }

    /// Silence, at once. Gives the number of the turn that begins.
    pub fn stop(&self) -> u64 {
        let turn = {
            let mut turn = self.shared.turn();
            *turn += 1;
            *turn
        };
        self.shared.turned.notify_all();
        if let Some(voice) = &mut *self.shared.child() {
            voice.silence();
        }
        turn
    }
}

impl Drop for Aloud {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The thread.
struct Reader {
    speaker: SpeakerHandle,
    bank: Bank,
    shared: Arc<Shared>,
    ear: Ear,
}

impl Reader {
    fn run(&self, sayings: &Receiver<Saying>) {
        while let Ok(saying) = sayings.recv() {
            for line in saying.text.lines().filter(|line| line.chars().any(char::is_alphanumeric)) {
                if !self.shared.wanted(saying.turn) {
                    break;
                }
                self.say(&saying, line);
            }
        }
    }

    fn say(&self, saying: &Saying, line: &str) {
        let clip = (saying.speed == Speed::Normal).then(|| self.bank.sentence(&saying.lang, line)).flatten();
        let sound = match clip {
            Some(sound) => Ok(sound),
            None => self.speak(saying, line),
        };
        match sound {
            Ok(sound) => self.play(saying.turn, line, sound),
            // The next touch came first.
            Err(SpeakError::Silenced) => {}
            // What was to be said stays out of the log.
            Err(error) => tracing::warn!(error = crate::hub::chain(&error), "a sentence was not read aloud"),
        }
    }

    fn speak(&self, saying: &Saying, line: &str) -> Result<Pcm, SpeakError> {
        let pace = Pace::of(&saying.lang, saying.speed);
        let mut voice = engine::Voice::start(&pace, line)?;
        let output = voice.output();
        *self.shared.child() = Some(voice);
        // One that was unwanted before it was known to be.
        if !self.shared.wanted(saying.turn)
            && let Some(voice) = &mut *self.shared.child()
        {
            voice.silence();
        }
        let sound = output.and_then(|output| engine::hear(output, || self.shared.wanted(saying.turn)));
        let voice = self.shared.child().take();
        drop(voice);
        sound
    }

    fn play(&self, turn: u64, line: &str, sound: Pcm) {
        let begun = Instant::now();
        while self.speaker.state().playing.is_some() && begun.elapsed() < OTHERS {
            if !self.shared.pause(turn) {
                return;
            }
        }
        if !self.shared.wanted(turn) {
            return;
        }
        if let Some(ear) = &self.ear.0 {
            ear(line);
        }
        let (id, length) = (SoundId(Uuid::now_v7().as_u128()), sound.duration());
        let begun = Instant::now();
        self.speaker.play(id, sound, VOLUME);
        let mut heard = false;
        while self.shared.pause(turn) {
            let playing = self.speaker.state().playing == Some(id);
            heard |= playing;
            let over = begun.elapsed() > length + SLACK || heard && !playing;
            // A loudspeaker that is not there refuses at once.
            if over || !heard && begun.elapsed() > SLACK {
                return;
            }
        }
        // Nobody else's sound is cut off.
        if !heard || self.speaker.state().playing == Some(id) {
            self.speaker.stop();
        }
    }
}
