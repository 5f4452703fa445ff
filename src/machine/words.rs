// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faults of a `motcua.toml` in Vietnamese and English, and what the TOML reader says in both. A value is never
//! repeated where it could be a secret.

use motcua_core::misspelt;
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

/// The line of a place in the text, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
}

/// What the TOML reader found.
pub(super) fn of_toml(text: &str, e: &toml::de::Error) -> Fault {
    let line = line_of(text, e.span().map_or(0, |s| s.start));
    let (message_vi, message_en) = toml_words(e.message());
    Fault { line, message_vi, message_en }
}

fn toml_words(message: &str) -> (String, String) {
    if let Some((key, known)) = misspelt::unknown_key(message) {
        return misspelt::said(key, &known);
    }
    if let Some(rest) = message.strip_prefix("missing field `") {
        let key = rest.split('`').next().unwrap_or_default();
        return (
            format!("thiếu khóa `{key}`; thêm vào như trong tệp mẫu"),
            format!("the key `{key}` is missing; add it as in the sample file"),
        );
    }
    if let Some(rest) = message.strip_prefix("duplicate field `") {
        let key = rest.split('`').next().unwrap_or_default();
        return (
            format!("khóa `{key}` ghi hai lần; bỏ bớt một"),
            format!("the key `{key}` stands twice; remove one"),
        );
    }
    // The reader repeats the value after a colon, and it may be a secret.
    if message.starts_with("invalid type") || message.starts_with("invalid value") {
        let wanted = message.rsplit_once("expected ").map_or("", |(_, w)| w);
        let wanted_vi = vietnamese(wanted);
        return (
            format!("giá trị không đúng kiểu, cần {wanted_vi}; chữ phải đặt trong dấu nháy kép"),
            format!("the value is of the wrong kind, {wanted} is expected; text stands in double quotes"),
        );
    }
    (
        format!("dòng này không đúng cú pháp TOML ({message}); so với tệp mẫu"),
        format!("this line is not TOML ({message}); compare it with the sample file"),
    )
}

/// A kind of value, as the reader names it.
fn vietnamese(wanted: &str) -> &str {
    match wanted {
        "a string" => "chữ",
        "a boolean" => "true hoặc false",
        "a sequence" => "danh sách trong ngoặc vuông",
        "i64" | "an integer" | "i64 or u64" => "số nguyên",
        _ => "một mục như trong tệp mẫu",
    }
}

/// The place of a misspelt key, and which was most likely meant.
pub(super) fn meant(e: &toml::de::Error) -> Option<(Range<usize>, String)> {
    let (key, known) = misspelt::unknown_key(e.message())?;
    Some((e.span()?, misspelt::nearest(key, &known)?.to_owned()))
}
