// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first-run screen of a device without settings, `motcua setup`: it says what the device waits for, takes the
//! settings from a QR code or from fingers, and gives them to the steward. It decides nothing about them: the checks
//! are those of `motcua.toml`.
//!
//! | module | what |
//! |---|---|
//! | [`view`] | what the screen shows and what a finger asks |
//! | [`session`] | the steps, as a state machine without I/O |
//! | `questions` | what is asked after what, and what can be answered |
//! | [`finds`] | printers and scanners that are plugged in |
//! | `run` | session, screen, steward and scanners tied together |

pub mod finds;
mod questions;
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
mod run;
pub mod session;
#[cfg(test)]
mod tests;
pub mod view;

#[cfg(feature = "sim")]
pub(crate) use questions::steps;
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
pub use run::run;

/// Of a build without a screen.
#[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
pub fn run(_root: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    Err(crate::cli::NO_SCREEN.into())
}
