// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua scan parse`: what one scan is.

use std::io::Read;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use motcua_core::scan::{CardQr, MAX_BYTES, Mrz, Rules, Scan, read};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Fields;

/// What is done with scans.
#[derive(Debug, Subcommand)]
pub enum ScanAction {
    /// Says what one scan is, as JSON: an ID card, a dossier, a booking, a procedure, or why it is none. The scan comes on
    /// standard input, as the scanner sent it. Exit status 1 when it is nothing that is read here.
    Parse(ParseOptions),
}

/// How a scan is shown.
#[derive(Debug, Args)]
pub struct ParseOptions {
    /// Personal data in plain. They then stand in the terminal and wherever its output goes.
    #[arg(long)]
    show: bool,
    /// How the hall's booking codes begin; may be given several times.
    #[arg(long, value_name = "PREFIX")]
    booking: Vec<String>,
}

/// Does what was asked for.
pub fn run(action: &ScanAction) -> ExitCode {
    let ScanAction::Parse(options) = action;
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_BYTES));
    // One more than is ever read tells too long from long.
    let most = u64::try_from(MAX_BYTES + 3).unwrap_or(u64::MAX);
    if let Err(error) = std::io::stdin().lock().take(most).read_to_end(&mut bytes) {
        tell(&format!("motcua: cannot read standard input: {error}"));
        return ExitCode::FAILURE;
    }
    // What a shell puts behind a line is not the scan's.
    let ends = bytes.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let kept = bytes.len() - ends;
    bytes.truncate(kept);
    let rules = match options.booking.as_slice() {
        [] => Rules::default(),
        prefixes => Rules { booking_prefixes: prefixes.to_vec() },
    };
    let scan = read(&bytes, &rules);
    print(&described(&scan, options.show));
    if matches!(scan, Scan::Unknown(_)) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[allow(clippy::print_stdout, reason = "what was asked for goes to standard output")]
pub(super) fn print(value: &Value) {
    println!("{value:#}");
}

#[allow(clippy::print_stderr, reason = "what went wrong goes to standard error")]
fn tell(line: &str) {
    eprintln!("{line}");
}

/// A scan as JSON.
fn described(scan: &Scan, show: bool) -> Value {
    let mut fields = Fields::new(show);
    let mut warnings: Vec<&str> = Vec::new();
    match scan {
        Scan::Card(card) => {
            card_fields(card, &mut fields);
            warnings.extend(card.warnings.iter().map(|warning| warning.code()));
        }
        Scan::Number(number) => fields.number("number", Some(number)),
        Scan::Mrz(mrz) => mrz_fields(mrz, &mut fields),
        Scan::Dossier(code) | Scan::Booking(code) | Scan::Procedure(code) | Scan::Code(code) => {
            fields.code(code);
        }
        Scan::Unknown(unknown) => {
            return json!({
                "kind": scan.kind(), "reason": unknown.code(), "message": unknown.to_string(), "fields": {}, "warnings": [],
            });
        }
    }
    json!({ "kind": scan.kind(), "fields": fields.fields, "warnings": warnings })
}

fn card_fields(card: &CardQr, fields: &mut Fields) {
    fields.number("number", Some(&card.number));
    fields.text("old_number", card.old_number.as_ref());
    fields.name(card.name.as_ref());
    fields.date("birth", Some(&card.birth));
    fields.sex(card.sex);
    fields.text("address", card.address.as_ref());
    fields.date("issued", card.issued.as_ref());
    fields.number("cancelled_number", card.cancelled.as_ref());
}

pub(super) fn mrz_fields(mrz: &Mrz, fields: &mut Fields) {
    fields.number("number", Some(&mrz.number));
    fields.text("document_number", Some(&mrz.document_number));
    fields.name(mrz.name.as_ref());
    fields.date("birth", Some(&mrz.birth));
    fields.sex(mrz.sex);
    fields.expiry(Some(&mrz.expiry));
}
