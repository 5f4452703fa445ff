// SPDX-License-Identifier: MIT OR Apache-2.0
//! People from the command line. A password is read from standard input: what
//! stands in an argument is seen by everybody on the machine.

use super::{COMMAND_LINE, Done, Place};
use crate::people::{self, Change, New, Role};
use clap::{Args, Subcommand};
use std::io::BufRead;

#[derive(Clone, Debug, Args)]
pub(super) struct PersonOptions {
    #[command(subcommand)]
    action: PersonAction,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Debug, Subcommand)]
enum PersonAction {
    /// Makes an account; its password is the first line of standard input.
    Add {
        /// Sign-in name.
        id: String,
        /// Full name.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// province, hall-manager, auditor or technician.
        #[arg(long, value_name = "ROLE", value_parser = role)]
        role: Role,
        /// Hall that the account is bound to; may be repeated. None: all. A hall manager needs one at least.
        #[arg(long = "site", value_name = "SITE")]
        sites: Vec<String>,
    },
    /// Every account.
    List,
}

fn role(word: &str) -> Result<Role, String> {
    Role::read(word)
        .ok_or_else(|| format!("`{word}` is no role; there are {}", Role::ALL.map(Role::word).join(", ")))
}

pub(super) async fn person(options: PersonOptions) -> Done {
    // Asked for before the database is opened: a person may take their time.
    let secret = match &options.action {
        PersonAction::Add { .. } => password()?,
        PersonAction::List => String::new(),
    };
    let db = options.place.beside().await?;
    match options.action {
        PersonAction::Add { id, name, role, sites } => {
            let change = Change { name, role, sites, active: true };
            people::add(&db, COMMAND_LINE, New { id: id.clone(), change, secret }).await?;
            println!("{id} can sign in");
        }
        PersonAction::List => {
            for a in people::accounts(&db).await? {
                let sites = if a.sites.is_empty() { String::new() } else { a.sites.join(",") };
                let off = if a.active { "" } else { "switched off" };
                println!("{}\t{}\t{}\t{sites}\t{off}", a.id, a.role.word(), a.name);
            }
        }
    }
    db.close().await;
    Ok(())
}

/// The first line of standard input. Signs typed at a terminal are seen; a script pipes them in.
fn password() -> std::io::Result<String> {
    use std::io::IsTerminal;
    let input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("Password (12 characters or more; it is shown as you type), then Enter:");
    }
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
