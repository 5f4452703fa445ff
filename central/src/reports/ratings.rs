// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ratings by level, with reasons and answers; low ones; the two official
//! reports, as far as the panels' answers reach.

use super::{Group, Period, Scope, Wording, key};
use motcua_core::score::{NineIndices, SatisfactionGroup, nine_indices, satisfaction_group};
use motcua_link::data::RatingAnswer;
use motcua_link::db::{DbError, Tx, Value};
use std::collections::BTreeMap;

/// Low ratings listed at most.
const LISTED: i64 = 200;

/// Ratings of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LevelCount {
    /// Key of the group; empty for the sum.
    pub key: String,
    /// All forms.
    pub forms: u64,
    /// Forms by key of the level.
    pub levels: BTreeMap<String, u64>,
    /// Forms whose level counts as satisfied.
    pub satisfied: u64,
}

impl LevelCount {
    /// Satisfied forms in percent, to one decimal; none without forms.
    pub fn rate(&self) -> Option<f64> {
        motcua_core::score::percent(small(self.satisfied), small(self.forms))
    }

    /// Forms of a level in percent, to one decimal.
    pub fn share(&self, level: &str) -> Option<f64> {
        let forms = self.levels.get(level).copied().unwrap_or(0);
        motcua_core::score::percent(small(forms), small(self.forms))
    }
}

/// An answer to a further question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerCount {
    /// Key of the question.
    pub question: String,
    /// Key of the answer.
    pub answer: String,
    /// How often.
    pub times: u64,
}

/// A low rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Low {
    /// Hall.
    pub site: String,
    /// Milliseconds UTC.
    pub at_ms: i64,
    /// Service code.
    pub service: String,
    /// Counter id.
    pub counter: String,
    /// Officer's key.
    pub officer: String,
    /// Keys of the reasons.
    pub reasons: Vec<String>,
    /// Flagged for the manager.
    pub alarm: bool,
    /// A manager of the hall has seen it.
    pub seen: bool,
}

/// The ratings of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratings {
    /// By key.
    pub groups: Vec<LevelCount>,
    /// Over all.
    pub sum: LevelCount,
    /// Levels that occur, from best to worst.
    pub levels: Vec<String>,
    /// Reasons by how often they were chosen.
    pub reasons: Vec<(String, u64)>,
    /// Answers to further questions.
    pub answers: Vec<AnswerCount>,
    /// Low ones, newest first, at most 200.
    pub low: Vec<Low>,
    /// Thông tư 01/2018, over all halls asked about.
    pub nine: NineIndices,
    /// Quyết định 766, over all halls asked about.
    pub group_766: SatisfactionGroup,
}

/// The ratings of a period.
///
/// # Errors
/// The database's.
pub async fn ratings(
    tx: &mut Tx<'_>,
    scope: &Scope,
    period: Period,
    by: Group,
    words: &Wording,
) -> Result<Ratings, DbError> {
    let counted = levels(tx, scope, period, by, words).await?;
    let reasons = reasons(tx, scope, period).await?;
    let asked = answers(tx, scope, period).await?;
    let points = asked.iter().flat_map(|(site, a)| points(words, site, a));
    let (given, petitions) = words.given(scope);
    let sum = counted.sum;
    let mut answers: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (_, a) in &asked {
        *answers.entry((a.question.clone(), a.answer.clone())).or_default() += a.times;
    }
    let answers =
        answers.into_iter().map(|((question, answer), times)| AnswerCount { question, answer, times });
    let mut answers: Vec<AnswerCount> = answers.collect();
    answers.sort_by_key(|a| words.place(&a.question, &a.answer));
    Ok(Ratings {
        groups: counted.groups.into_values().collect(),
        levels: counted.order.into_iter().map(|(_, code)| code).collect(),
        reasons,
        answers,
        low: low(tx, scope, period, words).await?,
        nine: nine_indices(points, &given),
        group_766: satisfaction_group(small(sum.satisfied), small(sum.forms), petitions),
        sum,
    })
}

#[derive(Default)]
struct Counted {
    groups: BTreeMap<String, LevelCount>,
    sum: LevelCount,
    /// Levels by their place in thousandths of the scale.
    order: Vec<(i64, String)>,
}

async fn levels(
    tx: &mut Tx<'_>,
    scope: &Scope,
    period: Period,
    by: Group,
    words: &Wording,
) -> Result<Counted, DbError> {
    let sql = format!(
        "SELECT {}, r.site, r.code, r.level, r.scale, COUNT(*) FROM ratings r WHERE r.day BETWEEN $1 AND $2{}
         GROUP BY 1, 2, 3, 4, 5",
        by.column("r", "at_ms"),
        scope.clause("r.site", 2)
    );
    let mut out = Counted::default();
    for row in tx.rows(&sql, &period.values(scope)).await? {
        let (key, site, code) = (key(row.value(0)), row.text(1)?, row.text(2)?);
        let (level, scale, n) = (row.int(3)?, row.int(4)?, row.number(5)?);
        let satisfied = if words.satisfied(&site, &code, level, scale) { n } else { 0 };
        let group =
            out.groups.entry(key.clone()).or_insert_with(|| LevelCount { key, ..LevelCount::default() });
        for count in [group, &mut out.sum] {
            count.forms += n;
            count.satisfied += satisfied;
            *count.levels.entry(code.clone()).or_default() += n;
        }
        if !out.order.iter().any(|(_, known)| *known == code) {
            out.order.push((level * 1000 / scale.max(1), code));
        }
    }
    out.order.sort();
    Ok(out)
}

async fn reasons(tx: &mut Tx<'_>, scope: &Scope, period: Period) -> Result<Vec<(String, u64)>, DbError> {
    let sql = format!(
        "SELECT r.reasons, COUNT(*) FROM ratings r WHERE r.day BETWEEN $1 AND $2{} AND r.reasons <> '[]'
         GROUP BY 1",
        scope.clause("r.site", 2)
    );
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for row in tx.rows(&sql, &period.values(scope)).await? {
        let n = row.number(1)?;
        for reason in serde_json::from_str::<Vec<String>>(&row.text(0)?).unwrap_or_default() {
            *counts.entry(reason).or_default() += n;
        }
    }
    let mut out: Vec<(String, u64)> = counts.into_iter().collect();
    out.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    Ok(out)
}

/// Answers to further questions, with their halls: each hall has its own questions.
pub(super) async fn answers(
    tx: &mut Tx<'_>,
    scope: &Scope,
    period: Period,
) -> Result<Vec<(String, AnswerCount)>, DbError> {
    let sql = format!(
        "SELECT r.site, r.answers, COUNT(*) FROM ratings r WHERE r.day BETWEEN $1 AND $2{} AND r.answers <> '[]'
         GROUP BY 1, 2",
        scope.clause("r.site", 2)
    );
    let mut counts: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    for row in tx.rows(&sql, &period.values(scope)).await? {
        let (site, n) = (row.text(0)?, row.number(2)?);
        for a in serde_json::from_str::<Vec<RatingAnswer>>(&row.text(1)?).unwrap_or_default() {
            *counts.entry((site.clone(), a.question, a.answer)).or_default() += n;
        }
    }
    let out = counts
        .into_iter()
        .map(|((site, question, answer), times)| (site, AnswerCount { question, answer, times }));
    Ok(out.collect())
}

/// Index and points of each form that gave this answer.
pub(super) fn points(
    words: &Wording,
    site: &str,
    a: &AnswerCount,
) -> impl Iterator<Item = (u32, u32)> + use<> {
    let points = words.points(site, &a.question, &a.answer);
    let times = usize::try_from(a.times).unwrap_or(0);
    points.into_iter().flat_map(move |p| std::iter::repeat_n(p, times))
}

async fn low(tx: &mut Tx<'_>, scope: &Scope, period: Period, words: &Wording) -> Result<Vec<Low>, DbError> {
    let mut values = period.values(scope);
    values.push(Value::Int(LISTED));
    // The worse half; which of them are low is the hall's to say.
    let sql = format!(
        "SELECT r.site, r.at_ms, r.service, r.counter, r.officer, r.code, r.level, r.scale, r.reasons, r.alarm
         FROM ratings r WHERE r.day BETWEEN $1 AND $2{}
            AND (r.reasons <> '[]' OR r.alarm > 0 OR r.level * 2 > r.scale)
         ORDER BY r.at_ms DESC, r.session LIMIT ${}",
        scope.clause("r.site", 2),
        values.len()
    );
    let mut out = Vec::new();
    for row in tx.rows(&sql, &values).await? {
        let (site, code, alarm) = (row.text(0)?, row.text(5)?, row.int(9)?);
        let reasons: Vec<String> = serde_json::from_str(&row.text(8)?).unwrap_or_default();
        if reasons.is_empty() && alarm == 0 && !words.low(&site, &code, row.int(6)?, row.int(7)?) {
            continue;
        }
        out.push(Low {
            site,
            at_ms: row.int(1)?,
            service: row.text(2)?,
            counter: row.text(3)?,
            officer: row.text(4)?,
            reasons,
            alarm: alarm > 0,
            seen: alarm == 2,
        });
    }
    Ok(out)
}

/// Counts of forms fit; a report of more than four thousand million is none.
fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
