// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rows of the menu's lists: checks, facts of the network, angles, updates,
//! what the device is.

use super::menu::{Menu, PartTest};
use super::page::{Ask, ListOf, Mark, Row};
use crate::doctor::{Finding, Verdict, Words, checks, title};
use crate::machine::{Fault, network};

impl Menu {
    pub(super) fn rows(&self, of: ListOf) -> Vec<Row> {
        match of {
            ListOf::SelfTest => checks::ALL
                .iter()
                .zip(&self.found)
                .map(|((name, _), found)| self.check_row(name, found.as_ref()))
                .collect(),
            ListOf::Network => self.network_rows(),
            ListOf::Rotation => [0, 90, 180, 270].map(|angle| self.rotation_row(angle)).into(),
            ListOf::Bundles => self.bundles.iter().map(|b| Row { deed: true, ..Row::fact(b, "") }).collect(),
            ListOf::About => self.about_rows(),
            ListOf::Air => self.air_rows(),
            ListOf::Faults => self.fault_rows(),
        }
    }

    fn check_row(&self, name: &'static str, found: Option<&Finding>) -> Row {
        let say = |words: &Words| words.get(self.lang).to_owned();
        let has = found.is_some_and(|f| f.state != Verdict::Skipped);
        Row {
            title: say(&title(name)),
            mark: found.map_or(Mark::Waiting, |f| Mark::Of(f.state)),
            found: found.map(|f| say(&f.found)).unwrap_or_default(),
            to_do: found.and_then(|f| f.what_to_do.as_ref()).map(say).unwrap_or_default(),
            deed: has && (test_of(name, 0).is_some() || ["touch", "screen"].contains(&name)),
        }
    }

    /// What is wrong with the file on the card, with its line.
    fn fault_rows(&self) -> Vec<Row> {
        let file = self.pick("Tệp cài đặt", "Settings file");
        let line = self.pick("Dòng", "Line");
        let titled = |n: usize| if n == 0 { file.to_owned() } else { format!("{line} {n}") };
        let said = |fault: &Fault| Row::fact(titled(fault.line), fault.said(self.lang));
        self.status.faults.iter().map(said).collect()
    }

    fn rotation_row(&self, angle: u16) -> Row {
        let now = self.device.as_ref().is_some_and(|device| device.rotation == angle);
        let found = if now { self.pick("đang dùng", "in use") } else { "" };
        Row { deed: !now, ..Row::fact(format!("{angle}°"), found) }
    }

    fn about_rows(&self) -> Vec<Row> {
        let status = &self.status;
        let none = self.pick("không rõ", "not known");
        let or = |text: Option<&str>| text.filter(|t| !t.is_empty()).unwrap_or(none).to_owned();
        let mut rows = vec![
            Row::fact(
                self.pick("Phiên bản", "Version"),
                format!("{} {} {}", status.version, status.commit, status.arch),
            ),
            Row::fact(self.pick("Ngăn đang chạy", "Slot"), or(status.slot.as_deref())),
            Row::fact(
                self.pick("Mã gốc", "Root hash"),
                or(status.root_hash.as_deref().map(grouped).as_deref()),
            ),
            Row::fact(self.pick("Thiết bị", "Device"), or(self.device.as_ref().map(|d| d.name.as_str()))),
        ];
        if let Some(code) = &self.setup_code {
            let address = network::pages_at(self.net.addresses.first().map_or("…", String::as_str));
            rows.push(Row::fact(self.pick("Mã thiết lập", "Set-up code"), code));
            rows.push(Row::fact(
                self.pick(
                    "Trang để nhập mã, tạo người quản lý",
                    "Page that asks for it, for the first manager",
                ),
                format!("{address}/console"),
            ));
        }
        rows
    }

    pub(super) fn pick(&self, vi: &'static str, en: &'static str) -> &'static str {
        if self.lang == "en" { en } else { vi }
    }
}

/// How a person tests a part, and what he is asked.
pub(super) fn test_of(name: &str, place: usize) -> Option<(PartTest, Ask)> {
    match name {
        "printer" => Some((PartTest::Slip, Ask::Slip)),
        "speaker" => Some((PartTest::Tone, Ask::Speaker)),
        "scanner" => Some((PartTest::Scanner, Ask::Scanner)),
        "card-reader" => Some((PartTest::Card, Ask::Card)),
        "buttons" => Some((PartTest::Button(place), Ask::Button)),
        "lamps" => Some((PartTest::Lamp(place), Ask::Lamp)),
        _ => None,
    }
}

/// A hash in groups, as people compare it.
fn grouped(hash: &str) -> String {
    let letters: Vec<char> = hash.chars().collect();
    letters.chunks(16).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
