// SPDX-License-Identifier: MIT OR Apache-2.0
//! The settings of one device: what `motcua.toml` on the boot partition, a QR code or the first-run screen say,
//! checked, with the line of each fault in Vietnamese and English. Nothing is read, written or done here.
//!
//! | module | what |
//! |---|---|
//! | `form` | the file as it is written |
//! | `check` | the form into [`Settings`] |
//! | [`network`] | the checks of addresses and names, also while they are typed |
//! | [`words`] | faults, and what the TOML reader says, in both languages |
//! | [`write`] | settings back into a `motcua.toml`, for the screens on which they are typed |
//! | [`command`] | `motcua setup check`, `motcua day-code` |
//! | [`device`] | the settings in force, read |

mod check;
pub mod command;
pub mod device;
mod form;
pub mod network;
#[cfg(test)]
mod tests;
pub mod words;
pub mod write;

use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

pub(crate) use check::{is_name, is_pin};
pub use words::Fault;

/// A file that says everything that can be said, with comments.
pub const SAMPLE: &str = include_str!("../../deploy/motcua.sample.toml");
/// `hub` of a kiosk that has its hub inside.
pub const HERE: &str = "here";

/// The profile of a printer of which nobody said which it is.
pub const GENERIC: &str = "generic";

/// What the device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Gives numbers.
    Kiosk,
    /// The hall's hub without a screen.
    Hub,
    /// The waiting room's screen.
    Display,
    /// The rating panel of a counter.
    Panel,
}

impl Role {
    /// All of them, in the order of the first-run screen.
    pub const ALL: [Role; 4] = [Role::Kiosk, Role::Hub, Role::Display, Role::Panel];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Role::Kiosk => "kiosk",
            Role::Hub => "hub",
            Role::Display => "display",
            Role::Panel => "panel",
        }
    }
}

/// Everything but secrets: what a role's program may read, what a screen may show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// What it is.
    pub role: Role,
    /// Its name in the hall and on the network.
    pub name: String,
    /// [`HERE`], or the hub's address; none takes the ticket's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// A hall to start with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hall: Option<HallStart>,
    /// By how many degrees the picture is turned clockwise: 0, 90, 180, 270.
    pub rotation: u16,
    /// The scanner's address, as `hal` writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanner: Option<String>,
    /// Part of the card reader's name; empty takes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_reader: Option<String>,
    /// `alsa`, or `alsa:` and the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// From when to when updates may be installed, `22:00-05:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<String>,
    /// Support may log in with a key.
    #[serde(default)]
    pub support: bool,
    /// A panel without a screen.
    #[serde(default)]
    pub screenless: bool,
    /// The printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<Printer>,
    /// The way out.
    #[serde(default)]
    pub network: Network,
    /// How the buttons of the keypad or of the panel are wired, in the form that `hal` reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wiring: Option<toml::Table>,
}

impl Device {
    /// Vendor and product of its scanner, where that is a keyboard.
    pub fn keyboard_scanner(&self) -> Option<(u16, u16)> {
        self.scanner.as_deref()?.parse::<motcua_hal::scanner::ScannerConfig>().ok()?.keyboard_id()
    }

    /// It is touched by people.
    pub fn is_touched(&self) -> bool {
        !self.screenless && matches!(self.role, Role::Kiosk | Role::Panel)
    }

    /// It has a screen.
    pub fn has_screen(&self) -> bool {
        self.role != Role::Hub && !self.screenless
    }

    /// The ALSA device of its loudspeaker.
    pub fn alsa(&self) -> Option<&str> {
        let speaker = self.speaker.as_deref().filter(|s| *s != "none")?;
        Some(speaker.split_once(':').map_or("default", |(_, device)| device))
    }

    /// Its buttons and lamps, as the drivers read them.
    pub fn lines(&self) -> Option<motcua_hal::buttons::PanelConfig> {
        self.wiring.clone()?.try_into().ok()
    }

    /// The hub runs on this device.
    pub fn is_hub(&self) -> bool {
        self.role == Role::Hub || self.hub.as_deref() == Some(HERE)
    }

    /// The hub's address where one was given.
    pub fn hub_url(&self) -> Option<&str> {
        self.hub.as_deref().filter(|hub| *hub != HERE)
    }
}

/// A hall of which only the name is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HallStart {
    /// The hall's id in every event.
    pub id: String,
    /// Its name, as a person writes it.
    pub name: String,
}

/// Where the printer is and which it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printer {
    /// As `hal` writes it.
    pub url: String,
    /// The model's profile.
    pub profile: String,
}

/// The network, without its secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The name of the wireless network; none is the cable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssid: Option<String>,
    /// Whose rules of radio hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// A fixed address with the length of its network, `192.168.1.20/24`; none asks by DHCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The way out of a fixed address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// Name servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<String>,
    /// Time servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ntp: Vec<String>,
    /// The internet is behind a proxy.
    #[serde(default)]
    pub proxied: bool,
}

/// What only the steward knows, and needs at each start.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Private {
    /// Of the wireless network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// `http://user:password@host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// The public key of support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_key: Option<String>,
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(hidden)")
    }
}

/// What is used once and then kept nowhere in plain.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct Once {
    /// The technician's PIN.
    pub pin: Option<String>,
    /// The secret of the day's codes.
    pub day_code_secret: Option<String>,
    /// This device's ticket for its hub.
    pub ticket: Option<String>,
    /// The hub's ticket for its central.
    pub central: Option<String>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once(hidden)")
    }
}

/// A checked `motcua.toml`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Everything but secrets.
    pub device: Device,
    /// Secrets that are needed again.
    pub private: Private,
    /// Secrets that are used once.
    pub once: Once,
}

impl Settings {
    /// Reads and checks the text.
    ///
    /// # Errors
    /// Every fault with its line; where the text is not even the form, the first.
    pub fn parse(text: &str) -> Result<Settings, Vec<Fault>> {
        check::parse(text)
    }
}
