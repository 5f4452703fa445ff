// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a scanner is connected, as the technician writes it down.

use std::time::Duration;

use serde::Deserialize;

/// A scanner.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerConfig {
    /// Its device: `/dev/serial/by-id/…` for serial ports, which stays the same from boot to boot; `/dev/input/by-id/…`
    /// `usb:VENDOR:PRODUCT` or `name:…` (part of the name) for keyboards.
    pub device: String,
    /// How it is talked to.
    #[serde(default)]
    pub connection: Connection,
    /// Speed of a serial line, in bits per second. USB serial ports do not mind.
    #[serde(default = "default_baud")]
    pub baud: u32,
    /// What ends a scan.
    #[serde(default)]
    pub suffix: Suffix,
    /// The pause that ends a scan without a suffix, in milliseconds. Modules send a scan in one go.
    #[serde(default = "default_gap_ms")]
    pub gap_ms: u16,
    /// When a GM-class module reads.
    #[serde(default)]
    pub mode: Mode,
    /// The zone in which a GM-class module keeps its output encoding, and the value that means unchanged. That of the GM65
    /// where it is left out: zone 0x000D, bits 3 and 2, value 01. Other models have it elsewhere: see the manual.
    #[serde(default = "default_encoding")]
    pub encoding: Option<Zone>,
    /// Further zones that a GM-class module shall have, such as the one that turns set-up codes off.
    #[serde(default)]
    pub zones: Vec<Zone>,
}

/// How a scanner is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    /// A serial line or USB serial port (CDC-ACM): whatever comes is a scan.
    #[default]
    Serial,
    /// The same with the command protocol of the GM65/GM8xx modules.
    Gm,
    /// A keyboard. Digits and ASCII only.
    Keyboard,
}

/// What ends a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suffix {
    /// CR, LF, CR LF, TAB or a pause, whichever comes first: right for every scanner whose codes have one line.
    #[default]
    Any,
    /// Only a pause: for readers of machine-readable zones, which send three lines.
    None,
}

/// When a GM-class module reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As it is set.
    #[default]
    Keep,
    /// When it is told to.
    Command,
    /// Always.
    Continuous,
    /// When something comes before it.
    Induction,
}

/// Bits of a byte in a GM-class module's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its address.
    pub address: u16,
    /// Which bits are meant.
    pub mask: u8,
    /// What they shall be.
    pub value: u8,
}

impl Mode {
    /// Zone 0x0000, bits 1 and 0.
    pub(super) fn zone(self) -> Option<Zone> {
        let value = match self {
            Mode::Keep => return None,
            Mode::Command => 1,
            Mode::Continuous => 2,
            Mode::Induction => 3,
        };
        Some(Zone { address: 0x0000, mask: 0x03, value })
    }
}

impl ScannerConfig {
    /// A scanner on a serial port, with all else as usual.
    pub fn new(device: impl Into<String>, connection: Connection) -> ScannerConfig {
        ScannerConfig {
            device: device.into(),
            connection,
            baud: default_baud(),
            suffix: Suffix::default(),
            gap_ms: default_gap_ms(),
            mode: Mode::default(),
            encoding: default_encoding(),
            zones: Vec::new(),
        }
    }

    /// Vendor and product of a keyboard that is named by its USB id.
    pub fn keyboard_id(&self) -> Option<(u16, u16)> {
        let id = self.device.strip_prefix("usb:").filter(|_| self.connection == Connection::Keyboard)?;
        let (vendor, product) = id.split_once(':')?;
        let part = |text: &str| {
            let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_hexdigit());
            digits.then(|| u16::from_str_radix(text, 16).ok()).flatten()
        };
        Some((part(vendor)?, part(product)?))
    }

    /// The pause that ends a scan.
    pub fn gap(&self) -> Duration {
        Duration::from_millis(u64::from(self.gap_ms))
    }
}

fn default_baud() -> u32 {
    9600
}

fn default_gap_ms() -> u16 {
    50
}

fn default_encoding() -> Option<Zone> {
    Some(Zone { address: 0x000D, mask: 0x0C, value: 0x04 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_is_read_with_its_defaults() {
        let config: ScannerConfig = toml::from_str("device = '/dev/serial/by-id/usb-scanner'").unwrap();
        assert_eq!(config, ScannerConfig::new("/dev/serial/by-id/usb-scanner", Connection::Serial));
        let config: ScannerConfig = toml::from_str(
            "device = '/dev/ttyS1'\nconnection = 'gm'\nmode = 'continuous'\nsuffix = 'none'\n\
             zones = [{ address = 3, mask = 1, value = 0 }]",
        )
        .unwrap();
        assert_eq!(
            (config.connection, config.suffix, config.mode),
            (Connection::Gm, Suffix::None, Mode::Continuous)
        );
        assert!(toml::from_str::<ScannerConfig>("device = 'x'\nspeed = 3").is_err());
    }
}
