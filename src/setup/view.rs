// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the first-run screen shows, and what a finger on it can ask. Plain data; the words are in `ui/`.

use crate::machine::Role;
use motcua_core::typing::Method;

/// One picture.
#[derive(Clone, Debug, PartialEq)]
pub struct SetupView {
    /// Language.
    pub lang: String,
    /// What is up.
    pub screen: SetupScreen,
}

/// The screens.
#[derive(Clone, Debug, PartialEq)]
pub enum SetupScreen {
    /// What is waited for, and the ways to give it.
    Welcome(Welcome),
    /// One of a few.
    Choose(Choose),
    /// Something is typed.
    Type(TypeIn),
    /// Everything once more.
    Summary(Summary),
    /// The steward has the settings.
    Busy,
    /// They are in force.
    Done,
    /// A device with settings waits for its hub.
    Waiting(Waiting),
    /// The card cannot be read; of the program, the version.
    Lost(String),
    /// New settings are wrong; those of before stay.
    Faulty(Faulty),
    /// A box that is only a hub.
    Face(Face),
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultShown {
    /// Line; 0 where there is none.
    pub line: usize,
    /// What to do.
    pub text: String,
}

/// The first screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    /// Where wrong settings came from.
    pub source: Source,
    /// What is wrong with them.
    pub faults: Vec<FaultShown>,
    /// A scanner is plugged in.
    pub scanner: bool,
    /// Of the program.
    pub version: String,
}

/// Where settings came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// None did.
    #[default]
    Nowhere,
    /// `motcua.toml` on the boot partition.
    File,
    /// A code before the scanner.
    Code,
}

/// A question of the short form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// What the device is.
    Role,
    /// Where the hub is.
    Hub,
    /// Its address.
    Address,
    /// The ticket.
    Ticket,
    /// The hall's name.
    Hall,
    /// The device's name.
    Name,
    /// Cable or Wi-Fi.
    Network,
    /// The Wi-Fi's name.
    Ssid,
    /// Its passphrase.
    Passphrase,
    /// DHCP or a fixed address.
    Addressing,
    /// The fixed address.
    IpAddress,
    /// The way out of it.
    Gateway,
    /// Name servers.
    Dns,
    /// Whether the network has more of its own.
    Extras,
    /// The proxy.
    Proxy,
    /// Time servers.
    Ntp,
    /// The printer.
    Printer,
    /// The printer's address in the network.
    PrinterAddress,
    /// The printer's model.
    Profile,
    /// How the screen is turned.
    Rotation,
    /// The technician's PIN.
    Pin,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// A role.
    Role(Role),
    /// The hub is inside.
    Here,
    /// It is elsewhere.
    Elsewhere,
    /// A cable.
    Cable,
    /// Wireless.
    Wifi,
    /// The address comes by itself.
    Dhcp,
    /// It was given by a person.
    Fixed,
    /// Neither proxy nor time servers.
    NoExtras,
    /// One of them.
    Extras,
    /// A printer that was found, by its address.
    Printer(String),
    /// One in the network.
    NetworkPrinter,
    /// A profile of `hal`.
    Profile(&'static str),
    /// Degrees.
    Rotation(u16),
}

/// One of a few.
#[derive(Clone, Debug, PartialEq)]
pub struct Choose {
    /// Which question.
    pub step: Step,
    /// How many there are, and which this is, from 1.
    pub at: (usize, usize),
    /// The choices.
    pub picks: Vec<Pick>,
    /// The one that is made.
    pub chosen: Option<usize>,
}

/// Which keys are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Vietnamese.
    Prose(Method),
    /// Any sign of a keyboard.
    Plain,
    /// Addresses of the network.
    Address,
    /// Digits.
    Digits,
}

/// Something is typed.
#[derive(Clone, PartialEq)]
pub struct TypeIn {
    /// Which question.
    pub step: Step,
    /// How many there are, and which this is, from 1.
    pub at: (usize, usize),
    /// What is there.
    pub text: String,
    /// The keys.
    pub keys: Keys,
    /// It is enough to go on.
    pub ready: bool,
}

impl std::fmt::Debug for TypeIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TypeIn").field("step", &self.step).finish_non_exhaustive()
    }
}

/// Everything once more.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The answers; secrets as dots.
    pub rows: Vec<(Step, Answer)>,
    /// What the steward found wrong.
    pub faults: Vec<FaultShown>,
}

/// An answer as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A choice.
    Pick(Pick),
    /// As typed.
    Text(String),
    /// Typed and not shown.
    Hidden,
}

/// The hub is not there yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its address.
    pub hub: String,
    /// Since when, `09:05`.
    pub since: String,
    /// Why it said no, where it did.
    pub refused: Option<Refusal>,
}

/// Why a device does not come to its hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The ticket was used.
    Used,
    /// It is too old.
    Expired,
    /// The hub does not know it, or it is damaged.
    Unknown,
    /// It names another device.
    OtherDevice,
    /// Another system answers at the address.
    OtherHub,
    /// Clocks differ.
    Clock,
    /// There is neither a certificate nor a ticket.
    NoTicket,
    /// The panel has no counter.
    NoCounter,
    /// The device's disk.
    Disk,
    /// Anything else, in the words of the program.
    Other(String),
}

/// New settings are wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faulty {
    /// What is wrong.
    pub faults: Vec<FaultShown>,
    /// Seconds until the device goes on.
    pub left_s: u32,
}

/// What a hub says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Face {
    /// The device's name.
    pub name: String,
    /// The hall's.
    pub hall: String,
    /// What a browser opens; empty without a network.
    pub address: String,
    /// Of the program.
    pub version: String,
    /// Numbers are given; none while it is not known.
    pub open: Option<bool>,
    /// People waiting.
    pub waiting: Option<u32>,
    /// What is wrong, with what to do.
    pub faults: Vec<FaultShown>,
}

/// What a finger asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupIntent {
    /// The other language.
    Language,
    /// Set up by touch.
    Begin,
    /// One screen back.
    Back,
    /// On.
    Next,
    /// The choice at that place.
    Choose(usize),
    /// From everything once more to the question of that row.
    Answer(usize),
    /// To the question whose answer that fault is about.
    Mend(usize),
    /// A key that may compose.
    Key(char),
    /// A key that stands for itself.
    Sign(char),
    /// The last letter goes.
    Erase,
    /// Another way to type accents.
    Method,
}
