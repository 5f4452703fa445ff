// SPDX-License-Identifier: MIT OR Apache-2.0
//! The classifier of the printer's bytes under anything a line can bring: it never panics, loses no byte, and finds the
//! genuine replies among noise.

use motcua_hal::printer::escpos::status::{Classifier, Question, Reply};
use proptest::prelude::*;

/// How many bytes of the line a reply accounts for.
fn bytes_of(reply: &Reply) -> usize {
    match reply {
        Reply::Asb(_) => 4,
        Reply::Full(_) => 6,
        Reply::ProcessId(_) => 7,
        Reply::Cleared => 3,
        Reply::Block { text, .. } => text.len() + 2,
        _ => 1,
    }
}

fn question() -> impl Strategy<Value = Question> {
    prop_oneof![(1u8..=4).prop_map(Question::Realtime), Just(Question::Queued), Just(Question::Full)]
}

/// A whole genuine reply and what it must be read as.
fn genuine() -> impl Strategy<Value = (Vec<u8>, Reply)> {
    let text = prop::array::uniform4(0x20u8..=0x7E);
    prop_oneof![
        text.prop_map(|id| ([&[0x37, 0x22][..], &id, &[0]].concat(), Reply::ProcessId(id))),
        Just((vec![0x37, 0x25, 0x00], Reply::Cleared)),
        "[A-Z0-9 .-]{1,40}".prop_map(|text| {
            let text = text.into_bytes();
            ([&[0x5F][..], &text, &[0]].concat(), Reply::Block { header: 0x5F, text })
        }),
        (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(a, b, c, d)| {
            let status = [a & 0x6C | 0x10, b & 0x6F, c & 0x6F, d & 0x6F];
            (status.to_vec(), Reply::Asb(status))
        }),
    ]
}

/// Noise that cannot itself begin a longer reply or end one: bit 7 set.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0x80u8.., 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_accounted_for(
        questions in prop::collection::vec(question(), 0..6),
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
    ) {
        let mut classifier = Classifier::new();
        for question in questions {
            classifier.expect(question);
        }
        let mut replies = Vec::new();
        for chunk in &chunks {
            classifier.feed(chunk, &mut replies);
        }
        classifier.idle(&mut replies);
        let told: usize = replies.iter().map(bytes_of).sum();
        prop_assert_eq!(told, chunks.iter().map(Vec::len).sum::<usize>());
    }

    #[test]
    fn genuine_replies_are_found_among_noise_however_they_are_cut(
        parts in prop::collection::vec((noise(), genuine()), 1..8),
        cut in 1usize..9,
    ) {
        let line: Vec<u8> = parts.iter().flat_map(|(noise, (bytes, _))| noise.iter().chain(bytes)).copied().collect();
        let mut classifier = Classifier::new();
        let mut replies = Vec::new();
        for chunk in line.chunks(cut) {
            classifier.feed(chunk, &mut replies);
        }
        let found: Vec<_> = replies.into_iter().filter(|reply| !matches!(reply, Reply::Noise(_))).collect();
        let sent: Vec<_> = parts.into_iter().map(|(_, (_, reply))| reply).collect();
        prop_assert_eq!(found, sent);
    }

    #[test]
    fn real_time_answers_and_flow_control_are_found_inside_automatic_status(
        at in 1usize..4,
        flow in prop::bool::ANY,
        n in 1u8..=4,
        answer in any::<u8>(),
    ) {
        let answer = answer & 0x6C | 0x12;
        let mut line = vec![0x18, 0x00, 0x0F, 0x00];
        line.insert(at, answer);
        if flow {
            line.insert(at, 0x13);
        }
        let mut classifier = Classifier::new();
        classifier.expect(Question::Realtime(n));
        let mut replies = Vec::new();
        classifier.feed(&line, &mut replies);
        let wanted = Reply::Realtime { n, byte: answer };
        prop_assert!(replies.contains(&wanted));
        prop_assert!(replies.contains(&Reply::Asb([0x18, 0x00, 0x0F, 0x00])));
        prop_assert_eq!(replies.contains(&Reply::Pause), flow);
    }
}
