// SPDX-License-Identifier: MIT OR Apache-2.0
//! I9: whatever the network does, the receiver holds an exact prefix of the
//! sender's lane. Batches are doubled, swapped, cut, lost with their answers, or
//! come from another database; a real [`Sender`] drives them.

use crate::support::{Dir, Made, postgres, sqlite};
use motcua_link::receive::{Memory, SqlStore, Store, TakeError};
use motcua_link::send::{Next, Reply, Request, Sender};
use motcua_link::testing::Postgres;
use motcua_link::wire::{Batch, Encoding, Epoch, Heading, Lane, Problem, ProblemKind, inflate, write};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// A request on its way.
#[derive(Clone)]
pub struct Letter {
    pub heading: Heading,
    pub body: Vec<u8>,
}

impl Letter {
    pub fn of(request: &Request) -> Letter {
        Letter { heading: request.heading.clone(), body: write(&request.events).unwrap() }
    }
}

pub async fn deliver(store: &dyn Store, made: &Made, letter: &Letter) -> Reply {
    let read = inflate(Encoding::Zstd, &letter.body)
        .and_then(|body| Batch::read(made.source.clone(), Lane::Business, letter.heading.clone(), &body));
    let batch = match read {
        Ok(batch) => batch,
        Err(e) => return Reply::Problem(e.into(), None),
    };
    match store.take(batch, 1_764_000_000_000).await {
        Ok(receipt) => Reply::Taken(receipt),
        Err(TakeError::Problem(problem)) => Reply::Problem(*problem, None),
        Err(TakeError::Db(e)) => Reply::Problem(Problem::new(ProblemKind::Unavailable, e.to_string()), None),
    }
}

/// Sends `batches` batches over a network that is drawn from `seed`; returns how many were bent.
async fn suffer(store: &dyn Store, made: Made, batches: u32, seed: u64) -> (Made, u32) {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[&seed.to_le_bytes()[..], &[0; 24]].concat());
    let mut draw = move |n: u32| rng.next_u32() % n;
    let mut sender = Sender::new(made.clone()).unwrap();
    let mut late: Vec<Letter> = Vec::new();
    let (mut sent, mut bent) = (0, 0);
    while sent < batches {
        let grow = u64::from(draw(12));
        sender.outbox().head += grow;
        if draw(200) == 0 {
            // The sender is started anew, and may have forgotten what was acknowledged last.
            let mut outbox = sender.outbox().clone();
            if draw(2) == 0 {
                outbox.acked = made.acked;
            }
            sender = Sender::new(outbox).unwrap();
        }
        let Next::Send(request) = sender.due().unwrap() else { continue };
        sent += 1;
        let letter = Letter::of(&request);
        let reply = match draw(10) {
            // Lost on the way there, or held back to come later.
            0 => {
                late.push(letter);
                Reply::Lost("lost".into())
            }
            // The answer is lost.
            1 => {
                deliver(store, &made, &letter).await;
                Reply::Lost("no answer".into())
            }
            // Comes twice.
            2 => {
                deliver(store, &made, &letter).await;
                deliver(store, &made, &letter).await
            }
            // Cut off.
            3 => {
                let mut cut = letter.clone();
                cut.body.truncate(draw(u32::try_from(cut.body.len()).unwrap()) as usize);
                deliver(store, &made, &cut).await
            }
            // From a copy of the card.
            4 => {
                let mut clone = letter.clone();
                clone.heading.epoch = Epoch::random().unwrap();
                let reply = deliver(store, &made, &clone).await;
                let known = store.cursor(&made.source, Lane::Business).await.unwrap().is_some();
                assert!(!known || matches!(&reply, Reply::Problem(p, _) if p.status == 409), "{reply:?}");
                if !known {
                    continue;
                }
                deliver(store, &made, &letter).await
            }
            // Something old comes now.
            5 if !late.is_empty() => {
                let at = draw(u32::try_from(late.len()).unwrap()) as usize;
                let old = late.swap_remove(at);
                deliver(store, &made, &old).await;
                deliver(store, &made, &letter).await
            }
            // A number too far.
            6 => {
                let mut hole = letter.clone();
                hole.heading.first += 1 + u64::from(draw(50));
                hole.heading.last = None;
                deliver(store, &made, &hole).await;
                deliver(store, &made, &letter).await
            }
            _ => deliver(store, &made, &letter).await,
        };
        bent += u32::from(!matches!(reply, Reply::Taken(_)));
        let _ = sender.replied(&request, reply, 0).unwrap();
    }
    (sender.outbox().clone(), bent)
}

/// Everything that is held, by number, must be the beginning of what the sender has.
fn is_prefix(made: &Made, held: &[(u64, String)], acked: u64) {
    assert_eq!(held.len() as u64, acked);
    for (at, (seq, kind_and_data)) in held.iter().enumerate() {
        assert_eq!(*seq, at as u64 + 1);
        assert_eq!(*kind_and_data, made.event(*seq).data.get());
    }
}

/// The first batch decides about the epoch, so a lane is begun before the network goes wild.
async fn begin(store: &dyn Store, made: &mut Made) {
    made.head = 3;
    let mut sender = Sender::new(made.clone()).unwrap();
    let Next::Send(request) = sender.due().unwrap() else { panic!("nothing to send") };
    let reply = deliver(store, made, &Letter::of(&request)).await;
    sender.replied(&request, reply, 0).unwrap();
    *made = sender.outbox().clone();
}

#[tokio::test]
async fn a_hundred_thousand_batches_leave_an_exact_prefix() {
    let store = Memory::default();
    let mut all = 0;
    for seed in 0..20 {
        let mut made = Made::new(&format!("hub-{seed}"));
        begin(&store, &mut made).await;
        let (end, bent) = suffer(&store, made, 5_000, seed).await;
        assert!(bent > 500, "{bent}");
        let held = store.events(&end.source, Lane::Business);
        let held: Vec<_> = held.iter().map(|e| (e.seq(), e.data.get().to_owned())).collect();
        let acked = store.cursor(&end.source, Lane::Business).await.unwrap().unwrap().acked_through;
        is_prefix(&end, &held, acked);
        assert!(acked > 20_000 && acked <= end.head, "{acked} of {}", end.head);
        assert_eq!(store.quarantined(&end.source, Lane::Business), 0);
        all += 5_000;
    }
    assert_eq!(all, 100_000);
}

async fn prefix_in(store: SqlStore, batches: u32) {
    let mut made = Made::new("hub");
    begin(&store, &mut made).await;
    let (end, _) = suffer(&store, made, batches, 7).await;
    let rows = store
        .db()
        .read(|tx| {
            Box::pin(async move {
                tx.rows("SELECT seq, data FROM events WHERE lane = 'business' ORDER BY seq", &[]).await
            })
        })
        .await
        .unwrap();
    let held: Vec<_> = rows.iter().map(|r| (r.number(0).unwrap(), r.text(1).unwrap())).collect();
    let acked = store.cursor(&end.source, Lane::Business).await.unwrap().unwrap().acked_through;
    is_prefix(&end, &held, acked);
}

#[tokio::test]
async fn sqlite_holds_an_exact_prefix() {
    let dir = Dir::new();
    prefix_in(sqlite(&dir).await, 3_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_holds_an_exact_prefix() {
    let server = Postgres::start();
    prefix_in(postgres(&server).await, 3_000).await;
}

/// A back-up was restored: its next events take numbers that the receiver holds with other events.
#[tokio::test]
async fn a_restored_back_up_is_never_merged_and_goes_on_under_a_new_epoch() {
    let store = Memory::default();
    let mut made = Made::new("hub");
    begin(&store, &mut made).await;
    let back_up = made.clone();
    made.head = 10;
    let mut sender = Sender::new(made.clone()).unwrap();
    let Next::Send(request) = sender.due().unwrap() else { panic!() };
    let reply = deliver(&store, &made, &Letter::of(&request)).await;
    sender.replied(&request, reply, 0).unwrap();

    let mut restored = back_up;
    (restored.head, restored.past) = (12, 500);
    let old = restored.epoch.clone();
    let mut sender = Sender::new(restored).unwrap();
    for _ in 0..3 {
        let Next::Send(request) = sender.due().unwrap() else { panic!() };
        let made = sender.outbox().clone();
        let reply = deliver(&store, &made, &Letter::of(&request)).await;
        sender.replied(&request, reply, 0).unwrap();
    }
    let state = sender.state().unwrap();
    assert_eq!(state.stuck.unwrap().kind, ProblemKind::Epoch.urn());
    assert_ne!(sender.outbox().epoch, old);
    assert_eq!(store.events(&sender.outbox().source, Lane::Business).len(), 10);

    // A technician says that the database was restored.
    let now = sender.outbox().clone();
    store.accept(&now.source, Lane::Business, now.epoch.clone());
    let Next::Send(request) = sender.due().unwrap() else { panic!() };
    let reply = deliver(&store, &now, &Letter::of(&request)).await;
    assert!(matches!(&reply, Reply::Taken(r) if r.acked_through == 12), "{reply:?}");
    sender.replied(&request, reply, 0).unwrap();
    assert!(matches!(sender.due().unwrap(), Next::Idle));
    assert_eq!(store.events(&now.source, Lane::Business).len(), 10 + 9);

    // The old database is never heard again.
    let mut copy = Made { epoch: old, past: 0, ..now };
    (copy.start, copy.head, copy.acked) = (1, 11, None);
    let mut sender = Sender::new(copy.clone()).unwrap();
    let Next::Send(request) = sender.due().unwrap() else { panic!() };
    let reply = deliver(&store, &copy, &Letter::of(&request)).await;
    assert!(matches!(&reply, Reply::Problem(p, _) if p.kind == ProblemKind::Retired.urn()), "{reply:?}");
}

/// The receiver lost what it held (a new central): everything comes again from the beginning.
#[tokio::test]
async fn a_receiver_that_begins_anew_gets_everything_again() {
    let mut made = Made::new("hub");
    begin(&Memory::default(), &mut made).await;
    made.head = 1_700;
    let fresh = Memory::default();
    let mut sender = Sender::new(made.clone()).unwrap();
    while let Next::Send(request) = sender.due().unwrap() {
        let reply = deliver(&fresh, &made, &Letter::of(&request)).await;
        sender.replied(&request, reply, 0).unwrap();
    }
    let held = fresh.events(&made.source, Lane::Business);
    let held: Vec<_> = held.iter().map(|e| (e.seq(), e.data.get().to_owned())).collect();
    is_prefix(&made, &held, 1_700);
}
