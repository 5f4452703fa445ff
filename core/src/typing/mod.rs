// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vietnamese out of plain keys: Telex and VNI. Each key changes the word before
//! the cursor; there is no hidden state, so that deleting works on what is seen.
//! A word that is no Vietnamese syllable takes the key as it is.

use unicode_normalization::UnicodeNormalization;

/// How accents are typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `aa` â, `aw` ă, `dd` đ, `s f r x j` the tones, `z` takes the tone away.
    #[default]
    Telex,
    /// `6` circumflex, `7` horn, `8` breve, `9` đ, `1` to `5` the tones, `0` takes the tone away.
    Vni,
    /// As the keys say: names of sites, addresses of mail.
    Plain,
}

/// The tones, in the order of VNI's keys: sắc, huyền, hỏi, ngã, nặng.
const TONES: [char; 5] = ['\u{301}', '\u{300}', '\u{309}', '\u{303}', '\u{323}'];
/// Telex's keys of the same.
const TELEX_TONES: [char; 5] = ['s', 'f', 'r', 'x', 'j'];
const CIRCUMFLEX: char = '\u{302}';
const BREVE: char = '\u{306}';
const HORN: char = '\u{31b}';
/// Not in Unicode as a combining mark of đ; only within this module.
const STROKE: char = '\u{335}';

/// What may stand before the vowels of a syllable. `f j w z` are in names of brands and abroad only.
const FIRST: [&str; 28] = [
    "", "b", "c", "ch", "d", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph",
    "qu", "r", "s", "t", "th", "tr", "v", "x", "q",
];
/// What may stand after them.
const LAST: [&str; 9] = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];

/// A letter with its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Letter {
    /// Small.
    base: char,
    mark: Option<char>,
    capital: bool,
}

impl Letter {
    fn is_vowel(self) -> bool {
        "aeiouy".contains(self.base)
    }

    fn with(self, tone: Option<char>) -> String {
        let base = if self.capital { self.base.to_ascii_uppercase() } else { self.base };
        match (base, self.mark) {
            ('d', Some(_)) => "đ".into(),
            ('D', Some(_)) => "Đ".into(),
            (base, mark) => [Some(base), mark, tone].into_iter().flatten().nfc().collect(),
        }
    }
}

/// A word in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    letters: Vec<Letter>,
    tone: Option<char>,
}

impl Word {
    /// None where it holds something that is no letter of ours.
    fn read(text: &str) -> Option<Word> {
        let mut word = Word { letters: Vec::new(), tone: None };
        for c in text.nfd() {
            match c {
                'đ' => word.letters.push(Letter { base: 'd', mark: Some(STROKE), capital: false }),
                'Đ' => word.letters.push(Letter { base: 'd', mark: Some(STROKE), capital: true }),
                c if c.is_ascii_alphabetic() => {
                    let base = c.to_ascii_lowercase();
                    word.letters.push(Letter { base, mark: None, capital: c.is_ascii_uppercase() });
                }
                c if TONES.contains(&c) => word.tone = Some(c),
                CIRCUMFLEX | BREVE | HORN => word.letters.last_mut()?.mark = Some(c),
                _ => return None,
            }
        }
        Some(word)
    }

    /// Where the vowels are, if this can be the beginning of a syllable: the `u` of `qu` and the `i` of `gi`
    /// before another vowel belong to the consonants.
    fn vowels(&self) -> Option<std::ops::Range<usize>> {
        let base: String = self.letters.iter().map(|l| l.base).collect();
        let is_vowel = |i: usize| self.letters.get(i).is_some_and(|l| l.is_vowel());
        let mut from = base.find(|c| "aeiouy".contains(c))?;
        let glides = base.starts_with("qu") || (base.starts_with("gi") && self.letters[1].mark.is_none());
        if glides && from == 1 && is_vowel(2) {
            from = 2;
        }
        let to = (from..).find(|i| !is_vowel(*i))?;
        let right = FIRST.contains(&&base[..from]) && LAST.contains(&&base[to..]);
        right.then_some(from..to)
    }

    /// Which vowel carries the tone, as most people write it (hòa, not hoà).
    fn carrier(&self) -> Option<usize> {
        let vowels = self.vowels()?;
        let marked = vowels.clone().rev().find(|i| self.letters[*i].mark.is_some());
        let open = vowels.end == self.letters.len();
        Some(marked.unwrap_or(match (vowels.len(), open) {
            (1, _) => vowels.start,
            (2, true) => vowels.start,
            _ => vowels.start + 1,
        }))
    }

    fn write(&self) -> String {
        let carrier = self.carrier();
        let tone = |i: usize| self.tone.filter(|_| carrier == Some(i));
        self.letters.iter().enumerate().map(|(i, l)| l.with(tone(i))).collect()
    }
}

/// `uơ` before another letter is `ươ`: thuở, but người, được.
fn both_horns(word: &mut Word) {
    let Some(vowels) = word.vowels() else { return };
    let len = word.letters.len();
    if let [u, o, ..] = &mut word.letters[vowels.clone()]
        && (u.base, o.base, o.mark) == ('u', 'o', Some(HORN))
        && vowels.start + 2 < len
    {
        u.mark = Some(HORN);
    }
}

/// What a key does to a word; the second time it is taken back.
enum Change {
    Done,
    /// The word had it: it is taken away, and the key stands as itself.
    Undone,
    /// It does nothing here.
    No,
}

fn tone(word: &mut Word, tone: char) -> Change {
    if word.vowels().is_none() {
        return Change::No;
    }
    if word.tone == Some(tone) {
        word.tone = None;
        return Change::Undone;
    }
    word.tone = Some(tone);
    Change::Done
}

/// A circumflex on the last of these vowels, a breve or a horn on what can have one.
fn mark(word: &mut Word, mark: char, bases: &str) -> Change {
    let Some(vowels) = word.vowels() else { return Change::No };
    let letters = &mut word.letters[vowels];
    let can: Vec<usize> = (0..letters.len()).filter(|i| bases.contains(letters[*i].base)).collect();
    // `ua` and `uu` take the horn on their first letter: mưa, hưu; `uo` and `oa` a mark on their last: thuở, hoặc.
    let first = mark == HORN && !letters.iter().any(|l| l.base == 'o');
    let at = if first { can.first() } else { can.last() };
    let Some(letter) = at.map(|i| &mut letters[*i]) else { return Change::No };
    if letter.mark == Some(mark) {
        letter.mark = None;
        return Change::Undone;
    }
    letter.mark = Some(mark);
    Change::Done
}

fn stroke(word: &mut Word) -> Change {
    let Some(first) = word.letters.first_mut().filter(|l| l.base == 'd') else { return Change::No };
    let had = first.mark.take().is_some();
    first.mark = (!had).then_some(STROKE);
    if had { Change::Undone } else { Change::Done }
}

/// Telex's `w`: the horn or the breve, or ư where no vowel waits for it.
fn hook(word: &mut Word) -> Change {
    let Some(vowels) = word.vowels() else { return Change::No };
    let bases: String = word.letters[vowels].iter().map(|l| l.base).collect();
    if bases.contains('u') || bases.contains('o') && !bases.contains("oa") {
        mark(word, HORN, "uo")
    } else {
        mark(word, BREVE, "a")
    }
}

fn telex(word: &mut Word, key: char) -> Change {
    match key {
        'z' => {
            if word.tone.take().is_some() {
                Change::Done
            } else {
                Change::No
            }
        }
        'a' | 'e' | 'o' => {
            let same = word.vowels().is_some_and(|v| word.letters[v].iter().any(|l| l.base == key));
            if same { mark(word, CIRCUMFLEX, &key.to_string()) } else { Change::No }
        }
        'd' => stroke(word),
        'w' => hook(word),
        key => match TELEX_TONES.iter().position(|t| *t == key) {
            Some(n) => tone(word, TONES[n]),
            None => Change::No,
        },
    }
}

fn vni(word: &mut Word, key: char) -> Change {
    match key {
        '0' => {
            if word.tone.take().is_some() {
                Change::Done
            } else {
                Change::No
            }
        }
        '1'..='5' => tone(word, TONES[key as usize - '1' as usize]),
        '6' => mark(word, CIRCUMFLEX, "aeo"),
        '7' => mark(word, HORN, "uo"),
        '8' => mark(word, BREVE, "a"),
        '9' => stroke(word),
        _ => Change::No,
    }
}

/// The text after `key` was typed at its end.
pub fn typed(method: Method, text: &str, key: char) -> String {
    let from = text.char_indices().rev().take_while(|(_, c)| c.is_alphabetic() || TONES.contains(c)).last();
    let (before, last) = text.split_at(from.map_or(text.len(), |(i, _)| i));
    let small = key.to_ascii_lowercase();
    let plain = || format!("{text}{key}");
    let Some(mut word) = Word::read(last) else { return plain() };
    let change = match method {
        Method::Plain => return plain(),
        Method::Telex => telex(&mut word, small),
        Method::Vni => vni(&mut word, small),
    };
    match change {
        Change::Done => {
            both_horns(&mut word);
            format!("{before}{}", word.write())
        }
        Change::Undone => format!("{before}{}{key}", word.write()),
        // Another letter can move the tone: hòa, hoàn.
        Change::No if key.is_ascii_alphabetic() => {
            if method == Method::Telex && small == 'w' && FIRST.contains(&last.to_lowercase().as_str()) {
                word.letters.push(Letter { base: 'u', mark: Some(HORN), capital: key.is_ascii_uppercase() });
            } else {
                word.letters.push(Letter { base: small, mark: None, capital: key.is_ascii_uppercase() });
            }
            both_horns(&mut word);
            moved(before, &word).unwrap_or_else(plain)
        }
        Change::No => plain(),
    }
}

/// The word with its tone where it belongs now; none where it is no syllable any more and would lose it.
fn moved(before: &str, word: &Word) -> Option<String> {
    (word.tone.is_none() || word.carrier().is_some()).then(|| format!("{before}{}", word.write()))
}

/// The text without its last letter; an accent goes with its letter.
pub fn deleted(text: &str) -> String {
    let mut text: String = text.nfc().collect();
    text.pop();
    text
}

#[cfg(test)]
mod tests;
