// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tag-length-value blocks (BER, X.690; ISO/IEC 7816-4): how chips answer and how their files are built. Blocks keep their
//! bytes as they came, because signatures are made over those.

use super::CardError;

/// One block.
#[derive(Clone, Copy)]
pub(crate) struct Tlv<'a> {
    /// One or two bytes, read as a number.
    pub tag: u16,
    pub value: &'a [u8],
    /// Tag, length and value.
    pub raw: &'a [u8],
}

/// Length of tag and length, and of the value, of the block that begins here; `None` when more bytes are needed or the
/// block is of a form that no card has.
pub(crate) fn header(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let mut at = 1;
    let mut tag = u16::from(*bytes.first()?);
    if tag & 0x1F == 0x1F {
        let second = *bytes.get(1)?;
        if second & 0x80 != 0 {
            return None;
        }
        tag = tag << 8 | u16::from(second);
        at = 2;
    }
    let short = *bytes.get(at)?;
    at += 1;
    let length = match short {
        0..=0x7F => usize::from(short),
        0x81..=0x83 => {
            let count = usize::from(short & 0x0F);
            let digits = bytes.get(at..at + count)?;
            at += count;
            digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
        }
        _ => return None,
    };
    Some((tag, at, length))
}

/// The first block and what follows it.
pub(crate) fn first(bytes: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (tag, start, length) = header(bytes)?;
    let raw = bytes.get(..start.checked_add(length)?)?;
    Some((Tlv { tag, value: &raw[start..], raw }, &bytes[raw.len()..]))
}

/// All blocks up to the end, which must be that of a block.
pub(crate) fn all(mut bytes: &[u8]) -> Option<Vec<Tlv<'_>>> {
    let mut blocks = Vec::new();
    while !bytes.is_empty() {
        let (block, rest) = first(bytes)?;
        blocks.push(block);
        bytes = rest;
    }
    Some(blocks)
}

/// The value of the first block, which must have this tag.
pub(crate) fn expect<'a>(bytes: &'a [u8], tag: u16, what: &'static str) -> Result<&'a [u8], CardError> {
    first(bytes)
        .filter(|(block, _)| block.tag == tag)
        .map(|(block, _)| block.value)
        .ok_or(CardError::Malformed { what })
}

/// The value of the first block with this tag among several.
pub(crate) fn find<'a>(blocks: &[Tlv<'a>], tag: u16) -> Option<&'a [u8]> {
    blocks.iter().find(|block| block.tag == tag).map(|block| block.value)
}

/// Puts a block together. Values up to 65,535 bytes.
pub(crate) fn tlv(tag: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len() + 6);
    if tag > 0xFF {
        bytes.push((tag >> 8) as u8);
    }
    bytes.push((tag & 0xFF) as u8);
    match value.len() {
        0..=0x7F => bytes.push(value.len() as u8),
        0x80..=0xFF => bytes.extend([0x81, value.len() as u8]),
        length => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend_from_slice(value);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_put_together_and_taken_apart() {
        for length in [0, 1, 127, 128, 255, 256, 3000] {
            for tag in [0x30, 0x7F49] {
                let block = tlv(tag, &vec![7; length]);
                let (read, rest) = first(&block).unwrap();
                assert_eq!((read.tag, read.value.len(), rest.len()), (tag, length, 0));
                for cut in 0..block.len().min(8) {
                    assert!(first(&block[..cut]).is_none());
                }
            }
        }
        assert!(all(&[0x04, 1, 0, 0x04]).is_none());
        assert!(first(&[0x30, 0x80, 0, 0]).is_none(), "indefinite lengths");
        assert!(first(&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]).is_none());
    }
}
