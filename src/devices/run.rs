// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua display` and `motcua panel`: the devices on a screen of their own,
//! and the panel as a box of buttons.

use super::panel::{ButtonBox, StartButtons};
use super::{display, first_hall, join, panel};
use crate::client::HubClient;
use crate::enrolled::Given;
use crate::hub::devices::Role;
use crate::hub::serve::{asked_to_stop, hands};
use crate::technician::{DoorOptions, TechnicianDoor};
use crate::ui::device::{self, GlassOptions};
use crate::uplink::Reports;
use crate::voice::Bank;
use crate::watch::{Watch, WatchOptions, beat, keep};
use clap::Args;
use futures_util::FutureExt;
use motcua_hal::buttons::{ButtonsHandle, PanelConfig};
use motcua_hal::lamps::LampsHandle;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// Where the device keeps things, and how it comes to its hub.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Directory for the certificate and what the device must know at its next start; made when missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    join: Join,
    /// Where it tells how it is.
    #[command(flatten)]
    pub watch: WatchOptions,
    /// What it draws with.
    #[command(flatten)]
    pub glass: GlassOptions,
    /// The technician's way in.
    #[command(flatten)]
    pub door: DoorOptions,
}

/// How a device comes to its hub.
#[derive(Clone, Debug, Default, Args)]
pub struct Join {
    /// File with the ticket of enrolment, such as one on the boot partition; removed once it is used.
    #[arg(long, value_name = "FILE")]
    ticket_file: Option<PathBuf>,
    /// Another address of the hub than the ticket's, such as https://192.0.2.1:8611.
    #[arg(long, value_name = "URL")]
    hub: Option<String>,
}

impl Join {
    /// The hub's client, once this device is enrolled there; its certificate is kept young from then on.
    pub fn client(&self, data: &Path, runtime: &Runtime) -> Result<HubClient, Box<dyn Error>> {
        std::fs::create_dir_all(data)?;
        let given = self.ticket_file.clone().map(Given::File);
        Ok(join(data, given.as_ref(), self.hub.as_deref(), runtime)?)
    }
}

/// `motcua display`.
#[derive(Clone, Debug, Args)]
pub struct DisplayOptions {
    /// Data, hub, watch, glass.
    #[command(flatten)]
    pub common: Common,
    /// Loudspeaker: an ALSA device as `aplay -L` lists them, or `none`.
    #[arg(long, value_name = "DEVICE", default_value = "default")]
    speaker: String,
    /// Folder of the hall's own recordings: LANG/NAME.wav and chime.wav.
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Black, white and yellow.
    #[arg(long)]
    high_contrast: bool,
}

/// `motcua panel`.
#[derive(Clone, Debug, Args)]
pub struct PanelOptions {
    /// Data, hub, watch, glass.
    #[command(flatten)]
    pub common: Common,
    /// File that says how buttons, lamps and buzzer are wired; docs/panel-hardware.md.
    #[arg(long, value_name = "FILE")]
    wiring: Option<PathBuf>,
    /// A box of buttons without a screen; needs --wiring.
    #[arg(long, requires = "wiring")]
    screenless: bool,
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

fn quit_at_stop(runtime: &Runtime) {
    runtime.spawn(async {
        if asked_to_stop().await.is_ok() {
            let _ = slint::quit_event_loop();
        }
    });
}

/// Begins to tell the hub how this machine is, and to do what the central orders.
fn report(data: &Path, client: &HubClient, role: Role, runtime: &Runtime) -> Result<(), Box<dyn Error>> {
    let restart = Arc::new(Notify::new());
    let hands = hands(&restart);
    let _entered = runtime.enter();
    Reports::of_device(data, client, role, hands)?;
    runtime.spawn(async move {
        restart.notified().await;
        // Its service starts it again.
        if slint::quit_event_loop().is_err() {
            std::process::exit(0);
        }
    });
    Ok(())
}

/// Runs until SIGTERM or until the window is closed.
pub fn run_display(options: &DisplayOptions) -> Result<(), Box<dyn Error>> {
    let runtime = runtime()?;
    let client = options.common.join.client(&options.common.data, &runtime)?;
    report(&options.common.data, &client, Role::Display, &runtime)?;
    let hall = runtime.block_on(first_hall(&client, &options.common.data));
    device::open(options.common.glass)?;
    let display = display::Display::start(display::Parts {
        hall,
        client,
        data: options.common.data.clone(),
        runtime: runtime.handle().clone(),
        speaker: speaker(&options.speaker),
        bank: Bank::new(options.recordings.as_deref()),
        high_contrast: options.high_contrast,
    })?;
    display.glass().window().show()?;
    let _door = TechnicianDoor::hang(display.glass().component(), &options.common.door, runtime.handle());
    let watch = Watch::of("display", &options.common.watch, true);
    let _pulse = watch.as_ref().map(|watch| beat(watch, display.glass().component()));
    if let Some(watch) = watch {
        let look = || display::on_its_thread(display::Display::facts).boxed();
        // It keeps nothing that it could not ask its hub for.
        let ping = || std::future::ready(None).boxed();
        runtime.spawn(keep(watch, Box::new(look), Box::new(ping)));
    }
    quit_at_stop(&runtime);
    slint::run_event_loop_until_quit()?;
    drop(display);
    display::end();
    Ok(())
}

#[cfg(feature = "linuxkms")]
fn speaker(device: &str) -> Option<display::OpenSpeaker> {
    use motcua_hal::speaker::Speaker;
    use motcua_hal::speaker::alsa::{AlsaConfig, AlsaSpeaker};
    if device == "none" {
        return None;
    }
    let config = AlsaConfig { device: device.to_owned() };
    Some(Box::new(move || AlsaSpeaker::open(&config).map(|s| Box::new(s) as Box<dyn Speaker>)))
}

#[cfg(not(feature = "linuxkms"))]
fn speaker(device: &str) -> Option<display::OpenSpeaker> {
    if device != "none" {
        tracing::warn!("this build has no sound; the device build (feature linuxkms) has");
    }
    None
}

pub(crate) fn wiring(path: &Path) -> Result<PanelConfig, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let config: PanelConfig = toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    config.check()?;
    Ok(config)
}

/// Runs until SIGTERM or until the window is closed.
pub fn run_panel(options: &PanelOptions) -> Result<(), Box<dyn Error>> {
    let runtime = runtime()?;
    let data = options.common.data.clone();
    let client = options.common.join.client(&data, &runtime)?;
    report(&data, &client, Role::Panel, &runtime)?;
    let hall = runtime.block_on(first_hall(&client, &data));
    let counter = runtime.block_on(super::panel_counter(&client, &data))?;
    let config = options.wiring.as_deref().map(wiring).transpose()?;
    let lamps =
        config.clone().map(|c| LampsHandle::spawn(c, |event| tracing::info!(?event, "the panel's lamps")));
    let buttons = config.map(|c| Box::new(move |events| ButtonsHandle::spawn(c, events)) as StartButtons);
    let parts =
        panel::Parts { hall, counter, client, data, runtime: runtime.handle().clone(), buttons, lamps };
    if options.screenless {
        let served = ButtonBox::new(parts)?;
        runtime.block_on(async {
            let watch = Watch::of("panel", &options.common.watch, false);
            tokio::select! {
                () = served.run(watch) => Ok(()),
                stopped = asked_to_stop() => stopped,
            }
        })?;
        return Ok(());
    }
    device::open(options.common.glass)?;
    let panel = panel::Panel::start(parts)?;
    panel.glass().window().show()?;
    let _door = TechnicianDoor::hang(panel.glass().component(), &options.common.door, runtime.handle());
    let watch = Watch::of("panel", &options.common.watch, true);
    let _pulse = watch.as_ref().map(|watch| beat(watch, panel.glass().component()));
    if let Some(watch) = watch {
        let look = || panel::on_its_thread(panel::Panel::facts).boxed();
        runtime.spawn(keep(watch, Box::new(look), panel.outbox().ping()));
    }
    quit_at_stop(&runtime);
    slint::run_event_loop_until_quit()?;
    drop(panel);
    panel::end();
    Ok(())
}
