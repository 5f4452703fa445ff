// SPDX-License-Identifier: MIT OR Apache-2.0
//! One change for many halls, in waves. Each hall gets a version of its own,
//! made of what it has and the change; the next wave begins when every hall of
//! this one has said that it took it. One refusal halts; the way back is a step.

use super::documents::{self, Faults, Wrong};
use super::note;
use super::software::{self, Arrived};
use motcua_link::db::{DbError, Row, Tx};
use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, Table};
use uuid::Uuid;

/// How far a rollout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// Waves go out.
    Running,
    /// A hall refused; nothing more goes out.
    Halted,
    /// Every hall has it.
    Done,
    /// Every hall was sent back to what it had.
    RolledBack,
}

impl RolloutState {
    /// As it is kept.
    pub fn word(self) -> &'static str {
        match self {
            RolloutState::Running => "running",
            RolloutState::Halted => "halted",
            RolloutState::Done => "done",
            RolloutState::RolledBack => "rolled-back",
        }
    }
}

/// One hall in a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Hall.
    pub site: String,
    /// What it gets.
    pub version: u64,
    /// What it had, for the way back.
    pub before: u64,
}

/// A rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rollout {
    /// Its id.
    pub id: String,
    /// Why.
    pub note: String,
    /// The waves, each some halls.
    pub waves: Vec<Vec<Stop>>,
    /// Waves that went out.
    pub wave: usize,
    /// How far it is.
    pub state: RolloutState,
    /// Milliseconds UTC.
    pub started_ms: i64,
    /// Account.
    pub started_by: String,
    /// Which hall refused, and why.
    pub detail: Option<String>,
}

/// Sets every key of `change` in `text`; tables are gone through, everything else is replaced.
///
/// # Errors
/// One of them is not TOML.
pub(super) fn merged(text: &str, change: &str) -> Result<String, toml_edit::TomlError> {
    let mut into: DocumentMut = text.parse()?;
    let change: DocumentMut = change.parse()?;
    merge(into.as_table_mut(), change.as_table());
    Ok(into.to_string())
}

fn merge(into: &mut Table, change: &Table) {
    for (key, item) in change {
        match (into.get_mut(key), item) {
            (Some(Item::Table(into)), Item::Table(change)) => merge(into, change),
            _ => {
                into.insert(key, item.clone());
            }
        }
    }
}

/// Prepares a version for each hall and sends the first wave out. `sizes` are the waves' numbers of halls; what
/// is left is the last wave.
///
/// # Errors
/// The database's; `Ok(Err(_))` with the halls whose text would be wrong, and nothing was kept.
pub async fn start(
    tx: &mut Tx<'_>,
    sites: &[String],
    change: &str,
    sizes: &[usize],
    by: &str,
    why: &str,
) -> Result<Result<Uuid, Faults>, DbError> {
    let (mut stops, mut faults) = (Vec::new(), Faults::new());
    for site in sites {
        match prepared(tx, site, change, by, why).await? {
            Ok(stop) => stops.push(stop),
            Err(wrong) => faults.extend(
                wrong.iter().map(|f| Wrong::new(format!("{site}: {}", f.vi), format!("{site}: {}", f.en))),
            ),
        }
    }
    if stops.is_empty() && faults.is_empty() {
        faults.push(Wrong::new("chưa chọn bộ phận nào", "no hall was named"));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let mut waves = Vec::new();
    let mut left = stops.into_iter();
    for size in sizes.iter().filter(|s| **s > 0) {
        let wave: Vec<Stop> = left.by_ref().take(*size).collect();
        if !wave.is_empty() {
            waves.push(wave);
        }
    }
    let rest: Vec<Stop> = left.collect();
    if !rest.is_empty() {
        waves.push(rest);
    }
    let (id, now_ms) = (Uuid::now_v7(), jiff::Timestamp::now().as_millisecond());
    let plan = serde_json::to_string(&waves).unwrap_or_default();
    let sql = "INSERT INTO rollouts(id, note, plan, wave, state, started_ms, started_by, changed_ms)
               VALUES($1, $2, $3, 0, 'running', $4, $5, $6)";
    let values = [id.to_string().into(), why.into(), plan.into(), now_ms.into(), by.into(), now_ms.into()];
    tx.execute(sql, &values).await?;
    note(tx, by, "", "rollout-started", &id.to_string(), why).await?;
    step(tx).await?;
    Ok(Ok(id))
}

async fn prepared(
    tx: &mut Tx<'_>,
    site: &str,
    change: &str,
    by: &str,
    why: &str,
) -> Result<Result<Stop, Faults>, DbError> {
    let Some(text) = documents::newest(tx, site).await? else {
        return Ok(Err(vec![Wrong::new(
            "chưa biết cấu hình của bộ phận này; bộ phận chưa kết nối lần nào",
            "its configuration is not known yet; it was never connected",
        )]));
    };
    // The way back needs a version, also for a text that the hall wrote itself.
    let state = documents::hall_state(tx, site).await?;
    let before = match state.reported.filter(|r| r.applied && r.version > 0).map(|r| r.version) {
        Some(version) => version,
        None => match documents::propose(tx, site, &text, by, documents::AS_IT_IS).await? {
            Ok(version) => version,
            Err(faults) => return Ok(Err(faults)),
        },
    };
    let new = match merged(&text, change) {
        Ok(new) => new,
        Err(e) => return Ok(Err(vec![Wrong::new(format!("không đúng cú pháp TOML ({e})"), e.to_string())])),
    };
    Ok(documents::propose(tx, site, &new, by, why).await?.map(|version| Stop {
        site: site.to_owned(),
        version,
        before,
    }))
}

/// Every rollout, newest first.
///
/// # Errors
/// The database's.
pub async fn rollouts(tx: &mut Tx<'_>) -> Result<Vec<Rollout>, DbError> {
    let sql = "SELECT id, note, plan, wave, state, started_ms, started_by, detail FROM rollouts
               ORDER BY started_ms DESC LIMIT 100";
    tx.rows(sql, &[]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Rollout, DbError> {
    let damaged = |what: &str| DbError::Refused(format!("the row of a rollout is damaged: {what}"));
    let state = match row.text(4)?.as_str() {
        "running" => RolloutState::Running,
        "halted" => RolloutState::Halted,
        "done" => RolloutState::Done,
        "rolled-back" => RolloutState::RolledBack,
        _ => return Err(damaged("state")),
    };
    Ok(Rollout {
        id: row.text(0)?,
        note: row.text(1)?,
        waves: serde_json::from_str(&row.text(2)?).map_err(|_| damaged("plan"))?,
        wave: usize::try_from(row.int(3)?).unwrap_or(0),
        state,
        started_ms: row.int(5)?,
        started_by: row.text(6)?,
        detail: row.text_or_none(7)?,
    })
}

/// Sends the next wave of every running rollout whose present wave has arrived; halts one that was refused.
/// Called every few seconds.
///
/// # Errors
/// The database's.
pub async fn step(tx: &mut Tx<'_>) -> Result<(), DbError> {
    // Two gateways at once would send a wave twice, which changes nothing, but write twice.
    if tx.is_postgres() {
        tx.execute("SELECT pg_advisory_xact_lock(6088119)", &[]).await?;
    }
    for rollout in rollouts(tx).await?.into_iter().filter(|r| r.state == RolloutState::Running) {
        let out: Vec<&Stop> = rollout.waves.iter().take(rollout.wave).flatten().collect();
        let mut arrived = true;
        let mut refused = None;
        for stop in &out {
            let said = documents::reported(tx, &stop.site).await?;
            match said.filter(|r| r.version == stop.version) {
                Some(r) if r.applied => match software::arrived(tx, stop).await? {
                    Arrived::Yes => {}
                    Arrived::NotYet => arrived = false,
                    Arrived::Failed(detail) => refused = Some(format!("{}: {detail}", stop.site)),
                },
                Some(r) => refused = Some(format!("{}: {}", stop.site, r.detail.unwrap_or_default())),
                None => arrived = false,
            }
        }
        if let Some(detail) = refused {
            set(tx, &rollout, RolloutState::Halted, rollout.wave, Some(&detail)).await?;
        } else if arrived {
            match rollout.waves.get(rollout.wave) {
                Some(wave) => {
                    for stop in wave {
                        documents::desire(tx, &stop.site, stop.version, &rollout.started_by).await?;
                    }
                    set(tx, &rollout, RolloutState::Running, rollout.wave + 1, None).await?;
                }
                None => set(tx, &rollout, RolloutState::Done, rollout.wave, None).await?,
            }
        }
    }
    Ok(())
}

/// Sends every hall that a rollout reached back to what it had.
///
/// # Errors
/// The database's, or there is no such rollout.
pub async fn back(tx: &mut Tx<'_>, id: &str, by: &str) -> Result<(), DbError> {
    let found = rollouts(tx).await?.into_iter().find(|r| r.id == id);
    let Some(rollout) = found.filter(|r| r.state != RolloutState::RolledBack) else {
        return Err(DbError::Refused(format!("there is no rollout {id} to take back")));
    };
    for stop in rollout.waves.iter().take(rollout.wave).flatten() {
        documents::desire(tx, &stop.site, stop.before, by).await?;
    }
    note(tx, by, "", "rollout-taken-back", id, "").await?;
    set(tx, &rollout, RolloutState::RolledBack, rollout.wave, None).await
}

async fn set(
    tx: &mut Tx<'_>,
    rollout: &Rollout,
    state: RolloutState,
    wave: usize,
    detail: Option<&str>,
) -> Result<(), DbError> {
    let sql = "UPDATE rollouts SET state = $1, wave = $2, changed_ms = $3, detail = $4 WHERE id = $5";
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let values = [
        state.word().into(),
        (wave as u64).into(),
        now_ms.into(),
        detail.map(str::to_owned).into(),
        rollout.id.as_str().into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn a_change_sets_its_keys_and_leaves_the_rest_with_its_comments() {
        let text = "[hall]\nid = \"a\" # stays\n[kiosk]\nidle_seconds = 60\nwarning_seconds = 20\n";
        let new = merged(text, "[kiosk]\nidle_seconds = 90\n[voice]\nvolume = 3\n").unwrap();
        assert!(new.contains("id = \"a\" # stays"), "{new}");
        assert!(new.contains("idle_seconds = 90") && new.contains("warning_seconds = 20"), "{new}");
        assert!(new.contains("volume = 3"), "{new}");
        assert!(merged(text, "not toml").is_err());
    }
}
