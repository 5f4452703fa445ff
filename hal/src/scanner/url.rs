// SPDX-License-Identifier: MIT OR Apache-2.0
//! A scanner as one line of configuration: `serial:/dev/serial/by-id/x?baud=9600`, `gm:/dev/serial/by-id/x?mode=command`,
//! `keys:usb:0c2e:0b61`, `keys:/dev/input/by-id/x`, `keys:name:Barcode`. Only the notation lives here; nothing is opened.

use std::str::FromStr;

use super::{Connection, Mode, ScannerConfig};

/// The speeds that scanners know.
const BAUDS: [u32; 8] = [1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200];

/// What is wrong with a scanner's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It begins with none of the known ways.
    #[error(
        "\"{0}\" is not a scanner: write serial: and its port, gm: and the port of a GM65 or GM8xx module, or keys: and \
         the keyboard"
    )]
    Scheme(String),
    /// The device's path is missing or not absolute.
    #[error("\"{0}\" is not the absolute path of a device, such as /dev/serial/by-id/usb-scanner")]
    Path(String),
    /// Neither a path nor a name.
    #[error(
        "\"{0}\" is no keyboard: write usb: and its id, such as usb:0c2e:0b61, or /dev/input/by-id/…, or name: and a part \
         of its name"
    )]
    Keyboard(String),
    /// A speed that scanners do not have.
    #[error(
        "baud={0} is not a speed of scanners; use one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200"
    )]
    Baud(String),
    /// Not a mode.
    #[error("mode={0} is not known; use command, continuous, induction or keep")]
    Mode(String),
    /// An option that does not exist there.
    #[error(
        "\"{0}\" is not an option here; serial: and gm: have baud=…, gm: has mode=…, all else stands in a file"
    )]
    Option(String),
}

impl FromStr for ScannerConfig {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<ScannerConfig, UrlError> {
        let scheme = || UrlError::Scheme(text.to_owned());
        let (kind, rest) = text.trim().split_once(':').ok_or_else(scheme)?;
        match kind {
            "serial" => line(rest, Connection::Serial),
            "gm" => line(rest, Connection::Gm),
            "keys" => {
                let named = rest.strip_prefix("name:").is_some_and(|name| !name.is_empty());
                let config = ScannerConfig::new(rest, Connection::Keyboard);
                if !named && !is_path(rest) && config.keyboard_id().is_none() {
                    return Err(UrlError::Keyboard(rest.to_owned()));
                }
                Ok(config)
            }
            _ => Err(scheme()),
        }
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.len() > 1
}

fn line(rest: &str, connection: Connection) -> Result<ScannerConfig, UrlError> {
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    if !is_path(path) {
        return Err(UrlError::Path(path.to_owned()));
    }
    let mut config = ScannerConfig::new(path, connection);
    if connection == Connection::Gm {
        // Dark until a screen waits for a code.
        config.mode = Mode::Command;
    }
    for option in options.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("baud", value)) => {
                let known = value.parse().ok().filter(|speed| BAUDS.contains(speed));
                config.baud = known.ok_or_else(|| UrlError::Baud(value.to_owned()))?;
            }
            Some(("mode", value)) if connection == Connection::Gm => {
                config.mode = match value {
                    "command" => Mode::Command,
                    "continuous" => Mode::Continuous,
                    "induction" => Mode::Induction,
                    "keep" => Mode::Keep,
                    _ => return Err(UrlError::Mode(value.to_owned())),
                }
            }
            _ => return Err(UrlError::Option(option.to_owned())),
        }
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_where_a_scanner_is() {
        let of = |text: &str| text.parse::<ScannerConfig>().unwrap();
        let config = of("serial:/dev/serial/by-id/x?baud=115200");
        assert_eq!(
            (config.device.as_str(), config.connection, config.baud),
            ("/dev/serial/by-id/x", Connection::Serial, 115_200)
        );
        let config = of("gm:/dev/ttyS1");
        assert_eq!((config.connection, config.mode, config.baud), (Connection::Gm, Mode::Command, 9600));
        assert_eq!(of("gm:/dev/ttyS1?mode=continuous&baud=9600").mode, Mode::Continuous);
        assert_eq!(of("keys:name:Barcode: 2"), ScannerConfig::new("name:Barcode: 2", Connection::Keyboard));
        assert_eq!(of("keys:/dev/input/by-id/x").connection, Connection::Keyboard);
        assert_eq!(of("keys:usb:0C2e:0b61").keyboard_id(), Some((0x0c2e, 0x0b61)));
        assert_eq!(of("keys:/dev/input/by-id/x").keyboard_id(), None);
    }

    #[test]
    fn every_wrong_part_is_named() {
        for (text, part) in [
            ("/dev/ttyS1", "write serial:"),
            ("usb:04b8:0e15", "write serial:"),
            ("serial:ttyS1", "absolute path"),
            ("gm:", "absolute path"),
            ("keys:Barcode", "name:"),
            ("keys:name:", "name:"),
            ("keys:usb:0c2e", "usb:0c2e:0b61"),
            ("keys:usb:0c2e:b61", "usb:0c2e:0b61"),
            ("keys:usb:0c2e:+b61", "usb:0c2e:0b61"),
            ("serial:/dev/x?baud=9601", "baud=9601"),
            ("gm:/dev/x?mode=fast", "mode=fast"),
            ("serial:/dev/x?mode=command", "mode=command"),
            ("serial:/dev/x?suffix=none", "stands in a file"),
        ] {
            let error = text.parse::<ScannerConfig>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
