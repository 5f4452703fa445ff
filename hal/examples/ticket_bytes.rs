// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prints how many bytes a typical ticket takes on every profile, how long a serial line carries them, and the same for
//! a plain full-width picture of the ticket. `cargo run -p motcua-hal --features sim --example ticket_bytes`

use motcua_hal::printer::{
    Align, Block, Document, PrinterUrl, Profile, Style, UrlError, escpos, plain_raster,
};

fn ticket() -> Document {
    let text = |text: &str, style| Block::text(text, style, Align::Center);
    Document::new(vec![
        text("TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", Style::Title),
        text("PHƯỜNG NGÔ QUYỀN", Style::Title),
        Block::Rule,
        text("SỐ THỨ TỰ", Style::Body),
        text("A017", Style::Hero),
        text("Chứng thực bản sao, chữ ký", Style::Strong),
        text("Quầy 2, 3", Style::Strong),
        text("Trước ông/bà: 4 người · Dự kiến chờ 10–15 phút", Style::Small),
        Block::Qr {
            data: "https://motcua.example/t/0193c5a2-A017".to_owned(),
            size_mm: 22.0,
            beside: vec![],
        },
        text("Thứ Hai, 23/11/2026 14:05", Style::Body),
        text("Cảm ơn ông/bà đã chờ.", Style::Small),
        Block::Cut,
    ])
}

/// Seconds that a serial line takes: ten bits for each byte.
fn seconds(bytes: usize, baud: usize) -> f64 {
    bytes as f64 * 10.0 / baud as f64
}

#[allow(clippy::print_stdout, reason = "a table for people is what this program is for")]
fn main() -> Result<(), UrlError> {
    println!(
        "{:<16} {:<8} {:>8} {:>10} {:>12} {:>8}",
        "profile", "link", "bytes", "s at 9600", "s at 115200", "ratio"
    );
    for name in Profile::names() {
        let Some(profile) = Profile::builtin(name) else { continue };
        let plain = plain_raster(&ticket(), &profile).len();
        for (link, url) in [("serial", "serial:/dev/ttyS0"), ("fast", "tcp:192.0.2.7:9100")] {
            let url: PrinterUrl = url.parse()?;
            let bytes = escpos::encode(&ticket(), &profile.on_link(&url)).len();
            row(name, link, bytes, plain);
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
