// SPDX-License-Identifier: MIT OR Apache-2.0
//! GPIO lines by name, and what can be wrong with them. Used by buttons and lamps alike.

use std::error::Error;
use std::fmt;

use serde::Deserialize;

use super::Driver;

/// A line's name: `GPIO17` as the board names it, or `pinctrl-bcm2711:17`, the chip's label and the line's offset. Both
/// stay the same from boot to boot; the chip's number (`gpiochip0`) does not, and is refused. `gpioinfo` and `gpiodetect`
/// list names and labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct LineName(String);

/// Why a text is no line name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineNameError {
    /// Empty, or longer than the 31 bytes that the kernel keeps.
    #[error("a line's name has 1 to 31 bytes, a chip's label as well")]
    Length,
    /// A chip by its number.
    #[error(
        "{0} is a chip's number, which changes from boot to boot: give its label, as gpiodetect shows it"
    )]
    ChipNumber(String),
}

impl LineName {
    /// Takes a name.
    ///
    /// # Errors
    /// When it cannot be one, or names a chip by its number.
    pub fn new(name: impl Into<String>) -> Result<LineName, LineNameError> {
        let name = LineName(name.into());
        let first = name.chip_and_offset().map_or(name.as_str(), |(label, _)| label);
        if first.is_empty() || first.len() > 31 {
            return Err(LineNameError::Length);
        }
        if name.chip_and_offset().is_some()
            && first.strip_prefix("gpiochip").is_some_and(|number| number.parse::<u32>().is_ok())
        {
            return Err(LineNameError::ChipNumber(first.to_owned()));
        }
        Ok(name)
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Label and offset, when it can be read so.
    pub fn chip_and_offset(&self) -> Option<(&str, u32)> {
        let (label, offset) = self.0.rsplit_once(':')?;
        Some((label, offset.parse().ok()?))
    }
}

impl fmt::Display for LineName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for LineName {
    type Error = LineNameError;

    fn try_from(name: String) -> Result<LineName, LineNameError> {
        LineName::new(name)
    }
}

/// The resistor inside the chip that holds an open line at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    /// Towards the supply: for a contact to ground, the usual wiring.
    #[default]
    PullUp,
    /// Towards ground: for a contact to the supply.
    PullDown,
    /// None: the board has its own resistor.
    None,
}

/// What kind of failure a [`LineError`] is, for code that reacts to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No such line, chip or board.
    NotFound,
    /// Another program has it.
    Busy,
    /// It is there, but may not be opened.
    Denied,
    /// It was open and is gone.
    Lost,
    /// The configuration contradicts itself, or asks for what this build or this chip cannot do.
    Config,
    /// Anything else.
    Other,
}

/// Why a line cannot be opened or used.
#[derive(Debug, thiserror::Error)]
#[error("{action} {line}")]
pub struct LineError {
    kind: ErrorKind,
    action: &'static str,
    line: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl LineError {
    /// An error of a driver. `action` is completed by the line's name, for example "cannot open the line".
    pub fn new(
        kind: ErrorKind,
        action: &'static str,
        line: impl Into<String>,
        source: Option<Box<dyn Error + Send + Sync>>,
    ) -> LineError {
        LineError { kind, action, line: line.into(), source }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What the technician is shown of it.
    pub fn fault(&self) -> LineFault {
        LineFault { kind: self.kind, line: self.line.clone() }
    }

    pub(crate) fn no_driver(driver: Driver) -> LineError {
        LineError::new(ErrorKind::Config, "this build has no driver", format!("{driver:?}"), None)
    }
}

/// What keeps a line from being used. `Display` is one sentence for the technician that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// The line's name, or whatever stands in its place.
    pub line: String,
}

impl fmt::Display for LineFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = &self.line;
        match self.kind {
            ErrorKind::NotFound => {
                write!(formatter, "The line {line} was not found: check its name with gpioinfo.")
            }
            ErrorKind::Busy => write!(
                formatter,
                "The line {line} is used by another program or by the kernel: gpioinfo says by which."
            ),
            ErrorKind::Denied => {
                write!(
                    formatter,
                    "The line {line} may not be opened: put the service's user into the group gpio."
                )
            }
            ErrorKind::Lost => {
                write!(formatter, "The line {line} is gone: check the board's or adapter's cable.")
            }
            ErrorKind::Config => {
                write!(formatter, "The panel's configuration is wrong at {line}: correct it.")
            }
            ErrorKind::Other => write!(formatter, "The line {line} has failed: look into the log."),
        }
    }
}

impl Error for LineFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_named_and_chips_are_labelled_never_numbered() {
        assert_eq!(LineName::new("GPIO17").unwrap().chip_and_offset(), None);
        let line = LineName::new("pinctrl-bcm2711:17").unwrap();
        assert_eq!(line.chip_and_offset(), Some(("pinctrl-bcm2711", 17)));
        // A line may be called so.
        assert_eq!(LineName::new("P1:key").unwrap().chip_and_offset(), None);
        assert!(matches!(LineName::new("gpiochip4:17"), Err(LineNameError::ChipNumber(_))));
        for bad in ["", ":4", "a name that is longer than the kernel keeps"] {
            assert_eq!(LineName::new(bad), Err(LineNameError::Length), "{bad}");
        }
    }

    #[test]
    fn a_fault_names_the_line() {
        let error = LineError::new(ErrorKind::NotFound, "cannot find the line", "GPIO99", None);
        assert_eq!(error.to_string(), "cannot find the line GPIO99");
        assert!(error.fault().to_string().contains("GPIO99"));
    }
}
