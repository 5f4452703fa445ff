// SPDX-License-Identifier: MIT OR Apache-2.0
//! A device's life: enrolment, renewal, grace, and every token that buys nothing.

use super::support::{DAY, Server, here, name, said};
use motcua_link::trust::Place;
use motcua_link::trust::certificate::ServerNames;
use motcua_link::trust::client::{EnrolError, client, enrol, pinned_client, renew};
use motcua_link::trust::identity::{Identity, IdentityDir};
use motcua_link::trust::name::Role;
use motcua_link::trust::token::Token;
use motcua_link::wire::Problem;
use tempfile::tempdir;

fn problem(error: EnrolError) -> Problem {
    match error {
        EnrolError::Refused { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

fn kiosk(server: &Server) -> String {
    server.ticket("hall-7.kiosk-2", Role::Kiosk, ServerNames::default())
}

#[tokio::test]
async fn a_device_enrols_and_is_known() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let identity = enrol(&kiosk(&server), dir.path()).await.unwrap();
    assert_eq!((identity.name(), identity.role()), (&name("hall-7.kiosk-2"), Role::Kiosk));
    assert_eq!(server.who(&identity).await.unwrap(), "hall-7.kiosk-2");
    let now = server.now();
    assert!((89..=90).contains(&identity.days_left(now)));
    assert!(!identity.wants_renewal(now + 59 * DAY));
    assert!(identity.wants_renewal(now + 61 * DAY));
    let again = IdentityDir::open_or_make_key(dir.path()).unwrap().identity().unwrap().unwrap();
    assert_eq!(again.serial_hex(), identity.serial_hex());
    let kept = server.rows.0.lock().unwrap().tokens.values().next().cloned().unwrap();
    assert_eq!(kept.answered.unwrap().issued.serial_hex, identity.serial_hex());
}

#[tokio::test]
async fn what_is_not_wanted_does_not_take_the_place_of_what_is_there() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let place = Place::at(dir.path().join("above"));
    let wanted = |identity: &Identity| match identity.role() {
        Role::Kiosk => Ok(()),
        role => Err(format!("this is a {role}")),
    };
    let first = place.enrol_if(&kiosk(&server), wanted).await.unwrap();
    let hub = server.ticket("hall-7.hub", Role::Hub, here());
    let refused = place.enrol_if(&hub, wanted).await.unwrap_err();
    assert!(
        refused.to_string().contains("this is a hub") && refused.to_string().contains("stays"),
        "{refused}"
    );
    let kept = place.read().unwrap().unwrap().identity;
    assert_eq!(kept.serial_hex(), first.serial_hex());
    assert_eq!(server.who(&kept).await.unwrap(), "hall-7.kiosk-2");
    // The next right one does.
    let next = place.enrol_if(&kiosk(&server), wanted).await.unwrap();
    assert_eq!(place.read().unwrap().unwrap().identity.serial_hex(), next.serial_hex());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing lies beside it");
}

#[tokio::test]
async fn a_hub_serves_with_the_certificate_it_enrolled_for() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let hub = enrol(&server.ticket("hall-7.hub", Role::Hub, here()), dir.path()).await.unwrap();
    assert_eq!((hub.role(), hub.server_names()), (Role::Hub, &here()));
    server.certificate.replace(&hub.chain_pem(), &hub.key().pem()).unwrap();
    assert_eq!(server.who(&hub).await.unwrap(), "hall-7.hub");
    let next = renew(&IdentityDir::open_or_make_key(dir.path()).unwrap(), &server.url).await.unwrap();
    assert_eq!(next.server_names(), &here());
}

#[tokio::test]
async fn a_lost_answer_costs_no_second_token_and_a_thief_gets_nothing() {
    let server = Server::start().await;
    let (dir, thief) = (tempdir().unwrap(), tempdir().unwrap());
    let ticket = kiosk(&server);
    let first = enrol(&ticket, dir.path()).await.unwrap();
    // Power fails before the answer is kept: the waiting key is still there.
    let (pair, key) = (dir.path().join("identity.pem"), dir.path().join("identity.key.pem"));
    let text = std::fs::read_to_string(&pair).unwrap();
    std::fs::remove_file(&pair).unwrap();
    std::fs::write(&key, text.split_once("-----BEGIN CERTIFICATE").unwrap().0).unwrap();
    let second = enrol(&ticket, dir.path()).await.unwrap();
    assert_eq!(second.serial_hex(), first.serial_hex());

    let replayed = problem(enrol(&ticket, thief.path()).await.unwrap_err());
    assert_eq!((replayed.status, replayed.code()), (409, "token-used"));
    assert!(replayed.detail.contains("revoke its certificate"), "{}", replayed.detail);

    // After the token's life not even the same key gets it again.
    std::fs::remove_file(&pair).unwrap();
    std::fs::write(&key, text.split_once("-----BEGIN CERTIFICATE").unwrap().0).unwrap();
    server.wait(2 * 3_600_000);
    assert_eq!(problem(enrol(&ticket, dir.path()).await.unwrap_err()).code(), "token-used");
}

#[tokio::test]
async fn nine_devices_with_one_token_are_one_device() {
    let server = Server::start().await;
    let ticket = kiosk(&server);
    let tries = (0..9).map(|_| {
        let ticket = ticket.clone();
        async move {
            let dir = tempdir().unwrap();
            enrol(&ticket, dir.path()).await.is_ok()
        }
    });
    let won = futures_util::future::join_all(tries).await;
    assert_eq!(won.iter().filter(|w| **w).count(), 1);
}

#[tokio::test]
async fn tokens_that_buy_nothing() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let ticket = kiosk(&server);
    let other = ticket.replace("kiosk-2", "kiosk-3");
    let refused = problem(enrol(&other, dir.path()).await.unwrap_err());
    assert_eq!((refused.status, refused.code()), (403, "token-other-device"));
    assert!(refused.detail.contains("hall-7.kiosk-2"), "{}", refused.detail);

    let (front, _) = ticket.split_once("&t=").unwrap();
    let unknown = format!("{front}&t={}", Token::generate().unwrap().text().as_str());
    let refused = problem(enrol(&unknown, dir.path()).await.unwrap_err());
    assert_eq!((refused.status, refused.code()), (403, "token-unknown"));

    server.wait(3_600_000);
    let refused = problem(enrol(&ticket, dir.path()).await.unwrap_err());
    assert_eq!((refused.status, refused.code()), (410, "token-expired"));
    assert!(IdentityDir::open_or_make_key(dir.path()).unwrap().identity().unwrap().is_none());
    assert!(server.rows.0.lock().unwrap().tokens.values().all(|k| k.record.used_at_ms.is_none()));
}

#[tokio::test]
async fn a_wrong_ticket_again_and_again_has_to_wait() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let good = kiosk(&server);
    let (front, _) = good.split_once("&t=").unwrap();
    let wrong = format!("{front}&t={}", Token::generate().unwrap().text().as_str());
    for _ in 0..10 {
        assert_eq!(problem(enrol(&wrong, dir.path()).await.unwrap_err()).code(), "token-unknown");
    }
    match enrol(&good, dir.path()).await.unwrap_err() {
        EnrolError::Refused { problem, retry_after_s } => {
            assert_eq!((problem.status, problem.code()), (429, "too-many-wrong-tokens"));
            assert_eq!(retry_after_s, Some(60));
        }
        other => panic!("{other:?}"),
    }
    server.wait(60_000);
    enrol(&good, dir.path()).await.unwrap();
}

#[tokio::test]
async fn bodies_that_are_no_enrolment() {
    let server = Server::start().await;
    let client = pinned_client(&server.authority.fingerprint()).unwrap().build().unwrap();
    let url = format!("{}/v1/enrol", server.url);
    let ticket = kiosk(&server);
    let token = ticket.split_once("&t=").unwrap().1;
    let broken = format!(r#"{{"device":"hall-7.kiosk-2","token":"{token}","csr_pem":"x"}}"#);
    for (body, status) in [
        (String::new(), 400),
        ("{".repeat(2000), 400),
        ("x".repeat(20_000), 400),
        (r#"{"device":"A.b","token":"","csr_pem":""}"#.to_owned(), 400),
        (broken, 422),
    ] {
        let answer = client.post(&url).body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert!(!answer.json::<Problem>().await.unwrap().detail.is_empty());
    }
    assert!(server.rows.0.lock().unwrap().tokens.values().all(|k| k.record.used_at_ms.is_none()));
}

#[tokio::test]
async fn an_expired_certificate_may_only_renew_and_not_for_ever() {
    let server = Server::start().await;
    let (dir, late) = (tempdir().unwrap(), tempdir().unwrap());
    let old = server.issued("hall-7.kiosk-2", 91 * DAY, dir.path());
    let gone = server.issued("hall-7.kiosk-3", 105 * DAY, late.path());

    let refused = server.who(&old).await.unwrap_err();
    assert_eq!((refused.status, refused.code()), (403, "certificate-only-renewal"));
    assert!(refused.detail.contains("hall-7.kiosk-2 ended at 20"), "{}", refused.detail);
    let at = IdentityDir::open_or_make_key(dir.path()).unwrap();
    let new = renew(&at, &server.url).await.unwrap();
    assert_ne!(new.serial_hex(), old.serial_hex());
    assert_ne!(new.key().public_key(), old.key().public_key());
    assert_eq!((new.name(), new.role()), (old.name(), old.role()));
    assert_eq!(server.who(&new).await.unwrap(), "hall-7.kiosk-2");
    let noted = server.rows.0.lock().unwrap().renewals.clone();
    assert_eq!(noted, [(old.serial_hex().to_owned(), new.serial_hex().to_owned())]);

    let refused = server.who(&gone).await.unwrap_err();
    assert_eq!(refused.code(), "certificate-expired");
    assert!(refused.detail.contains("enrol it again"), "{}", refused.detail);
    let at = IdentityDir::open_or_make_key(late.path()).unwrap();
    assert_eq!(problem(renew(&at, &server.url).await.unwrap_err()).code(), "certificate-expired");
    assert_eq!(at.identity().unwrap().unwrap().serial_hex(), gone.serial_hex());
}

#[tokio::test]
async fn a_renewal_needs_a_certificate_of_this_site_that_stands() {
    let server = Server::start().await;
    let dir = tempdir().unwrap();
    let identity = server.enrol("hall-7.kiosk-2", dir.path()).await;
    let at = IdentityDir::open_or_make_key(dir.path()).unwrap();
    server.rows.0.lock().unwrap().revoked.insert(identity.serial_hex().to_owned());
    assert_eq!(problem(renew(&at, &server.url).await.unwrap_err()).code(), "certificate-revoked");
    let other = tempdir().unwrap();
    server.issued("hall-8.kiosk-1", 0, other.path());
    let at = IdentityDir::open_or_make_key(other.path()).unwrap();
    assert_eq!(problem(renew(&at, &server.url).await.unwrap_err()).code(), "certificate-wrong-site");
    let client = pinned_client(&server.authority.fingerprint()).unwrap().build().unwrap();
    let answer = client.post(format!("{}/v1/renew", server.url)).body("{}").send().await.unwrap();
    assert_eq!(answer.json::<Problem>().await.unwrap().code(), "certificate-missing");
    let empty = tempdir().unwrap();
    let at = IdentityDir::open_or_make_key(empty.path()).unwrap();
    let error = renew(&at, &server.url).await.unwrap_err();
    assert!(error.to_string().contains("not enrolled"), "{error}");
}

#[tokio::test]
async fn certificates_that_are_refused_with_a_sentence() {
    let server = Server::start().await;
    let dirs: Vec<_> = (0..4).map(|_| tempdir().unwrap()).collect();
    let serial = server.issued("hall-7.a", 0, dirs[0].path());
    let device = server.issued("hall-7.b", 0, dirs[1].path());
    let early = server.issued("hall-7.c", -3 * DAY, dirs[2].path());
    let site = server.issued("hall-8.d", 0, dirs[3].path());
    server.rows.0.lock().unwrap().revoked.extend([serial.serial_hex().to_owned(), "hall-7.b".to_owned()]);
    for (identity, code) in [
        (&serial, "certificate-revoked"),
        (&device, "certificate-revoked"),
        (&early, "certificate-not-yet-valid"),
        (&site, "certificate-wrong-site"),
    ] {
        assert_eq!(server.who(identity).await.unwrap_err().code(), code);
    }
    let nobody = pinned_client(&server.authority.fingerprint()).unwrap();
    let refused = said(nobody, &server.url).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.kind.as_str()),
        ("certificate-missing", "urn:motcua:certificate-missing")
    );
    // A path that does not exist is as closed as one that does.
    let known = tempdir().unwrap();
    let identity = server.enrol("hall-7.e", known.path()).await;
    let missing = |c: reqwest::Client| c.get(format!("{}/v1/nowhere", server.url)).send();
    let outside = pinned_client(&server.authority.fingerprint()).unwrap().build().unwrap();
    assert_eq!(missing(outside).await.unwrap().status().as_u16(), 403);
    assert_eq!(missing(client(&identity).unwrap().build().unwrap()).await.unwrap().status().as_u16(), 404);
}
