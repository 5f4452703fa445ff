// SPDX-License-Identifier: MIT OR Apache-2.0
//! The panel as a [`PanelView`]. Reads only.

use super::*;
use crate::display::{carried, clock, header};
use crate::feed::{CounterState, Officer};
use crate::hall::Level;

impl PanelSession {
    /// What the panel shows now.
    pub fn view(&self) -> PanelView {
        let counter = self.feed.as_ref().map_or(self.counter.as_str(), |f| f.counter.as_str());
        let local =
            self.feed.as_ref().map_or(self.at.local, |f| carried(f.local_time, self.feed_mono_ms, self.at));
        PanelView {
            prefs: self.prefs.clone(),
            languages: self.hall.languages.clone(),
            header: header(&self.hall, local),
            counter: counter.to_owned(),
            counter_name: self
                .hall
                .counter(counter)
                .map_or_else(String::new, |c| c.name.get(&self.prefs.lang).to_owned()),
            officer: self.officer(),
            away: self.away.then(|| PanelAway { since: self.feed.as_ref().map(|f| clock(f.local_time)) }),
            screen: self.screen(),
        }
    }

    fn officer(&self) -> Option<OfficerShown> {
        let feed = self.feed.as_ref()?;
        let Officer { id, name } = feed.officer.clone()?;
        Some(OfficerShown { initials: initials(&name), id, name, photo: feed.photo.clone() })
    }

    fn screen(&self) -> PanelScreen {
        match &self.step {
            Step::Idle => PanelScreen::Idle(self.desk()),
            Step::Ask(open) => PanelScreen::Ask(self.ask(open)),
            Step::Reasons(open) => PanelScreen::Reasons(self.reasons(open)),
            Step::Question(open, at) => {
                open.form.questions.get(*at).map_or(PanelScreen::Idle(DeskNow::Open), |question| {
                    PanelScreen::Question(QuestionShown {
                        text: question.text.get(&self.prefs.lang).to_owned(),
                        answers: question
                            .answers
                            .iter()
                            .map(|a| a.name.get(&self.prefs.lang).to_owned())
                            .collect(),
                        chosen: open.answers.get(*at).copied().flatten(),
                        at: *at,
                        of: open.form.questions.len(),
                    })
                })
            }
            Step::Thanks { .. } => PanelScreen::Thanks,
        }
    }

    fn desk(&self) -> DeskNow {
        let Some(feed) = &self.feed else { return DeskNow::Unknown };
        match (&feed.label, &feed.state) {
            (Some(label), _) => DeskNow::Serving { label: label.clone() },
            (None, CounterState::Closed) => DeskNow::Closed,
            (None, CounterState::Open) => DeskNow::Open,
            (None, CounterState::Paused { reason }) => DeskNow::Paused { reason: reason.clone() },
        }
    }

    fn ask(&self, open: &Open) -> Ask {
        let untouched = self.at.mono_ms.saturating_sub(self.touched_ms);
        let left_ms = seconds_ms(open.form.seconds).saturating_sub(untouched);
        let levels = open.form.levels.iter().zip(faces(&open.form.levels));
        Ask {
            question: open.form.question.get(&self.prefs.lang).to_owned(),
            levels: levels
                .map(|(l, face)| LevelShown { name: l.name.get(&self.prefs.lang).to_owned(), face })
                .collect(),
            left: u32::try_from(left_ms.div_ceil(1000)).unwrap_or(open.form.seconds),
            of: open.form.seconds,
        }
    }

    fn reasons(&self, open: &Open) -> Reasons {
        let level = open.level.unwrap_or_default();
        Reasons {
            level: open
                .form
                .levels
                .get(level)
                .map_or_else(String::new, |l| l.name.get(&self.prefs.lang).to_owned()),
            face: faces(&open.form.levels).get(level).copied().unwrap_or(Face::Even),
            reasons: open
                .form
                .reasons
                .iter()
                .map(|r| ReasonShown {
                    code: r.code.clone(),
                    name: r.name.get(&self.prefs.lang).to_owned(),
                    chosen: open.reasons.contains(&r.code),
                })
                .collect(),
            can_send: !open.reasons.is_empty(),
            can_skip: !open.form.reasons_required,
        }
    }
}

/// A face for each level, all different, from the best to the worst.
pub(super) fn faces(levels: &[Level]) -> Vec<Face> {
    let satisfied = levels.iter().filter(|l| l.satisfied).count();
    // The word in the middle of an odd scale, or the third of four, is the neutral one, unless the
    // hall counts it as satisfied or has but one that it counts so.
    match (levels.len(), satisfied) {
        (..=3, ..=1) => vec![Face::Glad, Face::Even, Face::Sad],
        (..=3, _) => vec![Face::Delighted, Face::Glad, Face::Sad],
        (4, ..=1) => vec![Face::Glad, Face::Even, Face::Sad, Face::Upset],
        (4, 2) => vec![Face::Delighted, Face::Glad, Face::Even, Face::Sad],
        (4, _) => vec![Face::Delighted, Face::Glad, Face::Even, Face::Upset],
        _ => vec![Face::Delighted, Face::Glad, Face::Even, Face::Sad, Face::Upset],
    }
}

/// First letters of the first and of the last word: `Nguyễn Thị Hoa` is `NH`.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|w| w.chars().next());
    let last = words.next_back().and_then(|w| w.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}
