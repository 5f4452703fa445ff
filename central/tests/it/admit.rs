// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is let in: every refusal comes over the wire with its sentence.

use crate::process::{Central, Hub, refused, ring, sends};
use motcua_central::load::{DAY, Script, fill};
use motcua_central::trust::{Revoke, certificates};
use motcua_link::send::Route;
use motcua_link::testing::Postgres;
use motcua_link::trust::client::{self, EnrolError};
use motcua_link::trust::{Authority, Identity, IdentityDir, Role};
use motcua_link::wire::Source;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const DAY_MS: i64 = 86_400_000;

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A certificate that the central's own authority signed at another time.
fn signed(central: &Central, name: &str, role: Role, at_ms: i64) -> Identity {
    let authority = Authority::open_or_make(&central.path("authority"), "x").unwrap();
    let dir = IdentityDir::open_or_make_key(&central.path(&format!("{name}-{at_ms}"))).unwrap();
    let name: Source = name.parse().unwrap();
    let issued = authority.issue_device(&dir.request(&name).unwrap(), &name, role, at_ms, 90).unwrap();
    dir.install(&issued.certificate_pem, authority.certificate().pem().as_str()).unwrap()
}

/// What a device with this way hears when it sends one event as `source`.
async fn hears(central: &Central, route: Route, source: &str) -> (String, String) {
    let ring = ring(&central.path(""), &source.parse().unwrap());
    fill(&ring, 1, || {}).unwrap();
    let uplink = sends(&ring);
    uplink.set_route(route);
    refused(&uplink).await
}

async fn delivers(central: &Central) {
    let hub = Hub::start(central, "ngo-quyen.hub").await;
    hub.fill(DAY + 700).await.unwrap();
    hub.delivered(DAY + 700).await;
    assert_eq!(central.prefix(hub.source(), &hub.script).await, DAY + 700);
    central.shows(&hub.script, DAY + 700).await;
    let halls = central.rows("SELECT site, day FROM halls", Vec::new()).await;
    assert_eq!((halls.len(), halls[0].text(0).unwrap().as_str()), (1, "ngo-quyen"));
    let waited = "SELECT count(*) FROM visits WHERE waited_ms < 60000 OR waited_ms > 3600000";
    assert_eq!(central.number(waited).await, 0);
    assert_eq!(central.number("SELECT count(*) FROM counters WHERE officer IS NOT NULL").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolled_hub_delivers_and_sqlite_shows_it() {
    delivers(&Central::start()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolled_hub_delivers_and_postgresql_shows_it() {
    let server = Postgres::start();
    delivers(&Central::with(Some(server.url()), &[])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_are_over_are_refused() {
    let central = Central::start();
    let over = signed(&central, "ngo-quyen.hub", Role::Hub, now_ms() - 200 * DAY_MS);
    let (word, sentence) = hears(&central, central.route(&over), "ngo-quyen.hub").await;
    assert_eq!(word, "certificate-expired");
    assert!(sentence.contains("ngo-quyen.hub ended at") && sentence.contains("enrol it again"), "{sentence}");
    let grace = signed(&central, "ngo-quyen.hub", Role::Hub, now_ms() - 95 * DAY_MS);
    let (word, sentence) = hears(&central, central.route(&grace), "ngo-quyen.hub").await;
    assert_eq!(word, "certificate-only-renewal");
    assert!(sentence.contains("may only renew it now"), "{sentence}");
    let early = signed(&central, "ngo-quyen.hub", Role::Hub, now_ms() + 30 * DAY_MS);
    let (word, _) = hears(&central, central.route(&early), "ngo-quyen.hub").await;
    assert_eq!(word, "certificate-not-yet-valid");
    // One that is not over is let in, so it was not the way of signing.
    let good = signed(&central, "ngo-quyen.hub", Role::Hub, now_ms());
    let (word, _) = hears(&central, central.route(&good), "tran-phu.hub").await;
    assert_eq!(word, "not-yours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_refused_while_it_runs() {
    let central = Central::start();
    let hub = Hub::start(&central, "ngo-quyen.hub").await;
    hub.fill(100).await.unwrap();
    hub.delivered(100).await;
    let db = central.db();
    let what = Revoke::Device(hub.source().clone());
    certificates(db.clone()).revoke(what, "a test", now_ms()).await.unwrap();
    db.close().await;
    // Known to the server within seconds; until then its events are taken.
    let mut until = 100;
    let (word, sentence) = loop {
        until += 20;
        hub.fill(until).await.unwrap();
        tokio::select! {
            said = hub.refused() => break said,
            () = hub.delivered(until) => {}
        }
    };
    assert_eq!(word, "certificate-revoked");
    assert!(sentence.contains("was revoked; ask who revoked it"), "{sentence}");
    assert_eq!(central.prefix(hub.source(), &hub.script).await, hub.acked());
}

/// A client that believes the central, with a certificate of somebody else or none.
fn stranger(central: &Central, identity: Option<&Identity>) -> Route {
    let authority = Authority::open_or_make(&central.path("authority"), "x").unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(authority.certificate().der().to_vec())).unwrap();
    let config = rustls::ClientConfig::builder().with_root_certificates(roots);
    let config = match identity {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let key = PrivateKeyDer::from_pem_slice(identity.key().pem().as_bytes()).unwrap();
            let chain = vec![CertificateDer::from(identity.certificate().to_vec())];
            config.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let client = reqwest::Client::builder().tls_backend_preconfigured(config).build().unwrap();
    Route { base: central.url.clone(), client }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused() {
    let (central, other) = (Central::start(), Central::start());
    let foreign = other.enrol("ngo-quyen.hub", "hub").await;
    let (word, sentence) = hears(&central, stranger(&central, Some(&foreign)), "ngo-quyen.hub").await;
    assert_eq!(word, "certificate-unknown-authority");
    assert!(sentence.contains("enrol this device here with a new ticket"), "{sentence}");
    let (word, sentence) = hears(&central, stranger(&central, None), "ngo-quyen.hub").await;
    assert_eq!(word, "certificate-missing");
    assert!(sentence.contains("no certificate was presented"), "{sentence}");
    assert_eq!(central.number("SELECT count(*) FROM lanes").await, 0);
    assert_eq!(central.number("SELECT count(*) FROM devices").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_speaks_for_its_hall_and_a_kiosk_for_itself() {
    let central = Central::start();
    let hub = central.enrol("ngo-quyen.hub", "hub").await;
    let kiosk = central.enrol("ngo-quyen.kiosk-1", "kiosk").await;
    for (identity, source) in [(&hub, "ngo-quyen.panel-2"), (&kiosk, "ngo-quyen.kiosk-1")] {
        let ring = ring(&central.path(""), &source.parse().unwrap());
        fill(&ring, 50, || {}).unwrap();
        let hub = Hub {
            identity: signed(&central, source, Role::Panel, now_ms()),
            uplink: sends(&ring),
            ring,
            script: Script::new(1, 20_000),
        };
        hub.uplink.set_route(central.route(identity));
        hub.delivered(50).await;
        assert_eq!(central.prefix(&source.parse().unwrap(), &hub.script).await, 50);
    }
    for (identity, source) in [
        (&hub, "tran-phu.hub"),
        (&kiosk, "tran-phu.kiosk-1"),
        (&kiosk, "ngo-quyen.kiosk-2"),
        (&kiosk, "ngo-quyen.hub"),
    ] {
        let (word, sentence) = hears(&central, central.route(identity), source).await;
        assert_eq!(word, "not-yours");
        let expected = format!("this certificate is of {}, it cannot speak for {source}", identity.name());
        assert_eq!(sentence, expected);
    }
    assert_eq!(central.number("SELECT count(*) FROM lanes").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_buys_one_certificate() {
    let central = Central::start();
    let ticket = central.ticket("ngo-quyen.hub", "hub");
    IdentityDir::open_or_make_key(&central.path("first")).unwrap();
    std::fs::create_dir(central.path("again")).unwrap();
    let key = |dir: &str| central.path(dir).join("identity.key.pem");
    std::fs::copy(key("first"), key("again")).unwrap();
    let enrolled = client::enrol(&ticket, &central.path("first")).await.unwrap();
    // Had the answer been lost: the same key asks again and is the same wish.
    let again = client::enrol(&ticket, &central.path("again")).await.unwrap();
    assert_eq!(again.serial_hex(), enrolled.serial_hex());
    let replayed = client::enrol(&ticket, &central.path("second")).await.unwrap_err();
    let EnrolError::Refused { problem, .. } = &replayed else { panic!("{replayed}") };
    assert_eq!(problem.kind, "urn:motcua:token-used");
    assert!(problem.detail.contains("this token was used at"), "{}", problem.detail);
    assert!(problem.detail.contains("if that was not this device, revoke its certificate"));
    let meant_for_another = ticket.replace("d=ngo-quyen.hub", "d=tran-phu.hub");
    let other = client::enrol(&meant_for_another, &central.path("third")).await.unwrap_err();
    assert!(other.to_string().contains("this token is for ngo-quyen.hub, not for tran-phu.hub"), "{other}");
    let unknown = ticket.split("&t=").next().unwrap().to_owned() + "&t=" + &"0".repeat(32);
    let unknown = client::enrol(&unknown, &central.path("fourth")).await.unwrap_err();
    assert!(unknown.to_string().contains("this token is not known here"), "{unknown}");
    // A second ticket for the same name ends the certificate of the first box.
    let hub = central.enrol("ngo-quyen.hub", "hub").await;
    assert_ne!(hub.serial_hex(), enrolled.serial_hex());
    let revoked = "SELECT count(*) FROM revocations WHERE what = 'serial'";
    assert_eq!(central.number(revoked).await, 1);
}
