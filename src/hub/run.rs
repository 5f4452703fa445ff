// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua hub`: the hall's hub without a screen.

use super::serve;
use crate::cli::read_hall;
use crate::clock::WallClock;
use clap::Args;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a hub keeps things and listens.
#[derive(Clone, Debug, Args)]
pub struct HubPlace {
    /// Directory of the database; made when missing.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Address and port of the pages.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8610")]
    pub listen: SocketAddr,
    /// Address and port for devices, encrypted.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8611")]
    pub devices: SocketAddr,
    /// Where it tells how it is.
    #[command(flatten)]
    pub watch: crate::watch::WatchOptions,
}

/// What a hub needs.
#[derive(Clone, Debug, Args)]
pub struct HubOptions {
    #[command(flatten)]
    place: HubPlace,
    /// The hall's configuration.
    #[arg(long, value_name = "FILE")]
    hall: PathBuf,
}

/// To whoever started the hub. A terminal that is gone must not end the hall.
fn tell(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Runs until SIGTERM.
pub fn run(options: &HubOptions) -> Result<(), Box<dyn Error>> {
    let hall = read_hall(&options.hall)?;
    let clock = WallClock::device(hall.utc_offset_minutes);
    let HubPlace { data, listen, devices, watch } = &options.place;
    tokio::runtime::Runtime::new()?.block_on(async move {
        let pages = serve::start(data, &hall, clock).await?;
        let is_image = crate::steward::told::Told::read().is_some();
        if pages.api.devices.is_empty() && !is_image {
            tracing::warn!("no device may speak to this hub yet: motcua device add kiosk-1 --data DIR");
        }
        let doors = serve::Doors::open(*listen, *devices).await?;
        let at = doors.pages.local_addr()?;
        let address = pages.api.trust.tell_address(doors.devices.local_addr()?)?;
        tell(&format!("devices on {}", address.url));
        tell(&format!("motcua hub listens on http://{at}"));
        if let Some(code) = pages.staff.setup_code().filter(|_| !is_image) {
            tell(&format!("no manager yet: open http://{at}/console and give the set-up code {code}"));
        }
        tokio::spawn(super::leave_code(pages.staff.clone(), watch.clone()));
        if let Some(watch) = crate::watch::Watch::of("hub", watch, false) {
            tokio::spawn(super::watched(watch, &pages.api.hub));
        }
        let restart = Arc::new(tokio::sync::Notify::new());
        let hands = serve::hands(&restart);
        let stop = async move {
            tokio::select! {
                asked = serve::asked_to_stop() => {
                    if let Err(e) = asked {
                        tracing::error!(error = %e, "signals");
                    }
                }
                () = restart.notified() => {}
            }
        };
        serve::serve(pages, doors, hands, stop).await?;
        Ok(())
    })
}
