// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a power cut leaves of an identity: the old pair or the new pair, whole.

use super::support::{issued, name, real_now};
use motcua_link::trust::authority::{Authority, request_key};
use motcua_link::trust::identity::{IdentityDir, IdentityError, KEY_FILE, PAIR_FILE};
use motcua_link::trust::key::PrivateKey;
use motcua_link::trust::name::Role;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

fn authority() -> (TempDir, Authority) {
    let dir = tempdir().unwrap();
    let authority = Authority::open_or_make(dir.path(), "motcua authority").unwrap();
    (dir, authority)
}

fn beside(path: &Path) -> PathBuf {
    path.with_file_name(format!("{}.new", path.file_name().unwrap().to_str().unwrap()))
}

/// The serial number after a start, as after any power cut: the pair loads and its halves fit.
fn after_start(dir: &Path) -> String {
    let identity = IdentityDir::open_or_make_key(dir).unwrap().identity().unwrap().unwrap();
    identity.serial_hex().to_owned()
}

#[test]
fn a_renewal_that_power_cuts_at_any_byte_leaves_a_pair() {
    let (_ca, authority) = authority();
    let dir = tempdir().unwrap();
    let old = issued(&authority, "h.k", real_now(), dir.path()).serial_hex().to_owned();
    let (pair, key) = (dir.path().join(PAIR_FILE), dir.path().join(KEY_FILE));
    assert!(!key.exists());
    let old_pair = fs::read(&pair).unwrap();

    // The next key is written beside, cut at any byte.
    let next_key = PrivateKey::generate().unwrap().pem();
    for cut in 0..=next_key.len() {
        fs::write(beside(&key), &next_key.as_bytes()[..cut]).unwrap();
        assert_eq!(after_start(dir.path()), old);
    }
    // It is there: every start asks for the same key.
    fs::rename(beside(&key), &key).unwrap();
    let at = IdentityDir::open_or_make_key(dir.path()).unwrap();
    let request = at.request(&name("h.k")).unwrap();
    let again = IdentityDir::open_or_make_key(dir.path()).unwrap().request(&name("h.k")).unwrap();
    assert_eq!(request_key(&request).unwrap(), request_key(&again).unwrap());
    assert_eq!(after_start(dir.path()), old);

    // The answer is installed elsewhere to learn the bytes, then written beside here, cut at any byte.
    let answer = authority.issue_device(&request, &name("h.k"), Role::Kiosk, real_now(), 90).unwrap();
    let ca = authority.certificate().pem();
    let elsewhere = tempdir().unwrap();
    fs::copy(&key, elsewhere.path().join(KEY_FILE)).unwrap();
    let learning = IdentityDir::open_or_make_key(elsewhere.path()).unwrap();
    learning.install(&answer.certificate_pem, &ca).unwrap();
    let new_pair = fs::read(elsewhere.path().join(PAIR_FILE)).unwrap();
    for cut in 0..=new_pair.len() {
        fs::write(beside(&pair), &new_pair[..cut]).unwrap();
        if cut % 16 == 0 || cut == new_pair.len() {
            assert_eq!(after_start(dir.path()), old);
        }
    }
    assert_eq!(fs::read(&pair).unwrap(), old_pair);

    // Renamed, the waiting key not yet removed: the new pair counts, and the next renewal has a fresh key.
    fs::rename(beside(&pair), &pair).unwrap();
    assert_eq!(after_start(dir.path()), answer.serial_hex);
    let at = IdentityDir::open_or_make_key(dir.path()).unwrap();
    assert_eq!(at.install(&answer.certificate_pem, &ca).unwrap().serial_hex(), answer.serial_hex);
    let next = at.request(&name("h.k")).unwrap();
    assert_ne!(request_key(&next).unwrap(), request_key(&request).unwrap());
    assert_eq!(after_start(dir.path()), answer.serial_hex);
}

#[test]
fn only_a_certificate_that_fits_is_installed() {
    let (_ca, authority) = authority();
    let (_other_ca, other) = self::authority();
    let dir = tempdir().unwrap();
    let old = issued(&authority, "h.k", real_now(), dir.path()).serial_hex().to_owned();
    let at = IdentityDir::open_or_make_key(dir.path()).unwrap();
    let request = at.request(&name("h.k")).unwrap();
    let ca = authority.certificate().pem();

    let strange = PrivateKey::generate().unwrap().request("h.k").unwrap();
    let strange = authority.issue_device(&strange, &name("h.k"), Role::Kiosk, real_now(), 90).unwrap();
    let refused = at.install(&strange.certificate_pem, &ca);
    assert!(matches!(refused, Err(IdentityError::OtherKey)), "{refused:?}");
    let foreign = other.issue_device(&request, &name("h.k"), Role::Kiosk, real_now(), 90).unwrap();
    let refused = at.install(&foreign.certificate_pem, &ca);
    assert!(matches!(refused, Err(IdentityError::OtherAuthority)), "{refused:?}");
    let server = authority.issue_server(&request, &super::support::here(), real_now(), 90).unwrap();
    assert!(at.install(&server.certificate_pem, &ca).is_err());
    for nonsense in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(at.install(nonsense, &ca).is_err());
        assert!(at.install(&foreign.certificate_pem, nonsense).is_err());
    }
    assert_eq!(after_start(dir.path()), old);

    let good = authority.issue_device(&request, &name("h.k"), Role::Kiosk, real_now(), 90).unwrap();
    at.install(&good.certificate_pem, &ca).unwrap();
    assert_eq!(after_start(dir.path()), good.serial_hex);
}

#[test]
fn keys_are_for_the_owner_only_and_never_shown() {
    let (ca, authority) = authority();
    let dir = tempdir().unwrap();
    let identity = issued(&authority, "h.k", real_now(), dir.path());
    IdentityDir::open_or_make_key(dir.path()).unwrap().request(&name("h.k")).unwrap();
    for path in [dir.path().join(PAIR_FILE), dir.path().join(KEY_FILE), ca.path().join("ca.key.pem")] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let shown = format!("{identity:?} {authority:?}");
    let pem = identity.key().pem();
    assert!(shown.contains("hidden") && !shown.contains(pem.lines().nth(1).unwrap()));
}

#[test]
fn a_damaged_pair_says_what_to_do() {
    let (_ca, authority) = authority();
    let dir = tempdir().unwrap();
    issued(&authority, "h.k", real_now(), dir.path());
    let pair = dir.path().join(PAIR_FILE);
    let text = fs::read_to_string(&pair).unwrap();
    for damaged in [String::new(), text[..text.len() / 2].to_owned(), text.replace("MIG", "MIA")] {
        fs::write(&pair, damaged).unwrap();
        let error = IdentityDir::open_or_make_key(dir.path()).unwrap_err();
        assert!(error.to_string().contains("enrol the device again"), "{error}");
    }
}
