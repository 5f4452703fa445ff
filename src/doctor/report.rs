// SPDX-License-Identifier: MIT OR Apache-2.0
//! All findings of one look, as a table for a person and as JSON for programs.
//! The form of the JSON is documented in docs/doctor.md and does not change.

use super::checks::network::Net;
use super::{Finding, Look, Verdict, title};
use crate::machine::{Device, Role, device};
use serde::Serialize;
use std::fmt::Write;

/// Of the JSON.
const FORM: u32 = 1;

/// A self-test that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Of this document.
    pub form: u32,
    /// The device's name; none before it was set up.
    pub device: Option<String>,
    /// Its role.
    pub role: Option<Role>,
    /// The hall's name, where it is known.
    pub hall: Option<String>,
    /// The same as it breaks on a paper.
    #[serde(skip)]
    pub hall_lines: Vec<String>,
    /// Its addresses in the network.
    pub addresses: Vec<String>,
    /// Of the program.
    pub version: String,
    /// The verified root's hash; none outside the image.
    pub root_hash: Option<String>,
    /// When it was made, milliseconds UTC.
    pub at_ms: i64,
    /// The worst of all.
    pub state: Verdict,
    /// What was found.
    pub checks: Vec<Finding>,
}

/// As it is served, else as the settings call it.
fn hall(look: &Look, device: &Device) -> Vec<String> {
    let served = device::hall(device, &look.roots.data.join("motcua"));
    served
        .map(|hall| hall.lines)
        .unwrap_or_else(|| device.hall.iter().map(|hall| hall.name.clone()).collect())
}

impl Report {
    /// Of these findings.
    pub fn of(look: &Look, checks: Vec<Finding>) -> Report {
        let hall_lines = look.device.as_ref().map(|d| hall(look, d)).unwrap_or_default();
        Report {
            form: FORM,
            device: look.device.as_ref().map(|d| d.name.clone()),
            role: look.device.as_ref().map(|d| d.role),
            hall: (!hall_lines.is_empty()).then(|| hall_lines.join(" ")),
            hall_lines,
            addresses: Net::of(&look.roots).addresses,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            root_hash: look.roots.boot_word("motcua.roothash"),
            at_ms: look.now_ms,
            state: checks.iter().map(|c| c.state).max().unwrap_or(Verdict::Skipped),
            checks,
        }
    }

    /// How many ended so.
    pub fn count(&self, state: Verdict) -> usize {
        self.checks.iter().filter(|c| c.state == state).count()
    }

    /// As lines for a terminal.
    pub fn text(&self, lang: &str) -> String {
        let mut out = String::new();
        for check in &self.checks {
            let name = title(check.name);
            let (mark, name) = (mark(check.state, lang), name.get(lang));
            // Padding counts letters: marks of Vietnamese are part of theirs.
            let pad = 22_usize.saturating_sub(name.chars().count());
            let _ = writeln!(out, "{mark}  {name}{:pad$}  {}", "", check.found.get(lang));
            if let Some(to_do) = &check.what_to_do {
                let _ = writeln!(out, "{:>10}{:22}→ {}", "", "", to_do.get(lang));
            }
        }
        let (pass, warn, fail) =
            (self.count(Verdict::Pass), self.count(Verdict::Warn), self.count(Verdict::Fail));
        let _ = match lang {
            "en" => writeln!(out, "\n{pass} passed, {warn} to look after, {fail} failed"),
            _ => writeln!(out, "\n{pass} mục đạt, {warn} mục cần để ý, {fail} mục chưa đạt"),
        };
        out
    }
}

/// A state in letters, all of one width.
pub fn mark(state: Verdict, lang: &str) -> &'static str {
    match (state, lang) {
        (Verdict::Pass, "en") => "PASS   ",
        (Verdict::Warn, "en") => "WARN   ",
        (Verdict::Fail, "en") => "FAIL   ",
        (Verdict::Skipped, "en") => "skipped",
        (Verdict::Pass, _) => "ĐẠT     ",
        (Verdict::Warn, _) => "ĐỂ Ý    ",
        (Verdict::Fail, _) => "CHƯA ĐẠT",
        (Verdict::Skipped, _) => "bỏ qua  ",
    }
}
