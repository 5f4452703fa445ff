// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's HTTP API as a client on the network sees it.

use crate::support::*;
use motcua::hub::Request;
use motcua_core::queue::Command;
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;

async fn raw(hub: &HubProcess, data: &Path, body: &str) -> (u16, Value, String) {
    let http = certified(data).build().unwrap();
    let call = http.post(format!("{}/v1/commands", hub.run.devices()));
    let answer = call.body(body.to_owned()).send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), answer.json().await.unwrap(), kind)
}

#[tokio::test]
async fn every_no_is_a_problem_document_that_names_what_to_do() {
    let dir = Dir::new();
    let hub = HubProcess::start(&dir);
    let kiosk = enrolled(&dir, "kiosk-1", "kiosk");
    let struck = enrolled(&dir, "kiosk-2", "kiosk");
    std::process::Command::new(PROGRAM)
        .args(["device", "remove", "kiosk-2", "--data"])
        .arg(dir.path())
        .status()
        .unwrap();
    let id = Uuid::now_v7();
    let old = Uuid::from_u128(id.as_u128() & !(0xF << 76) | (4 << 76));
    let command = |c: Value| json!({ "id": id, "command": c }).to_string();
    let tick = || json!({ "type": "tick" });
    let cases = [
        (&struck, command(tick()), 403, "device-unlisted"),
        (&kiosk, "{".to_owned(), 400, "not-a-command"),
        (&kiosk, command(json!({ "type": "dance" })), 400, "not-a-command"),
        (&kiosk, command(json!({ "type": "issue", "service": "certify" })), 400, "not-a-command"),
        (&kiosk, json!({ "id": old, "command": tick() }).to_string(), 422, "bad-id"),
        (&kiosk, command(json!({ "type": "resume_intake" })), 403, "forbidden"),
        (&hub.program, command(json!({ "type": "delivered", "ticket": id })), 403, "forbidden"),
        (&kiosk, command(json!({ "type": "issue", "service": "x", "lang": "vi" })), 409, "unknown-service"),
        (&hub.program, " ".repeat(20_000), 413, "body"),
    ];
    for (data, body, status, kind) in cases {
        let (got, problem, content) = raw(&hub, data, &body).await;
        assert_eq!(got, status, "{problem}");
        assert_eq!(content, "application/problem+json");
        assert_eq!(problem["type"], format!("urn:motcua:problem:{kind}"));
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
    }
}

#[tokio::test]
async fn a_wrong_query_is_a_problem_document_too() {
    let dir = Dir::new();
    let hub = HubProcess::start(&dir);
    let client = hub.client();
    let (status, problem) = client.get("/v1/tickets?device=a&device=b").await;
    assert_eq!((status, &problem["type"]), (400, &json!("urn:motcua:problem:query")));
}

#[tokio::test]
async fn same_id_same_answer_across_a_pulled_plug() {
    let dir = Dir::new();
    let hub = HubProcess::start(&dir);
    let request = Request { id: Uuid::now_v7(), command: issue("certify") };
    let refused = Request { id: Uuid::now_v7(), command: issue("dragons") };
    let client = hub.client();
    let first = client.post(&request).await.unwrap();
    let no = client.post(&refused).await.unwrap();
    assert_eq!((first.0, label(&first.1).as_str(), no.0), (200, "A001", 409));
    assert_eq!(client.post(&request).await.unwrap(), first);
    hub.run.kill();
    let run = start_hub(&dir);
    let client = Client::new(run.devices(), &hub.program);
    assert_eq!(client.post(&request).await.unwrap(), first);
    assert_eq!(client.post(&refused).await.unwrap(), no);
    let other = Request { id: request.id, command: issue("birth") };
    let (status, problem) = client.post(&other).await.unwrap();
    assert_eq!((status, &problem["type"]), (422, &json!("urn:motcua:problem:id-reused")));
    assert_eq!(label(&client.command(issue("certify")).await.1), "A002");
}

#[tokio::test]
async fn state_health_and_the_document_agree_with_the_code() {
    let dir = Dir::new();
    let hub = HubProcess::start(&dir);
    let client = hub.client();
    client.command(issue("land")).await;
    let (status, state) = client.get("/v1/state").await;
    assert_eq!((status, &state["waiting"]), (200, &json!(1)));
    let land = state["services"].as_array().unwrap().iter().find(|s| s["code"] == "land").unwrap();
    assert_eq!((&land["waiting"], &land["wait"]), (&json!(1), &Value::Null));
    let (status, health) = client.get("/v1/health").await;
    assert_eq!((status, &health["status"], &health["last_seq"]), (200, &json!("ok"), &json!(2)), "{health}");
    let (_, doc) = client.get("/v1/openapi.json").await;
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api.md")).unwrap();
    for path in doc["paths"].as_object().unwrap().keys() {
        assert!(page.contains(path.as_str()), "docs/api.md says nothing of {path}");
    }
    let kinds = doc["components"]["schemas"]["Command"]["oneOf"].as_array().unwrap();
    let known: Vec<&str> = kinds
        .iter()
        .filter_map(|k| {
            k["properties"]["type"]["enum"][0].as_str().or(k["properties"]["type"]["const"].as_str())
        })
        .collect();
    assert!(known.contains(&"issue") && known.contains(&"call_next"), "{known:?}");
    for kind in known {
        assert!(page.contains(&format!("`{kind}`")), "docs/api.md says nothing of the command {kind}");
    }
}

#[tokio::test]
async fn the_office_pauses_and_closes_by_command() {
    let dir = Dir::new();
    let hub = HubProcess::start(&dir);
    let client = hub.client();
    let reason = || "họp".to_owned();
    assert_eq!(client.command(Command::CloseDay { reason: String::new() }).await.0, 422);
    assert_eq!(client.command(Command::PauseIntake { reason: reason(), notice: None }).await.0, 200);
    let (status, problem) = client.command(issue("certify")).await;
    assert_eq!((status, &problem["refused"]["refusal"]), (409, &json!("intake_paused")));
    assert_eq!(client.command(Command::ResumeIntake).await.0, 200);
    assert_eq!(client.command(issue("certify")).await.0, 200);
    assert_eq!(client.command(Command::CloseDay { reason: reason() }).await.0, 200);
    assert_eq!(client.command(issue("certify")).await.1["refused"]["refusal"], "closed");
}

#[tokio::test]
async fn sigterm_answers_what_is_under_way_and_ends_well() {
    let dir = Dir::new();
    let hub = HubProcess::start(&dir);
    let client = hub.client();
    for _ in 0..20 {
        client.command(issue("certify")).await;
    }
    // A client that begins a request and never ends it must not hold the hub.
    let address = hub.run.url.trim_start_matches("http://").to_owned();
    let mut rude = std::net::TcpStream::connect(&address).unwrap();
    std::io::Write::write_all(
        &mut rude,
        b"POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    )
    .unwrap();
    let (status, took) = tokio::task::spawn_blocking(move || hub.run.terminate()).await.unwrap();
    assert!(status.success(), "{status}");
    assert!(took < std::time::Duration::from_secs(5), "systemd would have killed it after {took:?}");
    assert!(!dir.path().join("hall.db-wal").exists(), "the log was moved into the file");
    let run = start_hub(&dir);
    let tickets = Client::new(run.devices(), &hub.program).tickets().await;
    assert_eq!(tickets.len(), 20);
}

#[tokio::test]
async fn a_second_hub_on_the_same_data_says_so() {
    let dir = Dir::new();
    let _hub = HubProcess::start(&dir);
    let hall = dir.path().join("hall.toml");
    let out = std::process::Command::new(PROGRAM)
        .args(["hub", "--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0", "--data"])
        .arg(dir.path())
        .arg("--hall")
        .arg(hall)
        .output()
        .unwrap();
    assert!(!out.status.success());
    assert!(String::from_utf8_lossy(&out.stderr).contains("another motcua hub"), "{out:?}");
}
