// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua scan parse` and `motcua card read`: what a scan is and what is on a card, as JSON, for support and for tests.
//! Personal data are masked unless they are asked for.

#[cfg(feature = "pcsc")]
pub mod card;
pub mod scan;

use motcua_core::scan::{Expiry, Personal, PersonalDate, PersonalNumber, Sex};
use serde_json::{Map, Value};

/// The fields of a card or code, masked or plain.
struct Fields {
    show: bool,
    fields: Map<String, Value>,
}

/// Stands in the place of a date that may not be seen.
const DATE: &str = "****-**-**";
/// Stands in the place of a text of which not even initials may be seen.
const TEXT: &str = "***";

impl Fields {
    fn new(show: bool) -> Fields {
        Fields { show, fields: Map::new() }
    }

    fn put(&mut self, name: &str, plain: &str, masked: impl Into<String>) {
        let text = if self.show { plain.to_owned() } else { masked.into() };
        self.fields.insert(name.to_owned(), Value::String(text));
    }

    fn number(&mut self, name: &str, number: Option<&PersonalNumber>) {
        if let Some(number) = number {
            self.put(name, number.expose(), number.masked());
        }
    }

    fn name(&mut self, name: Option<&Personal>) {
        if let Some(name) = name {
            self.put("name", name.expose(), name.masked());
        }
    }

    fn text(&mut self, name: &str, text: Option<&Personal>) {
        if let Some(text) = text {
            self.put(name, text.expose(), TEXT);
        }
    }

    fn date(&mut self, name: &str, date: Option<&PersonalDate>) {
        if let Some(date) = date {
            self.put(name, &date.expose(), DATE);
        }
    }

    fn sex(&mut self, sex: Option<Sex>) {
        if let Some(sex) = sex {
            self.put("sex", if sex == Sex::Male { "male" } else { "female" }, "*");
        }
    }

    fn expiry(&mut self, expiry: Option<&Expiry>) {
        match expiry {
            Some(Expiry::On(date)) => self.date("expiry", Some(date)),
            Some(Expiry::Never) => self.put("expiry", "never", DATE),
            None => {}
        }
    }

    /// A code is nobody's, and plain.
    fn code(&mut self, code: &str) {
        self.put("code", code, code);
    }
}
