// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looks for planted personal data in every file under some directories, in
//! every encoding that the product writes anything in, and in what is packed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Bytes by which patterns are looked up; none is shorter.
const HEAD: usize = 6;
/// First bytes of a packed frame (zstd).
const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Somebody who does not exist.
#[derive(Clone, Debug)]
pub struct Person {
    /// Số định danh, twelve digits.
    pub number: String,
    /// The old number, nine digits.
    pub old: String,
    pub name: String,
    pub phone: String,
}

/// So many of them, all different and unlike anything in the sample hall.
pub fn people(count: u32) -> Vec<Person> {
    let given = ["Ẩn", "Bửu", "Cửu", "Diễm", "Đượm", "Ghềnh", "Huỵch", "Khuyển", "Lượng", "Muỗm"];
    let name = |n: u32| given[n as usize % given.len()];
    let person = |n: u32| Person {
        // Far apart, so that no part of one is a part of another.
        number: format!("0{:02}{:09}", 26 + n % 60, (u64::from(n) * 7_368_787 + 190_000_123) % 1_000_000_000),
        old: format!("{:09}", (u64::from(n) * 6_700_417 + 271_828_181) % 1_000_000_000),
        name: format!("Khổng {} {} {}", name(n), name(n / 10), name(n / 100)),
        phone: format!("0{:09}", (u64::from(n) * 5_915_587 + 814_141_414) % 1_000_000_000),
    };
    (0..count).map(person).collect()
}

impl Person {
    /// Everything of a person that may be nowhere.
    pub fn needles(&self) -> [&str; 4] {
        [&self.number, &self.old, &self.name, &self.phone]
    }
}

/// A text in every encoding, each with its name.
pub fn encodings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = text.as_bytes();
    let hex = |upper: bool| -> Vec<u8> {
        let one = |b: &u8| if upper { format!("{b:02X}") } else { format!("{b:02x}") };
        bytes.iter().map(one).collect::<String>().into_bytes()
    };
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let mut out = vec![
        ("utf-8", bytes.to_vec()),
        ("utf-16le", utf16(u16::to_le_bytes)),
        ("utf-16be", utf16(u16::to_be_bytes)),
        ("hex", hex(false)),
        ("HEX", hex(true)),
    ];
    // Wherever it stands in a longer text: the signs that depend on its neighbours are left out.
    for lead in 0..3 {
        let shifted = [&[0_u8; 2][..lead], bytes].concat();
        let whole = shifted.len() / 3 * 4;
        let skip = [0, 2, 3][lead];
        for (name, coded) in
            [("base64", STANDARD.encode(&shifted)), ("base64url", URL_SAFE_NO_PAD.encode(&shifted))]
        {
            out.push((name, coded.as_bytes()[skip..whole].to_vec()));
        }
    }
    if !text.is_ascii() {
        let escaped: String = text
            .encode_utf16()
            .map(|u| {
                char::from_u32(u32::from(u))
                    .filter(char::is_ascii)
                    .map_or(format!("\\u{u:04x}"), String::from)
            })
            .collect();
        out.push(("json", escaped.into_bytes()));
        for space in ["%20", "+"] {
            let coded: String = bytes
                .iter()
                .map(|b| match b {
                    b' ' => space.to_owned(),
                    b if b.is_ascii_alphanumeric() => char::from(*b).to_string(),
                    b => format!("%{b:02X}"),
                })
                .collect();
            out.push(("percent", coded.into_bytes()));
        }
    }
    if text.len() >= 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        let pair = |p: &[u8], low: usize| ((p[1 - low] - b'0') << 4) | (p[low] - b'0');
        out.push(("bcd", bytes.chunks_exact(2).map(|p| pair(p, 1)).collect()));
        out.push(("bcd reversed", bytes.chunks_exact(2).map(|p| pair(p, 0)).collect()));
    }
    out
}

/// One find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub file: PathBuf,
    pub needle: String,
    pub encoding: &'static str,
    pub packed: bool,
}

/// Which needle, in which encoding, as bytes.
type Pattern = (usize, &'static str, Vec<u8>);

/// Looks for many texts at once.
pub struct Searcher {
    by_head: HashMap<[u8; HEAD], Vec<Pattern>>,
    needles: Vec<String>,
    pub files: usize,
    pub bytes: usize,
    pub frames: usize,
}

impl Searcher {
    pub fn new<'n>(needles: impl IntoIterator<Item = &'n str>) -> Searcher {
        let needles: Vec<String> = needles.into_iter().map(str::to_owned).collect();
        let mut by_head: HashMap<[u8; HEAD], Vec<_>> = HashMap::new();
        for (n, needle) in needles.iter().enumerate() {
            for (name, pattern) in encodings(needle) {
                let head: [u8; HEAD] = pattern[..HEAD].try_into().unwrap();
                by_head.entry(head).or_default().push((n, name, pattern));
            }
        }
        Searcher { by_head, needles, files: 0, bytes: 0, frames: 0 }
    }

    /// Everything under a directory; a file that goes away meanwhile holds nothing.
    pub fn under(&mut self, dir: &Path) -> Vec<Found> {
        let mut found = Vec::new();
        let Ok(entries) = std::fs::read_dir(dir) else { return found };
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            let Ok(kind) = std::fs::symlink_metadata(&path) else { continue };
            if kind.is_dir() {
                found.extend(self.under(&path));
            } else if kind.is_file()
                && let Ok(bytes) = std::fs::read(&path)
            {
                self.files += 1;
                found.extend(self.within(&path, &bytes));
            }
        }
        found
    }

    /// In bytes, and in the frames among them.
    pub fn within(&mut self, file: &Path, bytes: &[u8]) -> Vec<Found> {
        self.bytes += bytes.len();
        let mut found = self.plain(file, bytes, false);
        for at in bytes.windows(FRAME.len()).enumerate().filter(|(_, w)| *w == FRAME).map(|(at, _)| at) {
            let mut decoder = zstd::Decoder::new(&bytes[at..]).unwrap().single_frame();
            let mut text = Vec::new();
            // A damaged end still gives what stood before it.
            let _ = std::io::Read::read_to_end(&mut decoder, &mut text);
            self.frames += usize::from(!text.is_empty());
            found.extend(self.plain(file, &text, true));
        }
        found
    }

    fn plain(&self, file: &Path, bytes: &[u8], packed: bool) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for (at, head) in bytes.windows(HEAD).enumerate() {
            let head: [u8; HEAD] = head.try_into().unwrap();
            for (n, encoding, pattern) in self.by_head.get(&head).into_iter().flatten() {
                if bytes[at..].starts_with(pattern) {
                    let needle = self.needles[*n].clone();
                    let hit = Found { file: file.to_owned(), needle, encoding, packed };
                    if !found.contains(&hit) {
                        found.push(hit);
                    }
                }
            }
        }
        found
    }
}
