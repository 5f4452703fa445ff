// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state of dossiers, by their code. Whose they are is not in them.

use super::read::{Check, Listed, Strictness, items, only};
use super::{Fault, Kind, What, Words};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most dossiers of a hall.
const MOST: usize = 100_000;
/// Longest word on what comes next, characters.
const NEXT: usize = 500;

/// Dossiers of a hall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dossiers {
    /// `motcua.dossiers.v1`.
    pub format: String,
    /// Hall.
    pub site: String,
    /// In the order of the provincial system.
    pub dossiers: Vec<Dossier>,
}

/// Where a dossier is, by the fixed list that is synchronised with the National Portal: 1 mới đăng ký, 2 được tiếp
/// nhận, 3 không được tiếp nhận, 4 đang xử lý, 5 yêu cầu bổ sung giấy tờ, 6 yêu cầu thực hiện nghĩa vụ tài chính,
/// 7 công dân yêu cầu rút hồ sơ, 8 dừng xử lý, 9 đã xử lý xong, 10 đã trả kết quả.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Status(#[schemars(range(min = 1, max = 10))] u8);

impl Status {
    /// The status of a number from 1 to 10.
    pub fn new(number: u8) -> Option<Status> {
        (1..=10).contains(&number).then_some(Status(number))
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The office still owes a result.
    pub fn is_open(self) -> bool {
        matches!(self.0, 1 | 2 | 4 | 5 | 6)
    }

    /// Name in Vietnamese, as the list has it.
    pub fn vi(self) -> &'static str {
        const NAMES: [&str; 10] = [
            "Mới đăng ký",
            "Được tiếp nhận",
            "Không được tiếp nhận",
            "Đang xử lý",
            "Yêu cầu bổ sung giấy tờ",
            "Yêu cầu thực hiện nghĩa vụ tài chính",
            "Công dân yêu cầu rút hồ sơ",
            "Dừng xử lý",
            "Đã xử lý xong",
            "Đã trả kết quả",
        ];
        NAMES.get(usize::from(self.0).wrapping_sub(1)).copied().unwrap_or_default()
    }

    /// Name in English.
    pub fn en(self) -> &'static str {
        const NAMES: [&str; 10] = [
            "Registered",
            "Accepted",
            "Not accepted",
            "In progress",
            "More papers are asked for",
            "A payment is asked for",
            "Withdrawn by the citizen",
            "Stopped",
            "Finished",
            "Result handed out",
        ];
        NAMES.get(usize::from(self.0).wrapping_sub(1)).copied().unwrap_or_default()
    }
}

/// One dossier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dossier {
    /// Mã hồ sơ, such as `H56.14-240823-0001`.
    pub code: String,
    /// Mã TTHC.
    pub procedure: String,
    /// Where it is.
    pub status: Status,
    /// The day it was received.
    #[schemars(with = "Option<String>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Date>,
    /// The day for which the result was promised.
    #[schemars(with = "Option<String>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// It is late. Absent: it is when an open dossier's day is past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<bool>,
    /// The day that was promised anew.
    #[schemars(with = "Option<String>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_due: Option<Date>,
    /// What the citizen does next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Words>,
}

impl Dossier {
    fn check(&self, check: &mut Check<'_>) {
        check.code("code", &self.code);
        if !super::catalogue::is_procedure(&self.procedure) {
            check.fault("procedure", What::NotACode);
        }
        if Status::new(self.status.number()).is_none() {
            check.fault("status", What::NotANumber(1, 10));
        }
        if self.received.zip(self.due).is_some_and(|(received, due)| due < received) {
            check.fault("due", What::Order("received"));
        }
        if self.new_due.is_some() && self.due.is_none() {
            check.fault("due", What::Missing);
        }
        if self.due.zip(self.new_due).is_some_and(|(due, new)| new <= due) {
            check.fault("new_due", What::Order("due"));
        }
        if let Some(next) = &self.next {
            next.check(check, "next", NEXT);
            for text in [Some(next.vi.as_str()), next.en.as_deref()].into_iter().flatten() {
                check.nobody("next", text);
            }
        }
    }

    /// Whether it is late on this day.
    pub fn is_late(&self, today: Date) -> bool {
        self.late.unwrap_or_else(|| self.status.is_open() && self.due.is_some_and(|due| due < today))
    }
}

impl Dossiers {
    /// Reads and checks a text that came down to `site`.
    ///
    /// # Errors
    /// What is wrong, with lines and fields.
    pub fn read(text: &str, site: &str) -> Result<Dossiers, Vec<Fault>> {
        let listed = items(text, Kind::Dossiers.format(), "dossiers", Strictness::Tolerant)?;
        if listed.site.as_deref() != Some(site) {
            return Err(vec![Fault::of("site", What::OtherHall(listed.site.unwrap_or_default()))]);
        }
        Dossiers::of(site, listed)
    }

    /// Whether one that came alone passes the checks.
    pub fn is_sound(dossier: &Dossier) -> bool {
        let mut faults = Vec::new();
        dossier.check(&mut super::Spot::Line(1).check(&dossier.code, &mut faults));
        faults.is_empty()
    }

    /// Checks dossiers that were read.
    ///
    /// # Errors
    /// What is wrong, with lines and fields.
    pub fn of(site: &str, mut listed: Listed<Dossier>) -> Result<Dossiers, Vec<Fault>> {
        only(&listed.items, MOST, |d| d.code.as_str(), &mut listed.faults);
        for item in &listed.items {
            item.value.check(&mut item.check(&item.value.code, &mut listed.faults));
        }
        let dossiers = listed.done()?;
        Ok(Dossiers { format: Kind::Dossiers.format().into(), site: site.into(), dossiers })
    }
}
