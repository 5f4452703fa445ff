// SPDX-License-Identifier: MIT OR Apache-2.0
//! Configurations, rollouts and commands from the command line.

use super::{COMMAND_LINE, Done, Place};
use crate::steer::{self, Faults, Kind, RolloutState};
use clap::{Args, Subcommand};
use motcua_link::trust::Signer;
use motcua_link::wire::Source;
use std::path::PathBuf;

#[derive(Clone, Debug, Args)]
pub(super) struct ConfigOptions {
    #[command(subcommand)]
    action: ConfigAction,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Debug, Subcommand)]
enum ConfigAction {
    /// What a hall should have and what it says it has.
    Show {
        /// Hall.
        site: String,
    },
    /// The versions of a hall's configuration.
    History {
        /// Hall.
        site: String,
    },
    /// Checks a hall file, keeps it as a version and sends it down.
    Set {
        /// Hall.
        site: String,
        /// hall.toml.
        file: PathBuf,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// Sends an older version down again.
    Back {
        /// Hall.
        site: String,
        /// Its number.
        version: u64,
    },
}

#[derive(Clone, Debug, Args)]
pub(super) struct RolloutOptions {
    #[command(subcommand)]
    action: RolloutAction,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Debug, Subcommand)]
enum RolloutAction {
    /// Every rollout and how far it is.
    List,
    /// Sends a change to halls, wave by wave.
    Start {
        /// TOML with the keys to set, as in hall.toml.
        change: PathBuf,
        /// Halls, the ones to try first in front.
        #[arg(long, value_name = "SITE", num_args = 1.., required = true)]
        sites: Vec<String>,
        /// Halls in each wave; the rest is the last one.
        #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1")]
        waves: Vec<usize>,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// Sends every hall that a rollout reached back to what it had.
    Back {
        /// Its id.
        id: String,
    },
}

#[derive(Clone, Debug, Args)]
pub(super) struct CommandOptions {
    /// The device, such as ngo-quyen.hub.
    device: Source,
    /// restart, reboot, test-print, collect-logs; for a hub also close, open and remove-device.
    kind: Kind,
    /// With close: why, which citizens read on the kiosks. With remove-device: the name of the device.
    #[arg(long, value_name = "TEXT", default_value = "")]
    message: String,
    #[command(flatten)]
    place: Place,
}

/// Faults of a text, one a line.
#[derive(Debug, thiserror::Error)]
#[error("nothing was sent:\n{}", .0.iter().map(|f| f.said("en")).collect::<Vec<_>>().join("\n"))]
struct Wrong(Faults);

pub(super) async fn config(options: ConfigOptions) -> Done {
    let db = options.place.beside().await?;
    match options.action {
        ConfigAction::Show { site } => {
            let asked = site.clone();
            let state =
                db.read(move |tx| Box::pin(async move { steer::hall_state(tx, &asked).await })).await?;
            println!("{}", serde_json::to_string_pretty(&state)?);
        }
        ConfigAction::History { site } => {
            let all = db.read(move |tx| Box::pin(async move { steer::versions(tx, &site).await })).await?;
            for v in all {
                println!("{:>4}  {}  {}  {}", v.version, time(v.made_ms), v.made_by, v.note);
            }
        }
        ConfigAction::Set { site, file, note } => {
            let text = std::fs::read_to_string(file)?;
            let done = db.write(move |tx| {
                Box::pin(async move {
                    let proposed = steer::propose(tx, &site, &text, COMMAND_LINE, &note).await?;
                    if let Ok(version) = proposed {
                        steer::desire(tx, &site, version, COMMAND_LINE).await?;
                    }
                    Ok(proposed)
                })
            });
            println!("version {} goes down", done.await?.map_err(Wrong)?);
        }
        ConfigAction::Back { site, version } => {
            db.write(move |tx| {
                Box::pin(async move { steer::desire(tx, &site, version, COMMAND_LINE).await })
            })
            .await?;
            println!("version {version} goes down");
        }
    }
    db.close().await;
    Ok(())
}

pub(super) async fn rollout(options: RolloutOptions) -> Done {
    let db = options.place.beside().await?;
    match options.action {
        RolloutAction::List => {
            for r in db.read(|tx| Box::pin(steer::rollouts(tx))).await? {
                let halls: usize = r.waves.iter().map(Vec::len).sum();
                let detail = r.detail.filter(|_| r.state == RolloutState::Halted).unwrap_or_default();
                println!(
                    "{}  {}  wave {} of {}, {halls} halls  {}  {detail}",
                    r.id,
                    r.state.word(),
                    r.wave,
                    r.waves.len(),
                    r.note
                );
            }
        }
        RolloutAction::Start { change, sites, waves, note } => {
            let change = std::fs::read_to_string(change)?;
            let done = db.write(move |tx| {
                Box::pin(async move { steer::start(tx, &sites, &change, &waves, COMMAND_LINE, &note).await })
            });
            println!("rollout {}", done.await?.map_err(Wrong)?);
        }
        RolloutAction::Back { id } => {
            db.write(move |tx| Box::pin(async move { steer::back(tx, &id, COMMAND_LINE).await })).await?;
            println!("every hall that it reached goes back");
        }
    }
    db.close().await;
    Ok(())
}

#[derive(Clone, Debug, Args)]
pub(super) struct SoftwareOptions {
    #[command(subcommand)]
    action: SoftwareAction,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Debug, Subcommand)]
enum SoftwareAction {
    /// Every firmware that halls can be given.
    List,
    /// Adds an update, as the build of the image made it; halls get it by a rollout of [software] version.
    Add {
        /// motcua-VERSION-ARCH.raucb.
        file: PathBuf,
    },
    /// Forgets an update and deletes its file.
    Remove {
        /// Its version.
        version: String,
        /// arm64 or amd64.
        arch: String,
    },
}

pub(super) async fn software(options: SoftwareOptions) -> Done {
    let db = options.place.beside().await?;
    let folder = options.place.data.join(steer::FOLDER);
    match options.action {
        SoftwareAction::List => {
            for b in db.read(|tx| Box::pin(steer::bundles(tx))).await? {
                println!(
                    "{:<12} {}  {:>11} bytes  {}  {}",
                    b.version,
                    b.arch,
                    b.bytes,
                    time(b.made_ms),
                    b.sha256
                );
            }
        }
        SoftwareAction::Add { file } => {
            let bundle = steer::add(&folder, &file, COMMAND_LINE)?;
            let kept = bundle.clone();
            db.write(move |tx| {
                let bundle = kept.clone();
                Box::pin(async move { steer::keep(tx, &bundle).await })
            })
            .await?;
            println!("version {} for {} can be given out: {}", bundle.version, bundle.arch, bundle.sha256);
        }
        SoftwareAction::Remove { version, arch } => {
            let removed = db
                .write(move |tx| {
                    let (version, arch) = (version.clone(), arch.clone());
                    Box::pin(async move { steer::remove(tx, &version, &arch, COMMAND_LINE).await })
                })
                .await?;
            std::fs::remove_file(removed.file(&folder))?;
            println!("version {} for {} is gone", removed.version, removed.arch);
        }
    }
    db.close().await;
    Ok(())
}

pub(super) async fn command(options: CommandOptions) -> Done {
    if options.kind == Kind::Close && options.message.trim().is_empty() {
        return Err(
            "a hall is closed with a reason, which citizens, staff and the audit see: add --message \"…\""
                .into(),
        );
    }
    let db = options.place.beside().await?;
    super::known(&db, &options.device).await?;
    let signer = Signer::open_or_make(&options.place.data.join("authority"))?;
    let CommandOptions { device, kind, message, .. } = options;
    let id = db
        .write(move |tx| {
            Box::pin(async move { steer::order(tx, &signer, &device, kind, &message, COMMAND_LINE).await })
        })
        .await?;
    println!("command {id} waits for the device for ten minutes");
    db.close().await;
    Ok(())
}

fn time(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.0}")
}

#[cfg(test)]
mod tests {
    /// Two arguments of one name, such as a version beside `--version`, are found only when somebody uses the command.
    #[test]
    fn every_command_line_can_be_read() {
        <crate::cli::Cli as clap::CommandFactory>::command().debug_assert();
    }
}
