// SPDX-License-Identifier: MIT OR Apache-2.0
//! The last lines of the device log, kept in memory for the bench's page.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Lines kept.
const KEPT: usize = 500;

/// The ring of this process.
static RING: Ring = Ring(Mutex::new((0, VecDeque::new())));

/// A ring of log lines with the number of lines ever written.
#[derive(Debug)]
pub struct Ring(Mutex<(u64, VecDeque<String>)>);

/// Writes to the terminal and to the ring.
#[derive(Debug)]
pub struct Tee;

impl io::Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut ring = RING.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in text.lines() {
            ring.0 += 1;
            ring.1.push_back(line.to_owned());
            if ring.1.len() > KEPT {
                ring.1.pop_front();
            }
        }
        drop(ring);
        io::stderr().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl Ring {
    /// Lines after number `after`, and the number of the last one.
    pub fn after(after: u64) -> (u64, Vec<String>) {
        let ring = RING.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, lines) = (ring.0, &ring.1);
        let fresh = usize::try_from(last.saturating_sub(after)).unwrap_or(usize::MAX).min(lines.len());
        (last, lines.iter().skip(lines.len() - fresh).cloned().collect())
    }
}
