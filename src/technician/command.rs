// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua technician`: the menu on the device's own screen.

use super::run::{Parts, Technician, end};
use crate::doctor::Roots;
use crate::hub::serve::asked_to_stop;
use crate::ui::device::{self, GlassOptions};
use crate::watch::{Facts, Watch, WatchOptions, beat, keep};
use clap::Args;
use futures_util::FutureExt;
use std::error::Error;
use std::path::PathBuf;

/// Where it finds things.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The steward's socket.
    #[arg(long, value_name = "SOCKET", default_value = "/run/motcua/steward.sock")]
    steward: PathBuf,
    /// The root of the file system to look at.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    #[command(flatten)]
    glass: GlassOptions,
    #[command(flatten)]
    watch: WatchOptions,
}

/// Runs until the steward ends it.
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    device::open(options.glass)?;
    let technician = Technician::start(Parts {
        socket: options.steward.clone(),
        roots: Roots::under(&options.root),
        runtime: runtime.handle().clone(),
    })?;
    technician.glass().window().show()?;
    let watch = Watch::of("technician", &options.watch, true);
    let _pulse = watch.as_ref().map(|watch| beat(watch, technician.glass().component()));
    if let Some(watch) = watch {
        let look = || std::future::ready(Some(Facts { busy: true, ..Facts::default() })).boxed();
        let ping = || std::future::ready(None).boxed();
        runtime.spawn(keep(watch, Box::new(look), Box::new(ping)));
    }
    runtime.spawn(async {
        if asked_to_stop().await.is_ok() {
            let _ = slint::quit_event_loop();
        }
    });
    slint::run_event_loop_until_quit()?;
    drop(technician);
    end();
    Ok(())
}
