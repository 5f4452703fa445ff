// SPDX-License-Identifier: MIT OR Apache-2.0
//! Output pins of a Raspberry Pi through rppal, which writes the chip's registers itself. Retired upstream.

use embedded_hal::digital::PinState;
use rppal::gpio::{Gpio, OutputPin};

use super::pins::{Pin, PinLamps, level};
use crate::buttons::rppal::{number, opening};
use crate::buttons::{LineError, OutputConfig, PanelConfig};

/// Opens the lamps and the buzzer, off.
pub(super) fn open(config: &PanelConfig) -> Result<PinLamps<OutputPin>, LineError> {
    let first = config.lamps.iter().chain(&config.buzzer).next();
    let first = first.map_or("", |output| output.line.as_str());
    let gpio = Gpio::new().map_err(|error| opening(first, error))?;
    let open = |output| open_pin(&gpio, output);
    let lamps = config.lamps.iter().map(open).collect::<Result<_, _>>()?;
    PinLamps::new(lamps, config.buzzer.as_ref().map(open).transpose()?)
}

fn open_pin(gpio: &Gpio, config: &OutputConfig) -> Result<Pin<OutputPin>, LineError> {
    let pin = gpio.get(number(&config.line)?).map_err(|error| opening(config.line.as_str(), error))?;
    let pin = if level(false, config.active_low) == PinState::High {
        pin.into_output_high()
    } else {
        pin.into_output_low()
    };
    Ok(Pin::new(pin, config))
}
