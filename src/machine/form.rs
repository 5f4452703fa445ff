// SPDX-License-Identifier: MIT OR Apache-2.0
//! The form of `motcua.toml`, as a technician writes it. Every value that can be wrong keeps its place in the
//! file, so that a fault can name its line.

use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub role: Spanned<String>,
    pub name: Spanned<String>,
    pub hub: Option<Spanned<String>>,
    pub hall: Option<RawHall>,
    #[serde(default)]
    pub enrolment: RawEnrolment,
    #[serde(default)]
    pub network: RawNetwork,
    #[serde(default)]
    pub screen: RawScreen,
    pub printer: Option<RawPrinter>,
    pub scanner: Option<RawUrl>,
    pub card_reader: Option<RawCardReader>,
    pub speaker: Option<RawSpeaker>,
    pub keypad: Option<RawKeypad>,
    pub panel: Option<RawPanel>,
    #[serde(default)]
    pub technician: RawTechnician,
    #[serde(default)]
    pub support: RawSupport,
    #[serde(default)]
    pub updates: RawUpdates,
}

/// A hall to start with where there is no `hall.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHall {
    pub name: Spanned<String>,
    pub id: Option<Spanned<String>>,
}

/// Tickets, each good once.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnrolment {
    pub ticket: Option<Spanned<String>>,
    pub central: Option<Spanned<String>>,
}

/// The way out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNetwork {
    pub wifi: Option<RawWifi>,
    pub address: Option<Spanned<String>>,
    pub gateway: Option<Spanned<String>>,
    #[serde(default)]
    pub dns: Vec<Spanned<String>>,
    pub proxy: Option<Spanned<String>>,
    #[serde(default)]
    pub ntp: Vec<Spanned<String>>,
}

/// Wireless in place of the cable.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWifi {
    pub ssid: Spanned<String>,
    pub passphrase: Option<Spanned<String>>,
    pub country: Option<Spanned<String>>,
}

/// The glass.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScreen {
    pub rotation: Option<Spanned<i64>>,
}

/// The printer of numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrinter {
    pub url: Spanned<String>,
    pub profile: Option<Spanned<String>>,
}

/// A part that is found by an address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawUrl {
    pub url: Spanned<String>,
}

/// The reader of ID cards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCardReader {
    #[serde(default)]
    pub name: String,
}

/// The loudspeaker.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSpeaker {
    pub device: Spanned<String>,
}

/// The tactile keypad of a kiosk.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeypad {
    pub wiring: Spanned<toml::Table>,
}

/// The rating panel.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPanel {
    #[serde(default)]
    pub screenless: Option<Spanned<bool>>,
    pub wiring: Option<Spanned<toml::Table>>,
}

/// Who may open the technician's menu.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTechnician {
    pub pin: Option<Spanned<String>>,
    pub day_code_secret: Option<Spanned<String>>,
}

/// Help from afar.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSupport {
    pub ssh_key: Option<Spanned<String>>,
}

/// When updates may be installed.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawUpdates {
    pub window: Option<Spanned<String>>,
}
