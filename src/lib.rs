// SPDX-License-Identifier: MIT OR Apache-2.0
//! The device application and the site hub.
//!
//! | module | what |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`clock`] | the device's wall clock |
//! | [`store`] | the hub's SQLite file |
//! | [`hub`] | the single writer and its HTTP API |
//! | [`kiosk`] | the ticket kiosk: session, glass, hub link and paper tied together |
//! | [`ui`] | the Rust side of the screens |
//! | `sim` | the bench (feature `sim`) |

#[cfg(not(any(feature = "sim", feature = "desktop", feature = "linuxkms")))]
compile_error!("choose where the screen is: --features sim, desktop or linuxkms");

pub mod cli;
pub mod clock;
pub mod hub;
pub mod kiosk;
#[cfg(feature = "sim")]
pub mod sim;
pub mod store;
pub mod ui;
