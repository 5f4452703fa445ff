// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of a printer at a moment, and the one fault that matters most of it. No protocol lives here; the
//! supervisor fills these in from whatever the printer says.

use std::fmt;

/// The connection to the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Link {
    /// Nothing at the configured place: not plugged in, no such address, connection refused.
    #[default]
    Absent,
    /// Open, and the first answer is being waited for.
    Opening,
    /// Open, but the printer does not answer: switched off, wrong speed, wrong cable, or hung.
    Silent,
    /// Open and answering.
    Up,
}

/// The roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// Not known yet.
    #[default]
    Unknown,
    /// Enough.
    Present,
    /// The near-end sensor sees the core; a few metres are left.
    NearEnd,
    /// None left, or none loaded.
    End,
}

/// The latest that is known of a printer. A snapshot: cheap to copy and never blocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PrinterState {
    /// The connection.
    pub link: Link,
    /// The printer says that it is on line, so that it would print now.
    pub online: bool,
    /// The roll.
    pub paper: Paper,
    /// The cover stands open.
    pub cover_open: bool,
    /// The cutter is stuck.
    pub cutter_error: bool,
    /// An error that only switching off and on ends.
    pub unrecoverable: bool,
    /// The head is too hot and prints again when it has cooled.
    pub overheated: bool,
    /// Another error that the printer calls recoverable (jam, mark not found).
    pub other_error: bool,
    /// A cut slip is waiting in the presenter's mouth; always false without a presenter.
    pub slip_waiting: bool,
}

/// What keeps a printer from printing. `Display` is one sentence for the technician that says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is at the configured place.
    NotFound,
    /// The link is open and the printer says nothing.
    NotAnswering,
    /// Off line without a reason given.
    Offline,
    /// No paper.
    PaperEnd,
    /// Cover open.
    CoverOpen,
    /// Cutter stuck.
    Cutter,
    /// Head too hot.
    Overheated,
    /// Another recoverable error.
    Jam,
    /// Only a power cycle helps.
    Unrecoverable,
    /// The connection was lost while the job was under way.
    LinkLost,
    /// What came back was too disturbed to be believed.
    Garbled,
    /// The printer is ready, took the whole job and did not confirm it.
    NoProof,
    /// Too many jobs are waiting.
    Busy,
    /// The program is ending.
    ShuttingDown,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Fault::NotFound => "The printer was not found: check its cable, its power and the configured address.",
            Fault::NotAnswering => {
                "The printer does not answer: check that it is switched on and that speed and cable are right."
            }
            Fault::Offline => "The printer is off line: press its feed or on-line button, or switch it off and on.",
            Fault::PaperEnd => "The paper has run out: put in a new roll and close the cover.",
            Fault::CoverOpen => "The cover is open: close it until it clicks.",
            Fault::Cutter => "The cutter is stuck: open the cover, remove the jammed paper and close it again.",
            Fault::Overheated => "The print head is too hot: wait until it has cooled.",
            Fault::Jam => "The printer reports a paper jam or a missing mark: open it and lay the paper in again.",
            Fault::Unrecoverable => {
                "The printer has an error it cannot leave by itself: switch it off and on; if it stays, replace it."
            }
            Fault::LinkLost => "The connection to the printer was lost while it printed: check the cable and its power.",
            Fault::Garbled => "The printer's answers are disturbed: check the cable, the speed and the flow control.",
            Fault::NoProof => {
                "The printer did not confirm the slip: look whether it came out, and check that the profile fits the model."
            }
            Fault::Busy => "Too many slips are waiting to be printed: try again when they are out.",
            Fault::ShuttingDown => "The program is ending: the slip was not sent.",
        })
    }
}

impl std::error::Error for Fault {}

impl PrinterState {
    /// The fault that keeps the printer from printing now, the gravest first; `None` when it is ready.
    pub fn fault(&self) -> Option<Fault> {
        match self.link {
            Link::Absent => return Some(Fault::NotFound),
            Link::Opening | Link::Silent => return Some(Fault::NotAnswering),
            Link::Up => {}
        }
        self.device_fault()
    }

    /// Whether the near-end sensor (or the end sensor) sees that the roll should be changed.
    pub fn near_end(&self) -> bool {
        matches!(self.paper, Paper::NearEnd | Paper::End)
    }

    /// Whether a job would be taken now.
    pub fn ready(&self) -> bool {
        self.fault().is_none()
    }

    /// The fault that the printer itself reported, whatever the link does.
    pub(super) fn device_fault(&self) -> Option<Fault> {
        if self.unrecoverable {
            return Some(Fault::Unrecoverable);
        }
        // An open cover also shows as paper end on many models; closing it comes first.
        if self.cover_open {
            return Some(Fault::CoverOpen);
        }
        if self.cutter_error {
            return Some(Fault::Cutter);
        }
        if self.paper == Paper::End {
            return Some(Fault::PaperEnd);
        }
        if self.overheated {
            return Some(Fault::Overheated);
        }
        if self.other_error {
            return Some(Fault::Jam);
        }
        (!self.online).then_some(Fault::Offline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_fault_is_named() {
        let ready =
            PrinterState { link: Link::Up, online: true, paper: Paper::NearEnd, ..PrinterState::default() };
        assert_eq!(ready.fault(), None);
        assert!(ready.near_end());
        assert_eq!(PrinterState::default().fault(), Some(Fault::NotFound));
        let open = PrinterState { online: false, cover_open: true, paper: Paper::End, ..ready };
        assert_eq!(open.fault(), Some(Fault::CoverOpen));
        assert_eq!(PrinterState { online: false, ..ready }.fault(), Some(Fault::Offline));
        assert_eq!(PrinterState { link: Link::Silent, ..ready }.fault(), Some(Fault::NotAnswering));
        assert!(Fault::PaperEnd.to_string().contains("new roll"));
    }
}
