// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the hub says of itself to those who look after the device.

use super::Hub;
use crate::staff::Staff;
use crate::watch::{Facts, HubWay, Watch, WatchOptions, keep};
use futures_util::FutureExt;
use motcua_link::data::PartState;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Beside the state files; for the technician's menu, which runs under the same account. Nobody else may read it.
pub const SETUP_CODE: &str = "setup-code";
/// How soon the code is gone after the first manager is there.
const CODE_EVERY: Duration = Duration::from_secs(3);

/// Leaves the code of the first manager where the technician's menu finds it, until there is one.
pub async fn leave_code(staff: Arc<Staff>, options: WatchOptions) {
    let Some(path) = options.dir.map(|dir| dir.join(SETUP_CODE)) else { return };
    if let Some(code) = staff.setup_code()
        && let Err(e) = write_code(&path, code)
    {
        tracing::warn!(
            error = &e as &dyn std::error::Error,
            "the technician's menu does not know the set-up code"
        );
    }
    while staff.setup_code().is_some() {
        tokio::time::sleep(CODE_EVERY).await;
    }
    let _ = std::fs::remove_file(&path);
}

fn write_code(path: &Path, code: &str) -> std::io::Result<()> {
    let _ = std::fs::remove_file(path);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(code.as_bytes())
}

/// Tells `watch` how the hub is, until the runtime ends.
pub fn watched(watch: Watch, hub: &Hub) -> impl Future<Output = ()> + Send + use<> {
    let told = hub.clone();
    let look = move || std::future::ready(Some(told.facts())).boxed();
    let asked = hub.clone();
    let ping = move || {
        let hub = asked.clone();
        async move { Some(hub.ping().await.is_ok()) }.boxed()
    };
    keep(watch, Box::new(look), Box::new(ping))
}

impl Hub {
    /// How it is at the moment. A hub is at nobody's disposal alone: it is never busy with one citizen.
    pub fn facts(&self) -> Facts {
        let now = self.now().borrow().clone();
        let mut facts = Facts {
            hub: Some(HubWay::Here),
            open: Some(now.refusal.is_none()),
            waiting: Some(now.waiting),
            ..Facts::default()
        };
        let vitals = self.vitals();
        let (state, fault) = match (&vitals.store_fault, &vitals.damaged_database) {
            (Some(_), _) => (PartState::Fault, Some("cannot-write")),
            (None, Some(_)) => (PartState::Warning, Some("was-damaged")),
            (None, None) => (PartState::Ok, None),
        };
        facts.part("database", state, fault);
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::Dir;
    use std::os::unix::fs::MetadataExt;

    #[tokio::test]
    async fn the_code_lies_there_for_this_account_until_there_is_a_manager() {
        let dir = Dir::new();
        let staff = Arc::new(Staff::open(dir.path()).unwrap());
        let path = dir.path().join(SETUP_CODE);
        std::fs::write(&path, "of an earlier start").unwrap();
        let options = WatchOptions { dir: Some(dir.path().to_owned()) };
        let left = tokio::spawn(leave_code(staff.clone(), options));
        let code = staff.setup_code().unwrap().to_owned();
        while !std::fs::read_to_string(&path).is_ok_and(|text| text == code) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        staff.set_up(&code, "lan", "Trần Thị Ví Dụ", "correct horse", 0).unwrap();
        left.await.unwrap();
        assert!(!path.exists());
    }
}
