// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's memory on disk: one SQLite file with the append-only events, the
//! answers given and the ticket projection. What an event means is the core's
//! business; who may ask is the hub's. Only the writer thread holds a [`Store`].

mod damage;
mod persons;
mod project;
pub(crate) mod schema;

use motcua_core::queue::{Event, Refusal, State, Ticket};
use motcua_link::db::Step;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs::File;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// File name inside the data directory.
pub const FILE: &str = "hall.db";

/// The file cannot be used or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another hub has it.
    #[error("another motcua hub is using {0}; stop it first, or give another --data directory")]
    InUse(PathBuf),
    /// Written by a newer program, in a way that this one cannot work with.
    #[error(
        "the database is of version {found} and needs a program that knows {lowest}, this one knows {known}; nothing \
         was changed; install the version that ran here last, or a newer one"
    )]
    Newer {
        /// In the file.
        found: i64,
        /// That a program must know at least; 0 where nobody said.
        lowest: i64,
        /// Of this program.
        known: i64,
    },
    /// SQLite with a known fault.
    #[error("SQLite {0} may damage its log; build with 3.51.3 or newer")]
    OldSqlite(&'static str),
    /// Directory or lock.
    #[error("cannot use {path}")]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A row that this program cannot read.
    #[error("event {site_seq} cannot be read")]
    BadEvent {
        /// Which.
        site_seq: i64,
        /// Why.
        source: serde_json::Error,
    },
    /// No random numbers.
    #[error("the system gives no random numbers for a key: {0}")]
    NoKey(String),
    /// Anything SQLite says.
    #[error("the database cannot be used")]
    Sqlite(#[from] rusqlite::Error),
}

/// What an id was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// These events were committed.
    Accepted {
        /// Sequence of the first event, the others follow it; 0 without events.
        first_seq: i64,
        /// In order. Empty for a command that had nothing to do.
        events: Vec<Event>,
    },
    /// Nothing happened.
    Refused(Refusal),
}

/// A command that was decided and now goes to disk.
#[derive(Debug)]
pub struct Decided<'a> {
    /// The command's id.
    pub id: Uuid,
    /// SHA-256 of what was asked, to tell a retry from an id used twice.
    pub digest: [u8; 32],
    /// Device that asked.
    pub device: &'a str,
    /// Milliseconds UTC.
    pub at_ms: i64,
    /// What came out.
    pub outcome: Result<&'a [Event], &'a Refusal>,
}

/// The open file.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    next_seq: i64,
    /// Business day of what is written next, as text; empty before the first.
    day: String,
    epoch: String,
    moved_aside: Option<PathBuf>,
    /// The log may hold what was deleted from the file; so after a start, which may follow a kill.
    unwiped: bool,
    /// Held for as long as the store is open.
    _lock: File,
}

impl Store {
    /// Opens or creates the file in `dir`. A damaged one is moved aside, and what can still be read
    /// of today's numbers is kept so that none is given twice; see [`Store::moved_aside`].
    pub fn open(dir: &Path) -> Result<Store, StoreError> {
        Store::open_with(dir, schema::STEPS)
    }

    /// As a program that knows these steps.
    fn open_with(dir: &Path, steps: &[Step]) -> Result<Store, StoreError> {
        if rusqlite::version_number() < schema::LOWEST_SQLITE {
            return Err(StoreError::OldSqlite(rusqlite::version()));
        }
        let lock = lock(dir)?;
        let path = dir.join(FILE);
        let (db, damage) = match damage::open_checked(&path, steps)? {
            Ok(db) => (db, None),
            Err(damage) => {
                let db = damage::open_checked(&path, steps)?.map_err(|_| rusqlite::Error::InvalidQuery)?;
                (db, Some(damage))
            }
        };
        let next_seq = db.query_row("SELECT coalesce(max(site_seq), 0) + 1 FROM events", [], |r| r.get(0))?;
        let epoch = epoch(&db)?;
        let day = last_day(&db)?;
        let mut store = Store { db, next_seq, day, epoch, moved_aside: None, unwiped: true, _lock: lock };
        if let Some(damage) = damage {
            store.record(&[damage.event()])?;
            store.moved_aside = Some(damage.moved_to);
        }
        Ok(store)
    }

    /// Where a damaged file was moved at this start.
    pub fn moved_aside(&self) -> Option<&Path> {
        self.moved_aside.as_deref()
    }

    /// Made with the file; a copied or restored file shows by it.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Sequence of the newest event.
    pub fn last_seq(&self) -> i64 {
        self.next_seq - 1
    }

    /// The queue of the current business day, rebuilt from the events.
    pub fn load(&self) -> Result<State, StoreError> {
        const TIMES: i64 = 4_000;
        let mut state = State::default();
        let from = self.start_of_day()?;
        // Service times outlive the day: they make the range on the paper.
        self.replay(
            &mut state,
            "SELECT site_seq, at_ms, body FROM (SELECT site_seq, at_ms, body FROM events WHERE kind = 'served' AND site_seq < ?1
             ORDER BY site_seq DESC LIMIT ?2) ORDER BY site_seq",
            params![from, TIMES],
        )?;
        self.replay(
            &mut state,
            "SELECT site_seq, at_ms, body FROM events WHERE site_seq >= ?1 ORDER BY site_seq",
            params![from],
        )?;
        self.load_kept(&mut state)?;
        Ok(state)
    }

    /// Where the replay begins. The first day after a lost file goes on from what was saved of it, so
    /// it begins with the loss and not with its own opening.
    fn start_of_day(&self) -> Result<i64, StoreError> {
        let mut query = self.db.prepare(
            "SELECT site_seq, kind FROM events WHERE kind IN ('day_opened', 'recovered')
             ORDER BY site_seq DESC LIMIT 2",
        )?;
        let rows = query.query_map([], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?)))?;
        let marks = rows.collect::<Result<Vec<_>, _>>()?;
        let lost = marks.iter().find(|(_, kind)| kind == "recovered");
        Ok(lost.or(marks.first()).map_or(0, |(site_seq, _)| *site_seq))
    }

    fn replay(&self, state: &mut State, sql: &str, args: impl rusqlite::Params) -> Result<(), StoreError> {
        let mut query = self.db.prepare(sql)?;
        let mut rows = query.query(args)?;
        while let Some(row) = rows.next()? {
            let (site_seq, at_ms) = (row.get(0)?, row.get(1)?);
            let event = event(site_seq, row.get_ref(2)?.as_str().unwrap_or(""))?;
            state.apply(&event, at_ms);
        }
        Ok(())
    }

    /// What this id was answered, with the digest of what it asked.
    pub fn answer(&self, id: Uuid) -> Result<Option<([u8; 32], Answer)>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT digest, first_seq, events, refusal FROM commands WHERE id = ?1")?;
        let row = query
            .query_row([id.as_bytes()], |r| {
                Ok((
                    r.get(0)?,
                    r.get::<_, Option<i64>>(1)?,
                    r.get::<_, i64>(2)?,
                    r.get::<_, Option<String>>(3)?,
                ))
            })
            .optional()?;
        let Some((digest, first_seq, count, refusal)) = row else { return Ok(None) };
        let answer = match refusal {
            Some(text) => Answer::Refused(
                serde_json::from_str(&text).map_err(|source| StoreError::BadEvent { site_seq: 0, source })?,
            ),
            None => {
                let first_seq = first_seq.unwrap_or(0);
                Answer::Accepted { first_seq, events: self.events(first_seq, count)? }
            }
        };
        Ok(Some((digest, answer)))
    }

    /// Asks the database for its newest event: an answer means that it can be read.
    pub fn ping(&self) -> Result<(), StoreError> {
        let mut query = self.db.prepare_cached("SELECT max(site_seq) FROM events")?;
        Ok(query.query_row([], |row| row.get::<_, Option<i64>>(0)).map(drop)?)
    }

    /// Tickets of a kiosk's own store, of whatever day, that are neither delivered nor voided, in the
    /// order of issue and with the newest word on their paper.
    pub fn undelivered(&self) -> Result<Vec<Ticket>, StoreError> {
        let mut query =
            self.db.prepare_cached("SELECT id, print FROM tickets WHERE stage IN ('waiting', 'unserved')")?;
        let rows = query.query_map([], |r| Ok((r.get::<_, [u8; 16]>(0)?, r.get::<_, String>(1)?)))?;
        let mut found = Vec::new();
        for row in rows {
            let (id, print) = row?;
            // A ticket's id is that of the command that asked for it.
            let Some((_, Answer::Accepted { first_seq, events })) = self.answer(Uuid::from_bytes(id))? else {
                continue;
            };
            let issued = events.into_iter().find_map(|e| match e {
                Event::Issued { ticket } => Some(*ticket),
                _ => None,
            });
            if let Some(mut ticket) = issued {
                ticket.print = serde_json::from_value(print.into()).unwrap_or(ticket.print);
                found.push((first_seq, ticket));
            }
        }
        found.sort_by_key(|(first_seq, _)| *first_seq);
        Ok(found.into_iter().map(|(_, ticket)| ticket).collect())
    }

    fn events(&self, first: i64, count: i64) -> Result<Vec<Event>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT site_seq, body FROM events WHERE site_seq >= ?1 AND site_seq < ?2 ORDER BY site_seq",
        )?;
        let mut rows = query.query([first, first + count])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(event(row.get(0)?, row.get_ref(1)?.as_str().unwrap_or(""))?);
        }
        Ok(out)
    }

    /// Starts a group of commands that will be durable together.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        Ok(())
    }

    /// Writes one decided command into the group; returns the sequence of its first event.
    pub fn record(&mut self, decided: &[Decided<'_>]) -> Result<i64, StoreError> {
        let first = self.next_seq;
        for d in decided {
            let first_seq = self.next_seq;
            let events = d.outcome.unwrap_or(&[]);
            for event in events {
                self.insert_event(d, event)?;
                if let Event::DayOpened { day, .. } | Event::Recovered { day: Some(day), .. } = event {
                    self.day = day.to_string();
                    self.unwiped |= persons::turn(&self.db, &self.day)?;
                }
                project::project(&self.db, &self.day, d.at_ms, event)?;
            }
            let refusal = d.outcome.err().map(json);
            let mut insert = self.db.prepare_cached(
                "INSERT INTO commands(id, digest, first_seq, events, refusal) VALUES(?1, ?2, ?3, ?4, ?5)",
            )?;
            let seq = (!events.is_empty()).then_some(first_seq);
            insert.execute(params![d.id.as_bytes(), d.digest, seq, events.len() as i64, refusal])?;
        }
        Ok(first)
    }

    fn insert_event(&mut self, d: &Decided<'_>, event: &Event) -> Result<(), StoreError> {
        let mut insert = self.db.prepare_cached(
            "INSERT INTO events(site_seq, at_ms, kind, command, device, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        insert.execute(params![
            self.next_seq,
            d.at_ms,
            event.kind(),
            d.id.as_bytes(),
            d.device,
            json(event)
        ])?;
        self.next_seq += 1;
        Ok(())
    }

    /// Makes the group durable. After an error nothing of the group is there.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.db.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Drops the group.
    pub fn roll_back(&mut self) -> Result<(), StoreError> {
        if !self.db.is_autocommit() {
            self.db.execute_batch("ROLLBACK")?;
        }
        self.next_seq =
            self.db.query_row("SELECT coalesce(max(site_seq), 0) + 1 FROM events", [], |r| r.get(0))?;
        self.day = last_day(&self.db)?;
        Ok(())
    }

    /// Moves the log into the file; called when the hub stops.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("hall.lock");
    let fail = |source| StoreError::Path { path: path.clone(), source };
    std::fs::create_dir_all(dir).map_err(fail)?;
    let file = File::create(&path).map_err(fail)?;
    file.try_lock().map_err(|_| StoreError::InUse(dir.join(FILE)))?;
    Ok(file)
}

fn last_day(db: &Connection) -> Result<String, StoreError> {
    let sql = "SELECT body ->> '$.day' FROM events WHERE kind IN ('day_opened', 'recovered')
               ORDER BY site_seq DESC LIMIT 1";
    let day: Option<Option<String>> = db.query_row(sql, [], |r| r.get(0)).optional()?;
    Ok(day.flatten().unwrap_or_default())
}

fn epoch(db: &Connection) -> Result<String, StoreError> {
    db.execute("INSERT OR IGNORE INTO meta(key, value) VALUES('epoch', lower(hex(randomblob(16))))", [])?;
    Ok(db.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |r| r.get(0))?)
}

fn event(site_seq: i64, body: &str) -> Result<Event, StoreError> {
    serde_json::from_str(body).map_err(|source| StoreError::BadEvent { site_seq, source })
}

/// Our own types have no map with other keys than strings and no float that is not a number.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The snake_case word of a unit variant.
fn word(value: &impl serde::Serialize) -> String {
    json(value).trim_matches('"').to_owned()
}

#[cfg(test)]
mod person_tests;
#[cfg(test)]
mod step_tests;
#[cfg(test)]
pub(crate) mod tests;
