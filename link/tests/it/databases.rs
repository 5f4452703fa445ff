// SPDX-License-Identifier: MIT OR Apache-2.0
//! Chapter 6 and 4.5: who may speak from which database, and how an idle lane
//! finds out that its receiver is not what it was.

use crate::prefix::{Letter, deliver};
use crate::support::{Dir, Made, postgres, sqlite};
use motcua_link::receive::{Memory, SqlStore, Store, TakeError, accept_next};
use motcua_link::send::{Next, Reply, Sender};
use motcua_link::testing::Postgres;
use motcua_link::wire::{Batch, Encoding, Lane, ProblemKind, inflate};

/// Sends whatever is due until nothing is, or until the receiver refuses: then why.
async fn talk(store: &dyn Store, sender: &mut Sender<Made>) -> Option<String> {
    while let Next::Send(request) = sender.due().unwrap() {
        let made = sender.outbox().clone();
        let reply = deliver(store, &made, &Letter::of(&request)).await;
        let refused = if let Reply::Problem(p, _) = &reply { Some(p.kind.clone()) } else { None };
        sender.replied(&request, reply, 0).unwrap();
        if refused.as_deref().is_some_and(|kind| kind != ProblemKind::Hole.urn()) {
            return refused;
        }
    }
    None
}

async fn enrol_anew(store: &SqlStore, made: &Made) {
    let source = made.source.clone();
    store.db().write(move |tx| Box::pin(async move { accept_next(tx, &source).await })).await.unwrap();
}

/// A hub is enrolled anew and goes on with its database. A copy of its disk, from then or later, must wait for a person.
async fn an_enrolment_lets_one_database_in(store: SqlStore) {
    let waits = Some(ProblemKind::Epoch.urn().to_owned());
    let mut made = Made::new("hub");
    made.head = 7;
    let mut sender = Sender::new(made.clone()).unwrap();
    assert_eq!(talk(&store, &mut sender).await, None);
    enrol_anew(&store, &made).await;
    // Nothing new happened in the hall; its question alone uses the permission up.
    sender.doubt();
    assert!(matches!(sender.due().unwrap(), Next::Send(r) if r.events.is_empty()));
    assert_eq!(talk(&store, &mut sender).await, None);
    let mut copy = Sender::new(Made { head: 9, past: 500, ..Made::new("hub") }).unwrap();
    assert_eq!(talk(&store, &mut copy).await, waits);

    // A new box comes with the next ticket, and the old one is over.
    enrol_anew(&store, &made).await;
    assert_eq!(talk(&store, &mut copy).await, None);
    sender.outbox().head = 8;
    assert_eq!(talk(&store, &mut sender).await.as_deref(), Some(ProblemKind::Retired.urn()));
    assert_eq!(talk(&store, &mut sender).await, waits, "it begins anew once, and waits for a person then");
    assert_eq!(store.cursor(&made.source, Lane::Business).await.unwrap().unwrap().acked_through, 9);
}

#[tokio::test]
async fn an_enrolment_lets_one_database_in_on_sqlite() {
    let dir = Dir::new();
    an_enrolment_lets_one_database_in(sqlite(&dir).await).await;
}

#[tokio::test]
async fn an_enrolment_lets_one_database_in_on_postgresql() {
    let server = Postgres::start();
    an_enrolment_lets_one_database_in(postgres(&server).await).await;
}

/// A copy of the disk spoke further than the right machine, which is then enrolled anew: what it asks while it still
/// goes on with the old epoch must not cost it its permission.
async fn the_right_machine_comes_back_behind_a_copy(store: SqlStore) {
    let made = Made { head: 7, ..Made::new("hub") };
    let mut right = Sender::new(made.clone()).unwrap();
    assert_eq!(talk(&store, &mut right).await, None);
    let mut copy = Sender::new(Made { head: 9, ..right.outbox().clone() }).unwrap();
    assert_eq!(talk(&store, &mut copy).await, None);
    enrol_anew(&store, &made).await;
    right.doubt();
    assert_eq!(talk(&store, &mut right).await, None);
    assert_ne!(right.outbox().epoch, made.epoch, "it begins anew");
    right.outbox().head = 8;
    assert_eq!(talk(&store, &mut right).await, None);
    let cursor = store.cursor(&made.source, Lane::Business).await.unwrap().unwrap();
    assert_eq!((cursor.epoch, cursor.acked_through), (right.outbox().epoch.clone(), 8));
    // The copy's old epoch is over, and it gets no second one.
    copy.outbox().head = 10;
    assert_eq!(talk(&store, &mut copy).await.as_deref(), Some(ProblemKind::Retired.urn()));
    assert_eq!(talk(&store, &mut copy).await.as_deref(), Some(ProblemKind::Epoch.urn()));
}

#[tokio::test]
async fn the_right_machine_comes_back_behind_a_copy_on_sqlite() {
    let dir = Dir::new();
    the_right_machine_comes_back_behind_a_copy(sqlite(&dir).await).await;
}

#[tokio::test]
async fn the_right_machine_comes_back_behind_a_copy_on_postgresql() {
    let server = Postgres::start();
    the_right_machine_comes_back_behind_a_copy(postgres(&server).await).await;
}

/// A relay judged the database itself. What it brings from the next one is taken, and the one before is over.
#[tokio::test]
async fn a_relay_vouches_for_the_databases_it_brings() {
    let dir = Dir::new();
    let store = sqlite(&dir).await;
    let batch = |made: &Made| {
        let Next::Send(request) = Sender::new(made.clone()).unwrap().due().unwrap() else { panic!() };
        let letter = Letter::of(&request);
        let body = inflate(Encoding::Zstd, &letter.body).unwrap();
        let batch = Batch::read(made.source.clone(), Lane::Business, letter.heading, &body).unwrap();
        Batch { vouched: true, ..batch }
    };
    let (old, new) = (Made { head: 3, ..Made::new("kiosk-1") }, Made { head: 2, ..Made::new("kiosk-1") });
    for made in [&old, &new] {
        assert_eq!(store.take(batch(made), 1).await.unwrap().acked_through, made.head);
    }
    let late = store.take(batch(&old), 2).await;
    let Err(TakeError::Problem(problem)) = late else { panic!("{late:?}") };
    assert_eq!(problem.kind, ProblemKind::Retired.urn());
}

/// The receiver was restored from a back-up while nothing happened in the hall.
#[tokio::test]
async fn an_idle_lane_finds_out_that_its_receiver_was_restored() {
    let made = Made { head: 40, ..Made::new("hub") };
    let mut sender = Sender::new(made.clone()).unwrap();
    assert_eq!(talk(&Memory::default(), &mut sender).await, None);
    let restored = Memory::default();
    assert!(matches!(sender.due().unwrap(), Next::Idle));
    sender.doubt();
    assert_eq!(talk(&restored, &mut sender).await, None);
    assert_eq!(restored.events(&made.source, Lane::Business).len(), 40);
    assert!(matches!(sender.due().unwrap(), Next::Idle), "it asks once");
}
