// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lamps and a buzzer on GPIO lines.
//!
//! | module | what lives there |
//! |---|---|
//! | `pattern` | [`Pattern`]: blinking and beeping; no clock, no I/O |
//! | `pins` | [`PinLamps`]: the driver, over any pin of embedded-hal 1.0 |
//! | `handle`, `worker` | the thread that opens, switches and opens again: [`LampsHandle`] |
//! | `gpiocdev` (feature `gpiocdev`) | pins of any Linux board, through the kernel's GPIO character device |
//! | `rppal` (feature `rppal`) | pins of a Raspberry Pi through rppal, retired upstream |
//! | `sim` (feature `sim`) | lamps that a program looks at |
//!
//! The wiring is written down in [`PanelConfig`], together with the buttons.

#[cfg(feature = "gpiocdev")]
mod gpiocdev;
mod handle;
mod pattern;
mod pins;
#[cfg(feature = "rppal")]
mod rppal;
#[cfg(feature = "sim")]
pub mod sim;
mod worker;

pub use handle::{LampsHandle, Options};
pub use pattern::Pattern;
pub use pins::{Pin, PinLamps};

#[cfg(any(feature = "gpiocdev", feature = "rppal"))]
use crate::buttons::Driver;
use crate::buttons::{LineError, LineFault, PanelConfig};

/// Lamps that are open.
pub trait Lamps: Send {
    /// Switches an output; one that is not wired is passed over.
    ///
    /// # Errors
    /// [`crate::buttons::ErrorKind::Lost`] when its line is gone.
    fn set(&mut self, output: Output, on: bool) -> Result<(), LineError>;
}

/// What can be switched on a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Output {
    /// A lamp, by its place in the configuration.
    Lamp(usize),
    /// The buzzer.
    Buzzer,
}

/// The latest that is known of the lamps. A snapshot: never blocking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LampsState {
    /// The lines are open.
    pub up: bool,
    /// Why they are not; `None` when all is well, and before the first attempt to open them.
    pub fault: Option<LineFault>,
}

/// What the lamps' thread tells the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LampsEvent {
    /// Something about the lamps as a device has changed.
    State(LampsState),
}

/// Opens the lamps and the buzzer of a panel with the driver that it names, all of them off.
///
/// # Errors
/// When a line is not there or in use, when the configuration contradicts itself, or when this build has no such driver.
pub fn open(config: &PanelConfig) -> Result<Box<dyn Lamps>, LineError> {
    config.check()?;
    match config.driver {
        #[cfg(feature = "gpiocdev")]
        Driver::Gpiocdev => Ok(Box::new(gpiocdev::open(config)?)),
        #[cfg(feature = "rppal")]
        Driver::Rppal => Ok(Box::new(rppal::open(config)?)),
        #[allow(unreachable_patterns, reason = "every driver may be built in")]
        driver => Err(LineError::no_driver(driver)),
    }
}
