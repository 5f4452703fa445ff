// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua start ROLE`: what the image's units call. Reads the settings that the steward left in
//! `/run/motcua/device.toml` and runs the role with them, as if its options were typed.
//!
//! | module | what |
//! |---|---|
//! | `line` | settings into the options of a role |
//! | `join` | a ticket for the hub on the same box; the hub at its central |
//! | [`trial`] | the test mode: its directory, its hall |
//! | `screen` | the window of a device whose role does not run |
//! | `wait` | says what is waited for, until the hub is there |
//! | `refusal` | why the hub does not let a device in, as a word |
//! | `faulty` | says once what is wrong with new settings |
//! | `face` | the screen of a box that is only a hub |

#[cfg(any(feature = "desktop", feature = "linuxkms"))]
mod face;
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
mod faulty;
mod join;
mod line;
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
mod refusal;
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
mod screen;
#[cfg(any(feature = "desktop", feature = "linuxkms", feature = "sim"))]
pub mod trial;
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
mod wait;

use crate::machine::{Device, Role};
use crate::steward::layout::Layout;
use clap::{Args, ValueEnum};
use std::error::Error;
use std::path::PathBuf;

/// `motcua start`.
#[derive(Clone, Debug, Args)]
pub struct StartOptions {
    /// What to run; it must be what the settings say.
    role: Unit,
    /// The root of the file system; another than / is for tests.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

/// One of the image's units. A kiosk with its hub on the same box has two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unit {
    /// The hall's hub.
    Hub,
    /// Gives numbers.
    Kiosk,
    /// The waiting room's screen.
    Display,
    /// The rating panel.
    Panel,
    /// The screen of a box that is only a hub.
    Face,
    /// The kiosk's test mode: numbers count nowhere.
    Trial,
}

/// The settings do not fit.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("there is no {0}; the steward writes it once the device has its settings")]
    Settings(PathBuf),
    #[error("the settings make this device a {0}, not what was asked for")]
    Other(&'static str),
}

/// Runs the role until SIGTERM.
pub fn run(options: &StartOptions) -> Result<(), Box<dyn Error>> {
    let layout = Layout::at(&options.root);
    let path = layout.public();
    let device = crate::machine::device::read(&path)?.ok_or(StartError::Settings(path))?;
    let fits = match options.role {
        Unit::Hub => device.is_hub(),
        Unit::Kiosk => device.role == Role::Kiosk,
        Unit::Display => device.role == Role::Display,
        Unit::Panel => device.role == Role::Panel,
        Unit::Face => device.role == Role::Hub,
        Unit::Trial => device.role == Role::Kiosk,
    };
    if !fits {
        return Err(StartError::Other(device.role.word()).into());
    }
    if options.role == Unit::Hub {
        let hub = line::hub(&layout)?;
        join::central(&layout);
        return crate::hub::run::run(&hub);
    }
    screen(options.role, &layout, &device)
}

/// A role with a screen; first the one that waits for the hub, where there is something to wait for.
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
fn screen(unit: Unit, layout: &Layout, device: &Device) -> Result<(), Box<dyn Error>> {
    match unit {
        Unit::Face => return face::run(layout, device),
        Unit::Trial => return trial::run(layout, device),
        _ => {}
    }
    let faults = if device.screenless { Vec::new() } else { faulty::unseen(layout) };
    if !faults.is_empty() {
        faulty::tell(layout, device.role.word(), faults)?;
        return Err(again().into());
    }
    if !device.screenless && !wait::is_ready(layout, device) {
        wait::for_hub(layout, device)?;
        // One process has one window; the role begins in the same process with nothing of this one.
        return Err(again().into());
    }
    if device.screenless && device.role == Role::Panel {
        tracing::info!("a panel without a screen waits for its hub without one");
    }
    match device.role {
        Role::Kiosk => crate::kiosk::run(&line::kiosk(layout, device)?),
        Role::Display => crate::devices::run::run_display(&line::display(layout, device)?),
        Role::Panel => crate::devices::run::run_panel(&line::panel(layout, device)?),
        Role::Hub => Err(StartError::Other("hub").into()),
    }
}

#[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
fn screen(_unit: Unit, layout: &Layout, device: &Device) -> Result<(), Box<dyn Error>> {
    // What can be known without a screen is still told: that the settings are no command of that role.
    let typed = line::arguments(layout, device);
    Err(format!("{}; it would be: motcua {}", crate::cli::NO_SCREEN, typed.join(" ")).into())
}

/// Replaces this process by a new one of the same program; comes back only where that fails.
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
fn again() -> std::io::Error {
    use std::os::unix::process::CommandExt;
    // The role's first sign of life comes with its first frame.
    if let Err(e) = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]) {
        tracing::debug!(error = %e, "systemd is not told");
    }
    let program = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
    std::process::Command::new(program).args(std::env::args_os().skip(1)).exec()
}
