// SPDX-License-Identifier: MIT OR Apache-2.0
//! Servers and devices that are not who they say.

use super::support::{DAY, Server, here, issued, real_now};
use axum::routing::post;
use axum::{Json, Router};
use motcua_link::trust::authority::Authority;
use motcua_link::trust::certificate::{ServerNames, chain};
use motcua_link::trust::client::{EnrolError, client, enrol, renew};
use motcua_link::trust::enrol::{Certified, EnrolRequest};
use motcua_link::trust::identity::{Identity, IdentityDir};
use motcua_link::trust::key::PrivateKey;
use motcua_link::trust::name::Role;
use motcua_link::trust::serve::serve;
use motcua_link::trust::tls::server_config;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion};
use std::sync::Arc;
use tempfile::tempdir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

/// The honest server's ticket, with the way to another server.
fn lured(honest: &Server, impostor: &Server) -> String {
    let ticket = honest.ticket("hall-7.kiosk-2", Role::Kiosk, ServerNames::default());
    ticket.replace(&honest.url, &impostor.url)
}

#[tokio::test]
async fn a_man_in_the_middle_with_his_own_authority_is_refused_by_the_pin() {
    let (honest, impostor) = (Server::start().await, Server::start().await);
    let dir = tempdir().unwrap();
    let error = enrol(&lured(&honest, &impostor), dir.path()).await.unwrap_err();
    assert!(matches!(error, EnrolError::SomebodyElse { .. }), "{error:?}");
    assert!(error.to_string().contains("do not enrol in this network"), "{error}");
    assert!(impostor.rows.0.lock().unwrap().tokens.is_empty());
}

#[tokio::test]
async fn showing_the_pinned_certificate_is_not_being_it() {
    let honest = Server::start().await;
    let impostor = Server::with(40, Some(&honest.authority.certificate().pem())).await;
    let dir = tempdir().unwrap();
    let error = enrol(&lured(&honest, &impostor), dir.path()).await.unwrap_err();
    assert!(matches!(error, EnrolError::SomebodyElse { .. }), "{error:?}");
}

#[tokio::test]
async fn a_man_in_the_middle_is_refused_by_the_root_later() {
    let (honest, impostor) = (Server::start().await, Server::start().await);
    let dir = tempdir().unwrap();
    let identity = honest.enrol("hall-7.kiosk-2", dir.path()).await;
    let at = IdentityDir::open_or_make_key(dir.path()).unwrap();
    let error = renew(&at, &impostor.url).await.unwrap_err();
    assert!(matches!(error, EnrolError::OtherAuthority { .. }), "{error:?}");
    let http = client(&identity).unwrap().build().unwrap();
    assert!(http.get(format!("{}/v1/who", impostor.url)).send().await.is_err());
    assert!(http.get(format!("http://{}/v1/who", honest.address)).send().await.is_err());
}

#[tokio::test]
async fn a_server_that_is_reached_by_another_name_is_refused() {
    let honest = Server::start().await;
    let dir = tempdir().unwrap();
    let ticket = honest.ticket("hall-7.kiosk-2", Role::Kiosk, ServerNames::default());
    // The listener is on 127.0.0.1 alone.
    let error = enrol(&ticket.replace("localhost", "127.0.0.2"), dir.path()).await.unwrap_err();
    assert!(matches!(error, EnrolError::Unreachable { .. }), "{error:?}");
    let by_number = ticket.replace("localhost", "127.0.0.1");
    enrol(&by_number, dir.path()).await.unwrap();
    let names = ServerNames { dns: vec!["hub.example".into()], ips: Vec::new() };
    present(&honest, &names, real_now());
    let error = enrol(&by_number, tempdir().unwrap().path()).await.unwrap_err();
    assert!(matches!(error, EnrolError::OtherHost { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_whose_certificate_is_over_is_told_from_an_impostor() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let ticket = server.ticket("hall-7.kiosk-2", Role::Kiosk, ServerNames::default());
    for now in [real_now() - 100 * DAY, real_now() + 3 * DAY] {
        present(&server, &here(), now);
        let error = enrol(&ticket, dir.path()).await.unwrap_err();
        assert!(matches!(error, EnrolError::Clock { .. }), "{error:?}");
        assert!(error.to_string().contains("set the clock"), "{error}");
    }
    // A clock that is a few hours behind does no harm.
    present(&server, &here(), real_now() + DAY / 2);
    enrol(&ticket, dir.path()).await.unwrap();
}

#[tokio::test]
async fn a_proved_server_cannot_put_another_authority_in_its_place() {
    let honest = Server::start().await;
    let (other_dir, dir) = (tempdir().unwrap(), tempdir().unwrap());
    let other = Arc::new(Authority::open_or_make(other_dir.path(), "motcua authority").unwrap());
    let answer = move |Json(asked): Json<EnrolRequest>| {
        let issued = other.issue_device(&asked.csr_pem, &asked.device, Role::Kiosk, real_now(), 90).unwrap();
        let (certificate_pem, ca_pem) = (issued.certificate_pem, other.certificate().pem());
        async move { Json(Certified { certificate_pem, ca_pem, not_after: String::new() }) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let config = server_config(Arc::clone(&honest.certificate)).unwrap();
    let router = Router::new().route("/v1/enrol", post(answer));
    tokio::spawn(serve(listener, router, config, 8, std::future::pending()));
    let ticket = honest.ticket("hall-7.kiosk-2", Role::Kiosk, ServerNames::default());
    let error = enrol(&ticket.replace(&honest.url, &url), dir.path()).await.unwrap_err();
    assert!(matches!(error, EnrolError::AnswerOfAnother { .. }), "{error:?}");
    assert!(IdentityDir::open_or_make_key(dir.path()).unwrap().identity().unwrap().is_none());
}

fn present(server: &Server, names: &ServerNames, now_ms: i64) {
    let key = PrivateKey::generate().unwrap();
    let issued = server.authority.issue_server(&key.request("x").unwrap(), names, now_ms, 90).unwrap();
    server.certificate.replace(&issued.chain_pem, &key.pem()).unwrap();
}

#[tokio::test]
async fn a_device_of_a_cloned_authority_is_unknown() {
    let server = Server::start().await;
    let (clone_dir, dir, good) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    // Same name of the authority, same name and role of the device, another key.
    let clone = Authority::open_or_make(clone_dir.path(), "motcua authority").unwrap();
    let cloned = issued(&clone, "hall-7.kiosk-2", real_now(), dir.path());
    let honest = server.enrol("hall-7.kiosk-1", good.path()).await;
    let answer = speak(&server, &honest, &[&TLS13], presented(&cloned, cloned.key())).await.unwrap();
    assert!(answer.contains("certificate-unknown-authority"), "{answer}");
    assert!(!answer.contains("kiosk-2"), "{answer}");
}

#[tokio::test]
async fn a_certificate_without_its_key_opens_nothing() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let identity = server.enrol("hall-7.kiosk-2", dir.path()).await;
    let stolen = PrivateKey::generate().unwrap();
    for version in [&TLS12, &TLS13] {
        let own = presented(&identity, identity.key());
        let answer = speak(&server, &identity, &[version], own).await.unwrap();
        assert!(answer.ends_with("hall-7.kiosk-2"), "{answer}");
        let wrong = presented(&identity, &stolen);
        assert!(speak(&server, &identity, &[version], wrong).await.is_err());
    }
}

#[tokio::test]
async fn a_servers_certificate_is_no_device() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let identity = server.enrol("hall-7.kiosk-2", dir.path()).await;
    let (pem, key) = super::support::server_pair(&server.authority);
    let pair = certified(chain(&pem).unwrap(), &key);
    let answer = speak(&server, &identity, &[&TLS13], pair).await.unwrap();
    assert!(answer.contains("certificate-not-a-device"), "{answer}");
}

/// Presents whatever it was given, with whatever key.
#[derive(Debug)]
struct Presented(Arc<CertifiedKey>);

impl ResolvesClientCert for Presented {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn certified(chain: Vec<CertificateDer<'static>>, key: &PrivateKey) -> Arc<CertifiedKey> {
    let key = PrivateKeyDer::from_pem_slice(key.pem().as_bytes()).unwrap();
    Arc::new(CertifiedKey::new(chain, ring::sign::any_supported_type(&key).unwrap()))
}

fn presented(identity: &Identity, key: &PrivateKey) -> Arc<CertifiedKey> {
    certified(chain(&identity.chain_pem()).unwrap(), key)
}

/// Asks who it is on a connection of its own; the roots are those of `honest`.
async fn speak(
    server: &Server,
    honest: &Identity,
    versions: &[&'static SupportedProtocolVersion],
    pair: Arc<CertifiedKey>,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(honest.ca().der().to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(Presented(pair)));
    let stream = TcpStream::connect(server.address).await?;
    let host = ServerName::try_from("localhost").unwrap();
    let mut tls = TlsConnector::from(Arc::new(config)).connect(host, stream).await?;
    tls.write_all(b"GET /v1/who HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    tls.read_to_string(&mut answer).await?;
    Ok(answer)
}
