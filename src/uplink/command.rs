// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua link-check` and `motcua link-reference`: the link for who writes a receiver of his own.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

use clap::Args;
use std::error::Error;
use std::process::ExitCode;

/// The link's documents for machines.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum LinkDocument {
    /// JSON Schema of every event's data.
    Schemas,
    /// OpenAPI of a receiver.
    Openapi,
}

/// What a check of a receiver needs.
#[derive(Debug, Args)]
pub struct LinkCheckOptions {
    /// The receiver, such as https://central.example:8701.
    url: String,
    /// A ticket of enrolment for a device that never sent; its certificate is made for this check.
    #[arg(long, value_name = "LINE", conflicts_with = "device")]
    ticket: Option<String>,
    /// The device to speak as, for a receiver without certificates: SITE.DEVICE.
    #[arg(long, value_name = "NAME")]
    device: Option<motcua_link::wire::Source>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl LinkDocument {
    /// The document itself.
    pub fn document(self) -> serde_json::Value {
        match self {
            LinkDocument::Schemas => motcua_link::describe::schemas(),
            LinkDocument::Openapi => motcua_link::describe::openapi(),
        }
    }
}

/// Prints every rule; fails when one is broken.
pub fn link_check(options: &LinkCheckOptions) -> ExitCode {
    let found =
        tokio::runtime::Runtime::new().map_err(|e| -> Box<dyn Error> { e.into() }).and_then(|runtime| {
            runtime.block_on(crate::uplink::check(
                &options.url,
                options.ticket.as_deref(),
                options.device.as_ref(),
            ))
        });
    let report = match found {
        Ok(report) => report,
        Err(e) => {
            eprintln!("motcua: {}", crate::hub::chain(&*e));
            return ExitCode::from(2);
        }
    };
    let broken = report.findings.iter().filter(|f| f.broken.is_some()).count();
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
    } else {
        for f in &report.findings {
            println!("{} {}", if f.broken.is_none() { "kept  " } else { "BROKEN" }, f.rule);
            if let Some(broken) = &f.broken {
                println!("         {broken}");
            }
        }
        println!("{} rules, {broken} broken", report.findings.len());
        println!("\nNot tried:");
        report.not_tried.iter().for_each(|words| println!("  {words}"));
        println!("\nLeft behind in the receiver:");
        report.left_behind.iter().for_each(|words| println!("  {words}"));
    }
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
