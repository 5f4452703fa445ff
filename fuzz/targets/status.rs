// SPDX-License-Identifier: MIT OR Apache-2.0
//! The classifier of a printer's replies, fed anything.
//!
//! An input is the bytes as they come from the printer. `FF` begins an action of the host: `FF 00 n` a `DLE EOT n` was
//! asked, `FF 01` a `GS r`, `FF 02` Custom's full status, `FF 03` the line was quiet, `FF 04` real-time questions are
//! given up; any other byte after it stands for itself.
//!
//! Promises that are checked: replies do not depend on how the bytes were cut into reads; no byte is lost or counted
//! twice; nothing is answered that was not asked; answers come in the order of the questions; whatever came before, an
//! answer after a quiet moment is understood.
#![no_main]

use libfuzzer_sys::fuzz_target;
use motcua_hal::printer::escpos::status::{Classifier, Question, Reply};

enum Action<'a> {
    Ask(Question),
    Quiet,
    GiveUp,
    Bytes(&'a [u8]),
}

fn actions(mut data: &[u8]) -> Vec<Action<'_>> {
    let mut actions = Vec::new();
    while let Some(&first) = data.first() {
        let (action, used) = match *data {
            [0xFF, 0x00, n, ..] => (Action::Ask(Question::Realtime(n)), 3),
            [0xFF, 0x01, ..] => (Action::Ask(Question::Queued), 2),
            [0xFF, 0x02, ..] => (Action::Ask(Question::Full), 2),
            [0xFF, 0x03, ..] => (Action::Quiet, 2),
            [0xFF, 0x04, ..] => (Action::GiveUp, 2),
            _ if first == 0xFF => (Action::Bytes(&data[..1]), 1),
            _ => {
                let end = data.iter().position(|byte| *byte == 0xFF).unwrap_or(data.len());
                (Action::Bytes(&data[..end]), end)
            }
        };
        actions.push(action);
        data = &data[used..];
    }
    actions
}

/// Bytes of the stream for which a reply stands.
fn length(reply: &Reply) -> usize {
    match reply {
        Reply::Asb(_) => 4,
        Reply::ProcessId(_) => 7,
        Reply::Cleared => 3,
        Reply::Full(_) => 6,
        // Header and closing NUL.
        Reply::Block { text, .. } => text.len() + 2,
        _ => 1,
    }
}

/// Everything in reads of at most `read` bytes, and a quiet line at the end.
fn run(actions: &[Action<'_>], read: usize) -> (Classifier, Vec<Reply>) {
    let mut classifier = Classifier::new();
    let mut replies = Vec::new();
    for action in actions {
        match action {
            Action::Ask(question) => classifier.expect(*question),
            Action::Quiet => classifier.idle(&mut replies),
            Action::GiveUp => classifier.forget_realtime(),
            Action::Bytes(bytes) => {
                for part in bytes.chunks(read) {
                    classifier.feed(part, &mut replies);
                }
            }
        }
    }
    classifier.idle(&mut replies);
    (classifier, replies)
}

/// The real-time questions answered must be a subsequence of those asked: none twice, none out of order.
fn answers_keep_the_order(actions: &[Action<'_>], replies: &[Reply]) {
    let mut asked = actions.iter().filter_map(|action| match action {
        Action::Ask(Question::Realtime(n)) => Some(*n),
        _ => None,
    });
    for reply in replies {
        if let Reply::Realtime { n, byte } = reply {
            assert!(asked.any(|question| question == *n), "an answer to a question {n} nobody asked");
            assert_eq!(byte & 0x93, 0x12, "not the shape of an answer");
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let actions = actions(data);
    let (mut classifier, replies) = run(&actions, usize::MAX);
    for read in [1, 3] {
        assert_eq!(run(&actions, read).1, replies, "reads of {read} bytes");
    }
    let sent: usize =
        actions.iter().map(|action| if let Action::Bytes(b) = action { b.len() } else { 0 }).sum();
    assert_eq!(replies.iter().map(length).sum::<usize>(), sent, "bytes were lost or made up");
    answers_keep_the_order(&actions, &replies);
    let asked = |wanted: Question| {
        actions.iter().filter(|action| matches!(action, Action::Ask(question) if *question == wanted)).count()
    };
    let got = |wanted: fn(&Reply) -> bool| replies.iter().filter(|reply| wanted(reply)).count();
    assert!(got(|reply| matches!(reply, Reply::Queued(_))) <= asked(Question::Queued));
    assert!(got(|reply| matches!(reply, Reply::Full(_))) <= asked(Question::Full));
    // The line is quiet now: what comes is understood, whatever came before.
    classifier.forget_realtime();
    classifier.expect(Question::Realtime(4));
    classifier.expect(Question::Queued);
    let mut after = Vec::new();
    classifier.feed(&[0x7E, 0x0C, 0x10, 0x00, 0x03, 0x00], &mut after);
    classifier.feed(b"\x37\x22abcd\x00", &mut after);
    let expected = [
        Reply::Realtime { n: 4, byte: 0x7E },
        Reply::Queued(0x0C),
        Reply::Asb([0x10, 0, 3, 0]),
        Reply::ProcessId(*b"abcd"),
    ];
    assert_eq!(after, expected);
});
