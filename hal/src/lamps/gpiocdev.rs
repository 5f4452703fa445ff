// SPDX-License-Identifier: MIT OR Apache-2.0
//! Output pins of any Linux board, through the kernel's GPIO character device.

use embedded_hal::digital::{Error, ErrorKind, ErrorType, OutputPin, PinState};
use gpiocdev::Request;
use gpiocdev::line::{Offset, Value};

use super::pins::{Pin, PinLamps, level};
use crate::buttons::gpiocdev::{CONSUMER, find, opening};
use crate::buttons::{LineError, OutputConfig, PanelConfig};

/// One line that is ours. Not gpiocdev-embedded-hal's pin: that one asks the kernel nothing when the level is the one it set
/// last, and so never notices that its chip is gone.
#[derive(Debug)]
pub(super) struct LinePin {
    request: Request,
    offset: Offset,
}

/// What the kernel said.
#[derive(Debug)]
pub(super) struct LinePinError(#[expect(dead_code, reason = "shown by Debug, in the log")] gpiocdev::Error);

impl Error for LinePinError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for LinePin {
    type Error = LinePinError;
}

impl OutputPin for LinePin {
    fn set_low(&mut self) -> Result<(), LinePinError> {
        self.request.set_value(self.offset, Value::Inactive).map_err(LinePinError)
    }

    fn set_high(&mut self) -> Result<(), LinePinError> {
        self.request.set_value(self.offset, Value::Active).map_err(LinePinError)
    }
}

/// Opens the lamps and the buzzer, off.
pub(super) fn open(config: &PanelConfig) -> Result<PinLamps<LinePin>, LineError> {
    let lamps = config.lamps.iter().map(open_pin).collect::<Result<_, _>>()?;
    PinLamps::new(lamps, config.buzzer.as_ref().map(open_pin).transpose()?)
}

fn open_pin(config: &OutputConfig) -> Result<Pin<LinePin>, LineError> {
    let found = find(&config.line)?;
    // The first level is the one for off, so that nothing flashes or beeps while it is opened.
    let off = if level(false, config.active_low) == PinState::High { Value::Active } else { Value::Inactive };
    let mut builder = Request::builder();
    builder.on_chip(found.chip).with_consumer(CONSUMER).with_line(found.offset).as_output(off);
    let request = builder.request().map_err(|error| opening(config.line.as_str(), error))?;
    Ok(Pin::new(LinePin { request, offset: found.offset }, config))
}
