// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the system is looked at. A prepared tree takes its place in tests and
//! when a device's disk is looked at elsewhere.

use crate::machine::device;
use std::path::{Path, PathBuf};

/// The trees of a system.
#[derive(Clone, Debug)]
pub struct Roots {
    /// `/sys`.
    pub sys: PathBuf,
    /// `/proc`.
    pub proc: PathBuf,
    /// `/run`.
    pub run: PathBuf,
    /// `/data`.
    pub data: PathBuf,
    /// `/etc`.
    pub etc: PathBuf,
    /// `/dev`.
    pub dev: PathBuf,
    /// This is the running system: it can be asked, not only read.
    pub live: bool,
    /// The bus on which its services are, where it is not the system's; for tests.
    pub bus: Option<String>,
}

impl Roots {
    /// The trees below `root`.
    pub fn under(root: &Path) -> Roots {
        Roots {
            sys: root.join("sys"),
            proc: root.join("proc"),
            run: root.join("run"),
            data: root.join("data"),
            etc: root.join("etc"),
            dev: root.join("dev"),
            live: root == Path::new("/"),
            bus: None,
        }
    }

    /// Where running roles leave what they say of themselves.
    pub fn state(&self) -> PathBuf {
        self.run.join("motcua/state")
    }

    /// The device's settings, [`crate::machine::device`].
    pub fn device(&self) -> PathBuf {
        self.run.join(device::IN_RUN)
    }

    /// The value of a word of the kernel's command line.
    pub fn boot_word(&self, name: &str) -> Option<String> {
        let line = text(&self.proc.join("cmdline"))?;
        let found = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        found.map(str::to_owned)
    }

    /// The mount at `place`: device, kind, options.
    pub fn mount(&self, place: &str) -> Option<(String, String, String)> {
        let mounts = text(&self.proc.join("mounts"))?;
        let fields = mounts.lines().rev().map(|line| line.split(' ').collect::<Vec<_>>());
        let mut at = fields.filter(|f| f.get(1) == Some(&place));
        let f = at.next()?;
        Some((f.first()?.to_string(), f.get(2)?.to_string(), f.get(3)?.to_string()))
    }
}

/// A small file without the white space at its ends; none where it cannot be read.
pub fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

/// The entries of a directory in the order of their names; none of one that is not there.
pub fn entries(dir: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let mut all: Vec<PathBuf> = read.map(|entry| entry.path()).collect();
    all.sort();
    all
}

/// The last part of a path as text.
pub fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
