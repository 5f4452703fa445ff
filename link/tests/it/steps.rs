// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parts of a schema that a newer program left: an older one works with them where the steps let it in.

use crate::support::{Dir, postgres, sqlite};
use motcua_link::db::{Db, DbError, Step};
use motcua_link::testing::Postgres;

/// One that makes, one that adds, one that takes away what programs which know two do without, one that shuts.
const STEPS: &[Step] = &[
    Step::both("CREATE TABLE notes(id BIGINT PRIMARY KEY, text TEXT NOT NULL, old TEXT)"),
    Step::both("ALTER TABLE notes ADD COLUMN kind TEXT NOT NULL DEFAULT ''").expands(),
    Step::both("ALTER TABLE notes DROP COLUMN old").contracts(2),
    Step::both("ALTER TABLE notes RENAME COLUMN text TO words"),
];

async fn writes(db: &Db, id: i64) -> Result<u64, DbError> {
    let insert = "INSERT INTO notes(id, text) VALUES($1, 'x')";
    db.write(move |tx| Box::pin(async move { tx.execute(insert, &[id.into()]).await })).await
}

async fn older_programs(db: &Db) {
    db.migrate("notes", &STEPS[..1]).await.unwrap();
    db.migrate("notes", &STEPS[..2]).await.unwrap();
    // The older program comes back, works, and the newer one goes on.
    db.migrate("notes", &STEPS[..1]).await.unwrap();
    writes(db, 1).await.unwrap();
    db.migrate("notes", &STEPS[..3]).await.unwrap();
    db.migrate("notes", &STEPS[..2]).await.unwrap();
    writes(db, 2).await.unwrap();
    let refused = db.migrate("notes", &STEPS[..1]).await.unwrap_err();
    assert!(matches!(refused, DbError::Newer { found: 3, lowest: 2, known: 1 }), "{refused}");
    assert!(refused.to_string().contains("install the version that ran here last"), "{refused}");
    db.migrate("notes", STEPS).await.unwrap();
    for older in 1..STEPS.len() {
        let refused = db.migrate("notes", &STEPS[..older]).await.unwrap_err();
        assert!(matches!(refused, DbError::Newer { found: 4, lowest: 4, .. }), "{refused}");
    }
    let select = "SELECT id FROM notes WHERE words = 'x'";
    let rows = db.read(move |tx| Box::pin(async move { tx.rows(select, &[]).await })).await.unwrap();
    assert_eq!(rows.len(), 2);
}

#[tokio::test]
async fn older_programs_on_sqlite() {
    let dir = Dir::new();
    older_programs(sqlite(&dir).await.db()).await;
}

#[tokio::test]
async fn older_programs_on_postgresql() {
    let server = Postgres::start();
    older_programs(postgres(&server).await.db()).await;
}
