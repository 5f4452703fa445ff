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
#[cfg(feature = "client")]
pub mod place;
#[cfg(feature = "server")]
pub mod registry;
pub mod seal;
#[cfg(feature = "server")]
pub mod serve;
mod text;
#[cfg(feature = "server")]
pub mod tls;
pub mod token;

pub use authority::{Authority, AuthorityError, IssueError, Issued};
pub use certificate::{CaCertificate, CertificateError, ServerNames};
pub use command::{CommandKey, CommandRefusal, SignedCommand, Signer, SignerError, Verified};
#[cfg(feature = "server")]
pub use enrol::{Answered, Enrolment, Kept, Registry, RegistryError, Take};
pub use identity::{Identity, IdentityDir, IdentityError, PAIR_FILE, days_left};
pub use judge::{Judge, Peer, Refusal, Revocation};
pub use key::PrivateKey;
pub use name::Role;
#[cfg(feature = "client")]
pub use place::{Enrolled, Place, PlaceError};
#[cfg(feature = "server")]
pub use registry::{Book, Revoke, Revoked, SqlRegistry};
#[cfg(feature = "server")]
pub use serve::{PeerAddress, PeerCertificate, Places, serve};
#[cfg(feature = "server")]
pub use tls::{ServerCertificate, TlsError, server_config};
pub use token::{EnrolmentTicket, Token, TokenDigest, TokenRecord};

/// Makes ring the cryptography of this process; once before the first HTTP client, and harmless again.
pub fn ready() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
