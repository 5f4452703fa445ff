// SPDX-License-Identifier: MIT OR Apache-2.0
//! A PostgreSQL of its own for tests and benchmarks: a real server in a temporary
//! directory, on a free port, gone when dropped.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "for tests; says what is missing and stops"
)]

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub fn start() -> Postgres {
        let bin = newest();
        let dir = std::env::temp_dir().join(format!("motcua-pg-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&dir).expect("a temporary directory");
        if is_root() {
            let done = Command::new("chown").args(["postgres:postgres"]).arg(&dir).status();
            assert!(done.is_ok_and(|s| s.success()), "no user `postgres`; install Debian's postgresql");
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut made = Postgres { bin, dir, port, child: None };
        let data = made.data();
        let out = made
            .command("initdb")
            .args(["-U", "motcua", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&data)
            .output()
            .expect("initdb starts");
        assert!(out.status.success(), "initdb: {}", String::from_utf8_lossy(&out.stderr));
        made.go();
        made
    }

    /// For `Db::postgres`.
    pub fn url(&self) -> String {
        format!("postgres://motcua@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Its directory: data and log.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts it again after [`Postgres::stop`] or [`Postgres::crash`].
    pub fn go(&mut self) {
        let data = self.data();
        let dir = self.dir.clone();
        let port = self.port.to_string();
        let child = self
            .command("postgres")
            .args(["-p", &port, "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=256MB", "-k"])
            .arg(dir)
            .arg("-D")
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres starts");
        self.child = Some(child);
        let begun = Instant::now();
        while !self.ready() {
            assert!(begun.elapsed() < Duration::from_secs(60), "postgres does not come up");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    fn ready(&self) -> bool {
        let port = self.port.to_string();
        let said = Command::new(self.bin.join("pg_isready")).args(["-h", "127.0.0.1", "-p", &port]).output();
        said.is_ok_and(|o| o.status.success())
    }

    /// Stops at once, as an operator's `systemctl restart` does: connections are cut, what is committed stays.
    pub fn stop(&mut self) {
        self.signal("INT");
    }

    /// Ends without any leave-taking, as a power cut; it recovers from its log.
    pub fn crash(&mut self) {
        self.signal("QUIT");
    }

    fn signal(&mut self, name: &str) {
        if let Some(mut child) = self.child.take() {
            // The child is `setpriv` replaced by postgres itself: the same process.
            let _ = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// A program of the server; root may not run it and steps down.
    fn command(&self, name: &str) -> Command {
        let program = self.bin.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.signal("QUIT");
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// Debian keeps each version in a directory of its own.
fn newest() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("install Debian's postgresql");
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|e| {
            let path = e.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Path::new(&path).join("bin/postgres").exists().then(|| (version, path.join("bin")))
        })
        .collect();
    found.sort();
    found.pop().expect("install Debian's postgresql").1
}
