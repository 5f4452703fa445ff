// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua steward`: the one process of a device that is root. It turns the technician's settings into network,
//! screen and running roles, guards the technician's menu, and does what needs root for the screens, which ask
//! over a Unix socket. It knows no queue, no citizen and no screen.
//!
//! | module | what |
//! |---|---|
//! | [`layout`] | where everything is; the root can be moved for tests |
//! | [`system`] | the programs that it runs, all named in one place |
//! | [`provision`] | settings from the boot partition or a screen into force |
//! | [`kept`] | the settings in force, on disk |
//! | [`network`], [`screen`] | files for systemd-networkd, wpa_supplicant, timesyncd, udev, Slint |
//! | [`lock`] | the technician's codes and the lock-out |
//! | [`usb`], [`scrub`] | sticks, and what may be written to them |
//! | [`reset`] | back to a blank device |
//! | [`release`] | which release this is |
//! | [`api`], [`client`] | the socket, from both sides |

pub mod api;
pub mod client;
pub mod kept;
pub mod layout;
pub mod lock;
pub mod network;
pub mod provision;
pub mod release;
pub mod reset;
pub mod screen;
pub mod scrub;
pub mod system;
pub mod usb;

use clap::Args;
use layout::Layout;
use provision::Steward;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// `motcua steward`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The root of the file system; another than / is for tests.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

/// Provisions, then serves the socket until SIGTERM.
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let steward = Arc::new(Steward::new(Layout::at(&options.root))?);
    steward.start();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(api::serve(steward))?;
    Ok(())
}
