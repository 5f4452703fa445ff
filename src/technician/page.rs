// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the technician's window shows, as plain data. Its words stand in
//! ui/technician, except what a check found and what the steward refused.

use crate::doctor::Verdict;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Something typed that may be a secret: no log shows it, and its memory is wiped.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Hidden(String);

impl Hidden {
    /// Of a text.
    pub fn new(text: &str) -> Hidden {
        Hidden(text.to_owned())
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// One letter more.
    pub fn push(&mut self, letter: char) {
        self.0.push(letter);
    }

    /// One letter less.
    pub fn pop(&mut self) {
        self.0.pop();
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hidden")
    }
}

/// What can be chosen in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// Every check, and what only a person can tell.
    SelfTest,
    /// The report on paper.
    Report,
    /// Logs to a stick.
    Logs,
    /// State and address.
    Network,
    /// The picture and the touch.
    Rotation,
    /// A kiosk whose numbers count nowhere.
    Trial,
    /// From a stick.
    Update,
    /// Version and root hash.
    About,
    /// Of the device.
    Restart,
    /// Of the device.
    PowerOff,
    /// Everything is deleted.
    FactoryReset,
    /// The other one.
    Language,
    /// Back to serving.
    Leave,
    /// What is wrong with the file on the card; only where something is.
    Faults,
}

/// What a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOf {
    /// Checks.
    SelfTest,
    /// Facts of the network.
    Network,
    /// Angles.
    Rotation,
    /// Updates on sticks.
    Bundles,
    /// Version and root hash.
    About,
    /// Wireless networks, and the cable.
    Air,
    /// What is wrong with the file on the card.
    Faults,
}

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is no check.
    None,
    /// Under way.
    Waiting,
    /// Ended so.
    Of(Verdict),
}

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub title: String,
    /// How it stands.
    pub mark: Mark,
    /// What was found.
    pub found: String,
    /// What to do.
    pub to_do: String,
    /// A touch does something.
    pub deed: bool,
}

impl Row {
    /// A fact without a check.
    pub fn fact(title: impl Into<String>, found: impl Into<String>) -> Row {
        Row { title: title.into(), mark: Mark::None, found: found.into(), to_do: String::new(), deed: false }
    }
}

/// What is asked, or told, on a page of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Did the slip come out?
    Slip,
    /// Was the tone heard?
    Speaker,
    /// A code is to be shown.
    Scanner,
    /// A card is to be laid down.
    Card,
    /// The named button is to be pressed.
    Button,
    /// Does the named lamp light?
    Lamp,
    /// How many fields felt nothing.
    ZonesDone,
    /// Were the colours even?
    ColoursDone,
    /// Wait.
    Working,
    /// The report is printed.
    Printed,
    /// A file is on the stick.
    Written,
    /// The report is not printed.
    NoPrinter,
    /// Not done, and why.
    Refused,
    /// An update is installed.
    Updating,
    /// Sure?
    Restart,
    /// Sure?
    PowerOff,
    /// Sure?
    Reset,
    /// Really sure?
    ResetSure,
    /// Sure?
    Leave,
    /// Sure?
    Trial,
    /// Whether the new network works is looked at.
    Joining,
    /// It does.
    Joined,
    /// It does not, and what is missing.
    NotJoined,
}

/// What is typed on the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The wireless network's name.
    Ssid,
    /// Its passphrase.
    Passphrase,
    /// Time servers.
    Ntp,
    /// The proxy.
    Proxy,
}

/// What is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pad {
    /// A fixed address.
    Address,
    /// The way out.
    Gateway,
    /// The name server.
    Dns,
    /// The word that deletes everything.
    ResetWord,
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The tiles.
    Menu,
    /// Rows.
    List {
        /// Of what.
        of: ListOf,
        /// All of them.
        rows: Vec<Row>,
        /// The first that is shown.
        first: usize,
    },
    /// A question or a message.
    Ask {
        /// Which.
        ask: Ask,
        /// What it is about.
        fact: String,
    },
    /// The grid; which fields were touched.
    Zones(Vec<bool>),
    /// A plain colour.
    Colour(u8),
    /// Something is typed.
    Pad {
        /// What.
        pad: Pad,
        /// So far.
        typed: String,
        /// It may be taken.
        complete: bool,
    },
    /// Something is typed on the keyboard.
    Letters {
        /// What.
        line: Line,
        /// So far.
        typed: Hidden,
        /// It may be taken.
        complete: bool,
    },
}

/// Everything on the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Language.
    pub lang: String,
    /// Name and version of the device.
    pub device: String,
    /// The page.
    pub page: Page,
    /// There is a network to put in force below its list.
    pub changed: bool,
    /// Something is wrong with the file on the card.
    pub faulty: bool,
}
