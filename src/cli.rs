// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line: what each subcommand takes, and its way into the modules
//! that do the work. The only place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

use crate::clock::WallClock;
use crate::enrolled::of_ticket;
use crate::hub::devices::{Devices, Role};
use crate::hub::serve;
use crate::hub::trust::{Address, Trust, TrustError};
use clap::{Args, Parser, Subcommand};
use motcua_core::hall::{Hall, HallFault};
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

type Done = Result<(), Box<dyn Error>>;

/// Who ordered what was typed here.
const COMMAND_LINE: &str = "command line";

/// Queue kiosk and site hub of a one-stop public-service hall.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The whole kiosk on simulated hardware, on one local web page.
    #[cfg(feature = "sim")]
    Sim(Box<crate::sim::Options>),
    /// The ticket kiosk with its screen and printer; the hub runs inside unless --hub names one.
    #[cfg(any(feature = "desktop", feature = "linuxkms"))]
    Kiosk(Box<crate::kiosk::Options>),
    /// The waiting room's screen and voice.
    #[cfg(any(feature = "desktop", feature = "linuxkms"))]
    Display(crate::devices::run::DisplayOptions),
    /// The rating panel of one counter, with a screen or as a box of buttons.
    #[cfg(any(feature = "desktop", feature = "linuxkms"))]
    Panel(crate::devices::run::PanelOptions),
    /// The ticket kiosk; not in this build.
    #[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
    #[command(disable_help_flag = true)]
    Kiosk(NoScreen),
    /// The waiting room's screen and voice; not in this build.
    #[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
    #[command(disable_help_flag = true)]
    Display(NoScreen),
    /// The rating panel; not in this build.
    #[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
    #[command(disable_help_flag = true)]
    Panel(NoScreen),
    /// The hall's hub without a screen.
    Hub(HubOptions),
    /// Checks a hall file and names the line of each fault.
    Check {
        /// The hall file.
        file: PathBuf,
    },
    /// Devices that may speak to the hub.
    Device {
        #[command(subcommand)]
        action: DeviceAction,
    },
    /// Data of the provincial system in a hall without a central.
    Province {
        #[command(subcommand)]
        action: crate::province::import::ProvinceAction,
    },
    /// Enrols this machine with a ticket: a hub at its central, any other device at its hub.
    Enrol {
        /// The ticket's line, as `motcua-central ticket` or `motcua device add` printed it; - reads it from
        /// standard input.
        ticket: String,
        /// This machine's data directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// The technician's menu on this device's screen.
    #[cfg(any(feature = "desktop", feature = "linuxkms"))]
    Technician(crate::technician::command::Options),
    /// Tests this device and says what to do about what it finds.
    Doctor(crate::doctor::command::Options),
    /// Looks into what a scanner read.
    Scan {
        #[command(subcommand)]
        action: crate::readers::scan::ScanAction,
    },
    /// Reads ID cards.
    #[cfg(feature = "pcsc")]
    Card {
        #[command(subcommand)]
        action: crate::readers::card::CardAction,
    },
    /// Checks a receiver of the link against the rules of docs/link.md that a client can try, and says which it did not
    /// try and what it leaves behind.
    LinkCheck(crate::uplink::command::LinkCheckOptions),
    /// Prints the link's machine-readable documents, as docs/ has them.
    LinkReference {
        /// Which.
        what: crate::uplink::command::LinkDocument,
    },
    /// Prints the reference of the hub's API, as docs/api-reference.md has it.
    ApiReference,
    /// Renders every screen in every mode, language and size to PNG files.
    #[cfg(feature = "sim")]
    Screens(crate::sim::screens::Options),
}

/// Whatever was asked of a program that is not in this build.
#[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
#[derive(Debug, Args)]
struct NoScreen {
    /// Options of a build with a screen.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<String>,
}

#[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
const NO_SCREEN: &str = "this build drives no screen: build with `--no-default-features --features linuxkms` for a device, \
                         with `--features desktop` for a window; `motcua sim` shows all of them on one page";

/// What a hub needs.
#[derive(Clone, Debug, Args)]
pub struct HubOptions {
    /// Directory of the database; made when missing.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The hall's configuration.
    #[arg(long, value_name = "FILE")]
    pub hall: PathBuf,
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

#[derive(Debug, Subcommand)]
enum DeviceAction {
    /// Adds a device, or gives it a new ticket of enrolment, and prints the ticket once.
    Add {
        /// Name, such as kiosk-1.
        id: String,
        /// What it may do.
        #[arg(long, value_enum, default_value = "kiosk")]
        role: Role,
        /// The counter of a panel.
        #[arg(long, value_name = "ID")]
        counter: Option<String>,
        /// Give a device that is there already a new ticket; its certificate ends when the ticket is used.
        #[arg(long)]
        replace: bool,
        /// How long the ticket can be used.
        #[arg(long, value_name = "HOURS", default_value_t = 72, value_parser = clap::value_parser!(u32).range(1..=720))]
        hours: u32,
        /// Where the device reaches this hub, if not as the hub found out by itself.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// A QR code for the device's scanner too, on standard error.
        #[arg(long)]
        qr: bool,
        /// The hub's data directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Ends a ticket that was not used yet.
    Cancel {
        /// Name.
        id: String,
        /// The hub's data directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Lists the devices that may speak to the hub, and their open tickets.
    List {
        /// The hub's data directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Takes a device off the list and its certificates back.
    Remove {
        /// Name.
        id: String,
        /// The hub's data directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

/// Standard error, which the journal reads; on the bench the page shows it too.
fn log_to() -> Box<dyn std::io::Write> {
    #[cfg(feature = "sim")]
    return Box::new(crate::sim::Tee);
    #[cfg(not(feature = "sim"))]
    Box::new(std::io::stderr())
}

/// Runs what the command line asks for.
#[allow(clippy::print_stdout, reason = "what was asked for goes to standard output")]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    // Before the first client is made; one for the whole program.
    motcua_link::trust::ready();
    let filter = tracing_subscriber::EnvFilter::try_from_env("MOTCUA_LOG").unwrap_or_else(|_| "info".into());
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::registry()
        .with(filter)
        .with(tracing_subscriber::fmt::layer().with_ansi(ansi).with_writer(log_to))
        .with(crate::uplink::Remember)
        .init();
    // The bench is there to be looked into.
    #[cfg(feature = "sim")]
    let bench = matches!(cli.command, Action::Sim(_) | Action::Screens(_));
    #[cfg(not(feature = "sim"))]
    let bench = false;
    if !bench {
        crate::dumps::off();
    }
    let done = match cli.command {
        #[cfg(feature = "sim")]
        Action::Sim(options) => crate::sim::run(&options),
        #[cfg(any(feature = "desktop", feature = "linuxkms"))]
        Action::Kiosk(options) => crate::kiosk::run(&options),
        #[cfg(any(feature = "desktop", feature = "linuxkms"))]
        Action::Display(options) => crate::devices::run::run_display(&options),
        #[cfg(any(feature = "desktop", feature = "linuxkms"))]
        Action::Panel(options) => crate::devices::run::run_panel(&options),
        #[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
        Action::Kiosk(_) | Action::Display(_) | Action::Panel(_) => Err(NO_SCREEN.into()),
        Action::Hub(options) => hub(&options),
        Action::Check { file } => return check(&file),
        Action::Device { action } => device(action),
        Action::Province { action } => crate::province::import::run(&action),
        Action::Enrol { ticket, data } => enrol(&ticket, &data),
        #[cfg(any(feature = "desktop", feature = "linuxkms"))]
        Action::Technician(options) => crate::technician::command::run(&options),
        Action::Doctor(options) => return crate::doctor::command::run(&options),
        Action::Scan { action } => return crate::readers::scan::run(&action),
        #[cfg(feature = "pcsc")]
        Action::Card { action } => return crate::readers::card::run(&action),
        Action::LinkCheck(options) => return crate::uplink::command::link_check(&options),
        Action::LinkReference { what } => {
            println!("{:#}", what.document());
            Ok(())
        }
        Action::ApiReference => {
            print!("{}", crate::hub::api::reference());
            Ok(())
        }
        #[cfg(feature = "sim")]
        Action::Screens(options) => crate::sim::screens::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("motcua: {}", crate::hub::chain(&*e));
            ExitCode::FAILURE
        }
    }
}

/// A hall file that has faults, one a line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadHall(String);

impl BadHall {
    /// The faults of the file called `name`.
    pub fn of(name: &str, faults: &[HallFault]) -> BadHall {
        BadHall(faults.iter().map(|f| format!("{name}: {f}")).collect::<Vec<_>>().join("\n"))
    }
}

/// Reads and checks a hall file; the error lists every fault.
pub fn read_hall(path: &Path) -> Result<Hall, Box<dyn Error>> {
    let bytes = std::fs::read(path).map_err(|e| BadHall(format!("{}: {e}", path.display())))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let good = e.as_bytes().get(..e.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|b| **b == b'\n').count() + 1;
        BadHall(format!("{}: line {line}: not UTF-8 text; save the file as UTF-8", path.display()))
    })?;
    Hall::parse(&text).map_err(|faults| BadHall::of(&path.display().to_string(), &faults).into())
}

fn check(path: &Path) -> ExitCode {
    match read_hall(path) {
        Ok(hall) => {
            println!(
                "{}: {}, {} services at {} counters: good",
                path.display(),
                hall.lines.join(", "),
                hall.services.len(),
                hall.counters.len()
            );
            ExitCode::SUCCESS
        }
        Err(faults) => {
            eprintln!("{faults}");
            ExitCode::FAILURE
        }
    }
}

/// To whoever started the hub. A terminal that is gone must not end the hall.
fn tell(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn hub(options: &HubOptions) -> Done {
    let hall = read_hall(&options.hall)?;
    let clock = WallClock::device(hall.utc_offset_minutes);
    tokio::runtime::Runtime::new()?.block_on(async move {
        let pages = serve::start(&options.data, &hall, clock).await?;
        if pages.api.devices.is_empty() {
            tracing::warn!("no device may speak to this hub yet: motcua device add kiosk-1 --data DIR");
        }
        let doors = serve::Doors::open(options.listen, options.devices).await?;
        let at = doors.pages.local_addr()?;
        let address = pages.api.trust.tell_address(doors.devices.local_addr()?)?;
        tell(&format!("devices on {}", address.url));
        tell(&format!("motcua hub listens on http://{at}"));
        if let Some(code) = pages.staff.setup_code() {
            tell(&format!("no manager yet: open http://{at}/console and give the set-up code {code}"));
        }
        if let Some(watch) = crate::watch::Watch::of("hub", &options.watch, false) {
            tokio::spawn(crate::hub::watched(watch, &pages.api.hub));
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

fn enrol(ticket: &str, data: &Path) -> Done {
    let line = if ticket == "-" { std::io::read_to_string(std::io::stdin())? } else { ticket.to_owned() };
    let place = of_ticket(data, &line)?;
    crate::enrolled::of_this_hall(data, &line)?;
    let identity = tokio::runtime::Runtime::new()?.block_on(place.enrol(&line))?;
    println!(
        "enrolled as {}, {}; the certificate is good for {} days and renewed by itself",
        identity.name(),
        identity.role(),
        identity.days_left(crate::clock::unix_ms())
    );
    match identity.role() {
        motcua_link::trust::Role::Hub => eprintln!("A running hub begins to report within seconds."),
        _ => eprintln!("Key and certificate are in {}.", place.dir().display()),
    }
    Ok(())
}

/// What is wrong with a name on the command line.
#[derive(Debug, thiserror::Error)]
enum DeviceFault {
    #[error("there is a device `{0}` already; repeat this with --replace to give it a new ticket")]
    There(String),
    #[error("there is no device `{0}`; `motcua device list` names them")]
    NotThere(String),
    #[error("`{0}` has no open ticket; `motcua device list` shows which devices have one")]
    NoTicket(String),
}

fn device(action: DeviceAction) -> Done {
    match action {
        DeviceAction::Add { id, role, counter, replace, hours, url, qr, data } => {
            let address = Address::read(&data)?;
            let devices = Devices::open(&data)?;
            if !replace && devices.of(&id).is_some() {
                return Err(DeviceFault::There(id).into());
            }
            devices.add(&id, role, counter.as_deref())?;
            let url = url.unwrap_or(address.url);
            let ticket = beside(&data, async |t| t.ticket(&id, role, &url, hours, COMMAND_LINE).await)?;
            println!("{}", ticket.line().as_str());
            if qr {
                let code = qrcode::QrCode::new(ticket.line().as_bytes())?;
                eprintln!("{}", code.render::<qrcode::render::unicode::Dense1x2>().build());
            }
            eprintln!(
                "Good once, for {hours} hours, for {id} at {url}. Give it to the device with --ticket-file"
            );
            eprintln!("or `motcua enrol`; it is not shown again.");
        }
        DeviceAction::List { data } => {
            let tickets = beside(&data, async |trust| trust.open_tickets().await)?;
            for d in Devices::open(&data)?.list() {
                let counter = d.counter.map(|c| format!(", counter {c}")).unwrap_or_default();
                let number = d.number.map(|n| format!(", number {n}")).unwrap_or_default();
                let until = tickets.iter().find(|(name, _)| name.device() == d.id).map(|(_, ms)| *ms);
                let until = until.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
                let ticket = until.map(|t| format!(", ticket good until {t:.0}")).unwrap_or_default();
                println!("{}: {:?}{counter}{number}{ticket}", d.id, d.role);
            }
        }
        DeviceAction::Remove { id, data } => {
            if !Devices::open(&data)?.remove(&id)? {
                return Err(DeviceFault::NotThere(id).into());
            }
            beside(&data, async |trust| trust.revoke(&id, COMMAND_LINE).await)?;
            println!("{id} may not speak to the hub any more");
        }
        DeviceAction::Cancel { id, data } => {
            if !beside(&data, async |trust| trust.cancel(&id).await)? {
                return Err(DeviceFault::NoTicket(id).into());
            }
            println!("the ticket of {id} is of no use any more");
        }
    }
    Ok(())
}

/// Does something with what a hub trusts, beside the running hub.
fn beside<T>(
    data: &Path,
    job: impl AsyncFnOnce(&Trust) -> Result<T, TrustError>,
) -> Result<T, Box<dyn std::error::Error>> {
    let site = Address::read(data)?.site;
    tokio::runtime::Runtime::new()?.block_on(async {
        let trust = Trust::beside(data, &site).await?;
        let done = job(&trust).await;
        trust.store.db().close().await;
        Ok(done?)
    })
}
