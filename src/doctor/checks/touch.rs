// SPDX-License-Identifier: MIT OR Apache-2.0
//! The touchscreen: an input device that is touched directly and tells places.

use crate::doctor::roots::{entries, name, text};
use crate::doctor::{Finding, Look, Words};

/// Bits of the kernel's input interface (linux/input-event-codes.h).
const PROP_DIRECT: usize = 1;
const ABS_X: usize = 0;
const ABS_MT_POSITION_X: usize = 0x35;

pub fn touch(look: &Look) -> Finding {
    if look.device.as_ref().is_some_and(|device| !device.is_touched()) {
        return super::none_here("touch");
    }
    let inputs = entries(&look.roots.sys.join("class/input"));
    let found = inputs.into_iter().filter(|i| name(i).starts_with("event")).find_map(|input| {
        let device = input.join("device");
        let has = |file: &str, bit| text(&device.join(file)).is_some_and(|bits| bit_of(&bits, bit));
        let places = has("capabilities/abs", ABS_MT_POSITION_X) || has("capabilities/abs", ABS_X);
        (places && has("properties", PROP_DIRECT)).then(|| text(&device.join("name")).unwrap_or_default())
    });
    match found {
        Some(name) => Finding::pass("touch", Words::same(name)),
        None => Finding::fail(
            "touch",
            Words::new("không thấy màn hình cảm ứng", "no touchscreen was found"),
            Words::new("cắm lại dây USB của màn hình cảm ứng", "plug the touchscreen's USB cable in again"),
        ),
    }
}

/// Whether a bit is set in what the kernel prints: words of the machine's width, the highest first.
fn bit_of(words: &str, bit: usize) -> bool {
    let width = usize::BITS as usize;
    let word =
        words.split_whitespace().rev().nth(bit / width).and_then(|w| usize::from_str_radix(w, 16).ok());
    word.is_some_and(|word| word >> (bit % width) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_last_word() {
        assert!(bit_of("2", PROP_DIRECT));
        assert!(!bit_of("1", PROP_DIRECT));
        assert!(bit_of("260800000000003", ABS_MT_POSITION_X), "as a Goodix panel says it");
        assert!(bit_of("1 0 0", 128));
        assert!(!bit_of("", 0));
        assert!(!bit_of("zz", 0));
    }
}
