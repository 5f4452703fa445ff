// SPDX-License-Identifier: MIT OR Apache-2.0
//! How often an address may be wrong about tokens. A token cannot be guessed;
//! this keeps a broken device from filling the log and the hub's time.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Wrong tokens of one address in one window.
pub(crate) const MOST_WRONG: u32 = 10;
/// The window, ms.
pub(crate) const WINDOW_MS: i64 = 60_000;
/// Addresses that are remembered; beyond it the oldest is forgotten.
const MOST_ADDRESSES: usize = 4096;

#[derive(Debug, Default)]
pub(crate) struct Limit {
    seen: Mutex<HashMap<IpAddr, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began_ms: i64,
    wrong: u32,
}

impl Window {
    /// Seconds to wait; none when the window is over, or lies in the future of a clock that was set back.
    fn rest_s(self, now_ms: i64) -> Option<i64> {
        let rest = self.began_ms.saturating_add(WINDOW_MS).saturating_sub(now_ms);
        (1..=WINDOW_MS).contains(&rest).then_some((rest + 999) / 1000)
    }
}

impl Limit {
    /// Seconds that the address has to wait, if it has to.
    pub(crate) fn wait_s(&self, address: IpAddr, now_ms: i64) -> Option<i64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let window = seen.get(&place(address)).filter(|w| w.wrong >= MOST_WRONG)?;
        window.rest_s(now_ms)
    }

    /// Notes a wrong token.
    pub(crate) fn wrong(&self, address: IpAddr, now_ms: i64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let key = place(address);
        if seen.len() >= MOST_ADDRESSES && !seen.contains_key(&key) {
            seen.retain(|_, w| w.rest_s(now_ms).is_some());
            if seen.len() >= MOST_ADDRESSES
                && let Some(oldest) = seen.iter().min_by_key(|(_, w)| w.began_ms).map(|(k, _)| *k)
            {
                seen.remove(&oldest);
            }
        }
        let window = seen.entry(key).or_insert(Window { began_ms: now_ms, wrong: 0 });
        if window.rest_s(now_ms).is_none() {
            *window = Window { began_ms: now_ms, wrong: 0 };
        }
        window.wrong = window.wrong.saturating_add(1);
    }
}

/// One subscriber of IPv6 has a whole /64.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_tokens_then_a_minute_of_rest() {
        let limit = Limit::default();
        let address: IpAddr = "2001:db8::1".parse().unwrap();
        let neighbour: IpAddr = "2001:db8::2".parse().unwrap();
        for at in 0..MOST_WRONG {
            assert_eq!(limit.wait_s(address, i64::from(at)), None);
            limit.wrong(address, i64::from(at));
        }
        assert_eq!(limit.wait_s(neighbour, 10), Some(60));
        assert_eq!(limit.wait_s("192.0.2.1".parse().unwrap(), 10), None);
        assert_eq!(limit.wait_s(address, WINDOW_MS - 1), Some(1));
        assert_eq!(limit.wait_s(address, WINDOW_MS), None);
        limit.wrong(address, WINDOW_MS);
        assert_eq!(limit.wait_s(address, WINDOW_MS), None);
        // A clock that is set back holds nobody for ever.
        assert_eq!(limit.wait_s(address, -WINDOW_MS), None);
    }

    #[test]
    fn memory_is_bounded() {
        let limit = Limit::default();
        for i in 0..10_000_u32 {
            limit.wrong(IpAddr::from(i.to_be_bytes()), i64::from(i));
        }
        assert!(limit.seen.lock().unwrap().len() <= MOST_ADDRESSES);
    }
}
