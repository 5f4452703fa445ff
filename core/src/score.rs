// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scores of a public-service hall from its ratings.
//!
//! * Satisfaction rate: forms of a level / all forms × 100, to one decimal.
//! * Nine indices of Thông tư 01/2018/TT-VPCP, 0 to 2 points each, 18 in all,
//!   with its classes. An index is the mean of the points of the forms that
//!   answered it. A kiosk can ask citizens about 3 (contacts), 4 (agencies), 5
//!   (reception), 6 (publication) and 7 (attitude); 1, 2, 8 and 9 come from the
//!   dossier system and are given by hand. There is a total only when all nine
//!   are known.
//! * Satisfaction group of Quyết định 766/QĐ-TTg: three rates, of which a kiosk
//!   knows one, the satisfaction with reception and settlement (6 of 18
//!   points). The other two are about petitions and are given by hand.

use serde::Serialize;
use std::collections::BTreeMap;

/// To one decimal, as the circular wants it.
pub fn round1(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Part of a whole in percent, to one decimal; `None` of nothing.
pub fn percent(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| round1(f64::from(part) / f64::from(whole) * 100.0))
}

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Asked at the panels.
    Panels,
    /// Written in the configuration.
    Given,
}

/// One of the nine indices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Index {
    /// 0 to 2, to one decimal.
    pub points: f64,
    /// Forms that answered it; 0 for a given one.
    pub forms: u32,
    /// Where it comes from.
    pub source: Source,
}

/// Class of an agency by its total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Yếu: under 6.
    Weak,
    /// Trung bình: 6 to under 9.
    Average,
    /// Khá: 9 to under 12.
    Fair,
    /// Tốt: 12 to under 15.
    Good,
    /// Xuất sắc: 15 to 18.
    Excellent,
}

/// The report of the nine indices.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NineIndices {
    /// Indices 1 to 9 in order; absent ones are not known.
    pub indices: [Option<Index>; 9],
    /// Sum, when all nine are known; 0 to 18.
    pub total: Option<f64>,
    /// Class of the total.
    pub class: Option<Class>,
    /// Score of an official: indices 1, 2, 3, 4 and 7, when all are known; 0 to 10.
    pub official: Option<f64>,
}

/// Class of a total from 0 to 18. Exactly 15 is excellent: the band of the circular is 15 to 18.
pub fn class(total: f64) -> Class {
    match total {
        t if t >= 15.0 => Class::Excellent,
        t if t >= 12.0 => Class::Good,
        t if t >= 9.0 => Class::Fair,
        t if t >= 6.0 => Class::Average,
        _ => Class::Weak,
    }
}

/// The nine indices from the forms' points (index 1 to 9, points 0 to 2) and from what is given by
/// hand. What citizens answered counts before what is given.
pub fn nine_indices(forms: impl IntoIterator<Item = (u32, u32)>, given: &BTreeMap<u32, f64>) -> NineIndices {
    let mut sums: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for (index, points) in forms {
        let sum = sums.entry(index).or_default();
        sum.0 += points.min(2);
        sum.1 += 1;
    }
    let mut indices = [None; 9];
    for (number, slot) in (1_u32..).zip(indices.iter_mut()) {
        let asked = sums.get(&number).map(|(points, forms)| Index {
            points: round1(f64::from(*points) / f64::from(*forms)),
            forms: *forms,
            source: Source::Panels,
        });
        let given = given.get(&number).map(|points| Index {
            points: round1(points.clamp(0.0, 2.0)),
            forms: 0,
            source: Source::Given,
        });
        *slot = asked.or(given);
    }
    let sum = |which: &[usize]| -> Option<f64> {
        let points: Option<Vec<f64>> =
            which.iter().map(|i| indices.get(i - 1).copied().flatten().map(|x| x.points)).collect();
        points.map(|p| round1(p.iter().sum()))
    };
    let total = sum(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    NineIndices { indices, total, class: total.map(class), official: sum(&[1, 2, 3, 4, 7]) }
}

/// The satisfaction group: its three rates in percent, and the points of what is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SatisfactionGroup {
    /// Petitions answered in time; given by hand.
    pub petitions_on_time: Option<f64>,
    /// Satisfaction with the answers to petitions; given by hand.
    pub petitions_satisfied: Option<f64>,
    /// Satisfaction with reception and settlement, from the panels.
    pub reception_satisfied: Option<f64>,
    /// Points of the third rate, 0 to 6, in proportion.
    pub reception_points: Option<f64>,
}

/// The group from the panels' counts and what is given by hand.
pub fn satisfaction_group(satisfied: u32, forms: u32, given: [Option<f64>; 2]) -> SatisfactionGroup {
    let rate = percent(satisfied, forms);
    SatisfactionGroup {
        petitions_on_time: given[0],
        petitions_satisfied: given[1],
        reception_satisfied: rate,
        reception_points: rate.map(|r| round1(r / 100.0 * 6.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_meet_without_a_gap() {
        for (total, expected) in [
            (18.0, Class::Excellent),
            (15.0, Class::Excellent),
            (14.9, Class::Good),
            (12.0, Class::Good),
            (11.9, Class::Fair),
            (9.0, Class::Fair),
            (8.9, Class::Average),
            (6.0, Class::Average),
            (5.9, Class::Weak),
        ] {
            assert_eq!(class(total), expected, "{total}");
        }
    }

    #[test]
    fn a_total_needs_all_nine() {
        let given: BTreeMap<u32, f64> = [(1, 2.0), (2, 2.0), (8, 1.0), (9, 2.0)].into();
        let forms = [(3, 2), (3, 1), (4, 1), (5, 2), (6, 2)];
        let report = nine_indices(forms, &given);
        assert_eq!(report.indices[2], Some(Index { points: 1.5, forms: 2, source: Source::Panels }));
        assert_eq!((report.total, report.official), (None, None), "attitude is not known");
        let report = nine_indices(forms.into_iter().chain([(7, 2)]), &given);
        assert_eq!(report.total, Some(15.5));
        assert_eq!(report.class, Some(Class::Excellent));
        assert_eq!(report.official, Some(8.5));
    }

    #[test]
    fn rates_have_one_decimal_and_nothing_is_not_zero() {
        assert_eq!(percent(2, 3), Some(66.7));
        assert_eq!(percent(0, 0), None);
        let group = satisfaction_group(9, 10, [Some(100.0), None]);
        assert_eq!(group.reception_points, Some(5.4));
        assert_eq!(satisfaction_group(0, 0, [None, None]).reception_points, None);
    }
}
