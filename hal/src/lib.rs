// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hardware abstraction of the motcua devices: one folder per capability, each with its types, its drivers and its
//! simulator. Nothing here knows what a ticket, a queue or a screen is; nothing here depends on Slint or SQLite.

pub mod buttons;
#[cfg(feature = "card")]
pub mod card;
pub mod lamps;
pub mod printer;
#[cfg(feature = "sim")]
mod pty;
pub mod scanner;
pub mod speaker;
mod supervise;
