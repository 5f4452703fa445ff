// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the hall knows from the provincial system: `<data>/province/`. One file
//! for each document, written whole beside the old one and renamed, its first
//! line saying which version it is. They serve for as long as nothing newer
//! comes; only bookings end with their day.
//!
//! The kiosk asks here: [`Province::catalogue`], [`Province::booking`],
//! [`Province::bookings_of_card`], [`Province::dossier`].

pub mod import;

use crate::disk;
use jiff::civil::Date;
use motcua_link::province::{
    Booking, Bookings, Catalogue, Document, Dossier, Dossiers, Fault, Kind, What, digest, faults_text,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Directory in the hub's data.
pub const DIR: &str = "province";

/// Which version a file holds; its first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Of the central.
    pub version: u64,
    /// Of the text as it came down.
    pub digest: String,
    /// Of the text that follows; another one after days were taken out.
    kept: String,
    /// When it came, milliseconds UTC.
    pub taken_ms: i64,
    /// Procedures, bookings or dossiers.
    pub entries: usize,
}

/// Nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The document is wrong: the central is told, and the old one serves on.
    #[error("{}", faults_text(.0))]
    Wrong(Vec<Fault>),
    /// The disk; tried again.
    #[error("the document cannot be kept: {0}")]
    Disk(#[from] std::io::Error),
}

/// The documents of a hall. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Province {
    dir: PathBuf,
    site: String,
    state: Arc<RwLock<State>>,
}

#[derive(Debug, Default)]
struct State {
    held: HashMap<Kind, Held>,
    catalogue: Option<Arc<Catalogue>>,
    bookings: Option<Bookings>,
    dossiers: Option<Index>,
}

/// Dossiers by their code.
#[derive(Debug)]
struct Index {
    dossiers: Dossiers,
    by_code: HashMap<String, usize>,
}

impl Index {
    fn new(dossiers: Dossiers) -> Index {
        let by_code =
            dossiers.dossiers.iter().enumerate().map(|(at, d)| (d.code.to_ascii_uppercase(), at)).collect();
        Index { dossiers, by_code }
    }
}

impl Province {
    /// What is there in `data` for the hall `site`. A file that cannot be read is left out, and comes again.
    pub fn open(data: &Path, site: &str) -> Province {
        let dir = data.join(DIR);
        let province = Province { dir, site: site.to_owned(), state: Arc::default() };
        for kind in Kind::ALL {
            if let Err(e) = province.load(kind) {
                tracing::error!(document = %kind, error = %e, "a document of the province is left out; it is fetched anew");
            }
        }
        province
    }

    fn path(&self, kind: Kind) -> PathBuf {
        self.dir.join(format!("{kind}.json"))
    }

    fn load(&self, kind: Kind) -> Result<(), TakeError> {
        let file = match std::fs::read_to_string(self.path(kind)) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(e.into()),
        };
        let (head, text) = file.split_once('\n').unwrap_or_default();
        let held: Held = serde_json::from_str(head).map_err(|e| std::io::Error::other(e.to_string()))?;
        if digest(text) != held.kept {
            return Err(std::io::Error::other("the file is damaged").into());
        }
        let document = Document::read(kind, &self.site, text).map_err(TakeError::Wrong)?;
        self.put(kind, held, document);
        Ok(())
    }

    /// Reads again what another process wrote (`motcua province import`); whether anything was new.
    pub fn look(&self) -> bool {
        let newer = |kind: &Kind| self.head(*kind).is_some_and(|head| self.held(*kind) != Some(head));
        let mut any = false;
        for kind in Kind::ALL.into_iter().filter(newer) {
            match self.load(kind) {
                Ok(()) => any = true,
                Err(e) => tracing::error!(document = %kind, error = %e, "an imported document is left out"),
            }
        }
        any
    }

    /// First line of a document's file.
    fn head(&self, kind: Kind) -> Option<Held> {
        let mut line = String::new();
        std::io::BufReader::new(std::fs::File::open(self.path(kind)).ok()?).read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }

    fn put(&self, kind: Kind, held: Held, document: Document) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match document {
            Document::Catalogue(c) => state.catalogue = Some(Arc::new(c)),
            Document::Bookings(b) => state.bookings = Some(b),
            Document::Dossiers(d) => state.dossiers = Some(Index::new(d)),
        }
        state.held.insert(kind, held);
    }

    fn write(&self, kind: Kind, held: &Held, text: &str) -> Result<(), TakeError> {
        let head = serde_json::to_string(held).map_err(|e| std::io::Error::other(e.to_string()))?;
        Ok(disk::keep(&self.path(kind), format!("{head}\n{text}").as_bytes())?)
    }

    /// Checks a version that came down, keeps it durably and serves by it. Days before `today` are not even written.
    ///
    /// # Errors
    /// It is wrong, or the disk; what was there serves on.
    pub fn take(
        &self,
        (kind, version, announced): (Kind, u64, &str),
        text: &str,
        today: Option<Date>,
        now_ms: i64,
    ) -> Result<Held, TakeError> {
        if digest(text) != announced {
            return Err(TakeError::Wrong(vec![Fault::whole(What::OtherDigest)]));
        }
        let mut document = Document::read(kind, &self.site, text).map_err(TakeError::Wrong)?;
        let mut kept = None;
        if let (Document::Bookings(bookings), Some(today)) = (&mut document, today)
            && bookings.forget_before(today)
        {
            kept = Some(text_of(bookings)?);
        }
        let kept = kept.as_deref().unwrap_or(text);
        let held = Held {
            version,
            digest: announced.to_owned(),
            kept: digest(kept),
            taken_ms: now_ms,
            entries: document.count(),
        };
        self.write(kind, &held, kept)?;
        self.put(kind, held.clone(), document);
        Ok(held)
    }

    /// Deletes bookings and keys of the days before `today`; whether there were any.
    ///
    /// # Errors
    /// The disk; they are not served all the same.
    pub fn forget_before(&self, today: Date) -> Result<bool, TakeError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Some(bookings) = state.bookings.as_mut() else { return Ok(false) };
        if !bookings.forget_before(today) {
            return Ok(false);
        }
        let text = text_of(bookings)?;
        let entries = bookings.days.iter().map(|d| d.bookings.len()).sum();
        let Some(held) = state.held.get_mut(&Kind::Bookings) else { return Ok(false) };
        (held.kept, held.entries) = (digest(&text), entries);
        let held = held.clone();
        drop(state);
        self.write(Kind::Bookings, &held, &text)?;
        Ok(true)
    }

    fn read<T>(&self, of: impl FnOnce(&State) -> T) -> T {
        of(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which version of a document serves.
    pub fn held(&self, kind: Kind) -> Option<Held> {
        self.read(|s| s.held.get(&kind).cloned())
    }

    /// The procedures; none before the first catalogue came.
    pub fn catalogue(&self) -> Option<Arc<Catalogue>> {
        self.read(|s| s.catalogue.clone())
    }

    /// A booking of today by its code.
    pub fn booking(&self, today: Date, code: &str) -> Option<Booking> {
        self.read(|s| s.bookings.as_ref()?.by_code(today, code).cloned())
    }

    /// The bookings of today by the number of an identity card. The number is not kept.
    pub fn bookings_of_card(&self, today: Date, id_number: &str) -> Vec<Booking> {
        let found = |b: &Bookings| b.by_card(today, id_number).into_iter().cloned().collect();
        self.read(|s| s.bookings.as_ref().map(found).unwrap_or_default())
    }

    /// Key of the cards' marks on a day; `None` on a day without bookings.
    pub fn booking_key(&self, day: Date) -> Option<String> {
        self.read(|s| Some(s.bookings.as_ref()?.of_day(day)?.key.clone()))
    }

    /// The bookings of today by the mark of an identity card.
    pub fn bookings_of_mark(&self, today: Date, mark: &str) -> Vec<Booking> {
        let found = |b: &Bookings| b.by_mark(today, mark).into_iter().cloned().collect();
        self.read(|s| s.bookings.as_ref().map(found).unwrap_or_default())
    }

    /// A dossier by its code, as it was when the document came.
    pub fn dossier(&self, code: &str) -> Option<Dossier> {
        let code = code.trim().to_ascii_uppercase();
        self.read(|s| {
            let index = s.dossiers.as_ref()?;
            index.dossiers.dossiers.get(*index.by_code.get(&code)?).cloned()
        })
    }
}

fn text_of(bookings: &Bookings) -> std::io::Result<String> {
    serde_json::to_string(bookings).map_err(|e| std::io::Error::other(e.to_string()))
}

#[cfg(test)]
mod tests;
