// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sound cards through ALSA. The device is opened without blocking and fed 16-bit samples; rates and channels that it
//! does not have are left to ALSA's own converters (`default`, `plughw`).

use alsa::pcm::{Access, Format, Frames, HwParams, PCM, State};
use alsa::{Direction, ValueOr};
use serde::Deserialize;
use std::time::Duration;

use super::pcm::frames;
use super::{ErrorKind, Speaker, SpeakerError};

/// What the device buffers, in microseconds: ten times the pace of the thread that feeds it.
const BUFFER_US: u32 = 200_000;
/// How often the device looks for samples, in microseconds.
const PERIOD_US: u32 = 50_000;
/// Silence behind each sound, in milliseconds. A device stops at the end of a period, and some play on into whatever lies
/// in their buffer.
const TAIL_MS: u32 = 60;

/// `errno` values of Linux that ALSA hands through.
mod errno {
    pub(super) const EPERM: i32 = 1;
    pub(super) const ENOENT: i32 = 2;
    pub(super) const EIO: i32 = 5;
    pub(super) const ENXIO: i32 = 6;
    pub(super) const EAGAIN: i32 = 11;
    pub(super) const EACCES: i32 = 13;
    pub(super) const EBUSY: i32 = 16;
    pub(super) const ENODEV: i32 = 19;
    pub(super) const EINVAL: i32 = 22;
    /// The device has run dry.
    pub(super) const EPIPE: i32 = 32;
    /// In the wrong state, which is what some plug-ins say after a disconnection.
    pub(super) const EBADFD: i32 = 77;
    /// The machine was suspended.
    pub(super) const ESTRPIPE: i32 = 86;
}

/// Which device.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlsaConfig {
    /// ALSA's name of it, as `aplay -L` lists them. `default` is shared with other programs; `plughw:CARD=…` is ours
    /// alone.
    #[serde(default = "default_device")]
    pub device: String,
}

impl Default for AlsaConfig {
    fn default() -> AlsaConfig {
        AlsaConfig { device: default_device() }
    }
}

fn default_device() -> String {
    "default".to_owned()
}

/// A sound card that is open.
pub struct AlsaSpeaker {
    pcm: PCM,
    device: String,
    setup: Option<Setup>,
    /// Frames of silence still to be handed over behind the sound.
    tail: usize,
}

/// What was agreed upon with the device.
#[derive(Debug, Clone, Copy)]
struct Setup {
    rate_hz: u32,
    channels: usize,
}

impl std::fmt::Debug for AlsaSpeaker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AlsaSpeaker").field("device", &self.device).finish_non_exhaustive()
    }
}

impl AlsaSpeaker {
    /// Opens the device. What ALSA itself would write to standard error goes to the log instead.
    ///
    /// # Errors
    /// When there is no such device, another program has it, or it may not be opened.
    pub fn open(config: &AlsaConfig) -> Result<AlsaSpeaker, SpeakerError> {
        let said = alsa::Output::local_error_handler();
        let opened = PCM::new(&config.device, Direction::Playback, true);
        if let (Err(_), Ok(said)) = (&opened, said) {
            tracing::debug!(alsa = %said.borrow(), "opening the sound device");
        }
        let pcm = opened.map_err(|error| opening(&config.device, error))?;
        Ok(AlsaSpeaker { pcm, device: config.device.clone(), setup: None, tail: 0 })
    }

    /// Agrees with the device upon rate and channels; a device of two channels gets the same sound on both.
    fn set_up(&mut self, rate_hz: u32) -> Result<Setup, alsa::Error> {
        let params = HwParams::any(&self.pcm)?;
        params.set_rate_resample(true)?;
        params.set_access(Access::RWInterleaved)?;
        params.set_format(Format::s16())?;
        let channels = params.set_channels_near(1)?;
        params.set_rate(rate_hz, ValueOr::Nearest)?;
        params.set_buffer_time_near(BUFFER_US, ValueOr::Nearest)?;
        params.set_period_time_near(PERIOD_US, ValueOr::Nearest)?;
        self.pcm.hw_params(&params)?;
        let buffer = params.get_buffer_size()?;
        drop(params);
        let software = self.pcm.sw_params_current()?;
        // Begins by itself when half full; a shorter sound is begun by hand.
        software.set_start_threshold(buffer / 2)?;
        self.pcm.sw_params(&software)?;
        drop(software);
        Ok(Setup { rate_hz, channels: channels as usize })
    }

    /// Hands over frames of one channel; `Ok(0)` means no room.
    fn push(&mut self, setup: Setup, samples: &[i16]) -> Result<usize, SpeakerError> {
        let room = self.avail()?;
        let count = samples.len().min(room);
        if count == 0 {
            return Ok(0);
        }
        let wide: Vec<i16> =
            samples[..count].iter().flat_map(|&s| std::iter::repeat_n(s, setup.channels)).collect();
        let io = self.pcm.io_i16().map_err(|error| self.using(error))?;
        match io.writei(&wide) {
            Ok(count) => Ok(count),
            Err(error) => self.recover(error).map(|()| 0),
        }
    }

    fn avail(&self) -> Result<usize, SpeakerError> {
        match self.pcm.avail() {
            Ok(frames) => Ok(usize::try_from(frames).unwrap_or(0)),
            Err(error) => self.recover(error).map(|()| 0),
        }
    }

    /// Goes on after a gap in the sound; anything graver is an error.
    fn recover(&self, error: alsa::Error) -> Result<(), SpeakerError> {
        match error.errno() {
            errno::EAGAIN => Ok(()),
            errno::EPIPE | errno::ESTRPIPE => {
                tracing::warn!(device = self.device, "the sound device ran dry; going on");
                self.pcm.try_recover(error, true).or_else(|_| self.pcm.prepare()).map_err(|e| self.using(e))
            }
            _ => Err(self.using(error)),
        }
    }

    fn using(&self, error: alsa::Error) -> SpeakerError {
        let kind = match error.errno() {
            errno::ENODEV | errno::ENXIO | errno::EIO | errno::EBADFD => ErrorKind::Lost,
            errno::EINVAL => ErrorKind::Unsupported,
            errno::EBUSY => ErrorKind::Busy,
            _ => ErrorKind::Other,
        };
        let action = if kind == ErrorKind::Lost { "lost" } else { "cannot use" };
        SpeakerError::new(kind, action, &self.device, Some(Box::new(error)))
    }

    /// Frames that have been handed over and not been heard.
    fn unheard(&self) -> Result<Frames, SpeakerError> {
        match self.pcm.state() {
            State::Running | State::Draining => match self.pcm.delay() {
                Ok(delay) => Ok(delay.max(0)),
                Err(error) if error.errno() == errno::EPIPE => Ok(0),
                Err(error) => Err(self.using(error)),
            },
            State::Disconnected => Err(self.using(alsa::Error::new("snd_pcm_state", errno::ENODEV))),
            // Run dry behind the last sample: all has been heard.
            _ => Ok(0),
        }
    }
}

impl Speaker for AlsaSpeaker {
    fn begin(&mut self, rate_hz: u32) -> Result<(), SpeakerError> {
        if rate_hz == 0 {
            let action = "cannot play a sound of rate 0 on";
            return Err(SpeakerError::new(ErrorKind::Unsupported, action, &self.device, None));
        }
        if self.setup.is_none_or(|setup| setup.rate_hz != rate_hz) {
            if self.setup.take().is_some() {
                self.pcm.hw_free().map_err(|error| self.using(error))?;
            }
            self.setup = Some(self.set_up(rate_hz).map_err(|error| self.using(error))?);
        }
        self.pcm.prepare().map_err(|error| self.using(error))?;
        self.tail = (u64::from(rate_hz) * u64::from(TAIL_MS) / 1000) as usize;
        Ok(())
    }

    fn write(&mut self, samples: &[i16]) -> Result<usize, SpeakerError> {
        let Some(setup) = self.setup else { return Ok(0) };
        self.push(setup, samples)
    }

    fn drain(&mut self) -> Result<Duration, SpeakerError> {
        let Some(setup) = self.setup else { return Ok(Duration::ZERO) };
        let tail = (u64::from(setup.rate_hz) * u64::from(TAIL_MS) / 1000) as usize;
        while self.tail > 0 {
            let count = self.push(setup, &vec![0; self.tail])?;
            if count == 0 {
                break;
            }
            self.tail -= count;
        }
        if self.pcm.state() == State::Prepared {
            self.pcm.start().map_err(|error| self.using(error))?;
        }
        let silence = tail - self.tail;
        let left = usize::try_from(self.unheard()?).unwrap_or(0).saturating_sub(silence);
        if left == 0 {
            self.stop();
        }
        Ok(frames(left, setup.rate_hz))
    }

    fn stop(&mut self) {
        // Fails only where nothing is playing any more.
        let _ = self.pcm.drop();
    }

    fn check(&mut self) -> Result<(), SpeakerError> {
        if self.pcm.state() == State::Disconnected {
            return Err(self.using(alsa::Error::new("snd_pcm_state", errno::ENODEV)));
        }
        self.pcm.info().map(drop).map_err(|error| self.using(error))
    }
}

fn opening(device: &str, error: alsa::Error) -> SpeakerError {
    let kind = match error.errno() {
        errno::ENOENT | errno::ENODEV | errno::ENXIO => ErrorKind::NotFound,
        errno::EBUSY | errno::EAGAIN => ErrorKind::Busy,
        errno::EACCES | errno::EPERM => ErrorKind::Denied,
        _ => ErrorKind::Other,
    };
    SpeakerError::new(kind, "cannot open", device, Some(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_is_not_there_is_an_error_that_says_so() {
        let config = AlsaConfig { device: "plughw:CARD=NoSuchCard".to_owned() };
        let error = AlsaSpeaker::open(&config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.to_string().contains("NoSuchCard"), "{error}");
    }
}
