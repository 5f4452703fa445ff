// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line. The only place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

mod person;
mod province;
mod steer;

use crate::data;
use crate::people;
use crate::serve::{self, Central, Options};
use crate::steer::{TakenBack, take_back};
use crate::trust::certificates;
use clap::{Args, Parser, Subcommand};
use motcua_link::db::Db;
use motcua_link::trust::{
    Authority, EnrolmentTicket, Identity, Role, ServerNames, Signer, Token, TokenRecord,
};
use motcua_link::wire::Source;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Who is named in the audit for what is done here.
const COMMAND_LINE: &str = "command line";

type Done = Result<(), Box<dyn Error>>;

/// Central system of one-stop halls.
#[derive(Debug, Parser)]
#[command(version)]
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
    /// Enrols this central at the one above, which gets the business of its halls from then on.
    Enrol {
        /// The ticket's line, for a device of the role central, as that one's `ticket` printed it; - reads it from
        /// standard input.
        ticket: String,
        /// This central's data directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
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
    /// The firmware of devices.
    Software(steer::SoftwareOptions),
    /// Tells a device what to do.
    Command(steer::CommandOptions),
    /// Simulates devices and measures.
    Load(Box<LoadOptions>),
    /// Moves a stopped central from SQLite into an empty PostgreSQL and proves it table by table.
    Move(MoveOptions),
    /// Backs a running central up into a new directory.
    Backup(BackupOptions),
    /// Makes a back-up the data of a central again.
    Restore(RestoreOptions),
    /// People who can sign in.
    Person(person::PersonOptions),
    /// The provincial system: keys, its interface, a reference system.
    Province(province::ProvinceOptions),
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
    /// Open connections of devices from one address; raise it where many halls share an address translation or a
    /// proxy.
    #[arg(long, value_name = "N", default_value_t = serve::PLACES / 4)]
    places_per_address: usize,
    /// TOML file of an OpenID provider through which people sign in.
    #[arg(long, value_name = "FILE")]
    oidc: Option<PathBuf>,
    #[command(flatten)]
    fanout: FanoutOptions,
    #[command(flatten)]
    province: province::AskOptions,
}

/// Brokers that hear of business events.
#[derive(Clone, Debug, Args)]
struct FanoutOptions {
    /// Publishes business events to an MQTT 5 broker, mqtt://[USER:PASSWORD@]HOST[:PORT] or mqtts://; on one gateway
    /// only.
    #[arg(long, value_name = "URL", env = "MOTCUA_MQTT", hide_env_values = true)]
    mqtt: Option<String>,
    /// Publishes business events to NATS JetStream, nats://[USER:PASSWORD@]HOST[:PORT] or tls://; on one gateway only.
    #[arg(long, value_name = "URL", env = "MOTCUA_NATS", hide_env_values = true)]
    nats: Option<String>,
    /// PEM file of the authority that signed the brokers' certificates.
    #[arg(long, value_name = "FILE")]
    broker_ca: Option<PathBuf>,
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
    /// How long the ticket can be used, 1 to 720.
    #[arg(long, value_name = "N", default_value_t = 72, value_parser = clap::value_parser!(u32).range(1..=720))]
    hours: u32,
    /// Shows the code for the device's scanner or camera as well.
    #[arg(long)]
    qr: bool,
}

#[derive(Clone, Debug, Args)]
struct LoadOptions {
    #[command(flatten)]
    run: crate::load::Options,
    #[command(flatten)]
    one: OneOptions,
}

/// One hub with its outbox on disk; for tests of a lost sender.
#[derive(Clone, Debug, Args)]
struct OneOptions {
    /// Sends as one hub instead.
    #[arg(long, hide = true, requires_all = ["identity", "outbox", "until", "receiver"])]
    one: bool,
    /// Directory of its identity.
    #[arg(long, hide = true)]
    identity: Option<PathBuf>,
    /// File of its outbox.
    #[arg(long, hide = true)]
    outbox: Option<PathBuf>,
    /// Its events.
    #[arg(long, hide = true)]
    until: Option<u64>,
    /// Where it sends.
    #[arg(long, hide = true)]
    receiver: Option<String>,
}

#[derive(Clone, Debug, Args)]
struct MoveOptions {
    /// Data directory of the central on SQLite.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// PostgreSQL, such as postgres://motcua@/motcua?host=/run/postgresql.
    #[arg(long, value_name = "URL")]
    to: String,
    /// PEM file of the authority that signed PostgreSQL's certificate; turns encryption on.
    #[arg(long, value_name = "FILE")]
    database_ca: Option<PathBuf>,
    /// Writes nothing, only compares both sides.
    #[arg(long)]
    compare: bool,
}

#[derive(Clone, Debug, Args)]
struct BackupOptions {
    /// New directory for the back-up.
    to: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Debug, Args)]
struct RestoreOptions {
    /// Directory of the back-up.
    from: PathBuf,
    /// Data directory of the central that is to be; must not hold data.
    #[arg(long, value_name = "DIR", default_value = "central-data")]
    data: PathBuf,
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    // Databases, keys and files of the province are nobody else's, whatever the umask of whoever starts this.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
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
            Action::Enrol { ticket, data } => enrol(&ticket, &data).await,
            Action::Revoke { device, place } => revoke(device, &place).await,
            Action::Config(options) => steer::config(options).await,
            Action::Rollout(options) => steer::rollout(options).await,
            Action::Software(options) => steer::software(options).await,
            Action::Command(options) => steer::command(options).await,
            Action::Load(options) => load(*options).await,
            Action::Move(options) => moved(options).await,
            Action::Backup(options) => backup(&options),
            Action::Restore(options) => restore(&options),
            Action::Person(options) => person::person(options).await,
            Action::Province(options) => province::province(options).await,
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
    // Before anybody can know that it runs: who stops it at once still finds it listening.
    let stop = serve::asked_to_stop()?;
    let of_province = options.province.options(&options.place.data);
    let central = Central::start(&Options {
        province: of_province,
        data: options.place.data,
        database_url: options.place.database_url,
        database_ca: options.place.database_ca,
        connections: options.connections,
        places_per_address: options.places_per_address,
        fanout: crate::fanout::Targets {
            mqtt: options.fanout.mqtt,
            nats: options.fanout.nats,
            ca: options.fanout.broker_ca,
        },
        listen: options.listen,
        devices: options.devices,
        names: server_names(&options.names),
        oidc: options.oidc,
    })
    .await?;
    println!("motcua-central: pages on http://{}", central.pages_at);
    println!("motcua-central: devices on https://{}", central.devices_at);
    let only_outside = central.app.oidc.as_ref().is_some_and(|o| !o.config().local_sign_in);
    if only_outside {
        if let Some(code) = people::break_glass_code(central.app.db()).await? {
            println!(
                "motcua-central: while the OpenID provider is away, open /setup and give the set-up code {code}"
            );
        }
    } else if let Some(code) = people::setup_code(central.app.db()).await? {
        println!("motcua-central: nobody can sign in yet; open the pages and give the set-up code {code}");
    }
    let child = options.child;
    let ended = async move {
        tokio::select! {
            () = stop => {}
            () = abandoned(), if child => {}
        }
    };
    Ok(central.serve(ended).await?)
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
    known(&db, &device).await?;
    let signer = Arc::new(Signer::open_or_make(&place.data.join("authority"))?);
    let done = take_back(&certificates(db.clone()), &db, &signer, &device, COMMAND_LINE).await;
    db.close().await;
    match done? {
        TakenBack::Here => {
            println!(
                "{device} is refused within seconds; a new ticket lets it, or its replacement, in again"
            );
        }
        TakenBack::Ordered => println!(
            "the hub of {} is told to remove {device}, and does so if it hears that within ten minutes; the \
             hub's page says what came of it",
            device.site()
        ),
    }
    Ok(())
}

/// A name that means nobody is mistyped: whoever typed it must not believe that something was done.
async fn known(db: &Db, device: &Source) -> Done {
    let name = device.to_string();
    let found = db.read(move |tx| {
        Box::pin(async move {
            let mut found = false;
            for table in ["devices", "certificates", "tokens"] {
                let sql = format!("SELECT 1 FROM {table} WHERE source = $1 LIMIT 1");
                found = found || tx.one(&sql, &[name.as_str().into()]).await?.is_some();
            }
            Ok(found)
        })
    });
    if found.await? {
        return Ok(());
    }
    let what = format!(
        "no device `{device}` has reported here or has a ticket or certificate; nothing was done. The page Devices names \
         them all, as SITE.DEVICE"
    );
    Err(what.into())
}

async fn load(options: LoadOptions) -> Done {
    let one = &options.one;
    if let (true, Some(identity), Some(outbox), Some(url), Some(until)) =
        (one.one, &one.identity, &one.outbox, &one.receiver, one.until)
    {
        motcua_link::trust::ready();
        return crate::load::one(identity, outbox, url, until).await;
    }
    let report = crate::load::run(&options.run).await?;
    if options.run.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.table());
    }
    Ok(())
}

async fn moved(options: MoveOptions) -> Done {
    let to = Db::postgres(&options.to, 2, options.database_ca.as_deref())?;
    let compared = data::transfer(&options.from, to, options.compare).await?;
    print!("{}", data::table(&compared));
    let other: Vec<&str> = compared.iter().filter(|c| !c.same()).map(|c| c.table.as_str()).collect();
    if !other.is_empty() {
        let what = format!("PostgreSQL does not hold the same in: {}; do not use it", other.join(", "));
        return Err(what.into());
    }
    eprintln!(
        "Both hold the same. Start the central with --database-url and the same --data, whose authority it needs."
    );
    Ok(())
}

fn backup(options: &BackupOptions) -> Done {
    let place = &options.place;
    if place.database_url.is_some() {
        return Err(data::BackupError::Postgres(place.data.join("authority")).into());
    }
    let manifest = data::backup(&place.data, &options.to)?;
    let bytes: u64 = manifest.files.iter().map(|f| f.bytes).sum();
    println!("motcua-central: {} files, {bytes} bytes in {}", manifest.files.len(), options.to.display());
    eprintln!("It holds the keys of the authority: keep it where nobody else can read it.");
    Ok(())
}

fn restore(options: &RestoreOptions) -> Done {
    let manifest = data::restore(&options.from, &options.data)?;
    println!("motcua-central: the back-up of {} is in {}", manifest.made, options.data.display());
    Ok(())
}

async fn enrol(ticket: &str, data: &std::path::Path) -> Done {
    let line = if ticket == "-" { std::io::read_to_string(std::io::stdin())? } else { ticket.to_owned() };
    let right = |identity: &Identity| match identity.role() {
        Role::Central => Ok(()),
        role => {
            Err(format!("{} is a {role} by this ticket; ask for one with --role central", identity.name()))
        }
    };
    let identity = crate::above::place(data).enrol_if(&line, right).await?;
    println!(
        "enrolled as {}; a running central passes the business of its halls on within seconds",
        identity.name()
    );
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
    certificates(db.clone()).add(record, COMMAND_LINE, now_ms).await?;
    db.close().await;
    println!("{}", ticket.line().as_str());
    if options.qr {
        let code = qrcode::QrCode::new(ticket.line().as_bytes())?;
        println!("{}", code.render::<qrcode::render::unicode::Dense1x2>().quiet_zone(true).build());
    }
    eprintln!("Give this line to the device (motcua enrol); it works once, within {} hours.", options.hours);
    Ok(())
}
