// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands to devices: signed, for one device, over after ten minutes, done
//! once. Last week's reboot must not run today.

use super::{changed, note};
use motcua_link::db::{DbError, Row, Tx};
use motcua_link::trust::{SignedCommand, Signer};
use motcua_link::wire::Source;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use uuid::Uuid;

/// How long a command can be carried out, milliseconds.
const LIFE_MS: i64 = 10 * 60 * 1000;

/// What a device can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Ends the program; the system starts it again.
    Restart,
    /// Restarts the whole device.
    Reboot,
    /// Prints a test slip.
    TestPrint,
    /// Gives no more numbers, with a reason.
    Close,
    /// Gives numbers again.
    Open,
    /// Sends the last lines of its log.
    CollectLogs,
    /// Shuts a device of its hall out; for a hub, which is their authority.
    RemoveDevice,
}

impl Kind {
    /// All, in the order of the page.
    pub const ALL: [Kind; 7] = [
        Kind::Restart,
        Kind::Reboot,
        Kind::TestPrint,
        Kind::Close,
        Kind::Open,
        Kind::CollectLogs,
        Kind::RemoveDevice,
    ];

    /// As it is signed and written.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Restart => "restart",
            Kind::Reboot => "reboot",
            Kind::TestPrint => "test-print",
            Kind::Close => "close",
            Kind::Open => "open",
            Kind::CollectLogs => "collect-logs",
            Kind::RemoveDevice => "remove-device",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Kind, String> {
        let known = || Kind::ALL.map(Kind::word).join(", ");
        Kind::ALL
            .into_iter()
            .find(|k| k.word() == text)
            .ok_or_else(|| format!("`{text}` is no command; there are {}", known()))
    }
}

/// A command and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ordered {
    /// Its id.
    pub id: String,
    /// For whom.
    pub source: String,
    /// What.
    pub kind: String,
    /// Milliseconds UTC.
    pub made_ms: i64,
    /// Account.
    pub made_by: String,
    /// Milliseconds UTC.
    pub expires_ms: i64,
    /// `waiting`, `done`, `refused`, `expired`.
    pub state: String,
    /// What the device said.
    pub detail: Option<String>,
}

fn read(row: &Row, now_ms: i64) -> Result<Ordered, DbError> {
    let (state, expires_ms) = (row.text(6)?, row.int(5)?);
    let over = state == "waiting" && now_ms > expires_ms;
    Ok(Ordered {
        id: row.text(0)?,
        source: row.text(1)?,
        kind: row.text(2)?,
        made_ms: row.int(3)?,
        made_by: row.text(4)?,
        expires_ms,
        state: if over { "expired".into() } else { state },
        detail: row.text_or_none(7)?,
    })
}

/// The last commands for a device, newest first.
///
/// # Errors
/// The database's.
pub async fn ordered(tx: &mut Tx<'_>, source: &Source) -> Result<Vec<Ordered>, DbError> {
    let sql = "SELECT id, source, kind, made_ms, made_by, expires_ms, state, detail FROM commands
               WHERE source = $1 ORDER BY made_ms DESC LIMIT 50";
    let now_ms = jiff::Timestamp::now().as_millisecond();
    tx.rows(sql, &[source.to_string().into()]).await?.iter().map(|r| read(r, now_ms)).collect()
}

/// Signs a command and puts it where the device finds it. `message` is for citizens with
/// [`Kind::Close`], and the name of the device with [`Kind::RemoveDevice`].
///
/// # Errors
/// The database's.
pub async fn order(
    tx: &mut Tx<'_>,
    signer: &Signer,
    source: &Source,
    kind: Kind,
    message: &str,
    by: &str,
) -> Result<Uuid, DbError> {
    let (id, now_ms) = (Uuid::now_v7(), jiff::Timestamp::now().as_millisecond());
    let body = serde_json::json!({ "message": message });
    let signed = signer.sign(id, source, kind.word(), &body, now_ms, LIFE_MS);
    let text = serde_json::to_string(&signed).unwrap_or_default();
    let sql = "INSERT INTO commands(id, source, kind, signed, made_ms, made_by, expires_ms, state)
               VALUES($1, $2, $3, $4, $5, $6, $7, 'waiting')";
    let values = [
        id.to_string().into(),
        source.to_string().into(),
        kind.word().into(),
        text.into(),
        now_ms.into(),
        by.into(),
        (now_ms + LIFE_MS).into(),
    ];
    tx.execute(sql, &values).await?;
    note(tx, by, source.site(), "command", &format!("{source} {}", kind.word()), message).await?;
    changed(tx).await?;
    Ok(id)
}

/// What waits for a device now; a hub passes on what waits for the others of its hall.
pub(super) async fn waiting(tx: &mut Tx<'_>, source: &Source) -> Result<Vec<SignedCommand>, DbError> {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let whose = match source.device() {
        "hub" => format!("{}.%", source.site()),
        _ => source.to_string(),
    };
    let sql = "SELECT signed FROM commands WHERE source LIKE $1 AND state = 'waiting' AND expires_ms > $2
               ORDER BY made_ms";
    let rows = tx.rows(sql, &[whose.into(), now_ms.into()]).await?;
    rows.iter()
        .map(|r| serde_json::from_str(&r.text(0)?).map_err(|e| DbError::Refused(e.to_string())))
        .collect()
}

/// What became of a command, told by the device on its business lane.
pub(crate) async fn became(
    tx: &mut Tx<'_>,
    site: &str,
    id: Uuid,
    done: bool,
    detail: Option<&str>,
    at_ms: i64,
) -> Result<(), DbError> {
    let state = if done { "done" } else { "refused" };
    // A restart is told as begun before it is tried, and once more if it did not come to pass: the last word counts.
    let sql = "UPDATE commands SET state = $1, detail = $2, at_ms = $3 WHERE id = $4 AND state <> $1";
    let values = [state.into(), detail.map(str::to_owned).into(), at_ms.into(), id.to_string().into()];
    if tx.execute(sql, &values).await? == 1 {
        note(tx, "device", site, &format!("command-{state}"), &id.to_string(), detail.unwrap_or("")).await?;
    }
    Ok(())
}
