// SPDX-License-Identifier: MIT OR Apache-2.0
//! Accounts and sessions in both databases: set-up, guessing, the last person
//! of the province, and that every change is in the audit log.

use crate::support::*;
use crate::visitor::{SECRET, new};
use motcua_central::people::{self, AccountFault, Change, Role, SignInFault};
use motcua_link::testing::Postgres;
use std::sync::Arc;

const NOW: i64 = 1_764_000_000_000;
const HOUR: i64 = 3_600_000;

async fn log(app: &App) -> Vec<String> {
    let read = app.db().read(|tx| {
        Box::pin(async move {
            let rows = tx.rows("SELECT who, action, subject FROM audit ORDER BY id", &[]).await?;
            rows.iter().map(|r| Ok(format!("{} {} {}", r.text(0)?, r.text(1)?, r.text(2)?))).collect()
        })
    });
    read.await.unwrap()
}

async fn everybody_gets_in_and_nobody_else(app: &App) {
    let db = app.db();
    let first = people::setup_code(db).await.unwrap().unwrap();
    let code = people::setup_code(db).await.unwrap().unwrap();
    // The code of a program that was started before is no code any more.
    let old = people::set_up(db, &first, new("lan", Role::Province, &[])).await;
    assert!(matches!(old, Err(AccountFault::SetupCode)), "{old:?}");
    let mut weak = new("lan", Role::Province, &[]);
    weak.secret = "123456789012".into();
    assert!(matches!(people::set_up(db, &code, weak).await, Err(AccountFault::Weak(_))));
    people::set_up(db, &code, new("lan", Role::Province, &[])).await.unwrap();
    assert_eq!(people::setup_code(db).await.unwrap(), None);
    let again = people::set_up(db, &code, new("eve", Role::Province, &[])).await;
    assert!(matches!(again, Err(AccountFault::SetupCode)), "{again:?}");

    let nowhere = people::add(db, "lan", new("hung", Role::HallManager, &[])).await;
    assert!(matches!(nowhere, Err(AccountFault::NoSite)));
    people::add(db, "lan", new("hung", Role::HallManager, &["b", "a", "a"])).await.unwrap();
    let hung = people::account(db, "hung").await.unwrap().unwrap();
    assert_eq!(hung.sites, ["a", "b"]);
    assert!(hung.scope().has("a") && !hung.scope().has("c"));

    let token = people::sign_in(db, "hung", SECRET, "en", NOW).await.unwrap();
    let session = people::session(db, &token, NOW + 12 * HOUR - 1).await.unwrap().unwrap();
    assert_eq!((session.account.id.as_str(), session.lang.as_str()), ("hung", "en"));
    assert!(people::session(db, &token, NOW + 12 * HOUR).await.unwrap().is_none(), "a working day is over");
    assert!(people::session(db, "guess", NOW).await.unwrap().is_none());
    people::set_secret(db, "lan", "hung", "another long secret").await.unwrap();
    assert!(people::session(db, &token, NOW).await.unwrap().is_none(), "a new password ends sessions");

    let gone = Change { name: "Lan".into(), role: Role::Province, sites: Vec::new(), active: false };
    let last = people::change(db, "lan", "lan", gone).await;
    assert!(matches!(last, Err(AccountFault::LastProvince)), "{last:?}");
    let expected = [
        "set-up account-added lan",
        "lan account-added hung",
        "hung signed-in hung",
        "lan password-set hung",
    ];
    assert_eq!(log(app).await, expected);
}

/// Guesses sent all at once are all counted before any of them is looked at.
async fn guessing_is_locked(app: &App) {
    let db = app.db();
    let before = log(app).await.len();
    people::add(db, "lan", new("mai", Role::Auditor, &[])).await.unwrap();
    let app = Arc::new(app.clone());
    let guesses = (0..12).map(|n| {
        let app = app.clone();
        async move { people::sign_in(app.db(), "mai", &format!("a guess number {n}"), "vi", NOW).await }
    });
    let answers = futures_util::future::join_all(guesses).await;
    let looked = answers.iter().filter(|a| matches!(a, Err(SignInFault::Wrong))).count();
    let locked = answers.iter().filter(|a| matches!(a, Err(SignInFault::Locked { .. }))).count();
    assert_eq!((looked, locked), (5, 7), "{answers:?}");
    let right = people::sign_in(db, "mai", SECRET, "vi", NOW + 14 * 60_000).await;
    assert!(matches!(right, Err(SignInFault::Locked { minutes: 1 })), "{right:?}");
    people::sign_in(db, "mai", SECRET, "vi", NOW + 15 * 60_000).await.unwrap();
    let nobody = people::sign_in(db, "nobody", SECRET, "vi", NOW).await;
    assert!(matches!(nobody, Err(SignInFault::Wrong)));
    let log = log(&app).await;
    assert!(log[before..].iter().any(|l| l == "mai sign-in-locked mai"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_sqlite() {
    let dir = Dir::new();
    let app = sqlite(&dir).await;
    everybody_gets_in_and_nobody_else(&app).await;
    guessing_is_locked(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_postgresql() {
    let server = Postgres::start();
    let app = postgres(&server).await;
    everybody_gets_in_and_nobody_else(&app).await;
    // Another gateway at the same database knows them.
    guessing_is_locked(&postgres(&server).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_outlives_the_program() {
    let dir = Dir::new();
    let app = sqlite(&dir).await;
    let code = people::setup_code(app.db()).await.unwrap().unwrap();
    people::set_up(app.db(), &code, new("lan", Role::Province, &[])).await.unwrap();
    for _ in 0..5 {
        assert!(matches!(
            people::sign_in(app.db(), "lan", "wrong", "vi", NOW).await,
            Err(SignInFault::Wrong)
        ));
    }
    app.db().close().await;
    let app = sqlite(&dir).await;
    let right = people::sign_in(app.db(), "lan", SECRET, "vi", NOW + 1).await;
    assert!(matches!(right, Err(SignInFault::Locked { minutes: 15 })), "{right:?}");
}
