// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's side: what it answers its kiosks for their citizens, whether they
//! are in its process or on the network. What is found goes to whoever asked
//! and nowhere else.

use super::letters::{Letters, LettersError};
use super::source::Source;
use super::wire::{BookingsAsked, DossierAsked, DossierFound, Keys, Letter};
use crate::clock::unix_ms;
use crate::hub::{Hub, chain};
use crate::province::Province;
use jiff::civil::{Date, Time};
use motcua_core::citizen::{Booked, DossierNow};
use motcua_core::day::Now;
use motcua_core::hall::{Hall, SecondFactor};
use motcua_link::province::{Booking, Dossier, Kind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks for letters that were kept long enough.
const LOOK: Duration = Duration::from_secs(3_600);

/// Not set up in this hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not set up in the hall's configuration")]
pub struct NotSetUp;

/// What the hub answers.
#[derive(Clone, Debug)]
pub struct Office {
    hub: Hub,
    province: Province,
    source: Arc<Source>,
    /// None where they could not be opened: the hall gives numbers all the same.
    letters: Option<Arc<Letters>>,
}

impl Office {
    /// Of the hub in `data`. Letters that cannot be opened are said, and no feedback is taken.
    pub fn open(hub: Hub, province: Province, data: &Path) -> Office {
        let letters = Letters::open(data).map(Arc::new).map_err(|e| {
            tracing::error!(error = chain(&e), "no feedback is taken");
        });
        Office { hub, province, source: Arc::new(Source::new(data)), letters: letters.ok() }
    }

    /// The letters, for whoever answers them.
    ///
    /// # Errors
    /// They could not be opened at the start.
    pub fn letters(&self) -> Result<&Arc<Letters>, LettersError> {
        self.letters.as_ref().ok_or(LettersError::Closed)
    }

    fn today(&self) -> Date {
        let now = self.hub.now().borrow().clone();
        now.day.unwrap_or(now.local_time.date())
    }

    /// The catalogue with its digest; `None` before one came.
    pub fn catalogue(&self) -> Option<(String, String)> {
        let (held, catalogue) = (self.province.held(Kind::Catalogue)?, self.province.catalogue()?);
        Some((held.digest, serde_json::to_string(&*catalogue).ok()?))
    }

    /// Digest of the catalogue that serves.
    pub fn catalogue_digest(&self) -> Option<String> {
        Some(self.province.held(Kind::Catalogue)?.digest)
    }

    /// The keys of the day, each only where the hall needs it.
    pub fn keys(&self) -> Keys {
        let (hall, day) = (self.hub.hall(), self.today());
        let person = self.hub.person_key().filter(|(of, _)| hall.cards.limits() && *of == day);
        let bookings = hall.bookings.as_ref().and_then(|_| self.province.booking_key(day));
        let letters = hall.feedback.as_ref().and(self.letters.as_ref());
        let feedback = letters.map(|l| l.public_key());
        let person = person.map(|(_, key)| key.hex());
        Keys { site: hall.id.clone(), day, person, bookings, feedback }
    }

    /// Bookings of today.
    ///
    /// # Errors
    /// The hall offers none, or no document of them came.
    pub fn bookings(&self, asked: &BookingsAsked) -> Result<Vec<Booked>, NotSetUp> {
        let (hall, today) = (self.hub.hall(), self.today());
        if hall.bookings.is_none() || self.province.held(Kind::Bookings).is_none() {
            return Err(NotSetUp);
        }
        let found = match (&asked.code, &asked.card) {
            (Some(code), None) => self.province.booking(today, code).into_iter().collect(),
            (None, Some(card)) => self.province.bookings_of_mark(today, card),
            _ => Vec::new(),
        };
        let mut booked: Vec<Booked> = found.iter().filter_map(|b| self.booked(&hall, b)).collect();
        booked.sort_by_key(|b| b.from);
        Ok(booked)
    }

    /// In the hall's words: a service that is gone is none, and a procedure leads to its own.
    fn booked(&self, hall: &Hall, booking: &Booking) -> Option<Booked> {
        let named = booking.service.as_deref().and_then(|code| hall.service(code));
        let by_procedure = booking.procedure.as_deref().and_then(|code| {
            let catalogue = self.province.catalogue();
            let known = catalogue.as_ref().and_then(|c| c.procedures.iter().find(|p| p.code == code));
            hall.service_for(code, known.map_or("", |p| &p.field.code))
        });
        Some(Booked {
            code: booking.code.to_ascii_uppercase(),
            service: named.or(by_procedure).map(|s| s.code.clone()),
            procedure: booking.procedure.clone(),
            from: time(&booking.from)?,
            to: time(&booking.to)?,
        })
    }

    /// Where a dossier is, from the provincial system or from what it sent last.
    ///
    /// # Errors
    /// The hall does not offer it.
    pub async fn dossier(&self, asked: &DossierAsked) -> Result<DossierFound, NotSetUp> {
        let hall = self.hub.hall();
        let Some(rules) = &hall.dossiers else { return Err(NotSetUp) };
        let factor = rules.second_factor == SecondFactor::NumberEnd;
        let good = |end: &String| end.len() == 4 && end.bytes().all(|b| b.is_ascii_digit());
        if factor && !asked.number_end.as_ref().is_some_and(good) {
            return Ok(DossierFound::Unknown);
        }
        let Some(url) = &rules.url else {
            let none = self.province.held(Kind::Dossiers).is_none();
            let absent = if none { DossierFound::Away } else { DossierFound::Unknown };
            return Ok(self.cached(&hall, &asked.code).unwrap_or(absent));
        };
        // What the hall does not ask for goes nowhere.
        let number_end = asked.number_end.clone().filter(|_| factor);
        let asked = DossierAsked { code: asked.code.trim().to_ascii_uppercase(), number_end };
        match self.source.ask(url, &asked).await {
            Ok(Some(dossier)) => Ok(DossierFound::Found { dossier: Box::new(self.now(&dossier, None)) }),
            Ok(None) => Ok(DossierFound::Unknown),
            Err(e) => {
                tracing::warn!(error = chain(&e), "the provincial system says nothing of dossiers");
                // The file has no second factor, and may be older than the dossier.
                let cached = if factor { None } else { self.cached(&hall, &asked.code) };
                Ok(cached.unwrap_or(DossierFound::Away))
            }
        }
    }

    fn cached(&self, hall: &Hall, code: &str) -> Option<DossierFound> {
        let (held, dossier) = (self.province.held(Kind::Dossiers)?, self.province.dossier(code)?);
        let as_of = Now::new(held.taken_ms, hall.utc_offset_minutes, true).local.date();
        Some(DossierFound::Found { dossier: Box::new(self.now(&dossier, Some(as_of))) })
    }

    fn now(&self, dossier: &Dossier, as_of: Option<Date>) -> DossierNow {
        DossierNow {
            code: dossier.code.clone(),
            procedure: dossier.procedure.clone(),
            status: dossier.status.number(),
            received: dossier.received,
            due: dossier.due,
            late: dossier.is_late(self.today()),
            new_due: dossier.new_due,
            next: dossier.next.clone().map(|w| (w.vi, w.en)),
            as_of,
        }
    }

    /// Takes feedback durably. False for what nobody here can open: the kiosk asks for the key again.
    ///
    /// # Errors
    /// The disk.
    pub async fn take(&self, letter: Letter, device: String) -> Result<bool, LettersError> {
        let letters = self.letters()?.clone();
        let taken = tokio::task::spawn_blocking(move || letters.take(&letter, &device, unix_ms()));
        taken.await.unwrap_or(Err(LettersError::Sqlite(rusqlite::Error::InvalidQuery)))
    }

    /// Deletes letters that were kept long enough. Runs until the runtime ends.
    pub async fn chores(self) {
        let Some(kept) = self.letters else { return };
        loop {
            let letters = kept.clone();
            let gone = tokio::task::spawn_blocking(move || letters.forget(unix_ms())).await;
            match gone {
                Ok(Ok(0)) => {}
                Ok(Ok(count)) => tracing::info!(count, "feedback of a year ago is deleted"),
                Ok(Err(e)) => tracing::error!(error = chain(&e), "old feedback is still on the disk"),
                Err(e) => tracing::error!(error = %e, "old feedback is still on the disk"),
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// `08:30`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}
