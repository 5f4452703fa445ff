// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vietnamese text folded to plain capital letters, so that a search needs no
//! accents and no keyboard that can type them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `Đất đai, nhà ở` becomes `DAT DAI NHA O`: letters and digits in ASCII capitals, single spaces.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        let c = match c {
            'đ' | 'Đ' | 'ð' | 'Ð' => 'D',
            c => c.to_ascii_uppercase(),
        };
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Byte offsets in folded text where a word that starts with `query` begins, spaces in the text
/// ignored inside the match, so that `KHAISINH` finds `KHAI SINH`.
fn matches(folded: &str, query: &str) -> impl Iterator<Item = Option<char>> {
    let mut starts: Vec<usize> = vec![0];
    starts.extend(folded.match_indices(' ').map(|(i, _)| i + 1));
    let query = query.replace(' ', "");
    starts.into_iter().filter_map(move |start| {
        let mut rest = folded.get(start..)?.chars().filter(|c| *c != ' ');
        for q in query.chars() {
            if rest.next() != Some(q) {
                return None;
            }
        }
        Some(rest.next())
    })
}

/// Whether some word of `folded` starts what `query` (folded too) spells.
pub fn found(folded: &str, query: &str) -> bool {
    query.is_empty() || matches(folded, query).next().is_some()
}

/// Letters that can follow `query` so that `folded` is still found.
pub fn next_letters(folded: &str, query: &str) -> Vec<char> {
    matches(folded, query).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_every_vietnamese_letter_to_ascii() {
        let all = "àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđ";
        let folded = fold(&format!("{all}{}", all.to_uppercase()));
        assert_eq!(folded.len(), all.chars().count() * 2);
        assert!(folded.chars().all(|c| "AEIOUYD".contains(c)), "{folded}");
        assert_eq!(fold("  Chứng thực bản sao, chữ ký "), "CHUNG THUC BAN SAO CHU KY");
    }

    #[test]
    fn decomposed_input_folds_the_same() {
        let nfd: String = "Hộ tịch".nfd().collect();
        assert_eq!(fold(&nfd), fold("Hộ tịch"));
    }

    #[test]
    fn finds_by_word_start_without_spaces() {
        let name = fold("Khai sinh, khai tử");
        assert!(found(&name, "KHAIS") && found(&name, "TU") && found(&name, "SINH K"));
        assert!(!found(&name, "HAI") && !found(&name, "KHAIX"));
        assert_eq!(next_letters(&name, "KHAI"), ['S', 'T']);
    }
}
