// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench's central: the real program as a process of its own, at which the
//! bench's hub is enrolled with a real ticket, a switch for the network in
//! between, and behind it the reference provincial system, which it asks.

use crate::console::Pages;
use crate::enrolled::at_central;
use crate::uplink;
use motcua_link::send::{Status, Switch};
use serde::Serialize;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;

/// The bench's account at its central.
const ACCOUNT: &str = "province";
/// Seconds between two questions to the provincial system.
const PROVINCE_EVERY: &str = "5";
/// Digits of its password.
const DIGITS: usize = 16;

/// The central of a bench. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Central {
    shared: Arc<Mutex<Shared>>,
    reports: uplink::Reports,
    cut: Switch,
}

#[derive(Debug, Default)]
struct Shared {
    url: Option<String>,
    password: Option<String>,
    said: Option<String>,
    child: Option<Child>,
    /// The provincial system.
    province: Option<Child>,
    province_url: Option<String>,
}

/// For the page.
#[derive(Debug, Serialize)]
pub struct Told {
    /// Its pages, once it is up.
    pub url: Option<String>,
    /// Who can sign in there.
    pub name: &'static str,
    /// The password of this run, once the account is made.
    pub password: Option<String>,
    /// The reference provincial system that it asks.
    pub province: Option<String>,
    /// Why there is none.
    pub fault: Option<String>,
    /// The network is switched off.
    pub cut: bool,
    /// The hub's way up.
    pub status: Status,
}

impl Central {
    /// Starts it beside the bench; the bench does not wait for it.
    pub(super) fn start(pages: &Pages, data: &Path, runtime: &Handle) -> Central {
        let reports = pages.reports.clone();
        let cut = reports.uplink.switch();
        let central = Central { shared: Arc::default(), reports, cut };
        let (this, data, runtime) = (central.clone(), data.to_owned(), runtime.clone());
        let site = pages.api.hub.hall().id.clone();
        std::thread::spawn(move || {
            if let Err(e) = this.bring_up(&data, &site, &runtime) {
                tracing::warn!(error = %e, "the bench has no central");
                this.lock().said = Some(e.to_string());
            }
        });
        central
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bring_up(&self, data: &Path, site: &str, runtime: &Handle) -> Result<(), Box<dyn Error>> {
        let program = program()?;
        let own = data.join("central-data");
        let province = self.bring_up_province(&program)?;
        let mut child = Command::new(&program)
            .args(["serve", "--child", "--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0"])
            .args(["--province-every", PROVINCE_EVERY, "--province-url", &province, "--data"])
            .arg(&own)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("no standard output")?;
        self.lock().child = Some(child);
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let mut after =
            |mark: &str| lines.find_map(|l| l.split_once(mark).map(|(_, url)| url.trim().to_owned()));
        let pages = after("pages on ").ok_or("the central did not start; its log says why")?;
        let devices = after("devices on ").ok_or("the central did not start; its log says why")?;
        // It says more later; a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        let ticket = Command::new(&program)
            .args([
                "ticket",
                &format!("{site}.{}", uplink::HUB),
                "--role",
                "hub",
                "--url",
                &devices,
                "--data",
            ])
            .arg(&own)
            .stderr(Stdio::inherit())
            .output()?;
        let line = String::from_utf8(ticket.stdout)?;
        runtime.block_on(at_central(data).enrol(&line))?;
        let password = account(&program, &own)?;
        let mut shared = self.lock();
        shared.url = Some(pages);
        shared.password = Some(password);
        Ok(())
    }

    fn bring_up_province(&self, program: &Path) -> Result<String, Box<dyn Error>> {
        let mut child = Command::new(program)
            .args(["province", "stub", "--child", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("no standard output")?;
        self.lock().province = Some(child);
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let url = lines.find_map(|l| l.split_once("system on ").map(|(_, url)| url.trim().to_owned()));
        let url = url.ok_or("the reference provincial system did not start; its log says why")?;
        self.lock().province_url = Some(url.clone());
        std::thread::spawn(move || lines.for_each(drop));
        Ok(url)
    }

    /// For the page.
    pub(super) fn told(&self) -> Told {
        let shared = self.lock();
        Told {
            url: shared.url.clone(),
            name: ACCOUNT,
            password: shared.password.clone(),
            province: shared.province_url.clone(),
            fault: shared.said.clone(),
            cut: self.cut.load(Ordering::Relaxed),
            status: self.reports.uplink.status(),
        }
    }

    /// Switches the network between hub and central off or on.
    pub(super) fn cut(&self, off: bool) {
        self.cut.store(off, Ordering::Relaxed);
    }

    /// Ends the process.
    pub(super) fn stop(&self) {
        let children = {
            let mut shared = self.lock();
            [shared.child.take(), shared.province.take()]
        };
        for mut child in children.into_iter().flatten() {
            // The end of its standard input is what it waits for.
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// Makes the bench's account with a password of this run. No default secret: each bench has another.
fn account(program: &Path, data: &Path) -> Result<String, Box<dyn Error>> {
    let random: Vec<char> = motcua_web::token::random()?.chars().take(DIGITS).collect();
    let password = random.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-");
    let mut child = Command::new(program)
        .args(["person", "add", ACCOUNT, "--name", "Cấp tỉnh", "--role", "province", "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no standard input")?;
    writeln!(input, "{password}")?;
    drop(input);
    if !child.wait()?.success() {
        return Err("the central did not take the bench's account; its log says why".into());
    }
    Ok(password)
}

/// `motcua-central` beside this program, where cargo and packages put it.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::current_exe()?.with_file_name("motcua-central");
    if path.exists() {
        return Ok(path);
    }
    Err(format!("{} is missing; build it with: cargo build -p motcua-central", path.display()).into())
}
