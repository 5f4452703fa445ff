// SPDX-License-Identifier: MIT OR Apache-2.0
//! Output pins of any Linux board, through the kernel's GPIO character device.

use embedded_hal::digital::PinState;
use gpiocdev::Request;
use gpiocdev::line::Value;
use gpiocdev_embedded_hal::OutputPin;

use super::pins::{Pin, PinLamps, level};
use crate::buttons::gpiocdev::{CONSUMER, find, opening};
use crate::buttons::{ErrorKind, LineError, OutputConfig, PanelConfig};

/// Opens the lamps and the buzzer, off.
pub(super) fn open(config: &PanelConfig) -> Result<PinLamps<OutputPin>, LineError> {
    let lamps = config.lamps.iter().map(open_pin).collect::<Result<_, _>>()?;
    PinLamps::new(lamps, config.buzzer.as_ref().map(open_pin).transpose()?)
}

fn open_pin(config: &OutputConfig) -> Result<Pin<OutputPin>, LineError> {
    let line = config.line.as_str();
    let found = find(&config.line)?;
    // The first level is the one for off, so that nothing flashes or beeps while it is opened.
    let off = if level(false, config.active_low) == PinState::High { Value::Active } else { Value::Inactive };
    let mut builder = Request::builder();
    builder.on_chip(found.chip).with_consumer(CONSUMER).with_line(found.offset).as_output(off);
    let request = builder.request().map_err(|error| opening(line, error))?;
    let pin = OutputPin::try_from(request).map_err(|error| {
        LineError::new(ErrorKind::Other, "cannot open the line", line, Some(Box::new(error)))
    })?;
    Ok(Pin::new(pin, config))
}
