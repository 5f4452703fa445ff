// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command protocol of the GM65, GM805, GM812, GM861 modules and their like (Hangzhou Grow; "Serial control" in their
//! manuals). Commands are `7E 00`, type, length, address, data, CRC; replies `02 00 00`, length, data, CRC, those to a
//! heartbeat `03 00 00`. Replies come at any moment between the data of scans. Pure: bytes in, bytes out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Zone;

const READ: u8 = 0x07;
const WRITE: u8 = 0x08;
const HEARTBEAT: u8 = 0x0A;
/// The byte whose lowest bit starts a reading in command mode.
const TRIGGER: u16 = 0x0002;
/// How long a module may take to reply. At 9600 baud a scan of 400 bytes may be on the line before the reply.
const REPLY: Duration = Duration::from_millis(1000);
/// Between heartbeats; the manuals advise ten seconds.
const BEAT: Duration = Duration::from_secs(10);
/// Attempts before a module counts as silent.
const ATTEMPTS: u8 = 3;

/// CRC-16/XMODEM: polynomial 1021, start 0, as the manuals' sample code computes it.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 },
        )
    })
}

fn command(kind: u8, address: u16, value: u8) -> Vec<u8> {
    let [high, low] = address.to_be_bytes();
    let body = [kind, 1, high, low, value];
    [&[0x7E, 0x00], body.as_slice(), &crc16(&body).to_be_bytes()].concat()
}

/// Takes replies out of what a module sends.
#[derive(Debug, Default)]
pub struct Splitter {
    /// What may become a reply.
    held: Vec<u8>,
}

/// A reply's data.
pub(super) type Reply = Vec<u8>;

impl Splitter {
    /// Gives the bytes of scans and the replies among what came. What may be the beginning of a reply is held back.
    pub fn feed(&mut self, bytes: &[u8], data: &mut Vec<u8>, replies: &mut Vec<Vec<u8>>) {
        for &byte in bytes {
            self.held.push(byte);
            while !self.held.is_empty() {
                match whole(&self.held) {
                    Some(true) => {
                        replies.push(self.held[4..self.held.len() - 2].to_vec());
                        self.held.clear();
                    }
                    // More is to come.
                    Some(false) => break,
                    None => data.push(self.held.remove(0)),
                }
            }
        }
    }

    /// The line is quiet: what was held was no reply.
    pub fn quiet(&mut self, data: &mut Vec<u8>) {
        data.append(&mut self.held);
    }
}

/// Whether bytes are a whole reply, may become one, or are none.
fn whole(bytes: &[u8]) -> Option<bool> {
    let begins = matches!(bytes[0], 0x02 | 0x03) && bytes.iter().skip(1).take(2).all(|byte| *byte == 0);
    if !begins {
        return None;
    }
    let Some(&length) = bytes.get(3) else { return Some(false) };
    let end = 4 + usize::from(length);
    if bytes.len() < end + 2 {
        return Some(false);
    }
    let crc = crc16(&bytes[2..end]).to_be_bytes();
    // ABCD stands for a CRC that nobody computed.
    (bytes[end..] == crc || bytes[end..] == [0xAB, 0xCD]).then_some(true)
}

/// What is asked of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Beat,
    Read { zone: Zone, again: bool, encoding: bool },
    Write { zone: Zone, encoding: bool },
    Trigger,
}

/// News of a module's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// The encoding is as it shall be, or not to be changed.
    Encoding { right: bool },
    /// Another zone is not to be changed.
    Stubborn { address: u16 },
}

/// The module at the other end: what is asked, what is waited for.
#[derive(Debug)]
pub(super) struct Module {
    waiting: VecDeque<Asked>,
    /// What was sent, until when a reply is awaited, how often.
    flight: Option<(Asked, Instant, u8)>,
    next_beat: Instant,
}

impl Module {
    /// A module that was opened now; its zones are looked at first, the encoding's too.
    pub(super) fn new(zones: &[Zone], encoding: Option<Zone>, now: Instant) -> Module {
        let mut waiting = VecDeque::from([Asked::Beat]);
        waiting.extend(zones.iter().map(|zone| Asked::Read { zone: *zone, again: false, encoding: false }));
        waiting.extend(encoding.map(|zone| Asked::Read { zone, again: false, encoding: true }));
        Module { waiting, flight: None, next_beat: now + BEAT }
    }

    pub(super) fn trigger(&mut self) {
        self.waiting.push_front(Asked::Trigger);
    }

    /// What to send now. `Err` when the module has not replied to several attempts.
    pub(super) fn send(&mut self, now: Instant) -> Result<Option<Vec<u8>>, ()> {
        let (asked, attempt) = match self.flight {
            Some((_, until, _)) if now < until => return Ok(None),
            Some((_, _, ATTEMPTS)) => return Err(()),
            Some((asked, _, attempt)) => (asked, attempt + 1),
            None => {
                if now >= self.next_beat {
                    self.waiting.push_back(Asked::Beat);
                    self.next_beat = now + BEAT;
                }
                match self.waiting.pop_front() {
                    Some(asked) => (asked, 1),
                    None => return Ok(None),
                }
            }
        };
        self.flight = Some((asked, now + REPLY, attempt));
        Ok(Some(match asked {
            Asked::Beat => command(HEARTBEAT, 0, 0),
            // Of a reading, the value is how many bytes.
            Asked::Read { zone, .. } => command(READ, zone.address, 1),
            Asked::Write { zone, .. } => command(WRITE, zone.address, zone.value),
            Asked::Trigger => command(WRITE, TRIGGER, 1),
        }))
    }

    /// When something is due.
    pub(super) fn due(&self) -> Instant {
        match self.flight {
            Some((_, until, _)) => until,
            None => self.next_beat,
        }
    }

    /// Whether something waits to be sent.
    pub(super) fn has_more(&self) -> bool {
        self.flight.is_none() && !self.waiting.is_empty()
    }

    /// A reply has come; one that nobody awaits is ignored.
    pub(super) fn reply(&mut self, reply: &Reply) -> Option<News> {
        let (asked, _, _) = self.flight.take()?;
        match asked {
            Asked::Beat | Asked::Trigger => None,
            Asked::Write { zone, encoding } => {
                self.waiting.push_front(Asked::Read { zone, again: true, encoding });
                None
            }
            Asked::Read { zone, again, encoding } => {
                let found = *reply.first()?;
                let right = found & zone.mask == zone.value & zone.mask;
                if !right && !again {
                    let value = found & !zone.mask | zone.value & zone.mask;
                    self.waiting.push_front(Asked::Write { zone: Zone { value, ..zone }, encoding });
                    return None;
                }
                match (encoding, right) {
                    (true, right) => Some(News::Encoding { right }),
                    (false, false) => Some(News::Stubborn { address: zone.address }),
                    (false, true) => None,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_and_replies_are_those_of_the_manuals() {
        assert_eq!(command(HEARTBEAT, 0, 0), [0x7E, 0, 0x0A, 1, 0, 0, 0, 0x30, 0x1A]);
        assert_eq!(command(READ, 0x2A, 2), [0x7E, 0, 7, 1, 0, 0x2A, 2, 0xD8, 0x0F]);
        assert_eq!(command(WRITE, TRIGGER, 1), [0x7E, 0, 8, 1, 0, 2, 1, 0x02, 0xDA]);
        assert_eq!(crc16(&[0x00, 0x01, 0x00]), 0x3331);
        // Save to flash, and setting 9600 baud.
        assert_eq!(crc16(&[9, 1, 0, 0, 0]), 0xDEC8);
        assert_eq!(crc16(&[8, 2, 0, 0x2A, 0x39, 1]), 0xA7EA);
    }

    fn split(bytes: &[u8], read: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
        let (mut splitter, mut data, mut replies) = (Splitter::default(), Vec::new(), Vec::new());
        for part in bytes.chunks(read) {
            splitter.feed(part, &mut data, &mut replies);
        }
        splitter.quiet(&mut data);
        (data, replies)
    }

    #[test]
    fn replies_are_taken_out_of_the_data_wherever_they_come() {
        let ack = [0x02, 0, 0, 1, 0, 0x33, 0x31];
        let text = "Trần Thị Ví Dụ".as_bytes();
        for at in 0..=text.len() {
            let bytes = [&text[..at], &ack, &text[at..]].concat();
            for read in [1, 2, 64] {
                assert_eq!(split(&bytes, read), (text.to_vec(), vec![vec![0]]));
            }
        }
        // Not a reply: wrong CRC, cut off.
        assert_eq!(split(&[0x02, 0, 0, 1, 0, 0x33, 0x32], 3).1, Vec::<Vec<u8>>::new());
        assert_eq!(split(&ack[..5], 3), (ack[..5].to_vec(), vec![]));
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_or_made_up(bytes in prop::collection::vec(prop::sample::select(vec![0u8, 1, 2, 3, 0x33, 0x31, 0xAB, 0xCD]), 0..200), read in 1usize..9) {
            let (data, replies) = split(&bytes, read);
            let taken: usize = replies.iter().map(|reply| reply.len() + 6).sum();
            prop_assert_eq!(data.len() + taken, bytes.len());
            prop_assert_eq!(split(&bytes, 1000), (data, replies));
        }
    }

    #[test]
    fn a_module_that_garbles_is_set_right_or_said() {
        let start = Instant::now();
        let zone = Zone { address: 0x0D, mask: 0x0C, value: 0x04 };
        for obeys in [true, false] {
            let mut module = Module::new(&[], Some(zone), start);
            let mut value = 0x01;
            let mut news = None;
            while let Some(sent) = module.send(start).unwrap() {
                let reply = match (sent[2], sent[6]) {
                    (READ, _) => vec![value],
                    (WRITE, wanted) => {
                        value = if obeys { wanted } else { value };
                        vec![0]
                    }
                    _ => vec![0],
                };
                news = module.reply(&reply).or(news);
            }
            assert_eq!(
                (news, value),
                (Some(News::Encoding { right: obeys }), if obeys { 0x05 } else { 0x01 })
            );
        }
    }

    #[test]
    fn a_silent_module_is_asked_three_times() {
        let start = Instant::now();
        let mut module = Module::new(&[], None, start);
        for attempt in 0..3 {
            let now = start + REPLY * attempt;
            assert!(module.send(now).unwrap().is_some() && module.send(now).unwrap().is_none());
        }
        assert!(module.send(start + REPLY * 3).is_err());
    }
}
