// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[display]` and `[voice]` of `hall.toml`: what the waiting room sees and
//! hears.

use super::check::{Checker, time};
use super::form::RawWords;
use super::{LANGUAGES, Words};
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Spanned;

/// The screen in the waiting room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Display {
    /// A call stays large for at least this long, seconds.
    pub call_seconds: u32,
    /// Last calls listed, 3 to 8.
    pub last_calls: u32,
    /// A line that runs along the bottom.
    pub marquee: Option<Words>,
    /// Notices shown in turn while nobody is called.
    pub notices: Vec<Notice>,
    /// Seconds each notice stays.
    pub notice_seconds: u32,
}

impl Default for Display {
    fn default() -> Self {
        Display { call_seconds: 6, last_calls: 6, marquee: None, notices: Vec::new(), notice_seconds: 12 }
    }
}

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// A few words.
    pub title: Words,
    /// A sentence or two.
    pub text: Words,
}

/// The voice in the waiting room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// What is heard.
    pub mode: VoiceMode,
    /// Languages in which each call is spoken, in turn.
    pub languages: Vec<String>,
    /// How numbers are spoken.
    pub digits: Digits,
    /// The sentence by language as names of clips, with `{label}` and `{counter}` in their places.
    pub say: BTreeMap<String, Vec<String>>,
    /// Loudness outside `louder`, percent.
    pub volume: u32,
    /// Other loudness by time of day; the first period that holds counts.
    pub volumes: Vec<VolumePeriod>,
}

impl Voice {
    /// Loudness at a time of day, percent.
    pub fn volume_at(&self, at: Time) -> u32 {
        self.volumes.iter().find(|v| v.from <= at && at < v.to).map_or(self.volume, |v| v.percent)
    }
}

impl Default for Voice {
    fn default() -> Self {
        Voice {
            mode: VoiceMode::Full,
            languages: vec![LANGUAGES[0].to_owned()],
            digits: Digits::Each,
            say: LANGUAGES.iter().map(|lang| ((*lang).to_owned(), usual_say())).collect(),
            volume: 80,
            volumes: Vec::new(),
        }
    }
}

/// The clips of the usual sentence; every language has them under the same names.
fn usual_say() -> Vec<String> {
    ["invite", "{label}", "to-counter", "{counter}"].map(str::to_owned).to_vec()
}

/// What is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoiceMode {
    /// Chime and sentence.
    #[default]
    Full,
    /// Only the chime.
    Chime,
    /// Nothing.
    Off,
}

/// How numbers are spoken. The letter is always spoken as a letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Digits {
    /// `A017` is "A không một bảy".
    #[default]
    Each,
    /// `A017` is "A một bảy".
    EachWithoutZeros,
    /// `A017` is "A mười bảy".
    Number,
}

/// Loudness within a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumePeriod {
    /// From, inclusive.
    pub from: Time,
    /// To, exclusive.
    pub to: Time,
    /// Loudness, percent.
    pub percent: u32,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDisplay {
    call_seconds: Option<Spanned<i64>>,
    last_calls: Option<Spanned<i64>>,
    marquee: Option<RawWords>,
    notices: Vec<RawNotice>,
    notice_seconds: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNotice {
    title: RawWords,
    text: RawWords,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawVoice {
    mode: VoiceMode,
    languages: Option<Spanned<Vec<String>>>,
    digits: Digits,
    say: BTreeMap<String, Spanned<Vec<String>>>,
    volume: Option<Spanned<i64>>,
    volumes: Vec<RawVolume>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVolume {
    hours: Spanned<String>,
    percent: Spanned<i64>,
}

impl Checker<'_> {
    pub(super) fn display(&mut self, raw: &RawDisplay) -> Display {
        let usual = Display::default();
        if raw.notices.len() > 20 {
            let at = raw.notices.get(20).map_or(0..0, |n| n.title.span());
            self.fault(at, ("at most twenty notices", "tối đa hai mươi thông báo"));
        }
        Display {
            call_seconds: self.seconds(raw.call_seconds.as_ref(), "call_seconds", 3..=30, usual.call_seconds),
            last_calls: self.whole(raw.last_calls.as_ref(), "last_calls", 3..=8, usual.last_calls),
            marquee: raw.marquee.as_ref().map(|m| self.words(m, ("the marquee", "dòng chữ chạy"), 300)),
            notices: raw
                .notices
                .iter()
                .map(|n| Notice {
                    title: self.words(&n.title, ("the notice's title", "tiêu đề thông báo"), 60),
                    text: self.words(&n.text, ("the notice's text", "nội dung thông báo"), 240),
                })
                .collect(),
            notice_seconds: self.seconds(
                raw.notice_seconds.as_ref(),
                "notice_seconds",
                4..=120,
                usual.notice_seconds,
            ),
        }
    }

    pub(super) fn voice(&mut self, raw: &RawVoice) -> Voice {
        let usual = Voice::default();
        let languages = match &raw.languages {
            Some(named) => self.spoken(named),
            None => vec![self.languages.first().cloned().unwrap_or_else(|| LANGUAGES[0].to_owned())],
        };
        let mut say = usual.say;
        for (lang, clips) in &raw.say {
            self.say(lang, clips);
            say.insert(lang.clone(), clips.get_ref().clone());
        }
        Voice {
            mode: raw.mode,
            languages,
            digits: raw.digits,
            say,
            volume: self.whole(raw.volume.as_ref(), "volume", 0..=100, usual.volume),
            volumes: raw.volumes.iter().filter_map(|v| self.volume(v)).collect(),
        }
    }

    fn spoken(&mut self, raw: &Spanned<Vec<String>>) -> Vec<String> {
        if raw.get_ref().is_empty() {
            self.fault(
                raw.span(),
                (
                    "`languages` of [voice] is empty; for silence write mode = \"off\"",
                    "`languages` của [voice] để trống; nếu không đọc thì ghi mode = \"off\"",
                ),
            );
        }
        for lang in raw.get_ref() {
            if !LANGUAGES.contains(&lang.as_str()) {
                let known = LANGUAGES.join(", ");
                self.fault(
                    raw.span(),
                    (
                        format!("no clips for language `{lang}`; there are {known}"),
                        format!("chưa có giọng đọc cho ngôn ngữ `{lang}`; có {known}"),
                    ),
                );
            }
        }
        raw.get_ref().clone()
    }

    fn say(&mut self, lang: &str, raw: &Spanned<Vec<String>>) {
        if !LANGUAGES.contains(&lang) {
            self.fault(
                raw.span(),
                (
                    format!("no clips for language `{lang}`"),
                    format!("chưa có giọng đọc cho ngôn ngữ `{lang}`"),
                ),
            );
        }
        for needed in ["{label}", "{counter}"] {
            if raw.get_ref().iter().filter(|c| *c == needed).count() != 1 {
                self.fault(
                    raw.span(),
                    (
                        format!("the sentence needs {needed} once"),
                        format!("câu đọc cần {needed} đúng một lần"),
                    ),
                );
            }
        }
        for clip in raw.get_ref().iter().filter(|c| !c.starts_with('{')) {
            if clip.is_empty()
                || !clip.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            {
                self.fault(
                    raw.span(),
                    (
                        format!("`{clip}` is not a clip's name: small letters, digits, hyphens"),
                        format!(
                            "`{clip}` không phải tên đoạn âm thanh: chữ thường không dấu, chữ số, gạch nối"
                        ),
                    ),
                );
            }
        }
    }

    fn volume(&mut self, raw: &RawVolume) -> Option<VolumePeriod> {
        let percent = self.whole(Some(&raw.percent), "percent", 0..=100, 80);
        let parsed = raw.hours.get_ref().split_once('-').and_then(|(a, b)| Some((time(a)?, time(b)?)));
        match parsed.filter(|(from, to)| from < to) {
            Some((from, to)) => Some(VolumePeriod { from, to, percent }),
            None => {
                let say = (
                    format!("`{}` is not a period such as \"11:00-13:30\"", raw.hours.get_ref()),
                    format!("`{}` không phải khoảng giờ như \"11:00-13:30\"", raw.hours.get_ref()),
                );
                self.fault(raw.hours.span(), say);
                None
            }
        }
    }
}
