// SPDX-License-Identifier: MIT OR Apache-2.0
//! Codes without a person in them: dossiers, procedures, bookings; bare or within the address that a receipt's QR code
//! holds. What such an address says of a person is dropped here.

use jiff::civil::Date;
use zeroize::Zeroizing;

use super::{Rules, Scan, Unknown};

/// Longest code in bytes, as the province's documents have it.
const MAX_CODE: usize = 50;

/// Whether a text may be a code at all: letters, digits and `. - / _`, at least one digit, 3 to 50 bytes, and not a bare
/// number of nine digits or more, which would be somebody's.
pub(crate) fn is_code(text: &str) -> bool {
    let shaped = |byte: u8| byte.is_ascii_alphanumeric() || b".-/_".contains(&byte);
    (3..=MAX_CODE).contains(&text.len())
        && text.bytes().all(shaped)
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && !(text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A bare code.
pub(super) fn bare(text: &str, rules: &Rules) -> Option<Scan> {
    if !is_code(text) {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    Some(if is_dossier(&upper) {
        Scan::Dossier(upper)
    } else if is_procedure(&upper) {
        Scan::Procedure(upper)
    } else if rules.booking_prefixes.iter().any(|prefix| has_prefix(&upper, prefix)) {
        Scan::Booking(upper)
    } else {
        Scan::Code(text.to_owned())
    })
}

fn has_prefix(upper: &str, prefix: &str) -> bool {
    !prefix.is_empty()
        && upper.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        && upper.len() > prefix.len()
}

fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `{agency}-{yyMMdd}-{NNNN}`, in capitals. The agency is of QCVN 102:2016 (`000.17.22.H56`) or of Quyết định
/// 20/2020/QĐ-TTg (`H56.14`); the sequence has four digits, up to six where dossiers were coded anew.
pub(super) fn is_dossier(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(agency), Some(day), Some(sequence), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    is_agency(agency) && is_day(day) && digits(sequence, 4..=6)
}

fn is_agency(text: &str) -> bool {
    let letter = |part: &str| {
        part.len() == 3
            && part.as_bytes()[0].is_ascii_uppercase()
            && part.bytes().skip(1).all(|b| b.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [first, second, third, last] if digits(first, 3..=3) => {
            digits(second, 2..=2) && digits(third, 2..=2) && letter(last)
        }
        [first, below @ ..] => {
            letter(first) && below.len() <= 3 && below.iter().all(|part| digits(part, 1..=3))
        }
        [] => false,
    }
}

/// `yyMMdd` of this century.
fn is_day(text: &str) -> bool {
    let part = |at: usize| text.get(at..at + 2).and_then(|part| part.parse::<i8>().ok());
    digits(text, 6..=6)
        && matches!((part(0), part(2), part(4)), (Some(y), Some(m), Some(d)) if Date::new(2000 + i16::from(y), m, d).is_ok())
}

/// Mã TTHC: `1.001193`, also with the suffix of an agency (`1.010708.000.00.00.H56`).
pub(crate) fn is_procedure(text: &str) -> bool {
    let mut parts = text.split('.');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    digits(first, 1..=1)
        && first != "0"
        && digits(second, 6..=6)
        && parts.all(|part| {
            (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// Whether a text is the address of a page.
pub(super) fn is_address(text: &str) -> bool {
    let start =
        |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    start("http://") || start("https://") || start("www.")
}

/// What an address asks for. Receipts carry `…/tra-cuu?SGT=<ID number>&MHS=<dossier>`, older ones
/// `?SoDinhDanh=…&MaHoSo=…`: the dossier is kept, the rest is never looked at.
pub(super) fn in_address(text: &str) -> Scan {
    let asked = |names: &[&str]| {
        text.split(['?', '&', '#', ';']).filter_map(|pair| pair.split_once('=')).find_map(|(name, value)| {
            if !names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)) {
                return None;
            }
            let value = decoded(value)?;
            is_code(value.trim()).then(|| value.trim().to_ascii_uppercase())
        })
    };
    if let Some(code) = asked(&["MHS", "MaHoSo", "ma_ho_so", "ma-ho-so"]) {
        Scan::Dossier(code)
    } else if let Some(code) = asked(&["MaLichHen", "MLH", "ma_lich_hen"]) {
        Scan::Booking(code)
    } else if let Some(code) =
        asked(&["MaTTHC", "ma_tthc", "MaThuTuc", "ma_thu_tuc"]).filter(|code| is_procedure(code))
    {
        Scan::Procedure(code)
    } else {
        Scan::Unknown(Unknown::Address)
    }
}

/// Percent-encoding undone; `None` when it is broken or no text.
fn decoded(value: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
                u8::try_from(16 * digit()? + digit()?).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    Some(Zeroizing::new(std::str::from_utf8(&out).ok()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dossiers_of_both_forms_and_only_with_a_date() {
        for code in [
            "000.17.22.H56-210531-0001",
            "H56.14-240823-0001",
            "H38-260101-123456",
            "G03.1.22.333-240229-0001",
        ] {
            assert!(is_dossier(code), "{code}");
        }
        for code in [
            "H56.14-241323-0001",
            "H56.14-230229-0001",
            "H56.14-240823-001",
            "H56.14-240823-1234567",
            "56.14-240823-0001",
            "H56.14.1.1.1-240823-0001",
            "H56.1234-240823-0001",
            "000.17.22-210531-0001",
            "H56.14-240823-0001-1",
            "h56-240823-0001",
        ] {
            assert!(!is_dossier(code), "{code}");
        }
    }

    #[test]
    fn procedures_with_and_without_an_agency() {
        for code in ["1.001193", "2.000815.000.00.00.H55.02", "1.010708.000.00.00.H56"] {
            assert!(is_procedure(code), "{code}");
        }
        for code in ["0.001193", "1.00119", "1.001193.", "1.001193.H5600", "12.001193"] {
            assert!(!is_procedure(code), "{code}");
        }
    }

    #[test]
    fn an_address_gives_its_dossier_and_nothing_of_the_person() {
        let host = "https://dichvucong.example.gov.vn/portaldvc/tra-cuu";
        let dossier = Scan::Dossier("H56.14-240823-0001".into());
        for query in [
            "?SGT=001190000017&MHS=H56.14-240823-0001",
            "?SoDinhDanh=001190000017&MaHoSo=h56.14-240823-0001",
            "#/xem?mahoso=H56%2E14-240823-0001%20",
        ] {
            assert_eq!(in_address(&format!("{host}{query}")), dossier, "{query}");
        }
        for query in ["", "?MHS=", "?MHS=001190000017", "?MHS=%zz", "?MHS=%ff%fe1", "?SGT=H56.14-240823-0001"]
        {
            assert_eq!(in_address(&format!("{host}{query}")), Scan::Unknown(Unknown::Address), "{query}");
        }
    }
}
