// SPDX-License-Identifier: MIT OR Apache-2.0
//! Code pages of the simulated printer, in the order of their codes. Written from the TCVN 5712 chart and not from the
//! driver's table, so that the two can disagree.

use crate::printer::tcvn::Pages;

/// A0h to FFh of the lower-case page; `\u{0}` where the page has nothing that a slip uses.
const LOWER: &str = "\0\0\0\0\0\0\0\0ăâêôơưđ\0\0\0\0\0\0àảãáạ\0ằẳẵắ\0\0\0\0\0\0\0ặầẩẫấậè\0ẻẽéẹềểễếệìỉ\0\0\0ĩíịò\0ỏõóọồổỗốộờởỡớợù\0ủũúụừửữứựỳỷỹýỵ\0";
/// The same codes of the upper-case page.
const UPPER: &str = "\0ĂÂ\0\0\0\0Đ\0\0ÊÔƠƯ\0\0\0\0\0\0\0ÀẢÃÁẠ\0ẰẲẴẮ\0\0\0\0\0\0\0ẶẦẨẪẤẬÈ\0ẺẼÉẸỀỂỄẾỆÌỈ\0\0\0ĨÍỊÒ\0ỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙ\0ỦŨÚỤỪỬỮỨỰỲỶỸÝỴ\0";

/// The sign at a code of a page. A code without a sign prints as U+25A1, as an unknown sign does on many printers.
pub(super) fn sign(code: u8, page: u8, pages: Option<Pages>) -> char {
    if code < 0x80 {
        return char::from(code);
    }
    let table = match pages {
        Some(pages) if page == pages.lower => LOWER,
        Some(pages) if page == pages.upper => UPPER,
        _ => return '\u{25A1}',
    };
    let sign = code.checked_sub(0xA0).and_then(|index| table.chars().nth(usize::from(index)));
    sign.filter(|sign| *sign != '\0').unwrap_or('\u{25A1}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer::tcvn;

    #[test]
    fn the_charts_agree_with_the_drivers_table() {
        assert_eq!((LOWER.chars().count(), UPPER.chars().count()), (96, 96));
        let pages = Pages { lower: 30, upper: 31 };
        for (table, number) in [(LOWER, 30), (UPPER, 31)] {
            for letter in table.chars().filter(|letter| *letter != '\0') {
                let mut page = Some(number);
                let bytes = tcvn::encode(&letter.to_string(), pages, &mut page).unwrap();
                assert_eq!((bytes.len(), page), (1, Some(number)), "{letter}");
                assert_eq!(sign(bytes[0], number, Some(pages)), letter);
            }
        }
    }
}
