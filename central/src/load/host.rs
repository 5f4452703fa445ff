// SPDX-License-Identifier: MIT OR Apache-2.0
//! The measured processes: a central started for the run, and what the kernel
//! says of processor time and memory.

use super::LoadError;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// Ticks of the times in /proc/PID/stat each second: `USER_HZ`, 100 wherever Linux runs this program.
const TICKS: f64 = 100.0;

/// A central of this run.
#[derive(Debug)]
pub(super) struct Started {
    child: Child,
    // Its end would be the end of a central that prints.
    _out: BufReader<ChildStdout>,
    /// Where devices reach it.
    pub url: String,
    /// Process.
    pub pid: u32,
}

impl Started {
    /// Starts this same program as a central.
    pub(super) async fn start(data: &Path, database_url: Option<&str>) -> Result<Started, LoadError> {
        let failed = |e: std::io::Error| LoadError::Start(e.to_string());
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0"]);
        command.args(["--places-per-address", "16384", "--data"]).arg(data);
        if let Some(url) = database_url {
            command.args(["--database-url", url]);
        }
        command.stdout(Stdio::piped()).kill_on_drop(true).env("MOTCUA_LOG", "error");
        let mut child = command.spawn().map_err(failed)?;
        let none = || LoadError::Start("it ended at once; see what it says above".into());
        let mut out = BufReader::new(child.stdout.take().ok_or_else(none)?);
        let mut line = String::new();
        let url = loop {
            line.clear();
            if out.read_line(&mut line).await.map_err(failed)? == 0 {
                return Err(none());
            }
            if let Some(url) = line.trim().strip_prefix("motcua-central: devices on ") {
                break url.to_owned();
            }
        };
        let pid = child.id().ok_or_else(none)?;
        Ok(Started { child, _out: out, url, pid })
    }

    /// Stops it as an operator does.
    pub(super) async fn stop(mut self) -> Result<(), LoadError> {
        let failed = |e: std::io::Error| LoadError::Start(e.to_string());
        let pid = self.pid.to_string();
        Command::new("kill").arg(pid).status().await.map_err(failed)?;
        self.child.wait().await.map_err(failed)?;
        Ok(())
    }
}

/// Seconds of processor time of a process, its own and its ended children's.
pub(super) fn cpu_s(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The second field, the name in brackets, may hold spaces.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = rest.split_whitespace().skip(11).take(4).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / TICKS
}

/// The same of a server and all its children, by the process of one of them: PostgreSQL's postmaster.
pub(super) fn family_cpu_s(backend: u32) -> f64 {
    let Some(father) = parent(backend) else { return 0.0 };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    cpu_s(father) + pids.filter(|pid| parent(*pid) == Some(father)).map(cpu_s).sum::<f64>()
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Resident memory now and at its highest, bytes.
pub(super) fn memory(pid: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name));
        line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
    };
    (kib("VmRSS:"), kib("VmHWM:"))
}

/// Bytes of SQLite's file and its log.
pub(super) fn size(data: &Path) -> u64 {
    let names = ["", "-wal"].map(|end| data.join(format!("{}{end}", crate::serve::FILE)));
    names.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|m| m.len()).sum()
}
