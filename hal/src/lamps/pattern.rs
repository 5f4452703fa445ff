// SPDX-License-Identifier: MIT OR Apache-2.0
//! Blinking and beeping as a function of time. Pure: the time since the pattern began comes in.

use std::time::Duration;

/// How a lamp or the buzzer goes on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pattern {
    /// Off.
    #[default]
    Off,
    /// On.
    On,
    /// On and off for ever, beginning with on.
    Blink {
        /// How long it is on each time.
        on: Duration,
        /// How long it is off each time.
        off: Duration,
    },
    /// On so many times, then off for good.
    Pulses {
        /// How many times.
        count: u32,
        /// How long it is on each time.
        on: Duration,
        /// How long it is off between two of them.
        off: Duration,
    },
}

impl Pattern {
    /// On and off for equal times. Below about 170 ms (three flashes a second) it may trigger seizures: WCAG 2.3.1.
    pub fn blink(half_period: Duration) -> Pattern {
        Pattern::Blink { on: half_period, off: half_period }
    }

    /// Beeps of 80 ms with pauses of 80 ms: short enough to answer a press, long enough to be heard in a hall.
    pub fn beeps(count: u32) -> Pattern {
        Pattern::Pulses { count, on: Duration::from_millis(80), off: Duration::from_millis(80) }
    }

    /// Whether it is on so long after it began, and how long until that changes; `None` is never.
    pub fn at(&self, elapsed: Duration) -> (bool, Option<Duration>) {
        match *self {
            Pattern::Off => (false, None),
            Pattern::On => (true, None),
            Pattern::Blink { on, off: _ } if on.is_zero() => (false, None),
            Pattern::Blink { on: _, off } if off.is_zero() => (true, None),
            Pattern::Blink { on, off } => {
                let (_, within) = split(elapsed, on + off);
                if within < on { (true, Some(on - within)) } else { (false, Some(on + off - within)) }
            }
            Pattern::Pulses { on, .. } if on.is_zero() => (false, None),
            Pattern::Pulses { count, on, off } => {
                let (pulse, within) = split(elapsed, on + off);
                if pulse >= u128::from(count) {
                    return (false, None);
                }
                let last = pulse + 1 == u128::from(count);
                match (within < on, last) {
                    (true, _) => (true, Some(on - within)),
                    (false, true) => (false, None),
                    (false, false) => (false, Some(on + off - within)),
                }
            }
        }
    }
}

/// Whole periods that have passed, and the time since the last one. The period is not zero.
fn split(elapsed: Duration, period: Duration) -> (u128, Duration) {
    let (elapsed, period) = (elapsed.as_nanos(), period.as_nanos().max(1));
    let within = u64::try_from(elapsed % period).unwrap_or(u64::MAX);
    (elapsed / period, Duration::from_nanos(within))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_lamp_blinks_for_ever() {
        let pattern = Pattern::Blink { on: ms(300), off: ms(700) };
        for (at, wanted) in [(0, (true, 300)), (299, (true, 1)), (300, (false, 700)), (3_600_999, (false, 1))]
        {
            assert_eq!(pattern.at(ms(at)), (wanted.0, Some(ms(wanted.1))), "{at}");
        }
    }

    #[test]
    fn a_buzzer_beeps_so_many_times() {
        let pattern = Pattern::beeps(2);
        for (at, on) in
            [(0, true), (79, true), (80, false), (159, false), (160, true), (240, false), (9000, false)]
        {
            assert_eq!(pattern.at(ms(at)).0, on, "{at}");
        }
        assert_eq!(pattern.at(ms(240)).1, None);
        assert_eq!(Pattern::beeps(0).at(ms(0)), (false, None));
    }

    #[test]
    fn times_of_zero_do_no_harm() {
        assert_eq!(Pattern::blink(ms(0)).at(ms(5)), (false, None));
        assert_eq!(Pattern::Blink { on: ms(5), off: ms(0) }.at(ms(5)), (true, None));
        let endless = Pattern::Pulses { count: 2, on: ms(0), off: ms(0) };
        assert_eq!(endless.at(ms(5)), (false, None));
    }

    proptest! {
        #[test]
        fn the_next_change_is_a_change_or_a_new_period_and_time_goes_on(
            count in 0..5u32, on in 0..50u64, off in 0..50u64, at in 0..1000u64, forever in any::<bool>(),
        ) {
            let (on, off) = (ms(on), ms(off));
            let pattern = if forever { Pattern::Blink { on, off } } else { Pattern::Pulses { count, on, off } };
            let (level, next) = pattern.at(ms(at));
            if let Some(next) = next {
                prop_assert!(!next.is_zero());
                // Between the two it does not change.
                prop_assert_eq!(pattern.at(ms(at) + next - Duration::from_nanos(1)).0, level);
            }
        }
    }
}
