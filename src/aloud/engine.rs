// SPDX-License-Identifier: MIT OR Apache-2.0
//! espeak-ng as a child process: a sentence on its standard input, samples on its
//! standard output, neither longer nor slower than a sentence can be.

use motcua_core::view::Speed;
use motcua_hal::speaker::Pcm;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// The program.
const PROGRAM: &str = "espeak-ng";
/// Samples a second that it gives.
const RATE: u32 = 22_050;
/// What stands before the samples of a WAV stream.
const HEADER: usize = 44;
/// Longest text of one sentence, characters; a screen has none so long.
const LONGEST: usize = 600;
/// Most samples of one sentence: two minutes.
const MOST: usize = RATE as usize * 120;
/// How long a sentence may take to be made. Real time is a fiftieth of its length on a small computer.
const LIMIT: Duration = Duration::from_secs(8);
/// How often somebody who left is noticed.
const LOOK: Duration = Duration::from_millis(50);

/// Why nothing was spoken.
#[derive(Debug, thiserror::Error)]
pub enum SpeakError {
    /// The program does not start.
    #[error("espeak-ng does not start: is it installed")]
    Start(#[source] std::io::Error),
    /// It ended early, or its sound cannot be read.
    #[error("espeak-ng gave no sound")]
    NoSound,
    /// It took too long.
    #[error("espeak-ng takes too long")]
    Slow,
    /// Nobody listens any more.
    #[error("nobody listens any more")]
    Silenced,
}

/// Which voice speaks how fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    voice: &'static str,
    /// Words a minute, as espeak-ng counts them.
    words: u16,
}

impl Pace {
    /// That of a language; the one in between is that of the clips of the hall.
    pub fn of(lang: &str, speed: Speed) -> Pace {
        let (voice, words) = if lang == "vi" { ("vi", [105, 135, 185]) } else { ("en-gb", [110, 140, 195]) };
        let words = match speed {
            Speed::Slow => words[0],
            Speed::Normal => words[1],
            Speed::Fast => words[2],
        };
        Pace { voice, words }
    }
}

/// Whether there is a voice on this machine.
pub fn available() -> bool {
    let asked = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// A sentence that is being made into sound.
pub(super) struct Voice(Child);

impl Voice {
    pub(super) fn start(pace: &Pace, text: &str) -> Result<Voice, SpeakError> {
        let mut child = Command::new(PROGRAM)
            .args(["-v", pace.voice, "-s", &pace.words.to_string(), "--stdin", "--stdout"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(SpeakError::Start)?;
        // Short enough for the pipe to take it at once. Every process can read every other one's arguments,
        // so that the text is none.
        let text: Zeroizing<String> = Zeroizing::new(text.chars().take(LONGEST).collect());
        let written = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
        let voice = Voice(child);
        match written {
            Some(Ok(())) => Ok(voice),
            _ => Err(SpeakError::NoSound),
        }
    }

    pub(super) fn output(&mut self) -> Result<ChildStdout, SpeakError> {
        self.0.stdout.take().ok_or(SpeakError::NoSound)
    }

    /// Ends it in the middle of a word.
    pub(super) fn silence(&mut self) {
        let _ = self.0.kill();
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.silence();
        let _ = self.0.wait();
    }
}

/// The sound that a voice makes, while `wanted`.
pub(super) fn hear(mut output: ChildStdout, wanted: impl Fn() -> bool) -> Result<Pcm, SpeakError> {
    let begun = Instant::now();
    let mut bytes = Zeroizing::new(Vec::with_capacity(RATE as usize * 20));
    let mut buffer = [0; 16 * 1024];
    loop {
        if !wanted() {
            return Err(SpeakError::Silenced);
        }
        if begun.elapsed() > LIMIT {
            return Err(SpeakError::Slow);
        }
        let pause = Timespec { tv_sec: 0, tv_nsec: i64::from(LOOK.subsec_nanos()) };
        let ready = poll(&mut [PollFd::new(&output, PollFlags::IN)], Some(&pause));
        if !matches!(ready, Ok(1)) {
            continue;
        }
        match output.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return Err(SpeakError::NoSound),
        }
        if bytes.len() > HEADER + 2 * MOST {
            break;
        }
    }
    if !wanted() {
        return Err(SpeakError::Silenced);
    }
    // The length in the header of a stream is not known; the samples are what follows it.
    let is_wave = bytes.get(..4) == Some(b"RIFF") && bytes.get(24..28) == Some(&RATE.to_le_bytes());
    let samples = bytes.get(HEADER..).filter(|samples| is_wave && samples.len() > 1);
    let samples = samples.ok_or(SpeakError::NoSound)?;
    let samples = samples.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    Ok(Pcm::new(RATE, samples))
}

/// One sentence as sound, for callers that can wait.
pub fn speak(lang: &str, text: &str, speed: Speed) -> Result<Pcm, SpeakError> {
    let mut voice = Voice::start(&Pace::of(lang, speed), text)?;
    hear(voice.output()?, || true)
}
