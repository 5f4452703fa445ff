// SPDX-License-Identifier: MIT OR Apache-2.0
//! A citizen at a kiosk without its glass: the session that decides, the desk that
//! asks, a real hub. What the session is told and wants done is written down as
//! a log would.

use motcua::citizen::Desk;
use motcua::client::HubClient;
use motcua::hub::Request;
use motcua::store::Answer;
use motcua_core::citizen::Abilities;
use motcua_core::day::Now;
use motcua_core::hall::Hall;
use motcua_core::queue::{Command, Event, HallNow};
use motcua_core::scan::{Rules, read};
use motcua_core::session::{Effect, Input, Moment, Session};
use motcua_core::view::Intent;
use std::fs::File;
use std::io::Write;
use uuid::Uuid;

pub struct Walk {
    session: Session,
    desk: Desk,
    client: HubClient,
    log: File,
    offset_minutes: i16,
    steady_ms: u64,
}

impl Walk {
    pub async fn new(hall: Hall, desk: Desk, client: HubClient, log: File) -> Walk {
        let offset_minutes = hall.utc_offset_minutes;
        let at = Moment { steady_ms: 0, now: Now::new(motcua::clock::unix_ms(), offset_minutes, true) };
        let session = Session::new(hall, at);
        let now: HallNow = client.get("/v1/state").await.unwrap();
        let mut walk = Walk { session, desk, client, log, offset_minutes, steady_ms: 0 };
        walk.give(Input::Hall(Box::new(now))).await;
        walk.give(Input::Abilities(Abilities { scanner: true, card: false, voice: false })).await;
        walk
    }

    pub async fn touch(&mut self, intent: Intent) {
        self.give(Input::Touched(intent)).await;
    }

    pub async fn scan(&mut self, text: &str) {
        self.give(Input::Scanned(Box::new(read(text.as_bytes(), &Rules::default())))).await;
    }

    /// Each letter as it stands on a key.
    pub async fn type_in(&mut self, text: &str) {
        for sign in text.chars() {
            self.touch(Intent::Sign(sign)).await;
        }
    }

    /// The screen is the one of that name.
    pub fn stands_at(&self, screen: &str) {
        let view = self.session.view();
        assert_eq!(view.screen.name(), screen, "{:?}", view.screen);
    }

    async fn give(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            if !matches!(input, Input::Touched(_) | Input::Hall(_)) {
                writeln!(self.log, "told {input:?}").unwrap();
            }
            self.steady_ms += 400;
            let now = Now::new(motcua::clock::unix_ms(), self.offset_minutes, true);
            let effects = self.session.step(input, Moment { steady_ms: self.steady_ms, now }, Uuid::now_v7);
            for effect in effects {
                writeln!(self.log, "wants {effect:?}").unwrap();
                inputs.extend(self.carry_out(effect).await);
            }
        }
    }

    async fn carry_out(&self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Bookings { ask, by } => {
                Some(Input::Bookings { ask, found: self.desk.bookings(by).await })
            }
            Effect::Dossier { ask, code, factor } => {
                Some(Input::Dossier { ask, answer: self.desk.dossier(&code, factor).await })
            }
            Effect::Feedback { ask, feedback } => {
                Some(Input::FeedbackKept { ask, code: self.desk.feedback(ask, *feedback).await })
            }
            Effect::Issue { command: id, service, priority, lang, person, booked, booking } => {
                let person = match person {
                    Some(number) => Some(self.desk.mark(&number, booked).await.unwrap()),
                    None => None,
                };
                let command = Command::Issue { service, priority, lang, person, booking };
                match self.client.ask(&Request { id, command }).await.unwrap() {
                    Answer::Refused(refusal) => Some(Input::Refused { command: id, refusal }),
                    Answer::Accepted { events, .. } => events.into_iter().find_map(|e| match e {
                        Event::Issued { ticket } => Some(Input::Issued(ticket)),
                        _ => None,
                    }),
                }
            }
            _ => None,
        }
    }
}
