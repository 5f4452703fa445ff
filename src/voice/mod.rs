// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sound of an announcement: clips made at build time, or a hall's own
//! recordings of the same names, joined to one piece. When what is spoken is
//! decided in [`motcua_core::announce`].

use motcua_core::announce::Clip;
use motcua_hal::speaker::Pcm;
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/voice.rs"));

/// Silence between two clips, seconds.
const BETWEEN: f64 = 0.04;
/// Silence after the chime and before a further language, seconds.
const PAUSE: f64 = 0.25;
/// Loudness that a recording is brought to, dBFS RMS: that of the clips made at build time.
pub const LEVEL_DBFS: f64 = -20.0;
/// Highest sample after that, dBFS.
pub const PEAK_DBFS: f64 = -1.0;

/// A clip cannot be heard.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// Neither recorded nor made.
    #[error("there is no clip `{name}` for `{lang}`; add {lang}/{name}.wav to the recordings")]
    Missing {
        /// Language.
        lang: String,
        /// Name.
        name: String,
    },
    /// A recording that cannot be read.
    #[error("cannot read the recording {path}; it must be a mono WAV of 16 bits at {rate} Hz")]
    Recording {
        /// File.
        path: PathBuf,
        /// Samples a second wanted.
        rate: u32,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Where clips come from.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    recordings: Option<PathBuf>,
}

impl Bank {
    /// The clips made at build time, and before them those of a folder with
    /// `<language>/<name>.wav` and `chime.wav`.
    pub fn new(recordings: Option<&Path>) -> Bank {
        Bank { recordings: recordings.map(Path::to_owned) }
    }

    /// One clip.
    pub fn clip(&self, clip: &Clip) -> Result<Pcm, VoiceError> {
        let made = CLIPS.iter().find(|(lang, name, ..)| *lang == clip.lang && *name == clip.name);
        if let Some(recorded) = self.recorded(clip)? {
            return Ok(recorded);
        }
        let missing = || VoiceError::Missing { lang: clip.lang.clone(), name: clip.name.clone() };
        let (.., bytes) = made.ok_or_else(missing)?;
        Pcm::read_wav(*bytes).map_err(|_| missing())
    }

    /// The clip that says exactly this, if there is one.
    pub fn sentence(&self, lang: &str, text: &str) -> Option<Pcm> {
        let same = |made: &&str| made.eq_ignore_ascii_case(text.trim().trim_end_matches('.'));
        let (_, name, ..) = CLIPS.iter().find(|(of, _, text, _)| *of == lang && same(text))?;
        self.clip(&Clip { lang: lang.to_owned(), name: (*name).to_owned() }).ok()
    }

    fn recorded(&self, clip: &Clip) -> Result<Option<Pcm>, VoiceError> {
        let Some(folder) = &self.recordings else { return Ok(None) };
        let path = folder.join(&clip.lang).join(format!("{}.wav", clip.name));
        let bad = |source: Box<dyn std::error::Error + Send + Sync>| VoiceError::Recording {
            path: path.clone(),
            rate: rate(),
            source,
        };
        let file = match std::fs::File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(bad(e.into())),
        };
        let pcm = Pcm::read_wav(std::io::BufReader::new(file)).map_err(|e| bad(e.into()))?;
        if pcm.rate_hz != rate() {
            return Err(bad(format!("it has {} Hz", pcm.rate_hz).into()));
        }
        Ok(Some(levelled(&pcm)))
    }

    /// An announcement as one piece of sound. A clip that is missing is left out and named, as half a
    /// sentence with the number in it is better than none.
    pub fn join(&self, clips: &[Clip]) -> (Pcm, Vec<VoiceError>) {
        let (mut samples, mut faults) = (Vec::new(), Vec::new());
        let silence = |seconds: f64| vec![0_i16; (seconds * f64::from(rate())) as usize];
        let mut before: Option<&Clip> = None;
        for clip in clips {
            match self.clip(clip) {
                Ok(pcm) => {
                    if let Some(before) = before {
                        samples.extend(silence(if before.lang == clip.lang { BETWEEN } else { PAUSE }));
                    }
                    samples.extend(pcm.samples);
                    before = Some(clip);
                }
                Err(e) => faults.push(e),
            }
        }
        (Pcm::new(rate(), samples), faults)
    }
}

/// Samples a second of every clip.
pub fn rate() -> u32 {
    22_050
}

fn levelled(pcm: &Pcm) -> Pcm {
    let up = (LEVEL_DBFS - pcm.rms_dbfs()).min(PEAK_DBFS - pcm.peak_dbfs());
    if up.is_finite() { pcm.gain(up) } else { pcm.clone() }
}

#[cfg(test)]
mod tests;
