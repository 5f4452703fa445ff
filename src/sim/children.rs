// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rest of the bench's small hall: a display and a panel in processes of
//! their own, and people who can sign in with PINs of this run.

use super::{Options, Role};
use crate::clock::unix_ms;
use crate::console::Pages;
use crate::hub::devices;
use crate::staff::{AccountFault, StaffRole};
use motcua_web::token::random;
use serde::Serialize;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// Who works in the small hall.
const PEOPLE: [(&str, &str, StaffRole); 4] = [
    ("an", "Nguyễn Văn An", StaffRole::Officer),
    ("binh", "Lê Thị Bình", StaffRole::Officer),
    ("lan", "Trần Thị Lan", StaffRole::Manager),
    ("tu", "Đỗ Anh Tú", StaffRole::Technician),
];

/// A device of the small hall, for the page.
#[derive(Clone, Debug, Serialize)]
pub struct Device {
    /// What it is.
    pub role: Role,
    /// Its own page.
    pub url: String,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// Sign-in name.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Rights.
    pub role: StaffRole,
    /// Made at random for this run.
    pub pin: String,
}

/// Devices that have come up.
pub type Devices = Arc<Mutex<Vec<Device>>>;

/// A running device; it ends with this.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        // The end of its standard input is what it waits for.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The rest of the small hall.
#[derive(Debug, Default)]
pub struct SmallHall {
    /// Processes.
    pub running: Vec<Running>,
    /// Where they are, once they are up.
    pub devices: Devices,
    /// Who can sign in.
    pub people: Vec<Person>,
}

/// Starts display and panel at the hub whose devices' address will be `url`, and makes the people.
pub(super) async fn start(
    pages: &Pages,
    options: &Options,
    url: &str,
    data: &Path,
) -> Result<SmallHall, Box<dyn Error>> {
    let people = PEOPLE.iter().map(|p| person(pages, *p)).collect::<Result<_, _>>()?;
    let told = Devices::default();
    let mut running = Vec::new();
    for (role, at_hub, counter) in [
        (Role::Display, devices::Role::Display, None),
        (Role::Panel, devices::Role::Panel, Some(options.counter.as_str())),
    ] {
        pages.api.devices.add(role.word(), at_hub, counter)?;
        let ticket = pages.api.trust.ticket(role.word(), at_hub, url, 1, "bench").await?;
        running.push(device(role, options, &[("--ticket", &ticket.line()), ("--hub", url)], data, &told)?);
    }
    Ok(SmallHall { running, devices: told, people })
}

fn person(pages: &Pages, (id, name, role): (&str, &str, StaffRole)) -> Result<Person, AccountFault> {
    let digits = random().unwrap_or_default();
    let number = u32::from_str_radix(digits.get(..8).unwrap_or("9f3a71c5"), 16).unwrap_or(0);
    // Never a run of digits that the product refuses.
    let pin = format!("{:05}{}", number % 100_000, (number % 100_000 * 7 + 3) % 10);
    let by = ("bench", unix_ms());
    let made = match pages.staff.account(id)? {
        Some(_) => pages.staff.set_secret(id, &pin, by),
        None => pages.staff.add(id, name, role, &pin, by),
    };
    match made {
        // The one in a thousand that is too easy: the next one is not.
        Err(AccountFault::Weak(_)) => person(pages, (id, name, role)),
        other => other.map(|()| Person { id: id.to_owned(), name: name.to_owned(), role, pin }),
    }
}

fn device(
    role: Role,
    options: &Options,
    more: &[(&str, &str)],
    data: &Path,
    devices: &Devices,
) -> Result<Running, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["sim", "--child", "--role", role.word(), "--listen", "127.0.0.1:0"])
        .arg("--data")
        .arg(data.join(role.word()))
        .args(["--speaker-speed", &options.speaker_speed.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    for (option, value) in more {
        command.args([option, value]);
    }
    if let Some(folder) = &options.recordings {
        command.arg("--recordings").arg(folder);
    }
    let mut child = command.spawn()?;
    let out = child.stdout.take().ok_or("no standard output")?;
    let devices = devices.clone();
    // It is up when it has spoken with the hub, which answers once the bench serves.
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if let Some(url) = line.strip_prefix("motcua sim is at ") {
                let device = Device { role, url: url.to_owned() };
                devices.lock().unwrap_or_else(PoisonError::into_inner).push(device);
            }
        }
    });
    Ok(Running { child })
}
