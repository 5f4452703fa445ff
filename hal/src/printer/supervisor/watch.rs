// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rounds of real-time status questions: one question at a time, so that an answer can belong to one question only.
//! Decides what to ask next and what a missing answer means; sends nothing itself.

use std::time::{Duration, Instant};

use crate::printer::escpos::status::{Question, Reply};
use crate::printer::profile::Profile;

/// How long an answer may take once the question has been handed to the link.
const ANSWER_LIMIT: Duration = Duration::from_millis(900);
/// Unanswered questions in a row from which the printer counts as silent.
const SILENT_AFTER: u32 = 2;
/// Longest pause between questions to a printer that is known to be stopped and does not answer: its input is full,
/// and the question that lies there will be answered when it goes on.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the rounds say after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask this now.
    Ask(Question),
    /// Nothing to do before that moment.
    Wait(Instant),
}

/// The state of the rounds.
#[derive(Debug)]
pub(super) struct Watch {
    questions: Vec<Question>,
    /// Consecutive misses per question, to leave out what a model does not know.
    missed: Vec<u32>,
    at: usize,
    asked: Option<Instant>,
    next: Instant,
    misses: u32,
}

impl Watch {
    pub(super) fn new(profile: &Profile, now: Instant) -> Watch {
        let mut questions = [1, 2, 3, 4].map(Question::Realtime).to_vec();
        if profile.full_status {
            questions.push(Question::Full);
        }
        Watch { missed: vec![0; questions.len()], questions, at: 0, asked: None, next: now, misses: 0 }
    }

    /// Begins a new round at once, unless one is under way.
    pub(super) fn hurry(&mut self, now: Instant) {
        if self.asked.is_none() && self.at == 0 {
            self.next = now;
        }
    }

    /// Whether the printer has left enough questions unanswered to be called silent.
    pub(super) fn silent(&self) -> bool {
        self.misses >= SILENT_AFTER
    }

    /// Whether an answer is overdue a little: a job had better not go on before it comes.
    pub(super) fn doubtful(&self, now: Instant) -> bool {
        self.misses > 0
            || self.asked.is_some_and(|asked| now.saturating_duration_since(asked) > ANSWER_LIMIT / 2)
    }

    /// Takes notice of a reply. `true` when it completes a round.
    pub(super) fn heard(&mut self, reply: &Reply, now: Instant, period: Duration) -> bool {
        let answered = match (reply, self.questions.get(self.at)) {
            (Reply::Realtime { n, .. }, Some(Question::Realtime(asked))) => n == asked,
            (Reply::Full(_), Some(Question::Full)) => true,
            _ => false,
        };
        if !answered || self.asked.is_none() {
            return false;
        }
        self.asked = None;
        self.misses = 0;
        self.missed[self.at] = 0;
        self.next = now;
        self.advance(now, period)
    }

    /// Goes on to the next question that the model knows. `true` at the end of a round.
    fn advance(&mut self, now: Instant, period: Duration) -> bool {
        self.at += 1;
        while self.at < self.questions.len() && self.missed[self.at] >= 2 {
            self.at += 1;
        }
        if self.at < self.questions.len() {
            return false;
        }
        self.at = 0;
        self.next = now + period;
        true
    }

    /// What to do now. `stopped` says that the printer has reported a fault itself.
    pub(super) fn step(&mut self, now: Instant, stopped: bool) -> Step {
        if let Some(asked) = self.asked {
            if now < asked + ANSWER_LIMIT {
                return Step::Wait(asked + ANSWER_LIMIT);
            }
            self.missed[self.at] += 1;
            self.misses += 1;
            self.asked = None;
            let pause = if stopped { ANSWER_LIMIT * self.misses.min(8) } else { Duration::ZERO };
            self.next = now + pause.min(LONGEST_PAUSE);
            // The first question is known to every model: begin with it again.
            self.at = 0;
        }
        if now < self.next {
            return Step::Wait(self.next);
        }
        self.asked = Some(now);
        Step::Ask(self.questions[self.at])
    }

    /// When `step` has something to do next.
    pub(super) fn next(&self) -> Instant {
        self.asked.map_or(self.next, |asked| asked + ANSWER_LIMIT)
    }

    /// The question asked last has only now been written out completely; its time begins here.
    pub(super) fn written(&mut self, now: Instant) {
        if self.asked.is_some() {
            self.asked = Some(now);
        }
    }
}
