// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua kiosk`: the kiosk on a real display, with the hub inside or on the
//! hall's network.

use super::keypad::KeypadParts;
use super::link::HubLink;
use super::readers::{ReaderParts, StartCard};
use super::trial::{self, TrialOptions};
use super::{Kiosk, Parts, hands};
use crate::aloud::Ear;
use crate::citizen::Desk;
use crate::cli::read_hall;
use crate::clock::WallClock;
use crate::devices::first_hall;
use crate::devices::run::Join;
use crate::hub::devices::Role;
use crate::hub::run::HubPlace;
use crate::hub::serve;
use crate::technician::{DoorOptions, TechnicianDoor};
use crate::ui::Key;
use crate::ui::device::{self, GlassOptions};
use crate::uplink::Reports;
use crate::watch::{Watch, beat};
use clap::Args;
use motcua_hal::buttons::ButtonsHandle;
#[cfg(feature = "pcsc")]
use motcua_hal::card::{CardHandle, TrustError, TrustStore};
use motcua_hal::printer::{PrinterConfig, PrinterUrl};
use motcua_hal::scanner::ScannerConfig;
use motcua_hal::speaker::SpeakerHandle;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Notify;

/// What a kiosk needs.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    hub_inside: HubPlace,
    /// The hall's configuration, for the hub inside; a hub on the network tells it.
    #[arg(long, value_name = "FILE", required_unless_present = "at_hub")]
    hall: Option<PathBuf>,
    /// Works at the hub that this kiosk is enrolled at, in place of the one inside.
    #[arg(long)]
    at_hub: bool,
    #[command(flatten)]
    join: Join,
    /// Name of this device at the hub inside.
    #[arg(long, value_name = "NAME", default_value = "kiosk-1")]
    device: String,
    /// The printer, such as serial:/dev/serial/by-id/NAME?baud=115200, usb:04b8:0e15, tcp:192.0.2.7:9100.
    #[arg(long, value_name = "URL")]
    printer: PrinterUrl,
    /// The printer's model profile.
    #[arg(long, value_name = "NAME", default_value = "generic")]
    profile: String,
    /// The loudspeaker or headphone socket, for the warning before a session ends and for reading aloud: alsa, or alsa:DEVICE as `aplay -L` lists them.
    #[arg(long, value_name = "alsa[:DEVICE]")]
    speaker: Option<String>,
    #[command(flatten)]
    readers: ReaderOptions,
    /// File that says how the four buttons of a tactile keypad are wired: up, down, select, back; docs/accessibility.md.
    #[arg(long, value_name = "FILE")]
    keypad: Option<PathBuf>,
    #[command(flatten)]
    trial: TrialOptions,
    /// What it draws with.
    #[command(flatten)]
    pub glass: GlassOptions,
    /// The technician's way in.
    #[command(flatten)]
    pub door: DoorOptions,
}

/// Scanner and card reader.
#[derive(Clone, Debug, Args)]
struct ReaderOptions {
    /// The scanner of codes, such as serial:/dev/serial/by-id/NAME?baud=9600, gm:/dev/serial/by-id/NAME for modules of the
    /// GM65 and GM8xx kind, keys:/dev/input/by-id/NAME for scanners that are keyboards.
    #[arg(long, value_name = "URL")]
    scanner: Option<ScannerConfig>,
    /// File that says more about the scanner than one line can; docs/readers.md.
    #[arg(long, value_name = "FILE", conflicts_with = "scanner")]
    scanner_config: Option<PathBuf>,
    /// The reader of ID cards: part of its name, as pcsc_scan shows it; "" takes any.
    #[cfg(feature = "pcsc")]
    #[arg(long, value_name = "NAME")]
    card_reader: Option<String>,
    /// Directory with the country certificates (CSCA) that are believed.
    #[cfg(feature = "pcsc")]
    #[arg(long, value_name = "DIR", requires = "card_reader")]
    trust: Option<PathBuf>,
}

/// The scanner's file is of no use.
#[derive(Debug, thiserror::Error)]
enum BadScanner {
    #[error("{path} cannot be read")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} does not describe a scanner as docs/readers.md says")]
    Form { path: PathBuf, source: toml::de::Error },
}

impl ReaderOptions {
    fn parts(&self) -> Result<ReaderParts, Box<dyn Error>> {
        Ok(ReaderParts { scanner: self.scanner()?, card: self.card()? })
    }

    fn scanner(&self) -> Result<Option<ScannerConfig>, BadScanner> {
        let Some(path) = self.scanner_config.clone() else { return Ok(self.scanner.clone()) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(BadScanner::File { path, source }),
        };
        toml::from_str(&text).map(Some).map_err(|source| BadScanner::Form { path, source })
    }

    #[cfg(feature = "pcsc")]
    fn card(&self) -> Result<Option<StartCard>, TrustError> {
        let Some(name) = self.card_reader.clone() else { return Ok(None) };
        let trust = self.trust.as_deref().map(TrustStore::from_directory).transpose()?.unwrap_or_default();
        Ok(Some(Box::new(move |events| CardHandle::spawn(&name, trust, events))))
    }

    #[cfg(not(feature = "pcsc"))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "as in a build with card readers")]
    fn card(&self) -> Result<Option<StartCard>, std::convert::Infallible> {
        Ok(None)
    }
}

/// Not a loudspeaker.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a loudspeaker; write alsa, or alsa: and the device as `aplay -L` lists it")]
struct BadSpeaker(String);

fn speaker(asked: Option<&str>) -> Result<Option<SpeakerHandle>, BadSpeaker> {
    let Some(asked) = asked else { return Ok(None) };
    let device = match asked.split_once(':') {
        None if asked == "alsa" => "default",
        Some(("alsa", device)) if !device.is_empty() => device,
        _ => return Err(BadSpeaker(asked.to_owned())),
    };
    Ok(open_speaker(device))
}

#[cfg(feature = "linuxkms")]
fn open_speaker(device: &str) -> Option<SpeakerHandle> {
    use motcua_hal::speaker::alsa::{AlsaConfig, AlsaSpeaker};
    use motcua_hal::speaker::{Speaker, SpeakerEvent};
    let config = AlsaConfig { device: device.to_owned() };
    let open = move || AlsaSpeaker::open(&config).map(|s| Box::new(s) as Box<dyn Speaker>);
    let said = |event| {
        if let SpeakerEvent::Failed(_, fault) = event {
            tracing::debug!(%fault, "a sound was not heard to its end");
        }
    };
    Some(SpeakerHandle::spawn(open, said))
}

#[cfg(not(feature = "linuxkms"))]
fn open_speaker(_device: &str) -> Option<SpeakerHandle> {
    tracing::warn!("this build has no sound; the device build (feature linuxkms) has");
    None
}

/// Longest time for which a key of the keypad may ignore further presses.
const LONGEST_LOCKOUT_MS: u32 = 300;

fn keypad(wiring: Option<&Path>) -> Result<KeypadParts, Box<dyn Error>> {
    let Some(mut config) = wiring.map(crate::devices::run::wiring).transpose()? else {
        return Ok(KeypadParts::default());
    };
    if config.buttons.len() != Key::ALL.len() {
        return Err("a keypad has four buttons, in this order: up, down, select, back".into());
    }
    // A rating button rests for a second after a press; who goes through a list presses again sooner.
    config.lockout_ms = config.lockout_ms.min(LONGEST_LOCKOUT_MS);
    Ok(KeypadParts(Some(Box::new(move |events| ButtonsHandle::spawn(config, events)))))
}

/// Runs until SIGTERM or until the window is closed.
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let data = &options.hub_inside.data;
    let speaker = speaker(options.speaker.as_deref())?;
    let readers = options.readers.parts()?;
    let keypad = keypad(options.keypad.as_deref())?;
    let profile = super::profile(&options.profile)?;
    let printer = PrinterConfig { url: options.printer.clone(), profile };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let restart = Arc::new(Notify::new());
    let hands = hands::with_printer(serve::hands(&restart));
    let client = options.at_hub.then(|| options.join.client(data, &runtime)).transpose()?;
    let hall = match (&options.hall, &client) {
        (Some(file), _) => read_hall(file)?,
        (None, Some(client)) => runtime.block_on(first_hall(client, data)),
        (None, None) => return Err("name the hall's configuration with --hall".into()),
    };
    let trial = options.trial.on();
    let clock = if trial { trial::clock(&hall) } else { WallClock::device(hall.utc_offset_minutes) };
    let (link, desk, serving) = if let Some(client) = client {
        let _entered = runtime.enter();
        let reports = Reports::of_device(data, &client, Role::Kiosk, hands)?;
        runtime.spawn(hands::tell_parts(reports.parts));
        let desk = Desk::remote(client.clone(), data);
        (HubLink::remote(client, data), desk, None)
    } else {
        let pages = runtime.block_on(serve::start(data, &hall, clock.clone()))?;
        let hub = pages.api.hub.clone();
        let desk = Desk::local(pages.office.clone(), &options.device, data);
        let HubPlace { listen, devices, .. } = options.hub_inside;
        let doors = runtime.block_on(serve::Doors::open(listen, devices))?;
        let stop = async move {
            let _ = stopped.await;
        };
        runtime.spawn(hands::tell_parts(pages.reports.parts.clone()));
        let serving = runtime.spawn(serve::serve(pages, doors, hands, stop));
        (HubLink::Local { hub, device: options.device.clone() }, desk, Some(serving))
    };
    runtime.spawn(async move {
        restart.notified().await;
        let _ = slint::quit_event_loop();
    });
    runtime.spawn(async {
        if serve::asked_to_stop().await.is_ok() {
            let _ = slint::quit_event_loop();
        }
    });
    device::open(options.glass)?;
    let kiosk = Kiosk::start(Parts {
        hall,
        link,
        desk,
        clock,
        printer,
        speaker,
        readers,
        keypad,
        ear: Ear::default(),
        trial,
        runtime: runtime.handle().clone(),
    })?;
    kiosk.glass().window().show()?;
    let _door = TechnicianDoor::hang(kiosk.glass().component(), &options.door, runtime.handle());
    let _end = trial.then(|| options.trial.end(&kiosk, &options.door, runtime.handle()));
    let watch = Watch::of("kiosk", &options.hub_inside.watch, true);
    let _pulse = watch.as_ref().map(|watch| beat(watch, kiosk.glass().component()));
    watch.into_iter().for_each(|watch| kiosk.watched(watch));
    slint::run_event_loop_until_quit()?;
    drop(kiosk);
    super::end();
    let _ = stop.send(());
    if let Some(serving) = serving {
        runtime.block_on(serving)??;
    }
    Ok(())
}
