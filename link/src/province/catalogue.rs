// SPDX-License-Identifier: MIT OR Apache-2.0
//! The procedures of a province: what a citizen must bring, how long it takes,
//! what it costs, where it is handed in.

use super::read::{Check, Listed, Strictness, items, only};
use super::{Fault, Kind, What};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most procedures of a province.
const MOST: usize = 20_000;
/// Longest name, characters.
const NAME: usize = 1_000;
/// Longest explanation, characters.
const TEXT: usize = 4_000;

/// Every procedure that the province's halls take in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Catalogue {
    /// `motcua.catalogue.v1`.
    pub format: String,
    /// In the order of the provincial system.
    pub procedures: Vec<Procedure>,
}

/// A text in the languages of the halls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Words {
    /// Vietnamese.
    pub vi: String,
    /// English; the Vietnamese is shown where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Words {
    /// In this language, or in Vietnamese.
    pub fn said(&self, lang: &str) -> &str {
        if lang == "en" { self.en.as_deref().unwrap_or(&self.vi) } else { &self.vi }
    }

    pub(super) fn check(&self, check: &mut Check<'_>, field: &str, longest: usize) {
        check.text(&format!("{field}.vi"), &self.vi, longest);
        check.text_or_none(&format!("{field}.en"), self.en.as_deref(), longest);
    }
}

/// A field of procedures, such as civil status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// Code, such as `G15-HT01`.
    pub code: String,
    /// Name.
    pub name: Words,
}

/// Level of the online service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Online {
    /// Not online.
    None,
    /// Một phần.
    Partial,
    /// Toàn trình.
    Full,
}

/// How it is handed in at a hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reception {
    /// Whoever comes is served.
    AtOnce,
    /// By appointment.
    ByAppointment,
    /// Either.
    Either,
}

/// A paper to bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Paper {
    /// What it is.
    pub name: Words,
    /// Originals.
    #[serde(default)]
    pub originals: u8,
    /// Copies.
    #[serde(default)]
    pub copies: u8,
}

/// A form to fill in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Form {
    /// What it is.
    pub name: Words,
    /// Where it can be had, `https://…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One procedure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Procedure {
    /// Mã TTHC, such as `1.001193` or `1.010708.000.00.00.H56`.
    #[schemars(regex(pattern = r"^[1-9]\.\d{6}(\.[0-9A-Za-z]{2,3})*$"))]
    pub code: String,
    /// Name.
    pub name: Words,
    /// Field.
    pub field: Field,
    /// Level of the online service.
    pub online: Online,
    /// How long it takes, in words: `3 ngày làm việc`.
    pub time: Words,
    /// What it costs, in words: `Không`, `8.000 đồng/bản`.
    pub fee: Words,
    /// What to bring.
    #[serde(default)]
    pub papers: Vec<Paper>,
    /// What to fill in.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Where it is handed in.
    #[serde(rename = "where")]
    pub place: Words,
    /// At once or by appointment.
    pub reception: Reception,
    /// Any hall of the province takes it, wherever the citizen lives.
    pub non_territorial: bool,
    /// It may be handed in and come back by post.
    pub by_post: bool,
}

/// `1.001193`, with the local endings of a province.
pub(super) fn is_procedure(code: &str) -> bool {
    let mut parts = code.split('.');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    first.len() == 1
        && digits(first)
        && first != "0"
        && second.len() == 6
        && digits(second)
        && parts.all(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

impl Procedure {
    fn check(&self, check: &mut Check<'_>) {
        if !is_procedure(&self.code) {
            check.fault("code", What::NotACode);
        }
        self.name.check(check, "name", NAME);
        check.code("field.code", &self.field.code);
        self.field.name.check(check, "field.name", NAME);
        for (name, words) in [("time", &self.time), ("fee", &self.fee), ("where", &self.place)] {
            words.check(check, name, TEXT);
        }
        for (at, paper) in self.papers.iter().enumerate() {
            paper.name.check(check, &format!("papers[{at}].name"), TEXT);
        }
        for (at, form) in self.forms.iter().enumerate() {
            form.name.check(check, &format!("forms[{at}].name"), TEXT);
            check.text_or_none(&format!("forms[{at}].url"), form.url.as_deref(), NAME);
        }
    }
}

impl Catalogue {
    /// Reads and checks a text.
    ///
    /// # Errors
    /// What is wrong, with lines and fields.
    pub fn read(text: &str, strictness: Strictness) -> Result<Catalogue, Vec<Fault>> {
        Catalogue::of(items(text, Kind::Catalogue.format(), "procedures", strictness)?)
    }

    /// Checks procedures that were read.
    ///
    /// # Errors
    /// What is wrong, with lines and fields.
    pub fn of(mut listed: Listed<Procedure>) -> Result<Catalogue, Vec<Fault>> {
        if listed.items.is_empty() && listed.faults.is_empty() {
            listed.faults.push(Fault::whole(What::Nothing));
        }
        only(&listed.items, MOST, |p| p.code.as_str(), &mut listed.faults);
        for item in &listed.items {
            item.value.check(&mut item.check(&item.value.code, &mut listed.faults));
        }
        let procedures = listed.done()?;
        Ok(Catalogue { format: Kind::Catalogue.format().into(), procedures })
    }

    /// The procedure of a code.
    pub fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.procedures.iter().find(|p| p.code.eq_ignore_ascii_case(code))
    }
}
