// SPDX-License-Identifier: MIT OR Apache-2.0
//! The provincial system from the command line: keys, the documents of the
//! interface, the reference system.

use super::{COMMAND_LINE, Done, Place};
use crate::province::{self, Stub, StubOptions};
use clap::{Args, Subcommand};
use motcua_link::province::Kind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug, Args)]
pub(super) struct ProvinceOptions {
    #[command(subcommand)]
    action: ProvinceAction,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Debug, Subcommand)]
enum ProvinceAction {
    /// Keys with which the provincial system pushes.
    Key {
        #[command(subcommand)]
        action: KeyAction,
    },
    /// Prints the OpenAPI document of the interface, as docs/province-openapi.json has it.
    Openapi,
    /// Prints a document of the sample province.
    Sample {
        /// catalogue, bookings or dossiers.
        document: Kind,
        /// Hall.
        #[arg(default_value = "ngo-quyen")]
        site: String,
    },
    /// Checks a file as the drop folder would; needs neither a central nor a hall.
    Check {
        /// Named as in the drop folder: catalogue….csv, bookings-SITE….json, dossiers-SITE….csv.
        file: PathBuf,
    },
    /// Serves a reference provincial system with a made-up province, for tests and demonstrations.
    Stub(StubArgs),
}

#[derive(Clone, Debug, Subcommand)]
enum KeyAction {
    /// Makes a key and prints it; it is never shown again.
    Add {
        /// Which system gets it.
        name: String,
    },
    /// Every key.
    List,
    /// Makes a key worthless at once.
    Revoke {
        /// Its id.
        id: String,
    },
}

#[derive(Clone, Debug, Args)]
struct StubArgs {
    /// Address.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8750")]
    listen: SocketAddr,
    /// Bearer token that it wants.
    #[arg(long, value_name = "TOKEN", env = "MOTCUA_STUB_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Procedures in all; made-up ones fill up.
    #[arg(long, value_name = "N", default_value_t = 65)]
    procedures: usize,
    /// The day that it is in the made-up province; the clock's when absent.
    #[arg(long, value_name = "DAY")]
    today: Option<jiff::civil::Date>,
    /// Pushes to the central at this address as well, once: http://…
    #[arg(long, value_name = "URL", requires = "key")]
    push: Option<String>,
    /// The key for that.
    #[arg(long, value_name = "KEY", env = "MOTCUA_PROVINCE_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Hall for which it pushes; may be repeated.
    #[arg(long = "site", value_name = "SITE", default_values = ["ngo-quyen"])]
    sites: Vec<String>,
    /// Ends with whoever started it.
    #[arg(long, hide = true)]
    child: bool,
}

/// The provincial system of a central that serves.
#[derive(Clone, Debug, Args)]
pub(super) struct AskOptions {
    /// Directory for files of the provincial system; `inbox` in the data directory when absent.
    #[arg(long, value_name = "DIR")]
    inbox: Option<PathBuf>,
    /// Asks the provincial system at this address for its data.
    #[arg(long, value_name = "URL", env = "MOTCUA_PROVINCE_URL")]
    province_url: Option<String>,
    /// Seconds between two questions for the same document.
    #[arg(long, value_name = "N", default_value_t = 900)]
    province_every: u64,
    /// File with the bearer token that the provincial system wants.
    #[arg(long, value_name = "FILE", requires = "province_url")]
    province_token: Option<PathBuf>,
    /// PEM file of the authority of its certificate, where the machine does not know it.
    #[arg(long, value_name = "FILE", requires = "province_url")]
    province_ca: Option<PathBuf>,
}

impl AskOptions {
    pub(super) fn options(self, data: &std::path::Path) -> province::Options {
        province::Options {
            inbox: Some(self.inbox.unwrap_or_else(|| data.join("inbox"))),
            url: self.province_url,
            every: Duration::from_secs(self.province_every),
            patience: None,
            token: self.province_token,
            ca: self.province_ca,
        }
    }
}

pub(super) async fn province(options: ProvinceOptions) -> Done {
    match options.action {
        ProvinceAction::Key { action } => key(action, &options.place).await,
        ProvinceAction::Openapi => {
            println!("{}", serde_json::to_string_pretty(&province::openapi::openapi())?);
            Ok(())
        }
        ProvinceAction::Sample { document, site } => {
            let today = crate::reports::day_of(crate::audit::now_ms());
            println!("{}", province::sample::text(document, &site, today, 0));
            Ok(())
        }
        ProvinceAction::Check { file } => check(&file),
        ProvinceAction::Stub(args) => stub(args).await,
    }
}

fn check(file: &std::path::Path) -> Done {
    let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let today = crate::reports::day_of(crate::audit::now_ms());
    match province::check(&name, &bytes, today) {
        Ok(entries) => {
            println!("good: {entries} entries");
            Ok(())
        }
        Err(why) => Err(why.into()),
    }
}

async fn key(action: KeyAction, place: &Place) -> Done {
    let db = place.beside().await?;
    match action {
        KeyAction::Add { name } => {
            println!("{}", province::make_key(&db, &name, COMMAND_LINE).await?);
            eprintln!("Give this key to {name}; it is shown once and kept here only as a digest.");
        }
        KeyAction::List => {
            for k in db.read(|tx| Box::pin(province::keys(tx))).await? {
                let state = if k.revoked_ms.is_some() { "revoked" } else { "good" };
                println!("{}\t{}\t{state}", k.id, k.name);
            }
        }
        KeyAction::Revoke { id } => {
            if !province::revoke_key(&db, &id, COMMAND_LINE).await? {
                return Err(format!("there is no good key with the id {id}; see province key list").into());
            }
            println!("revoked; whoever shows it is sent away from now on");
        }
    }
    db.close().await;
    Ok(())
}

async fn stub(args: StubArgs) -> Done {
    let StubArgs { listen, token, procedures, today, push, key, sites, child } = args;
    let stub = Stub::bind(StubOptions { listen, token, procedures, today }).await?;
    println!("motcua-central: provincial system on http://{}", stub.at()?);
    if let (Some(url), Some(key)) = (push, key) {
        province::push_sample(&url, &key, &sites, today, procedures).await?;
        println!("motcua-central: pushed to {url}");
    }
    tokio::select! {
        done = stub.serve() => Ok(done?),
        () = super::abandoned(), if child => Ok(()),
    }
}
