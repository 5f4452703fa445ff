// SPDX-License-Identifier: MIT OR Apache-2.0
//! What people type and scan: tokens, tickets, names.

use super::support::name;
use motcua_link::trust::certificate::ServerNames;
use motcua_link::trust::name::Role;
use motcua_link::trust::token::{
    EnrolmentTicket, TicketError, Token, TokenError, TokenRecord, TokenRefusal, check,
};
use motcua_link::wire::Source;
use proptest::prelude::*;

const PIN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

#[test]
fn a_token_is_forgiving_and_hidden() {
    let token: Token = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ".parse().unwrap();
    assert_eq!(token.text().as_str(), "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ");
    for same in [
        "o123456789abcdefghjkmnpqrstvwxyz",
        " Oi23 4567-89ab-cdef-ghjk-mnpq-rstv-wxyz\n",
        "0L23456789abcdefGHJKMNPQRSTVWXYZ",
    ] {
        assert_eq!(same.parse::<Token>().unwrap(), token);
    }
    assert_eq!("0123-4567".parse::<Token>(), Err(TokenError::Length(8)));
    assert_eq!("".parse::<Token>(), Err(TokenError::Length(0)));
    assert_eq!("U".parse::<Token>(), Err(TokenError::Character('U')));
    assert_eq!("\u{111}".parse::<Token>(), Err(TokenError::Character('\u{111}')));
    let shown = format!("{token:?}");
    assert!(!shown.contains("0123"), "{shown}");
    let fresh = Token::generate().unwrap();
    assert_ne!(fresh, Token::generate().unwrap());
    assert_eq!(fresh.text().len(), 39);
    assert_eq!(fresh.digest().0.len(), 64);
}

#[test]
fn tickets_say_what_is_wrong_with_them() {
    let token = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ";
    let good = format!("motcua:enrol?u=https://hub.hall-7.vn:8443/base&f={PIN}&d=hall-7.kiosk-2&t={token}");
    let ticket: EnrolmentTicket = good.parse().unwrap();
    assert_eq!(ticket.line().as_str(), good);
    assert_eq!((ticket.url(), ticket.device()), ("https://hub.hall-7.vn:8443/base", &name("hall-7.kiosk-2")));
    assert!(!format!("{ticket:?}").contains("4567"));
    let later = good.replace("?u=", "?x=1&flag&u=").replace("/base", "/base/") + "\n";
    assert_eq!(later.parse::<EnrolmentTicket>().unwrap(), ticket);

    let wrong = |from: &str, to: &str| good.replace(from, to).parse::<EnrolmentTicket>().unwrap_err();
    assert_eq!(wrong("motcua:", "https:"), TicketError::NotATicket);
    assert_eq!(wrong("&d=hall-7.kiosk-2", ""), TicketError::Missing('d'));
    assert_eq!(wrong("&d=", "&d=a.b&d="), TicketError::Twice('d'));
    assert_eq!(wrong("&f=00", "&f=0g"), TicketError::Fingerprint);
    assert_eq!(wrong("&f=00", "&f="), TicketError::Fingerprint);
    assert!(matches!(wrong("https:", "http:"), TicketError::Url(_)));
    assert!(matches!(wrong("hub.hall-7.vn", "user@hub"), TicketError::Url(_)));
    assert!(matches!(wrong("hub.hall-7.vn", "h\u{1ed9}i.vn"), TicketError::Url(_)));
    assert!(matches!(wrong("hub.hall-7.vn:8443", ""), TicketError::Url(_)));
    assert!(matches!(wrong("kiosk-2", "Kiosk 2"), TicketError::Device(_)));
    assert!(matches!(wrong("-WXYZ", ""), TicketError::Token(_)));
}

#[test]
fn tokens_are_checked_in_an_order_that_helps() {
    let token = Token::generate().unwrap();
    let mut record = TokenRecord {
        digest: token.digest(),
        name: name("h.k"),
        role: Role::Kiosk,
        server: ServerNames::default(),
        expires_ms: 1000,
        used_at_ms: None,
    };
    assert_eq!(check(None, &name("h.k"), 0), Err(TokenRefusal::Unknown));
    assert_eq!(check(Some(&record), &name("h.k"), 999), Ok(()));
    assert_eq!(check(Some(&record), &name("h.k"), 1000), Err(TokenRefusal::Expired { when_ms: 1000 }));
    assert!(matches!(check(Some(&record), &name("h.x"), 0), Err(TokenRefusal::OtherDevice { .. })));
    record.used_at_ms = Some(5);
    assert_eq!(check(Some(&record), &name("h.k"), 2000), Err(TokenRefusal::Used { when_ms: 5 }));
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<TokenRecord>(&text).unwrap(), record);
}

proptest! {
    #[test]
    fn tokens_come_back(bytes in proptest::collection::vec(0_usize..32, 32)) {
        let alphabet: Vec<char> = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().collect();
        let text: String = bytes.iter().map(|b| alphabet[*b]).collect();
        let token: Token = text.parse().unwrap();
        prop_assert_eq!(token.text().replace('-', ""), text.clone());
        prop_assert_eq!(text.to_lowercase().parse::<Token>().unwrap(), token);
    }

    #[test]
    fn nothing_typed_panics(text in "\\PC{0,80}") {
        let _ = text.parse::<Token>();
        let _ = text.parse::<Source>();
        let _ = text.parse::<EnrolmentTicket>();
        let _ = format!("motcua:enrol?{text}").parse::<EnrolmentTicket>();
    }

    #[test]
    fn tickets_come_back(
        host in "[a-z0-9.-]{1,30}", port in 1_u16.., path in "(/[a-zA-Z0-9_~.-]{1,9}){0,3}",
        pin in "[0-9a-f]{64}", site in "[a-z0-9-]{1,40}", device in "[a-z0-9-]{1,40}",
    ) {
        let url = format!("https://{host}:{port}{path}");
        let device = Source::new(&site, &device).unwrap();
        let ticket = EnrolmentTicket::new(&url, &pin, device, Token::generate().unwrap()).unwrap();
        prop_assert_eq!(ticket.line().parse::<EnrolmentTicket>().unwrap(), ticket);
    }

    #[test]
    fn a_cut_or_changed_ticket_is_an_error_or_another_ticket(at in 0_usize..180, c in proptest::char::any()) {
        let token = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ";
        let good = format!("motcua:enrol?u=https://h.vn&f={PIN}&d=h.k&t={token}");
        let cut: String = good.chars().take(at).collect();
        if cut.len() < good.len() {
            prop_assert!(cut.parse::<EnrolmentTicket>().is_err());
        }
        let changed: String = good.chars().enumerate().map(|(i, o)| if i == at { c } else { o }).collect();
        let _ = changed.parse::<EnrolmentTicket>();
    }
}
