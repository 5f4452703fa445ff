// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[software]`: which version of the firmware the hall's devices should run. A rollout of the central sets it, wave by
//! wave, as any other key.

use super::check::Checker;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSoftware {
    version: Spanned<String>,
}

/// Whether a text is a version as releases have them: numbers between dots, and a word after a dash for a trial.
pub fn is_version(text: &str) -> bool {
    let (numbers, word) = text.split_once('-').map_or((text, None), |(n, w)| (n, Some(w)));
    let number = |n: &str| (1..=6).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
    let word =
        word.is_none_or(|w| (1..=20).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_alphanumeric()));
    word && (2..=4).contains(&numbers.split('.').count()) && numbers.split('.').all(number)
}

impl Checker<'_> {
    pub(super) fn software(&mut self, raw: &RawSoftware) -> Option<String> {
        let version = raw.version.get_ref();
        if is_version(version) {
            return Some(version.clone());
        }
        self.fault(
            raw.version.span(),
            (
                format!("`{version}` is not a version such as \"1.2.0\""),
                format!("`{version}` không phải phiên bản như \"1.2.0\""),
            ),
        );
        None
    }
}
