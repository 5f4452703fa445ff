// SPDX-License-Identifier: MIT OR Apache-2.0
//! A loudspeaker for tests and the bench: it takes samples at the pace of a real one and leaves each sound as a WAV file
//! `0001.wav`, `0002.wav`, … with an index `sounds.tsv` (file, start and end in milliseconds since the simulator's start,
//! length of the sound in milliseconds, how it ended). A sound that was cut off is as long as what was heard of it.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::pcm::frames;
use super::{ErrorKind, Pcm, Speaker, SpeakerError};

/// What a sound device buffers, in real time.
const BUFFER: Duration = Duration::from_millis(200);
/// How much slower a device with [`SimFault::Slow`] is.
const SLOWNESS: f64 = 4.0;

/// What can go wrong with a sound device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SimFault {
    /// No sound card: it cannot be opened, and one that is open is lost.
    NoCard,
    /// Another program has it: it cannot be opened; one that is open stays.
    Busy,
    /// It plays four times too slowly.
    Slow,
    /// It takes no more samples and plays nothing.
    Hang,
}

impl SimFault {
    /// All of them, with the names used on the bench.
    pub const ALL: [(SimFault, &'static str); 4] = [
        (SimFault::NoCard, "no-card"),
        (SimFault::Busy, "busy"),
        (SimFault::Slow, "slow"),
        (SimFault::Hang, "hang"),
    ];

    /// The name used on the bench.
    pub fn name(self) -> &'static str {
        SimFault::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, name)| name)
    }

    /// The fault of that name.
    pub fn from_name(name: &str) -> Option<SimFault> {
        SimFault::ALL.iter().find(|(_, known)| *known == name).map(|(fault, _)| *fault)
    }
}

/// How a sound ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Heard whole.
    Finished,
    /// Cut off by the application.
    Stopped,
    /// Cut off because the device was lost.
    Lost,
}

/// A sound that was heard. Times are those of the device: with a time scale they run faster than the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its file.
    pub file: PathBuf,
    /// When its first sample was heard, since the simulator's start.
    pub start: Duration,
    /// When its last sample was heard.
    pub end: Duration,
    /// How long the sound in the file is; shorter than `end - start` where the device ran dry or was slow.
    pub length: Duration,
    /// How it ended.
    pub how: End,
}

/// A simulated loudspeaker. Clones speak of the same one.
#[derive(Clone)]
pub struct WavSpeaker {
    shared: Arc<Mutex<Machine>>,
}

impl std::fmt::Debug for WavSpeaker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WavSpeaker")
            .field("directory", &self.machine().directory)
            .finish_non_exhaustive()
    }
}

struct Machine {
    directory: PathBuf,
    time_scale: f64,
    started: Instant,
    faults: Vec<SimFault>,
    fault_after: Option<Duration>,
    /// Counts openings, so that a device from before a loss stays lost.
    opened: u64,
    sound: Option<Sound>,
    heard: Vec<Heard>,
}

/// The sound under way.
struct Sound {
    pcm: Pcm,
    /// Samples that have been heard.
    position: f64,
    start: Duration,
    /// The device's time up to which `position` has been brought.
    at: Duration,
}

impl WavSpeaker {
    /// A loudspeaker that leaves its files in `directory`, which is made if need be. `time_scale` says how much faster
    /// than a real one everything goes: 1 is real time.
    ///
    /// # Errors
    /// When the directory or the index cannot be made.
    pub fn new(directory: &Path, time_scale: f64) -> std::io::Result<WavSpeaker> {
        std::fs::create_dir_all(directory)?;
        std::fs::write(directory.join("sounds.tsv"), "file\tstart_ms\tend_ms\tlength_ms\tend\n")?;
        let machine = Machine {
            directory: directory.to_owned(),
            time_scale,
            started: Instant::now(),
            faults: Vec::new(),
            fault_after: None,
            opened: 0,
            sound: None,
            heard: Vec::new(),
        };
        Ok(WavSpeaker { shared: Arc::new(Mutex::new(machine)) })
    }

    /// Opens it; what [`super::SpeakerHandle::spawn`] wants is `move || sim.open()`.
    ///
    /// # Errors
    /// With [`SimFault::NoCard`] and [`SimFault::Busy`].
    pub fn open(&self) -> Result<Box<dyn Speaker>, SpeakerError> {
        let mut machine = self.machine();
        for (fault, kind) in [(SimFault::NoCard, ErrorKind::NotFound), (SimFault::Busy, ErrorKind::Busy)] {
            if machine.faults.contains(&fault) {
                return Err(SpeakerError::new(kind, "cannot open", "sim", None));
            }
        }
        machine.opened += 1;
        Ok(Box::new(Device { speaker: self.clone(), opened: machine.opened }))
    }

    /// Makes a fault happen now.
    pub fn set_fault(&self, fault: SimFault) {
        let mut machine = self.machine();
        machine.advance();
        machine.apply(fault);
    }

    /// The card is pulled out when so much of the next sound has been heard.
    pub fn lose_after(&self, heard: Duration) {
        self.machine().fault_after = Some(heard);
    }

    /// Someone puts everything right.
    pub fn clear_fault(&self) {
        let mut machine = self.machine();
        machine.advance();
        machine.faults.clear();
        machine.fault_after = None;
    }

    /// The faults there are now.
    pub fn faults(&self) -> Vec<SimFault> {
        self.machine().faults.clone()
    }

    /// The sounds that have ended, oldest first.
    pub fn heard(&self) -> Vec<Heard> {
        self.machine().heard.clone()
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Machine {
    /// The device's time.
    fn now(&self) -> Duration {
        self.started.elapsed().mul_f64(self.time_scale)
    }

    fn apply(&mut self, fault: SimFault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
        if fault == SimFault::NoCard {
            self.opened += 1;
            self.end(End::Lost);
        }
    }

    /// Plays up to the present.
    fn advance(&mut self) {
        let now = self.now();
        let speed = if self.faults.contains(&SimFault::Hang) {
            0.0
        } else if self.faults.contains(&SimFault::Slow) {
            1.0 / SLOWNESS
        } else {
            1.0
        };
        let Some(sound) = self.sound.as_mut() else { return };
        let rate = f64::from(sound.pcm.rate_hz);
        let passed = now.saturating_sub(sound.at).as_secs_f64();
        sound.at = now;
        // What has not been handed over cannot be heard: the device has run dry.
        sound.position = (sound.position + passed * speed * rate).min(sound.pcm.samples.len() as f64);
        let heard = frames(sound.position as usize, sound.pcm.rate_hz);
        if self.fault_after.is_some_and(|limit| heard >= limit) {
            self.fault_after = None;
            self.apply(SimFault::NoCard);
        }
    }

    fn end(&mut self, how: End) {
        let Some(mut sound) = self.sound.take() else { return };
        sound.pcm.samples.truncate(sound.position.round() as usize);
        let name = format!("{:04}.wav", self.heard.len() + 1);
        let heard = Heard {
            file: self.directory.join(&name),
            start: sound.start,
            end: sound.at,
            length: sound.pcm.duration(),
            how,
        };
        if let Err(error) = self.leave(&name, &sound.pcm, &heard) {
            tracing::error!(error = &error as &dyn std::error::Error, file = name, "cannot leave the sound");
        }
        self.heard.push(heard);
    }

    fn leave(&self, name: &str, pcm: &Pcm, heard: &Heard) -> Result<(), hound::Error> {
        pcm.write_wav(BufWriter::new(File::create(&heard.file)?))?;
        let how = match heard.how {
            End::Finished => "finished",
            End::Stopped => "stopped",
            End::Lost => "lost",
        };
        let [start, end, length] = [heard.start, heard.end, heard.length].map(|time| time.as_millis());
        let mut index = OpenOptions::new().append(true).open(self.directory.join("sounds.tsv"))?;
        Ok(writeln!(index, "{name}\t{start}\t{end}\t{length}\t{how}")?)
    }

    /// Samples that fit into the buffer now.
    fn room(&self) -> usize {
        let Some(sound) = &self.sound else { return 0 };
        let buffer = BUFFER.as_secs_f64() * self.time_scale * f64::from(sound.pcm.rate_hz);
        ((sound.position + buffer) as usize).saturating_sub(sound.pcm.samples.len())
    }
}

/// One opening of the device.
struct Device {
    speaker: WavSpeaker,
    opened: u64,
}

impl Device {
    /// The machine at the present, unless this opening has been lost.
    fn present(&mut self) -> Result<MutexGuard<'_, Machine>, SpeakerError> {
        let mut machine = self.speaker.machine();
        machine.advance();
        if machine.opened == self.opened {
            Ok(machine)
        } else {
            Err(SpeakerError::new(ErrorKind::Lost, "lost", "sim", None))
        }
    }
}

impl Speaker for Device {
    fn begin(&mut self, rate_hz: u32) -> Result<(), SpeakerError> {
        let mut machine = self.present()?;
        if rate_hz == 0 {
            return Err(SpeakerError::new(
                ErrorKind::Unsupported,
                "cannot play a sound of rate 0 on",
                "sim",
                None,
            ));
        }
        let now = machine.now();
        machine.sound =
            Some(Sound { pcm: Pcm::new(rate_hz, Vec::new()), position: 0.0, start: now, at: now });
        Ok(())
    }

    fn write(&mut self, samples: &[i16]) -> Result<usize, SpeakerError> {
        let mut machine = self.present()?;
        let count = machine.room().min(samples.len());
        if let Some(sound) = machine.sound.as_mut() {
            sound.pcm.samples.extend_from_slice(&samples[..count]);
        }
        Ok(count)
    }

    fn drain(&mut self) -> Result<Duration, SpeakerError> {
        let mut machine = self.present()?;
        let Some(sound) = &machine.sound else { return Ok(Duration::ZERO) };
        let left = sound.pcm.samples.len() - sound.position as usize;
        let left = frames(left, sound.pcm.rate_hz);
        if left.is_zero() {
            machine.end(End::Finished);
        }
        Ok(left)
    }

    fn stop(&mut self) {
        if let Ok(mut machine) = self.present() {
            machine.end(End::Stopped);
        }
    }

    fn check(&mut self) -> Result<(), SpeakerError> {
        self.present().map(drop)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.stop();
    }
}
