// SPDX-License-Identifier: MIT OR Apache-2.0
//! ESC/POS: documents to bytes (`encode`), the commands that are ours (`commands`), and what comes back (`status`).
//! Nothing here opens, reads or writes a device.

pub mod commands;
mod encode;
mod glyphs;
pub mod status;
mod strips;

pub use encode::{encode, encode_commands, plain_raster};
