// SPDX-License-Identifier: MIT OR Apache-2.0
//! The procedures that a hall's citizens can look up: by field, or by what they
//! remember of a name. Works offline, over whatever the province sent last.

use crate::search::{Entry, Index};
use serde::{Deserialize, Serialize};

/// A text in the languages of the halls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Vietnamese.
    pub vi: String,
    /// English; the Vietnamese is shown where it is absent.
    #[serde(default)]
    pub en: Option<String>,
}

impl Text {
    /// In this language, or in Vietnamese.
    pub fn said(&self, lang: &str) -> &str {
        if lang == "en" { self.en.as_deref().unwrap_or(&self.vi) } else { &self.vi }
    }
}

/// How it is handed in at a hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reception {
    /// Whoever comes is served.
    AtOnce,
    /// By appointment.
    ByAppointment,
    /// Either.
    Either,
}

/// Level of the online service: không, một phần, toàn trình.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Online {
    /// Not online.
    None,
    /// Một phần.
    Partial,
    /// Toàn trình.
    Full,
}

/// A paper to bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// What it is.
    pub name: Text,
    /// Originals.
    #[serde(default)]
    pub originals: u8,
    /// Copies.
    #[serde(default)]
    pub copies: u8,
}

/// A form to fill in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// What it is.
    pub name: Text,
    /// Where it can be had.
    #[serde(default)]
    pub url: Option<String>,
}

/// A field of procedures, such as civil status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Code.
    pub code: String,
    /// Name.
    pub name: Text,
}

/// One procedure, in the words of the province's catalogue (`motcua.catalogue.v1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// Mã TTHC.
    pub code: String,
    /// Name.
    pub name: Text,
    /// Field.
    pub field: Field,
    /// Level of the online service.
    pub online: Online,
    /// How long it takes.
    pub time: Text,
    /// What it costs.
    pub fee: Text,
    /// What to bring.
    #[serde(default)]
    pub papers: Vec<Paper>,
    /// What to fill in.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Where it is handed in.
    #[serde(rename = "where")]
    pub place: Text,
    /// At once or by appointment.
    pub reception: Reception,
    /// Any hall of the province takes it.
    pub non_territorial: bool,
    /// It may be handed in and come back by post.
    pub by_post: bool,
}

/// A field with the number of its procedures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The field.
    pub field: Field,
    /// How many procedures it has.
    pub count: usize,
}

/// All of them, ready to be looked up. Made once for each catalogue.
#[derive(Clone, Debug, Default)]
pub struct Procedures {
    list: Vec<Procedure>,
    shelves: Vec<Shelf>,
    index: Index,
}

impl PartialEq for Procedures {
    fn eq(&self, other: &Procedures) -> bool {
        self.list == other.list
    }
}

impl Procedures {
    /// In the order of the provincial system.
    pub fn new(list: Vec<Procedure>) -> Procedures {
        let mut shelves: Vec<Shelf> = Vec::new();
        for p in &list {
            match shelves.iter_mut().find(|s| s.field.code == p.field.code) {
                Some(shelf) => shelf.count += 1,
                None => shelves.push(Shelf { field: p.field.clone(), count: 1 }),
            }
        }
        let more: Vec<(String, String)> = list.iter().map(words).collect();
        let index = Index::new(more.iter().map(|(name, more)| Entry { name, more }));
        Procedures { list, shelves, index }
    }

    /// None are known.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The fields, in the order of their first procedure.
    pub fn shelves(&self) -> &[Shelf] {
        &self.shelves
    }

    /// The procedures of a field.
    pub fn of_field(&self, code: &str) -> Vec<&Procedure> {
        self.list.iter().filter(|p| p.field.code == code).collect()
    }

    /// What fits a query best, best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<&Procedure> {
        self.index.search(query, limit).into_iter().map(|at| &self.list[at]).collect()
    }

    /// The one of this code.
    pub fn get(&self, code: &str) -> Option<&Procedure> {
        self.list.iter().find(|p| p.code == code)
    }
}

/// The name in Vietnamese, and everything else that it is found by.
fn words(p: &Procedure) -> (String, String) {
    let more = [p.name.en.as_deref(), Some(&p.field.name.vi), p.field.name.en.as_deref(), Some(&p.code)];
    (p.name.vi.clone(), more.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn procedure(code: &str, name: &str, field: &str) -> Procedure {
        let text = |vi: &str| Text { vi: vi.to_owned(), en: None };
        Procedure {
            code: code.into(),
            name: text(name),
            field: Field { code: field.into(), name: text(field) },
            online: Online::Full,
            time: text("3 ngày làm việc"),
            fee: text("Không"),
            papers: Vec::new(),
            forms: Vec::new(),
            place: text("Quầy 1"),
            reception: Reception::AtOnce,
            non_territorial: true,
            by_post: false,
        }
    }

    #[test]
    fn procedures_stand_on_the_shelf_of_their_field() {
        let all = Procedures::new(vec![
            procedure("1.001193", "Đăng ký khai sinh", "Hộ tịch"),
            procedure("2.000815", "Chứng thực bản sao", "Chứng thực"),
            procedure("1.000656", "Đăng ký khai tử", "Hộ tịch"),
        ]);
        let shelves: Vec<_> = all.shelves().iter().map(|s| (s.field.code.as_str(), s.count)).collect();
        assert_eq!(shelves, [("Hộ tịch", 2), ("Chứng thực", 1)]);
        assert_eq!(all.of_field("Hộ tịch").len(), 2);
        assert_eq!(all.search("khai tu", 5)[0].code, "1.000656");
        assert_eq!(all.search("2.000815", 5)[0].code, "2.000815");
        // Everything of a field is found by the field's name.
        assert_eq!(all.search("ho tich", 5).len(), 2);
        assert_eq!(all.get("1.001193").unwrap().name.said("en"), "Đăng ký khai sinh");
    }
}
