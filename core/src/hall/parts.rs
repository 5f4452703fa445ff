// SPDX-License-Identifier: MIT OR Apache-2.0
//! What many keys of `hall.toml` have in common: names, texts, dates, numbers
//! within bounds, each with its fault in both languages.

use super::check::Checker;
use super::form::*;
use super::*;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;

/// What a fault is about, in English and in Vietnamese; a key of the file is the same in both.
#[derive(Clone, Copy)]
pub(super) struct Named(pub &'static str, pub &'static str);

impl From<&'static str> for Named {
    fn from(key: &'static str) -> Named {
        Named(key, key)
    }
}

impl From<(&'static str, &'static str)> for Named {
    fn from((en, vi): (&'static str, &'static str)) -> Named {
        Named(en, vi)
    }
}

impl Checker<'_> {
    /// Keys stand in URLs and file names.
    pub(super) fn key(&mut self, raw: &Spanned<String>, what: impl Into<Named>) -> String {
        let Named(what, of) = what.into();
        let key = raw.get_ref();
        let good = (1..=40).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !key.starts_with('-');
        if !good {
            let say = (
                format!("{what} `{key}` must be 1 to 40 small letters, digits and hyphens"),
                format!("{of} `{key}` phải gồm 1 đến 40 chữ thường không dấu, chữ số và gạch nối"),
            );
            self.fault(raw.span(), say);
        }
        key.clone()
    }

    /// Text that is shown or printed: one line, not empty, not endless.
    pub(super) fn text(&mut self, span: Range<usize>, text: &str, what: impl Into<Named>, max: usize) {
        let Named(what, of) = what.into();
        let chars = text.trim().chars().count();
        if chars == 0 {
            self.fault(span, (format!("{what} is empty"), format!("{of} để trống")));
        } else if chars > max {
            self.fault(
                span,
                (
                    format!("{what} has {chars} characters; at most {max} fit"),
                    format!("{of} dài {chars} ký tự; tối đa {max}"),
                ),
            );
        } else if text.chars().any(char::is_control) {
            self.fault(
                span,
                (
                    format!("{what} must be one line without control characters"),
                    format!("{of} phải nằm trên một dòng, không có ký tự điều khiển"),
                ),
            );
        }
    }

    pub(super) fn date(&mut self, raw: &Spanned<String>) -> Option<Date> {
        let parsed = raw.get_ref().parse::<Date>().ok().filter(|_| raw.get_ref().len() == 10);
        if parsed.is_none() {
            self.fault(
                raw.span(),
                (
                    format!("`{}` is not a date such as \"2027-02-05\"", raw.get_ref()),
                    format!("`{}` không phải ngày như \"2027-02-05\"", raw.get_ref()),
                ),
            );
        }
        parsed
    }

    pub(super) fn words(&mut self, raw: &RawWords, what: impl Into<Named>, max: usize) -> Words {
        let named = what.into();
        let Named(what, of) = named;
        for (lang, text) in raw.get_ref() {
            if !self.languages.contains(lang) {
                self.fault(
                    raw.span(),
                    (
                        format!("{what} has a text for `{lang}`, which is not in `languages`"),
                        format!("{of} có bản `{lang}`, là ngôn ngữ không có trong `languages`"),
                    ),
                );
            }
            self.text(raw.span(), text, named, max);
        }
        for lang in self.languages.clone() {
            if !raw.get_ref().contains_key(&lang) {
                self.fault(
                    raw.span(),
                    (
                        format!("{what} has no text for language `{lang}`"),
                        format!("{of} thiếu bản cho ngôn ngữ `{lang}`"),
                    ),
                );
            }
        }
        Words(raw.get_ref().iter().map(|(k, v)| (k.clone(), v.trim().to_owned())).collect())
    }

    pub(super) fn icon(&mut self, raw: &Spanned<String>) -> String {
        if !ICONS.contains(&raw.get_ref().as_str()) {
            let known = ICONS.join(", ");
            self.fault(
                raw.span(),
                (
                    format!("no icon `{}`; there are {known}", raw.get_ref()),
                    format!("không có biểu tượng `{}`; có {known}", raw.get_ref()),
                ),
            );
        }
        raw.get_ref().clone()
    }

    pub(super) fn unique<'r>(
        &mut self,
        seen: &mut BTreeSet<&'r str>,
        raw: &'r Spanned<String>,
        what: impl Into<Named>,
    ) {
        let Named(what, of) = what.into();
        if !seen.insert(raw.get_ref()) {
            self.fault(
                raw.span(),
                (
                    format!("{what} `{}` is there twice", raw.get_ref()),
                    format!("{of} `{}` có hai lần", raw.get_ref()),
                ),
            );
        }
    }

    pub(super) fn seconds(
        &mut self,
        raw: Option<&Spanned<i64>>,
        what: impl Into<Named>,
        range: std::ops::RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        self.bounded(raw, what, (" seconds", " giây"), range, default)
    }

    pub(super) fn whole(
        &mut self,
        raw: Option<&Spanned<i64>>,
        what: impl Into<Named>,
        range: std::ops::RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        self.bounded(raw, what, ("", ""), range, default)
    }

    fn bounded(
        &mut self,
        raw: Option<&Spanned<i64>>,
        what: impl Into<Named>,
        (unit, of_unit): (&str, &str),
        range: std::ops::RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        let Some(raw) = raw else { return default };
        match u32::try_from(*raw.get_ref()).ok().filter(|v| range.contains(v)) {
            Some(v) => v,
            None => {
                let (lo, hi) = (range.start(), range.end());
                let Named(what, of) = what.into();
                self.fault(
                    raw.span(),
                    (
                        format!("{what} must be {lo} to {hi}{unit}"),
                        format!("{of} phải từ {lo} đến {hi}{of_unit}"),
                    ),
                );
                default
            }
        }
    }
}
