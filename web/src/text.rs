// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers, days and spans of time as people write them.

/// A number with so many decimals as the language writes it.
pub fn decimal(lang: &str, n: f64, decimals: usize) -> String {
    let text = format!("{n:.decimals$}");
    if lang == "vi" { text.replace('.', ",") } else { text }
}

/// `2026-11-24` as people here write it.
pub fn day(key: &str) -> String {
    let parts: Vec<&str> = key.split('-').collect();
    match parts.as_slice() {
        [y, m, d] => format!("{d}/{m}/{y}"),
        _ => key.to_owned(),
    }
}

/// How long ago, as it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Under a minute.
    Moment,
    /// Under an hour.
    Minutes(i64),
    /// Hours and minutes.
    Hours(i64, i64),
}

impl Span {
    /// From one moment to another.
    pub fn between(from_ms: i64, to_ms: i64) -> Span {
        match to_ms.saturating_sub(from_ms).max(0) / 60_000 {
            0 => Span::Moment,
            n if n < 60 => Span::Minutes(n),
            n => Span::Hours(n / 60, n % 60),
        }
    }
}
