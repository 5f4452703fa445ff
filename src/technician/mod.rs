// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician at the device: the hidden way in, and the menu behind it.
//!
//! | module | what |
//! |---|---|
//! | [`gesture`] | which touches open the pad |
//! | [`door`] | the pad for the code over a role's window |
//! | [`page`] | what the menu's window shows |
//! | [`input`] | what goes into the menu and what comes out |
//! | [`menu`] | the menu as a state machine |
//! | `net` | its pages of the network |
//! | `rows` | the rows of its lists |
//! | [`joined`] | whether a new network works |
//! | [`settings`] | settings with one thing changed |
//! | [`glass`] | the menu's window |
//! | [`parts`] | parts that a person tests by hand |
//! | [`run`] | all of it tied together |
//! | [`command`] | `motcua technician` |

#[cfg(any(feature = "desktop", feature = "linuxkms"))]
pub mod command;
pub mod door;
pub mod gesture;
pub mod glass;
pub mod input;
pub mod joined;
pub mod menu;
mod net;
pub mod page;
pub mod parts;
mod rows;
pub mod run;
pub mod settings;

pub use door::{DoorOptions, TechnicianDoor};
pub use glass::TechnicianGlass;
