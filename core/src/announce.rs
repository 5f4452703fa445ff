// SPDX-License-Identifier: MIT OR Apache-2.0
//! The voice of the waiting room as a pure state machine: calls in, one
//! sentence at a time out, as names of clips. Nothing overlaps, nothing stale
//! is spoken. Which sound a clip is, and when it has ended, is the shell's
//! business.

use crate::feed::{Call, SPEAK_WITHIN_MS};
use crate::hall::{Digits, Voice, VoiceMode};
use std::collections::VecDeque;

/// Name of the clip before every sentence; it belongs to no language.
pub const CHIME: &str = "chime";

/// One clip: the language it is spoken in (none for the chime) and its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clip {
    /// ISO 639-1; empty for the chime.
    pub lang: String,
    /// Small letters, digits, hyphens.
    pub name: String,
}

/// What is to be heard now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The call.
    pub call: Call,
    /// Its clips in order.
    pub clips: Vec<Clip>,
}

/// Clips of one call, as the hall wants it spoken.
pub fn clips(call: &Call, voice: &Voice) -> Vec<Clip> {
    let chime = Clip { lang: String::new(), name: CHIME.to_owned() };
    let mut out = vec![chime];
    if voice.mode != VoiceMode::Full {
        return out;
    }
    for lang in &voice.languages {
        let clip = |name: &str| Clip { lang: lang.clone(), name: name.to_owned() };
        for part in voice.say.get(lang).map_or(&[][..], Vec::as_slice) {
            match part.as_str() {
                "{label}" => out.extend(label(&call.label, voice.digits, lang).iter().map(|n| clip(n))),
                "{counter}" => out.extend(counter(&call.counter, lang).iter().map(|n| clip(n))),
                name => out.push(clip(name)),
            }
        }
    }
    out
}

/// `A017`, `K2-001`: what stands in front character by character, the number as the hall says.
fn label(label: &str, digits: Digits, lang: &str) -> Vec<String> {
    let number_at = match label.rfind('-') {
        Some(dash) => dash + 1,
        None => label.find(|c: char| c.is_ascii_digit()).unwrap_or(label.len()),
    };
    let (front, number) = label.split_at(number_at);
    let mut out = each(front);
    let plain = number.trim_start_matches('0');
    out.extend(match digits {
        Digits::Each => each(number),
        Digits::EachWithoutZeros => each(plain),
        Digits::Number => plain.parse().map_or_else(|_| each(number), |n| spoken(n, lang)),
    });
    out
}

/// A counter's number as a number, other ids character by character.
fn counter(id: &str, lang: &str) -> Vec<String> {
    id.parse().map_or_else(|_| each(id), |n| spoken(n, lang))
}

fn each(text: &str) -> Vec<String> {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase().to_string()).collect()
}

/// A number from 0 to 9999 as clips.
fn spoken(n: u32, lang: &str) -> Vec<String> {
    if n > 9999 {
        return each(&n.to_string());
    }
    if lang == "vi" { vietnamese(n) } else { english(n) }
}

/// Northern reading: linh, mười, mươi, mốt, tư stays bốn, lăm.
fn vietnamese(n: u32) -> Vec<String> {
    let mut out = Vec::new();
    let (thousands, hundreds, tens, ones) = (n / 1000, n / 100 % 10, n / 10 % 10, n % 10);
    let mut say = |s: String| out.push(s);
    if thousands > 0 {
        say(thousands.to_string());
        say("thousand".into());
    }
    if hundreds > 0 || (thousands > 0 && !n.is_multiple_of(1000)) {
        say(hundreds.to_string());
        say("hundred".into());
    }
    match (tens, ones) {
        (0, 0) if n > 0 => {}
        (0, ones) => {
            if n >= 100 {
                say("odd".into());
            }
            say(ones.to_string());
        }
        (tens, ones) => {
            if tens > 1 {
                say(tens.to_string());
                say("tens".into());
            } else {
                say("ten".into());
            }
            match ones {
                0 => {}
                1 if tens > 1 => say("one-after-tens".into()),
                5 => say("five-after-tens".into()),
                other => say(other.to_string()),
            }
        }
    }
    out
}

fn english(n: u32) -> Vec<String> {
    let mut out = Vec::new();
    let mut say = |s: String| out.push(s);
    if n >= 1000 {
        say((n / 1000).to_string());
        say("thousand".into());
    }
    let hundreds = n / 100 % 10;
    if hundreds > 0 {
        say(hundreds.to_string());
        say("hundred".into());
    }
    match n % 100 {
        0 if n > 0 => {}
        small @ 0..=19 => say(small.to_string()),
        large => {
            say((large / 10 * 10).to_string());
            if large % 10 > 0 {
                say((large % 10).to_string());
            }
        }
    }
    out
}

/// A call that waits to be spoken, with the time on the monotonic clock after which it is stale.
#[derive(Clone, Debug)]
struct Waiting {
    call: Call,
    until_ms: u64,
}

/// The voice of one waiting room.
#[derive(Clone, Debug, Default)]
pub struct Announcer {
    /// The newest call heard of: its sequence and its time on the hub.
    newest: Option<(u64, i64)>,
    waiting: VecDeque<Waiting>,
    speaking: bool,
}

impl Announcer {
    /// Takes the calls of a picture, in any order. `hub_ms` is the hub's clock, `mono_ms` one that never
    /// jumps. What is too old already is not spoken: after a start, or after a silence of the hub.
    pub fn hear(&mut self, calls: &[Call], hub_ms: i64, mono_ms: u64) {
        let newest = self.newest;
        let mut fresh: Vec<&Call> = calls
            .iter()
            // A hub that lost its store may count anew; its time tells.
            .filter(|c| newest.is_none_or(|(seq, at_ms)| c.seq > seq || c.at_ms > at_ms))
            .collect();
        fresh.sort_by_key(|c| c.seq);
        for call in fresh {
            self.newest = Some((call.seq, call.at_ms));
            let left = SPEAK_WITHIN_MS - hub_ms.saturating_sub(call.at_ms).max(0);
            let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0) else { continue };
            // A recall of what still waits takes its place; nobody hears the same twice in a row.
            self.waiting.retain(|w| w.call.label != call.label);
            self.waiting.push_back(Waiting { call: call.clone(), until_ms: mono_ms + left });
        }
    }

    /// The next announcement, if nothing is being spoken. The caller says [`Announcer::ended`] when it is
    /// over, in whatever way.
    pub fn next(&mut self, voice: &Voice, mono_ms: u64) -> Option<Announcement> {
        self.waiting.retain(|w| w.until_ms > mono_ms);
        if voice.mode == VoiceMode::Off {
            self.waiting.clear();
        }
        if self.speaking {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.speaking = true;
        Some(Announcement { clips: clips(&next.call, voice), call: next.call })
    }

    /// What was being spoken is over.
    pub fn ended(&mut self) {
        self.speaking = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn call(seq: u64, label: &str, at_ms: i64) -> Call {
        Call { seq, label: label.into(), counter: "2".into(), at_ms }
    }

    fn names(label: &str, counter: &str, digits: Digits, lang: &str) -> String {
        let voice = Voice { digits, languages: vec![lang.into()], ..Voice::default() };
        let call = Call { counter: counter.into(), ..call(1, label, 0) };
        clips(&call, &voice).iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_are_spoken_as_the_hall_says() {
        for (label, counter, digits, lang, expected) in [
            ("A017", "2", Digits::Each, "vi", "chime invite a 0 1 7 to-counter 2"),
            ("A017", "2", Digits::EachWithoutZeros, "vi", "chime invite a 1 7 to-counter 2"),
            ("A017", "12", Digits::Number, "vi", "chime invite a ten 7 to-counter ten 2"),
            ("A021", "B", Digits::Number, "vi", "chime invite a 2 tens one-after-tens to-counter b"),
            (
                "A115",
                "15",
                Digits::Number,
                "vi",
                "chime invite a 1 hundred ten five-after-tens to-counter ten five-after-tens",
            ),
            ("A105", "1", Digits::Number, "vi", "chime invite a 1 hundred odd 5 to-counter 1"),
            ("A1005", "1", Digits::Number, "vi", "chime invite a 1 thousand 0 hundred odd 5 to-counter 1"),
            ("K2-001", "2", Digits::Each, "vi", "chime invite k 2 0 0 1 to-counter 2"),
            ("K2-011", "2", Digits::Number, "vi", "chime invite k 2 ten 1 to-counter 2"),
            ("A113", "21", Digits::Number, "en", "chime invite a 1 hundred 13 to-counter 20 1"),
            ("A1200", "30", Digits::Number, "en", "chime invite a 1 thousand 2 hundred to-counter 30"),
        ] {
            assert_eq!(names(label, counter, digits, lang), expected, "{label} {counter} {digits:?} {lang}");
        }
    }

    #[test]
    fn two_languages_follow_one_chime() {
        let voice = Voice { languages: vec!["vi".into(), "en".into()], ..Voice::default() };
        let clips = clips(&call(1, "A001", 0), &voice);
        assert_eq!(clips.iter().filter(|c| c.name == CHIME).count(), 1);
        assert_eq!(clips.iter().filter(|c| c.name == "invite").count(), 2);
        let chime = Voice { mode: VoiceMode::Chime, ..voice };
        assert_eq!(super::clips(&call(1, "A001", 0), &chime).len(), 1);
    }

    #[test]
    fn one_at_a_time_and_nothing_stale() {
        let (mut a, voice) = (Announcer::default(), Voice::default());
        a.hear(&[call(1, "A001", -40_000), call(2, "A002", -20_000), call(3, "A003", 0)], 0, 1_000);
        let first = a.next(&voice, 1_000).unwrap();
        assert_eq!(first.call.label, "A002", "A001 was called 40 s ago");
        assert_eq!(a.next(&voice, 1_001), None, "one at a time");
        a.ended();
        assert_eq!(a.next(&voice, 31_001), None, "A003 has waited too long");
        a.ended();
        // The same picture again tells nothing new.
        a.hear(&[call(3, "A003", 0)], 0, 40_000);
        assert_eq!(a.next(&voice, 40_000), None);
        // A recall is a new call; while it waits a second one takes its place.
        a.hear(&[call(4, "A003", 41_000), call(5, "A003", 42_000)], 42_000, 41_000);
        assert_eq!(a.next(&voice, 41_000).map(|n| n.call.seq), Some(5));
        a.ended();
        assert_eq!(a.next(&voice, 41_000), None);
    }

    #[test]
    fn silence_keeps_nothing_for_later() {
        let (mut a, voice) = (Announcer::default(), Voice::default());
        a.hear(&[call(1, "A001", 0)], 0, 0);
        assert_eq!(a.next(&Voice { mode: VoiceMode::Off, ..voice.clone() }, 0), None);
        assert_eq!(a.next(&voice, 1), None);
    }

    proptest! {
        /// Whatever comes in: nothing twice, nothing older than 30 s, never two at once.
        #[test]
        fn every_announcement_is_fresh_and_alone(steps in prop::collection::vec((0_u64..8_000, 0_u64..3, any::<bool>()), 1..80)) {
            let (mut a, voice) = (Announcer::default(), Voice::default());
            let (mut now, mut seq, mut speaking) = (0_u64, 0_u64, false);
            let mut all: Vec<Call> = Vec::new();
            let mut spoken = std::collections::BTreeSet::new();
            for (later, new, end) in steps {
                now += later;
                for _ in 0..new {
                    seq += 1;
                    all.push(call(seq, &format!("A{seq:03}"), i64::try_from(now).unwrap()));
                }
                if end && speaking {
                    a.ended();
                    speaking = false;
                }
                a.hear(&all, i64::try_from(now).unwrap(), now);
                if let Some(next) = a.next(&voice, now) {
                    prop_assert!(!speaking);
                    speaking = true;
                    prop_assert!(spoken.insert(next.call.seq));
                    prop_assert!(i64::try_from(now).unwrap() - next.call.at_ms < SPEAK_WITHIN_MS);
                }
            }
        }
    }
}
