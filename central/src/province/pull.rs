// SPDX-License-Identifier: MIT OR Apache-2.0
//! The central asks the provincial system: each document at its interval, with
//! the tag of what it has. What fails is asked for again after a random time
//! that doubles, or as `Retry-After` says. Several gateways share the turns.

use super::Options;
use super::take::{Adapter, Origin, take};
use crate::audit::now_ms;
use futures_util::StreamExt;
use motcua_link::db::{Db, DbError, Tx};
use motcua_link::province::input::Media;
use motcua_link::province::{Kind, LARGEST, faults_text};
use motcua_link::send::Backoff;
use reqwest::{Client, Response, StatusCode, header};
use std::collections::HashMap;
use std::time::Duration;

/// Longest an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// A turn that was taken and not ended: the gateway died.
const TURN_MS: i64 = 180_000;
/// Longest that a provincial system can send us away.
const LONGEST: Duration = Duration::from_secs(3600);
/// Asked at once.
const TOGETHER: usize = 4;
/// Turns taken at once.
const AT_ONCE: usize = 100;

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// New data, or the same; with the tag of them.
    Good(Option<String>),
    /// 304.
    Unchanged,
    /// 404: the provincial system has nothing for this hall.
    Nothing,
    /// The data are wrong; what is wrong is kept with them.
    Refused(String),
    /// No answer that is one: a stable word, what happened, and when to come again.
    Failed(&'static str, String, Option<Duration>),
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Outcome::Good(_) => "good",
            Outcome::Unchanged => "unchanged",
            Outcome::Nothing => "nothing",
            Outcome::Refused(_) => "refused",
            Outcome::Failed(word, ..) => word,
        }
    }
}

/// A question and how it went last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// Hall; empty for the catalogue.
    pub site: String,
    /// Which document.
    pub name: String,
    /// Failures in a row.
    pub failures: u64,
    /// When it was asked last.
    pub tried_ms: Option<i64>,
    /// When it was answered well last.
    pub good_ms: Option<i64>,
    /// When it is asked again.
    pub next_ms: i64,
    /// `good`, `unchanged`, `nothing`, `refused`, or why it failed; empty before the first time.
    pub outcome: String,
    /// What happened.
    pub detail: String,
}

/// How the questions go.
///
/// # Errors
/// The database's.
pub async fn pulls(tx: &mut Tx<'_>) -> Result<Vec<Pulled>, DbError> {
    let sql = "SELECT site, name, failures, tried_ms, good_ms, next_ms, outcome, detail FROM province_pulls
               ORDER BY site, name";
    let read = |r: &motcua_link::db::Row| {
        Ok(Pulled {
            site: r.text(0)?,
            name: r.text(1)?,
            failures: r.number(2)?,
            tried_ms: r.int_or_none(3)?,
            good_ms: r.int_or_none(4)?,
            next_ms: r.int(5)?,
            outcome: r.text(6)?,
            detail: r.text(7)?,
        })
    };
    tx.rows(sql, &[]).await?.iter().map(read).collect()
}

struct Turn {
    site: String,
    kind: Kind,
    etag: Option<String>,
    failures: u64,
}

/// Asks.
#[derive(Debug)]
pub struct Puller {
    base: String,
    every: Duration,
    token: Option<String>,
    client: Client,
}

/// The provincial system cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum PullerError {
    /// A file.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not such an address.
    #[error("`{0}` is no address; give https://… (http:// only on this machine)")]
    Url(String),
    /// Certificates.
    #[error("the provincial system cannot be asked: {0}")]
    Client(#[from] reqwest::Error),
}

impl Puller {
    /// By the options; none where no address is given.
    ///
    /// # Errors
    /// The options cannot be used.
    pub fn new(options: &Options) -> Result<Option<Puller>, PullerError> {
        let Some(url) = &options.url else { return Ok(None) };
        let parsed = reqwest::Url::parse(url).map_err(|_| PullerError::Url(url.clone()))?;
        let here = matches!(parsed.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if parsed.scheme() != "https" && !(parsed.scheme() == "http" && here) {
            return Err(PullerError::Url(url.clone()));
        }
        let read = |path: &std::path::Path| {
            std::fs::read_to_string(path)
                .map_err(|source| PullerError::File { path: path.display().to_string(), source })
        };
        let token = options.token.as_deref().map(read).transpose()?.map(|t| t.trim().to_owned());
        motcua_link::trust::ready();
        // Redirects could send the token elsewhere.
        let mut client = Client::builder()
            .timeout(options.patience.unwrap_or(PATIENCE))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("motcua-central/", env!("CARGO_PKG_VERSION")));
        if let Some(ca) = &options.ca {
            let pem = read(ca)?;
            for certificate in reqwest::Certificate::from_pem_bundle(pem.as_bytes())? {
                client = client.add_root_certificate(certificate);
            }
        }
        let base = url.trim_end_matches('/').to_owned();
        let every = options.every.max(Duration::from_secs(1));
        Ok(Some(Puller { base, every, token, client: client.build()? }))
    }

    /// Asks for whatever is due; how many questions that were.
    ///
    /// # Errors
    /// The database's.
    pub async fn step(&self, db: &Db) -> Result<usize, DbError> {
        let turns = self.turns(db).await?;
        let count = turns.len();
        let mut asked = futures_util::stream::iter(turns.into_iter().map(|turn| self.one(db, turn)))
            .buffer_unordered(TOGETHER);
        while let Some(done) = asked.next().await {
            done?;
        }
        Ok(count)
    }

    /// Takes the turns that are due, so that no other gateway does.
    async fn turns(&self, db: &Db) -> Result<Vec<Turn>, DbError> {
        let now = now_ms();
        let due = db.read(move |tx| Box::pin(due(tx, now))).await?;
        if due.is_empty() {
            return Ok(due);
        }
        db.write(move |tx| {
            Box::pin(async move {
                let mut mine = Vec::new();
                for turn in due {
                    let sql = "INSERT INTO province_pulls(site, name, next_ms, failures, outcome, detail)
                               VALUES($1, $2, $3, 0, '', '')
                               ON CONFLICT(site, name) DO UPDATE SET next_ms = excluded.next_ms
                               WHERE province_pulls.next_ms <= $4";
                    let until = (now + TURN_MS).into();
                    let values = [turn.site.as_str().into(), turn.kind.word().into(), until, now.into()];
                    if tx.execute(sql, &values).await? == 1 {
                        mine.push(turn);
                    }
                }
                Ok(mine)
            })
        })
        .await
    }

    async fn one(&self, db: &Db, turn: Turn) -> Result<(), DbError> {
        let outcome = self.ask(db, &turn).await?;
        metrics::counter!("motcua_province_pulls_total",
            "document" => turn.kind.word(), "outcome" => outcome.word())
        .increment(1);
        if let Outcome::Failed(word, detail, _) = &outcome {
            tracing::warn!(document = %turn.kind, site = turn.site, word, detail,
                "the provincial system does not answer; asked again");
        }
        self.keep(db, turn, outcome).await
    }

    fn address(&self, turn: &Turn) -> String {
        match turn.kind {
            Kind::Catalogue => format!("{}/catalogue", self.base),
            kind => format!("{}/halls/{}/{kind}", self.base, turn.site),
        }
    }

    async fn ask(&self, db: &Db, turn: &Turn) -> Result<Outcome, DbError> {
        let address = self.address(turn);
        let mut call = self.client.get(&address).header(header::ACCEPT, "application/json, text/csv");
        if let Some(token) = &self.token {
            call = call.bearer_auth(token);
        }
        if let Some(etag) = &turn.etag {
            call = call.header(header::IF_NONE_MATCH, etag);
        }
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(e) => return Ok(broken(&e)),
        };
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(Outcome::Unchanged),
            StatusCode::NOT_FOUND if turn.kind != Kind::Catalogue => return Ok(Outcome::Nothing),
            status => {
                let word = if matches!(status.as_u16(), 401 | 403) { "not-let-in" } else { "status" };
                return Ok(Outcome::Failed(word, format!("HTTP {status}"), retry_after(&answer)));
            }
        }
        let etag = answer.headers().get(header::ETAG).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let csv =
            answer.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/csv"));
        let media = if csv { Media::Csv } else { Media::Json };
        let bytes = match whole(answer).await {
            Ok(bytes) => bytes,
            Err(outcome) => return Ok(outcome),
        };
        let origin = Origin { adapter: Adapter::Pull, by: motcua_link::data::blot(&self.base) };
        Ok(match take(db, &origin, (turn.kind, &turn.site), bytes, media).await? {
            Ok(_) => Outcome::Good(etag),
            // Without the tag: once it is corrected it must come again, even under the same one.
            Err(faults) => Outcome::Refused(faults_text(&faults)),
        })
    }

    async fn keep(&self, db: &Db, turn: Turn, outcome: Outcome) -> Result<(), DbError> {
        let now = now_ms();
        let failed = matches!(outcome, Outcome::Failed(..));
        let failures = if failed { turn.failures + 1 } else { 0 };
        let wait = match &outcome {
            Outcome::Failed(_, _, told) => again(turn.failures, *told),
            // A tenth more or less, so that halls are not all asked at one moment.
            _ => self.every.mul_f64(0.9 + 0.2 * random()),
        };
        let etag = match &outcome {
            Outcome::Good(etag) => etag.clone(),
            Outcome::Refused(_) => None,
            _ => turn.etag,
        };
        let good = matches!(outcome, Outcome::Good(_) | Outcome::Unchanged | Outcome::Nothing).then_some(now);
        let word = outcome.word();
        let detail = match outcome {
            Outcome::Failed(_, detail, _) | Outcome::Refused(detail) => detail,
            _ => String::new(),
        };
        let next = now + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2);
        db.write(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE province_pulls SET etag = $1, next_ms = $2, failures = $3, tried_ms = $4,
                               good_ms = coalesce($5, good_ms), outcome = $6, detail = $7
                           WHERE site = $8 AND name = $9";
                let values = [
                    etag.into(),
                    next.into(),
                    failures.into(),
                    now.into(),
                    good.into(),
                    word.into(),
                    detail.into(),
                    turn.site.into(),
                    turn.kind.word().into(),
                ];
                tx.execute(sql, &values).await.map(|_| ())
            })
        })
        .await
    }
}

/// The questions that are due: the catalogue, and two documents of each hall.
async fn due(tx: &mut Tx<'_>, now: i64) -> Result<Vec<Turn>, DbError> {
    let halls = tx.rows("SELECT site FROM halls ORDER BY site", &[]).await?;
    let mut all = vec![(String::new(), Kind::Catalogue)];
    for hall in halls {
        let site = hall.text(0)?;
        all.extend([Kind::Bookings, Kind::Dossiers].map(|kind| (site.clone(), kind)));
    }
    let mut known = HashMap::new();
    for r in tx.rows("SELECT site, name, etag, next_ms, failures FROM province_pulls", &[]).await? {
        known.insert((r.text(0)?, r.text(1)?), (r.text_or_none(2)?, r.int(3)?, r.number(4)?));
    }
    let mut turns = Vec::new();
    for (site, kind) in all {
        let (etag, next, failures) =
            known.remove(&(site.clone(), kind.word().to_owned())).unwrap_or((None, 0, 0));
        if next <= now && turns.len() < AT_ONCE {
            turns.push(Turn { site, kind, etag, failures });
        }
    }
    Ok(turns)
}

/// The whole body, or why it is none.
async fn whole(mut answer: Response) -> Result<Vec<u8>, Outcome> {
    let mut out = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if out.len() + chunk.len() > LARGEST => {
                return Err(Outcome::Failed("too-large", format!("more than {LARGEST} bytes"), None));
            }
            Ok(Some(chunk)) => out.extend_from_slice(&chunk),
            Ok(None) => return Ok(out),
            Err(e) => return Err(broken(&e)),
        }
    }
}

fn broken(e: &reqwest::Error) -> Outcome {
    let word = if e.is_timeout() {
        "timeout"
    } else if e.is_connect() {
        "unreachable"
    } else {
        "cut-off"
    };
    // Without the address: it is on the page already, and may hold more than should be told.
    let mut text = String::new();
    let mut source = std::error::Error::source(e);
    while let Some(s) = source {
        text = s.to_string();
        source = s.source();
    }
    Outcome::Failed(word, text, None)
}

fn retry_after(answer: &Response) -> Option<Duration> {
    let text = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    u64::try_from(at.as_millisecond() - now_ms()).ok().map(Duration::from_millis)
}

/// Full jitter over the failures so far, or as we were told.
fn again(failures: u64, told: Option<Duration>) -> Duration {
    if let Some(wait) = told {
        let wait = wait.min(LONGEST);
        return wait + (wait / 2).mul_f64(random());
    }
    let mut backoff = Backoff::default();
    for _ in 0..failures.min(16) {
        backoff.failed(0);
    }
    backoff.failed((random() * f64::from(u32::MAX)) as u32)
}

/// From 0 to 1.
fn random() -> f64 {
    let mut bytes = [0_u8; 4];
    // Without random numbers everybody waits the longest time.
    getrandom::fill(&mut bytes).map_or(1.0, |()| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}
