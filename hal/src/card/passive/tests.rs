// SPDX-License-Identifier: MIT OR Apache-2.0
//! Document security objects made by OpenSSL, which nobody here wrote, in every way that states sign.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::*;
use crate::card::ber::tlv;

const DG1: &[u8] = &[0x61, 3, 1, 2, 3];

fn openssl(directory: &Path, arguments: &str) {
    let output = Command::new("openssl").current_dir(directory).args(arguments.split(' ')).output();
    let output = output.expect("openssl is missing: tools/setup.sh test installs it");
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A document security object for DG1, and the country's certificate. `key`: how both keys are made; `sign`: further
/// options of both signatures.
fn issued(key: &str, usage: &str, sign: &str) -> (Vec<u8>, TrustStore) {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    // 2.16.840.1.101.3.4.2.1: SHA-256.
    let sha256 = tlv(0x30, &tlv(0x06, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]));
    let digest = tlv(0x30, &[tlv(0x02, &[1]), tlv(0x04, &Sha256::digest(DG1))].concat());
    let content = tlv(0x30, &[tlv(0x02, &[0]), sha256, tlv(0x30, &digest)].concat());
    std::fs::write(at.join("content"), content).unwrap();
    std::fs::write(at.join("extensions"), format!("keyUsage=critical,{usage}\n")).unwrap();
    for name in ["country", "signer"] {
        openssl(at, &format!("genpkey {key} -out {name}.key"));
    }
    openssl(
        at,
        &format!("req -x509 -new -key country.key {sign} -subj /CN=Country -days 30 -out country.pem"),
    );
    openssl(at, "req -new -key signer.key -subj /CN=Signer -out signer.csr");
    openssl(
        at,
        &format!(
            "x509 -req -in signer.csr -CA country.pem -CAkey country.key -CAcreateserial {sign} -days 20 -extfile extensions -out signer.pem"
        ),
    );
    let options = sign.replace("-sigopt", "-keyopt").replacen('-', "-md ", 1);
    openssl(
        at,
        &format!(
            "cms -sign -binary -nodetach -econtent_type 2.23.136.1.1.1 -in content -signer signer.pem -inkey signer.key {options} -outform DER -out sod"
        ),
    );
    let sod = tlv(0x77, &std::fs::read(at.join("sod")).unwrap());
    let trust = TrustStore::from_directory(&{
        let trusted = at.join("trusted");
        std::fs::create_dir(&trusted).unwrap();
        std::fs::copy(at.join("country.pem"), trusted.join("country.pem")).unwrap();
        trusted
    });
    (sod, trust.unwrap())
}

fn found(sod: &[u8], dg1: &[u8], trust: &TrustStore) -> Authenticity {
    authenticate(Some(sod), &[(1, dg1)], trust, SystemTime::now())
}

#[test]
fn every_way_that_states_sign_is_verified() {
    for (key, sign) in [
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-sha256"),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-sha384"),
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32",
        ),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "-sha256"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-sha384"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "-sha512"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", "-sha256"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP384r1", "-sha384"),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -pkeyopt ec_param_enc:explicit",
            "-sha256",
        ),
    ] {
        let (sod, trust) = issued(key, "digitalSignature", sign);
        assert_eq!(found(&sod, DG1, &trust), Authenticity::Verified, "{key} {sign}");
        let none = Authenticity::Unverified(Unproven::NoCertificates);
        assert_eq!(found(&sod, DG1, &TrustStore::new()), none, "{key} {sign}");
        let changed = Authenticity::Failed(Flaw::DataGroup(1));
        assert_eq!(found(&sod, &[0x61, 3, 1, 2, 4], &trust), changed, "{key} {sign}");
    }
}

#[test]
fn what_is_not_known_is_unverified_and_never_genuine() {
    let (sod, trust) =
        issued("-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP512r1", "digitalSignature", "-sha512");
    assert_eq!(found(&sod, DG1, &trust), Authenticity::Unverified(Unproven::Algorithm));
}

#[test]
fn a_certificate_for_another_use_or_another_day_does_not_sign_documents() {
    let key = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    let (sod, trust) = issued(key, "cRLSign", "-sha256");
    assert_eq!(found(&sod, DG1, &trust), Authenticity::Failed(Flaw::WrongUse));
    let (sod, trust) = issued(key, "digitalSignature", "-sha256");
    let in_25_days = SystemTime::now() + Duration::from_secs(25 * 86_400);
    let later = authenticate(Some(&sod), &[(1, DG1)], &trust, in_25_days);
    assert_eq!(later, Authenticity::Failed(Flaw::OutOfDate));
    let (_, others) = issued(key, "digitalSignature", "-sha256");
    assert_eq!(found(&sod, DG1, &others), Authenticity::Failed(Flaw::UnknownIssuer));
}

/// Every byte of the object, changed: never verified, never a panic. Some bytes are looked at by nobody: version numbers,
/// the serial number of the signer, attributes beside the two that count.
#[test]
fn a_changed_object_is_never_signed_by_another_key() {
    let (sod, trust) =
        issued("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "digitalSignature", "-sha256");
    let content =
        sod.windows(DG1_DIGEST_HEADER.len()).position(|window| window == DG1_DIGEST_HEADER).unwrap();
    for at in 0..sod.len() {
        let mut changed = sod.clone();
        changed[at] ^= 0x01;
        let answer = found(&changed, DG1, &trust);
        if (content..content + 37).contains(&at) || at > sod.len() - 60 {
            assert_ne!(answer, Authenticity::Verified, "byte {at}");
        }
    }
}

/// DG 1 and the header of its digest, within the signed content.
const DG1_DIGEST_HEADER: &[u8] = &[0x02, 0x01, 0x01, 0x04, 0x20];
