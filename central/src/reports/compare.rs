// SPDX-License-Identifier: MIT OR Apache-2.0
//! Halls beside each other: the same figures, ratings and indices for each.

use super::ratings::{answers, points};
use super::{Group, LevelCount, Line, Period, Scope, Wording, figures, ratings};
use motcua_core::score::{NineIndices, nine_indices};
use motcua_link::db::{DbError, Tx};
use std::collections::BTreeMap;

/// One hall.
#[derive(Clone, Debug, PartialEq)]
pub struct HallScore {
    /// Its key.
    pub site: String,
    /// Waits, services, outcomes.
    pub line: Line,
    /// Levels.
    pub ratings: LevelCount,
    /// Its own nine indices, with what was given for it by hand.
    pub nine: NineIndices,
}

/// Every hall of the scope that reports, by name.
///
/// # Errors
/// The database's.
pub async fn compare(
    tx: &mut Tx<'_>,
    scope: &Scope,
    period: Period,
    words: &Wording,
) -> Result<Vec<HallScore>, DbError> {
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for line in figures(tx, scope, period, Group::Hall).await?.lines {
        lines.insert(line.key.clone(), line);
    }
    let mut counts: BTreeMap<String, LevelCount> = BTreeMap::new();
    for count in ratings(tx, scope, period, Group::Hall, words).await?.groups {
        counts.insert(count.key.clone(), count);
    }
    let mut asked: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
    for (site, answer) in answers(tx, scope, period).await? {
        let points = points(words, &site, &answer);
        asked.entry(site).or_default().extend(points);
    }
    let mut halls: Vec<_> = words.halls().filter(|(site, _)| scope.has(site)).collect();
    halls.sort_by_key(|(site, hall)| (hall.name.clone(), site.to_owned()));
    Ok(halls
        .into_iter()
        .map(|(site, hall)| HallScore {
            site: site.to_owned(),
            line: lines.remove(site).unwrap_or_default(),
            ratings: counts.remove(site).unwrap_or_default(),
            nine: nine_indices(asked.remove(site).unwrap_or_default(), &hall.rating.given),
        })
        .collect())
}
