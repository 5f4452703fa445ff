// SPDX-License-Identifier: MIT OR Apache-2.0
//! What leaves the device on a stick: lines without anything that looks like a person or a secret. The program logs
//! neither; this is the second fence, for what a driver or a library may have said.

/// Digits in a row from which on they could be a card, a phone, a person.
const DIGITS: usize = 9;
/// Characters in a row from which on they could be a key.
const LONG: usize = 32;
/// What follows one of these is a secret.
const NAMES: [&str; 9] =
    ["passphrase", "password", "psk", "pin", "token", "secret", "authorization", "cookie", "code"];

/// Removes from lines; knows the secrets of this device as well.
#[derive(Clone, Default)]
pub struct Scrub {
    known: Vec<String>,
}

impl std::fmt::Debug for Scrub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scrub")
    }
}

impl Scrub {
    /// With what this device must not say.
    pub fn new(known: impl IntoIterator<Item = String>) -> Scrub {
        Scrub { known: known.into_iter().filter(|k| k.len() >= 6).collect() }
    }

    /// The line without them.
    pub fn line(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for known in &self.known {
            line = line.replace(known.as_str(), "[secret]");
        }
        let line = after_names(&line);
        let words: Vec<String> = line.split(' ').map(word).collect();
        digits(&words.join(" ")).chars().map(unmasked).collect()
    }
}

/// `key=value`, `key: value` and `"key":"value"` lose the value.
fn after_names(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((start, end)) = next_value(rest) {
        out.push_str(&rest[..start]);
        out.push_str("[secret]");
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Where the next value of a secret's name begins and ends. All offsets are at ASCII characters.
fn next_value(text: &str) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let mut best: Option<(usize, usize)> = None;
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            let after = at + name.len();
            let rest = &lower[after..];
            let gap = rest.len() - rest.trim_start_matches(['"', '\'', '\\']).len();
            let Some(sign) = rest[gap..].chars().next().filter(|c| matches!(c, '=' | ':')) else { continue };
            let value = &rest[gap + sign.len_utf8()..];
            let skipped = value.len() - value.trim_start_matches([' ', '"', '\'', '\\']).len();
            let start = after + gap + sign.len_utf8() + skipped;
            let quoted = value[..skipped].contains('"');
            let stop =
                |c: char| if quoted { c == '"' } else { c.is_whitespace() || matches!(c, ',' | '}' | '&') };
            let end = lower[start..].find(stop).map_or(lower.len(), |n| start + n);
            if end > start && !text[start..end].starts_with("[secret") && best.is_none_or(|(s, _)| start < s)
            {
                best = Some((start, end));
            }
        }
    }
    best
}

/// Digits of names of events are set aside among characters that nobody writes.
const MASK: u32 = 0xE000;

fn masked(c: char) -> char {
    c.to_digit(10).and_then(|d| char::from_u32(MASK + d)).unwrap_or(c)
}

fn unmasked(c: char) -> char {
    let digit = u32::from(c).checked_sub(MASK).filter(|d| *d < 10);
    digit.and_then(|d| char::from_digit(d, 10)).unwrap_or(c)
}

fn word(word: &str) -> String {
    if uuid::Uuid::try_parse(word.trim_matches(|c: char| !c.is_ascii_alphanumeric())).is_ok() {
        return word.chars().map(masked).collect();
    }
    if word.contains("motcua:enrol") {
        return "[ticket]".to_owned();
    }
    // Machine-readable zones of cards and passports.
    if word.contains("<<") {
        return "[card]".to_owned();
    }
    if let Some((scheme, rest)) = word.split_once("://")
        && let Some((_, host)) = rest.split_once('@')
    {
        return format!("{scheme}://[secret]@{host}");
    }
    // The name of a part that is plugged in: a technician needs it for the settings.
    if word.contains("/dev/") {
        return word.to_owned();
    }
    let key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-' | '=');
    let bare = word.trim_matches(|c: char| !key(c));
    let hex = bare.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b) || b == b'-');
    let mixed = bare.bytes().any(|b| b.is_ascii_digit()) && bare.bytes().any(|b| b.is_ascii_uppercase());
    // Digests and names of events are small hexadecimal digits and no secrets.
    if bare.len() >= LONG && bare.chars().all(key) && mixed && !hex {
        return "[secret]".to_owned();
    }
    word.to_owned()
}

/// Rows of digits, also with single spaces, dots or hyphens between groups.
fn digits(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::with_capacity(line.len());
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        // Inside a digest or a name digits are no number.
        let inside = i > 0 && chars.get(i - 1).is_some_and(char::is_ascii_alphanumeric);
        if !c.is_ascii_digit() || inside {
            out.push(c);
            i += 1;
            continue;
        }
        let (mut end, mut count) = (i, 0);
        let mut at = i;
        while let Some(&c) = chars.get(at) {
            if c.is_ascii_digit() {
                count += 1;
                end = at + 1;
            } else if !(matches!(c, ' ' | '.' | '-') && chars.get(at + 1).is_some_and(char::is_ascii_digit)) {
                break;
            }
            at += 1;
        }
        let grown = chars.get(end).is_some_and(char::is_ascii_alphabetic);
        if count >= DIGITS && !grown {
            out.push_str("[number]");
        } else {
            out.extend(&chars[i..end]);
        }
        i = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_and_secrets_go_and_the_rest_stays() {
        let scrub = Scrub::new(["mat khau wifi".to_owned()]);
        for (line, kept) in [
            ("card 001099012345 was read", "card [number] was read"),
            ("call 0912 345 678 or 091.234.5678", "call [number]"),
            ("psk is mat khau wifi here", "psk is [secret] here"),
            ("pin=714905 and Token: abc, more", "pin=[secret] and Token: [secret], more"),
            (r#"{"passphrase":"a b c","x":1}"#, r#"{"passphrase":"[secret]","x":1}"#),
            ("no manager yet; set-up code: 4f9c21d7", "no manager yet; set-up code: [secret]"),
            ("used motcua:enrol?u=https://h&t=abc", "used [ticket]"),
            ("proxy http://u:p@10.0.0.1:3128 away", "proxy http://[secret]@10.0.0.1:3128 away"),
            ("IDVNM0990123455001099012345<<4", "[card]"),
            ("key AbCdEf0123456789AbCdEf0123456789AbCdEf", "key [secret]"),
            (
                "no scanner at /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
                "no scanner at /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
            ),
        ] {
            let said = scrub.line(line);
            assert!(said.starts_with(kept), "{said}");
        }
        for line in [
            "2026-11-26T17:55:49.123456+0700 motcua-kiosk[412]: ready in 1234 ms",
            "root 3b0c9d0d1b9fdd6cf4b1f1a1e1a1c0ffee1234567890abcdef3b0c9d0d1b9fdd",
            "event ngo-quyen/1/4711 of 0192f3a4-5b6c-7d8e-9f00-112233445566",
            "tcp:192.168.1.7:9100 does not answer",
        ] {
            assert_eq!(scrub.line(line), line);
        }
    }

    #[test]
    fn any_text_is_taken() {
        for line in ["", "pin", "pin=", "Pin: \"", "mã PIN: 123456", "token=“x”", "ấ=pin:ấ", "9", "9-"]
        {
            let said = Scrub::default().line(line);
            assert!(!said.contains("123456"), "{said}");
        }
    }
}
