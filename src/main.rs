// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `motcua` program; see [`motcua::cli`].

fn main() -> std::process::ExitCode {
    motcua::cli::run()
}
