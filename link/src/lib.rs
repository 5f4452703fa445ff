// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store-and-forward link of motcua.

#[cfg(feature = "trust")]
pub mod trust;
