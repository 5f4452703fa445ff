// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated printer on a TCP port, for a virtual machine's serial line. What comes out of it is written to a directory:
//! `slip-1.png`, `slip-2.png`, …, and every byte that came in to `bytes`.
//! `cargo run -p motcua-hal --features sim --example printer_on_tcp -- 127.0.0.1:9100 DIRECTORY [PROFILE]`
#![allow(clippy::print_stdout, reason = "an example speaks to a person")]

use motcua_hal::printer::Profile;
use motcua_hal::printer::sim::{SimConfig, SimPrinter, SimTransport};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let mut given = std::env::args().skip(1);
    let usage = "usage: printer_on_tcp ADDRESS:PORT DIRECTORY [PROFILE]";
    let address: std::net::SocketAddr = given.next().ok_or(usage)?.parse()?;
    let directory = PathBuf::from(given.next().ok_or(usage)?);
    let profile = given.next().unwrap_or_else(|| "epson-tm".to_owned());
    let profile = Profile::builtin(&profile).ok_or("no such profile")?;
    std::fs::create_dir_all(&directory)?;
    let printer = SimPrinter::start(SimConfig {
        transport: SimTransport::Tcp(address),
        baud: Some(115_200),
        ..SimConfig::tcp(profile)
    })?;
    println!("a printer on {address}");
    let (mut slips, mut bytes) = (0, 0);
    loop {
        // Nobody wakes it: it looks five times a second until it is ended.
        std::thread::park_timeout(Duration::from_millis(200));
        let raw = printer.raw_bytes();
        if raw.len() != bytes {
            bytes = raw.len();
            std::fs::write(directory.join("bytes"), &raw)?;
        }
        let cut = printer.slips();
        for slip in cut.iter().skip(slips) {
            slips += 1;
            std::fs::write(directory.join(format!("slip-{slips}.png")), slip.png())?;
            println!("slip {slips}");
        }
    }
}
