// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faults of a `motcua.toml` in Vietnamese and English.

use motcua_core::{misspelt, toml_words};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// What is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Line in the file, from 1; 0 where it is about the whole.
    pub line: usize,
    /// In Vietnamese.
    pub message_vi: String,
    /// The same in English.
    pub message_en: String,
}

impl Fault {
    /// About the whole.
    pub fn whole(vi: impl Into<String>, en: impl Into<String>) -> Fault {
        Fault { line: 0, message_vi: vi.into(), message_en: en.into() }
    }

    /// In a language; Vietnamese where it is none that is known.
    pub fn said(&self, lang: &str) -> &str {
        if lang == "en" { &self.message_en } else { &self.message_vi }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}\n  {}", self.message_vi, self.message_en),
            n => write!(f, "dòng {n}: {}\n  line {n}: {}", self.message_vi, self.message_en),
        }
    }
}

/// What the TOML reader found.
pub(super) fn of_toml(text: &str, e: &toml::de::Error) -> Fault {
    let line = toml_words::line_of(text, e.span().map_or(0, |s| s.start));
    let (message_vi, message_en) = toml_words::said(e.message());
    Fault { line, message_vi, message_en }
}

/// The place of a misspelt key, and which was most likely meant.
pub(super) fn meant(e: &toml::de::Error) -> Option<(Range<usize>, String)> {
    let (key, known) = misspelt::unknown_key(e.message())?;
    Some((e.span()?, misspelt::nearest(key, &known)?.to_owned()))
}
