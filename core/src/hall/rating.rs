// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[rating]` of `hall.toml`: what the panel at a desk asks. A hall that writes
//! nothing asks for four levels with the usual reasons.

use super::check::Checker;
use super::form::RawWords;
use super::parts::Named;
use super::{LANGUAGES, Words};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// What the rating panel asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Rating {
    /// The question above the faces.
    pub question: Words,
    /// Levels from best to worst, three to five. Their number is the scale.
    pub levels: Vec<Level>,
    /// What may have been wrong, asked after a low level.
    pub reasons: Vec<Reason>,
    /// A low level needs a reason; without, the citizen may skip it.
    pub reasons_required: bool,
    /// Asked after the level, each with one answer; may be empty.
    pub questions: Vec<Question>,
    /// Seconds an untouched question stays before the panel is idle again.
    pub seconds: u32,
    /// Unlocked by every finished ticket; else only when the officer asks for it.
    pub on_finish: bool,
    /// Indices known from elsewhere, number to points.
    pub given: BTreeMap<u32, f64>,
    /// Petitions answered in time, and satisfaction with the answers, percent.
    pub petitions: [Option<f64>; 2],
}

/// One level of the scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Key.
    pub code: String,
    /// Wording.
    pub name: Words,
    /// Counts as satisfied in the rates.
    pub satisfied: bool,
    /// Reasons are asked.
    pub low: bool,
}

/// A reason for a low level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Key.
    pub code: String,
    /// Wording.
    pub name: Words,
    /// The manager is told at once (harassment).
    pub alarm: bool,
}

/// A further question with a choice of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Key.
    pub code: String,
    /// The question.
    pub text: Words,
    /// The one of the nine indices that it asks about, 1 to 9.
    pub index: Option<u32>,
    /// Two to five answers, in the order shown.
    pub answers: Vec<Answer>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Key.
    pub code: String,
    /// Wording.
    pub name: Words,
    /// Points in the nine-index form (0, 1 or 2), where the question is one of its indices.
    pub points: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRating {
    question: Option<RawWords>,
    levels: Option<Spanned<Vec<RawLevel>>>,
    reasons: Option<Spanned<Vec<RawReason>>>,
    reasons_required: Option<bool>,
    questions: Vec<RawQuestion>,
    seconds: Option<Spanned<i64>>,
    on_finish: Option<bool>,
    given: BTreeMap<String, Spanned<f64>>,
    petitions_on_time: Option<Spanned<f64>>,
    petitions_satisfied: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLevel {
    code: Spanned<String>,
    name: RawWords,
    #[serde(default)]
    satisfied: bool,
    #[serde(default)]
    low: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReason {
    code: Spanned<String>,
    name: RawWords,
    #[serde(default)]
    alarm: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    code: Spanned<String>,
    text: RawWords,
    #[serde(default)]
    index: Option<Spanned<i64>>,
    answers: Spanned<Vec<RawAnswer>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswer {
    code: Spanned<String>,
    name: RawWords,
    #[serde(default)]
    points: Option<Spanned<i64>>,
}

impl Checker<'_> {
    pub(super) fn rating(&mut self, raw: &RawRating) -> Rating {
        let usual = Rating::default();
        let question =
            raw.question.as_ref().map(|q| self.words(q, ("the rating question", "câu hỏi đánh giá"), 80));
        Rating {
            question: question.unwrap_or(usual.question),
            levels: raw.levels.as_ref().map_or(usual.levels, |l| self.levels(l)),
            reasons: raw.reasons.as_ref().map_or(usual.reasons, |r| self.reasons(r)),
            reasons_required: raw.reasons_required.unwrap_or(usual.reasons_required),
            questions: self.questions(&raw.questions),
            seconds: self.seconds(
                raw.seconds.as_ref(),
                ("seconds of [rating]", "seconds của [rating]"),
                5..=120,
                usual.seconds,
            ),
            on_finish: raw.on_finish.unwrap_or(usual.on_finish),
            given: self.given(&raw.given),
            petitions: [
                self.number(raw.petitions_on_time.as_ref(), "petitions_on_time", 100.0),
                self.number(raw.petitions_satisfied.as_ref(), "petitions_satisfied", 100.0),
            ],
        }
    }

    fn given(&mut self, raw: &BTreeMap<String, Spanned<f64>>) -> BTreeMap<u32, f64> {
        let mut out = BTreeMap::new();
        for (key, points) in raw {
            match key.parse::<u32>().ok().filter(|n| (1..=9).contains(n)) {
                Some(index) => {
                    let points = self.number(Some(points), ("an index's points", "điểm của chỉ số"), 2.0);
                    out.extend(points.map(|p| (index, p)));
                }
                None => self.fault(
                    points.span(),
                    (
                        format!("`{key}` is not an index from 1 to 9"),
                        format!("`{key}` không phải chỉ số từ 1 đến 9"),
                    ),
                ),
            }
        }
        out
    }

    fn number(&mut self, raw: Option<&Spanned<f64>>, what: impl Into<Named>, most: f64) -> Option<f64> {
        let raw = raw?;
        let good = (0.0..=most).contains(raw.get_ref());
        if !good {
            let Named(what, of) = what.into();
            self.fault(
                raw.span(),
                (format!("{what} must be 0 to {most}"), format!("{of} phải từ 0 đến {most}")),
            );
        }
        good.then_some(*raw.get_ref())
    }

    fn levels(&mut self, raw: &Spanned<Vec<RawLevel>>) -> Vec<Level> {
        if !(3..=5).contains(&raw.get_ref().len()) {
            self.fault(
                raw.span(),
                (
                    "a rating has three, four or five levels, from best to worst",
                    "đánh giá có ba, bốn hoặc năm mức, từ tốt nhất đến kém nhất",
                ),
            );
        }
        let mut seen = BTreeSet::new();
        let levels: Vec<Level> = raw
            .get_ref()
            .iter()
            .map(|l| {
                self.unique(&mut seen, &l.code, ("level", "mức"));
                Level {
                    code: self.key(&l.code, ("level code", "mã mức")),
                    name: self.words(&l.name, ("the level's name", "tên mức"), 40),
                    satisfied: l.satisfied,
                    low: l.low,
                }
            })
            .collect();
        for (better, worse) in levels.iter().zip(levels.iter().skip(1)) {
            if (worse.satisfied && !better.satisfied) || (better.low && !worse.low) {
                self.fault(
                    raw.span(),
                    (
                        format!("levels go from best to worst: look at `{}`", worse.code),
                        format!("các mức đi từ tốt nhất đến kém nhất: xem lại `{}`", worse.code),
                    ),
                );
            }
        }
        levels
    }

    fn reasons(&mut self, raw: &Spanned<Vec<RawReason>>) -> Vec<Reason> {
        if raw.get_ref().len() > 10 {
            self.fault(
                raw.span(),
                ("at most ten reasons fit on the panel", "bảng đánh giá chỉ đủ chỗ cho mười lý do"),
            );
        }
        let mut seen = BTreeSet::new();
        raw.get_ref()
            .iter()
            .map(|r| {
                self.unique(&mut seen, &r.code, ("reason", "lý do"));
                Reason {
                    code: self.key(&r.code, ("reason code", "mã lý do")),
                    name: self.words(&r.name, ("the reason's name", "tên lý do"), 60),
                    alarm: r.alarm,
                }
            })
            .collect()
    }

    fn questions(&mut self, raw: &[RawQuestion]) -> Vec<Question> {
        if let Some(eleventh) = raw.get(10) {
            self.fault(
                eleventh.code.span(),
                (
                    "at most ten questions; nobody answers more at a desk",
                    "tối đa mười câu hỏi; tại quầy không ai trả lời nhiều hơn",
                ),
            );
        }
        let mut seen = BTreeSet::new();
        raw.iter()
            .map(|q| {
                self.unique(&mut seen, &q.code, ("question", "câu hỏi"));
                Question {
                    code: self.key(&q.code, ("question code", "mã câu hỏi")),
                    text: self.words(&q.text, ("the question", "câu hỏi"), 120),
                    index: q.index.as_ref().map(|i| self.whole(Some(i), "index", 1..=9, 1)),
                    answers: self.answers(&q.answers),
                }
            })
            .collect()
    }

    fn answers(&mut self, raw: &Spanned<Vec<RawAnswer>>) -> Vec<Answer> {
        if !(2..=5).contains(&raw.get_ref().len()) {
            self.fault(
                raw.span(),
                ("a question has two to five answers", "một câu hỏi có hai đến năm câu trả lời"),
            );
        }
        let mut seen = BTreeSet::new();
        raw.get_ref()
            .iter()
            .map(|a| {
                self.unique(&mut seen, &a.code, ("answer", "câu trả lời"));
                Answer {
                    code: self.key(&a.code, ("answer code", "mã câu trả lời")),
                    name: self.words(&a.name, ("the answer", "câu trả lời"), 60),
                    points: a.points.as_ref().map(|p| self.whole(Some(p), "points", 0..=2, 0)),
                }
            })
            .collect()
    }
}

fn said(texts: [&str; 2]) -> Words {
    Words(LANGUAGES.iter().zip(texts).map(|(lang, text)| ((*lang).to_owned(), text.to_owned())).collect())
}

impl Default for Rating {
    fn default() -> Self {
        let level = |code: &str, vi, en, satisfied, low| Level {
            code: code.to_owned(),
            name: said([vi, en]),
            satisfied,
            low,
        };
        let reason = |code: &str, vi, en| Reason {
            code: code.to_owned(),
            name: said([vi, en]),
            alarm: code == "harassment",
        };
        Rating {
            question: said(["Ông/bà thấy phục vụ thế nào?", "How was the service?"]),
            levels: vec![
                level("very-satisfied", "Rất hài lòng", "Very satisfied", true, false),
                level("satisfied", "Hài lòng", "Satisfied", true, false),
                level("neutral", "Bình thường", "Neutral", false, false),
                level("dissatisfied", "Không hài lòng", "Dissatisfied", false, true),
            ],
            reasons: vec![
                reason("attitude", "Thái độ chưa đúng mực", "Attitude"),
                reason("unclear", "Hướng dẫn không rõ", "Unclear guidance"),
                reason("wait", "Chờ đợi lâu", "Long wait"),
                reason("papers", "Đòi thêm giấy tờ ngoài quy định", "Papers beyond the rules"),
                reason("late", "Trả kết quả trễ hẹn", "Result came late"),
                reason("trips", "Phải đi lại nhiều lần", "Too many trips"),
                reason("harassment", "Có biểu hiện nhũng nhiễu", "Harassment or bribery"),
                reason("other", "Lý do khác", "Another reason"),
            ],
            reasons_required: false,
            questions: Vec::new(),
            seconds: 20,
            on_finish: true,
            given: BTreeMap::new(),
            petitions: [None, None],
        }
    }
}
