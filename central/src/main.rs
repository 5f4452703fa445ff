// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `motcua-central` program; see [`motcua_central::cli`].

fn main() -> std::process::ExitCode {
    motcua_central::cli::run()
}
