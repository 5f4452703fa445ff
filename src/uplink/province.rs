// SPDX-License-Identifier: MIT OR Apache-2.0
//! Documents of the province on their way down: fetched packed, checked, kept,
//! and what became of each told to the central.

use super::steer::{PATIENCE, Report, SteerError, Steering, says};
use crate::clock::unix_ms;
use crate::province::TakeError;
use motcua_link::province::{Kind, LARGEST, Offer, What, faults_text, faults_text_in, unpack};
use motcua_link::send::Route;
use std::time::Duration;

/// Bytes of the largest packed document.
const PACKED: usize = LARGEST / 2;
/// Longest that a big document may take over a thin line.
const FETCH: Duration = Duration::from_secs(600);
/// Between two looks at whether the day is over, or something was imported.
const LOOK: Duration = Duration::from_secs(5);

/// What was refused last, in the ring's file.
fn refused_note(kind: Kind) -> String {
    format!("province-{kind}-refused")
}

impl Steering {
    /// Version of a document that is here, or was refused: the central offers another one only.
    pub(super) fn has(&self, kind: Kind) -> Result<u64, SteerError> {
        Ok(match self.refused(kind)? {
            Some((version, _)) => version,
            None => self.reports.province.held(kind).map_or(0, |h| h.version),
        })
    }

    /// The version that was refused since, and why.
    fn refused(&self, kind: Kind) -> Result<Option<(u64, String)>, SteerError> {
        let note = self.reports.ring.note(&refused_note(kind))?;
        Ok(note.and_then(|n| {
            let (version, why) = n.split_once(' ')?;
            Some((version.parse().ok()?, why.to_owned()))
        }))
    }

    /// For the question what is desired.
    pub(super) fn known_documents(&self) -> Result<Vec<(&'static str, String)>, SteerError> {
        Kind::ALL.into_iter().map(|kind| Ok((kind.word(), self.has(kind)?.to_string()))).collect()
    }

    /// Fetches and takes one document.
    pub(super) async fn fetch(&self, route: &Route, offer: &Offer) -> Result<(), SteerError> {
        let (kind, version) = (offer.name, offer.version);
        let url = format!("{}/v1/devices/{}/documents/{kind}/{version}", route.base, self.reports.source);
        let asked = route.client.get(url).header("accept-encoding", "zstd").timeout(FETCH);
        let mut answer = asked.send().await?;
        if !answer.status().is_success() {
            return Err(SteerError::Says(says(answer).await));
        }
        let zstd = answer.headers().get("content-encoding").is_some_and(|e| e == "zstd");
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if bytes.len() + chunk.len() > if zstd { PACKED } else { LARGEST } {
                return Err(SteerError::Says(format!("{kind} {version} is too large")));
            }
            bytes.extend_from_slice(&chunk);
        }
        let today = self.pages.as_ref().and_then(|p| p.api.hub.now().borrow().day);
        let (province, digest) = (self.reports.province.clone(), offer.digest.clone());
        let taken = tokio::task::spawn_blocking(move || {
            let text = if zstd { unpack(&bytes)? } else { String::from_utf8(bytes).unwrap_or_default() };
            province.take((kind, version, &digest), &text, today, unix_ms())
        });
        match taken.await.map_err(|e| SteerError::Says(e.to_string()))? {
            Ok(held) => {
                tracing::info!(document = %kind, version, entries = held.entries, "a document of the province serves");
                Ok(self.reports.ring.set_note(&refused_note(kind), "")?)
            }
            // Not refused for ever: what was altered on its way comes right another time.
            Err(TakeError::Wrong(faults)) if faults.iter().any(|f| f.what == What::OtherDigest) => {
                Err(SteerError::Says(faults_text(&faults)))
            }
            Err(TakeError::Wrong(faults)) => {
                // Read by whoever looks after the hall; its first language.
                let hall = self.pages.as_ref().map(|p| p.api.hub.hall());
                let lang = hall.as_ref().map_or("vi", |h| h.default_lang());
                let why = faults_text_in(lang, &faults);
                tracing::error!(document = %kind, version, why, "a document of the province was refused");
                Ok(self.reports.ring.set_note(&refused_note(kind), &format!("{version} {why}"))?)
            }
            Err(TakeError::Disk(e)) => Err(SteerError::Says(e.to_string())),
        }
    }

    /// Tells what is here, once after each change.
    pub(super) async fn report_documents(&self, route: &Route) -> Result<(), SteerError> {
        for kind in Kind::ALL {
            let (refused, held) = (self.refused(kind)?, self.reports.province.held(kind));
            let digest = held.as_ref().map_or("", |h| h.digest.as_str());
            let (version, detail) = match (&refused, &held) {
                (Some((version, why)), _) => (*version, Some(why.as_str())),
                // Imported by hand: no version of the central's.
                (None, Some(held)) if held.version == 0 => continue,
                (None, Some(held)) => (held.version, None),
                (None, None) => continue,
            };
            let told = format!("{version} {digest} {}", detail.is_none());
            let note = format!("province-{kind}-told");
            if self.reports.ring.note(&note)?.as_deref() == Some(told.as_str()) {
                continue;
            }
            let report = Report { version, digest, applied: detail.is_none(), detail, text: None };
            let url = format!("{}/v1/devices/{}/reported/{kind}", route.base, self.reports.source);
            let answer = route.client.put(url).json(&report).timeout(PATIENCE).send().await?;
            match answer.status().as_u16() {
                // A central of before knows no such document, and offers none.
                404 => {}
                s if (200..300).contains(&s) => {}
                _ => return Err(SteerError::Says(says(answer).await)),
            }
            self.reports.ring.set_note(&note, &told)?;
        }
        Ok(())
    }
}

/// Deletes the bookings of days that are over, with or without a central. Runs until the runtime ends.
pub(super) async fn forget(reports: super::Reports, hub: crate::hub::Hub) {
    loop {
        if reports.province.look() {
            tracing::info!("a document of the province was imported and serves");
        }
        let today = hub.now().borrow().day;
        if let Some(today) = today {
            match reports.province.forget_before(today) {
                Ok(true) => tracing::info!("bookings of days that are over are deleted"),
                Ok(false) => {}
                Err(e) => tracing::error!(error = %e, "bookings of days that are over are still on the disk"),
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}
