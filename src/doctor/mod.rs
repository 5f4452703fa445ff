// SPDX-License-Identifier: MIT OR Apache-2.0
//! The self-test of a device: small checks, each of which says in Vietnamese and
//! English what it found and what to do. While a role runs, its parts are known
//! from its state file; in technician mode nobody holds them and they are opened.
//!
//! | module | what |
//! |---|---|
//! | [`checks`] | the checks, one file each |
//! | [`roots`] | where the system is looked at; another place for tests |
//! | [`report`] | all findings as text and JSON (docs/doctor.md) |
//! | [`slip`] | the readiness report on paper |
//! | [`command`] | `motcua doctor` |

pub mod checks;
pub mod command;
pub mod report;
pub mod roots;
pub mod slip;
mod words;

pub use report::Report;
pub use roots::Roots;
pub use words::{Words, title};

use crate::machine::{Device, device};
use crate::watch::RoleState;
use motcua_link::data::Part;
use serde::Serialize;

/// A state file that is older was left by a role that does not run any more.
const FRESH_MS: i64 = 10_000;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It does not apply to this device, or cannot be looked at now.
    Skipped,
    /// As it should be.
    Pass,
    /// It works, and somebody should look after it.
    Warn,
    /// It does not work.
    Fail,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of the check; does not change.
    pub name: &'static str,
    /// How it ended.
    pub state: Verdict,
    /// What was found.
    pub found: Words,
    /// What to do; nothing where nothing is to be done.
    pub what_to_do: Option<Words>,
}

impl Finding {
    fn pass(name: &'static str, found: Words) -> Finding {
        Finding { name, state: Verdict::Pass, found, what_to_do: None }
    }

    fn skipped(name: &'static str, found: Words) -> Finding {
        Finding { name, state: Verdict::Skipped, found, what_to_do: None }
    }

    fn warn(name: &'static str, found: Words, to_do: Words) -> Finding {
        Finding { name, state: Verdict::Warn, found, what_to_do: Some(to_do) }
    }

    fn fail(name: &'static str, found: Words, to_do: Words) -> Finding {
        Finding { name, state: Verdict::Fail, found, what_to_do: Some(to_do) }
    }
}

/// What the checks look at.
#[derive(Clone, Debug)]
pub struct Look {
    /// The system.
    pub roots: Roots,
    /// What the device is made of; none before it was set up.
    pub device: Option<Device>,
    /// What running roles say of themselves.
    pub states: Vec<RoleState>,
    /// A slip is printed and a tone played where parts are opened.
    pub slip: bool,
    /// Now, milliseconds UTC.
    pub now_ms: i64,
}

impl Look {
    /// Looks at the settings and at the roles that run.
    pub fn at(roots: Roots, slip: bool) -> Look {
        let now_ms = crate::clock::unix_ms();
        let device = device::read(&roots.device()).unwrap_or_else(|e| {
            tracing::warn!(error = crate::hub::chain(&e), "the device's settings");
            None
        });
        let mut states = crate::watch::read(&roots.state()).unwrap_or_else(|e| {
            tracing::warn!(error = crate::hub::chain(&e), "the state of the roles");
            Vec::new()
        });
        states.retain(|state| (now_ms - state.at_ms).abs() <= FRESH_MS);
        Look { roots, device, states, slip, now_ms }
    }

    /// Who asks may not read what the roles keep, nor open their parts: support, who has an account of his own.
    pub fn outside(&self) -> bool {
        denied(&self.roots.data.join("motcua"))
    }

    /// The state of a running role.
    pub fn state(&self, role: &str) -> Option<&RoleState> {
        self.states.iter().find(|state| state.role == role)
    }

    /// How a running role says that a part is.
    fn part(&self, name: &str) -> Option<&Part> {
        self.states.iter().find_map(|state| state.facts.parts.get(name))
    }

    /// A role runs that has the parts in use; the hub has none, and the technician's menu lets go of them.
    fn in_use(&self) -> bool {
        self.outside()
            || self.states.iter().any(|state| !["hub", "technician"].contains(&state.role.as_str()))
    }

    /// Makes the checks of those names.
    pub fn check_some(&self, names: &[&str]) -> Vec<Finding> {
        checks::ALL.iter().filter(|(name, _)| names.contains(name)).map(|(_, check)| check(self)).collect()
    }

    /// Makes every check, and tells of each as it ends.
    pub fn check(&self, mut each: impl FnMut(&Finding)) -> Vec<Finding> {
        let mut found = Vec::new();
        for (_, check) in checks::ALL {
            let finding = check(self);
            each(&finding);
            found.push(finding);
        }
        found
    }
}

/// The directory is there and not for this account.
fn denied(dir: &std::path::Path) -> bool {
    std::fs::read_dir(dir).is_err_and(|e| e.kind() == std::io::ErrorKind::PermissionDenied)
}
