// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is called genuine, and what is not.

use motcua_hal::card::sim::{Chip, Document, Faults, Issuer};
use motcua_hal::card::{Authenticity, CardEvent, Flaw, TrustStore, Unproven};

use super::bench::{Bench, FIELDS, MRZ, alone, can};

fn found(bench: &Bench, document: Document, trust: TrustStore) -> Authenticity {
    let driver = bench.driver(trust);
    let card = bench.insert(&Chip::new(document), &Faults::default());
    driver.wait_for(&CardEvent::Inserted);
    let authenticity = driver.read(can()).unwrap().authenticity;
    drop(card);
    driver.wait_for(&CardEvent::Removed);
    authenticity
}

#[test]
fn only_what_an_installed_country_signed_is_verified() {
    alone("trust::only_what_an_installed_country_signed_is_verified", |bench| {
        let document = || bench.document();
        assert_eq!(found(bench, document(), bench.trust()), Authenticity::Verified);
        let none = Authenticity::Unverified(Unproven::NoCertificates);
        assert_eq!(found(bench, document(), TrustStore::new()), none);
        let mut others = TrustStore::new();
        others.add(Issuer::new(2099).unwrap().certificate()).unwrap();
        assert_eq!(found(bench, document(), others), Authenticity::Failed(Flaw::UnknownIssuer));
    });
}

#[test]
fn what_was_changed_or_never_signed_has_failed_with_and_without_certificates() {
    alone("trust::what_was_changed_or_never_signed_has_failed_with_and_without_certificates", |bench| {
        let mut fields = FIELDS;
        fields[1].1 = "Trần Thị Giả";
        let failed = |flaw| Authenticity::Failed(flaw);
        for trust in [bench.trust(), TrustStore::new()] {
            let forged = bench.document().forged(&fields);
            assert_eq!(found(bench, forged, trust.clone()), failed(Flaw::DataGroup(13)));
            assert_eq!(
                found(bench, bench.document().with_sod(None), trust.clone()),
                failed(Flaw::NoSecurityObject)
            );
            let noise = bench.document().with_sod(Some(vec![0x77, 3, 0x30, 1, 0]));
            assert_eq!(found(bench, noise, trust), failed(Flaw::Malformed));
        }
    });
}

#[test]
fn certificates_are_out_of_date_one_day() {
    alone("trust::certificates_are_out_of_date_one_day", |bench| {
        bench.issuer = Issuer::new(2021).unwrap();
        let document = Document::new(MRZ, &FIELDS, &bench.issuer).unwrap();
        assert_eq!(found(bench, document, bench.trust()), Authenticity::Failed(Flaw::OutOfDate));
    });
}

#[test]
fn certificates_are_installed_from_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    assert!(TrustStore::from_directory(directory.path()).unwrap().is_empty());
    std::fs::write(directory.path().join("vn.der"), Issuer::new(2099).unwrap().certificate()).unwrap();
    std::fs::write(directory.path().join("README"), "not looked at").unwrap();
    assert_eq!(TrustStore::from_directory(directory.path()).unwrap().len(), 1);
    std::fs::write(directory.path().join("broken.pem"), "-----BEGIN").unwrap();
    let error = TrustStore::from_directory(directory.path()).unwrap_err();
    assert!(error.to_string().contains("broken.pem"), "{error}");
    assert!(TrustStore::from_directory(&directory.path().join("away")).is_err());
}
