// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole printer on a pty or a TCP port, for tests and for using the product without hardware. It decodes bytes on its
//! own: nothing of the driver's encoder or classifier is used here, only the typeface and the profile's data.
//!
//! | module | what lives there |
//! |---|---|
//! | `machine` | buffers, faults, status, the pace of line and paper |
//! | `grammar`, `interpret` | the commands in the receive buffer: how long, and what they do |
//! | `paper` | the line being set, the roll, cut slips |
//! | `tables` | code pages |
//! | `port` | the pty or the socket |
//!
//! It behaves as printers do where that hurts: a finite receive buffer that stops reading when it is full, paper that
//! ends in the middle of a line and goes on with the buffered job after a refill, 13 mm between head and cutter, feeds
//! that count in half dots until told otherwise, real-time commands obeyed inside picture data, buffers lost when
//! power goes.

mod grammar;
mod interpret;
mod machine;
mod paper;
mod port;
mod tables;

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rustix::event::{EventfdFlags, eventfd};

use super::profile::Profile;
use super::transport::PrinterUrl;
pub use paper::SimSlip;

use machine::Machine;

/// How a simulated printer is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SimTransport {
    /// A pseudo-terminal. With a path, a symbolic link there points to it and comes back after a replug, as
    /// `/dev/serial/by-id` does.
    Pty {
        /// Where the link is put; its directory must exist.
        link: Option<PathBuf>,
    },
    /// A TCP socket that serves one client at a time, as printers do. Port 0 takes any free port.
    Tcp(SocketAddr),
}

/// What is simulated.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Which commands it knows, its width and its speed.
    pub profile: Profile,
    /// How it is reached.
    pub transport: SimTransport,
    /// Bits per second of its line; `None` is as fast as the computer.
    pub baud: Option<u32>,
    /// Size of its receive buffer in bytes.
    pub buffer_bytes: usize,
    /// Millimetres of paper per second; `None` takes the profile's.
    pub print_mm_per_s: Option<f64>,
    /// How much faster than a real printer everything goes: 1 is real time.
    pub time_scale: f64,
}

impl SimConfig {
    /// A printer on a pty in real time, at 115200 baud, with 4 KB of buffer.
    pub fn pty(profile: Profile) -> SimConfig {
        SimConfig {
            profile,
            transport: SimTransport::Pty { link: None },
            baud: Some(115_200),
            buffer_bytes: 4096,
            print_mm_per_s: None,
            time_scale: 1.0,
        }
    }

    /// A printer on a free TCP port of this machine, in real time.
    pub fn tcp(profile: Profile) -> SimConfig {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        SimConfig { transport: SimTransport::Tcp(any), baud: None, ..SimConfig::pty(profile) }
    }
}

/// What can go wrong with a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SimFault {
    /// The roll is at its end: printing stops at once and goes on after the refill.
    PaperEnd,
    /// A few metres are left.
    NearEnd,
    /// The cover stands open.
    CoverOpen,
    /// Something is stuck in the cutter: the next cut fails, until someone removes it.
    Cutter,
    /// The next cut fails once; a recovery command frees the cutter.
    CutterJam,
    /// Off line by its own button.
    Offline,
    /// The head is too hot.
    Overheated,
    /// It works, but not a byte comes back (a broken wire).
    Silence,
    /// It has stopped altogether: reads nothing, prints nothing, says nothing.
    Hang,
    /// Noise between the genuine answers.
    Garbage,
    /// The cable is out; the printer keeps its power and what is in its buffer.
    Unplug,
    /// An error that only power off and on ends.
    Unrecoverable,
}

impl SimFault {
    /// All of them, with the names used on the bench.
    pub const ALL: [(SimFault, &'static str); 12] = [
        (SimFault::PaperEnd, "paper-end"),
        (SimFault::NearEnd, "near-end"),
        (SimFault::CoverOpen, "cover-open"),
        (SimFault::Cutter, "cutter"),
        (SimFault::CutterJam, "cutter-jam"),
        (SimFault::Offline, "offline"),
        (SimFault::Overheated, "overheated"),
        (SimFault::Silence, "silence"),
        (SimFault::Hang, "hang"),
        (SimFault::Garbage, "garbage"),
        (SimFault::Unplug, "unplug"),
        (SimFault::Unrecoverable, "unrecoverable"),
    ];

    /// The name used on the bench.
    pub fn name(self) -> &'static str {
        SimFault::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, name)| name)
    }

    /// The fault of that name.
    pub fn from_name(name: &str) -> Option<SimFault> {
        SimFault::ALL.iter().find(|(_, known)| *known == name).map(|(fault, _)| *fault)
    }
}

/// Why a simulated printer cannot be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the simulated printer: {action}")]
pub struct SimError {
    action: &'static str,
    #[source]
    source: std::io::Error,
}

struct Shared {
    machine: Mutex<Machine>,
    url: Mutex<PrinterUrl>,
    wake: OwnedFd,
}

impl Shared {
    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }
}

/// A simulated printer. Dropping it unplugs it.
pub struct SimPrinter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for SimPrinter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SimPrinter").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl SimPrinter {
    /// Plugs a printer in and switches it on, with a new roll.
    ///
    /// # Errors
    /// When the pty, the link or the port cannot be had.
    pub fn start(config: SimConfig) -> Result<SimPrinter, SimError> {
        let wake = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)
            .map_err(|error| SimError { action: "no event descriptor", source: error.into() })?;
        let baud = config.baud;
        let port = port::Port::open(&config.transport)
            .map_err(|source| SimError { action: "its pty or port cannot be opened", source })?;
        let shared = Arc::new(Shared {
            url: Mutex::new(port.url(config.baud)),
            machine: Mutex::new(Machine::new(config)),
            wake,
        });
        let thread_shared = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("sim-printer".to_owned())
            .spawn(move || port::serve(&thread_shared, port, baud))
            .map_err(|source| SimError { action: "no thread", source })?;
        Ok(SimPrinter { shared, thread: Some(thread) })
    }

    /// Where a driver finds it.
    pub fn url(&self) -> PrinterUrl {
        self.shared.url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change<R>(&self, change: impl FnOnce(&mut Machine) -> R) -> R {
        let result = change(&mut self.shared.machine());
        self.shared.wake();
        result
    }

    /// Makes a fault happen now.
    pub fn set_fault(&self, fault: SimFault) {
        self.change(|machine| machine.set_fault(fault));
    }

    /// Makes a fault happen when so many further bytes have arrived.
    pub fn fault_at_byte(&self, bytes: usize, fault: SimFault) {
        self.change(|machine| machine.fault_at(bytes, fault));
    }

    /// Someone puts everything right: a new roll if it was at its end, cover closed, cutter free, cable in. An
    /// unrecoverable error stays until [`SimPrinter::power_cycle`].
    pub fn clear_fault(&self) {
        self.change(Machine::clear_faults);
    }

    /// Puts one fault right.
    pub fn clear(&self, fault: SimFault) {
        self.change(|machine| machine.clear(fault));
    }

    /// The faults there are now.
    pub fn faults(&self) -> Vec<SimFault> {
        self.shared.machine().faults()
    }

    /// Switches it off and on: everything in its buffers is lost, what is on the paper stays. It answers again after a
    /// second (scaled).
    pub fn power_cycle(&self) {
        self.change(Machine::power_cycle);
    }

    /// A citizen takes the slip that a presenter holds out.
    pub fn take_slip(&self) {
        self.change(|machine| machine.paper.presented = false);
    }

    /// The slips that have been cut off, oldest first.
    pub fn slips(&self) -> Vec<SimSlip> {
        self.shared.machine().paper.slips.clone()
    }

    /// The paper that has been printed on and not yet cut off, as a PNG; empty before the first print.
    pub fn current_paper_png(&self) -> Vec<u8> {
        self.shared.machine().paper.current().png()
    }

    /// The paper that has been printed on and not yet cut off.
    pub fn current_paper(&self) -> SimSlip {
        self.shared.machine().paper.current()
    }

    /// Forgets the cut slips and the paper that hangs out.
    pub fn clear_paper(&self) {
        self.change(|machine| machine.paper.clear());
    }

    /// Every byte that has arrived.
    pub fn raw_bytes(&self) -> Vec<u8> {
        self.shared.machine().raw.clone()
    }

    /// Forgets the bytes that have arrived.
    pub fn clear_raw(&self) {
        self.change(|machine| machine.raw.clear());
    }

    /// Whether it has nothing left to do: buffer empty, paper at rest.
    pub fn is_idle(&self) -> bool {
        self.shared.machine().is_idle()
    }
}

impl Drop for SimPrinter {
    fn drop(&mut self) {
        self.change(|machine| machine.stop = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
