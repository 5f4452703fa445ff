// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waiting for something that happens elsewhere.

use std::time::{Duration, Instant};

/// Polls for up to 45 s: a limit for a broken program, not a measurement.
pub fn until(good: impl FnMut() -> bool) -> bool {
    until_for(Duration::from_secs(45), good)
}

/// Polls for so long.
pub fn until_for(limit: Duration, mut good: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if good() {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        pause(Duration::from_millis(15));
    }
}

/// Lets other processes go on.
pub fn pause(time: Duration) {
    let (_keep, nothing) = std::sync::mpsc::channel::<()>();
    let _ = nothing.recv_timeout(time);
}
