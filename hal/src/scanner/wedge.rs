// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scanners that are keyboards, through evdev. The device is grabbed: nothing that is scanned is typed anywhere else, and
//! nobody types with it.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use evdev::{Device, EventSummary, KeyCode, SynchronizationCode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Encoding, Framer, Input, Keys, Scanner, ScannerConfig, ScannerError};

/// An open scanner.
pub(super) struct WedgeScanner {
    name: String,
    device: Device,
    keys: Keys,
    framer: Framer,
    told: bool,
}

impl WedgeScanner {
    pub(super) fn open(config: &ScannerConfig) -> Result<WedgeScanner, ScannerError> {
        let name = config.device.clone();
        let absent = || ScannerError::NotFound { device: name.clone(), source: None };
        let mut device = match (config.keyboard_id(), name.strip_prefix("name:")) {
            (Some(id), _) => with_id(id).ok_or_else(absent)?,
            (None, Some(part)) => named(part).ok_or_else(absent)?,
            (None, None) => Device::open(Path::new(&name)).map_err(|error| trouble(error, &name))?,
        };
        device.grab().map_err(|error| trouble(error, &name))?;
        device.set_nonblocking(true).map_err(|error| trouble(error, &name))?;
        let framer = Framer::new(config.suffix, config.gap());
        Ok(WedgeScanner { name, device, keys: Keys::default(), framer, told: false })
    }
}

/// The keyboard with this in its name.
fn named(part: &str) -> Option<Device> {
    let matches = |device: &Device| device.name().is_some_and(|name| name.contains(part));
    evdev::enumerate()
        .map(|(_, device)| device)
        .find(|device| matches(device) && device.supported_keys().is_some())
}

/// The keyboard with this id that can type: a scanner may have further interfaces, such as one for its settings.
fn with_id((vendor, product): (u16, u16)) -> Option<Device> {
    let types =
        |device: &Device| device.supported_keys().is_some_and(|keys| keys.contains(KeyCode::KEY_ENTER));
    evdev::enumerate().map(|(_, device)| device).find(|device| {
        let id = device.input_id();
        (id.vendor(), id.product()) == (vendor, product) && types(device)
    })
}

fn trouble(error: io::Error, device: &str) -> ScannerError {
    let device = device.to_owned();
    // ENODEV: the device was unplugged; ENOENT: it is not there.
    let (lost, absent) = (error.raw_os_error() == Some(19), error.kind() == io::ErrorKind::NotFound);
    let source: Option<Box<dyn std::error::Error + Send + Sync>> = Some(Box::new(error));
    match (lost, absent) {
        (true, _) => ScannerError::Lost { device, source },
        (_, true) => ScannerError::NotFound { device, source },
        _ => ScannerError::Denied { device, source },
    }
}

impl Scanner for WedgeScanner {
    fn wait(&mut self, limit: Duration, inputs: &mut Vec<Input>) -> Result<(), ScannerError> {
        if !std::mem::replace(&mut self.told, true) {
            inputs.push(Input::Encoding(Encoding::AsciiOnly));
            return Ok(());
        }
        let due =
            self.framer.due().map_or(limit, |due| due.saturating_duration_since(Instant::now()).min(limit));
        let time = Timespec { tv_sec: due.as_secs().cast_signed(), tv_nsec: i64::from(due.subsec_nanos()) };
        let _ = poll(&mut [PollFd::from_borrowed_fd(self.device.as_fd(), PollFlags::IN)], Some(&time));
        let now = Instant::now();
        match self.device.fetch_events() {
            Ok(events) => {
                for event in events {
                    match event.destructure() {
                        EventSummary::Key(_, key, value) => {
                            if let Some(byte) = self.keys.key(key.code(), value) {
                                self.framer.feed(&[byte], now, inputs);
                            }
                        }
                        EventSummary::Synchronization(_, SynchronizationCode::SYN_DROPPED, _) => {
                            self.framer.lose(inputs);
                        }
                        _ => {}
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(trouble(error, &self.name)),
        }
        self.framer.tick(now, inputs);
        Ok(())
    }

    fn trigger(&mut self) -> Result<(), ScannerError> {
        Ok(())
    }
}
