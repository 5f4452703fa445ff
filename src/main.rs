// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `motcua` program; see [`motcua::cli`].

use std::alloc::System;
use zeroizing_alloc::ZeroAlloc;

/// Wipes whatever is freed. Our own types wipe what is personal; the text that a library copied on its way to the glass
/// or to the network, nobody else does.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> std::process::ExitCode {
    motcua::cli::run()
}
