// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bytes of a ticket: their number on every profile, their order, and that they hold nothing that a printer would take
//! for a real-time command.

use motcua_hal::printer::profile::{HeroMode, QrMode, TextMode};
use motcua_hal::printer::{Align, Block, Document, Profile, Style, escpos, plain_raster};

use crate::bench::{profile, ticket};
use crate::slip::slip;

/// Four digits, two weights of text, a code beside text: what the product prints, within what a serial line carries.
#[test]
fn the_products_slip_is_small_on_a_slow_line() {
    // At 9600 baud 4000 bytes take 4.2 s; at 115200 a slip of 6000 takes 0.52 s.
    for (name, most) in [
        ("epson-tm", 4200),
        ("epson-tm-t88", 3600),
        ("xprinter-xp80", 6000),
        ("custom-vkp80", 6000),
        ("generic", 16_500),
    ] {
        for label in ["A017", "M888", "A1000"] {
            let bytes = escpos::encode(&slip(label), &profile(name)).len();
            assert!(bytes <= most, "{name} {label}: {bytes} bytes");
        }
    }
}

fn encoded(name: &str) -> Vec<u8> {
    escpos::encode(&ticket(), &profile(name))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_ticket_on_a_slow_line_is_small() {
    // What a serial line of 115200 baud carries in 0.6 s is 6912 bytes; of 9600 baud in 4 s, 3840.
    for (name, most) in [("epson-tm", 3840), ("xprinter-xp80", 6144), ("custom-vkp80", 6912)] {
        let bytes = encoded(name).len();
        assert!(bytes < most, "{name}: {bytes} bytes");
        let plain = plain_raster(&ticket(), &profile(name)).len();
        assert!(plain > 8 * bytes, "{name}: {bytes} against {plain}");
    }
    let generic = encoded("generic").len();
    assert!(plain_raster(&ticket(), &profile("generic")).len() > 3 * generic, "{generic}");
}

#[test]
fn commands_come_in_order_and_only_where_the_profile_has_them() {
    for name in Profile::names() {
        let bytes = encoded(name);
        let profile = profile(name);
        assert!(bytes.starts_with(b"\x1B@"), "{name}");
        let units = [0x1D, b'P', profile.dpi, profile.dpi];
        assert_eq!(contains(&bytes, &units), profile.set_motion_units, "{name}: motion units");
        assert_eq!(contains(&bytes, b"\x1Bt\x1E"), name.starts_with("epson"), "{name}: page 30");
        assert_eq!(contains(&bytes, b"\x1B&\x03"), profile.text == TextMode::Glyphs, "{name}: glyphs");
        // QR model 2, never the crate's default of model 1.
        let native = profile.qr == QrMode::Command;
        assert_eq!(contains(&bytes, b"\x1D(k\x04\x001A2\x00"), native, "{name}: QR");
        let end: &[u8] = if *name == "custom-vkp80" { b"\x1DVA\x18\x1De\x03\x0A" } else { b"\x1DVB\x18" };
        assert!(bytes.ends_with(end), "{name}: {:02X?}", &bytes[bytes.len() - 8..]);
    }
}

#[test]
fn no_part_of_a_ticket_is_a_real_time_command() {
    for name in Profile::names() {
        for hero in [HeroMode::Full, HeroMode::Half] {
            for text in [TextMode::Raster, TextMode::Glyphs] {
                let profile = Profile { hero, text, ..profile(name) };
                for number in 0..40 {
                    let mut document = ticket();
                    document.blocks[4] = Block::text(format!("B{number:03}"), Style::Hero, Align::Center);
                    let bytes = escpos::encode(&document, &profile);
                    let real_time =
                        bytes.windows(2).position(|pair| pair[0] == 0x10 && matches!(pair[1], 4 | 5 | 0x14));
                    assert_eq!(real_time, None, "{name} {hero:?} {text:?} B{number:03}");
                }
            }
        }
    }
}

#[test]
fn text_beyond_the_pages_is_drawn_instead_of_being_dropped() {
    let line = |text: &str| Document::new(vec![Block::text(text, Style::Body, Align::Left)]);
    let epson = profile("epson-tm");
    let paged = escpos::encode(&line("Đăng ký"), &epson);
    assert!(contains(&paged, b"\x1Bt\x1F\xA7\x1Bt\x1E\xA8ng k\xFD\n"), "{paged:02X?}");
    let drawn = escpos::encode(&line("Đăng ký ☺é"), &epson);
    assert!(contains(&drawn, b"\x1Dv0") && !contains(&drawn, b"\x1Bt"), "{drawn:02X?}");
}

#[test]
fn odd_documents_do_not_break_the_encoder() {
    let odd = Document::new(vec![
        Block::text("", Style::Hero, Align::Left),
        Block::text("   ", Style::Body, Align::Right),
        Block::text("x".repeat(3000), Style::Small, Align::Center),
        Block::Qr { data: String::new(), size_mm: 0.0, beside: vec![] },
        Block::Qr { data: "y".repeat(9000), size_mm: 22.0, beside: vec![] },
        Block::Space { mm: -3.0 },
        Block::Space { mm: f32::NAN },
        Block::Cut,
    ]);
    for name in Profile::names() {
        assert!(escpos::encode(&odd, &profile(name)).len() > 100, "{name}");
        assert!(plain_raster(&odd, &profile(name)).len() > 100, "{name}");
    }
}
