// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a role is, as its file says it to the steward, the doctor and the agent
//! of updates.

use motcua_link::data::{Part, PartState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What the file holds; names do not change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleState {
    /// `hub`, `kiosk`, `display`, `panel`.
    pub role: String,
    /// Its process.
    pub pid: u32,
    /// When this was written, milliseconds UTC.
    pub at_ms: i64,
    /// When a frame was really drawn last; none before the first, and without a screen.
    pub drawn_ms: Option<i64>,
    /// `ok` or `fault`; none where the role has no database of its own.
    pub database: Option<String>,
    /// How the role comes to its hub.
    #[serde(flatten)]
    pub facts: Facts,
}

/// What a role says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where the hub is.
    pub hub: Option<HubWay>,
    /// Numbers are given.
    pub open: Option<bool>,
    /// People waiting in the hall.
    pub waiting: Option<u32>,
    /// A citizen is at it.
    pub busy: bool,
    /// The parts and how they are.
    pub parts: BTreeMap<String, Part>,
}

impl Facts {
    /// Notes how a part is; `fault` is a word that does not change.
    pub fn part(&mut self, name: &str, state: PartState, fault: Option<&str>) {
        self.parts.insert(name.to_owned(), Part { state, fault: fault.map(str::to_owned) });
    }
}

/// How a role comes to its hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HubWay {
    /// In this process.
    Here,
    /// Over the network, and it answers.
    Reached,
    /// Over the network, and it does not.
    Alone,
}

/// A state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file or its directory.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// What stands in it.
    #[error("{path} does not hold the state of a role")]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// Replaces the file of a role in one step. It lies in memory: nothing is made durable.
pub(super) fn write(dir: &Path, state: &RoleState) -> Result<(), StateError> {
    let path = dir.join(format!("{}.json", state.role));
    let fault = |source| StateError::File { path: path.clone(), source };
    let text = serde_json::to_vec(state).map_err(|source| StateError::Form { path: path.clone(), source })?;
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside).map_err(fault)?;
    // The roles hide what they write; support may read this, and there is nothing of anybody in it.
    file.set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(fault)?;
    file.write_all(&text).map_err(fault)?;
    std::fs::rename(&beside, &path).map_err(fault)
}

/// Every state in the directory, by role; a directory that is not there holds none.
///
/// # Errors
/// A file cannot be read, or is none.
pub fn read(dir: &Path) -> Result<Vec<RoleState>, StateError> {
    let fault = |path: &Path, source| StateError::File { path: path.to_owned(), source };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(fault(dir, e)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| fault(dir, e))?.path();
        if path.extension().is_some_and(|e| e == "json") {
            let text = std::fs::read(&path).map_err(|e| fault(&path, e))?;
            found.push(serde_json::from_slice(&text).map_err(|source| StateError::Form { path, source })?);
        }
    }
    found.sort_by(|a: &RoleState, b: &RoleState| a.role.cmp(&b.role));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_names_that_others_read() {
        let mut facts =
            Facts { hub: Some(HubWay::Reached), open: Some(true), waiting: Some(3), ..Facts::default() };
        facts.part("printer", PartState::Fault, Some("paper-end"));
        facts.part("scanner", PartState::Ok, None);
        let state = RoleState {
            role: "kiosk".into(),
            pid: 7,
            at_ms: 20,
            drawn_ms: Some(10),
            database: Some("ok".into()),
            facts,
        };
        let json = serde_json::to_value(&state).unwrap();
        let expected = serde_json::json!({
            "role": "kiosk", "pid": 7, "at_ms": 20, "drawn_ms": 10, "database": "ok", "hub": "reached",
            "open": true, "waiting": 3, "busy": false,
            "parts": { "printer": { "state": "fault", "fault": "paper-end" }, "scanner": { "state": "ok" } },
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<RoleState>(json).unwrap(), state);
    }

    #[test]
    fn whoever_may_look_after_the_device_can_read_it() {
        let dir = std::env::temp_dir().join(format!("motcua-state-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir(&dir).unwrap();
        let state = RoleState {
            role: "hub".into(),
            pid: 7,
            at_ms: 20,
            drawn_ms: None,
            database: None,
            facts: Facts::default(),
        };
        // A file of an earlier version, as a role's mask made it.
        let beside = dir.join("hub.new");
        std::fs::write(&beside, "").unwrap();
        std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o600)).unwrap();
        write(&dir, &state).unwrap();
        let mode = std::fs::metadata(dir.join("hub.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        assert_eq!(read(&dir).unwrap(), [state]);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn nothing_is_known_where_nothing_was_written() {
        assert_eq!(read(Path::new("/no/such/directory")).unwrap(), []);
    }
}
