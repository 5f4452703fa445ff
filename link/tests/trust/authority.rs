// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the authority signs and what not, and what becomes of its files.

use super::support::{DAY, here, name, real_now};
use motcua_link::trust::authority::{Authority, AuthorityError, IssueError, Subject, request_key};
use motcua_link::trust::certificate::{CaCertificate, Leaf, ServerNames, chain};
use motcua_link::trust::judge::{Judge, Refusal};
use motcua_link::trust::key::PrivateKey;
use motcua_link::trust::name::Role;
use motcua_link::wire::Source;
use rcgen::{CertificateParams, DnType, IsCa, KeyPair, SanType};
use std::fs;
use tempfile::tempdir;
use x509_parser::prelude::{FromDer, X509Certificate};

fn leaf(pem: &str) -> Vec<u8> {
    chain(pem).unwrap()[0].to_vec()
}

#[test]
fn the_files_are_one_authority_or_an_error() {
    let (dir, other) = (tempdir().unwrap(), tempdir().unwrap());
    let made = Authority::open_or_make(dir.path(), "ca").unwrap();
    let fingerprint = made.fingerprint();
    assert_eq!(Authority::open_or_make(dir.path(), "another name").unwrap().fingerprint(), fingerprint);
    assert_eq!(fingerprint.len(), 64);

    // Power fails between key and certificate: the key is used, devices are not concerned yet.
    let (pem, key) = (dir.path().join("ca.pem"), dir.path().join("ca.key.pem"));
    let kept = fs::read(&pem).unwrap();
    fs::remove_file(&pem).unwrap();
    let again = Authority::open_or_make(dir.path(), "ca").unwrap();
    let key_of = |c: &CaCertificate| Leaf::from_der(c.der()).unwrap().public_key;
    assert_eq!(key_of(again.certificate()), key_of(made.certificate()));

    fs::write(&pem, &kept).unwrap();
    Authority::open_or_make(other.path(), "ca").unwrap();
    fs::copy(other.path().join("ca.key.pem"), &key).unwrap();
    assert!(matches!(Authority::open_or_make(dir.path(), "ca"), Err(AuthorityError::Mismatch { .. })));
    fs::write(&key, "nonsense").unwrap();
    assert!(matches!(Authority::open_or_make(dir.path(), "ca"), Err(AuthorityError::Key { .. })));
    fs::remove_file(&key).unwrap();
    assert!(matches!(Authority::open_or_make(dir.path(), "ca"), Err(AuthorityError::KeyMissing { .. })));
    assert!(!key.exists());
    assert_eq!(fs::read(&pem).unwrap(), kept);
}

#[test]
fn certificates_say_what_they_are_for() {
    let dir = tempdir().unwrap();
    let ca = Authority::open_or_make(dir.path(), "ca").unwrap();
    let read = X509Certificate::from_der(ca.certificate().der()).unwrap().1;
    let basic = read.basic_constraints().unwrap().unwrap().value;
    assert_eq!((basic.ca, basic.path_len_constraint), (true, Some(1)));
    let years = (ca.certificate().not_after_ms() - real_now()) / (365 * DAY);
    assert!((19..=21).contains(&years), "{years}");

    let request = PrivateKey::generate().unwrap().request("x").unwrap();
    let now = real_now() / 1000 * 1000;
    let (device, hub) = (name("hall-7.kiosk-2"), name("hall-7.hub"));
    let issued = ca.issue_device(&request, &device, Role::Kiosk, now, 90).unwrap();
    let der = leaf(&issued.certificate_pem);
    let read = X509Certificate::from_der(&der).unwrap().1;
    assert_eq!(read.subject().to_string(), "CN=hall-7.kiosk-2");
    let usage = read.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth && !read.is_ca());
    let san = format!("{:?}", read.subject_alternative_name().unwrap().unwrap().value);
    assert!(
        san.contains("urn:motcua:device:hall-7.kiosk-2") && san.contains("urn:motcua:role:kiosk"),
        "{san}"
    );
    let seen = Leaf::from_der(&der).unwrap();
    assert_eq!((seen.not_before_ms, seen.not_after_ms), (now - DAY, now + 90 * DAY));
    assert_eq!((&seen.serial_hex, seen.not_after_ms), (&issued.serial_hex, issued.not_after_ms));

    let both = ca.issue(&request, Subject::Both(&hub, Role::Hub, &here()), now, 90).unwrap();
    let der = leaf(&both.chain_pem);
    let read = X509Certificate::from_der(&der).unwrap().1;
    let usage = read.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && usage.server_auth);
    let seen = Leaf::from_der(&der).unwrap();
    assert_eq!((seen.device, seen.server), (Some((hub, Role::Hub)), here()));
    assert_ne!(both.serial_hex, issued.serial_hex);
}

#[test]
fn the_longest_name_and_every_serial_are_read_back() {
    let dir = tempdir().unwrap();
    let ca = Authority::open_or_make(dir.path(), "ca").unwrap();
    let request = PrivateKey::generate().unwrap().request("x").unwrap();
    let longest = Source::new(&"a".repeat(40), &"b".repeat(40)).unwrap();
    // 300 serial numbers: some begin with zero bits, some with a one that DER writes a zero before.
    for _ in 0..300 {
        let issued = ca.issue_device(&request, &longest, Role::Panel, real_now(), 90).unwrap();
        let seen = Leaf::from_der(&leaf(&issued.certificate_pem)).unwrap();
        assert_eq!(seen.serial_hex, issued.serial_hex);
        assert_eq!(seen.device.unwrap().0, longest);
    }
}

#[test]
fn requests_prove_their_key_and_ask_for_nothing_else() {
    let dir = tempdir().unwrap();
    let ca = Authority::open_or_make(dir.path(), "ca").unwrap();
    let device = name("h.k");
    let sign = |request: &str| ca.issue_device(request, &device, Role::Kiosk, real_now(), 90);
    let good = PrivateKey::generate().unwrap();
    let request = good.request("h.k").unwrap();
    assert!(sign(&request).is_ok());
    assert_eq!(request_key(&request).unwrap(), request_key(&good.request("other").unwrap()).unwrap());

    // One changed bit: refused, or it is in the frame that no signature covers and changes nothing.
    let der = pem_body(&request);
    for at in 0..der.len() {
        let mut bad = der.clone();
        bad[at] ^= 1;
        if let Ok(issued) = sign(&pem(&bad)) {
            let seen = Leaf::from_der(&leaf(&issued.certificate_pem)).unwrap();
            assert_eq!(
                (seen.public_key, seen.device.unwrap().0),
                (good.public_key(), device.clone()),
                "{at}"
            );
        }
    }
    for nonsense in ["", "x", &pem(b""), &"-".repeat(9000)] {
        assert!(matches!(sign(nonsense), Err(IssueError::NotARequest)));
    }
    for alg in [&rcgen::PKCS_ED25519, &rcgen::PKCS_ECDSA_P384_SHA384] {
        let key = KeyPair::generate_for(alg).unwrap();
        let request = CertificateParams::default().serialize_request(&key).unwrap().pem().unwrap();
        assert!(matches!(sign(&request), Err(IssueError::KeyKind)));
    }

    // A request for an authority named as a hub gets a kiosk.
    let mut greedy = CertificateParams::default();
    greedy.distinguished_name.push(DnType::CommonName, "h.hub");
    greedy.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    greedy.subject_alt_names.push(SanType::URI("urn:motcua:role:hub".try_into().unwrap()));
    let key = KeyPair::generate().unwrap();
    let issued = sign(&greedy.serialize_request(&key).unwrap().pem().unwrap()).unwrap();
    let der = leaf(&issued.certificate_pem);
    assert!(!X509Certificate::from_der(&der).unwrap().1.is_ca());
    assert_eq!(Leaf::from_der(&der).unwrap().device, Some((device, Role::Kiosk)));
}

#[test]
fn servers_need_names_and_the_clock_a_date() {
    let dir = tempdir().unwrap();
    let ca = Authority::open_or_make(dir.path(), "ca").unwrap();
    let request = PrivateKey::generate().unwrap().request("x").unwrap();
    let names = |dns: &str| ServerNames { dns: vec![dns.to_owned()], ips: Vec::new() };
    let server = |names: &ServerNames| ca.issue_server(&request, names, real_now(), 90);
    assert!(matches!(server(&ServerNames::default()), Err(IssueError::NoName)));
    for wrong in ["", "a b", "10.0.0.1", "*.hub", "h\u{1ed9}i.vn", "a\0b"] {
        assert!(matches!(server(&names(wrong)), Err(IssueError::HostName(_))), "{wrong}");
    }
    assert!(server(&names("hub.hall-7.gov.vn")).is_ok());
    let at = |now| ca.issue_device(&request, &name("h.k"), Role::Kiosk, now, 90);
    let end = ca.certificate().not_after_ms();
    assert_eq!(at(end - DAY).unwrap().not_after_ms, end);
    for now in [end, i64::MAX, i64::MIN] {
        assert!(matches!(at(now), Err(IssueError::Time { .. })), "{now}");
    }
}

#[test]
fn the_judge_at_the_edges() {
    let dir = tempdir().unwrap();
    let ca = Authority::open_or_make(dir.path(), "ca").unwrap();
    let request = PrivateKey::generate().unwrap().request("x").unwrap();
    let now = real_now() / 1000 * 1000;
    let issued = ca.issue_device(&request, &name("h.k"), Role::Kiosk, now, 90).unwrap();
    let der = leaf(&issued.certificate_pem);
    let judge = Judge::new(ca.certificate().clone()).of_site("h");
    let code = |at| judge.judge(Some(&der), at).map(|p| p.grace).map_err(|r| r.code());
    let end = issued.not_after_ms;
    assert_eq!(code(now - DAY), Ok(false));
    assert_eq!(code(now - DAY - 1), Err("certificate-not-yet-valid"));
    assert_eq!(code(end), Ok(false));
    assert_eq!(code(end + 1), Ok(true));
    assert_eq!(code(end + 14 * DAY), Ok(true));
    assert_eq!(code(end + 14 * DAY + 1), Err("certificate-expired"));
    assert_eq!(code(i64::MIN), Err("certificate-not-yet-valid"));
    assert_eq!(code(i64::MAX), Err("certificate-expired"));
    assert!(judge.admit(Some(&der), end + 1).is_err());
    assert_eq!(judge.judge(None, now), Err(Refusal::Missing));
    assert_eq!(judge.judge(Some(b"x"), now), Err(Refusal::NotADevice));
    // The authority's own certificate is signed by the authority, and no device.
    assert_eq!(judge.judge(Some(ca.certificate().der()), now), Err(Refusal::NotADevice));
    for at in 0..der.len() {
        let mut bad = der.clone();
        bad[at] ^= 0x10;
        if let Ok(peer) = judge.judge(Some(&bad), now) {
            let same = (peer.name, peer.serial_hex, peer.not_after_ms);
            assert_eq!(same, (name("h.k"), issued.serial_hex.clone(), end), "{at}");
        }
    }
}

#[test]
fn a_name_without_the_purpose_of_a_client_is_no_device() {
    let dir = tempdir().unwrap();
    let ca = Authority::open_or_make(dir.path(), "ca").unwrap();
    let key = KeyPair::from_pem(&fs::read_to_string(dir.path().join("ca.key.pem")).unwrap()).unwrap();
    let issuer = rcgen::Issuer::from_ca_cert_der(&ca.certificate().der().into(), key).unwrap();
    let uri = |text: &str| SanType::URI(text.try_into().unwrap());
    let code = |purpose: rcgen::ExtendedKeyUsagePurpose, uris: &[&str]| {
        let mut params = CertificateParams::default();
        params.extended_key_usages.push(purpose);
        params.subject_alt_names.extend(uris.iter().map(|u| uri(u)));
        let signed = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        let judge = Judge::new(ca.certificate().clone());
        judge.judge(Some(signed.der()), real_now()).map(|p| p.role).map_err(|r| r.code())
    };
    let (device, role) = ("urn:motcua:device:h.k", "urn:motcua:role:kiosk");
    let client = rcgen::ExtendedKeyUsagePurpose::ClientAuth;
    assert_eq!(code(client.clone(), &[device, role]), Ok(Role::Kiosk));
    let refused = Err("certificate-not-a-device");
    assert_eq!(code(rcgen::ExtendedKeyUsagePurpose::ServerAuth, &[device, role]), refused);
    for uris in
        [&[device][..], &[role], &[device, role, "urn:motcua:role:hub"], &["urn:motcua:device:x", role]]
    {
        assert_eq!(code(client.clone(), uris), refused, "{uris:?}");
    }
}

#[test]
fn while_authorities_change_both_are_believed() {
    let dirs = [tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap()];
    let [old, new, other] = dirs.each_ref().map(|d| Authority::open_or_make(d.path(), "ca").unwrap());
    let judge = Judge::new(old.certificate().clone()).and(new.certificate().clone());
    let request = PrivateKey::generate().unwrap().request("x").unwrap();
    let known = |ca: &Authority| {
        let issued = ca.issue_device(&request, &name("h.k"), Role::Kiosk, real_now(), 90).unwrap();
        judge.judge(Some(&leaf(&issued.certificate_pem)), real_now()).map_err(|r| r.code())
    };
    assert!(known(&old).is_ok() && known(&new).is_ok());
    assert_eq!(known(&other), Err("certificate-unknown-authority"));
}

fn pem_body(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body: String = text.lines().filter(|l| !l.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n")
}
