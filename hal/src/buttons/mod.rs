// SPDX-License-Identifier: MIT OR Apache-2.0
//! Push buttons on GPIO lines.
//!
//! | module | what lives there |
//! |---|---|
//! | `line`, `config` | names of lines, their errors and faults; the panel's configuration, which the lamps share |
//! | `contacts` | [`Contacts`]: edges to presses: lock-out, stuck buttons, lost edges; no clock, no I/O |
//! | `handle`, `worker` | the thread that opens, watches and reports: [`ButtonsHandle`] |
//! | `gpiocdev` (feature `gpiocdev`) | any Linux board, through the kernel's GPIO character device |
//! | `rppal` (feature `rppal`) | Raspberry Pi through rppal, retired upstream; nothing else depends on it |
//! | `sim` (feature `sim`) | buttons that a program presses |
//!
//! Contacts bounce; the kernel debounces them, line by line. What a button means is the application's business.

mod config;
mod contacts;
#[cfg(feature = "gpiocdev")]
pub(crate) mod gpiocdev;
mod handle;
mod line;
#[cfg(feature = "rppal")]
pub(crate) mod rppal;
#[cfg(feature = "sim")]
pub mod sim;
mod worker;

use std::fmt;
use std::time::Duration;

pub use config::{ButtonConfig, Driver, OutputConfig, PanelConfig};
pub use contacts::Contacts;
pub use handle::{ButtonsHandle, Options};
pub use line::{Bias, ErrorKind, LineError, LineFault, LineName, LineNameError};

/// Buttons that are open. Each has an index, its place in the configuration.
pub trait Buttons: Send {
    /// Whether the button is down at the moment.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when its line is gone.
    fn is_down(&mut self, button: usize) -> Result<bool, LineError>;

    /// The next debounced edge; `None` when there was none within `limit`. The only call here that waits.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when a line is gone.
    fn wait(&mut self, limit: Duration) -> Result<Option<Edge>, LineError>;
}

/// A debounced change of one button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Index of the button.
    pub button: usize,
    /// What happened to it.
    pub change: Change,
    /// When: time since boot, `CLOCK_MONOTONIC`, as the kernel stamped it.
    pub at: Duration,
    /// Number of the edge on this line since it was opened, counted from 1 by the kernel. A gap means lost edges.
    pub seqno: u32,
}

/// Which way a button went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Down.
    Pressed,
    /// Up.
    Released,
}

/// What happened to a button, as far as it matters. For each button, `Pressed` is followed by one `Released`, or by
/// `Stuck` and one `Freed`; a press that is locked out is not told at all, unless it gets stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonEvent {
    /// It was pressed.
    Pressed {
        /// Index of the button.
        button: usize,
        /// When, `CLOCK_MONOTONIC`.
        at: Duration,
    },
    /// It was let go.
    Released {
        /// Index of the button.
        button: usize,
        /// When, `CLOCK_MONOTONIC`.
        at: Duration,
        /// How long it was down.
        held: Duration,
    },
    /// It has been down for too long: a jammed button or a short circuit. It is ignored until it comes up.
    Stuck {
        /// Index of the button.
        button: usize,
    },
    /// It has come up again and counts from now on.
    Freed {
        /// Index of the button.
        button: usize,
    },
    /// Edges were lost between the kernel and us; what is said of the button is true again from here on.
    Missed {
        /// Index of the button.
        button: usize,
        /// How many.
        edges: u32,
    },
}

/// What is wrong with the buttons. `Display` is one sentence for the technician that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ButtonsFault {
    /// The lines cannot be used.
    Line(LineFault),
    /// One button is down and stays down.
    Stuck {
        /// The button's name.
        button: String,
        /// Its line.
        line: LineName,
    },
}

impl fmt::Display for ButtonsFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ButtonsFault::Line(fault) => fault.fmt(formatter),
            ButtonsFault::Stuck { button, line } => write!(
                formatter,
                "The button \"{button}\" on line {line} stays pressed and is ignored: free it, or check its wiring."
            ),
        }
    }
}

impl std::error::Error for ButtonsFault {}

/// The latest that is known of the buttons. A snapshot: never blocking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ButtonsState {
    /// The lines are open and watched.
    pub up: bool,
    /// What is wrong; empty when all is well, and before the first attempt to open the lines.
    pub faults: Vec<ButtonsFault>,
}

/// What the buttons' thread tells the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ButtonsEvent {
    /// Something about the buttons as a device has changed.
    State(ButtonsState),
    /// Something happened to a button.
    Button(ButtonEvent),
}

/// Opens the buttons of a panel with the driver that it names.
///
/// # Errors
/// When a line is not there or in use, when the configuration contradicts itself, or when this build has no such driver.
pub fn open(config: &PanelConfig) -> Result<Box<dyn Buttons>, LineError> {
    config.check()?;
    match config.driver {
        #[cfg(feature = "gpiocdev")]
        Driver::Gpiocdev => Ok(Box::new(gpiocdev::GpiocdevButtons::open(&config.buttons)?)),
        #[cfg(feature = "rppal")]
        Driver::Rppal => Ok(Box::new(rppal::RppalButtons::open(&config.buttons)?)),
        #[allow(unreachable_patterns, reason = "every driver may be built in")]
        driver => Err(LineError::no_driver(driver)),
    }
}

/// Now, on the clock of [`Edge::at`].
pub(crate) fn monotonic() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}
