// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua doctor`: the self-test for support, as a table or as JSON.

use super::{Look, Report, Roots, Verdict};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What is looked at, and how it is told.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// As JSON; docs/doctor.md says what is in it.
    #[arg(long)]
    json: bool,
    /// Language of the table.
    #[arg(long, value_name = "vi|en", value_parser = ["vi", "en"], default_value = "vi")]
    lang: String,
    /// Prints a test slip and plays a tone where no role uses printer and loudspeaker.
    #[arg(long)]
    slip: bool,
    /// The root of the file system to look at.
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// The bus of its services, where it is not the system's; for tests.
    #[arg(long, value_name = "ADDRESS", hide = true)]
    bus: Option<String>,
}

/// Fails when a check failed.
pub fn run(options: &Options) -> ExitCode {
    let roots = Roots { bus: options.bus.clone(), ..Roots::under(&options.root) };
    let look = Look::at(roots, options.slip);
    let report = Report::of(&look, look.check(|_| {}));
    let text = if options.json {
        serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
    } else {
        report.text(&options.lang)
    };
    // Who reads only its beginning may close the pipe.
    let _ = std::io::stdout().write_all(text.as_bytes());
    if report.state == Verdict::Fail { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
