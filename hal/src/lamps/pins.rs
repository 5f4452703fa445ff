// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lamps over any output pin of embedded-hal 1.0: those of gpiocdev, of rppal and of a mock alike.

use embedded_hal::digital::{OutputPin, PinState};

use super::{Lamps, Output};
use crate::buttons::{ErrorKind, LineError, OutputConfig};

/// An output: its pin, and which level means on.
#[derive(Debug)]
pub struct Pin<P> {
    pin: P,
    active_low: bool,
    line: String,
}

impl<P: OutputPin> Pin<P> {
    /// A pin that is wired as `config` says.
    pub fn new(pin: P, config: &OutputConfig) -> Pin<P> {
        Pin { pin, active_low: config.active_low, line: config.line.to_string() }
    }

    fn set(&mut self, on: bool) -> Result<(), LineError> {
        self.pin.set_state(level(on, self.active_low)).map_err(|error| {
            // embedded-hal's own kinds are all "other"; a line that was ours and fails is gone.
            let source = Some(format!("{error:?}").into());
            LineError::new(ErrorKind::Lost, "lost the line", &self.line, source)
        })
    }
}

/// The level that means on or off.
pub(super) fn level(on: bool, active_low: bool) -> PinState {
    PinState::from(on != active_low)
}

/// The lamps and the buzzer of a panel.
#[derive(Debug)]
pub struct PinLamps<P> {
    lamps: Vec<Pin<P>>,
    buzzer: Option<Pin<P>>,
}

impl<P: OutputPin> PinLamps<P> {
    /// Takes the pins and switches all of them off.
    ///
    /// # Errors
    /// When a line is gone.
    pub fn new(lamps: Vec<Pin<P>>, buzzer: Option<Pin<P>>) -> Result<PinLamps<P>, LineError> {
        let mut all = PinLamps { lamps, buzzer };
        all.lamps.iter_mut().chain(&mut all.buzzer).try_for_each(|pin| pin.set(false))?;
        Ok(all)
    }
}

impl<P: OutputPin + Send> Lamps for PinLamps<P> {
    fn set(&mut self, output: Output, on: bool) -> Result<(), LineError> {
        let pin = match output {
            Output::Lamp(lamp) => self.lamps.get_mut(lamp),
            Output::Buzzer => self.buzzer.as_mut(),
        };
        pin.map_or(Ok(()), |pin| pin.set(on))
    }
}

#[cfg(test)]
mod tests {
    use embedded_hal_mock::eh1::MockError;
    use embedded_hal_mock::eh1::digital::{Mock, State, Transaction};

    use super::*;
    use crate::buttons::LineName;

    fn config(active_low: bool) -> OutputConfig {
        OutputConfig { active_low, ..OutputConfig::new("lamp", LineName::new("GPIO22").unwrap()) }
    }

    fn mock(states: &[State]) -> Mock {
        Mock::new(&states.iter().map(|&state| Transaction::set(state)).collect::<Vec<_>>())
    }

    #[test]
    fn outputs_begin_off_and_follow_their_polarity() {
        let mut high = mock(&[State::Low, State::High, State::Low]);
        let mut low = mock(&[State::High, State::Low]);
        let mut buzzer = mock(&[State::Low, State::High]);
        let pins = vec![Pin::new(high.clone(), &config(false)), Pin::new(low.clone(), &config(true))];
        let mut lamps = PinLamps::new(pins, Some(Pin::new(buzzer.clone(), &config(false)))).unwrap();
        lamps.set(Output::Lamp(0), true).unwrap();
        lamps.set(Output::Lamp(1), true).unwrap();
        lamps.set(Output::Buzzer, true).unwrap();
        lamps.set(Output::Lamp(0), false).unwrap();
        lamps.set(Output::Lamp(2), true).unwrap();
        for pin in [&mut high, &mut low, &mut buzzer] {
            pin.done();
        }
    }

    #[test]
    fn a_pin_that_fails_is_lost_by_name() {
        let gone = MockError::Io(std::io::ErrorKind::NotConnected);
        let script = [Transaction::set(State::Low), Transaction::set(State::High).with_error(gone)];
        let mut pin = Mock::new(&script);
        let mut lamps = PinLamps::new(vec![Pin::new(pin.clone(), &config(false))], None).unwrap();
        let error = lamps.set(Output::Lamp(0), true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Lost);
        assert!(error.to_string().contains("GPIO22"));
        lamps.set(Output::Buzzer, true).unwrap();
        pin.done();
    }
}
