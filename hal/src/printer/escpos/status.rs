// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sorts the bytes that a printer sends back into typed replies. Pure and incremental: bytes in, replies out, no I/O, no
//! clock; it never panics, whatever it is fed. What a reply means for the printer's state is decided elsewhere.
//!
//! Replies carry no common frame. They are told apart by fixed bits (Epson's ESC/POS reference, "Identifying status"):
//!
//! | reply | bits | example |
//! |---|---|---|
//! | `DLE EOT n` | `0xx1xx10` | `12` |
//! | automatic status back | `0xx1xx00` and three times `0xx0xxxx` | `10 00 00 00` |
//! | `GS r` | `0000xxxx` | `00` |
//! | flow control | `11`, `13` | |
//! | blocks | `37`, `3D` or `5F`, printable bytes, `00` | `37 22 31 32 33 34 00` |
//! | Custom's full status | `10 0F` and four bytes | `10 0F 00 00 00 00` |
//!
//! Real-time replies and flow control may stand inside the others, and any byte may be noise. Where one byte could be
//! two things, what was asked for decides.

use std::collections::VecDeque;

/// Longest block that a printer is believed to send (GS I strings are at most 80 bytes).
const LONGEST_BLOCK: usize = 96;

/// One reply of a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// The answer to the `DLE EOT n` that was asked first.
    Realtime {
        /// Which status was asked for.
        n: u8,
        /// The status byte.
        byte: u8,
    },
    /// Shaped like an answer to `DLE EOT`, but nobody asked (such bytes come from raster data with `10 04 n` in it).
    Stray(u8),
    /// Automatic status back.
    Asb([u8; 4]),
    /// The answer to `GS r 1`: bits 0 and 1 near end, bits 2 and 3 paper end.
    Queued(u8),
    /// The process id that was put behind a job with `GS ( H`.
    ProcessId([u8; 4]),
    /// The buffers were cleared (`DLE DC4` function 8).
    Cleared,
    /// Any other block: its first byte and its text (`GS I`).
    Block {
        /// `37`, `3D` or `5F`.
        header: u8,
        /// What stands between the header and the closing NUL.
        text: Vec<u8>,
    },
    /// Custom's full status: paper, user, recoverable errors, unrecoverable errors.
    Full([u8; 4]),
    /// XON.
    Resume,
    /// XOFF.
    Pause,
    /// A byte that is none of these.
    Noise(u8),
}

/// What was asked and not yet answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// `DLE EOT n`.
    Realtime(u8),
    /// `GS r 1`.
    Queued,
    /// `DLE EOT 20` (Custom).
    Full,
}

/// The incremental sorter.
#[derive(Debug, Default)]
pub struct Classifier {
    realtime: VecDeque<u8>,
    queued: usize,
    full: usize,
    partial: Vec<u8>,
}

impl Classifier {
    /// A sorter that expects nothing.
    pub fn new() -> Classifier {
        Classifier::default()
    }

    /// Says that a question was sent, so that its answer is known when it comes.
    pub fn expect(&mut self, question: Question) {
        match question {
            Question::Realtime(n) => self.realtime.push_back(n),
            Question::Queued => self.queued += 1,
            Question::Full => self.full += 1,
        }
    }

    /// Gives up on the real-time questions: their answers, should they still come, are stray.
    pub fn forget_realtime(&mut self) {
        self.realtime.clear();
        self.full = 0;
    }

    /// Gives up on everything and drops what was half received, as after reopening the link.
    pub fn reset(&mut self) {
        *self = Classifier::default();
    }

    /// Sorts further bytes; complete replies are appended to `replies`.
    pub fn feed(&mut self, bytes: &[u8], replies: &mut Vec<Reply>) {
        for &byte in bytes {
            self.byte(byte, replies);
        }
    }

    /// Says that the line has been quiet for long (100 ms): what is half received will not be completed, so its bytes
    /// are sorted one by one. Without this one disturbed byte could swallow a later answer.
    pub fn idle(&mut self, replies: &mut Vec<Reply>) {
        while !self.partial.is_empty() {
            self.give_up(replies);
        }
    }

    fn byte(&mut self, byte: u8, replies: &mut Vec<Reply>) {
        match self.partial.first().copied() {
            None => self.first(byte, replies),
            Some(0x10) if self.is_full_status() => self.in_full(byte, replies),
            Some(first) if is_asb_first(first) => self.in_asb(byte, replies),
            Some(_) => self.in_block(byte, replies),
        }
    }

    /// A byte outside of any longer reply.
    fn first(&mut self, byte: u8, replies: &mut Vec<Reply>) {
        match byte {
            0x11 => replies.push(Reply::Resume),
            0x13 => replies.push(Reply::Pause),
            0x37 | 0x3D | 0x5F => self.partial.push(byte),
            _ if is_realtime(byte) => self.realtime_answer(byte, replies),
            _ if is_asb_first(byte) => self.partial.push(byte),
            _ => self.single(byte, replies),
        }
    }

    fn realtime_answer(&mut self, byte: u8, replies: &mut Vec<Reply>) {
        replies.push(match self.realtime.pop_front() {
            Some(n) => Reply::Realtime { n, byte },
            None => Reply::Stray(byte),
        });
    }

    /// A byte that begins nothing longer.
    fn single(&mut self, byte: u8, replies: &mut Vec<Reply>) {
        if byte & 0xF0 == 0 && self.queued > 0 {
            self.queued -= 1;
            replies.push(Reply::Queued(byte));
        } else {
            replies.push(Reply::Noise(byte));
        }
    }

    /// Whether `10` is to be read as the begin of Custom's full status.
    fn is_full_status(&self) -> bool {
        self.full > 0 && matches!(self.partial.get(1), None | Some(0x0F))
    }

    fn in_full(&mut self, byte: u8, replies: &mut Vec<Reply>) {
        if self.partial.len() == 1 && byte != 0x0F {
            // Not the full status after all: `10` began an automatic status, or was noise.
            return self.in_asb(byte, replies);
        }
        self.partial.push(byte);
        if let [_, _, paper, user, recoverable, unrecoverable] = self.partial[..] {
            self.partial.clear();
            self.full -= 1;
            replies.push(Reply::Full([paper, user, recoverable, unrecoverable]));
        }
    }

    fn in_asb(&mut self, byte: u8, replies: &mut Vec<Reply>) {
        match byte {
            0x11 => replies.push(Reply::Resume),
            0x13 => replies.push(Reply::Pause),
            _ if is_realtime(byte) => self.realtime_answer(byte, replies),
            _ if byte & 0x90 == 0 => {
                self.partial.push(byte);
                if let [first, second, third, fourth] = self.partial[..] {
                    self.partial.clear();
                    replies.push(Reply::Asb([first, second, third, fourth]));
                }
            }
            _ => self.broken_by(byte, replies),
        }
    }

    fn in_block(&mut self, byte: u8, replies: &mut Vec<Reply>) {
        match byte {
            0x00 => match block(&self.partial) {
                Some(reply) => {
                    self.partial.clear();
                    replies.push(reply);
                }
                None => self.broken_by(byte, replies),
            },
            0x20..=0x7E if self.partial.len() < LONGEST_BLOCK => self.partial.push(byte),
            0x11 => replies.push(Reply::Resume),
            0x13 => replies.push(Reply::Pause),
            _ if is_realtime(byte) && byte < 0x20 => self.realtime_answer(byte, replies),
            _ => self.broken_by(byte, replies),
        }
    }

    /// What was begun cannot go on with `byte`: its first byte was noise, the rest is sorted again.
    fn broken_by(&mut self, byte: u8, replies: &mut Vec<Reply>) {
        self.give_up(replies);
        self.byte(byte, replies);
    }

    /// Drops the first byte of what is half received as noise and sorts the rest again. Each call leaves fewer bytes
    /// half received than before, which is why [`Classifier::idle`] and `broken_by` end.
    fn give_up(&mut self, replies: &mut Vec<Reply>) {
        let pending = std::mem::take(&mut self.partial);
        let Some((&first, rest)) = pending.split_first() else { return };
        replies.push(Reply::Noise(first));
        self.feed(rest, replies);
    }
}

/// `DLE EOT n`: bits 1 and 4 set, bits 0 and 7 clear.
fn is_realtime(byte: u8) -> bool {
    byte & 0x93 == 0x12
}

/// First byte of an automatic status: bit 4 set, bits 0, 1 and 7 clear.
fn is_asb_first(byte: u8) -> bool {
    byte & 0x93 == 0x10
}

/// A complete block without its closing NUL.
fn block(bytes: &[u8]) -> Option<Reply> {
    match *bytes {
        [0x37, 0x22, a, b, c, d] => Some(Reply::ProcessId([a, b, c, d])),
        [0x37, 0x25] => Some(Reply::Cleared),
        // A lone header and NUL is far more often noise beside an answer to GS r than an empty string.
        [_] | [0x37, 0x22, ..] => None,
        [header, ref text @ ..] => Some(Reply::Block { header, text: text.to_vec() }),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(questions: &[Question], bytes: &[u8]) -> Vec<Reply> {
        let mut classifier = Classifier::new();
        for &question in questions {
            classifier.expect(question);
        }
        let mut replies = Vec::new();
        classifier.feed(bytes, &mut replies);
        replies
    }

    #[test]
    fn real_time_answers_are_matched_in_order_and_the_rest_is_stray() {
        let replies = sort(&[Question::Realtime(1), Question::Realtime(4)], &[0x1A, 0x7E, 0x12]);
        assert_eq!(
            replies,
            [Reply::Realtime { n: 1, byte: 0x1A }, Reply::Realtime { n: 4, byte: 0x7E }, Reply::Stray(0x12)]
        );
    }

    #[test]
    fn asb_takes_answers_and_flow_control_in_its_middle() {
        let replies = sort(&[Question::Realtime(2)], &[0x18, 0x13, 0x00, 0x32, 0x0F, 0x11, 0x00]);
        assert_eq!(
            replies,
            [
                Reply::Pause,
                Reply::Realtime { n: 2, byte: 0x32 },
                Reply::Resume,
                Reply::Asb([0x18, 0x00, 0x0F, 0x00])
            ]
        );
    }

    #[test]
    fn queued_status_only_when_asked() {
        assert_eq!(sort(&[Question::Queued], &[0x00, 0x00]), [Reply::Queued(0), Reply::Noise(0)]);
        assert_eq!(sort(&[Question::Queued], &[0x0C]), [Reply::Queued(0x0C)]);
        assert_eq!(sort(&[Question::Queued], &[0x80, 0x24]), [Reply::Noise(0x80), Reply::Noise(0x24)]);
    }

    #[test]
    fn blocks() {
        assert_eq!(sort(&[], b"\x37\x22abcd\x00"), [Reply::ProcessId(*b"abcd")]);
        assert_eq!(sort(&[], b"\x37\x22a\x13bcd\x00"), [Reply::Pause, Reply::ProcessId(*b"abcd")]);
        assert_eq!(sort(&[], b"\x37\x25\x00"), [Reply::Cleared]);
        assert_eq!(sort(&[], b"_TM-T88V\x00"), [Reply::Block { header: 0x5F, text: b"TM-T88V".to_vec() }]);
    }

    #[test]
    fn full_status_only_when_asked() {
        let bytes = [0x10, 0x0F, 0x20, 0xFF, 0x11, 0x01];
        assert_eq!(sort(&[Question::Full], &bytes), [Reply::Full([0x20, 0xFF, 0x11, 0x01])]);
        assert_eq!(sort(&[Question::Full], &[0x10, 0, 0, 0]), [Reply::Asb([0x10, 0, 0, 0])]);
        assert_eq!(sort(&[], &[0x10, 0x0F, 0, 0]), [Reply::Asb([0x10, 0x0F, 0, 0])]);
    }

    #[test]
    fn noise_that_looks_like_a_begin_swallows_nothing() {
        // A lost header byte, then a genuine queued answer.
        assert_eq!(sort(&[Question::Queued], &[0x37, 0x00]), [Reply::Noise(0x37), Reply::Queued(0)]);
        // Half an automatic status, then a whole one.
        let replies = sort(&[], &[0x10, 0x00, 0x10, 0x00, 0x03, 0x00]);
        assert_eq!(replies, [Reply::Noise(0x10), Reply::Noise(0), Reply::Asb([0x10, 0, 3, 0])]);
        // Half an automatic status, then silence: the queued answer behind it is found when the line goes quiet.
        let mut classifier = Classifier::new();
        classifier.expect(Question::Queued);
        let mut replies = Vec::new();
        classifier.feed(&[0x14, 0x00], &mut replies);
        assert_eq!(replies, []);
        classifier.idle(&mut replies);
        assert_eq!(replies, [Reply::Noise(0x14), Reply::Queued(0)]);
    }
}
