// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tag-length-value blocks of a chip's data groups (BER, ISO/IEC 7816-4 and X.690), as far as Doc 9303 uses them.

/// One block.
#[derive(Clone, Copy)]
pub(super) struct Tlv<'a> {
    /// One or two bytes, read as a number.
    pub tag: u16,
    pub value: &'a [u8],
}

/// The first block and what follows it; `None` when it is cut off or of a form that no data group has.
pub(super) fn first(bytes: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let mut tag = u16::from(first);
    if first & 0x1F == 0x1F {
        let (&second, after) = rest.split_first()?;
        // A third byte would follow.
        if second & 0x80 != 0 {
            return None;
        }
        tag = tag << 8 | u16::from(second);
        rest = after;
    }
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7F => (usize::from(short), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x0F))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((Tlv { tag, value }, rest))
}

/// All blocks, one after another, until the end or the first that cannot be read.
pub(super) fn all(mut bytes: &[u8]) -> impl Iterator<Item = Tlv<'_>> {
    std::iter::from_fn(move || {
        let (tlv, rest) = first(bytes)?;
        bytes = rest;
        Some(tlv)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_and_cut_ones_are_not() {
        let (tlv, rest) = first(&[0x5F, 0x1F, 0x81, 0x02, 1, 2, 9]).unwrap();
        assert_eq!((tlv.tag, tlv.value, rest), (0x5F1F, [1, 2].as_slice(), [9].as_slice()));
        for cut in [
            &[][..],
            &[0x5F],
            &[0x61],
            &[0x61, 2, 1],
            &[0x61, 0x82, 1],
            &[0x61, 0x80, 0, 0],
            &[0x5F, 0x81, 1, 0],
        ] {
            assert!(first(cut).is_none(), "{cut:?}");
        }
        assert_eq!(all(&[0x04, 0, 0x05, 1, 7, 0x06, 9]).count(), 2);
    }
}
