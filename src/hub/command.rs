// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua device`: the list of devices that may speak to a hub and their tickets, beside the running hub.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

use super::devices::{Devices, Role};
use super::trust::{Address, Trust, TrustError};
use clap::Subcommand;
use motcua_link::trust::EnrolmentTicket;
use std::error::Error;
use std::path::{Path, PathBuf};

type Done = Result<(), Box<dyn Error>>;

/// Who ordered what was typed here.
const COMMAND_LINE: &str = "command line";

/// `motcua device`.
#[derive(Debug, Subcommand)]
pub enum DeviceAction {
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

/// What is wrong with a name on the command line.
#[derive(Debug, thiserror::Error)]
enum DeviceFault {
    #[error(
        "đã có thiết bị `{0}`; chạy lại lệnh kèm --replace để cấp phiếu ghi danh mới cho nó\n  \
         there is a device `{0}` already; repeat this with --replace to give it a new ticket"
    )]
    There(String),
    #[error(
        "không có thiết bị `{0}`; xem tên bằng lệnh `motcua device list`\n  \
         there is no device `{0}`; `motcua device list` names them"
    )]
    NotThere(String),
    #[error(
        "`{0}` không có phiếu ghi danh nào còn dùng được; xem bằng lệnh `motcua device list`\n  \
         `{0}` has no open ticket; `motcua device list` shows which devices have one"
    )]
    NoTicket(String),
}

/// Does what the command line asks for.
pub fn run(action: DeviceAction) -> Done {
    match action {
        DeviceAction::Add { id, role, counter, replace, hours, url, qr, data } => {
            let address = Address::read(&data)?;
            if !replace && Devices::open(&data)?.of(&id).is_some() {
                return Err(DeviceFault::There(id).into());
            }
            let url = url.unwrap_or(address.url);
            let ticket = admit(&data, (&id, role), counter.as_deref(), (&url, hours))?;
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

/// Lists a device at the hub in `data`, which may be running, and makes its ticket for that address and so many hours.
pub fn admit(
    data: &Path,
    (id, role): (&str, Role),
    counter: Option<&str>,
    (url, hours): (&str, u32),
) -> Result<EnrolmentTicket, Box<dyn Error>> {
    Devices::open(data)?.add(id, role, counter)?;
    beside(data, async |t| t.ticket(id, role, url, hours, COMMAND_LINE).await)
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
