// SPDX-License-Identifier: MIT OR Apache-2.0
//! One event in the JSON format of CloudEvents 1.0
//! (<https://github.com/cloudevents/spec>, `cloudevents/formats/json-format.md`).
//! Own types: the sdk crate knows no batches.

use super::{Epoch, Lane, Source};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `specversion` of every event.
pub const SPEC_VERSION: &str = "1.0";
/// Bytes of one event as JSON; a larger one is quarantined.
pub const MAX_EVENT: usize = 64 * 1024;

/// One event. `data` stays as the bytes that came: a relay passes it on unchanged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CloudEvent {
    /// Always `1.0`.
    pub specversion: String,
    /// `EPOCH/LANE/SEQUENCE`; with `source` unique in the world.
    pub id: String,
    /// `/sites/SITE/devices/DEVICE`.
    pub source: String,
    /// `motcua.THING.HAPPENED.vN`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened by the clock of the sender, RFC 3339 UTC with milliseconds.
    pub time: String,
    /// Number in the lane, decimal without leading zeros (extension attribute).
    pub sequence: String,
    /// Always `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datacontenttype: Option<String>,
    /// As the schema of the type says.
    pub data: Box<RawValue>,
}

impl CloudEvent {
    /// An event as its sender makes it.
    ///
    /// # Errors
    /// `data` cannot be written as JSON.
    pub fn new(
        source: &Source,
        epoch: &Epoch,
        lane: Lane,
        seq: u64,
        kind: &str,
        at_ms: i64,
        data: &impl Serialize,
    ) -> Result<CloudEvent, serde_json::Error> {
        Ok(CloudEvent {
            specversion: SPEC_VERSION.into(),
            id: format!("{epoch}/{lane}/{seq}"),
            source: source.uri(),
            kind: kind.to_owned(),
            time: time_text(at_ms),
            sequence: seq.to_string(),
            datacontenttype: Some("application/json".into()),
            data: serde_json::value::to_raw_value(data)?,
        })
    }

    /// Its number; 0 when it is not one.
    pub fn seq(&self) -> u64 {
        self.sequence.parse().unwrap_or(0)
    }

    /// `time` as milliseconds UTC; `None` when it is not a time.
    pub fn at_ms(&self) -> Option<i64> {
        self.time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
    }
}

/// RFC 3339, UTC, milliseconds.
pub(crate) fn time_text(at_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}

/// Why an event cannot be taken; it goes to quarantine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventFault {
    /// Not an object with the attributes that are needed.
    #[error("not a CloudEvent: {0}")]
    Form(String),
    /// Larger than [`MAX_EVENT`].
    #[error("{size} bytes, at most {MAX_EVENT} are taken")]
    Large {
        /// Bytes as JSON.
        size: usize,
    },
    /// Of another version of the format.
    #[error("specversion is `{0}`, only 1.0 is taken")]
    Version(String),
    /// Says it comes from somebody else.
    #[error("source is `{found}`, this lane is of `{expected}`")]
    Source {
        /// In the event.
        found: String,
        /// Of the address.
        expected: String,
    },
    /// Its id is not made of epoch, lane and number.
    #[error("id is `{found}`, it must be `{expected}`")]
    Id {
        /// In the event.
        found: String,
        /// By epoch, lane and number.
        expected: String,
    },
    /// `time` is not RFC 3339.
    #[error("time is `{0}`, it must be like 2026-11-23T01:30:00.000Z")]
    Time(String),
    /// A type is `motcua.` or reverse-DNS, at most 120 characters of `a-z 0-9 . - _`.
    #[error("type is `{0}`, it must be 1 to 120 of a-z 0-9 . - _")]
    Kind(String),
}

/// Reads the event that must be number `seq` of a lane. `raw` is its JSON as it came.
///
/// # Errors
/// What is wrong with it, to be kept with it in quarantine.
pub fn read_event(
    raw: &RawValue,
    source: &Source,
    epoch: &Epoch,
    lane: Lane,
    seq: u64,
) -> Result<CloudEvent, EventFault> {
    let size = raw.get().len();
    if size > MAX_EVENT {
        return Err(EventFault::Large { size });
    }
    let event: CloudEvent = serde_json::from_str(raw.get()).map_err(|e| EventFault::Form(e.to_string()))?;
    let short = |text: &str| text.chars().take(80).collect::<String>();
    if event.specversion != SPEC_VERSION {
        return Err(EventFault::Version(short(&event.specversion)));
    }
    if event.source != source.uri() {
        return Err(EventFault::Source { found: short(&event.source), expected: source.uri() });
    }
    let expected = format!("{epoch}/{lane}/{seq}");
    if event.id != expected {
        return Err(EventFault::Id { found: short(&event.id), expected });
    }
    let right = (1..=120).contains(&event.kind.len())
        && event.kind.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'));
    if !right {
        return Err(EventFault::Kind(short(&event.kind)));
    }
    if event.at_ms().is_none() {
        return Err(EventFault::Time(short(&event.time)));
    }
    Ok(event)
}

/// `id`, `type` and `time` of an event, as the chain takes them: a member that is missing or no text counts
/// as empty.
pub fn identity(raw: &RawValue) -> (String, String, String) {
    let value: serde_json::Value = serde_json::from_str(raw.get()).unwrap_or_default();
    let text = |name: &str| value.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    (text("id"), text("type"), text("time"))
}
