// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hidden gesture: hold the upper left corner of the panel that speaks for
//! three to eight seconds, let go, then tap its upper right corner twice within
//! three seconds. Each part is what citizens, cleaners and broken glass do not do
//! one after the other: a long touch in a small place, then two short ones in
//! another, and nothing else between.

/// How long the left corner is held.
const HOLD_MS: std::ops::RangeInclusive<u64> = 3_000..=8_000;
/// The taps come within this time after it.
const WITHIN_MS: u64 = 3_000;
/// A tap is at most this long.
const TAP_MS: u64 = 600;
/// Two taps.
const TAPS: u8 = 2;

/// One of the two corners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corner {
    /// The upper left one.
    Left,
    /// The upper right one.
    Right,
}

/// What a finger did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It came down in a corner.
    Pressed(Corner),
    /// It left the glass after it had come down in a corner; still inside of it or not.
    Released(Corner, bool),
    /// It was anywhere else.
    Elsewhere,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Rest,
    Holding {
        since_ms: u64,
    },
    Held {
        at_ms: u64,
        taps: u8,
    },
    Tapping {
        at_ms: u64,
        taps: u8,
        since_ms: u64,
    },
}

/// How far a gesture has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gesture(At);

impl Gesture {
    /// Takes what a finger did at a steady time; true when the gesture is complete.
    pub fn take(&mut self, touched: Touched, now_ms: u64) -> bool {
        let (next, done) = match (self.0, touched) {
            (At::Holding { since_ms }, Touched::Released(Corner::Left, true))
                if HOLD_MS.contains(&now_ms.saturating_sub(since_ms)) =>
            {
                (At::Held { at_ms: now_ms, taps: 0 }, false)
            }
            (At::Held { at_ms, taps }, Touched::Pressed(Corner::Right)) if now_ms - at_ms <= WITHIN_MS => {
                (At::Tapping { at_ms, taps, since_ms: now_ms }, false)
            }
            (At::Tapping { at_ms, taps, since_ms }, Touched::Released(Corner::Right, true))
                if now_ms - since_ms <= TAP_MS && now_ms - at_ms <= WITHIN_MS =>
            {
                if taps + 1 == TAPS {
                    (At::Rest, true)
                } else {
                    (At::Held { at_ms, taps: taps + 1 }, false)
                }
            }
            (_, Touched::Pressed(Corner::Left)) => (At::Holding { since_ms: now_ms }, false),
            _ => (At::Rest, false),
        };
        self.0 = next;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::Corner::{Left, Right};
    use super::Touched::{Elsewhere, Pressed, Released};
    use super::*;

    fn fires(steps: &[(Touched, u64)]) -> bool {
        let mut gesture = Gesture::default();
        steps.iter().fold(false, |_, (touched, at)| gesture.take(*touched, *at))
    }

    #[test]
    fn held_and_tapped_twice() {
        let hold = [(Pressed(Left), 0), (Released(Left, true), 3_100)];
        let taps = [
            (Pressed(Right), 3_600),
            (Released(Right, true), 3_700),
            (Pressed(Right), 4_000),
            (Released(Right, true), 4_100),
        ];
        assert!(fires(&[&hold[..], &taps].concat()));
        assert!(!fires(&[&hold[..], &taps[..2]].concat()), "one tap");
        assert!(!fires(&[&hold[..], &[(Elsewhere, 3_500)], &taps].concat()), "something between");
        assert!(!fires(&[&[(Pressed(Left), 1_000)], &hold[1..], &taps].concat()), "held too briefly");
        assert!(!fires(&[&hold[..1], &[(Released(Left, false), 3_100)], &taps].concat()), "slipped off");
        let late: Vec<_> = taps.iter().map(|(touched, at)| (*touched, at + 4_000)).collect();
        assert!(!fires(&[&hold[..], &late].concat()), "too late");
        let again = fires(&[&[(Pressed(Left), 0), (Released(Left, true), 10)], &hold[..], &taps].concat());
        assert!(again, "whoever begins anew");
    }
}
