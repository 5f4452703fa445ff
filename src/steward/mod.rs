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
//! | `hall` | the hall that a hub is set up with |
//! | [`partition`] | whether there is a partition to keep anything on |
//! | [`kept`] | the settings in force, on disk |
//! | [`units`] | which units of systemd a role has |
//! | [`network`], [`screen`] | files for systemd-networkd, wpa_supplicant, timesyncd, udev, Slint |
//! | [`lock`] | the technician's codes and the lock-out |
//! | [`guard`] | USBGuard: sticks only while a technician is there |
//! | [`usb`], [`scrub`] | sticks, and what may be written to them |
//! | [`reset`] | back to a blank device |
//! | [`release`] | which release this is |
//! | [`told`] | what the roles are told of the image |
//! | [`update`] | updates: when, what, and whether a new system stays |
//! | [`api`], [`client`] | the socket, from both sides |

pub mod air;
pub mod api;
pub mod client;
pub mod guard;
mod hall;
pub mod kept;
pub mod layout;
pub mod lock;
pub mod network;
pub mod partition;
pub mod provision;
pub mod release;
pub mod reset;
pub mod screen;
pub mod scrub;
mod session;
pub mod system;
pub mod told;
pub mod units;
pub mod update;
pub mod usb;

use crate::machine::Device;
use clap::Args;
use layout::Layout;
use provision::Steward;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use system::Program;
use update::agent::Hands;
use update::{Agent, Limits};

/// `motcua steward`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The root of the file system; another than / is for tests.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// The bus on which RAUC is, where it is not the system's; for tests.
    #[arg(long, value_name = "ADDRESS", hide = true)]
    bus: Option<String>,
    /// By how much faster than on a device updates are judged and asked for; for tests.
    #[arg(long, value_name = "TIMES", hide = true, default_value_t = 1)]
    pace: u32,
}

/// Provisions, then serves the socket until SIGTERM.
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let steward = Arc::new(Steward::new(Layout::at(&options.root))?);
    steward.start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let _entered = runtime.enter();
    if steward.data == partition::Data::Missing {
        tokio::spawn(partition::late(steward.layout.clone()));
    }
    let limits = Limits::at_pace(options.pace);
    let agent = Agent::start(steward.update_parts(options.bus.clone(), limits.clone()), hands(&steward));
    let (layout, release) = (steward.layout.clone(), steward.release.clone());
    tokio::spawn(update::feed::run(agent.clone(), layout, release, limits, settings(&steward)));
    runtime.block_on(api::serve(steward, agent))?;
    Ok(())
}

fn hands(steward: &Arc<Steward>) -> Hands {
    let system = steward.system.clone();
    let restart = move || {
        if let Err(e) = system.run(Program::Systemctl, &["reboot", "--no-block"]) {
            tracing::error!(error = crate::hub::chain(&e), "the device does not restart");
        }
    };
    Hands { restart: Box::new(restart), settings: Box::new(settings(steward)) }
}

fn settings(steward: &Arc<Steward>) -> impl Fn() -> Option<Device> + Send + Sync + 'static {
    let steward = steward.clone();
    move || steward.inner().kept.as_ref().map(|k| k.device.clone())
}
