// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua province import`: catalogue, bookings and dossiers from files, for a
//! hall without a central. The same tables and JSON as the central's drop
//! folder takes, with the same checks. A hub that runs serves by them within
//! seconds.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

use super::{Province, TakeError};
use crate::clock::unix_ms;
use crate::hub::trust::Address;
use crate::staff::Staff;
use clap::Subcommand;
use jiff::civil::Date;
use motcua_core::day::Now;
use motcua_core::hall::Hall;
use motcua_link::province::input::{Input, Named, marked, read};
use motcua_link::province::{DayKey, Kind, faults_text, faults_text_in};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

/// Minutes east of UTC.
const VIET_NAM: i16 = 7 * 60;
/// No version of a central's; whatever that offers goes before it.
const BY_HAND: u64 = 0;

/// What can be done with the province's data at a hall.
#[derive(Clone, Debug, Subcommand)]
pub enum ProvinceAction {
    /// Takes a file in place of what serves now.
    Import {
        /// Named as in the central's drop folder: catalogue….csv, bookings-SITE….json, dossiers-SITE….csv.
        file: PathBuf,
        /// The hub's data directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

/// Nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The hub was never started there.
    #[error(transparent)]
    Hub(#[from] crate::hub::trust::TrustError),
    /// The file.
    #[error("cannot read {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its name.
    #[error(
        "the name says not what is in it; name it catalogue….csv, bookings-SITE….csv or dossiers-SITE….csv (or .json)"
    )]
    Name,
    /// Of another hall.
    #[error("the file is of hall `{0}`, the data are of `{1}`")]
    OtherHall(String, String),
    /// What is wrong with it.
    #[error("the file was not taken; what serves is unchanged:\n{0}")]
    Wrong(String),
    /// No random numbers.
    #[error("the system gives no random numbers for the keys of the days: {0}")]
    Random(String),
    /// The disk.
    #[error(transparent)]
    Take(#[from] TakeError),
}

/// Does what was asked.
///
/// # Errors
/// Nothing was imported.
pub fn run(action: &ProvinceAction) -> Result<(), Box<dyn std::error::Error>> {
    let ProvinceAction::Import { file, data } = action;
    // Before anything is made in a directory that is no hub's.
    Address::read(data)?;
    let (kind, entries) = import(data, file, today(data))?;
    println!("good: {kind}, {entries} entries; a running hub serves by them within seconds");
    if kind == Kind::Bookings {
        eprintln!("The file may hold identity numbers, which are kept nowhere here: delete it.");
    }
    Ok(())
}

/// The day in the hall, by the newest configuration that its hub has.
fn today(data: &Path) -> Date {
    let versions = Staff::open(data).ok().and_then(|staff| staff.hall_versions().ok()).unwrap_or_default();
    let hall = versions.first().and_then(|v| Hall::parse(&v.text).ok());
    Now::new(unix_ms(), hall.map_or(VIET_NAM, |h| h.utc_offset_minutes), true).local.date()
}

/// Takes a file for the hub in `data`; what it was and how many entries serve.
///
/// # Errors
/// Nothing was imported.
pub fn import(data: &Path, file: &Path, today: Date) -> Result<(Kind, usize), ImportError> {
    let site = Address::read(data)?.site;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let named = Named::of(&name).ok_or(ImportError::Name)?;
    if named.kind != Kind::Catalogue && named.site != site {
        return Err(ImportError::OtherHall(named.site, site));
    }
    let bytes = std::fs::read(file).map_err(|source| ImportError::File { path: file.to_owned(), source })?;
    let wrong = |faults: Vec<_>| {
        ImportError::Wrong(format!("{}\n{}", faults_text_in("vi", &faults), faults_text(&faults)))
    };
    let input = read(named.kind, &site, &bytes, named.media, today).map_err(wrong)?;
    let text = text(&site, &input)?;
    let digest = motcua_link::province::digest(&text);
    let province = Province::open(data, &site);
    let held = province.take((named.kind, BY_HAND, &digest), &text, Some(today), unix_ms())?;
    Ok((named.kind, held.entries))
}

/// As it is kept: numbers of cards are marks under keys of their days, made here.
fn text(site: &str, input: &Input) -> Result<String, ImportError> {
    let text = match input {
        Input::Catalogue(catalogue) => serde_json::to_string(catalogue),
        Input::Dossiers(dossiers) => serde_json::to_string(dossiers),
        Input::Bookings(ahead, _) => {
            let mut keys = BTreeMap::new();
            for booking in ahead {
                if let Entry::Vacant(day) = keys.entry(booking.day) {
                    day.insert(DayKey::random().map_err(|e| ImportError::Random(e.to_string()))?);
                }
            }
            serde_json::to_string(&marked(site, ahead, &keys))
        }
    };
    text.map_err(|e| TakeError::Disk(std::io::Error::other(e.to_string())).into())
}
