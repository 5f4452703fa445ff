// SPDX-License-Identifier: MIT OR Apache-2.0
//! The check's own way of sending: any header, any body, right or wrong.

use super::CheckError;
use crate::send::Route;
use crate::wire::{CONTENT_TYPE, Chain, CloudEvent, Cursor, Epoch, Heading, Lane, Problem, Receipt, Source};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE as TYPE};
use serde_json::json;

/// Type of the check's events: one that nobody knows, so that they are kept (5.2) and mean nothing to people.
const KIND: &str = "motcua.link-check.tried.v1";

/// The receiver as the check sees it.
pub(super) struct Peer {
    pub route: Route,
    pub source: Source,
    pub epoch: Epoch,
}

/// What came back.
pub(super) struct Answer {
    pub status: u16,
    pub kind: String,
    pub body: String,
}

impl Answer {
    pub fn receipt(&self) -> Option<Receipt> {
        (self.status == 200).then(|| serde_json::from_str(&self.body).ok()).flatten()
    }

    pub fn problem(&self) -> Option<Problem> {
        let right = self.kind.starts_with("application/problem+json");
        right.then(|| serde_json::from_str(&self.body).ok()).flatten()
    }

    pub fn words(&self) -> String {
        let short: String = self.body.chars().take(200).collect();
        format!("{} {short}", self.status)
    }
}

/// A request in all its parts, to be bent by a rule.
pub(super) struct Shot {
    pub source: Source,
    pub lane: Lane,
    pub headers: Vec<(&'static str, String)>,
    pub kind: &'static str,
    pub encoding: Option<&'static str>,
    pub body: Vec<u8>,
}

impl Peer {
    /// Event `seq` of a lane as this check sends it.
    pub fn event(&self, lane: Lane, seq: u64) -> CloudEvent {
        let data = json!({"what": "link-check", "detail": format!("số {seq}")});
        let at_ms = 1_764_000_000_000 + i64::try_from(seq).unwrap_or(0);
        let made = CloudEvent::new(&self.source, &self.epoch, lane, seq, KIND, at_ms, &data);
        made.unwrap_or_else(|_| unreachable!("a JSON value is JSON"))
    }

    /// The chain of this check's events up to `through`.
    pub fn chain(&self, through: u64) -> Chain {
        (1..=through).fold(Chain::START, |chain, seq| {
            let e = self.event(Lane::Business, seq);
            chain.then(&e.id, &e.kind, &e.time)
        })
    }

    /// A right request that covers `first..=last`.
    pub fn shot(&self, lane: Lane, first: u64, last: u64) -> Shot {
        let heading = Heading {
            epoch: self.epoch.clone(),
            first,
            last: None,
            start: 1,
            prior: (lane == Lane::Business).then(|| self.chain(first - 1)),
            sent_ms: Some(jiff::Timestamp::now().as_millisecond()),
        };
        let events: Vec<CloudEvent> = (first..=last).map(|seq| self.event(lane, seq)).collect();
        Shot {
            source: self.source.clone(),
            lane,
            headers: heading.write(),
            kind: CONTENT_TYPE,
            encoding: None,
            body: serde_json::to_vec(&events).unwrap_or_default(),
        }
    }

    pub async fn send(&self, shot: Shot) -> Result<Answer, CheckError> {
        let url = format!("{}/v1/devices/{}/lanes/{}/events", self.route.base, shot.source, shot.lane);
        let mut call = self.route.client.post(&url).header(TYPE, shot.kind);
        if let Some(encoding) = shot.encoding {
            call = call.header(CONTENT_ENCODING, encoding);
        }
        for (name, value) in shot.headers {
            call = call.header(name, value);
        }
        answer(&url, call.body(shot.body).send().await).await
    }

    /// Asks for something below this device's address.
    pub async fn get(&self, below: &str) -> Result<Answer, CheckError> {
        let url = format!("{}/v1/devices/{}/{below}", self.route.base, self.source);
        answer(&url, self.route.client.get(&url).send().await).await
    }

    /// Puts a report below this device's address.
    pub async fn put(&self, below: &str, body: &serde_json::Value) -> Result<Answer, CheckError> {
        let url = format!("{}/v1/devices/{}/{below}", self.route.base, self.source);
        answer(&url, self.route.client.put(&url).json(body).send().await).await
    }

    /// The same receiver, asked as another device.
    pub fn named(&self, source: Source) -> Peer {
        Peer { route: self.route.clone(), source, epoch: self.epoch.clone() }
    }

    /// Where a lane stands as the receiver says.
    pub async fn cursor(&self, lane: Lane) -> Result<Result<Option<Cursor>, String>, CheckError> {
        #[derive(serde::Deserialize)]
        struct Standing {
            cursor: Option<Cursor>,
        }
        let url = format!("{}/v1/devices/{}/lanes/{lane}", self.route.base, self.source);
        let answer = self.get(&format!("lanes/{lane}")).await?;
        if answer.status != 200 && answer.problem().is_none() {
            return Err(CheckError::NotAReceiver { url, status: answer.status });
        }
        if answer.status == 403 || answer.status == 401 {
            let detail = answer.problem().map_or(answer.body.clone(), |p| p.detail);
            return Err(CheckError::Refused { status: answer.status, detail });
        }
        let standing = serde_json::from_str::<Standing>(&answer.body);
        Ok(standing.map(|s| s.cursor).map_err(|e| format!("{} ({e})", answer.words())))
    }
}

pub(super) async fn answer(
    url: &str,
    sent: Result<reqwest::Response, reqwest::Error>,
) -> Result<Answer, CheckError> {
    let away = |source| CheckError::Away { url: url.to_owned(), source };
    let response = sent.map_err(away)?;
    let status = response.status().as_u16();
    let kind = response.headers().get(TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    Ok(Answer { status, kind, body: response.text().await.map_err(away)? })
}
