// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prints how many bytes the product's slip takes on every profile, how long a serial line carries them, and the same for
//! a plain full-width picture of the slip: `cargo run -p motcua-hal --features sim --example ticket_bytes`. With a
//! directory as argument it also puts the paper of every profile there, as a simulated printer prints it.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;

use motcua_hal::printer::sim::{SimConfig, SimPrinter};
use motcua_hal::printer::{PrinterUrl, Profile, escpos, plain_raster};

#[path = "../tests/printer/slip.rs"]
mod slip;

use slip::slip;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Seconds that a serial line takes: ten bits for each byte.
fn seconds(bytes: usize, baud: usize) -> f64 {
    bytes as f64 * 10.0 / baud as f64
}

#[allow(clippy::print_stdout, reason = "a table for people is what this program is for")]
fn main() -> Outcome {
    let papers = std::env::args().nth(1);
    println!(
        "{:<16} {:<8} {:>8} {:>10} {:>12} {:>8}",
        "profile", "link", "bytes", "s at 9600", "s at 115200", "ratio"
    );
    for name in Profile::names() {
        let Some(profile) = Profile::builtin(name) else { continue };
        let plain = plain_raster(&slip("A017"), &profile).len();
        for (link, url) in [("serial", "serial:/dev/ttyS0"), ("fast", "tcp:192.0.2.7:9100")] {
            let url: PrinterUrl = url.parse()?;
            let profile = profile.on_link(&url);
            let bytes = escpos::encode(&slip("A017"), &profile);
            row(name, link, bytes.len(), plain);
            for label in ["A017", "A1000"] {
                let Some(papers) = &papers else { continue };
                let file = Path::new(papers).join(format!("{name}-{link}-{label}.png"));
                std::fs::write(file, paper(&profile, &escpos::encode(&slip(label), &profile))?)?;
            }
        }
        row(name, "plain", plain, plain);
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "a table for people is what this program is for")]
fn row(name: &str, link: &str, bytes: usize, plain: usize) {
    let (slow, quick) = (seconds(bytes, 9600), seconds(bytes, 115_200));
    let ratio = plain as f64 / bytes as f64;
    println!("{name:<16} {link:<8} {bytes:>8} {slow:>10.2} {quick:>12.2} {ratio:>8.1}");
}

/// The paper that a simulated printer of the profile makes of the bytes.
fn paper(profile: &Profile, bytes: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let sim = SimPrinter::start(SimConfig { time_scale: 50.0, ..SimConfig::tcp(profile.clone()) })?;
    let url = sim.url().to_string();
    let mut link = TcpStream::connect(url.trim_start_matches("tcp:"))?;
    link.write_all(bytes)?;
    while sim.slips().is_empty() {
        std::thread::yield_now();
    }
    Ok(sim.slips().first().map(motcua_hal::printer::sim::SimSlip::png).unwrap_or_default())
}
