// SPDX-License-Identifier: MIT OR Apache-2.0
//! One conformance suite, `link-check`, over memory, SQLite and PostgreSQL.

use crate::support::{Dir, http, postgres, serve, sqlite};
use motcua_link::check;
use motcua_link::receive::{Memory, Store};
use motcua_link::testing::Postgres;
use motcua_link::wire::Source;
use std::sync::Arc;

async fn keeps_every_rule(store: Arc<dyn Store>) {
    let route = serve(store).await;
    let source = Source::new("ngo-quyen", "check").unwrap();
    let findings = check::run(&route, &source).await.unwrap().findings;
    assert!(findings.len() >= 30, "{}", findings.len());
    let broken: Vec<_> = findings.iter().filter(|f| f.broken.is_some()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let again = check::run(&route, &source).await;
    assert!(matches!(again, Err(check::CheckError::Used(_))), "{again:?}");
}

#[tokio::test]
async fn memory_keeps_every_rule() {
    keeps_every_rule(Arc::new(Memory::default())).await;
}

#[tokio::test]
async fn sqlite_keeps_every_rule() {
    let dir = Dir::new();
    keeps_every_rule(Arc::new(sqlite(&dir).await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_every_rule() {
    let server = Postgres::start();
    keeps_every_rule(Arc::new(postgres(&server).await)).await;
}

#[tokio::test]
async fn a_receiver_that_breaks_the_rules_is_found_out() {
    // Says yes to everything.
    let app = axum::Router::new().fallback(|| async {
        axum::Json(serde_json::json!({"acked_through": 5, "received_ms": 0, "cursor": null}))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let route = motcua_link::send::Route { base, client: http() };
    let findings = check::run(&route, &Source::new("ngo-quyen", "check").unwrap()).await.unwrap().findings;
    let broken = findings.iter().filter(|f| f.broken.is_some()).count();
    assert!(broken > findings.len() / 2, "{findings:#?}");
}
