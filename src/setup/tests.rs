// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first-run screen's steps: fingers to a file that the checks take, codes, wrong answers.

use super::finds::Finds;
use super::session::{Effect, Session};
use super::view::*;
use crate::machine::{Fault, Role, Settings};

fn session() -> Session {
    let mut session = Session::new("0.1.0");
    session.found(Finds { printers: vec!["usb:/dev/usb/lp0".into()], scanners: Vec::new() });
    session.press(&SetupIntent::Begin);
    session
}

fn step(session: &Session) -> Step {
    match session.view().screen {
        SetupScreen::Choose(c) => c.step,
        SetupScreen::Type(t) => t.step,
        other => panic!("no question: {other:?}"),
    }
}

fn pick(session: &mut Session, pick: &Pick) {
    let SetupScreen::Choose(choose) = session.view().screen else { panic!("{:?}", session.view()) };
    let at = choose.picks.iter().position(|p| p == pick).unwrap_or_else(|| panic!("no {pick:?}: {choose:?}"));
    assert_eq!(session.press(&SetupIntent::Choose(at)), None);
}

fn write(session: &mut Session, text: &str) {
    text.chars().for_each(|c| drop(session.press(&SetupIntent::Key(c))));
    assert_eq!(session.press(&SetupIntent::Next), None);
}

/// DHCP, and neither proxy nor time servers.
fn usual_network(session: &mut Session) {
    pick(session, &Pick::Dhcp);
    pick(session, &Pick::NoExtras);
}

fn give(session: &mut Session) -> Result<Settings, Vec<Fault>> {
    assert!(matches!(session.view().screen, SetupScreen::Summary(_)), "{:?}", session.view());
    let Some(Effect::Give(text)) = session.press(&SetupIntent::Next) else { panic!("nothing is given") };
    assert_eq!(session.view().screen, SetupScreen::Busy);
    Settings::parse(&text)
}

#[test]
fn fingers_make_a_kiosk_with_its_hub_inside() {
    let mut s = session();
    pick(&mut s, &Pick::Role(Role::Kiosk));
    pick(&mut s, &Pick::Here);
    write(&mut s, "Phuongwf Ngoo Quyeenf");
    assert_eq!(step(&s), Step::Name);
    write(&mut s, "");
    pick(&mut s, &Pick::Wifi);
    write(&mut s, "MOT-CUA");
    write(&mut s, "mot hai ba");
    usual_network(&mut s);
    pick(&mut s, &Pick::Printer("usb:/dev/usb/lp0".into()));
    pick(&mut s, &Pick::Profile("xprinter-xp80"));
    pick(&mut s, &Pick::Rotation(90));
    write(&mut s, "714905");
    let settings = give(&mut s).unwrap_or_else(|f| panic!("{f:#?}"));
    let device = &settings.device;
    assert_eq!((device.name.as_str(), device.rotation, device.is_hub()), ("kiosk-1", 90, true));
    assert_eq!(device.hall.as_ref().unwrap().name, "Phường Ngô Quyền");
    assert_eq!(device.printer.as_ref().unwrap().profile, "xprinter-xp80");
    assert_eq!(settings.private.passphrase.as_deref(), Some("mot hai ba"));
    s.given(Ok(()));
    assert_eq!(s.view().screen, SetupScreen::Done);
}

#[test]
fn a_display_asks_for_hub_and_ticket_and_for_no_printer() {
    let mut s = session();
    pick(&mut s, &Pick::Role(Role::Display));
    assert_eq!(step(&s), Step::Address);
    write(&mut s, "192.0.2.1:8611");
    let ticket = format!(
        "motcua:enrol?u=https://192.0.2.1:8611&f={}&d=w.display-1&t={}",
        "0".repeat(64),
        "A".repeat(32)
    );
    assert_eq!(s.scanned(ticket.as_bytes()), None, "a ticket fills the field");
    s.press(&SetupIntent::Next);
    write(&mut s, "");
    pick(&mut s, &Pick::Cable);
    usual_network(&mut s);
    pick(&mut s, &Pick::Rotation(0));
    write(&mut s, "714905");
    let settings = give(&mut s).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!(settings.device.hub.as_deref(), Some("https://192.0.2.1:8611"));
    assert!(settings.once.ticket.is_some());
}

#[test]
fn a_ticket_before_the_scanner_answers_what_it_knows() {
    let mut s = Session::new("0.1.0");
    let ticket = format!(
        "motcua:enrol?u=https://192.0.2.1:8611&f={}&d=w.kiosk-7&t={}",
        "0".repeat(64),
        "A".repeat(32)
    );
    assert_eq!(s.scanned(format!("{ticket}\r").as_bytes()), None);
    s.found(Finds { printers: vec!["usb:/dev/usb/lp0".into()], scanners: Vec::new() });
    pick(&mut s, &Pick::Role(Role::Kiosk));
    assert!(matches!(s.view().screen, SetupScreen::Choose(c) if c.chosen == Some(1)), "the hub is elsewhere");
    pick(&mut s, &Pick::Elsewhere);
    assert!(matches!(s.view().screen, SetupScreen::Type(t) if t.text == "https://192.0.2.1:8611" && t.ready));
    (0..3).for_each(|_| drop(s.press(&SetupIntent::Next)));
    pick(&mut s, &Pick::Cable);
    usual_network(&mut s);
    pick(&mut s, &Pick::Printer("usb:/dev/usb/lp0".into()));
    s.press(&SetupIntent::Next);
    pick(&mut s, &Pick::Rotation(0));
    write(&mut s, "714905");
    let settings = give(&mut s).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!(settings.device.name, "kiosk-7");
    assert_eq!(settings.device.printer.unwrap().profile, "generic");
}

/// A hub on a cable, as far as the question for its address.
fn at_addressing() -> Session {
    let mut s = session();
    pick(&mut s, &Pick::Role(Role::Hub));
    write(&mut s, "Xa A");
    write(&mut s, "");
    pick(&mut s, &Pick::Cable);
    assert_eq!(step(&s), Step::Addressing);
    s
}

#[test]
fn fingers_give_a_fixed_address_and_what_else_the_network_has() {
    let mut s = at_addressing();
    pick(&mut s, &Pick::Fixed);
    write(&mut s, "192.168.1.20");
    assert_eq!(step(&s), Step::IpAddress, "the length of the network is missing");
    write(&mut s, "/24");
    write(&mut s, "192.168.1.1");
    write(&mut s, "192.168.1.1 192.168.1.2");
    pick(&mut s, &Pick::Extras);
    write(&mut s, "192.168.1.2:3128");
    write(&mut s, "vn.pool.ntp.org");
    write(&mut s, "714905");
    let SetupScreen::Summary(all) = s.view().screen else { panic!("{:?}", s.view()) };
    let shown = |step, text: &str| all.rows.contains(&(step, Answer::Text(text.to_owned())));
    assert!(shown(Step::IpAddress, "192.168.1.20/24") && shown(Step::Gateway, "192.168.1.1"), "{all:?}");
    assert!(shown(Step::Dns, "192.168.1.1 192.168.1.2") && shown(Step::Ntp, "vn.pool.ntp.org"), "{all:?}");
    let settings = give(&mut s).unwrap_or_else(|f| panic!("{f:#?}"));
    let network = &settings.device.network;
    assert_eq!(network.address.as_deref(), Some("192.168.1.20/24"));
    assert_eq!(network.gateway.as_deref(), Some("192.168.1.1"));
    assert_eq!((network.dns.len(), network.ntp.as_slice()), (2, &["vn.pool.ntp.org".to_owned()][..]));
    assert_eq!(settings.private.proxy.as_deref(), Some("http://192.168.1.2:3128"));
}

#[test]
fn an_address_that_was_given_up_is_not_in_the_settings() {
    let mut s = at_addressing();
    pick(&mut s, &Pick::Fixed);
    write(&mut s, "192.168.1.20/24");
    (0..2).for_each(|_| drop(s.press(&SetupIntent::Back)));
    pick(&mut s, &Pick::Dhcp);
    pick(&mut s, &Pick::Extras);
    write(&mut s, "");
    write(&mut s, "giờ");
    assert_eq!(step(&s), Step::Ntp, "no name of a server");
    (0..3).for_each(|_| drop(s.press(&SetupIntent::Erase)));
    write(&mut s, "");
    write(&mut s, "714905");
    let SetupScreen::Summary(all) = s.view().screen else { panic!("{:?}", s.view()) };
    assert!(all.rows.contains(&(Step::Addressing, Answer::Pick(Pick::Dhcp))), "{all:?}");
    assert!(
        all.rows.iter().all(|(step, _)| !matches!(step, Step::IpAddress | Step::Proxy | Step::Ntp)),
        "{all:?}"
    );
    let settings = give(&mut s).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!((settings.device.network, settings.private.proxy.as_ref()), (Default::default(), None));
}

#[test]
fn nothing_leads_on_before_there_is_an_answer_and_back_keeps_it() {
    let mut s = session();
    s.press(&SetupIntent::Next);
    assert_eq!(step(&s), Step::Role, "nothing is chosen");
    pick(&mut s, &Pick::Role(Role::Kiosk));
    pick(&mut s, &Pick::Here);
    s.press(&SetupIntent::Next);
    assert_eq!(step(&s), Step::Hall, "nothing is typed");
    write(&mut s, "Xa A");
    s.press(&SetupIntent::Back);
    assert!(matches!(s.view().screen, SetupScreen::Type(t) if t.text == "Xa A" && t.ready));
    (0..3).for_each(|_| drop(s.press(&SetupIntent::Back)));
    assert!(matches!(s.view().screen, SetupScreen::Welcome(_)));
}

#[test]
fn faults_of_file_code_and_fingers_are_shown_where_they_can_be_mended() {
    let mut s = Session::new("0.1.0");
    let fault = || vec![Fault { line: 3, message_vi: "sai".into(), message_en: "wrong".into() }];
    s.file_faults(fault());
    let SetupScreen::Welcome(w) = s.view().screen else { panic!() };
    assert_eq!((w.source, w.faults[0].line, w.faults[0].text.as_str()), (Source::File, 3, "sai"));
    s.press(&SetupIntent::Language);
    let Some(Effect::Give(text)) = s.scanned(b"role = 1\r\nname = 2\r") else { panic!() };
    assert_eq!(text.as_str(), "role = 1\nname = 2\n");
    s.given(Err(fault()));
    s.file_faults(Vec::new());
    let SetupScreen::Welcome(w) = s.view().screen else { panic!() };
    assert_eq!((w.source, w.faults[0].text.as_str()), (Source::Code, "wrong"));
}

#[test]
fn from_everything_once_more_a_finger_goes_to_one_answer_and_back() {
    let mut s = at_addressing();
    pick(&mut s, &Pick::Fixed);
    write(&mut s, "192.168.1.20/24");
    write(&mut s, "192.168.1.1");
    write(&mut s, "");
    pick(&mut s, &Pick::NoExtras);
    write(&mut s, "714905");
    let at = |s: &Session, wanted| {
        let SetupScreen::Summary(all) = s.view().screen else { panic!("{:?}", s.view()) };
        all.rows.iter().position(|(step, _)| *step == wanted).unwrap_or_else(|| panic!("{all:?}"))
    };
    // A name stands alone.
    let row = at(&s, Step::Name);
    s.press(&SetupIntent::Answer(row));
    assert_eq!(step(&s), Step::Name);
    write(&mut s, "2");
    // A gateway goes with its address; back from the first of them is the choice, then everything once more.
    let row = at(&s, Step::IpAddress);
    s.press(&SetupIntent::Answer(row));
    s.press(&SetupIntent::Next);
    assert_eq!(step(&s), Step::Gateway);
    (0..2).for_each(|_| drop(s.press(&SetupIntent::Back)));
    assert_eq!(step(&s), Step::Addressing);
    pick(&mut s, &Pick::Dhcp);
    // What is asked in addition by an answer is asked.
    let row = at(&s, Step::Network);
    s.press(&SetupIntent::Answer(row));
    pick(&mut s, &Pick::Wifi);
    write(&mut s, "MOT-CUA");
    write(&mut s, "mot hai ba");
    at(&s, Step::Passphrase);
    s.press(&SetupIntent::Answer(99));
    let settings = give(&mut s).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!((settings.device.name.as_str(), settings.device.network.address), ("hub-12", None));
    assert_eq!(settings.device.network.ssid.as_deref(), Some("MOT-CUA"));
    // Another role is the whole way once more.
    s.given(Err(Vec::new()));
    s.press(&SetupIntent::Answer(0));
    pick(&mut s, &Pick::Role(Role::Kiosk));
    assert_eq!(step(&s), Step::Hub);
}

#[test]
fn a_fault_leads_to_the_answer_that_it_is_about_and_goes_when_that_is_given_anew() {
    let mut s = at_addressing();
    usual_network(&mut s);
    write(&mut s, "714905");
    let Some(Effect::Give(text)) = s.press(&SetupIntent::Next) else { panic!("nothing is given") };
    let line = |key: &str| 1 + text.lines().position(|l| l.starts_with(key)).unwrap();
    let fault = |line| Fault { line, message_vi: format!("sai {line}"), message_en: String::new() };
    s.given(Err(vec![fault(line("name")), fault(line("pin")), fault(0)]));
    let shown = |s: &Session| match s.view().screen {
        SetupScreen::Summary(all) => all.faults.len(),
        other => panic!("{other:?}"),
    };
    s.press(&SetupIntent::Mend(2));
    assert_eq!(shown(&s), 3, "no answer is to blame");
    s.press(&SetupIntent::Mend(1));
    assert_eq!(step(&s), Step::Pin);
    s.press(&SetupIntent::Back);
    assert_eq!(shown(&s), 3, "nothing was answered");
    s.press(&SetupIntent::Mend(1));
    s.press(&SetupIntent::Next);
    assert_eq!(shown(&s), 2);
    s.press(&SetupIntent::Mend(0));
    assert_eq!(step(&s), Step::Name);
    s.press(&SetupIntent::Next);
    assert_eq!(shown(&s), 1);
    assert!(matches!(s.press(&SetupIntent::Next), Some(Effect::Give(_))));
}

#[test]
fn secrets_are_neither_on_the_summary_nor_in_debug_output() {
    let mut s = session();
    pick(&mut s, &Pick::Role(Role::Hub));
    write(&mut s, "Xa A");
    write(&mut s, "");
    pick(&mut s, &Pick::Wifi);
    write(&mut s, "x");
    write(&mut s, "geheimgeheim");
    pick(&mut s, &Pick::Dhcp);
    pick(&mut s, &Pick::Extras);
    write(&mut s, "u:geheim@192.0.2.1:3128");
    write(&mut s, "");
    write(&mut s, "714905");
    let SetupScreen::Summary(all) = s.view().screen else { panic!() };
    assert!(all.rows.contains(&(Step::Proxy, Answer::Hidden)), "{all:?}");
    let said = format!("{:?} {s:?}", s.view());
    assert!(!said.contains("714905") && !said.contains("geheim"), "{said}");
}

#[test]
fn a_device_without_its_card_says_so_in_both_languages_and_takes_nothing() {
    let mut session = Session::new("0.1.0");
    session.lost();
    let lost = SetupScreen::Lost("0.1.0".to_owned());
    assert_eq!(session.view(), SetupView { lang: "vi".into(), screen: lost.clone() });
    assert_eq!(session.press(&SetupIntent::Begin), None);
    assert_eq!(session.scanned(b"role = \"kiosk\""), None);
    assert_eq!(session.view().screen, lost);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        session.lost();
        seen.insert(session.view().lang);
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    session.press(&SetupIntent::Language);
    assert_eq!(session.view().screen, lost, "a finger may ask for the language, too");
}
