// SPDX-License-Identifier: MIT OR Apache-2.0
//! The palette of ui/theme.slint, measured as WCAG 2 does it: 7:1 for text, 3:1
//! for the shapes that tell what something is.

use std::collections::BTreeMap;

use super::{none, root};

type Rgb = [f64; 3];

/// Text colour on background colour.
const TEXT: [(&str, &str); 26] = [
    ("ink", "paper"),
    ("ink", "card"),
    ("ink", "muted"),
    ("ink", "bar"),
    ("ink", "tint"),
    ("ink", "gold-tint"),
    ("ink-soft", "paper"),
    ("ink-soft", "card"),
    ("ink-soft", "muted"),
    ("on-primary", "primary"),
    ("on-primary", "primary-pressed"),
    ("on-tint", "tint"),
    ("on-tint", "card"),
    ("on-tint", "paper"),
    ("on-panel", "panel"),
    ("on-panel", "motif"),
    ("on-panel", "panel-fault"),
    ("on-panel", "motif-fault"),
    ("hero", "panel"),
    ("hero", "motif"),
    ("primary", "on-primary"),
    ("primary-pressed", "on-primary"),
    ("on-primary", "primary"),
    ("ink", "green-tint"),
    ("on-tint", "muted"),
    ("on-tint", "card"),
];

/// Edges and pictures on what they stand on.
const SHAPES: [(&str, &str); 24] = [
    ("line", "paper"),
    ("line", "card"),
    ("line", "bar"),
    ("primary", "paper"),
    ("primary", "card"),
    ("primary", "bar"),
    ("gold-mark", "gold-tint"),
    ("red", "red-plate"),
    ("red-plate", "panel-fault"),
    ("green", "tint"),
    ("on-tint", "tint"),
    ("card", "panel"),
    ("primary", "tint"),
    ("primary", "muted"),
    ("face-delighted", "card"),
    ("face-glad", "card"),
    ("face-even", "card"),
    ("face-sad", "card"),
    ("face-upset", "card"),
    ("face-delighted", "paper"),
    ("face-glad", "paper"),
    ("face-even", "paper"),
    ("face-sad", "paper"),
    ("face-upset", "paper"),
];

fn parse(hex: &str) -> Rgb {
    let channel = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
    [channel(1), channel(3), channel(5)]
}

/// Name to the colours of the light and the high-contrast palette.
fn palette() -> BTreeMap<String, (Rgb, Rgb)> {
    let source = std::fs::read_to_string(root().join("ui/theme.slint")).unwrap();
    let mut palette = BTreeMap::new();
    for line in source.lines() {
        let Some(rest) = line.trim().strip_prefix("out property <color> ") else { continue };
        let (name, value) = rest.split_once(':').unwrap();
        let colours: Vec<&str> = value
            .split(|c: char| !(c == '#' || c.is_ascii_hexdigit()))
            .filter(|w| w.starts_with('#'))
            .collect();
        if let [high, light] = colours[..] {
            palette.insert(name.to_owned(), (parse(light), parse(high)));
        }
    }
    palette
}

fn luminance(colour: Rgb) -> f64 {
    let [r, g, b] = colour.map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn ratio(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn the_measure_is_right() {
    assert!((ratio(parse("#000000"), parse("#FFFFFF")) - 21.0).abs() < 0.01);
    assert!((ratio(parse("#777777"), parse("#FFFFFF")) - 4.48).abs() < 0.01);
}

#[test]
fn text_has_seven_to_one_and_shapes_three_to_one() {
    let palette = palette();
    assert!(palette.len() > 20, "the palette is no longer found: {palette:?}");
    let mut faults = Vec::new();
    // A white plate on a black panel needs no edge of its own: its border is `line`.
    let bordered = |front: &str| front == "card" || front == "red-plate";
    for (pairs, least) in [(&TEXT[..], 7.0), (&SHAPES[..], 3.0)] {
        for (front, back) in pairs {
            let (f, b) = (palette[*front], palette[*back]);
            for (mode, f, b) in [("light", f.0, b.0), ("high contrast", f.1, b.1)] {
                let got = ratio(f, b);
                if got < least && !(mode == "high contrast" && bordered(front)) {
                    faults.push(format!("{front} on {back}, {mode}: {got:.2}, not {least}"));
                }
            }
        }
    }
    none(&faults);
}

#[test]
fn no_screen_names_a_colour_of_its_own() {
    let mut faults = Vec::new();
    for (path, source) in super::sources::slint_files() {
        if path.ends_with("theme.slint") {
            continue;
        }
        for (number, line) in source.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains('#') || code.contains("Colors.") {
                faults.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    none(&faults);
}
