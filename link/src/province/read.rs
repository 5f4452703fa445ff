// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading a document entry by entry, so that every fault has its line and its
//! field.

use super::{Entry, Fault, What};
use crate::data::blot;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Bytes of the largest document.
pub const LARGEST: usize = 32 * 1024 * 1024;
/// Faults told at once; the rest is found after these are corrected.
pub const MOST_FAULTS: usize = 50;

/// What becomes of fields that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Refused: a misspelt name must not be lost silently, and nothing personal comes in by the way.
    Strict,
    /// Left out: a newer central may say more.
    Tolerant,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Line of the file, from 1.
    Line(u64),
    /// Number of the entry, from 1, in a file that has several on a line, as programs write JSON.
    Entry(u64),
}

/// An entry and where it stands.
#[derive(Clone, Debug)]
pub struct Item<T> {
    /// Where.
    pub spot: Spot,
    /// What stands there.
    pub value: T,
}

impl<T> Item<T> {
    /// Checks the entry, which has this code.
    pub fn check<'a>(&self, code: &str, faults: &'a mut Vec<Fault>) -> Check<'a> {
        self.spot.check(code, faults)
    }
}

impl Spot {
    /// Faults found here are told with the place, and with the code unless it looks like somebody's number.
    pub fn check<'a>(self, code: &str, faults: &'a mut Vec<Fault>) -> Check<'a> {
        let told =
            |code: &str| if code.chars().count() > 50 || is_number(code) { "" } else { code }.to_owned();
        match self {
            Spot::Line(line) => Check { line: Some(line), entry: None, faults },
            Spot::Entry(number) => {
                Check { line: None, entry: Some(Entry { number, code: told(code) }), faults }
            }
        }
    }
}

/// What a document lists.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// Hall that it names.
    pub site: Option<String>,
    /// Its entries that could be read.
    pub items: Vec<Item<T>>,
    /// What is wrong with the others, and with the whole.
    pub faults: Vec<Fault>,
}

impl<T> Listed<T> {
    /// The values, once nothing is wrong; else everything that is, in the order of the file.
    ///
    /// # Errors
    /// The faults.
    pub fn done(mut self) -> Result<Vec<T>, Vec<Fault>> {
        if self.faults.is_empty() {
            return Ok(self.items.into_iter().map(|i| i.value).collect());
        }
        self.faults.sort_by_key(Fault::place);
        self.faults.truncate(MOST_FAULTS);
        Err(self.faults)
    }
}

/// The entries of a document `{"format": …, "site": …, LIST: […]}`.
///
/// # Errors
/// It has no list. What is wrong with its entries comes with the others, so that their content is checked too.
pub fn items<T: DeserializeOwned>(
    text: &str,
    format: &'static str,
    list: &'static str,
    strictness: Strictness,
) -> Result<Listed<T>, Vec<Fault>> {
    if text.len() > LARGEST {
        return Err(vec![Fault::whole(What::TooLarge)]);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let one = |fault| vec![fault];
    let outer: BTreeMap<String, &RawValue> =
        serde_json::from_str(text).map_err(|e| one(not_a_document(&e)))?;
    let mut faults = Vec::new();
    let word = |name: &str| outer.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    if word("format").as_deref() != Some(format) {
        faults.push(Fault::of("format", What::OtherFormat(format)));
    }
    for name in outer.keys().filter(|n| !["format", "site", list].contains(&n.as_str())) {
        if strictness == Strictness::Strict {
            faults.push(Fault::of(blot(name), What::Unknown));
        }
    }
    let Some(raw) = outer.get(list) else {
        faults.push(Fault::whole(What::NoList(list)));
        return Err(faults);
    };
    let mut lines = Lines { text, offset: 0, line: 1 };
    let first = Spot::Line(lines.of(raw));
    let entries: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|e| {
        let (line, what) = not_json(&e, first);
        one(Fault { line, entry: None, field: list.into(), what })
    })?;
    let breaks = raw.get().bytes().filter(|b| *b == b'\n').count();
    let by_number = breaks < entries.len();
    let mut out = Vec::with_capacity(entries.len());
    for (at, raw) in entries.into_iter().enumerate() {
        let line = lines.of(raw);
        let spot = if by_number { Spot::Entry(at as u64 + 1) } else { Spot::Line(line) };
        match item(raw, spot, strictness, &mut faults) {
            Some(value) => out.push(Item { spot, value }),
            None if faults.len() >= MOST_FAULTS => break,
            None => {}
        }
    }
    Ok(Listed { site: word("site"), items: out, faults })
}

/// The code of an entry that cannot be read as a whole.
fn code_of(raw: &RawValue) -> String {
    #[derive(serde::Deserialize)]
    struct Coded {
        code: String,
    }
    serde_json::from_str::<Coded>(raw.get()).map(|c| blot(&c.code)).unwrap_or_default()
}

fn item<T: DeserializeOwned>(
    raw: &RawValue,
    spot: Spot,
    strictness: Strictness,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let mut unknown = Vec::new();
    let mut note = |path: serde_ignored::Path<'_>| unknown.push(blot(&path.to_string()));
    let mut source = serde_json::Deserializer::from_str(raw.get());
    let ignoring = serde_ignored::Deserializer::new(&mut source, &mut note);
    let read = serde_path_to_error::deserialize(ignoring);
    let good = strictness == Strictness::Tolerant || unknown.is_empty();
    if !good {
        let mut check = spot.check(&code_of(raw), faults);
        unknown.into_iter().for_each(|field| check.fault(field, What::Unknown));
    }
    match read {
        Ok(value) => Some(value),
        Err(e) => {
            let at = blot(&e.path().to_string());
            let mut field = if at == "." { String::new() } else { at };
            let (line, mut what) = not_json(e.inner(), spot);
            if let What::NotJson(said) = &what
                && let Some(name) = said.strip_prefix("missing field `").and_then(|s| s.strip_suffix('`'))
            {
                field = if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
                what = What::Missing;
            }
            // Only days are read so.
            if e.inner().is_data()
                && matches!(&what, What::NotJson(said) if said.starts_with("failed to parse"))
            {
                what = What::NotADay;
            }
            let mut check = spot.check(&code_of(raw), faults);
            check.line = line;
            check.fault(field, what);
            None
        }
    }
}

/// The text as a whole is no JSON. A program writes it on one line, where only the column says where.
fn not_a_document(e: &serde_json::Error) -> Fault {
    let (line, mut what) = not_json(e, Spot::Line(1));
    if let What::NotJson(said) = &mut what
        && e.column() > 0
    {
        *said = format!("{said}, column {}", e.column());
    }
    Fault { line, entry: None, field: String::new(), what }
}

/// What serde says, without the value that it quotes when that could be somebody's.
fn not_json(e: &serde_json::Error, spot: Spot) -> (Option<u64>, What) {
    let line = match spot {
        Spot::Line(first) => Some(first + (e.line() as u64).saturating_sub(1)),
        Spot::Entry(_) => None,
    };
    let said = e.to_string();
    (line, What::NotJson(blot(said.split(" at line ").next().unwrap_or_default())))
}

/// Lines of places that come in their order.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a part of the text.
    fn of(&mut self, raw: &RawValue) -> u64 {
        let at = (raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let Some(between) = self.text.as_bytes().get(self.offset..at) else { return self.line };
        self.line += between.iter().filter(|b| **b == b'\n').count() as u64;
        self.offset = at;
        self.line
    }
}

/// Checks one entry's fields.
#[derive(Debug)]
pub struct Check<'a> {
    /// Its line.
    pub line: Option<u64>,
    /// Its number, where the line says nothing.
    pub entry: Option<Entry>,
    /// Where faults go.
    pub faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    /// Something is wrong.
    pub fn fault(&mut self, field: impl Into<String>, what: What) {
        if self.faults.len() < MOST_FAULTS {
            let entry = self.entry.clone();
            self.faults.push(Fault { line: self.line, entry, field: field.into(), what });
        }
    }

    /// A text that is there, short enough, and nobody's number.
    pub fn text(&mut self, field: &str, text: &str, longest: usize) {
        if text.trim().is_empty() {
            self.fault(field, What::Missing);
        } else if text.chars().count() > longest {
            self.fault(field, What::Long(longest));
        }
    }

    /// The same where it may be absent.
    pub fn text_or_none(&mut self, field: &str, text: Option<&str>, longest: usize) {
        if let Some(text) = text {
            self.text(field, text, longest);
        }
    }

    /// A text in which no identity or telephone number may stand.
    pub fn nobody(&mut self, field: &str, text: &str) {
        if is_number(text) {
            self.fault(field, What::Personal);
        }
    }

    /// A code: letters, digits and `. - / _`, not a bare number of 9 digits and more.
    pub fn code(&mut self, field: &str, code: &str) {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '_');
        if code.is_empty() {
            self.fault(field, What::Missing);
        } else if code.len() > 50 {
            self.fault(field, What::Long(50));
        } else if !code.chars().all(good) {
            self.fault(field, What::NotACode);
        } else {
            self.nobody(field, code);
        }
    }

    /// A time of day; whether it is one.
    pub fn time(&mut self, field: &str, time: &str) -> bool {
        let number = |part: Option<&str>| part.filter(|p| p.len() == 2).and_then(|p| p.parse::<u8>().ok());
        let mut parts = time.split(':');
        let (hour, minute) = (number(parts.next()), number(parts.next()));
        let good = parts.next().is_none() && hour.is_some_and(|h| h < 24) && minute.is_some_and(|m| m < 60);
        if !good {
            self.fault(field, What::NotATime);
        }
        good
    }
}

/// It may be somebody's: nine digits or more in a row.
fn is_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= 9)
}

/// Nothing twice, not nothing where that is not allowed, and not too much.
pub fn only<'a, T>(
    items: &'a [Item<T>],
    most: usize,
    code: impl Fn(&'a T) -> &'a str,
    faults: &mut Vec<Fault>,
) {
    if items.len() > most {
        faults.push(Fault::whole(What::TooMany(most)));
    }
    let mut seen = std::collections::HashSet::new();
    for item in items {
        let code = code(&item.value);
        if !seen.insert(code.to_ascii_uppercase()) {
            let mut check = item.check(code, faults);
            check.fault("code", What::Twice(if is_number(code) { "***".into() } else { code.to_owned() }));
        }
    }
}
