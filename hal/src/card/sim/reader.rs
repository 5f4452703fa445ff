// SPDX-License-Identifier: MIT OR Apache-2.0
//! A virtual reader: a real pcscd of its own with vpcd's driver. It has a /run of its own in a mount namespace, so that many
//! run side by side and none meets the machine's daemon. Wants pcscd, vsmartcard-vpcd and the right to make a mount
//! namespace, which root has.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Where Debian installs vpcd's driver.
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/// For daemons that do not come up.
const LIMIT: Duration = Duration::from_secs(20);

/// A pcscd with a virtual reader; ends when dropped.
#[derive(Debug)]
pub struct VirtualReader {
    directory: PathBuf,
    port: u16,
    daemon: Option<Child>,
}

impl VirtualReader {
    /// Programs find the daemon by the environment variable of this name, set to [`VirtualReader::socket`] before they
    /// first look.
    pub const VARIABLE: &'static str = "PCSCLITE_CSOCK_NAME";

    /// Whether this machine and this user can have one.
    pub fn is_possible() -> bool {
        rustix::process::geteuid().is_root()
            && Path::new(DRIVER).exists()
            && Path::new("/usr/sbin/pcscd").exists()
    }

    /// Starts one, with its files in a directory that exists.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn start(directory: &Path) -> io::Result<VirtualReader> {
        if !Path::new(DRIVER).exists() {
            return Err(io::Error::other(
                "no virtual card reader: install pcscd and vsmartcard-vpcd (tools/setup.sh test)",
            ));
        }
        let port = free_ports()?;
        let readers = directory.join("readers");
        std::fs::create_dir_all(&readers)?;
        let reader = format!(
            "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{port:#X}\nLIBPATH {DRIVER}\nCHANNELID {port:#X}\n"
        );
        std::fs::write(readers.join("vpcd"), reader)?;
        let mut started = VirtualReader { directory: directory.to_owned(), port, daemon: None };
        started.resume()?;
        Ok(started)
    }

    /// Where cards are laid down: see [`super::VirtualCard::insert`].
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The daemon's socket, at the same place after each start.
    pub fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    /// Ends the daemon, as a crash does.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }

    /// Starts the daemon again.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn resume(&mut self) -> io::Result<()> {
        self.stop();
        let script = "mount -t tmpfs tmpfs /run && mkdir /run/pcscd && exec pcscd --foreground --critical --config \"$0\"";
        // It ends with the program that started it, however that ends.
        let mut daemon = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare", "--mount", "sh", "-c", script])
            .arg(self.directory.join("readers"))
            .stdout(Stdio::null())
            .spawn()?;
        let socket = PathBuf::from(format!("/proc/{}/root/run/pcscd/pcscd.comm", daemon.id()));
        let begun = Instant::now();
        // Until a /run of its own is mounted, it is the machine's socket that is seen there.
        while !socket.exists() || same_file(&socket, Path::new("/run/pcscd/pcscd.comm")) {
            if let Some(status) = daemon.try_wait()? {
                let message = format!("pcscd has ended ({status}): is it installed, and is this root?");
                return Err(io::Error::other(message));
            }
            if begun.elapsed() > LIMIT {
                let _ = daemon.kill();
                let _ = daemon.wait();
                return Err(io::Error::other("pcscd does not come up"));
            }
            let (_sender, receiver) = channel::<()>();
            let _ = receiver.recv_timeout(Duration::from_millis(5));
        }
        let link = self.socket();
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(&socket, &link)?;
        self.daemon = Some(daemon);
        Ok(())
    }
}

impl Drop for VirtualReader {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Two ports behind each other: vpcd takes one for each slot of its reader.
fn free_ports() -> io::Result<u16> {
    loop {
        let first = TcpListener::bind(("127.0.0.1", 0))?;
        let port = first.local_addr()?.port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return Ok(port);
        }
    }
}

fn same_file(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (left.metadata(), right.metadata()) {
        (Ok(left), Ok(right)) => (left.dev(), left.ino()) == (right.dev(), right.ino()),
        _ => false,
    }
}
