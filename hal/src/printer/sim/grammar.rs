// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long a command is: the grammar of ESC/POS as far as the drivers of the tests use it. What a command does is in
//! `interpret`. Source: Epson's ESC/POS reference.

/// Bytes of the command at the front, without the data that a step collects; `None` when not all are there yet.
pub(super) fn command_length(head: &[u8], presenter: bool) -> Option<usize> {
    let byte = |index: usize| head.get(index).copied();
    let length = match head.first()? {
        0x10 => match (byte(1)?, byte(2)) {
            (0x04, Some(7 | 8 | 18)) => 4,
            (0x04 | 0x05, _) => 3,
            (0x14, Some(8)) => 10,
            (0x14, Some(3)) => 8,
            (0x14, Some(_)) => 5,
            (0x14, None) => 3,
            _ => 1,
        },
        0x1B => match byte(1)? {
            b'@' | b'2' | b'i' | b'm' | b'<' | b'L' | b'S' | 0x0C => 2,
            b'$' | b'\\' => 4,
            b'*' => 5,
            b'p' => 5,
            b'c' => 4,
            b'D' => head.iter().position(|byte| *byte == 0)? + 1,
            b'&' => 2,
            b'W' => 10,
            _ => 3,
        },
        0x1D => match byte(1)? {
            b'v' => 8,
            b'8' => 7,
            b'(' => 5,
            b'V' if matches!(byte(2)?, 65 | 66 | 97 | 98) => 4,
            b'P' | b'L' | b'W' | b'$' | b'\\' => 4,
            b'k' if byte(2)? >= 65 => 4,
            b'k' => head.iter().skip(3).position(|byte| *byte == 0)? + 4,
            b'e' if presenter && byte(2)? == 3 => 4,
            b'^' => 5,
            b':' | b'c' => 2,
            _ => 3,
        },
        0x1C => match byte(1)? {
            b'&' | b'.' => 2,
            b'S' => 4,
            b'p' => 4,
            b'(' => 5,
            _ => 3,
        },
        _ => 1,
    };
    (head.len() >= length).then_some(length)
}
