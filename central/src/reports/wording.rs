// SPDX-License-Identifier: MIT OR Apache-2.0
//! How halls name their services, counters, levels and reasons. A hall that has
//! not reported its configuration is shown by its codes, with the usual levels.

use super::Scope;
use motcua_core::hall::{Hall, Rating};
use motcua_link::db::{DbError, Tx};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Digest of what a hall says it has, and when it said so.
type Version = (String, i64);

/// Parsed configurations by hall: a page asks for all of them every few seconds.
static PARSED: Mutex<BTreeMap<String, (Version, Arc<Hall>)>> = Mutex::new(BTreeMap::new());

/// One hall.
#[derive(Clone, Debug)]
pub struct HallWords {
    /// Its name; its key when it has none.
    pub name: String,
    /// Its configuration, where it was reported.
    pub hall: Option<Arc<Hall>>,
    /// What its panels ask; the usual where it is not known.
    pub rating: Rating,
}

/// The words of halls, by their keys.
#[derive(Clone, Debug, Default)]
pub struct Wording {
    halls: BTreeMap<String, HallWords>,
}

impl Wording {
    /// The words of these halls.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(tx: &mut Tx<'_>, scope: &Scope) -> Result<Wording, DbError> {
        let sql = format!(
            "SELECT h.site, h.name, r.digest, r.at_ms FROM halls h
             LEFT JOIN reported r ON r.site = h.site AND r.name = 'hall' AND r.text IS NOT NULL WHERE 1 = 1{}",
            scope.clause("h.site", 0)
        );
        let mut named = Vec::new();
        for row in tx.rows(&sql, &scope.values()).await? {
            let version = row.text_or_none(2)?.zip(row.int_or_none(3)?);
            named.push((row.text(0)?, row.text(1)?, version));
        }
        let unread = named.iter().filter(|(site, _, version)| {
            version.as_ref().is_some_and(|version| known(site, version).is_none())
        });
        let unread = unread.map(|(site, _, _)| site.clone());
        let sql = "SELECT site, digest, at_ms, text FROM reported WHERE name = 'hall' AND text IS NOT NULL AND site";
        for row in tx.rows_of(sql, &[], unread.collect()).await? {
            keep(row.text(0)?, (row.text(1)?, row.int(2)?), &row.text(3)?);
        }
        let mut halls = BTreeMap::new();
        for (site, name, version) in named {
            let hall = version.and_then(|v| known(&site, &v));
            let rating = hall.as_ref().map(|h| h.rating.clone()).unwrap_or_default();
            let name = short(&site, &name);
            halls.insert(site, HallWords { name, hall, rating });
        }
        Ok(Wording { halls })
    }

    /// Halls with their names, in the order of their keys.
    pub fn halls(&self) -> impl Iterator<Item = (&str, &HallWords)> {
        self.halls.iter().map(|(site, words)| (site.as_str(), words))
    }

    /// A hall.
    pub fn hall(&self, site: &str) -> Option<&HallWords> {
        self.halls.get(site)
    }

    /// The name of a hall.
    pub fn hall_name(&self, site: &str) -> String {
        self.halls.get(site).map_or_else(|| site.to_owned(), |h| h.name.clone())
    }

    /// A service by its code, as the first hall that has it names it.
    pub fn service(&self, code: &str, lang: &str) -> String {
        let known = self.halls.values().filter_map(|h| h.hall.as_ref()?.service(code));
        known.map(|s| s.name.get(lang).to_owned()).next().unwrap_or_else(|| code.to_owned())
    }

    /// A counter of a hall.
    pub fn counter(&self, site: &str, id: &str, lang: &str) -> String {
        let hall = self.halls.get(site).and_then(|h| h.hall.as_ref());
        match hall.and_then(|h| h.counter(id)) {
            Some(counter) => format!("{id} · {}", counter.name.get(lang)),
            None => id.to_owned(),
        }
    }

    /// A level by its code.
    pub fn level(&self, code: &str, lang: &str) -> String {
        let known = self.halls.values().flat_map(|h| &h.rating.levels).find(|l| l.code == code);
        known.map_or_else(|| code.to_owned(), |l| l.name.get(lang).to_owned())
    }

    /// A reason by its code.
    pub fn reason(&self, code: &str, lang: &str) -> String {
        let known = self.halls.values().flat_map(|h| &h.rating.reasons).find(|r| r.code == code);
        known.map_or_else(|| code.to_owned(), |r| r.name.get(lang).to_owned())
    }

    /// A further question and an answer to it, by their codes.
    pub fn answer(&self, question: &str, answer: &str, lang: &str) -> (String, String) {
        let asked = self.halls.values().flat_map(|h| &h.rating.questions).find(|q| q.code == question);
        let Some(asked) = asked else { return (question.to_owned(), answer.to_owned()) };
        let said = asked.answers.iter().find(|a| a.code == answer);
        let said = said.map_or_else(|| answer.to_owned(), |a| a.name.get(lang).to_owned());
        (asked.text.get(lang).to_owned(), said)
    }

    /// Where a question and an answer stand on the panels; what nobody asks any more comes last.
    pub(super) fn place(&self, question: &str, answer: &str) -> (usize, usize) {
        let asked = self.halls.values().find_map(|h| {
            let at = h.rating.questions.iter().position(|q| q.code == question)?;
            let answers = &h.rating.questions.get(at)?.answers;
            Some((at, answers.iter().position(|a| a.code == answer).unwrap_or(usize::MAX)))
        });
        asked.unwrap_or((usize::MAX, usize::MAX))
    }

    /// A hall's level counts as satisfied; one that it does not know counts by its place: the upper half.
    pub fn satisfied(&self, site: &str, code: &str, level: i64, scale: i64) -> bool {
        let known = self.halls.get(site).and_then(|h| h.rating.levels.iter().find(|l| l.code == code));
        known.map_or(level * 2 <= scale, |l| l.satisfied)
    }

    /// A hall's level asks for reasons; one that it does not know when it is the last.
    pub fn low(&self, site: &str, code: &str, level: i64, scale: i64) -> bool {
        let known = self.halls.get(site).and_then(|h| h.rating.levels.iter().find(|l| l.code == code));
        known.map_or(level == scale, |l| l.low)
    }

    /// Index and points of a hall's answer, where its question is one of the nine.
    pub fn points(&self, site: &str, question: &str, answer: &str) -> Option<(u32, u32)> {
        let question = self.halls.get(site)?.rating.questions.iter().find(|q| q.code == question)?;
        let answer = question.answers.iter().find(|a| a.code == answer)?;
        Some((question.index?, answer.points?))
    }

    /// Some hall asks its citizens about this index.
    pub fn asks(&self, index: u32) -> bool {
        self.halls.values().flat_map(|h| &h.rating.questions).any(|q| q.index == Some(index))
    }

    /// What one hall was given by hand; of several halls nothing, as nobody says how to add it up.
    pub fn given(&self, scope: &Scope) -> (BTreeMap<u32, f64>, [Option<f64>; 2]) {
        let only = match scope {
            Scope::Sites(sites) if sites.len() == 1 => sites.first(),
            _ => None,
        };
        let rating = only.and_then(|site| self.halls.get(site)).map(|h| &h.rating);
        rating.map(|r| (r.given.clone(), r.petitions)).unwrap_or_default()
    }
}

/// The last line of a hall's name, which tells it from others; its key when it has none.
pub(super) fn short(site: &str, name: &str) -> String {
    let last = name.rsplit(" · ").next().filter(|n| !n.is_empty());
    last.unwrap_or(site).to_owned()
}

fn known(site: &str, version: &Version) -> Option<Arc<Hall>> {
    let kept = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    kept.get(site).filter(|(v, _)| v == version).map(|(_, hall)| hall.clone())
}

fn keep(site: String, version: Version, text: &str) {
    // A hall of a newer program may write what this one cannot read.
    if let Ok(hall) = Hall::parse(text) {
        let mut kept = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(site, (version, Arc::new(hall)));
    }
}
