// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line. The only place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

mod person;
mod steer;

use crate::people;
use crate::serve::{self, Central, Options};
use crate::trust::{Certificates, Revoke};
use clap::{Args, Parser, Subcommand};
use motcua_link::db::Db;
use motcua_link::trust::{Authority, EnrolmentTicket, Role, ServerNames, Token, TokenRecord};
use motcua_link::wire::Source;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

/// Who is named in the audit for what is done here.
const COMMAND_LINE: &str = "command line";

type Done = Result<(), Box<dyn Error>>;

/// Central system of one-stop halls.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Takes what halls report and serves the pages.
    Serve(ServeOptions),
    /// Makes a ticket of enrolment: one line for a device, or a QR code for its scanner.
    Ticket(TicketOptions),
    /// Ends a device's certificates at once.
    Revoke {
        /// The device, such as ngo-quyen.hub.
        device: Source,
        #[command(flatten)]
        place: Place,
    },
    /// Configurations of halls.
    Config(steer::ConfigOptions),
    /// One change for many halls, in waves.
    Rollout(steer::RolloutOptions),
    /// Tells a device what to do.
    Command(steer::CommandOptions),
    /// People who can sign in.
    Person(person::PersonOptions),
}

/// Where the data are.
#[derive(Clone, Debug, Args)]
struct Place {
    /// Directory of the authority's keys and, without --database-url, of the database.
    #[arg(long, global = true, value_name = "DIR", default_value = "central-data")]
    data: PathBuf,
    /// PostgreSQL, such as postgres://motcua@/motcua?host=/run/postgresql.
    #[arg(long, global = true, value_name = "URL", env = "MOTCUA_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// PEM file of the authority that signed PostgreSQL's certificate; turns encryption on.
    #[arg(long, global = true, value_name = "FILE", requires = "database_url")]
    database_ca: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
struct ServeOptions {
    #[command(flatten)]
    place: Place,
    /// Address of the pages; anything but loopback belongs behind a proxy with a certificate.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
    /// Address of the devices, encrypted, with certificates on both sides.
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8701")]
    devices: SocketAddr,
    /// Host name or address under which devices reach it; may be repeated. The first stands in tickets.
    #[arg(long = "name", value_name = "HOST", default_values = ["localhost", "127.0.0.1"])]
    names: Vec<String>,
    /// Connections to PostgreSQL.
    #[arg(long, value_name = "N", default_value_t = 16)]
    connections: usize,
    /// Ends with whoever started it.
    #[arg(long, hide = true)]
    child: bool,
}

#[derive(Clone, Debug, Args)]
struct TicketOptions {
    /// The device, such as ngo-quyen.hub.
    device: Source,
    #[command(flatten)]
    place: Place,
    /// What it will be.
    #[arg(long, default_value = "hub")]
    role: Role,
    /// Where it reaches this central, such as https://central.example:8701.
    #[arg(long, value_name = "URL")]
    url: String,
    /// Names under which the device serves others in its hall; for hubs. May be repeated.
    #[arg(long = "name", value_name = "HOST")]
    names: Vec<String>,
    /// How long the ticket can be used.
    #[arg(long, value_name = "N", default_value_t = 72)]
    hours: u32,
    /// Shows the code for the device's scanner or camera as well.
    #[arg(long)]
    qr: bool,
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let json = std::env::var_os("MOTCUA_LOG_JSON").is_some();
    let filter = tracing_subscriber::EnvFilter::try_from_env("MOTCUA_LOG").unwrap_or_else(|_| "info".into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        log.json().init();
    } else {
        log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("motcua-central: {e}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match cli.command {
            Action::Serve(options) => serve(options).await,
            Action::Ticket(options) => ticket(options).await,
            Action::Revoke { device, place } => revoke(device, &place).await,
            Action::Config(options) => steer::config(options).await,
            Action::Rollout(options) => steer::rollout(options).await,
            Action::Command(options) => steer::command(options).await,
            Action::Person(options) => person::person(options).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("motcua-central: {}", chain(&*e));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes on one line.
fn chain(e: &dyn Error) -> String {
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(s) = source {
        text = format!("{text}: {s}");
        source = s.source();
    }
    text
}

fn server_names(names: &[String]) -> ServerNames {
    let mut out = ServerNames::default();
    for name in names {
        match name.parse::<IpAddr>() {
            Ok(ip) => out.ips.push(ip),
            Err(_) => out.dns.push(name.clone()),
        }
    }
    out
}

async fn serve(options: ServeOptions) -> Done {
    let central = Central::start(&Options {
        data: options.place.data,
        database_url: options.place.database_url,
        database_ca: options.place.database_ca,
        connections: options.connections,
        listen: options.listen,
        devices: options.devices,
        names: server_names(&options.names),
    })
    .await?;
    println!("motcua-central: pages on http://{}", central.pages_at);
    println!("motcua-central: devices on https://{}", central.devices_at);
    if let Some(code) = people::setup_code(central.app.db()).await? {
        println!("motcua-central: nobody can sign in yet; open the pages and give the set-up code {code}");
    }
    let child = options.child;
    let stop = async move {
        tokio::select! {
            asked = serve::asked_to_stop() => {
                if let Err(e) = asked {
                    tracing::error!(error = %e, "signals");
                }
            }
            () = abandoned(), if child => {}
        }
    };
    Ok(central.serve(stop).await?)
}

/// Standard input ended: whoever started this is gone.
async fn abandoned() {
    let (tell, told) = tokio::sync::oneshot::channel();
    // A thread of its own, or the runtime would wait for it at the end.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = tell.send(());
    });
    let _ = told.await;
}

impl Place {
    /// The database beside the server that has it, which may be running.
    async fn beside(&self) -> Result<Db, Box<dyn Error>> {
        let db = match self.database_url.as_deref() {
            Some(url) => Db::postgres(url, 1, self.database_ca.as_deref())?,
            None => Db::sqlite_beside(&self.data.join(serve::FILE))?,
        };
        serve::prepare(db.clone()).await?;
        Ok(db)
    }
}

async fn revoke(device: Source, place: &Place) -> Done {
    let db = place.beside().await?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    Certificates::new(db.clone()).revoke(Revoke::Device(device.clone()), COMMAND_LINE, now_ms).await?;
    db.close().await;
    println!("{device} is refused within seconds; a new ticket lets it, or its replacement, in again");
    Ok(())
}

async fn ticket(options: TicketOptions) -> Done {
    let place = &options.place;
    let db = place.beside().await?;
    let authority = Authority::open_or_make(&place.data.join("authority"), "motcua central")?;
    let token = Token::generate()?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let record = TokenRecord {
        digest: token.digest(),
        name: options.device.clone(),
        role: options.role,
        server: server_names(&options.names),
        expires_ms: now_ms + i64::from(options.hours) * 3_600_000,
        used_at_ms: None,
    };
    let ticket = EnrolmentTicket::new(&options.url, &authority.fingerprint(), options.device, token)?;
    Certificates::new(db.clone()).add(record, COMMAND_LINE, now_ms).await?;
    db.close().await;
    println!("{}", ticket.line().as_str());
    if options.qr {
        let code = qrcode::QrCode::new(ticket.line().as_bytes())?;
        println!("{}", code.render::<qrcode::render::unicode::Dense1x2>().quiet_zone(true).build());
    }
    eprintln!("Give this line to the device (motcua enrol); it works once, within {} hours.", options.hours);
    Ok(())
}
