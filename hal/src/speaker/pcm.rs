// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sound as samples: its length, its level, its WAV file. No device lives here.

use std::f64::consts::TAU;
use std::io::{Read, Seek, Write};
use std::time::Duration;

/// Full scale: the largest amplitude that a sample can have, 0 dBFS.
const FULL_SCALE: f64 = 32_768.0;

/// A sound: one channel of 16-bit samples.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Pcm {
    /// Samples per second.
    pub rate_hz: u32,
    /// The samples, one channel.
    pub samples: Vec<i16>,
}

impl std::fmt::Debug for Pcm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Pcm")
            .field("rate_hz", &self.rate_hz)
            .field("samples", &self.samples.len())
            .finish()
    }
}

/// Why a WAV file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WavError {
    /// Not a WAV file, or it breaks off.
    #[error("not a readable WAV file")]
    Damaged(#[source] hound::Error),
    /// Another format than one channel of 16-bit integers.
    #[error("the WAV file has {channels} channels of {bits} bits; one channel of 16-bit integers is wanted")]
    Format {
        /// Channels in the file.
        channels: u16,
        /// Bits per sample in the file.
        bits: u16,
    },
}

impl Pcm {
    /// A sound of these samples.
    pub fn new(rate_hz: u32, samples: Vec<i16>) -> Pcm {
        Pcm { rate_hz, samples }
    }

    /// A sine: the technician's test tone and the tests' yardstick. `level_dbfs` is the peak level, 0 or less.
    pub fn tone(rate_hz: u32, frequency_hz: f64, duration: Duration, level_dbfs: f64) -> Pcm {
        let amplitude = db_to_factor(level_dbfs).min(1.0) * f64::from(i16::MAX);
        let count = (duration.as_secs_f64() * f64::from(rate_hz)).round() as usize;
        let step = if rate_hz == 0 { 0.0 } else { TAU * frequency_hz / f64::from(rate_hz) };
        Pcm::new(
            rate_hz,
            (0..count).map(|at| (amplitude * (step * at as f64).sin()).round() as i16).collect(),
        )
    }

    /// How long it sounds. Zero for a rate of zero.
    pub fn duration(&self) -> Duration {
        frames(self.samples.len(), self.rate_hz)
    }

    /// The highest level in dBFS (0 is full scale); negative infinity for silence.
    pub fn peak_dbfs(&self) -> f64 {
        let peak = self.samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        20.0 * (f64::from(peak) / FULL_SCALE).log10()
    }

    /// The root mean square in dBFS, where a sine at full scale has -3.01; negative infinity for silence.
    pub fn rms_dbfs(&self) -> f64 {
        if self.samples.is_empty() {
            return f64::NEG_INFINITY;
        }
        let sum: f64 = self.samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        20.0 * ((sum / self.samples.len() as f64).sqrt() / FULL_SCALE).log10()
    }

    /// The same sound louder or quieter by so many decibels; what would pass full scale is clipped.
    #[must_use]
    pub fn gain(&self, decibels: f64) -> Pcm {
        self.scaled(db_to_factor(decibels))
    }

    /// The same sound at a volume of 0 (silence) to 100 (as it is). The amplitude goes with the square, so that 50 is
    /// 12 dB less and sounds about half as loud.
    #[must_use]
    pub fn at_volume(&self, volume: u8) -> Pcm {
        let part = f64::from(volume.min(100)) / 100.0;
        self.scaled(part * part)
    }

    fn scaled(&self, factor: f64) -> Pcm {
        let scale = |&sample: &i16| (f64::from(sample) * factor).round() as i16;
        Pcm::new(self.rate_hz, self.samples.iter().map(scale).collect())
    }

    /// Reads a WAV file: one channel, 16-bit integers (RIFF WAVE, format tag 1).
    ///
    /// # Errors
    /// When it is not a WAV file, breaks off, or has another format.
    pub fn read_wav(reader: impl Read) -> Result<Pcm, WavError> {
        let mut wav = hound::WavReader::new(reader).map_err(WavError::Damaged)?;
        let spec = wav.spec();
        if spec.channels != 1 || spec.bits_per_sample != 16 || spec.sample_format != hound::SampleFormat::Int
        {
            return Err(WavError::Format { channels: spec.channels, bits: spec.bits_per_sample });
        }
        let samples = wav.samples::<i16>().collect::<Result<_, _>>().map_err(WavError::Damaged)?;
        Ok(Pcm::new(spec.sample_rate, samples))
    }

    /// Writes a WAV file of one channel of 16-bit integers.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_wav(&self, writer: impl Write + Seek) -> Result<(), hound::Error> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: self.rate_hz,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::new(writer, spec)?;
        for &sample in &self.samples {
            wav.write_sample(sample)?;
        }
        wav.finalize()
    }
}

/// How long so many samples sound at a rate.
pub(super) fn frames(count: usize, rate_hz: u32) -> Duration {
    if rate_hz == 0 {
        return Duration::ZERO;
    }
    // Whole nanoseconds: exact for every rate in use, and no overflow below 580 years.
    let nanoseconds = count as u128 * 1_000_000_000 / u128::from(rate_hz);
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

fn db_to_factor(decibels: f64) -> f64 {
    10f64.powf(decibels / 20.0)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn near(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() < 0.05
    }

    #[test]
    fn a_tone_has_the_length_and_the_levels_it_was_asked_for() {
        let tone = Pcm::tone(22_050, 440.0, Duration::from_millis(1500), -6.0);
        assert_eq!(tone.samples.len(), 33_075);
        assert_eq!(tone.duration(), Duration::from_millis(1500));
        assert!(near(tone.peak_dbfs(), -6.0), "{}", tone.peak_dbfs());
        assert!(near(tone.rms_dbfs(), -9.01), "{}", tone.rms_dbfs());
    }

    #[test]
    fn gain_and_volume_move_the_level_and_clip() {
        let tone = Pcm::tone(44_100, 1000.0, Duration::from_millis(200), -12.0);
        assert!(near(tone.gain(6.0).rms_dbfs(), tone.rms_dbfs() + 6.0));
        assert!(near(tone.at_volume(50).rms_dbfs(), tone.rms_dbfs() - 12.04));
        assert_eq!(tone.at_volume(100), tone);
        assert_eq!(tone.at_volume(200), tone);
        assert_eq!(tone.at_volume(0).peak_dbfs(), f64::NEG_INFINITY);
        assert_eq!(tone.gain(60.0).samples.iter().max(), Some(&i16::MAX));
        assert_eq!(tone.gain(60.0).samples.iter().min(), Some(&i16::MIN));
    }

    #[test]
    fn silence_and_nothing_have_no_level_and_no_length() {
        assert_eq!(Pcm::default().duration(), Duration::ZERO);
        assert_eq!(Pcm::default().rms_dbfs(), f64::NEG_INFINITY);
        assert_eq!(Pcm::new(8000, vec![0; 8]).peak_dbfs(), f64::NEG_INFINITY);
        assert_eq!(Pcm::new(8000, vec![i16::MIN]).peak_dbfs(), 0.0);
    }

    #[test]
    fn a_wav_file_comes_back_as_it_was() {
        let tone = Pcm::tone(16_000, 500.0, Duration::from_millis(70), -3.0);
        let mut file = Cursor::new(Vec::new());
        tone.write_wav(&mut file).unwrap();
        let bytes = file.into_inner();
        assert_eq!(Pcm::read_wav(bytes.as_slice()).unwrap(), tone);
        assert!(matches!(Pcm::read_wav(&bytes[..100]), Err(WavError::Damaged(_))));
        assert!(matches!(Pcm::read_wav(&b"no wave"[..]), Err(WavError::Damaged(_))));
    }

    #[test]
    fn a_wav_file_of_two_channels_is_refused() {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        hound::WavWriter::new(&mut file, spec).unwrap().finalize().unwrap();
        let error = Pcm::read_wav(file.into_inner().as_slice()).unwrap_err();
        assert!(matches!(error, WavError::Format { channels: 2, bits: 16 }), "{error}");
    }
}
