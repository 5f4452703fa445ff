// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line: what each subcommand takes, and its way into the modules
//! that do the work. The only place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

use crate::enrolled::of_ticket;
use crate::hub::command::DeviceAction;
use crate::hub::run::HubOptions;
use clap::{Parser, Subcommand};
use motcua_core::hall::{Hall, HallFault};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

type Done = Result<(), Box<dyn Error>>;

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
    /// What this device is set up as, as its settings say; the image's units call it.
    Start(crate::start::StartOptions),
    /// Settings of a device: their check, and the first-run screen.
    Setup(crate::machine::command::SetupOptions),
    /// Provisions this device and does what needs root for its screens.
    Steward(crate::steward::Options),
    /// Prints the technician's code of a day.
    DayCode(crate::machine::command::DayCodeOptions),
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
#[derive(Debug, clap::Args)]
struct NoScreen {
    /// Options of a build with a screen.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<String>,
}

/// Of a build that drives no screen.
#[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
pub const NO_SCREEN: &str = "this build drives no screen: build with `--no-default-features --features linuxkms` for a device, \
                         with `--features desktop` for a window; `motcua sim` shows all of them on one page";

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
        Action::Hub(options) => crate::hub::run::run(&options),
        Action::Start(options) => crate::start::run(&options),
        Action::Setup(options) => match options.check() {
            Some(file) => return crate::machine::command::check(file),
            None => crate::setup::run(&options.root),
        },
        Action::Steward(options) => crate::steward::run(&options),
        Action::DayCode(options) => crate::machine::command::print_day_code(&options),
        Action::Check { file } => return check(&file),
        Action::Device { action } => crate::hub::command::run(action),
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

#[cfg(test)]
mod tests {
    /// Two arguments of one name, such as a version beside `--version`, are found only when somebody uses the command.
    #[test]
    fn every_command_line_can_be_read() {
        <super::Cli as clap::CommandFactory>::command().debug_assert();
    }
}
