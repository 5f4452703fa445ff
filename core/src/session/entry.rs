// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is being typed: which keys it takes, how much fits, when it is whole.

use crate::typing::{self, Method};
use crate::view::EntryKind;
use zeroize::Zeroizing;

/// Longest feedback, characters.
const LONGEST_FEEDBACK: usize = 500;
/// Shortest feedback that says something, characters.
const SHORTEST_FEEDBACK: usize = 8;

/// Something that is being typed.
#[derive(Clone, PartialEq)]
pub(super) struct Typing {
    pub kind: EntryKind,
    pub text: Zeroizing<String>,
    pub method: Method,
}

impl std::fmt::Debug for Typing {
    /// Without the text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typing").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Typing {
    pub(super) fn new(kind: EntryKind) -> Typing {
        Typing { kind, text: Zeroizing::default(), method: Method::Telex }
    }

    /// Takes the last letter back.
    pub(super) fn erase(&mut self) {
        self.text = Zeroizing::new(typing::deleted(&self.text));
    }

    /// Another way from keys to letters.
    pub(super) fn turn_method(&mut self) {
        self.method = match self.method {
            Method::Telex => Method::Vni,
            Method::Vni => Method::Plain,
            Method::Plain => Method::Telex,
        };
    }

    /// As with scans, so many digits and nothing else are a person's number and no code.
    pub(super) fn is_bare_number(&self) -> bool {
        self.len() >= 9 && self.text.bytes().all(|b| b.is_ascii_digit())
    }

    pub(super) fn longest(&self) -> usize {
        match self.kind {
            EntryKind::Booking | EntryKind::Dossier => 50,
            EntryKind::Factor => 4,
            EntryKind::Feedback => LONGEST_FEEDBACK,
            EntryKind::Contact => 11,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.text.chars().count()
    }

    pub(super) fn left(&self) -> usize {
        self.longest().saturating_sub(self.len())
    }

    pub(super) fn ready(&self) -> bool {
        match self.kind {
            EntryKind::Booking => self.len() >= 3,
            EntryKind::Dossier => self.len() >= 5,
            EntryKind::Factor => self.len() == 4,
            EntryKind::Feedback => self.text.trim().chars().count() >= SHORTEST_FEEDBACK,
            EntryKind::Contact => self.len() >= 10 && self.text.starts_with('0'),
        }
    }

    fn takes(&self, key: char) -> bool {
        match self.kind {
            EntryKind::Booking | EntryKind::Dossier => key.is_ascii_alphanumeric() || ".-/_".contains(key),
            EntryKind::Factor | EntryKind::Contact => key.is_ascii_digit(),
            EntryKind::Feedback => !key.is_control(),
        }
    }

    pub(super) fn key(&mut self, key: char, composed: bool) {
        if !self.takes(key) {
            return;
        }
        let next = match self.kind {
            EntryKind::Feedback if composed => typing::typed(self.method, &self.text, key),
            EntryKind::Feedback => format!("{}{key}", self.text.as_str()),
            _ => format!("{}{}", self.text.as_str(), key.to_ascii_uppercase()),
        };
        let next = Zeroizing::new(next);
        // An accent may still be put on the last letter that fits.
        if next.chars().count() <= self.longest() {
            self.text = next;
        }
    }
}
