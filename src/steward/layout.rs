// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where everything is on a device. All paths hang under one root, which tests move.

use crate::machine::device;
use rustix::fs::{Gid, Uid};
use std::path::{Path, PathBuf};

/// The user and group of the roles.
const USER: &str = "motcua";

/// The file system of a device.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Under `root`, which is `/` on a device.
    pub fn at(root: &Path) -> Layout {
        Layout { root: root.to_owned() }
    }

    /// Any other path, written as on the device.
    pub fn path(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    /// Where the technician's file lies.
    pub fn boot_settings(&self) -> PathBuf {
        self.path("/bootcfg/motcua.toml")
    }

    /// A hall beside it.
    pub fn boot_hall(&self) -> PathBuf {
        self.path("/bootcfg/hall.toml")
    }

    /// What belongs to the steward alone.
    pub fn device(&self) -> PathBuf {
        self.path("/data/device")
    }

    /// What belongs to the roles; a hub's data directory.
    pub fn data(&self) -> PathBuf {
        self.path("/data/motcua")
    }

    /// What lives until the power goes.
    pub fn run(&self) -> PathBuf {
        self.path("/run/motcua")
    }

    /// The settings without secrets, for the roles.
    pub fn public(&self) -> PathBuf {
        self.path("/run").join(device::IN_RUN)
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        self.run().join("steward.sock")
    }

    /// The data directory of a role that is not a hub: a kiosk beside its hub must not share files with it.
    pub fn role_data(&self, role: &str) -> PathBuf {
        self.data().join(role)
    }

    /// This device's ticket, until the role has used it.
    pub fn ticket(&self) -> PathBuf {
        self.data().join("enrolment-ticket")
    }

    /// The hub's ticket for its central, until the hub has used it.
    pub fn central_ticket(&self) -> PathBuf {
        self.data().join("central-ticket")
    }

    /// The hall's configuration, for a hub.
    pub fn hall(&self) -> PathBuf {
        self.data().join("hall.toml")
    }

    /// Gives a file to the roles' user. On a machine without that user, such as one that runs tests, it stays.
    pub fn give(&self, path: &Path) -> std::io::Result<()> {
        let (uid, gid) = (self.id("/etc/passwd"), self.id("/etc/group"));
        if uid.is_none() && gid.is_none() {
            return Ok(());
        }
        rustix::fs::chown(path, uid.map(Uid::from_raw), gid.map(Gid::from_raw))?;
        Ok(())
    }

    /// Lets the roles read a file that stays root's.
    pub fn show(&self, path: &Path) -> std::io::Result<()> {
        if let Some(gid) = self.id("/etc/group") {
            rustix::fs::chown(path, None, Some(Gid::from_raw(gid)))?;
        }
        Ok(())
    }

    /// The third field of our line: the id of user or group.
    fn id(&self, file: &str) -> Option<u32> {
        let text = std::fs::read_to_string(self.path(file)).ok()?;
        let line = text.lines().find(|l| l.split(':').next() == Some(USER))?;
        line.split(':').nth(2)?.parse().ok()
    }
}
