// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes into the menu and what comes out of it, as plain data.

use super::joined::Aim;
use super::page::{Hidden, Item};
use crate::doctor::checks::network::Net;
use crate::doctor::{Finding, Words};
use crate::steward::air::Heard;
use crate::steward::api::Status;

/// What a finger asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tap {
    /// A tile.
    Item(Item),
    /// The button of a row.
    Row(usize),
    /// All checks again.
    Run,
    /// One page back.
    Back,
    /// So many rows on.
    Turn(isize),
    /// Of a question.
    Answer(bool),
    /// A field of the grid.
    Zone(usize),
    /// The next colour.
    Colour,
    /// A letter.
    Key(char),
    /// The last letter goes.
    Erase,
    /// Typed.
    Enter,
}

/// What a part is to show that it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartTest {
    /// A slip.
    Slip,
    /// A tone.
    Tone,
    /// A scan.
    Scanner,
    /// A card.
    Card,
    /// A press of the button at this place.
    Button(usize),
    /// The lamp at this place.
    Lamp(usize),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make every check.
    Test,
    /// Print the report of these findings.
    Print(Vec<Finding>),
    /// Write the logs to a stick.
    Logs,
    /// Look at the network.
    Network,
    /// Look for the code of the first manager.
    SetupCode,
    /// Look for sticks.
    Sticks,
    /// Ask the steward what the device is.
    Status,
    /// Put these settings in force.
    Settings(Hidden),
    /// Take the last settings back.
    Undo,
    /// Look for a minute whether the network comes up.
    Join(Aim),
    /// Listen for wireless networks.
    Air,
    /// Ask the steward for a deed without a question.
    Order(&'static str),
    /// Install this.
    Update(String),
    /// Test a part.
    Part(PartTest),
    /// Let go of the part.
    LetGo,
    /// Begin in this language the next time.
    Language(&'static str),
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum News {
    /// One check ended.
    Found(Finding),
    /// How the network is.
    Network(Net),
    /// The code of the first manager; none where there is one, or no hub.
    SetupCode(Option<String>),
    /// Updates on sticks.
    Bundles(Vec<String>),
    /// What the device is.
    Status(Box<Status>),
    /// The report is out, or not.
    Printed(Result<(), Words>),
    /// The file is written.
    Written(String),
    /// It was not done.
    Refused(Words),
    /// The settings are in force.
    Settled,
    /// Wireless networks in the air.
    Air(Vec<Heard>),
    /// The new network is not up yet: seconds, and what is missing.
    Joining(u64, Words),
    /// It is up, or not after a minute.
    Joined(Result<(), Words>),
    /// How the update stands; none when it has ended well.
    Update(Option<String>),
    /// The part that was tested did something: press, scan, card, sound, slip.
    Reacted(Result<(), Words>),
    /// Hands were off the grid for long.
    HandsOff,
}
