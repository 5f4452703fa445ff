// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ratings by level, officer, counter, service and period; low ones with their
//! reasons; the two official reports.

use super::Period;
use motcua_core::hall::Hall;
use motcua_core::score::{NineIndices, SatisfactionGroup, nine_indices, percent, satisfaction_group};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Low ratings listed at most.
const LISTED: usize = 200;

/// What ratings are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatingGroup {
    /// Officer's key.
    Officer,
    /// Counter id.
    Counter,
    /// Service code.
    Service,
    /// Business day.
    Day,
}

impl RatingGroup {
    /// As it stands in addresses.
    pub const WORDS: [(&'static str, RatingGroup); 4] = [
        ("officer", RatingGroup::Officer),
        ("counter", RatingGroup::Counter),
        ("service", RatingGroup::Service),
        ("day", RatingGroup::Day),
    ];

    /// From an address; by officer where it says nothing known.
    pub fn read(word: &str) -> RatingGroup {
        RatingGroup::WORDS.iter().find(|(w, _)| *w == word).map_or(RatingGroup::Officer, |(_, g)| *g)
    }

    /// For an address.
    pub fn word(self) -> &'static str {
        RatingGroup::WORDS.iter().find(|(_, g)| *g == self).map_or("officer", |(w, _)| w)
    }
}

/// Ratings of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LevelCount {
    /// Key of the group; empty for the sum.
    pub key: String,
    /// All forms.
    pub forms: u32,
    /// Forms by key of the level.
    pub levels: BTreeMap<String, u32>,
    /// Forms whose level counts as satisfied.
    pub satisfied: u32,
}

impl LevelCount {
    /// Satisfied forms in percent, to one decimal.
    pub fn rate(&self) -> Option<f64> {
        percent(self.satisfied, self.forms)
    }

    /// Forms of a level in percent, to one decimal.
    pub fn share(&self, level: &str) -> Option<f64> {
        percent(self.levels.get(level).copied().unwrap_or(0), self.forms)
    }
}

/// One low rating. Nothing in it leads to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Low {
    /// When, milliseconds UTC.
    pub at_ms: i64,
    /// Business day.
    pub day: String,
    /// Service code.
    pub service: String,
    /// Counter id.
    pub counter: String,
    /// Officer's key.
    pub officer: String,
    /// Key of the level.
    pub code: String,
    /// Keys of the reasons.
    pub reasons: Vec<String>,
    /// Flagged for the manager.
    pub alarm: bool,
    /// A manager has seen it.
    pub seen: bool,
}

/// The ratings of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct RatingReport {
    /// By key.
    pub groups: Vec<LevelCount>,
    /// Over all.
    pub sum: LevelCount,
    /// Reasons by how often they were chosen.
    pub reasons: Vec<(String, u32)>,
    /// Low ones, newest first, at most 200.
    pub low: Vec<Low>,
    /// Thông tư 01/2018.
    pub nine: NineIndices,
    /// Quyết định 766.
    pub group_766: SatisfactionGroup,
}

struct Row {
    low: Low,
    answers: Vec<(String, String)>,
    level: u32,
    scale: u32,
}

impl RatingReport {
    /// Reads the ratings of a period.
    pub fn read(
        db: &Connection,
        hall: &Hall,
        period: Period,
        by: RatingGroup,
    ) -> rusqlite::Result<RatingReport> {
        let mut groups: BTreeMap<String, LevelCount> = BTreeMap::new();
        let (mut sum, mut reasons, mut low, mut points) =
            (LevelCount::default(), BTreeMap::<String, u32>::new(), Vec::new(), Vec::new());
        for row in rows(db, period)? {
            let key = match by {
                RatingGroup::Officer => &row.low.officer,
                RatingGroup::Counter => &row.low.counter,
                RatingGroup::Service => &row.low.service,
                RatingGroup::Day => &row.low.day,
            };
            let group = groups
                .entry(key.clone())
                .or_insert_with(|| LevelCount { key: key.clone(), ..LevelCount::default() });
            for count in [group, &mut sum] {
                count.forms += 1;
                *count.levels.entry(row.low.code.clone()).or_default() += 1;
                count.satisfied += u32::from(satisfied(hall, &row));
            }
            row.low.reasons.iter().for_each(|r| *reasons.entry(r.clone()).or_default() += 1);
            points.extend(row.answers.iter().filter_map(|(q, a)| index_points(hall, q, a)));
            if !row.low.reasons.is_empty() || is_low(hall, &row) {
                low.push(row.low);
            }
        }
        low.truncate(LISTED);
        let mut reasons: Vec<(String, u32)> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let nine = nine_indices(points, &hall.rating.given);
        let group_766 = satisfaction_group(sum.satisfied, sum.forms, hall.rating.petitions);
        Ok(RatingReport { groups: groups.into_values().collect(), sum, reasons, low, nine, group_766 })
    }
}

/// By the wording in force; a level that it has no more counts by its place: the upper half.
fn satisfied(hall: &Hall, row: &Row) -> bool {
    let level = hall.rating.levels.iter().find(|l| l.code == row.low.code);
    level.map_or(row.level * 2 <= row.scale, |l| l.satisfied)
}

fn is_low(hall: &Hall, row: &Row) -> bool {
    let level = hall.rating.levels.iter().find(|l| l.code == row.low.code);
    level.map_or(row.level == row.scale, |l| l.low)
}

fn index_points(hall: &Hall, question: &str, answer: &str) -> Option<(u32, u32)> {
    let question = hall.rating.questions.iter().find(|q| q.code == question)?;
    let answer = question.answers.iter().find(|a| a.code == answer)?;
    Some((question.index?, answer.points?))
}

fn rows(db: &Connection, p: Period) -> rusqlite::Result<Vec<Row>> {
    let sql = "SELECT at_ms, day, service, counter, officer, code, reasons, alarm, answers, level, scale
               FROM ratings WHERE day BETWEEN ?1 AND ?2 ORDER BY at_ms DESC";
    let mut query = db.prepare(sql)?;
    let found = query.query_map(params![p.from.to_string(), p.to.to_string()], |r| {
        let alarm: i64 = r.get(7)?;
        Ok(Row {
            low: Low {
                at_ms: r.get(0)?,
                day: r.get(1)?,
                service: r.get(2)?,
                counter: r.get(3)?,
                officer: r.get(4)?,
                code: r.get(5)?,
                reasons: serde_json::from_str(&r.get::<_, String>(6)?).unwrap_or_default(),
                alarm: alarm > 0,
                seen: alarm == 2,
            },
            answers: serde_json::from_str(&r.get::<_, String>(8)?).unwrap_or_default(),
            level: r.get(9)?,
            scale: r.get(10)?,
        })
    })?;
    found.collect()
}
