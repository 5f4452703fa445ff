// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding a procedure by what a person remembers of its name: without accents,
//! with the last word half typed, with a letter wrong, missing, doubled or
//! swapped, with or without spaces.

use crate::fold::{fold, found};
use std::collections::BTreeMap;
use strsim::osa_distance;

/// What one thing can be found by.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its name, which counts most.
    pub name: &'a str,
    /// Codes, its field, other words.
    pub more: &'a str,
}

/// An index over things in a fixed order; answers name their places in it.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Every word with the things that have it, and whether in their name.
    words: BTreeMap<String, Vec<(usize, bool)>>,
    /// The names, folded.
    names: Vec<String>,
}

/// How well a word is met: whole, begun, or with a slip.
const WHOLE: f32 = 1.0;
const BEGUN: f32 = 0.8;
const SLIPPED: f32 = 0.5;
/// A word outside of the name counts less.
const ASIDE: f32 = 0.4;

impl Index {
    /// Reads all entries.
    pub fn new<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Index {
        let mut index = Index::default();
        for (at, entry) in entries.into_iter().enumerate() {
            let (name, more) = (fold(entry.name), fold(entry.more));
            for (text, in_name) in [(&name, true), (&more, false)] {
                for word in text.split(' ').filter(|w| !w.is_empty()) {
                    let places = index.words.entry(word.to_owned()).or_default();
                    if places.last().is_none_or(|(last, _)| *last != at) {
                        places.push((at, in_name));
                    }
                }
            }
            index.names.push(name);
        }
        index
    }

    /// Places of what fits best, best first. Every word of the query must be met; where that finds nothing, all
    /// but one.
    pub fn search(&self, query: &str, limit: usize) -> Vec<usize> {
        let query = fold(query);
        let words: Vec<&str> = query.split(' ').filter(|w| !w.is_empty()).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let mut scores = vec![(0_f32, 0_usize); self.names.len()];
        for (nth, word) in words.iter().enumerate() {
            for (at, score) in self.met(word, nth + 1 == words.len()) {
                scores[at].0 += score;
                scores[at].1 += 1;
            }
        }
        let needed = |n: usize| scores.iter().any(|(_, met)| *met >= n).then_some(n);
        let least = needed(words.len()).or_else(|| needed(words.len() - 1).filter(|n| *n > 0));
        let Some(least) = least else { return Vec::new() };
        let mut best: Vec<(usize, f32)> = (0..scores.len())
            .filter(|at| scores[*at].1 >= least)
            .map(|at| (at, scores[at].0 + self.together(at, &query)))
            .collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(self.names[a.0].len().cmp(&self.names[b.0].len())));
        best.into_iter().take(limit).map(|(at, _)| at).collect()
    }

    /// The words stand in the name as they were typed, or at its beginning: that tells more than a rare word that only
    /// sounds alike.
    fn together(&self, at: usize, query: &str) -> f32 {
        let name = &self.names[at];
        let inside = if found(name, query) { 6.0 } else { 0.0 };
        inside + if name.starts_with(query) { 1.0 } else { 0.0 }
    }

    /// Everything that meets one word, each with its best score. Rare words tell more than frequent ones.
    fn met(&self, word: &str, last: bool) -> BTreeMap<usize, f32> {
        let mut out: BTreeMap<usize, f32> = BTreeMap::new();
        let (slips, sounded) = (slips(word), sound(word));
        for (known, places) in &self.words {
            let how = if known == word {
                WHOLE
            } else if known.starts_with(word) {
                if last { BEGUN } else { SLIPPED }
            } else if sound(known) == sounded || slips > 0 && slipped(known, word, slips, last) {
                SLIPPED
            } else {
                continue;
            };
            let rare = 1.0 + (self.names.len() as f32 / places.len() as f32).ln();
            for (at, in_name) in places {
                let score = how * rare * if *in_name { 1.0 } else { ASIDE };
                let best = out.entry(*at).or_default();
                *best = best.max(score);
            }
        }
        // `khaisinh`: typed without its spaces.
        if out.is_empty() && word.len() >= 5 {
            let without = |name: &&String| found(name, word);
            let all = self.names.iter().enumerate();
            out.extend(all.filter(|(_, name)| without(name)).map(|(at, _)| (at, BEGUN)));
        }
        out
    }
}

/// How many slips a word of this length is believed to have. Vietnamese words are short: one letter of three makes
/// another word.
fn slips(word: &str) -> usize {
    match word.len() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Letters that many people write for each other, since they say them alike: x and s, tr and ch, gi, r and d, l and
/// n, k, q and c, y and i.
fn sound(word: &str) -> String {
    let firsts = [
        ("NGH", "NG"),
        ("GH", "G"),
        ("GI", "D"),
        ("TR", "CH"),
        ("X", "S"),
        ("R", "D"),
        ("L", "N"),
        ("K", "C"),
        ("Q", "C"),
    ];
    let (first, rest) = firsts
        .iter()
        .find_map(|(from, to)| Some((*to, word.strip_prefix(from)?)).filter(|(_, rest)| !rest.is_empty()))
        .unwrap_or(("", word));
    format!("{first}{}", rest.replace('Y', "I"))
}

/// Whether one word is the other with so many slips; the last word may go on.
fn slipped(known: &str, word: &str, slips: usize, last: bool) -> bool {
    if known.as_bytes().first() != word.as_bytes().first()
        && known.as_bytes().get(1) != word.as_bytes().first()
    {
        return false;
    }
    let near = |text: &str| text.len().abs_diff(word.len()) <= slips && osa_distance(text, word) <= slips;
    near(known) || last && known.get(..word.len()).is_some_and(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 9] = [
        "Đăng ký khai sinh",
        "Đăng ký lại khai sinh",
        "Đăng ký khai tử",
        "Đăng ký kết hôn",
        "Chứng thực bản sao từ bản chính giấy tờ, văn bản",
        "Chứng thực chữ ký trong các giấy tờ, văn bản",
        "Xóa đăng ký thế chấp quyền sử dụng đất",
        "Cấp giấy xác nhận tình trạng hôn nhân",
        "Đăng ký thành lập hộ kinh doanh",
    ];

    fn first(query: &str) -> &'static str {
        let index = Index::new(NAMES.map(|name| Entry { name, more: "1.001193 Hộ tịch" }));
        index.search(query, 3).first().map_or("", |at| NAMES[*at])
    }

    #[test]
    fn finds_without_accents_spaces_and_ends() {
        assert_eq!(first("khai sinh"), "Đăng ký khai sinh");
        assert_eq!(first("KHAISINH"), "Đăng ký khai sinh");
        assert_eq!(first("khai t"), "Đăng ký khai tử");
        assert_eq!(first("kết h"), "Đăng ký kết hôn");
        assert_eq!(first("hộ kinh doanh"), "Đăng ký thành lập hộ kinh doanh");
        assert_eq!(first("lai khai sinh"), "Đăng ký lại khai sinh");
    }

    #[test]
    fn forgives_slips() {
        assert_eq!(first("khia sinh"), "Đăng ký khai sinh", "two letters swapped");
        assert_eq!(first("khai sihn"), "Đăng ký khai sinh");
        assert_eq!(
            first("chung thuc ban xao"),
            "Chứng thực bản sao từ bản chính giấy tờ, văn bản",
            "another spelling"
        );
        assert_eq!(first("chungg thuc chu ki"), "Chứng thực chữ ký trong các giấy tờ, văn bản");
        assert_eq!(first("tinh tranh hon nhan"), "Cấp giấy xác nhận tình trạng hôn nhân");
        assert_eq!(first("hkai sinh"), "Đăng ký khai sinh");
    }

    #[test]
    fn finds_by_code_and_nothing_out_of_nothing() {
        assert_ne!(first("1.001193"), "");
        assert_eq!(first("xyzzy qqq"), "");
        assert_eq!(first("   "), "");
    }
}
