// SPDX-License-Identifier: MIT OR Apache-2.0
//! The accept loop among slow, broken and greedy peers, and how it stops.

use super::support::{Server, server_pair};
use motcua_link::trust::client::{client, pinned_client};
use std::time::{Duration, Instant};
use tempfile::tempdir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// A connection from another address than the tests' devices have.
async fn from_elsewhere(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.9:0".parse().unwrap()).unwrap();
    socket.connect(server.address).await.unwrap()
}

#[tokio::test]
async fn garbage_and_slow_handshakes_cost_only_their_senders() {
    let server = Server::with(40, None).await;
    let dir = tempdir().unwrap();
    let identity = server.enrol("hall-7.kiosk-2", dir.path()).await;
    let mut slow = Vec::new();
    for i in 0..60_u8 {
        let mut stream = from_elsewhere(&server).await;
        let bytes: &[u8] = match i % 4 {
            0 => b"",
            1 => b"GET / HTTP/1.1\r\n\r\n",
            2 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            _ => &[0xff; 4000],
        };
        let _ = stream.write_all(bytes).await;
        slow.push(stream);
    }
    for _ in 0..10 {
        let began = Instant::now();
        assert_eq!(server.who(&identity).await.unwrap(), "hall-7.kiosk-2");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
    // Who never finishes is cut off: nothing more comes, and the connection ends.
    let mut byte = [0; 64];
    let ended = timeout(Duration::from_secs(14), async {
        while matches!(slow[0].read(&mut byte).await, Ok(n) if n > 0) {}
    });
    ended.await.unwrap();
}

#[tokio::test]
async fn one_address_has_a_quarter_of_the_places() {
    let server = Server::with(8, None).await;
    let mut held = [from_elsewhere(&server).await, from_elsewhere(&server).await];
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut third = from_elsewhere(&server).await;
    let mut byte = [0; 1];
    let closed = timeout(Duration::from_secs(3), third.read(&mut byte)).await.unwrap();
    assert!(!matches!(closed, Ok(n) if n > 0));
    assert!(timeout(Duration::from_millis(200), held[0].read(&mut byte)).await.is_err());
    let outside = pinned_client(&server.authority.fingerprint()).unwrap();
    assert!(super::support::said(outside, &server.url).await.is_err());
    // A place that is given back is a place again.
    drop(held);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut again = from_elsewhere(&server).await;
    assert!(timeout(Duration::from_millis(200), again.read(&mut byte)).await.is_err());
}

#[tokio::test]
async fn a_new_certificate_is_presented_without_a_restart() {
    let server = Server::start().await;
    let seen = || async {
        let http = pinned_client(&server.authority.fingerprint()).unwrap().tls_info(true).build().unwrap();
        let answer = http.get(format!("{}/v1/who", server.url)).send().await.unwrap();
        answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap().peer_certificate().unwrap().to_vec()
    };
    let before = seen().await;
    let (chain, key) = server_pair(&server.authority);
    let (_, stranger) = server_pair(&server.authority);
    assert!(server.certificate.replace(&chain, &stranger.pem()).is_err());
    assert_eq!(seen().await, before);
    server.certificate.replace(&chain, &key.pem()).unwrap();
    assert_ne!(seen().await, before);
}

#[tokio::test]
async fn stopping_lets_requests_finish_and_cuts_off_those_that_do_not() {
    let mut server = Server::start().await;
    let dir = tempdir().unwrap();
    let identity = server.enrol("hall-7.kiosk-2", dir.path()).await;
    let http = client(&identity).unwrap().build().unwrap();
    let slow = tokio::spawn(http.get(format!("{}/v1/slow", server.url)).send());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let took = server.stop().await;
    assert!(took < Duration::from_millis(2500), "{took:?}");
    assert_eq!(slow.await.unwrap().unwrap().text().await.unwrap(), "done");
    assert!(TcpStream::connect(server.address).await.is_err());

    let mut server = Server::start().await;
    let dir = tempdir().unwrap();
    let identity = server.enrol("hall-7.kiosk-2", dir.path()).await;
    let http = client(&identity).unwrap().build().unwrap();
    let endless = tokio::spawn(http.get(format!("{}/v1/endless", server.url)).send());
    let _silent = from_elsewhere(&server).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let took = server.stop().await;
    assert!((Duration::from_secs(3)..Duration::from_secs(5)).contains(&took), "{took:?}");
    assert!(endless.await.unwrap().is_err());
}
