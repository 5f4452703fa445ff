// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench, `motcua sim`: the whole kiosk with its hub on simulated hardware
//! that speaks the real protocols, on one local web page and over JSON. It is
//! how the product is shown and tested; a device build does not contain it.

mod api;
mod cards;
mod central;
mod children;
mod glass;
mod log;
mod readers;
mod role;
pub mod screens;

pub use log::{Ring, Tee};

use crate::citizen::Desk;
use crate::client::HubClient;
use crate::clock::WallClock;
use crate::console::Pages;
use crate::devices::{self, JoinFault};
use crate::enrolled::{Given, at_hub};
use crate::hub::devices::Role as HubRole;
use crate::hub::{Hub, serve};
use crate::kiosk::link::HubLink;
use crate::kiosk::{self, Kiosk, Parts};
use crate::technician::TechnicianDoor;
use crate::ui::headless::{Headless, HeadlessOptions, elements};
use crate::uplink::{Hands, Reports};
use crate::watch::{Watch, beat};
use clap::Args;
use motcua_core::day;
use motcua_core::hall::{Hall, SAMPLE};
use motcua_hal::printer::sim::{SimConfig, SimPrinter, SimTransport};
use motcua_hal::printer::{PrinterConfig, PrinterUrl, Profile};
use motcua_link::trust::identity::PAIR_FILE;
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::runtime::Runtime;

/// What the bench can be told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Directory that keeps the tickets; a new temporary one without.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address of the page; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8600")]
    pub listen: SocketAddr,
    /// Pixels of the glass; the kiosk's is 1080x1920, 1920x1080 or 1280x800 by design.
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<(u32, u32)>,
    /// Language of the idle screen.
    #[arg(long, value_name = "vi|en", value_parser = ["vi", "en"])]
    pub lang: Option<String>,
    /// An external printer instead of the simulated one, such as tcp:127.0.0.1:9100.
    #[arg(long, value_name = "URL")]
    pub printer: Option<PrinterUrl>,
    /// Model of the printer.
    #[arg(long, value_name = "NAME", default_value = "epson-tm")]
    pub profile: String,
    /// A hall file instead of the sample ward.
    #[arg(long, value_name = "FILE")]
    pub hall: Option<PathBuf>,
    /// The hall's wall clock at start, such as 2026-11-23T09:00; without, the present time while the
    /// hall is open, else an hour into this day's opening, on a day off into the next one.
    #[arg(long, value_name = "LOCAL")]
    pub at: Option<jiff::civil::DateTime>,
    /// How much faster than real the simulated printer is.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub printer_speed: f64,
    /// Address of the hub inside for other devices; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub devices: SocketAddr,
    /// A ticket of enrolment at a hub of its own process, in place of the one inside.
    #[arg(long, value_name = "LINE")]
    pub ticket: Option<String>,
    /// Another address of that hub than the ticket's; without --ticket the certificate is in --data already.
    #[arg(long, value_name = "URL")]
    pub hub: Option<String>,
    /// Only the kiosk and its hub, without display, panel, officers and central.
    #[arg(long)]
    pub alone: bool,
    /// Counter of the panel.
    #[arg(long, value_name = "ID", default_value = "2")]
    pub counter: String,
    /// How much faster than real the simulated loudspeaker is.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speaker_speed: f64,
    /// Folder of a hall's own recordings, for the display.
    #[arg(long, value_name = "DIR")]
    pub recordings: Option<PathBuf>,
    /// Another device than the kiosk, at the hub of --ticket or --hub.
    #[arg(long, value_enum, value_name = "ROLE")]
    pub role: Option<Role>,
    /// The panel as a box of buttons without a screen.
    #[arg(long, requires = "role")]
    pub screenless: bool,
    /// Keeps the card reader within this program, where a pcscd of its own would be possible.
    #[arg(long)]
    pub no_pcscd: bool,
    /// Where it tells how it is, as a device does.
    #[command(flatten)]
    pub watch: crate::watch::WatchOptions,
    /// The technician's way in.
    #[command(flatten)]
    pub door: crate::technician::DoorOptions,
    /// Ends with whoever started it.
    #[arg(long, hide = true)]
    pub child: bool,
}

/// A device of the bench that is not the kiosk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Screen and voice of the waiting room.
    Display,
    /// Rating panel of a counter.
    Panel,
}

impl Role {
    /// Pixels of its usual glass.
    fn size(self) -> (u32, u32) {
        match self {
            Role::Display => (1920, 1080),
            Role::Panel => (1024, 600),
        }
    }

    /// Its name as a device.
    fn word(self) -> &'static str {
        match self {
            Role::Display => "display",
            Role::Panel => "panel",
        }
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parsed = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parsed
        .filter(|(w, h)| (320..=4096).contains(w) && (320..=4096).contains(h))
        .ok_or_else(|| format!("`{text}` is not a size such as 1080x1920, each side 320 to 4096"))
}

/// Everything the bench's pages and calls reach.
pub(crate) struct Bench {
    pub hub: Option<Hub>,
    pub hall: Hall,
    pub clock: WallClock,
    pub printer_url: PrinterUrl,
    pub sim: Option<SimPrinter>,
    pub hub_away: Arc<AtomicBool>,
    pub glass: crate::ui::headless::Remote,
    pub data: PathBuf,
    /// Where a program speaks to the hub inside, and with which certificate.
    pub program: Program,
    /// Scanner, card reader, keypad and voice of the kiosk.
    pub readers: Arc<readers::Bench>,
    /// The other devices of the small hall.
    pub devices: children::Devices,
    /// Who can sign in on the bench, with the PINs of this run.
    pub people: Vec<children::Person>,
    /// What the hall reports to.
    pub central: Option<central::Central>,
}

/// A program of the bench that may do everything, for the page and for tests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    /// The devices' address of the hub inside.
    pub url: Option<String>,
    /// File with its key and certificate, once it is enrolled.
    pub identity: Arc<std::sync::OnceLock<PathBuf>>,
}

impl Options {
    /// The hub of its own process at which this device works; enrolled there now if it is not yet.
    fn outside(&self, data: &Path, runtime: &Runtime) -> Result<Option<HubClient>, JoinFault> {
        if self.ticket.is_none() && self.hub.is_none() {
            return Ok(None);
        }
        let given = self.ticket.clone().map(Given::Line);
        devices::join(data, given.as_ref(), self.hub.as_deref(), runtime).map(Some)
    }
}

/// Runs until SIGTERM.
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    match options.role {
        Some(role) => role::run(role, options),
        None => run_kiosk(options),
    }
}

fn run_kiosk(options: &Options) -> Result<(), Box<dyn Error>> {
    if !options.no_pcscd {
        readers::with_a_pcscd_of_its_own(options.data.as_deref());
    }
    let hall = hall(options)?;
    let clock = clock(&hall, options.at);
    let profile = kiosk::profile(&options.profile)?;
    let (data, _temporary) = data(options)?;
    let (sim, printer_url) = printer(options, &profile, &data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let headless =
        Headless::install(HeadlessOptions { size: options.size.unwrap_or((1080, 1920)), mock_time: false })?;

    let (link, desk, pages, doors) = match options.outside(&data, &runtime)? {
        Some(client) => {
            let _entered = runtime.enter();
            let hands = kiosk::hands::with_printer(Hands::default());
            let reports = Reports::of_device(&data, &client, HubRole::Kiosk, hands)?;
            runtime.spawn(kiosk::hands::tell_parts(reports.parts));
            let desk = Desk::remote(client.clone(), &data);
            (HubLink::remote(client, &data), desk, None, None)
        }
        None => {
            let pages = runtime.block_on(serve::start(&data, &hall, clock.clone()))?;
            let hub = pages.api.hub.clone();
            let doors = runtime.block_on(serve::Doors::open(options.listen, options.devices))?;
            let desk = Desk::local(pages.office.clone(), "kiosk-1", &data);
            (HubLink::Local { hub, device: "kiosk-1".into() }, desk, Some(pages), Some(doors))
        }
    };
    let hub = pages.as_ref().map(|p| p.api.hub.clone());
    let readers = Arc::new(readers::Bench::start(&data, options.speaker_speed)?);
    let hub_away = Arc::new(AtomicBool::new(false));
    let link = link.switched(hub_away.clone());
    let kiosk = Kiosk::start(Parts {
        hall: hall.clone(),
        link,
        desk,
        clock: clock.clone(),
        printer: PrinterConfig { url: printer_url.clone(), profile },
        speaker: Some(readers.speaker()),
        readers: readers.parts()?,
        keypad: readers.keypad(),
        trial: false,
        ear: readers.ear(),
        runtime: runtime.handle().clone(),
    })?;
    kiosk.glass().window().show()?;
    let _door = TechnicianDoor::hang(kiosk.glass().component(), &options.door, runtime.handle());
    let watch = Watch::of("kiosk", &options.watch, true);
    let _pulse = watch.as_ref().map(|watch| beat(watch, kiosk.glass().component()));
    watch.into_iter().for_each(|watch| kiosk.watched(watch));
    let (listener, devices) = match doors {
        Some(doors) => (doors.pages, Some(doors.devices)),
        None => (bind(&runtime, options.listen)?, None),
    };
    let url = devices.as_ref().map(|d| d.local_addr().map(|at| format!("https://{at}"))).transpose()?;
    let small_hall = match (&pages, &url) {
        (Some(pages), Some(url)) if !options.alone => {
            runtime.block_on(children::start(pages, options, url, &data))?
        }
        _ => children::SmallHall::default(),
    };
    let program = Program { url, ..Program::default() };
    let central = match &pages {
        Some(pages) if !options.alone => Some(central::Central::start(pages, &data, runtime.handle())),
        _ => None,
    };
    let bench = Arc::new(Bench {
        hub: hub.clone(),
        hall,
        clock,
        printer_url,
        sim,
        hub_away,
        glass: headless.remote(),
        data: data.clone(),
        program: program.clone(),
        readers,
        devices: small_hall.devices.clone(),
        people: small_hall.people,
        central: central.clone(),
    });
    if let (Some(pages), Some(devices)) = (&pages, devices) {
        let _entered = runtime.enter();
        // A bench is not restarted by anybody, and ends without asking its devices.
        let (stop, told) = tokio::sync::watch::channel(false);
        serve::serve_devices(pages, devices, kiosk::hands::with_printer(Hands::default()), told)?;
        runtime.spawn(kiosk::hands::tell_parts(pages.reports.parts.clone()));
        runtime.spawn(enrol_program(pages.clone(), data.clone(), program, stop));
    }
    let serving = serve_bench(&runtime, listener, bench, pages)?;
    slint::run_event_loop_until_quit()?;
    drop(kiosk);
    kiosk::end();
    drop(small_hall.running);
    if let Some(central) = central {
        central.stop();
    }
    serving.abort();
    if let Some(hub) = hub {
        runtime.block_on(hub.stop());
    }
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(())
}

/// Gives the bench's own program its certificate, made for this run: no bench has the same.
async fn enrol_program(
    pages: Pages,
    data: PathBuf,
    program: Program,
    _stop: tokio::sync::watch::Sender<bool>,
) {
    let url = program.url.unwrap_or_default();
    let place = at_hub(&data.join("bench"));
    let done = async {
        pages.api.devices.add("bench", HubRole::Manager, None)?;
        let ticket = pages.api.trust.ticket("bench", HubRole::Manager, &url, 1, "bench").await?;
        place.enrol(&ticket.line()).await?;
        Ok::<_, Box<dyn Error + Send + Sync>>(())
    };
    match done.await {
        Ok(()) => drop(program.identity.set(place.dir().join(PAIR_FILE))),
        Err(e) => tracing::error!(error = %e, "no program can speak to the bench's hub"),
    }
    // The devices' address is open as long as this waits.
    std::future::pending::<()>().await;
}

fn bind(runtime: &Runtime, listen: SocketAddr) -> Result<tokio::net::TcpListener, NoPort> {
    runtime.block_on(tokio::net::TcpListener::bind(listen)).map_err(|source| NoPort { listen, source })
}

/// Serves the page, says where it is, and arranges for SIGTERM to end the event loop.
#[allow(clippy::print_stdout, reason = "the address is what the person at the terminal waits for")]
fn serve_bench(
    runtime: &Runtime,
    listener: tokio::net::TcpListener,
    bench: Arc<Bench>,
    pages: Option<Pages>,
) -> Result<tokio::task::JoinHandle<()>, Box<dyn Error>> {
    let at = listener.local_addr()?;
    if !at.ip().is_loopback() {
        tracing::warn!("everybody on the network can use this bench; it has no authentication");
    }
    let look = Box::new(|| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
        Box::pin(kiosk::on_its_thread(|k| (elements(k.glass()), k.view().screen.name().to_owned())))
    });
    let eyes = glass::Eyes { remote: bench.glass.clone(), look };
    let mut router = api::router(bench).merge(glass::router(eyes));
    if let Some(pages) = pages {
        router = router.merge(serve::app(pages));
    }
    println!("motcua sim is at http://{at}/");
    runtime.spawn(async {
        if serve::asked_to_stop().await.is_ok() {
            let _ = slint::quit_event_loop();
        }
    });
    Ok(runtime.spawn(async move {
        if let Err(e) = axum::serve(crate::hub::serve::lively(listener), router).await {
            tracing::error!(error = %e, "the bench's page");
        }
    }))
}

fn hall(options: &Options) -> Result<Hall, Box<dyn Error>> {
    let mut hall = match &options.hall {
        Some(path) => crate::cli::read_hall(path)?,
        None => Hall::parse(SAMPLE).map_err(|faults| crate::cli::BadHall::of("the sample", &faults))?,
    };
    if let Some(lang) = &options.lang {
        // The idle screen shows the first language.
        hall.languages.sort_by_key(|l| l != lang);
    }
    Ok(hall)
}

/// A bench that shows a closed hall to somebody who tries it in the evening helps nobody.
fn clock(hall: &Hall, at: Option<jiff::civil::DateTime>) -> WallClock {
    let device = WallClock::device(hall.utc_offset_minutes);
    let now = device.now().local;
    let opens = match day::hours(hall, now) {
        day::Hours::Open { .. } => None,
        // The central lives by the real clock: what happens here belongs to its today, if there is one.
        _ if at.is_none() && today(hall, now).is_some() => today(hall, now),
        day::Hours::Lunch { opens } => Some(opens),
        day::Hours::Closed { opens } | day::Hours::Holiday { opens, .. } => opens,
    };
    let start = at.or_else(|| opens.and_then(|o| o.checked_add(jiff::SignedDuration::from_hours(1)).ok()));
    if at.is_none()
        && let Some(start) = start
    {
        tracing::info!("the hall is closed at {now}; the bench's clock starts at {start}");
        if start.date() != now.date() {
            tracing::warn!(
                "its day is not that of the central, which lives by the real clock: choose {} on the central's pages",
                start.date()
            );
        }
    }
    WallClock::starting_at(start.unwrap_or(now), hall.utc_offset_minutes)
}

/// The first opening of this day; none on a day off.
fn today(hall: &Hall, now: jiff::civil::DateTime) -> Option<jiff::civil::DateTime> {
    let eve = now.date().yesterday().ok()?;
    day::next_day_opening(hall, eve.to_datetime(now.time())).filter(|o| o.date() == now.date())
}

fn printer(
    options: &Options,
    profile: &Profile,
    data: &Path,
) -> Result<(Option<SimPrinter>, PrinterUrl), Box<dyn Error>> {
    if let Some(url) = &options.printer {
        return Ok((None, url.clone()));
    }
    // By a name of its own, as by-id names are: the number of a pty that was pulled goes to whoever opens the next.
    let transport = SimTransport::Pty { link: Some(data.join("printer")) };
    let config =
        SimConfig { time_scale: options.printer_speed, transport, ..SimConfig::pty(profile.clone()) };
    let sim = SimPrinter::start(config)?;
    let url = sim.url();
    Ok((Some(sim), url))
}

/// The directory of this run, and what removes it when it is a temporary one.
fn data(options: &Options) -> Result<(PathBuf, Option<Temporary>), std::io::Error> {
    if let Some(dir) = &options.data {
        std::fs::create_dir_all(dir)?;
        return Ok((dir.clone(), None));
    }
    let dir = std::env::temp_dir().join(format!("motcua-sim-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir_all(&dir)?;
    Ok((dir.clone(), Some(Temporary(dir))))
}

struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(e) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(error = %e, "the temporary directory stays");
        }
    }
}

/// The page's port is taken.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {listen}; stop what uses it, or give another --listen")]
struct NoPort {
    listen: SocketAddr,
    source: std::io::Error,
}
