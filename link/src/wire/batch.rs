// SPDX-License-Identifier: MIT OR Apache-2.0
//! A batch: the headers that say what it covers, and the JSON array of events
//! (`application/cloudevents-batch+json`), compressed with zstd (RFC 8878).

use super::{Chain, Source};
use super::{
    CloudEvent, DEVICE_EPOCH, EPOCH_START, Epoch, FIRST_SEQ, LAST_SEQ, Lane, PRIOR_CHAIN, Problem,
    ProblemKind, SENT_AT,
};
use serde_json::value::RawValue;
use std::io::Read;

/// Of every batch.
pub const CONTENT_TYPE: &str = "application/cloudevents-batch+json";
/// Bytes of a body as it comes.
pub const MAX_BODY: usize = 1024 * 1024;
/// Bytes of a body after it was unpacked.
pub const MAX_INFLATED: usize = 8 * 1024 * 1024;
/// Events in one batch.
pub const MAX_EVENTS: usize = 1000;
/// A receiver need not take larger numbers; JSON and databases count safely up to here.
const HIGHEST_SEQ: u64 = 1 << 53;

/// What the headers of a batch say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The sender's database.
    pub epoch: Epoch,
    /// First number covered, from 1.
    pub first: u64,
    /// Last number covered; without, `first` + events - 1.
    pub last: Option<u64>,
    /// Where the epoch begins.
    pub start: u64,
    /// The chain before `first`; business lane only.
    pub prior: Option<Chain>,
    /// The sender's clock, milliseconds UTC.
    pub sent_ms: Option<i64>,
}

/// A batch that can be judged: it covers `first..=last`, each event with its number.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Who sends.
    pub source: Source,
    /// On which lane.
    pub lane: Lane,
    /// What its headers say.
    pub heading: Heading,
    /// Last number covered; `first` - 1 when nothing is.
    pub last: u64,
    /// Numbers and events in rising order, all of `first..=last` on the business lane.
    pub events: Vec<(u64, Box<RawValue>)>,
    /// Who brings it judged the sender itself and answers for its database: a relay.
    pub vouched: bool,
}

/// A batch that cannot even be judged.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A header is missing or no value of its kind.
    #[error("header {name}: {fault}")]
    Header {
        /// Which.
        name: &'static str,
        /// What is wrong.
        fault: String,
    },
    /// The body is no array of JSON values.
    #[error("the body is no JSON array of events: {0}")]
    Json(serde_json::Error),
    /// More than [`MAX_EVENTS`].
    #[error("{0} events, at most {MAX_EVENTS} in one batch")]
    Many(usize),
    /// More than [`MAX_BODY`] or [`MAX_INFLATED`].
    #[error("the body has more than {0} bytes")]
    Large(usize),
    /// Not zstd.
    #[error("the body is not what Content-Encoding: zstd promises: {0}")]
    Zstd(std::io::Error),
    /// Numbers that do not fit the events.
    #[error("{0}")]
    Numbers(String),
}

impl From<BatchError> for Problem {
    fn from(e: BatchError) -> Problem {
        let kind = match &e {
            BatchError::Many(_) | BatchError::Large(_) => ProblemKind::TooLarge,
            _ => ProblemKind::Malformed,
        };
        Problem::new(kind, e.to_string())
    }
}

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// `Content-Encoding: zstd`.
    Zstd,
}

impl Heading {
    /// Reads the headers through `get`, which is given small names.
    ///
    /// # Errors
    /// The first header that is missing or wrong.
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Heading, BatchError> {
        fn parse<T: std::str::FromStr>(name: &'static str, text: &str) -> Result<T, BatchError>
        where
            T::Err: std::fmt::Display,
        {
            text.trim().parse().map_err(|e: T::Err| BatchError::Header { name, fault: e.to_string() })
        }
        let number = |name: &'static str| -> Result<Option<u64>, BatchError> {
            let Some(text) = get(name) else { return Ok(None) };
            let n: u64 = parse(name, text)?;
            if n == 0 || n > HIGHEST_SEQ {
                return Err(BatchError::Header {
                    name,
                    fault: format!("{n} is not within 1 to {HIGHEST_SEQ}"),
                });
            }
            Ok(Some(n))
        };
        let missing = |name| BatchError::Header { name, fault: "missing".into() };
        let sent = match get(SENT_AT) {
            Some(text) => Some(parse::<jiff::Timestamp>(SENT_AT, text)?.as_millisecond()),
            None => None,
        };
        // `last` alone may be first - 1: a batch that covers nothing asks where the lane stands.
        let last = get(LAST_SEQ).map(|text| parse::<u64>(LAST_SEQ, text)).transpose()?;
        Ok(Heading {
            epoch: parse(DEVICE_EPOCH, get(DEVICE_EPOCH).ok_or_else(|| missing(DEVICE_EPOCH))?)?,
            first: number(FIRST_SEQ)?.ok_or_else(|| missing(FIRST_SEQ))?,
            last: last.filter(|l| *l <= HIGHEST_SEQ),
            start: number(EPOCH_START)?.unwrap_or(1),
            prior: get(PRIOR_CHAIN).map(|text| parse(PRIOR_CHAIN, text)).transpose()?,
            sent_ms: sent,
        })
    }

    /// The headers, by small names.
    pub fn write(&self) -> Vec<(&'static str, String)> {
        let mut out = vec![(DEVICE_EPOCH, self.epoch.to_string()), (FIRST_SEQ, self.first.to_string())];
        if self.start != 1 {
            out.push((EPOCH_START, self.start.to_string()));
        }
        if let Some(last) = self.last {
            out.push((LAST_SEQ, last.to_string()));
        }
        if let Some(prior) = self.prior {
            out.push((PRIOR_CHAIN, prior.to_string()));
        }
        if let Some(sent) = self.sent_ms {
            out.push((SENT_AT, super::time_text(sent)));
        }
        out
    }
}

impl Batch {
    /// Puts headers and the unpacked body together.
    ///
    /// # Errors
    /// What the sender's program did wrong; nothing of the batch is taken.
    pub fn read(source: Source, lane: Lane, heading: Heading, body: &[u8]) -> Result<Batch, BatchError> {
        let raw: Vec<Box<RawValue>> = serde_json::from_slice(body).map_err(BatchError::Json)?;
        if raw.len() > MAX_EVENTS {
            return Err(BatchError::Many(raw.len()));
        }
        let fault = |text: String| Err(BatchError::Numbers(text));
        let first = heading.first;
        if first < heading.start {
            return fault(format!("First-Seq {first} is before Epoch-Start {}", heading.start));
        }
        let full = first + raw.len() as u64 - 1;
        let last = heading.last.unwrap_or(full);
        if last.saturating_add(1) < first {
            return fault(format!("Last-Seq {last} is before First-Seq {first}"));
        }
        if !lane.sheds() {
            if last != full {
                let n = raw.len();
                return fault(format!(
                    "{n} events do not fill {first} to {last}; nothing is left out on business"
                ));
            }
            if heading.prior.is_none() {
                return Err(BatchError::Header {
                    name: PRIOR_CHAIN,
                    fault: "missing on the business lane".into(),
                });
            }
            return Ok(Batch {
                source,
                lane,
                heading,
                last,
                events: (first..).zip(raw).collect(),
                vouched: false,
            });
        }
        let mut events = Vec::with_capacity(raw.len());
        let mut next = first;
        for raw in raw {
            let seq = sequence(&raw).unwrap_or(next);
            if seq < next || seq > last {
                return fault(format!("event {seq} is not within {next} to {last}"));
            }
            next = seq + 1;
            events.push((seq, raw));
        }
        Ok(Batch { source, lane, heading, last, events, vouched: false })
    }
}

fn sequence(raw: &RawValue) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Numbered {
        sequence: String,
    }
    serde_json::from_str::<Numbered>(raw.get()).ok()?.sequence.parse().ok()
}

/// Unpacks a body.
///
/// # Errors
/// Not what it says, or too large.
pub fn inflate(encoding: Encoding, body: &[u8]) -> Result<Vec<u8>, BatchError> {
    if body.len() > MAX_BODY {
        return Err(BatchError::Large(MAX_BODY));
    }
    if encoding == Encoding::Identity {
        return Ok(body.to_vec());
    }
    let mut reader = zstd::Decoder::new(body).map_err(BatchError::Zstd)?;
    // A small frame may ask for a window of gigabytes.
    reader.window_log_max(23).map_err(BatchError::Zstd)?;
    let mut out = Vec::new();
    let limit = MAX_INFLATED as u64 + 1;
    reader.take(limit).read_to_end(&mut out).map_err(BatchError::Zstd)?;
    if out.len() > MAX_INFLATED {
        return Err(BatchError::Large(MAX_INFLATED));
    }
    Ok(out)
}

/// The packed body of these events.
///
/// # Errors
/// Cannot happen with a buffer in memory.
pub fn write(events: &[CloudEvent]) -> std::io::Result<Vec<u8>> {
    let mut out = zstd::Encoder::new(Vec::new(), 3)?;
    serde_json::to_writer(&mut out, events)?;
    out.finish()
}
