// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a panel of buttons, lamps and a buzzer is wired, as the technician writes it down.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use super::{Bias, ErrorKind, LineError, LineName};

/// A panel. Buttons and lamps are known by their place in these lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelConfig {
    /// Which driver opens the lines.
    #[serde(default)]
    pub driver: Driver,
    /// The buttons.
    #[serde(default)]
    pub buttons: Vec<ButtonConfig>,
    /// The lamps.
    #[serde(default)]
    pub lamps: Vec<OutputConfig>,
    /// The buzzer: an active one, which sounds as long as its line is on.
    #[serde(default)]
    pub buzzer: Option<OutputConfig>,
    /// How long after a press further presses of the same button are ignored, in milliseconds.
    #[serde(default = "default_lockout_ms")]
    pub lockout_ms: u32,
    /// How long a button may be down before it counts as stuck, in seconds.
    #[serde(default = "default_stuck_after_s")]
    pub stuck_after_s: u32,
}

/// Which driver opens the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// The kernel's GPIO character device: any board.
    #[default]
    Gpiocdev,
    /// rppal: Raspberry Pi only, no longer maintained upstream.
    Rppal,
}

/// One button.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonConfig {
    /// What people call it; used in messages.
    pub name: String,
    /// Its line.
    pub line: LineName,
    /// Pressed is a low level: a contact to ground, the usual wiring.
    #[serde(default = "default_true")]
    pub active_low: bool,
    /// The resistor that holds the open contact.
    #[serde(default)]
    pub bias: Bias,
    /// How long the contact has to rest before an edge counts, in milliseconds. Push buttons bounce for 1 to 20 ms.
    #[serde(default = "default_debounce_ms")]
    pub debounce_ms: u16,
}

/// A lamp or a buzzer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputConfig {
    /// What people call it; used in messages.
    #[serde(default)]
    pub name: String,
    /// Its line.
    pub line: LineName,
    /// On is a low level: a lamp between the supply and the line.
    #[serde(default)]
    pub active_low: bool,
}

impl Default for PanelConfig {
    fn default() -> PanelConfig {
        PanelConfig {
            driver: Driver::default(),
            buttons: Vec::new(),
            lamps: Vec::new(),
            buzzer: None,
            lockout_ms: default_lockout_ms(),
            stuck_after_s: default_stuck_after_s(),
        }
    }
}

impl ButtonConfig {
    /// A button to ground with the chip's pull-up and the default debounce.
    pub fn new(name: impl Into<String>, line: LineName) -> ButtonConfig {
        ButtonConfig {
            name: name.into(),
            line,
            active_low: true,
            bias: Bias::PullUp,
            debounce_ms: default_debounce_ms(),
        }
    }

    /// How long the contact has to rest.
    pub fn debounce(&self) -> Duration {
        Duration::from_millis(u64::from(self.debounce_ms))
    }
}

impl OutputConfig {
    /// An output that is on at a high level.
    pub fn new(name: impl Into<String>, line: LineName) -> OutputConfig {
        OutputConfig { name: name.into(), line, active_low: false }
    }
}

impl PanelConfig {
    /// How long after a press further presses of the same button are ignored.
    pub fn lockout(&self) -> Duration {
        Duration::from_millis(u64::from(self.lockout_ms))
    }

    /// How long a button may be down before it counts as stuck.
    pub fn stuck_after(&self) -> Duration {
        Duration::from_secs(u64::from(self.stuck_after_s))
    }

    /// Whether the wiring makes sense.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when one line is given twice.
    pub fn check(&self) -> Result<(), LineError> {
        let outputs = self.lamps.iter().chain(&self.buzzer).map(|output| &output.line);
        let mut seen = BTreeSet::new();
        for line in self.buttons.iter().map(|button| &button.line).chain(outputs) {
            if !seen.insert(line) {
                return Err(LineError::new(ErrorKind::Config, "given twice: the line", line.as_str(), None));
            }
        }
        Ok(())
    }
}

fn default_true() -> bool {
    true
}

fn default_debounce_ms() -> u16 {
    30
}

fn default_lockout_ms() -> u32 {
    1000
}

fn default_stuck_after_s() -> u32 {
    10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_is_read_with_its_defaults() {
        let panel: PanelConfig = toml::from_str(
            r#"
            [[buttons]]
            name = "good"
            line = "GPIO17"
            [[buttons]]
            name = "bad"
            line = "pinctrl-bcm2711:27"
            active_low = false
            bias = "pull-down"
            debounce_ms = 5
            [[lamps]]
            line = "GPIO22"
            [buzzer]
            line = "GPIO23"
            active_low = true
            "#,
        )
        .unwrap();
        assert_eq!(panel.buttons[0], ButtonConfig::new("good", LineName::new("GPIO17").unwrap()));
        assert_eq!((panel.buttons[1].bias, panel.buttons[1].debounce_ms), (Bias::PullDown, 5));
        assert_eq!((panel.lockout(), panel.stuck_after()), (Duration::from_secs(1), Duration::from_secs(10)));
        assert!(!panel.lamps[0].active_low && panel.buzzer.as_ref().is_some_and(|buzzer| buzzer.active_low));
        assert_eq!(panel.driver, Driver::Gpiocdev);
        panel.check().unwrap();
    }

    #[test]
    fn mistakes_are_refused() {
        for wrong in ["[[buttons]]\nname='a'\nline='gpiochip0:4'", "driver = 'sysfs'", "lamp = 3"] {
            assert!(toml::from_str::<PanelConfig>(wrong).is_err(), "{wrong}");
        }
        let line = LineName::new("GPIO17").unwrap();
        let twice = PanelConfig {
            buttons: vec![ButtonConfig::new("a", line.clone())],
            lamps: vec![OutputConfig::new("b", line)],
            ..PanelConfig::default()
        };
        let error = twice.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("GPIO17"), "{error}");
    }
}
