// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician's session as the steward keeps it: who has the screen (role, menu, test mode), and the settings of
//! before a change. It ends with the power: its mark lies in memory.

use super::kept::KeptError;
use super::layout::Layout;
use super::provision::{Inner, Steward, wireless};
use super::system::Program;
use super::units::{SETUP, TECHNICIAN, screen_unit};
use super::{guard, network};
use crate::machine::Role;
use std::fs;
use std::path::PathBuf;

/// The kiosk whose numbers count nowhere.
const TRIAL: &str = "motcua-trial.service";
/// In the mark while that runs.
const ON_TRIAL: &str = "trial";

/// There while a technician is at it.
pub(super) fn mark(layout: &Layout) -> PathBuf {
    layout.run().join("technician")
}

/// The test mode has the screen.
pub(super) fn is_trial(layout: &Layout) -> bool {
    fs::read_to_string(mark(layout)).is_ok_and(|text| text == ON_TRIAL)
}

impl Steward {
    /// The technician's menu takes the screen. A hub goes on: the hall's other devices need it.
    pub(super) fn enter(&self, inner: &mut Inner) {
        inner.technician = true;
        guard::let_sticks_in(&self.system);
        if is_trial(&self.layout) {
            self.system.try_run(Program::Systemctl, &["stop", TRIAL]);
        }
        let _ = fs::write(mark(&self.layout), "");
        let unit = inner.kept.as_ref().map_or(SETUP, |k| screen_unit(&k.device));
        self.system.try_run(Program::Systemctl, &["stop", unit]);
        self.system.try_run(Program::Systemctl, &["start", "--no-block", TECHNICIAN]);
    }

    /// The role has its screen again.
    pub(super) fn leave(&self, inner: &mut Inner) {
        inner.technician = false;
        inner.before = None;
        guard::shut_sticks_out(&self.system, &self.layout);
        let trial = is_trial(&self.layout);
        let _ = fs::remove_file(mark(&self.layout));
        let unit = inner.kept.as_ref().map_or(SETUP, |k| screen_unit(&k.device));
        // Both are queued: the menu that asks for it is stopped by it.
        self.system.try_run(Program::Systemctl, &["start", "--no-block", unit]);
        self.system.try_run(Program::Systemctl, &["stop", "--no-block", TECHNICIAN]);
        if trial {
            self.system.try_run(Program::Systemctl, &["stop", "--no-block", TRIAL]);
        }
        let cabled = inner.kept.as_ref().is_some_and(|k| k.device.network.ssid.is_none());
        if let Some(radio) = wireless(&self.layout).filter(|_| cabled && self.listens()) {
            self.system.try_run(Program::Systemctl, &["stop", "--no-block", &supplicant(&radio)]);
            let _ = fs::remove_file(self.supplicant_file(&radio));
        }
    }

    /// The test mode takes the screen from the menu; whether this device has one.
    pub(super) fn trial(&self, inner: &mut Inner) -> bool {
        if !inner.kept.as_ref().is_some_and(|k| k.device.role == Role::Kiosk) {
            return false;
        }
        tracing::info!("the test mode begins");
        guard::shut_sticks_out(&self.system, &self.layout);
        let _ = fs::write(mark(&self.layout), ON_TRIAL);
        // Both are queued: the menu that asks for it is stopped by it.
        self.system.try_run(Program::Systemctl, &["start", "--no-block", TRIAL]);
        self.system.try_run(Program::Systemctl, &["stop", "--no-block", TECHNICIAN]);
        true
    }

    /// The settings of before the technician's last change are in force again; whether there are any.
    pub(super) fn undo(&self, inner: &mut Inner) -> Result<bool, KeptError> {
        let Some(before) = inner.before.take() else { return Ok(false) };
        before.write(&self.layout.device())?;
        self.apply(&before, inner.technician, "restart");
        inner.kept = Some(before);
        tracing::info!("the settings of before are in force again");
        Ok(true)
    }

    /// The file of wpa_supplicant for that radio.
    pub(super) fn supplicant_file(&self, radio: &str) -> PathBuf {
        self.layout.path(&format!("/run/wpa_supplicant/wpa_supplicant-{radio}.conf"))
    }

    /// The radio runs only to be listened to.
    fn listens(&self) -> bool {
        let file = wireless(&self.layout).map(|radio| self.supplicant_file(&radio));
        file.and_then(|file| fs::read_to_string(file).ok()).is_some_and(|text| text == network::listening())
    }
}

/// The unit of a radio.
pub(super) fn supplicant(radio: &str) -> String {
    format!("wpa_supplicant@{radio}.service")
}
