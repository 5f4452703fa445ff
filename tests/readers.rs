// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scans and cards on the command line; cards lie on the virtual reader of a real pcscd.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use motcua_hal::card::sim::{Chip, Document, Faults, Issuer, VirtualCard, VirtualReader};
use serde_json::Value;

use crate::support::*;

const CARD: &str = "001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Hà Nội|20062021";
const MRZ: &str =
    "IDVNM1900000174001190000017<<59002155F3002153VNM<<<<<<<<<<<0TRAN<<THI<VI<DU<<<<<<<<<<<<<<<";
const FIELDS: [(u8, &str); 5] =
    [(1, "001190000017"), (2, "Trần Thị Ví Dụ"), (3, "15/02/1990"), (11, "20/06/2021"), (12, "15/02/2030")];
/// Parts of the made-up person that a masked answer must not show.
const SECRETS: [&str; 6] = ["190000017", "100000001", "Trần", "TRAN", "1990", "Phố Mẫu"];

fn finish(command: &mut Command, input: &[u8]) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A program that needs no more input may have ended.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn parse(input: &[u8], args: &[&str]) -> (Value, i32) {
    let output = finish(Command::new(PROGRAM).args(["scan", "parse"]).args(args), input);
    (json(&output), output.status.code().unwrap())
}

#[test]
fn a_scan_says_what_it_is_masked_unless_asked() {
    let (card, status) = parse(format!("{CARD}\r\n").as_bytes(), &[]);
    assert_eq!((card["kind"].as_str(), status), (Some("cccd_2021"), 0));
    assert_eq!(card["fields"]["number"], "001******017");
    assert_eq!(
        (&card["fields"]["name"], &card["fields"]["birth"]),
        (&"T*** T*** V*** D***".into(), &"****-**-**".into())
    );
    for secret in SECRETS {
        assert!(!card.to_string().contains(secret), "{secret} in {card}");
    }
    let (card, _) = parse(format!("{CARD}||||").as_bytes(), &["--show"]);
    assert_eq!(card["kind"], "cancuoc_2024");
    let fields = &card["fields"];
    assert_eq!((&fields["number"], &fields["name"]), (&"001190000017".into(), &"Trần Thị Ví Dụ".into()));
    assert_eq!((&fields["birth"], &fields["sex"]), (&"1990-02-15".into(), &"female".into()));
    assert_eq!(card["warnings"], serde_json::json!([]));
}

#[test]
fn every_other_scan_has_its_kind_or_a_reason() {
    for (input, kind, code) in [
        ("H56.14-240823-0001", "dossier", "H56.14-240823-0001"),
        (
            "https://x.example/tra-cuu?SGT=001190000017&MHS=H56.14-240823-0001",
            "dossier",
            "H56.14-240823-0001",
        ),
        ("lh-7", "booking", "LH-7"),
        ("1.001193\n", "procedure", "1.001193"),
        ("03706/2026/07906", "code", "03706/2026/07906"),
    ] {
        let (value, status) = parse(input.as_bytes(), &[]);
        assert_eq!(
            (&value["kind"], &value["fields"]["code"], status),
            (&kind.into(), &code.into(), 0),
            "{input}"
        );
        assert!(!value.to_string().contains("001190000017"));
    }
    assert_eq!(parse(b"DL7", &["--booking", "DL"]).0["kind"], "booking");
    let (value, status) = parse(format!("{CARD}x").replace("|Nữ|", "|x|").as_bytes(), &[]);
    assert_eq!(value["warnings"], serde_json::json!(["sex_unreadable", "issue_unreadable"]));
    assert_eq!(status, 0);
    for (input, reason) in [
        (&b""[..], "empty"),
        (&[b'a'; 4096], "too_long"),
        (b"https://x.example/", "address"),
        (b"\x1b[2J", "control_characters"),
        (b"\xC4\xFA\xBA\xC3", "garbled"),
        (b"GD4010000000017|5472E1BAA76E|15/02/1990|2|48|01", "health_insurance"),
    ] {
        let (value, status) = parse(input, &[]);
        assert_eq!((&value["kind"], &value["reason"], status), (&"unknown".into(), &reason.into(), 1));
        assert!(value["message"].as_str().is_some_and(|message| message.ends_with('.')), "{value}");
    }
}

/// A virtual reader, an issuer, and the program that reads there.
struct Bench {
    reader: VirtualReader,
    issuer: Issuer,
    directory: Dir,
}

impl Bench {
    fn new() -> Bench {
        let directory = Dir::new();
        let reader = VirtualReader::start(directory.path()).unwrap();
        let issuer = Issuer::new(2099).unwrap();
        std::fs::create_dir(directory.path().join("trust")).unwrap();
        std::fs::write(directory.path().join("trust/country.der"), issuer.certificate()).unwrap();
        Bench { reader, issuer, directory }
    }

    fn chip(&self) -> Chip {
        Chip::new(Document::new(MRZ, &FIELDS, &self.issuer).unwrap())
    }

    fn insert(&self, chip: &Chip) -> VirtualCard {
        let begun = std::time::Instant::now();
        loop {
            if let Ok(card) = VirtualCard::insert(self.reader.port(), chip.fresh(), Faults::default()) {
                return card;
            }
            assert!(begun.elapsed().as_secs() < 20, "vpcd does not listen");
            std::thread::yield_now();
        }
    }

    fn read(&self, args: &[&str], input: &str) -> (Value, i32) {
        let mut command = Command::new(PROGRAM);
        command.args(["card", "read"]).args(args).env(VirtualReader::VARIABLE, self.reader.socket());
        let output = finish(&mut command, input.as_bytes());
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        for secret in SECRETS {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
        (json(&output), output.status.code().unwrap())
    }

    fn trust(&self) -> String {
        self.directory.path().join("trust").to_string_lossy().into_owned()
    }
}

#[test]
fn a_card_is_read_with_its_number_and_verified() {
    let bench = Bench::new();
    let _card = bench.insert(&bench.chip());
    let (value, status) = bench.read(&["--number", "001190000017", "--trust", &bench.trust()], "");
    assert_eq!(status, 0, "{value}");
    assert_eq!(
        (&value["kind"], &value["access"], &value["verification"]),
        (&"chip".into(), &"pace".into(), &"verified".into())
    );
    assert_eq!(
        (&value["fields"]["number"], &value["warnings"]),
        (&"001******017".into(), &serde_json::json!([]))
    );
    for secret in SECRETS {
        assert!(!value.to_string().contains(secret), "{secret} in {value}");
    }
    let (value, _) = bench.read(&["--number", "-", "--show"], "001190000017\n");
    assert_eq!(value["verification"], "unverified");
    assert_eq!(value["fields"]["name"], "Trần Thị Ví Dụ");
    assert_eq!(
        (&value["fields"]["birth"], &value["fields"]["expiry"]),
        (&"1990-02-15".into(), &"2030-02-15".into())
    );
}

#[test]
fn a_card_without_pace_is_read_with_its_zone_and_a_forged_one_has_failed() {
    let bench = Bench::new();
    let card = bench.insert(&bench.chip().without_pace());
    let (value, status) = bench.read(&["--mrz", MRZ], "");
    assert_eq!((&value["access"], status), (&"bac".into(), 0));
    let (value, status) = bench.read(&["--number", "001190000017"], "");
    assert_eq!((&value["reason"], status), (&"no_access".into(), 1));
    drop(card);
    // A reader of its own: pcscd looks for cards every 0.4 s and would not see that they were swapped.
    let bench = Bench::new();
    let mut fields = FIELDS;
    fields[1].1 = "Trần Thị Giả";
    let forged = Document::new(MRZ, &FIELDS, &bench.issuer).unwrap().forged(&fields);
    let _card = bench.insert(&Chip::new(forged));
    let (value, status) = bench.read(&["--mrz", "-", "--trust", &bench.trust()], MRZ);
    assert_eq!((&value["verification"], status), (&"failed".into(), 0));
}

#[test]
fn what_keeps_a_card_from_being_read_is_said() {
    let bench = Bench::new();
    let (value, status) = bench.read(&["--number", "001190000017", "--wait", "0"], "");
    assert_eq!((&value["kind"], &value["reason"], status), (&"refused".into(), &"no_card".into(), 1));
    let _card = bench.insert(&bench.chip());
    for (args, reason) in [
        (&["--number", "001190000018"][..], "wrong_access"),
        (&["--number", "12"], "number"),
        (&["--mrz", "IDVNM"], "mrz"),
        (&["--number", "001190000017", "--reader", "Other"], "no_reader"),
        (&["--number", "001190000017", "--trust", "/nowhere"], "trust"),
    ] {
        let (value, status) = bench.read(args, "");
        assert_eq!((&value["reason"], status), (&reason.into(), 1), "{value}");
        assert!(value["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
}
