// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same data as tables: comma or, as a Vietnamese Excel saves it, semicolon;
//! UTF-8, a first line of names. Several papers
//! in one cell are parted by `|`, the parts of one by `;`.

use super::BookingIn;
use crate::province::{
    Check, Dossier, Fault, Field, Form, Item, Listed, MOST_FAULTS, Online, Paper, Procedure, Reception, Spot,
    Status, What, Words,
};
use csv::StringRecord;
use jiff::civil::Date;

const PROCEDURES: &[&str] = &[
    "code",
    "name_vi",
    "name_en",
    "field_code",
    "field_vi",
    "field_en",
    "online",
    "time_vi",
    "time_en",
    "fee_vi",
    "fee_en",
    "papers_vi",
    "papers_en",
    "forms_vi",
    "where_vi",
    "where_en",
    "reception",
    "non_territorial",
    "by_post",
];
const BOOKINGS: &[&str] = &["code", "service", "procedure", "day", "from", "to", "id_number"];
const DOSSIERS: &[&str] =
    &["code", "procedure", "status", "received", "due", "late", "new_due", "next_vi", "next_en"];

/// The same as first lines, for whoever sent a table without one.
const PROCEDURES_LINE: &str = "code,name_vi,name_en,field_code,field_vi,field_en,online,time_vi,time_en,fee_vi,fee_en,papers_vi,papers_en,forms_vi,where_vi,where_en,reception,non_territorial,by_post";
const BOOKINGS_LINE: &str = "code,service,procedure,day,from,to,id_number";
const DOSSIERS_LINE: &str = "code,procedure,status,received,due,late,new_due,next_vi,next_en";

/// One line of a table under its names.
struct Line<'a> {
    names: &'a StringRecord,
    cells: &'a StringRecord,
    check: Check<'a>,
}

impl Line<'_> {
    fn cell(&self, name: &str) -> &str {
        let at = self.names.iter().position(|n| n.trim() == name);
        at.and_then(|at| self.cells.get(at)).unwrap_or_default().trim()
    }

    fn some(&self, name: &str) -> Option<String> {
        Some(self.cell(name)).filter(|c| !c.is_empty()).map(str::to_owned)
    }

    fn words(&self, name: &str) -> Words {
        Words { vi: self.cell(&format!("{name}_vi")).to_owned(), en: self.some(&format!("{name}_en")) }
    }

    fn one_of<T: Copy>(&mut self, name: &str, list: &[(&'static str, T)], all: &'static str) -> Option<T> {
        let found = list.iter().find(|(word, _)| *word == self.cell(name)).map(|(_, value)| *value);
        if found.is_none() {
            self.check.fault(name, What::NoneOf(all));
        }
        found
    }

    fn yes(&mut self, name: &str) -> Option<bool> {
        let yes = [("true", true), ("1", true), ("false", false), ("0", false)];
        let found = yes.iter().find(|(word, _)| self.cell(name).eq_ignore_ascii_case(word)).map(|(_, v)| *v);
        if found.is_none() {
            self.check.fault(name, What::NotYesNo);
        }
        found
    }

    fn day(&mut self, name: &str) -> Option<Date> {
        let text = self.some(name)?;
        let day = text.parse().ok();
        if day.is_none() {
            self.check.fault(name, What::NotADay);
        }
        day
    }

    fn needed_day(&mut self, name: &str) -> Option<Date> {
        if self.cell(name).is_empty() {
            self.check.fault(name, What::Missing);
        }
        self.day(name)
    }
}

/// What parts the cells: the first line says it, for no name of a column has either sign.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    if first.contains(';') && !first.contains(',') { b';' } else { b',' }
}

/// Every line of a table; a line that cannot be read gives a fault. The first line is checked alone: under wrong
/// names nothing else can be said.
fn lines<T>(
    text: &str,
    (known, all): (&[&str], &'static str),
    mut each: impl FnMut(&mut Line<'_>) -> Option<T>,
) -> Result<Listed<T>, Vec<Fault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(vec![Fault::whole(What::NoColumns(all))]);
    }
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(text)).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|e| vec![not_csv(&e)])?.clone();
    let mut faults = Vec::new();
    for name in names.iter().filter(|n| !known.contains(&n.trim())) {
        Spot::Line(1).check("", &mut faults).fault(crate::data::blot(name), What::Unknown);
    }
    if !names.iter().any(|n| n.trim() == "code") {
        Spot::Line(1).check("", &mut faults).fault("code", What::Missing);
    }
    if !faults.is_empty() {
        faults.truncate(MOST_FAULTS);
        return Err(faults);
    }
    let mut out = Vec::new();
    let mut cells = StringRecord::new();
    loop {
        match reader.read_record(&mut cells) {
            Ok(true) => {}
            Ok(false) => break,
            // The next line begins where this one ends.
            Err(e) if matches!(e.kind(), csv::ErrorKind::UnequalLengths { .. }) => {
                faults.push(not_csv(&e));
                if faults.len() >= MOST_FAULTS {
                    break;
                }
                continue;
            }
            Err(e) => {
                faults.push(not_csv(&e));
                break;
            }
        }
        let spot = Spot::Line(cells.position().map_or(0, csv::Position::line));
        let check = spot.check("", &mut faults);
        let value = each(&mut Line { names: &names, cells: &cells, check });
        out.extend(value.map(|value| Item { spot, value }));
    }
    Ok(Listed { site: None, items: out, faults })
}

/// Without what stands in the cells.
fn not_csv(e: &csv::Error) -> Fault {
    let line = e.position().map(csv::Position::line);
    let why = match e.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} / {expected_len}"),
        csv::ErrorKind::Utf8 { .. } => "UTF-8".into(),
        _ => "?".into(),
    };
    Fault { line, entry: None, field: String::new(), what: What::NotCsv(why) }
}

pub(super) fn procedures(text: &str) -> Result<Listed<Procedure>, Vec<Fault>> {
    lines(text, (PROCEDURES, PROCEDURES_LINE), |line| {
        let online = [("none", Online::None), ("partial", Online::Partial), ("full", Online::Full)];
        let online = line.one_of("online", &online, "none, partial, full");
        let reception = [
            ("at-once", Reception::AtOnce),
            ("by-appointment", Reception::ByAppointment),
            ("either", Reception::Either),
        ];
        let reception = line.one_of("reception", &reception, "at-once, by-appointment, either");
        let (non_territorial, by_post) = (line.yes("non_territorial"), line.yes("by_post"));
        let papers = papers(line);
        Some(Procedure {
            code: line.cell("code").to_owned(),
            name: line.words("name"),
            field: Field { code: line.cell("field_code").to_owned(), name: line.words("field") },
            online: online?,
            time: line.words("time"),
            fee: line.words("fee"),
            papers,
            forms: list(line.cell("forms_vi")).map(form).collect(),
            place: line.words("where"),
            reception: reception?,
            non_territorial: non_territorial?,
            by_post: by_post?,
        })
    })
}

fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('|').map(str::trim).filter(|part| !part.is_empty())
}

/// `Giấy chứng sinh;1;0 | …`: name, originals, copies; the English names in their own cell, in the same order.
fn papers(line: &mut Line<'_>) -> Vec<Paper> {
    let english: Vec<String> = list(line.cell("papers_en")).map(str::to_owned).collect();
    let mut out = Vec::new();
    let mut wrong = false;
    for (at, part) in list(line.cell("papers_vi")).enumerate() {
        let mut parts = part.split(';').map(str::trim);
        let vi = parts.next().unwrap_or_default().to_owned();
        let mut count = || match parts.next() {
            None | Some("") => 0,
            Some(n) => n.parse().unwrap_or_else(|_| {
                wrong = true;
                0
            }),
        };
        let (originals, copies) = (count(), count());
        out.push(Paper { name: Words { vi, en: english.get(at).cloned() }, originals, copies });
    }
    if wrong {
        line.check.fault("papers_vi", What::NotANumber(0, 255));
    }
    out
}

fn form(part: &str) -> Form {
    let (name, url) =
        part.split_once(';').map_or((part, None), |(name, url)| (name, Some(url.trim().to_owned())));
    Form { name: Words { vi: name.trim().to_owned(), en: None }, url: url.filter(|u| !u.is_empty()) }
}

pub(super) fn bookings(text: &str) -> Result<Listed<BookingIn>, Vec<Fault>> {
    lines(text, (BOOKINGS, BOOKINGS_LINE), |line| {
        let day = line.needed_day("day");
        Some(BookingIn {
            code: line.cell("code").to_owned(),
            service: line.some("service"),
            procedure: line.some("procedure"),
            day: day?,
            from: line.cell("from").to_owned(),
            to: line.cell("to").to_owned(),
            id_number: line.some("id_number"),
        })
    })
}

pub(super) fn dossiers(text: &str) -> Result<Listed<Dossier>, Vec<Fault>> {
    lines(text, (DOSSIERS, DOSSIERS_LINE), |line| {
        let status = line.cell("status").parse().ok().and_then(Status::new);
        if status.is_none() {
            line.check.fault("status", What::NotANumber(1, 10));
        }
        let (received, due, new_due) = (line.day("received"), line.day("due"), line.day("new_due"));
        let late = if line.cell("late").is_empty() { None } else { line.yes("late") };
        Some(Dossier {
            code: line.cell("code").to_owned(),
            procedure: line.cell("procedure").to_owned(),
            status: status?,
            received,
            due,
            late,
            new_due,
            next: Some(line.words("next")).filter(|w| !w.vi.is_empty()),
        })
    })
}
