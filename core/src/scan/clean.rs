// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the bytes of one scan to a text that can be looked into: length, encoding, control characters, composition.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::Unknown;

/// Longest scan in bytes. A card with the parents' names has some 400; a QR code could hold 2,953.
pub const MAX_BYTES: usize = 1024;

/// One scan as text.
pub(super) struct Cleaned {
    /// In NFC, trimmed, without byte-order mark, AIM identifier and invisible characters.
    pub text: Zeroizing<String>,
    /// Something was lost on the way: not UTF-8, or letters that no Vietnamese text has. Scanner modules of the GM
    /// class come set to GBK from the factory and do this.
    pub garbled: bool,
}

pub(super) fn clean(bytes: &[u8]) -> Result<Cleaned, Unknown> {
    if bytes.len() > MAX_BYTES {
        return Err(Unknown::TooLong);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let bytes = without_aim(bytes);
    // A character may grow threefold when composed (UAX 15); reserved, so that nothing is copied while it grows.
    let mut text = Zeroizing::new(String::with_capacity(3 * MAX_BYTES));
    let mut garbled = false;
    for chunk in bytes.utf8_chunks() {
        text.extend(chunk.valid().nfc().filter(|c| !is_invisible(*c)));
        if !chunk.invalid().is_empty() {
            garbled = true;
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    let end = text.trim_end_matches(is_padding).len();
    text.truncate(end);
    let before = text.len() - text.trim_start_matches(is_padding).len();
    text.drain(..before);
    if text.is_empty() {
        return Err(Unknown::Empty);
    }
    if text.chars().any(|c| c.is_control() && c != '\r' && c != '\n') {
        return Err(Unknown::Control);
    }
    garbled |= text.chars().any(is_foreign);
    Ok(Cleaned { text, garbled })
}

/// The AIM symbology identifier that many scanners can send first: `]`, a letter, a modifier (ISO/IEC 15424).
fn without_aim(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b']', b'A'..=b'Z' | b'a'..=b'z', modifier, rest @ ..] if modifier.is_ascii_alphanumeric() => rest,
        _ => bytes,
    }
}

fn is_padding(c: char) -> bool {
    c.is_whitespace() || c == '\0'
}

/// Characters that are not seen but change what is seen: zero-width ones, and those that turn the writing direction.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Letters of scripts that no Vietnamese document is written in, private ones, and the mark of a lost character.
fn is_foreign(c: char) -> bool {
    matches!(c, '\u{0370}'..='\u{1DFF}' | '\u{2E80}'..='\u{FFFD}' | '\u{1_0000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        clean(bytes).unwrap_or_else(|unknown| panic!("{unknown:?}")).text.to_string()
    }

    #[test]
    fn marks_suffixes_and_invisible_characters_go() {
        assert_eq!(text("\u{FEFF}H56.14-240823-0001\r\n".as_bytes()), "H56.14-240823-0001");
        assert_eq!(text(b"]Q1abc\t\0"), "abc");
        assert_eq!(text(b"]"), "]");
        assert_eq!(text("a\u{202E}b\u{200B}c".as_bytes()), "abc");
        assert_eq!(text("Tra\u{302}\u{300}n".as_bytes()), "Trần");
    }

    #[test]
    fn what_cannot_be_a_text_is_named() {
        assert_eq!(clean(&[b'a'; MAX_BYTES + 1]).err(), Some(Unknown::TooLong));
        assert_eq!(clean(b" \r\n\0").err(), Some(Unknown::Empty));
        assert_eq!(clean(b"a\x1bb").err(), Some(Unknown::Control));
        assert!(clean(&[b'a', 0xC3, 0xA3, 0xFF]).unwrap().garbled);
        assert!(clean("韩文".as_bytes()).unwrap().garbled);
        assert!(!clean("Trần Thị Ví Dụ – Số 1".as_bytes()).unwrap().garbled);
    }
}
