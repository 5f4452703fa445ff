// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rating panel at a desk as a pure state machine: pictures of the hub,
//! fingers, buttons and time in, [`Effect`]s and a [`PanelView`] out. One
//! service session is rated once at most, whatever is repeated or lost.

mod show;
#[cfg(test)]
mod tests;
mod view;

pub use crate::display::At;
pub use view::{
    Ask, DeskNow, Face, LevelShown, OfficerShown, PanelAway, PanelIntent, PanelPrefs, PanelScreen, PanelView,
    QuestionShown, ReasonShown, Reasons,
};

use crate::feed::{PanelFeed, Rated, RatingOpen};
use crate::hall::{Hall, Rating};
use std::collections::VecDeque;
use uuid::Uuid;

/// Untouched for this long after a level was chosen, the rating is sent as far as it goes.
pub const PARTIAL_AFTER_MS: u64 = 30_000;
/// Thanks, and the lamp of the chosen level, stay this long.
pub const THANKS_MS: u64 = 4_000;
/// Nobody who was served longer ago than this, on the hub's clock, is still at the desk to rate it.
pub const ASK_WITHIN_MS: i64 = 120_000;
/// An idle panel whose desk has no number in hand forgets a choice of language after this long.
pub const PREFS_STAY_MS: u64 = 60_000;
/// Sessions remembered as rated: more than a desk serves in a day.
const REMEMBERED: usize = 1_024;

/// Something the panel must react to.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The hub's picture of this desk.
    Feed(Box<PanelFeed>),
    /// The hub does not answer.
    HubLost,
    /// A finger was lifted inside a target.
    Touch(PanelIntent),
    /// A button of the keypad; 1 is the best level.
    Button(usize),
    /// Time passed. Wanted at least once a second.
    Tick,
}

/// Something the shell must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Keep this rating and send it until the hub has it. At most once for each session.
    Submit(Box<Rated>),
    /// Light exactly these lamps, best level first. Told only when it changes.
    Lamps {
        /// One for each level.
        on: Vec<bool>,
    },
    /// One short sound: a question has come up, or a button was taken.
    Beep,
}

/// A rating under way.
#[derive(Clone, Debug, PartialEq)]
struct Open {
    rating: RatingOpen,
    /// The form as it was when the question came up; a new configuration is for the next citizen.
    form: Rating,
    level: Option<usize>,
    reasons: Vec<String>,
    /// One for each question; none while it is not answered.
    answers: Vec<Option<usize>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Idle,
    Ask(Open),
    Reasons(Open),
    Question(Open, usize),
    Thanks { level: usize, of: usize },
}

/// The panel of one desk.
#[derive(Clone, Debug)]
pub struct PanelSession {
    hall: Hall,
    counter: String,
    screenless: bool,
    at: At,
    feed: Option<PanelFeed>,
    feed_mono_ms: u64,
    away: bool,
    step: Step,
    /// Last touch, or the beginning of the step.
    touched_ms: u64,
    prefs: PanelPrefs,
    /// The number during which the present choices were made.
    prefs_for: Option<String>,
    rated: VecDeque<Uuid>,
    /// Not rated; asked again only when it is opened anew. Session and time of opening.
    let_go: Option<(Uuid, i64)>,
    lamps: Option<Vec<bool>>,
}

impl PanelSession {
    /// The idle panel of the counter with this id. Without a screen a button is the whole rating.
    pub fn new(hall: &Hall, counter: &str, screenless: bool, at: At) -> PanelSession {
        PanelSession {
            hall: hall.clone(),
            counter: counter.to_owned(),
            screenless,
            at,
            feed: None,
            feed_mono_ms: at.mono_ms,
            away: true,
            step: Step::Idle,
            touched_ms: at.mono_ms,
            prefs: usual_prefs(hall),
            prefs_for: None,
            rated: VecDeque::new(),
            let_go: None,
            lamps: None,
        }
    }

    /// The hall's configuration has changed. A rating under way keeps the form it began with.
    pub fn set_hall(&mut self, hall: &Hall) {
        self.hall = hall.clone();
        if !hall.languages.contains(&self.prefs.lang) {
            self.prefs.lang = hall.default_lang().to_owned();
        }
    }

    /// A rating of this session is kept already, from before a restart.
    pub fn remember_rated(&mut self, session: Uuid) {
        self.rated.push_back(session);
        while self.rated.len() > REMEMBERED {
            self.rated.pop_front();
        }
    }

    /// The session that is being rated.
    pub fn rating(&self) -> Option<Uuid> {
        match &self.step {
            Step::Ask(o) | Step::Reasons(o) | Step::Question(o, _) => Some(o.rating.session),
            Step::Idle | Step::Thanks { .. } => None,
        }
    }

    /// Takes one input.
    pub fn step(&mut self, input: Input, at: At) -> Vec<Effect> {
        self.at = at;
        let mut effects = Vec::new();
        match input {
            Input::Feed(feed) => self.hear(*feed, &mut effects),
            Input::HubLost => self.away = true,
            Input::Touch(intent) => self.touched(intent, &mut effects),
            Input::Button(place) => {
                if let (Step::Ask(_), Some(level)) = (&self.step, place.checked_sub(1)) {
                    self.choose(level, &mut effects);
                }
            }
            Input::Tick => {}
        }
        self.time_out(&mut effects);
        self.light(&mut effects);
        effects
    }

    fn hear(&mut self, feed: PanelFeed, effects: &mut Vec<Effect>) {
        if feed.label.is_some() && feed.label != self.prefs_for {
            self.next_citizen(feed.label.clone());
        }
        if let Some(rating) = &feed.rating
            && self.may_ask(rating, feed.unix_ms)
        {
            // The citizen of an idle panel keeps the language chosen during the service.
            if self.step != Step::Idle {
                self.leave(effects);
            }
            self.step = Step::Ask(Open {
                rating: rating.clone(),
                form: self.hall.rating.clone(),
                level: None,
                reasons: Vec::new(),
                answers: vec![None; self.hall.rating.questions.len()],
            });
            self.touched_ms = self.at.mono_ms;
            effects.push(Effect::Beep);
        }
        // A rating the hub no longer names goes on: the citizen's seconds are theirs.
        self.away = false;
        self.feed_mono_ms = self.at.mono_ms;
        self.feed = Some(feed);
    }

    /// Another number is in hand: whoever chose a language has gone.
    fn next_citizen(&mut self, label: Option<String>) {
        if self.rating().is_none() {
            self.prefs = usual_prefs(&self.hall);
        }
        self.prefs_for = label;
    }

    fn may_ask(&self, rating: &RatingOpen, hub_ms: i64) -> bool {
        let known = self.rating() == Some(rating.session) || self.rated.contains(&rating.session);
        let again = self.let_go.is_none_or(|(s, opened)| s != rating.session || rating.opened_ms > opened);
        !known && again && hub_ms.saturating_sub(rating.opened_ms) <= ASK_WITHIN_MS
    }

    fn touched(&mut self, intent: PanelIntent, effects: &mut Vec<Effect>) {
        if !matches!(self.step, Step::Thanks { .. }) {
            self.touched_ms = self.at.mono_ms;
        }
        match intent {
            PanelIntent::Language(lang) => {
                if self.hall.languages.contains(&lang) {
                    self.prefs.lang = lang;
                }
            }
            PanelIntent::LargeText => self.prefs.large_text = !self.prefs.large_text,
            PanelIntent::HighContrast => self.prefs.high_contrast = !self.prefs.high_contrast,
            PanelIntent::Level(level) => self.choose(level, effects),
            PanelIntent::Reason(code) => {
                if let Step::Reasons(open) = &mut self.step {
                    open.toggle(code);
                }
            }
            PanelIntent::Send => {
                let Step::Reasons(open) = &self.step else { return };
                // The manager is to know at once; no further question holds such an answer up.
                let alarm = |code: &String| open.form.reasons.iter().any(|r| r.alarm && r.code == *code);
                if open.reasons.iter().any(alarm) {
                    self.finish(false, effects);
                } else if !open.reasons.is_empty() {
                    self.ask_next(0, effects);
                }
            }
            PanelIntent::Answer(answer) => self.answer(answer, effects),
            PanelIntent::Skip => self.skip(effects),
            PanelIntent::Back => self.back(),
        }
    }

    fn choose(&mut self, level: usize, effects: &mut Vec<Effect>) {
        let Step::Ask(open) = &mut self.step else { return };
        let Some(chosen) = open.form.levels.get(level) else { return };
        let low = chosen.low;
        open.level = Some(level);
        self.touched_ms = self.at.mono_ms;
        effects.push(Effect::Beep);
        if self.screenless {
            open.reasons.clear();
            open.answers.fill(None);
            self.finish(false, effects);
        } else if low && !open.form.reasons.is_empty() {
            self.step = Step::Reasons(open.clone());
        } else {
            open.reasons.clear();
            self.ask_next(0, effects);
        }
    }

    fn answer(&mut self, answer: usize, effects: &mut Vec<Effect>) {
        let Step::Question(open, at) = &mut self.step else { return };
        let at = *at;
        let known = open.form.questions.get(at).is_some_and(|q| answer < q.answers.len());
        if let (true, Some(place)) = (known, open.answers.get_mut(at)) {
            *place = Some(answer);
            self.ask_next(at + 1, effects);
        }
    }

    fn skip(&mut self, effects: &mut Vec<Effect>) {
        match &mut self.step {
            Step::Ask(_) => self.leave(effects),
            Step::Reasons(open) if !open.form.reasons_required => {
                open.reasons.clear();
                self.ask_next(0, effects);
            }
            Step::Question(open, at) => {
                let at = *at;
                if let Some(place) = open.answers.get_mut(at) {
                    *place = None;
                }
                self.ask_next(at + 1, effects);
            }
            Step::Idle | Step::Reasons(_) | Step::Thanks { .. } => {}
        }
    }

    /// The question at `at`, or thanks when there is none.
    fn ask_next(&mut self, at: usize, effects: &mut Vec<Effect>) {
        let (Step::Ask(open) | Step::Reasons(open) | Step::Question(open, _)) = &self.step else { return };
        if at < open.form.questions.len() {
            self.step = Step::Question(open.clone(), at);
        } else {
            self.finish(false, effects);
        }
    }

    fn back(&mut self) {
        self.step = match std::mem::replace(&mut self.step, Step::Idle) {
            Step::Question(open, at) if at > 0 => Step::Question(open, at - 1),
            Step::Question(open, _) if open.asks_reasons() => Step::Reasons(open),
            Step::Question(open, _) | Step::Reasons(open) => Step::Ask(Open { level: None, ..open }),
            step => step,
        };
    }

    /// Sends what there is and thanks.
    fn finish(&mut self, partial: bool, effects: &mut Vec<Effect>) {
        let (Step::Ask(open) | Step::Reasons(open) | Step::Question(open, _)) = &self.step else { return };
        let (Some(rated), Some(level)) = (open.rated(partial), open.level) else { return };
        let of = open.form.levels.len();
        self.remember_rated(rated.session);
        effects.push(Effect::Submit(Box::new(rated)));
        self.step = Step::Thanks { level, of };
        self.touched_ms = self.at.mono_ms;
    }

    /// The rating under way ends here: sent as far as it goes, or dropped when no level was chosen.
    fn leave(&mut self, effects: &mut Vec<Effect>) {
        if let Step::Ask(open) = &self.step {
            self.let_go = Some((open.rating.session, open.rating.opened_ms));
        } else {
            self.finish(true, effects);
        }
        self.step = Step::Idle;
        self.prefs = usual_prefs(&self.hall);
        self.touched_ms = self.at.mono_ms;
    }

    fn time_out(&mut self, effects: &mut Vec<Effect>) {
        let untouched = self.at.mono_ms.saturating_sub(self.touched_ms);
        match &self.step {
            Step::Ask(open) if untouched >= seconds_ms(open.form.seconds) => self.leave(effects),
            Step::Reasons(_) | Step::Question(..) if untouched >= PARTIAL_AFTER_MS => self.leave(effects),
            Step::Thanks { .. } if untouched >= THANKS_MS => self.leave(effects),
            Step::Idle if untouched >= PREFS_STAY_MS && !self.in_hand() => {
                self.prefs = usual_prefs(&self.hall);
            }
            _ => {}
        }
    }

    fn in_hand(&self) -> bool {
        self.feed.as_ref().is_some_and(|f| f.label.is_some())
    }

    fn light(&mut self, effects: &mut Vec<Effect>) {
        let on = match &self.step {
            Step::Ask(open) => vec![true; open.form.levels.len()],
            Step::Reasons(Open { level: Some(level), form, .. })
            | Step::Question(Open { level: Some(level), form, .. }, _) => one(*level, form.levels.len()),
            Step::Thanks { level, of } => one(*level, *of),
            _ => vec![false; self.hall.rating.levels.len()],
        };
        if self.lamps.as_ref() != Some(&on) {
            self.lamps = Some(on.clone());
            effects.push(Effect::Lamps { on });
        }
    }
}

impl Open {
    fn toggle(&mut self, code: String) {
        if let Some(at) = self.reasons.iter().position(|c| *c == code) {
            self.reasons.remove(at);
        } else if self.form.reasons.iter().any(|r| r.code == code) {
            self.reasons.push(code);
        }
    }

    fn asks_reasons(&self) -> bool {
        let low = self.level.and_then(|l| self.form.levels.get(l)).is_some_and(|l| l.low);
        low && !self.form.reasons.is_empty()
    }

    fn rated(&self, partial: bool) -> Option<Rated> {
        let level = self.level?;
        let code = self.form.levels.get(level)?.code.clone();
        let answers = self.form.questions.iter().zip(&self.answers);
        Some(Rated {
            session: self.rating.session,
            counter: self.rating.counter.clone(),
            service: self.rating.service.clone(),
            officer: self.rating.officer.clone(),
            level: u32::try_from(level + 1).ok()?,
            scale: u32::try_from(self.form.levels.len()).ok()?,
            code,
            reasons: self.reasons.clone(),
            answers: answers
                .filter_map(|(q, a)| Some((q.code.clone(), q.answers.get((*a)?)?.code.clone())))
                .collect(),
            partial,
        })
    }
}

fn usual_prefs(hall: &Hall) -> PanelPrefs {
    PanelPrefs { lang: hall.default_lang().to_owned(), large_text: false, high_contrast: false }
}

fn one(lit: usize, of: usize) -> Vec<bool> {
    (0..of).map(|i| i == lit).collect()
}

fn seconds_ms(seconds: u32) -> u64 {
    u64::from(seconds) * 1000
}
