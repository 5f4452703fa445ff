// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scanners that are keyboards press the keys of a US keyboard. Digits and ASCII come through; Vietnamese letters cannot:
//! scanners leave them out, or press Alt and digits, which only Windows understands. Those become `?`, so that what is
//! missing is seen. Pure: keys in, bytes out.

/// Key codes of Linux (`input-event-codes.h`), which are those of a US keyboard by place.
mod code {
    pub const ENTER: u16 = 28;
    pub const LEFT_SHIFT: u16 = 42;
    pub const RIGHT_SHIFT: u16 = 54;
    pub const LEFT_ALT: u16 = 56;
    pub const CAPS_LOCK: u16 = 58;
    pub const KEYPAD_ENTER: u16 = 96;
    pub const RIGHT_ALT: u16 = 100;
    pub const LEFT_CTRL: u16 = 29;
    pub const RIGHT_CTRL: u16 = 97;
}

/// Rows of the keyboard: first code, characters alone, characters with shift.
const ROWS: [(u16, &[u8], &[u8]); 6] = [
    (2, b"1234567890-=", b"!@#$%^&*()_+"),
    (15, b"\tqwertyuiop[]", b"\tQWERTYUIOP{}"),
    (30, b"asdfghjkl;'`", b"ASDFGHJKL:\"~"),
    (43, b"\\zxcvbnm,./", b"|ZXCVBNM<>?"),
    (57, b" ", b" "),
    (71, b"789-456+1230.", b"789-456+1230."),
];

/// What keys are down.
#[derive(Debug, Default)]
pub struct Keys {
    shift: [bool; 2],
    control: [bool; 2],
    alt: [bool; 2],
    caps: bool,
    /// A digit was pressed while Alt was down.
    composing: bool,
}

impl Keys {
    /// A key went down (`value` 1), up (0), or repeats itself (2, which no scanner means). Gives the character that it
    /// stands for.
    pub fn key(&mut self, code: u16, value: i32) -> Option<u8> {
        if value == 2 {
            return None;
        }
        let down = value == 1;
        match code {
            code::LEFT_SHIFT => self.shift[0] = down,
            code::RIGHT_SHIFT => self.shift[1] = down,
            code::LEFT_CTRL => self.control[0] = down,
            code::RIGHT_CTRL => self.control[1] = down,
            code::CAPS_LOCK if down => self.caps = !self.caps,
            code::LEFT_ALT | code::RIGHT_ALT => {
                self.alt[usize::from(code == code::RIGHT_ALT)] = down;
                if !down && std::mem::take(&mut self.composing) {
                    return Some(b'?');
                }
            }
            _ if !down => {}
            _ if self.alt.contains(&true) => self.composing = true,
            // Scanners press Ctrl and a letter for control characters; none belongs into a scan but the suffix.
            _ if self.control.contains(&true) => return control_suffix(code),
            code::ENTER | code::KEYPAD_ENTER => return Some(b'\r'),
            _ => return self.character(code),
        }
        None
    }

    fn character(&self, code: u16) -> Option<u8> {
        let (first, alone, shifted) = ROWS.iter().rev().find(|(first, ..)| code >= *first)?;
        let at = usize::from(code - first);
        let letter = alone.get(at)?.is_ascii_alphabetic();
        let shift = self.shift.contains(&true) != (self.caps && letter);
        if shift { shifted } else { alone }.get(at).copied()
    }
}

/// Ctrl M and Ctrl J: CR and LF.
fn control_suffix(code: u16) -> Option<u8> {
    match code {
        50 => Some(b'\r'),
        36 => Some(b'\n'),
        _ => None,
    }
}

/// How a scanner types a text, as code and whether shift is held; for the simulators. `None` for what no key stands for.
#[cfg(any(test, feature = "sim"))]
pub fn typed(byte: u8) -> Option<(u16, bool)> {
    if byte == b'\r' {
        return Some((code::ENTER, false));
    }
    // The keypad, the last row, is not used.
    ROWS.iter().take(5).find_map(|(first, alone, shifted)| {
        let at = |row: &[u8]| row.iter().position(|key| *key == byte).and_then(|at| u16::try_from(at).ok());
        at(alone).map(|at| (first + at, false)).or_else(|| at(shifted).map(|at| (first + at, true)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(keys: &mut Keys, text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        for byte in text.bytes() {
            let (code, shift) = typed(byte).unwrap();
            if shift {
                out.extend(keys.key(code::LEFT_SHIFT, 1));
            }
            for value in [1, 2, 0] {
                out.extend(keys.key(code, value));
            }
            out.extend(keys.key(code::LEFT_SHIFT, 0));
        }
        out
    }

    #[test]
    fn every_printable_character_comes_through() {
        let all: String = (b' '..=b'~').map(char::from).collect();
        assert_eq!(press(&mut Keys::default(), &all), all.as_bytes());
        assert_eq!(press(&mut Keys::default(), "001190000017\r"), b"001190000017\r");
    }

    #[test]
    fn caps_lock_turns_letters_only() {
        let mut keys = Keys::default();
        keys.key(code::CAPS_LOCK, 1);
        keys.key(code::CAPS_LOCK, 0);
        assert_eq!(press(&mut keys, "aB1!"), b"Ab1!");
    }

    #[test]
    fn letters_that_are_composed_with_alt_become_question_marks_and_controls_nothing() {
        let mut keys = Keys::default();
        let mut out = Vec::new();
        // Alt down, 7, 9, 2, 9, Alt up.
        for (code, value) in
            [(56, 1), (71, 1), (71, 0), (73, 1), (80, 1), (73, 0), (80, 0), (73, 1), (73, 0), (56, 0)]
        {
            out.extend(keys.key(code, value));
        }
        assert_eq!(out, b"?");
        for (code, value) in [(29, 1), (46, 1), (50, 1), (29, 0), (999, 1), (0, 1)] {
            out.extend(keys.key(code, value));
        }
        assert_eq!(out, b"?\r");
    }
}
