// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buttons of a Raspberry Pi through rppal. rppal was retired in July 2025: it gets no mends and knows no newer boards, so
//! nothing else may depend on it. It knows lines by their BCM number only and finds its chip by label. All its pins share one
//! opening of the chip: after a loss it finds the chip again only when buttons and lamps alike have let go, which on a
//! Raspberry Pi, whose chip cannot vanish, does not matter.

use std::time::Duration;

use rppal::gpio::{Error, Event, Gpio, InputPin, Trigger};

use super::{Bias, ButtonConfig, Buttons, Change, Edge, ErrorKind, LineError, LineName};

/// Buttons that are open.
pub(crate) struct RppalButtons {
    gpio: Gpio,
    pins: Vec<InputPin>,
    /// For each pin: pressed is low.
    active_low: Vec<bool>,
    first_line: String,
}

impl RppalButtons {
    pub(crate) fn open(buttons: &[ButtonConfig]) -> Result<RppalButtons, LineError> {
        let first_line = buttons.first().map_or_else(String::new, |button| button.line.to_string());
        let gpio = Gpio::new().map_err(|error| opening(&first_line, error))?;
        let mut pins = Vec::new();
        for button in buttons {
            let line = button.line.as_str();
            let pin = gpio.get(number(&button.line)?).map_err(|error| opening(line, error))?;
            let mut pin = match button.bias {
                Bias::PullUp => pin.into_input_pullup(),
                Bias::PullDown => pin.into_input_pulldown(),
                Bias::None => pin.into_input(),
            };
            pin.set_interrupt(Trigger::Both, Some(button.debounce()))
                .map_err(|error| opening(line, error))?;
            pins.push(pin);
        }
        let active_low = buttons.iter().map(|button| button.active_low).collect();
        Ok(RppalButtons { gpio, pins, active_low, first_line })
    }

    fn edge(&self, button: usize, event: &Event) -> Edge {
        let pressed_by = if self.active_low[button] { Trigger::FallingEdge } else { Trigger::RisingEdge };
        let change = if event.trigger == pressed_by { Change::Pressed } else { Change::Released };
        Edge { button, change, at: event.timestamp, seqno: event.seqno }
    }
}

impl Buttons for RppalButtons {
    fn is_down(&mut self, button: usize) -> Result<bool, LineError> {
        let Some(pin) = self.pins.get(button) else { return Ok(false) };
        Ok(pin.is_low() == self.active_low[button])
    }

    fn wait(&mut self, limit: Duration) -> Result<Option<Edge>, LineError> {
        let pins: Vec<&InputPin> = self.pins.iter().collect();
        // epoll counts whole milliseconds; rounding down would spin.
        let limit = limit.max(Duration::from_millis(1));
        match self.gpio.poll_interrupts(&pins, false, Some(limit)) {
            Ok(None) => Ok(None),
            Ok(Some((pin, event))) => {
                let button = self.pins.iter().position(|known| known.pin() == pin.pin());
                Ok(button.map(|button| self.edge(button, &event)))
            }
            Err(error) => {
                let source = Some(Box::new(error).into());
                Err(LineError::new(ErrorKind::Lost, "lost the line", &self.first_line, source))
            }
        }
    }
}

/// The BCM number behind `GPIO17` or `pinctrl-bcm2711:17`.
pub(crate) fn number(line: &LineName) -> Result<u8, LineError> {
    let digits = match line.chip_and_offset() {
        Some((label, offset)) if label.starts_with("pinctrl-") => u8::try_from(offset).ok(),
        _ => line.as_str().strip_prefix("GPIO").and_then(|number| number.parse().ok()),
    };
    digits.ok_or_else(|| {
        LineError::new(ErrorKind::Config, "rppal knows lines as GPIO0 to GPIO27, not as", line.as_str(), None)
    })
}

/// An error from before the line was ours.
pub(crate) fn opening(line: &str, error: Error) -> LineError {
    let kind = match &error {
        Error::UnknownModel | Error::PinNotAvailable(_) => ErrorKind::NotFound,
        Error::PinUsed(_) => ErrorKind::Busy,
        Error::PermissionDenied(_) => ErrorKind::Denied,
        Error::Io(error) => match error.raw_os_error() {
            Some(1 | 13) => ErrorKind::Denied,
            Some(2 | 6 | 19) => ErrorKind::NotFound,
            Some(16) => ErrorKind::Busy,
            _ => ErrorKind::Other,
        },
        Error::ThreadPanic => ErrorKind::Other,
    };
    LineError::new(kind, "cannot open the line", line, Some(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_known_by_their_bcm_number() {
        let of = |name: &str| number(&LineName::new(name).unwrap());
        assert_eq!(of("GPIO17").unwrap(), 17);
        assert_eq!(of("pinctrl-bcm2711:4").unwrap(), 4);
        for unknown in ["PA3", "GPIO", "GPIO300", "gpio-sim:4"] {
            assert_eq!(of(unknown).unwrap_err().kind(), ErrorKind::Config, "{unknown}");
        }
    }
}
