// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kiosk must know to serve without its hub, beside the tickets
//! themselves: `own.json`, written beside and renamed, so that a power cut
//! leaves the old text or the new one.

use super::picture::Seen;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;
use uuid::Uuid;

const FILE: &str = "own.json";

/// Numbers of a day that are known to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    pub day: Date,
    pub number: u32,
}

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memo {
    /// This kiosk's number in its hall; none before it has met its hub.
    pub number: Option<u8>,
    /// How far the hub's clock is ahead of ours, milliseconds.
    pub ahead_ms: i64,
    pub floor: Option<Floor>,
    /// What the hub said last.
    pub seen: Option<Seen>,
    /// Commands that got no answer and whose citizens have a number of the kiosk's own instead.
    pub abandoned: Vec<Uuid>,
    /// How often the hub refused a ticket; each time uses up an id.
    pub refused: BTreeMap<Uuid, u32>,
}

impl Memo {
    /// Numbers up to this one are given on that day.
    pub fn raise(&mut self, day: Date, number: u32) {
        let number = match self.floor {
            Some(known) if known.day > day => return,
            Some(known) if known.day == day => number.max(known.number),
            _ => number,
        };
        self.floor = Some(Floor { day, number });
    }
}

/// The memo on disk.
#[derive(Debug)]
pub struct Notebook {
    dir: PathBuf,
    memo: Mutex<Memo>,
}

impl Notebook {
    /// Reads what an earlier run kept. What cannot be read is as if it had never been: the kiosk must
    /// meet its hub first.
    pub fn open(dir: &Path) -> (Notebook, Memo) {
        let memo = match std::fs::read(dir.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| e.to_string()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Memo::default()),
            Err(e) => Err(e.to_string()),
        };
        let memo = memo.unwrap_or_else(|why| {
            tracing::error!(file = FILE, why, "what was known of the hub is lost");
            Memo::default()
        });
        (Notebook { dir: dir.to_owned(), memo: Mutex::new(memo.clone()) }, memo)
    }

    /// What is kept now.
    pub async fn read(&self) -> Memo {
        self.memo.lock().await.clone()
    }

    /// Changes it durably; after an error nothing is changed.
    pub async fn change(&self, change: impl FnOnce(&mut Memo)) -> std::io::Result<()> {
        let mut memo = self.memo.lock().await;
        let mut next = memo.clone();
        change(&mut next);
        if next == *memo {
            return Ok(());
        }
        let (dir, text) = (self.dir.clone(), serde_json::to_vec_pretty(&next)?);
        let written = tokio::task::spawn_blocking(move || crate::disk::keep(&dir.join(FILE), &text));
        written.await.map_err(std::io::Error::other)??;
        *memo = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::Dir;

    #[test]
    fn a_floor_only_rises_within_a_day_and_goes_with_the_newest_day() {
        let (monday, tuesday): (Date, Date) = ("2026-11-23".parse().unwrap(), "2026-11-24".parse().unwrap());
        let mut memo = Memo::default();
        for (day, number, expected) in [
            (monday, 4, (monday, 4)),
            (monday, 2, (monday, 4)),
            (tuesday, 1, (tuesday, 1)),
            (monday, 9, (tuesday, 1)),
        ] {
            memo.raise(day, number);
            assert_eq!(memo.floor.map(|f| (f.day, f.number)), Some(expected));
        }
    }

    #[tokio::test]
    async fn what_was_written_is_read_again_and_nonsense_is_nothing() {
        let dir = Dir::new();
        let (book, memo) = Notebook::open(dir.path());
        assert_eq!(memo, Memo::default());
        let id = Uuid::now_v7();
        book.change(|m| m.abandoned.push(id)).await.unwrap();
        book.change(|m| m.number = Some(2)).await.unwrap();
        let (_, memo) = Notebook::open(dir.path());
        assert_eq!((memo.number, memo.abandoned), (Some(2), vec![id]));
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        assert_eq!(Notebook::open(dir.path()).1, Memo::default());
    }
}
