// SPDX-License-Identifier: MIT OR Apache-2.0
//! When an update that nobody stands by for may be installed: at night, and never while somebody is there or waits.

use super::Wait;
use crate::clock::unix_ms;
use crate::machine::Device;
use crate::watch::RoleState;

/// What an update waits for now.
pub fn waits(device: Option<&Device>, states: &[RoleState], minute: u16) -> Option<Wait> {
    let hours = device.and_then(|d| d.updates.as_deref()).unwrap_or(NIGHT);
    if !within(hours, minute) {
        return Some(Wait::Hours);
    }
    if states.iter().any(|s| s.facts.busy) {
        return Some(Wait::Busy);
    }
    if states.iter().any(|s| s.facts.waiting.is_some_and(|n| n > 0)) {
        return Some(Wait::People);
    }
    None
}

/// Where the settings say nothing.
const NIGHT: &str = "22:00-05:00";

/// A minute of the day lies in `22:00-05:00`, over midnight or not. The form was checked with the settings.
fn within(hours: &str, minute: u16) -> bool {
    let at = |text: &str| {
        let (h, m) = text.trim().split_once(':')?;
        Some(h.parse::<u16>().ok()? * 60 + m.parse::<u16>().ok()?)
    };
    let Some((from, to)) = hours.split_once('-').and_then(|(f, t)| Some((at(f)?, at(t)?))) else {
        return false;
    };
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

/// In the zone of the image, which is Vietnam's.
pub fn minute_of_day() -> u16 {
    let minutes = unix_ms() / 60_000 + 7 * 60;
    u16::try_from(minutes.rem_euclid(24 * 60)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_may_go_over_midnight() {
        for (minute, inside) in
            [(21 * 60 + 59, false), (22 * 60, true), (0, true), (4 * 60 + 59, true), (5 * 60, false)]
        {
            assert_eq!(within("22:00-05:00", minute), inside, "{minute}");
        }
        assert!(within("12:00-13:00", 12 * 60 + 30) && !within("12:00-13:00", 13 * 60));
    }

    #[test]
    fn nothing_is_installed_while_somebody_is_there_or_waits() {
        let state = |busy, waiting| RoleState {
            role: "kiosk".into(),
            pid: 1,
            at_ms: 0,
            drawn_ms: None,
            database: None,
            facts: crate::watch::Facts { busy, waiting, ..crate::watch::Facts::default() },
        };
        let night = 23 * 60;
        assert_eq!(waits(None, &[state(false, Some(0))], night), None);
        assert_eq!(waits(None, &[state(true, None)], night), Some(Wait::Busy));
        assert_eq!(waits(None, &[state(false, Some(1))], night), Some(Wait::People));
        assert_eq!(waits(None, &[state(false, Some(0))], 10 * 60), Some(Wait::Hours));
    }
}
