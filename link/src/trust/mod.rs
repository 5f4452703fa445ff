// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who speaks: keys, certificates, enrolment, mutual TLS, sealing, signed
//! commands. What may be asked by whom is decided elsewhere.
//!
//! The way of a device: [`token`] on paper or in a file, [`client::enrol`]
//! makes a key and sends a request, [`enrol`] answers with a certificate of the
//! [`authority`], [`identity`] keeps both in one file, [`tls`] lets the device
//! in and [`judge`] says who it is, at every request.

pub mod authority;
pub mod certificate;
#[cfg(feature = "client")]
pub mod client;
pub mod command;
mod disk;
#[cfg(feature = "server")]
pub mod enrol;
#[cfg(feature = "server")]
pub mod gate;
pub mod identity;
pub mod judge;
pub mod key;
#[cfg(feature = "server")]
mod limit;
pub mod name;
#[cfg(feature = "client")]
mod pin;
pub mod problem;
pub mod seal;
#[cfg(feature = "server")]
pub mod serve;
mod text;
#[cfg(feature = "server")]
pub mod tls;
pub mod token;
