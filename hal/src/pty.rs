// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pseudo-terminals for the simulators of devices on serial lines.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// A pseudo-terminal: the simulated device has the master, the driver opens the path.
pub(crate) struct Pty {
    /// Non-blocking.
    pub(crate) master: File,
    /// Held so that the line stays alive while no driver has it open.
    _slave: OwnedFd,
    /// What a driver opens.
    pub(crate) path: PathBuf,
}

impl Pty {
    /// Opens one, raw, and puts a symbolic link to it where one is wanted.
    pub(crate) fn open(link: Option<&Path>) -> std::io::Result<Pty> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(name.to_string_lossy().into_owned());
        let slave = rustix::fs::open(&path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        // Without this the terminal would echo the device's answers back to it.
        let mut settings = tcgetattr(&slave)?;
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings)?;
        fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK)?;
        if let Some(link) = link {
            let _ = std::fs::remove_file(link);
            std::os::unix::fs::symlink(&path, link)?;
        }
        Ok(Pty { master: File::from(master), _slave: slave, path })
    }
}
