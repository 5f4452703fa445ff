// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs of the system that the steward runs: named here, absolute, and nowhere else. Under another root they
//! are looked for there, so that tests bring programs of their own.

use super::layout::Layout;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A program of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Services, restart, power, the network's files read again.
    Systemctl,
    /// The touch screen's rule is read again.
    Udevadm,
    /// A stick.
    Mount,
    /// A stick.
    Umount,
    /// The logs.
    Journalctl,
    /// Which USB devices may be used.
    Usbguard,
    /// Which wireless networks are in the air.
    WpaCli,
}

impl Program {
    fn path(self) -> &'static str {
        match self {
            Program::Systemctl => "/usr/bin/systemctl",
            Program::Udevadm => "/usr/bin/udevadm",
            Program::Mount => "/usr/bin/mount",
            Program::Umount => "/usr/bin/umount",
            Program::Journalctl => "/usr/bin/journalctl",
            Program::Usbguard => "/usr/bin/usbguard",
            Program::WpaCli => "/usr/sbin/wpa_cli",
        }
    }
}

/// A program did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// It was not started.
    #[error("{program} cannot be started")]
    Start {
        /// Which.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// It said no.
    #[error("{program} says: {said}")]
    Refused {
        /// Which.
        program: &'static str,
        /// Its first line.
        said: String,
    },
}

/// Runs programs.
#[derive(Clone, Debug)]
pub struct System {
    layout: Layout,
}

impl System {
    /// Of the device under that root.
    pub fn new(layout: Layout) -> System {
        System { layout }
    }

    fn command(&self, program: Program, args: &[&str]) -> Command {
        let mut command = Command::new(self.layout.path(program.path()));
        command.args(args).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// It cannot be started, or ends with a failure.
    pub fn run(&self, program: Program, args: &[&str]) -> Result<(), SystemError> {
        let start = |source| SystemError::Start { program: program.path(), source };
        let Output { status, stderr, .. } = self.command(program, args).output().map_err(start)?;
        if status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&stderr).lines().next().unwrap_or("nothing").to_owned();
        Err(SystemError::Refused { program: program.path(), said })
    }

    /// Runs it where a failure leaves the device usable; it stands in the log.
    pub fn try_run(&self, program: Program, args: &[&str]) {
        if let Err(e) = self.run(program, args) {
            tracing::warn!(
                error = crate::hub::chain(&e),
                ?args,
                "a program of the system did not do its work"
            );
        }
    }

    /// Hands over what it prints, line by line.
    ///
    /// # Errors
    /// As [`System::run`], or what `take` gives.
    pub fn lines(
        &self,
        program: Program,
        args: &[&str],
        mut take: impl FnMut(&str) -> std::io::Result<()>,
    ) -> Result<(), SystemError> {
        let failed = |source| SystemError::Start { program: program.path(), source };
        let mut command = self.command(program, args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(failed)?;
        let mut written = Ok(());
        if let Some(out) = child.stdout.take() {
            for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
                written = take(&String::from_utf8_lossy(&line));
                if written.is_err() {
                    break;
                }
            }
        }
        let status = child.wait().map_err(failed)?;
        written.map_err(failed)?;
        if status.success() {
            return Ok(());
        }
        Err(SystemError::Refused { program: program.path(), said: status.to_string() })
    }
}

/// Waits for hardware, on a thread that may.
pub(super) fn rest(time: Duration) {
    let (_hold, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(time);
}
