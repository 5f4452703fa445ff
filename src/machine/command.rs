// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua setup check` and `motcua day-code`: what the office does with settings before they go to a device.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]

use super::Settings;
use super::check::is_secret;
use crate::steward::lock::day_code;
use clap::{Args, Subcommand};
use motcua_core::hall::Hall;
use motcua_link::trust::EnrolmentTicket;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `motcua setup`.
#[derive(Debug, Args)]
pub struct SetupOptions {
    #[command(subcommand)]
    action: Option<SetupAction>,
    /// The root of the file system; another than / is for tests.
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
}

#[derive(Debug, Subcommand)]
enum SetupAction {
    /// Checks a motcua.toml, and a hall.toml beside it, and names the line of each fault.
    Check {
        /// The file.
        file: PathBuf,
    },
}

impl SetupOptions {
    /// The file to check, where that is asked for.
    pub fn check(&self) -> Option<&Path> {
        let Some(SetupAction::Check { file }) = &self.action else { return None };
        Some(file)
    }
}

/// `motcua day-code`.
#[derive(Debug, Args)]
pub struct DayCodeOptions {
    /// File with the secret of day codes and nothing else: the value of `day_code_secret` in the devices' motcua.toml.
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// The day, such as 2026-11-26; today where it is left out.
    #[arg(long, value_name = "DATE")]
    date: Option<jiff::civil::Date>,
}

/// Why a file cannot be read.
fn unread(path: &Path, e: &std::io::Error) -> String {
    let name = path.display();
    match e.kind() {
        ErrorKind::InvalidData => format!(
            "{name}: không phải tệp văn bản UTF-8; lưu lại tệp bằng UTF-8\n  no UTF-8 text; save the file as UTF-8"
        ),
        ErrorKind::NotFound => format!("{name}: không có tệp này\n  there is no such file"),
        ErrorKind::PermissionDenied => {
            format!("{name}: tài khoản này không được đọc tệp\n  this account may not read it")
        }
        _ => format!("{name}: {e}"),
    }
}

/// Prints faults as `FILE: dòng N: …`; fails when there is one.
pub fn check(path: &Path) -> ExitCode {
    let name = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) => {
            eprintln!("{}", unread(path, &e));
            return ExitCode::FAILURE;
        }
    };
    let mut good = true;
    match Settings::parse(&text) {
        Ok(s) => {
            println!("{name}: {} {}: good", s.device.role.word(), s.device.name);
            warn(path, &s);
        }
        Err(faults) => {
            good = false;
            faults.iter().for_each(|f| eprintln!("{name}: {f}"));
        }
    }
    let hall = path.with_file_name("hall.toml");
    if let Ok(text) = std::fs::read_to_string(&hall) {
        match Hall::parse(&text) {
            Ok(_) => println!("{}: good", hall.display()),
            Err(faults) => {
                good = false;
                let hall = hall.display();
                faults.iter().for_each(|f| eprintln!("{hall}: dòng {}: {}\n  {f}", f.line, f.vi));
            }
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is no fault of the file, and is one on most devices.
fn warn(path: &Path, settings: &Settings) {
    let name = path.display();
    if path.file_name().is_some_and(|file| file != "motcua.toml") {
        eprintln!(
            "{name}: lưu ý: trên ổ MOTCUA tệp phải mang đúng tên motcua.toml, thiết bị không đọc tên khác\n  \
             note: on the drive MOTCUA the file's name must be motcua.toml, no other is read"
        );
    }
    let opened = settings.device.has_screen();
    if opened && settings.once.pin.is_none() && settings.once.day_code_secret.is_none() {
        eprintln!(
            "{name}: lưu ý: không có mã PIN trong [technician], nên thiết bị mới sẽ không mở được trang kỹ thuật\n  \
             note: no PIN in [technician], so the technician's menu of a new device cannot be opened"
        );
    }
    let device = &settings.device;
    if !device.is_hub() && settings.once.ticket.is_none() {
        eprintln!(
            "{name}: lưu ý: không có phiếu ghi danh (`ticket` trong [enrolment]); chỉ đủ cho thiết bị đã ghi danh\n  \
             note: no `ticket` in [enrolment]; enough only for a device that is enrolled already"
        );
    }
    if !device.is_hub() && (device.hall.is_some() || path.with_file_name("hall.toml").exists()) {
        eprintln!(
            "{name}: lưu ý: thiết bị nhận bộ phận từ máy chủ, nên không dùng [hall] và hall.toml\n  \
             note: this device gets the hall from its hub, so [hall] and hall.toml are not used"
        );
    }
    let ticket = settings.once.ticket.as_ref().and_then(|t| t.parse::<EnrolmentTicket>().ok());
    if let (Some(hub), Some(ticket)) = (device.hub_url(), ticket)
        && hub != ticket.url()
    {
        let of = ticket.url();
        eprintln!(
            "{name}: lưu ý: phiếu ghi danh do máy chủ ở {of} cấp, còn `hub` ghi {hub}; bỏ dòng `hub` nếu không cố ý\n  \
             note: the ticket is of the hub at {of} and `hub` says {hub}; remove the line `hub` unless that is meant"
        );
    }
    if device.is_hub() && device.hall.is_none() && !path.with_file_name("hall.toml").exists() {
        eprintln!(
            "{name}: lưu ý: không có [hall] và không có hall.toml bên cạnh; chỉ đủ cho máy đã có bộ phận\n  \
             note: no [hall] and no hall.toml beside it; enough only for a device that has its hall already"
        );
    }
}

/// Prints the code of a day.
pub fn print_day_code(options: &DayCodeOptions) -> Result<(), Box<dyn std::error::Error>> {
    let path = &options.secret_file;
    let secret = std::fs::read_to_string(path).map_err(|e| unread(path, &e))?;
    let date = options.date.unwrap_or_else(|| crate::steward::lock::day_of(crate::clock::unix_ms()));
    // Editors on Windows put a mark at the beginning.
    let secret = secret.trim_start_matches('\u{feff}').trim();
    if !is_secret(secret) {
        let path = path.display();
        return Err(format!(
            "{path}: không phải bí mật của mã ngày: chỉ ghi giá trị của day_code_secret, không tên khóa, không dấu nháy\n  \
             not the secret of day codes: the value of day_code_secret alone belongs in it, no key, no quotes"
        )
        .into());
    }
    println!("{}", day_code(secret, date));
    Ok(())
}
