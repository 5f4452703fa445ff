// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[queue]` of `hall.toml`: who is called next, and what becomes of people who
//! do not come.

use super::check::Checker;
use serde::Deserialize;
use toml::Spanned;

/// Rules of calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueRules {
    /// When priority tickets go before the others.
    pub priority: PriorityPolicy,
    /// A called ticket may be marked absent after this many further calls of it.
    pub recalls_before_absent: u32,
    /// Seconds between two calls of one ticket at least.
    pub recall_seconds: u32,
    /// A ticket that comes back stands behind this many that wait for its service.
    pub return_behind: u32,
    /// Until when an absent ticket may come back.
    pub return_within: ReturnWithin,
    /// Where a transferred ticket stands.
    pub transfer: TransferTo,
}

impl Default for QueueRules {
    fn default() -> Self {
        QueueRules {
            priority: PriorityPolicy::Strict,
            recalls_before_absent: 1,
            recall_seconds: 10,
            return_behind: 3,
            return_within: ReturnWithin::HalfDay,
            transfer: TransferTo::Head,
        }
    }
}

/// When priority tickets go before the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorityPolicy {
    /// Always.
    Strict,
    /// One of every `n` calls of a counter, while both kinds wait; `n` is 2 or more.
    OneIn(u32),
}

/// Until when an absent ticket may come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReturnWithin {
    /// Within the opening period in which it was called.
    #[default]
    HalfDay,
    /// On the same business day.
    Day,
    /// Not at all: a new number is taken.
    Never,
}

/// Where a transferred ticket stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferTo {
    /// Before all that wait there, behind tickets transferred earlier.
    #[default]
    Head,
    /// Where its own arrival puts it.
    Arrival,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawPolicy {
    #[default]
    Strict,
    OneIn,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawQueue {
    priority: RawPolicy,
    one_in: Option<Spanned<i64>>,
    recalls_before_absent: Option<Spanned<i64>>,
    recall_seconds: Option<Spanned<i64>>,
    return_behind: Option<Spanned<i64>>,
    return_within: ReturnWithin,
    transfer: TransferTo,
}

impl Checker<'_> {
    pub(super) fn queue(&mut self, raw: &RawQueue) -> QueueRules {
        let usual = QueueRules::default();
        let one_in = self.whole(raw.one_in.as_ref(), "one_in", 2..=20, 3);
        QueueRules {
            priority: match raw.priority {
                RawPolicy::Strict => PriorityPolicy::Strict,
                RawPolicy::OneIn => PriorityPolicy::OneIn(one_in),
            },
            recalls_before_absent: self.whole(
                raw.recalls_before_absent.as_ref(),
                "recalls_before_absent",
                0..=9,
                usual.recalls_before_absent,
            ),
            recall_seconds: self.seconds(
                raw.recall_seconds.as_ref(),
                "recall_seconds",
                0..=300,
                usual.recall_seconds,
            ),
            return_behind: self.whole(
                raw.return_behind.as_ref(),
                "return_behind",
                0..=99,
                usual.return_behind,
            ),
            return_within: raw.return_within,
            transfer: raw.transfer,
        }
    }
}
