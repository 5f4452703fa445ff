// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua card read`: what is on the card that lies on the reader.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use clap::{Args, Subcommand};
use motcua_core::scan::{Holder, Mrz, PersonalNumber};
use motcua_hal::card::{self, Access, CardData, CardError, CardReader, Protocol, TrustStore};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Fields;
use super::scan::{mrz_fields, print};

/// What is done with cards.
#[derive(Debug, Subcommand)]
pub enum CardAction {
    /// Reads the card on the reader, as JSON: data groups 1 and 13 and whether they are what the state signed. Exit status 1
    /// with the reason when it was not read.
    Read(ReadOptions),
}

/// What opens a card, and how it is read.
#[derive(Debug, Args)]
pub struct ReadOptions {
    /// The card's number, 12 digits. - reads it from standard input, which keeps it out of the list of processes.
    #[arg(long, value_name = "N", required_unless_present = "mrz", conflicts_with = "mrz")]
    number: Option<String>,
    /// The three lines on the card's back, for chips that are not opened by their number. - reads them from standard input.
    #[arg(long, value_name = "TEXT")]
    mrz: Option<String>,
    /// Part of the reader's name, as pcsc_scan shows it.
    #[arg(long, value_name = "NAME", default_value = "")]
    reader: String,
    /// Directory with the country certificates (CSCA) that are believed.
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
    /// How long to wait for a card, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
    /// Personal data in plain. They then stand in the terminal and wherever its output goes.
    #[arg(long)]
    show: bool,
}

/// How long one reading may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Why nothing was read, as word and sentence.
struct Refusal {
    reason: &'static str,
    message: String,
}

impl From<CardError> for Refusal {
    fn from(error: CardError) -> Refusal {
        let sentence = crate::hub::chain(&error);
        Refusal { reason: error.code(), message: sentence }
    }
}

impl Refusal {
    fn new(reason: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { reason, message: message.into() }
    }
}

/// Does what was asked for.
pub fn run(action: &CardAction) -> ExitCode {
    let CardAction::Read(options) = action;
    match read(options) {
        Ok(value) => {
            print(&value);
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            print(&json!({ "kind": "refused", "reason": refusal.reason, "message": refusal.message }));
            ExitCode::FAILURE
        }
    }
}

fn read(options: &ReadOptions) -> Result<Value, Refusal> {
    let (access, number) = access(options)?;
    let trust = match &options.trust {
        None => TrustStore::new(),
        Some(path) => TrustStore::from_directory(path)
            .map_err(|error| Refusal::new("trust", crate::hub::chain(&error)))?,
    };
    let mut reader =
        card::open(&options.reader).map_err(|fault| Refusal::new("no_reader", fault.to_string()))?;
    wait_for_card(reader.as_mut(), Duration::from_secs(options.wait))?;
    let mut link = reader.connect()?;
    let data = card::read_card(link.as_mut(), &access, &trust, SystemTime::now(), LIMIT)?;
    described(&data, &number, options.show)
}

/// What opens the card, and whose it should be.
fn access(options: &ReadOptions) -> Result<(Access, PersonalNumber), Refusal> {
    if let Some(text) = &options.mrz {
        let mrz = Mrz::parse(&given(text)?).map_err(|error| Refusal::new("mrz", error.to_string()))?;
        let access = Access::with_can(&mrz.number.access_number()).and_mrz(&mrz.access_key());
        return Ok((access, mrz.number));
    }
    let text = given(options.number.as_deref().unwrap_or_default())?;
    let number = PersonalNumber::new(text.trim())
        .ok_or_else(|| Refusal::new("number", "a card's number has twelve digits"))?;
    Ok((Access::with_can(&number.access_number()), number))
}

/// An argument, or standard input in its place.
fn given(text: &str) -> Result<Zeroizing<String>, Refusal> {
    if text != "-" {
        return Ok(Zeroizing::new(text.to_owned()));
    }
    let mut read = Zeroizing::new(String::with_capacity(256));
    let stdin = std::io::stdin().lock().take(200).read_to_string(&mut read);
    stdin.map_err(|error| Refusal::new("stdin", format!("cannot read standard input: {error}")))?;
    Ok(read)
}

fn wait_for_card(reader: &mut dyn CardReader, limit: Duration) -> Result<(), Refusal> {
    let until = Instant::now() + limit;
    while !reader.has_card() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(CardError::NoCard.into());
        }
        reader.wait(left).map_err(|fault| Refusal::new("no_reader", fault.to_string()))?;
    }
    Ok(())
}

fn described(data: &CardData, number: &PersonalNumber, show: bool) -> Result<Value, Refusal> {
    let mrz = Mrz::from_dg1(&data.dg1).map_err(|error| Refusal::new("malformed", error.to_string()))?;
    let holder = data.dg13.as_ref().map(|bytes| Holder::from_dg13(bytes));
    let mut warnings = Vec::new();
    let mut fields = Fields::new(show);
    mrz_fields(&mrz, &mut fields);
    if mrz.number != *number {
        warnings.push("number_differs_from_given");
    }
    match &holder {
        Some(Some(holder)) => {
            if holder.number != mrz.number {
                warnings.push("groups_differ");
            }
            holder_fields(holder, &mut fields);
        }
        Some(None) => warnings.push("dg13_unreadable"),
        None => warnings.push("no_dg13"),
    }
    let access = match data.protocol {
        Protocol::Pace => "pace",
        Protocol::Bac => "bac",
    };
    Ok(json!({
        "kind": "chip",
        "access": access,
        "verification": data.authenticity.code(),
        "verification_message": data.authenticity.to_string(),
        "fields": fields.fields,
        "warnings": warnings,
        "took_ms": u64::try_from(data.took.as_millis()).unwrap_or(u64::MAX),
    }))
}

/// What DG13 says better than the machine-readable zone: the name with its accents, the day of issue, the residence.
fn holder_fields(holder: &Holder, fields: &mut Fields) {
    fields.name(holder.name.as_ref());
    fields.date("birth", holder.birth.as_ref());
    fields.sex(holder.sex);
    fields.text("address", holder.address.as_ref());
    fields.date("issued", holder.issued.as_ref());
    fields.expiry(holder.expiry.as_ref());
    fields.text("old_number", holder.old_number.as_ref());
}
