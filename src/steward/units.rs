// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which units of systemd a device runs.

use crate::machine::{Device, Role};

/// The technician's menu.
pub const TECHNICIAN: &str = "motcua-technician.service";
/// The first-run screen.
pub const SETUP: &str = "motcua-setup.service";

/// The units of a role, in the order in which they start.
pub fn units(device: &Device) -> Vec<&'static str> {
    let hub = device.is_hub().then_some("motcua-hub.service");
    hub.into_iter().chain([screen_unit(device)]).collect()
}

/// The unit that has the screen.
pub fn screen_unit(device: &Device) -> &'static str {
    match device.role {
        Role::Hub => "motcua-face.service",
        Role::Kiosk => "motcua-kiosk.service",
        Role::Display => "motcua-display.service",
        Role::Panel => "motcua-panel.service",
    }
}
