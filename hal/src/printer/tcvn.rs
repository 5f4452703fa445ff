// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vietnamese text for printers that hold TCVN 5712-1 (TCVN-3) in two pages: one with the accented lower-case letters,
//! one with the same positions in upper case. Mixed text needs page switches inside the line. Knows the letters only;
//! the page numbers differ per maker and come from the profile.
//!
//! Source of the positions: Epson's character code tables 30 and 31, which agree with glibc's `TCVN5712-1` for the
//! lower case (a test compares them).

use unicode_normalization::UnicodeNormalization;

/// Lower-case letters and their byte on the lower-case page.
const LOWER: [(char, u8); 67] = [
    ('ă', 0xA8),
    ('â', 0xA9),
    ('ê', 0xAA),
    ('ô', 0xAB),
    ('ơ', 0xAC),
    ('ư', 0xAD),
    ('đ', 0xAE),
    ('à', 0xB5),
    ('ả', 0xB6),
    ('ã', 0xB7),
    ('á', 0xB8),
    ('ạ', 0xB9),
    ('ằ', 0xBB),
    ('ẳ', 0xBC),
    ('ẵ', 0xBD),
    ('ắ', 0xBE),
    ('ặ', 0xC6),
    ('ầ', 0xC7),
    ('ẩ', 0xC8),
    ('ẫ', 0xC9),
    ('ấ', 0xCA),
    ('ậ', 0xCB),
    ('è', 0xCC),
    ('ẻ', 0xCE),
    ('ẽ', 0xCF),
    ('é', 0xD0),
    ('ẹ', 0xD1),
    ('ề', 0xD2),
    ('ể', 0xD3),
    ('ễ', 0xD4),
    ('ế', 0xD5),
    ('ệ', 0xD6),
    ('ì', 0xD7),
    ('ỉ', 0xD8),
    ('ĩ', 0xDC),
    ('í', 0xDD),
    ('ị', 0xDE),
    ('ò', 0xDF),
    ('ỏ', 0xE1),
    ('õ', 0xE2),
    ('ó', 0xE3),
    ('ọ', 0xE4),
    ('ồ', 0xE5),
    ('ổ', 0xE6),
    ('ỗ', 0xE7),
    ('ố', 0xE8),
    ('ộ', 0xE9),
    ('ờ', 0xEA),
    ('ở', 0xEB),
    ('ỡ', 0xEC),
    ('ớ', 0xED),
    ('ợ', 0xEE),
    ('ù', 0xEF),
    ('ủ', 0xF1),
    ('ũ', 0xF2),
    ('ú', 0xF3),
    ('ụ', 0xF4),
    ('ừ', 0xF5),
    ('ử', 0xF6),
    ('ữ', 0xF7),
    ('ứ', 0xF8),
    ('ự', 0xF9),
    ('ỳ', 0xFA),
    ('ỷ', 0xFB),
    ('ỹ', 0xFC),
    ('ý', 0xFD),
    ('ỵ', 0xFE),
];

/// Upper-case letters whose byte is not that of their lower case.
const UPPER_EXCEPTIONS: [(char, u8); 4] = [('Ă', 0xA1), ('Â', 0xA2), ('Đ', 0xA7), ('\u{D0}', 0xA7)];

/// The printer's numbers of the two pages, for `ESC t n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// Page with the accented lower-case letters (30 on Epson).
    pub lower: u8,
    /// Page with the accented capitals (31 on Epson).
    pub upper: u8,
}

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The same on every page.
    Ascii(u8),
    Lower(u8),
    Upper(u8),
}

/// Encodes one line, starting on `page` and leaving the page that is then selected in it (`None` = not known, so that
/// the first accented letter selects its page). `None` when a character stands on neither page.
pub fn encode(text: &str, pages: Pages, page: &mut Option<u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut selected = *page;
    for letter in text.nfc() {
        let (wanted, byte) = match place(letter)? {
            Place::Ascii(byte) => (selected, byte),
            Place::Lower(byte) => (Some(pages.lower), byte),
            Place::Upper(byte) => (Some(pages.upper), byte),
        };
        if let Some(number) = wanted
            && wanted != selected
        {
            bytes.extend([0x1B, 0x74, number]);
            selected = wanted;
        }
        bytes.push(byte);
    }
    *page = selected;
    Some(bytes)
}

/// How many columns the text takes in the printer's own font; `None` when a character stands on neither page.
pub fn columns(text: &str) -> Option<usize> {
    text.nfc().try_fold(0, |count, letter| place(letter).map(|_| count + 1))
}

fn place(letter: char) -> Option<Place> {
    if let ' '..='~' = letter {
        return u8::try_from(letter).ok().map(Place::Ascii);
    }
    // Typographic signs that the pages lack and that ASCII can stand for without loss of meaning.
    match letter {
        '–' | '—' | '·' | '•' | '\u{2011}' => return Some(Place::Ascii(b'-')),
        '’' | '‘' => return Some(Place::Ascii(b'\'')),
        '“' | '”' => return Some(Place::Ascii(b'"')),
        '\u{A0}' | '\u{202F}' => return Some(Place::Ascii(b' ')),
        _ => {}
    }
    let find = |table: &[(char, u8)], wanted: char| {
        table.iter().find(|(known, _)| *known == wanted).map(|(_, byte)| *byte)
    };
    if let Some(byte) = find(&LOWER, letter) {
        return Some(Place::Lower(byte));
    }
    if let Some(byte) = find(&UPPER_EXCEPTIONS, letter) {
        return Some(Place::Upper(byte));
    }
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(small), None) if small != letter => find(&LOWER, small).map(Place::Upper),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    const EPSON: Pages = Pages { lower: 30, upper: 31 };

    #[test]
    fn one_switch_serves_a_line_of_capitals() {
        let mut page = None;
        let bytes = encode("PHƯỜNG NGÔ", EPSON, &mut page).unwrap();
        assert_eq!(bytes, b"PH\x1B\x74\x1F\xAD\xEANG NG\xAB");
        assert_eq!(page, Some(31));
        assert_eq!(encode("Đà", EPSON, &mut page).unwrap(), b"\xA7\x1B\x74\x1E\xB5");
        assert_eq!(page, Some(30));
    }

    #[test]
    fn a_letter_of_neither_page_is_refused_and_changes_nothing() {
        let mut page = Some(30);
        assert_eq!(encode("Đ漢", EPSON, &mut page), None);
        assert_eq!(page, Some(30));
        assert_eq!(columns("4 người · 10–15 phút"), Some(20));
    }

    #[test]
    fn lower_case_agrees_with_glibc() {
        let letters: String = LOWER.iter().map(|(letter, _)| *letter).collect();
        let mut iconv = Command::new("iconv")
            .args(["-f", "UTF-8", "-t", "TCVN5712-1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("glibc's iconv is part of every supported system");
        iconv.stdin.take().unwrap().write_all(letters.as_bytes()).unwrap();
        let theirs = iconv.wait_with_output().unwrap().stdout;
        let mut page = Some(30);
        assert_eq!(encode(&letters, EPSON, &mut page).unwrap(), theirs);
    }
}
