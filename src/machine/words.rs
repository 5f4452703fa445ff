// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faults of a `motcua.toml` in Vietnamese and English.

use motcua_core::toml_words::Wrong;
use serde::{Deserialize, Serialize};
use std::fmt;

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

impl From<Wrong> for Fault {
    fn from(wrong: Wrong) -> Fault {
        Fault { line: wrong.line, message_vi: wrong.vi, message_en: wrong.en }
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
