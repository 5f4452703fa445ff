// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scanners on serial lines and USB serial ports, with the GM modules' protocol where they have it. The line itself is the
//! printers' one, which never blocks.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeroize::Zeroizing;

use super::gm::{Module, News, Splitter};
use super::{Connection, Encoding, Framer, Input, Scanner, ScannerConfig, ScannerError};
use crate::printer::transport::{self, ErrorKind, Flow, PrinterUrl, Roots, Transport, TransportError};

/// An open scanner.
pub(super) struct SerialScanner {
    device: String,
    line: Box<dyn Transport>,
    framer: Framer,
    module: Option<(Module, Splitter)>,
    /// What the line has not taken yet.
    unsent: Vec<u8>,
    gap: Duration,
    last: Option<Instant>,
}

impl SerialScanner {
    pub(super) fn open(config: &ScannerConfig) -> Result<SerialScanner, ScannerError> {
        let device = config.device.clone();
        let path = Path::new(&device).to_owned();
        let url = PrinterUrl::Serial { path, baud: config.baud, flow: Flow::None };
        let line = transport::open(&url, &Roots::default()).map_err(|error| trouble(error, &device))?;
        let zones: Vec<_> = config.mode.zone().into_iter().chain(config.zones.iter().copied()).collect();
        let module = (config.connection == Connection::Gm)
            .then(|| (Module::new(&zones, config.encoding, Instant::now()), Splitter::default()));
        let framer = Framer::new(config.suffix, config.gap());
        Ok(SerialScanner { device, line, framer, module, unsent: Vec::new(), gap: config.gap(), last: None })
    }

    /// Sends what is due.
    fn send(&mut self, now: Instant) -> Result<(), ScannerError> {
        if let Some((module, _)) = &mut self.module {
            match module.send(now) {
                Ok(Some(command)) => self.unsent.extend(command),
                Ok(None) => {}
                Err(()) => return Err(ScannerError::Silent { device: self.device.clone() }),
            }
        }
        if !self.unsent.is_empty() {
            let taken = self.line.write(&self.unsent).map_err(|error| trouble(error, &self.device))?;
            self.unsent.drain(..taken);
        }
        Ok(())
    }

    /// How long nothing has to be done.
    fn pause(&self, now: Instant, limit: Duration) -> Duration {
        let due = [self.framer.due(), self.module.as_ref().map(|(module, _)| module.due())];
        let wait = due.into_iter().flatten().map(|due| due.saturating_duration_since(now)).min();
        let more = self.module.as_ref().is_some_and(|(module, _)| module.has_more());
        let quiet = self.last.map(|last| (last + self.gap).saturating_duration_since(now));
        if more { Duration::ZERO } else { wait.unwrap_or(limit).min(quiet.unwrap_or(limit)).min(limit) }
    }

    fn receive(&mut self, inputs: &mut Vec<Input>) -> Result<bool, ScannerError> {
        let mut buffer = Zeroizing::new([0; 1024]);
        let count = self.line.read(buffer.as_mut()).map_err(|error| trouble(error, &self.device))?;
        let now = Instant::now();
        let bytes = &buffer[..count];
        let Some((module, splitter)) = &mut self.module else {
            if count > 0 {
                self.framer.feed(bytes, now, inputs);
            }
            self.framer.tick(now, inputs);
            return Ok(count > 0);
        };
        let (mut data, mut replies) = (Zeroizing::new(Vec::with_capacity(2048)), Vec::new());
        if count > 0 {
            splitter.feed(bytes, &mut data, &mut replies);
            self.last = Some(now);
        } else if self.last.is_some_and(|last| now >= last + self.gap) {
            splitter.quiet(&mut data);
            self.last = None;
        }
        if !data.is_empty() {
            self.framer.feed(&data, now, inputs);
        }
        self.framer.tick(now, inputs);
        for reply in replies {
            match module.reply(&reply) {
                Some(News::Encoding { right: true }) => inputs.push(Input::Encoding(Encoding::Unchanged)),
                Some(News::Encoding { right: false }) => inputs.push(Input::Encoding(Encoding::Garbles)),
                Some(News::Stubborn { address }) => {
                    tracing::warn!(
                        device = self.device,
                        address,
                        "the scanner keeps a setting that it should not have"
                    );
                }
                None => {}
            }
        }
        Ok(count > 0)
    }
}

impl Scanner for SerialScanner {
    fn wait(&mut self, limit: Duration, inputs: &mut Vec<Input>) -> Result<(), ScannerError> {
        let until = Instant::now() + limit;
        loop {
            let now = Instant::now();
            self.send(now)?;
            let pause = self.pause(now, until.saturating_duration_since(now));
            let mut flags = PollFlags::IN;
            flags.set(PollFlags::OUT, !self.unsent.is_empty());
            let time =
                Timespec { tv_sec: pause.as_secs().cast_signed(), tv_nsec: i64::from(pause.subsec_nanos()) };
            let _ = poll(&mut [PollFd::from_borrowed_fd(self.line.as_fd(), flags)], Some(&time));
            while self.receive(inputs)? {}
            if !inputs.is_empty() || Instant::now() >= until {
                return Ok(());
            }
        }
    }

    fn trigger(&mut self) -> Result<(), ScannerError> {
        if let Some((module, _)) = &mut self.module {
            module.trigger();
        }
        Ok(())
    }
}

fn trouble(error: TransportError, device: &str) -> ScannerError {
    let (device, kind) = (device.to_owned(), error.kind());
    let source: Option<Box<dyn std::error::Error + Send + Sync>> = Some(Box::new(error));
    match kind {
        ErrorKind::Denied => ScannerError::Denied { device, source },
        ErrorKind::Lost => ScannerError::Lost { device, source },
        _ => ScannerError::NotFound { device, source },
    }
}
