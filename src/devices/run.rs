// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua display` and `motcua panel`: the devices on a screen of their own,
//! and the panel as a box of buttons.

use super::panel::{ButtonBox, StartButtons};
use super::{display, first_hall, panel};
use crate::client::HubClient;
use crate::hub::serve::asked_to_stop;
use crate::voice::Bank;
use clap::Args;
use motcua_hal::buttons::{ButtonsHandle, PanelConfig};
use motcua_hal::lamps::LampsHandle;
use std::error::Error;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// Where the hub is and where the device keeps things.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The hub on the hall's network, such as http://192.0.2.1:8610.
    #[arg(long, value_name = "URL")]
    hub: String,
    /// Directory for what the device must know at its next start; made when missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// `motcua display`.
#[derive(Clone, Debug, Args)]
pub struct DisplayOptions {
    #[command(flatten)]
    common: Common,
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
    #[command(flatten)]
    common: Common,
    /// File with DEVICE:SECRET as `motcua device add NAME --role panel --counter ID` printed it.
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
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

/// Runs until SIGTERM or until the window is closed.
pub fn run_display(options: &DisplayOptions) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(&options.common.data)?;
    let client = HubClient::new(&options.common.hub, None)?;
    let runtime = runtime()?;
    let hall = runtime.block_on(first_hall(&client, &options.common.data));
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

fn wiring(path: &Path) -> Result<PanelConfig, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let config: PanelConfig = toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    config.check()?;
    Ok(config)
}

/// Runs until SIGTERM or until the window is closed.
pub fn run_panel(options: &PanelOptions) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(&options.common.data)?;
    let client = HubClient::new(&options.common.hub, Some(&std::fs::read_to_string(&options.secret_file)?))?;
    let runtime = runtime()?;
    let data = options.common.data.clone();
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
            tokio::select! {
                () = served.run() => Ok(()),
                stopped = asked_to_stop() => stopped,
            }
        })?;
        return Ok(());
    }
    let panel = panel::Panel::start(parts)?;
    panel.glass().window().show()?;
    quit_at_stop(&runtime);
    slint::run_event_loop_until_quit()?;
    drop(panel);
    panel::end();
    Ok(())
}
