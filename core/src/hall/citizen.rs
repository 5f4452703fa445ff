// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a citizen does himself at a kiosk, as `hall.toml` sets it: `[cards]`,
//! `[bookings]`, `[dossiers]`, `[pay]`, `[[faq]]`, `[post]`, `[feedback]`, and
//! which procedures belong to which service.

use super::check::Checker;
use super::form::{RawFile, RawService, RawWords};
use super::{Hall, Service, Words};
use crate::pay::{Account, PayFault};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::Range;
use toml::Spanned;

/// Whether ID cards are read, and what for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cards {
    /// What is read.
    pub read: CardRead,
    /// From this age a card gives priority.
    pub priority_from: Option<u8>,
    /// Numbers a person and day.
    pub per_day: Option<u32>,
    /// Numbers a person, service and day.
    pub per_service: Option<u32>,
}

impl Cards {
    /// Whether numbers are counted by person at all.
    pub fn limits(&self) -> bool {
        self.per_day.is_some() || self.per_service.is_some()
    }
}

/// How far ID cards are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardRead {
    /// Not at all.
    #[default]
    Never,
    /// The code printed on it.
    Code,
    /// The code, and the chip where there is a reader.
    Chip,
}

/// Bookings of the provincial system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookings {
    /// Where a booking stands that was checked in.
    pub queue: BookingQueue,
    /// Minutes before its time that it may be checked in.
    pub early_minutes: u32,
    /// Minutes after its time that it may still be checked in.
    pub late_minutes: u32,
    /// How booking codes begin, in capitals.
    pub prefixes: Vec<String>,
}

/// Where a booking stands that was checked in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BookingQueue {
    /// By its arrival, as everybody.
    #[default]
    Arrival,
    /// Among the priority numbers.
    Priority,
}

/// Where the state of a dossier is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dossiers {
    /// Address of the provincial system; absent: the file it sent last.
    pub url: Option<String>,
    /// What is asked besides the code.
    pub second_factor: SecondFactor,
}

/// What is asked besides a dossier's code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondFactor {
    /// Nothing.
    #[default]
    None,
    /// The last four digits of the applicant's ID number.
    NumberEnd,
}

/// How fees are paid by transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pay {
    /// The hall's account.
    pub account: Account,
    /// Name of its bank.
    pub bank_name: Words,
    /// Whose account it is, as banks write it.
    pub holder: String,
    /// What can be paid.
    pub fees: Vec<Fee>,
}

/// One fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// Key.
    pub code: String,
    /// Name.
    pub name: Words,
    /// Đồng.
    pub amount: u64,
    /// What stands in the transfer.
    pub content: String,
}

/// A question that people ask, with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faq {
    /// The question.
    pub question: Words,
    /// The answer.
    pub answer: Words,
}

/// How feedback is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedbackRules {
    /// Within so many days.
    pub answer_days: u32,
}

/// What this module adds to a hall.
pub(super) struct Citizen {
    pub cards: Cards,
    pub bookings: Option<Bookings>,
    pub dossiers: Option<Dossiers>,
    pub pay: Option<Pay>,
    pub faq: Vec<Faq>,
    pub post: Option<Words>,
    pub feedback: Option<FeedbackRules>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawCards {
    read: CardRead,
    priority_from: Option<Spanned<i64>>,
    per_day: Option<Spanned<i64>>,
    per_service: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBookings {
    #[serde(default)]
    queue: BookingQueue,
    early_minutes: Option<Spanned<i64>>,
    late_minutes: Option<Spanned<i64>>,
    prefixes: Option<Spanned<Vec<Spanned<String>>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDossiers {
    url: Option<Spanned<String>>,
    second_factor: Option<Spanned<SecondFactor>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPay {
    bank: Spanned<String>,
    account: Spanned<String>,
    bank_name: RawWords,
    holder: Spanned<String>,
    #[serde(default)]
    fees: Vec<RawFee>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFee {
    code: Spanned<String>,
    name: RawWords,
    amount: Spanned<i64>,
    content: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFaq {
    question: RawWords,
    answer: RawWords,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPost {
    text: RawWords,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFeedback {
    answer_days: Option<Spanned<i64>>,
}

impl Hall {
    /// The service that takes this procedure: the one that names it, else the one that names its field.
    pub fn service_for(&self, procedure: &str, field: &str) -> Option<&Service> {
        let named = |codes: fn(&Service) -> &Vec<String>, code: &str| {
            self.services.iter().find(|s| codes(s).iter().any(|c| c == code))
        };
        named(|s| &s.procedures, procedure).or_else(|| named(|s| &s.fields, field))
    }
}

impl Checker<'_> {
    pub(super) fn citizen(&mut self, raw: &RawFile) -> Citizen {
        self.named_once(raw.services.get_ref());
        Citizen {
            cards: self.cards(&raw.cards),
            bookings: raw.bookings.as_ref().map(|b| self.bookings(b)),
            dossiers: raw.dossiers.as_ref().map(|d| self.dossiers(d)),
            pay: raw.pay.as_ref().and_then(|p| self.pay(p)),
            faq: self.faq(&raw.faq),
            post: raw
                .post
                .as_ref()
                .map(|p| self.words(&p.text, ("the text about post", "lời về bưu chính"), 600)),
            feedback: raw.feedback.as_ref().map(|f| FeedbackRules {
                answer_days: self.whole(f.answer_days.as_ref(), "answer_days", 1..=90, 10),
            }),
        }
    }

    /// A procedure that stood at two services would belong to whichever comes first.
    fn named_once(&mut self, services: &[RawService]) {
        let mut fields = BTreeSet::new();
        let mut procedures = BTreeSet::new();
        for code in services.iter().flat_map(|s| &s.fields) {
            self.unique(&mut fields, code, ("field", "lĩnh vực"));
            let good = |b: u8| b.is_ascii_alphanumeric() || b"-._/".contains(&b);
            if !(1..=50).contains(&code.get_ref().len()) || !code.get_ref().bytes().all(good) {
                self.fault(
                    code.span(),
                    (
                        format!("`{}` is no code of a field, such as \"G15-HT01\"", code.get_ref()),
                        format!("`{}` không phải mã lĩnh vực, như \"G15-HT01\"", code.get_ref()),
                    ),
                );
            }
        }
        for code in services.iter().flat_map(|s| &s.procedures) {
            self.unique(&mut procedures, code, ("procedure", "thủ tục"));
            if !crate::scan::is_procedure(code.get_ref()) {
                self.fault(
                    code.span(),
                    (
                        format!("`{}` is no code of a procedure, such as \"1.001193\"", code.get_ref()),
                        format!("`{}` không phải mã thủ tục hành chính, như \"1.001193\"", code.get_ref()),
                    ),
                );
            }
        }
    }

    fn cards(&mut self, raw: &RawCards) -> Cards {
        for limit in [&raw.per_day, &raw.per_service].into_iter().flatten() {
            if raw.read == CardRead::Never {
                self.fault(
                    limit.span(),
                    (
                        "numbers a person can be counted only where cards are read: set read = \"code\" or \"chip\"",
                        "chỉ đếm được số của mỗi người khi có đọc thẻ: đặt read = \"code\" hoặc \"chip\"",
                    ),
                );
            }
        }
        let age = raw.priority_from.as_ref().map(|a| self.whole(Some(a), "priority_from", 50..=110, 75));
        let mut limit = |raw: &Option<Spanned<i64>>, key: &'static str| {
            raw.as_ref().map(|n| self.whole(Some(n), key, 1..=99, 1))
        };
        Cards {
            read: raw.read,
            priority_from: age.and_then(|a| u8::try_from(a).ok()),
            per_day: limit(&raw.per_day, "per_day"),
            per_service: limit(&raw.per_service, "per_service"),
        }
    }

    fn bookings(&mut self, raw: &RawBookings) -> Bookings {
        let usual = || vec!["LH-".to_owned()];
        let prefixes = raw.prefixes.as_ref().map_or_else(usual, |list| {
            if list.get_ref().is_empty() || list.get_ref().len() > 8 {
                self.fault(
                    list.span(),
                    (
                        "`prefixes` must be one to eight beginnings of booking codes, such as [\"LH-\"]",
                        "`prefixes` phải gồm một đến tám phần đầu của mã lịch hẹn, như [\"LH-\"]",
                    ),
                );
            }
            list.get_ref().iter().map(|p| self.prefix(p)).collect()
        });
        Bookings {
            queue: raw.queue,
            early_minutes: self.whole(raw.early_minutes.as_ref(), "early_minutes", 0..=480, 30),
            late_minutes: self.whole(raw.late_minutes.as_ref(), "late_minutes", 0..=480, 15),
            prefixes,
        }
    }

    fn prefix(&mut self, raw: &Spanned<String>) -> String {
        let text = raw.get_ref();
        let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
        if !(2..=10).contains(&text.len()) || !text.bytes().all(good) {
            self.fault(
                raw.span(),
                (
                    format!("`{text}` must be 2 to 10 capital letters, digits and hyphens, such as \"LH-\""),
                    format!(
                        "`{text}` phải gồm 2 đến 10 chữ in hoa không dấu, chữ số và gạch nối, như \"LH-\""
                    ),
                ),
            );
        }
        text.clone()
    }

    fn dossiers(&mut self, raw: &RawDossiers) -> Dossiers {
        if let Some(url) = &raw.url
            && !is_safe_url(url.get_ref())
        {
            self.fault(
                url.span(),
                (
                    "`url` must be an address such as \"https://dossiers.example.gov.vn/v1/status\"; http:// only for this machine itself",
                    "`url` phải là địa chỉ như \"https://hoso.example.gov.vn/v1/status\"; http:// chỉ dùng cho chính máy này",
                ),
            );
        }
        let factor = raw.second_factor.as_ref();
        if let Some(factor) = factor.filter(|f| *f.get_ref() != SecondFactor::None && raw.url.is_none()) {
            self.fault(
                factor.span(),
                (
                    "a second factor needs `url`: only the provincial system can check it",
                    "yếu tố thứ hai cần có `url`: chỉ hệ thống của tỉnh mới đối chiếu được",
                ),
            );
        }
        Dossiers {
            url: raw.url.as_ref().map(|u| u.get_ref().clone()),
            second_factor: factor.map_or(SecondFactor::None, |f| *f.get_ref()),
        }
    }

    fn pay(&mut self, raw: &RawPay) -> Option<Pay> {
        let bank_name = self.words(&raw.bank_name, ("the bank's name", "tên ngân hàng"), 60);
        self.text(raw.holder.span(), raw.holder.get_ref(), ("the account's holder", "tên chủ tài khoản"), 60);
        let account = Account::new(raw.bank.get_ref(), raw.account.get_ref());
        let account = account.map_err(|wrong| {
            let span = if wrong == PayFault::Number { raw.account.span() } else { raw.bank.span() };
            self.no_code(span, &wrong);
        });
        let mut seen = BTreeSet::new();
        let mut fees = Vec::new();
        for fee in &raw.fees {
            self.unique(&mut seen, &fee.code, ("fee", "khoản phí"));
            fees.extend(self.fee(fee, account.as_ref().ok()));
        }
        Some(Pay { account: account.ok()?, bank_name, holder: raw.holder.get_ref().trim().to_owned(), fees })
    }

    fn fee(&mut self, raw: &RawFee, account: Option<&Account>) -> Option<Fee> {
        let code = self.key(&raw.code, ("fee code", "mã khoản phí"));
        let name = self.words(&raw.name, ("the fee's name", "tên khoản phí"), 80);
        self.text(
            raw.content.span(),
            raw.content.get_ref(),
            ("the transfer's content", "nội dung chuyển khoản"),
            60,
        );
        let amount = u64::try_from(*raw.amount.get_ref()).ok().filter(|a| *a > 0);
        let Some(amount) = amount else {
            self.fault(
                raw.amount.span(),
                (
                    "amount must be a whole number of đồng, 1 or more",
                    "amount phải là số nguyên đồng, từ 1 trở lên",
                ),
            );
            return None;
        };
        if let Err(wrong) = account?.code(Some(amount), raw.content.get_ref()) {
            let span =
                if matches!(wrong, PayFault::Amount(_)) { raw.amount.span() } else { raw.content.span() };
            self.no_code(span, &wrong);
        }
        Some(Fee { code, name, amount, content: raw.content.get_ref().trim().to_owned() })
    }

    fn no_code(&mut self, span: Range<usize>, wrong: &PayFault) {
        let vi = match wrong {
            PayFault::Bank(bank) => {
                format!("`{bank}` không phải mã ngân hàng của NAPAS: mã gồm sáu chữ số, như 970436")
            }
            PayFault::Number => "số tài khoản gồm 1 đến 19 chữ cái không dấu và chữ số".to_owned(),
            PayFault::Amount(amount) => {
                format!("không ghi được số tiền {amount} đồng: tối đa {}", crate::pay::HIGHEST_AMOUNT)
            }
            PayFault::Content(chars) => {
                format!("nội dung dài {chars} ký tự không dấu, tối đa {}", crate::pay::LONGEST_CONTENT)
            }
        };
        self.fault(span, (wrong.to_string(), vi));
    }

    fn faq(&mut self, raw: &[RawFaq]) -> Vec<Faq> {
        const MOST: usize = 40;
        if let Some(more) = raw.get(MOST) {
            self.fault(
                more.question.span(),
                (
                    format!("at most {MOST} questions: nobody finds one among more"),
                    format!("tối đa {MOST} câu hỏi: nhiều hơn thì không ai tìm được"),
                ),
            );
        }
        raw.iter()
            .map(|f| Faq {
                question: self.words(&f.question, ("the question", "câu hỏi"), 120),
                answer: self.words(&f.answer, ("the answer", "câu trả lời"), 900),
            })
            .collect()
    }
}

/// Encrypted, or never leaving this machine.
fn is_safe_url(url: &str) -> bool {
    let host_of = |rest: &str| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
        // A name and password in an address would end up in logs.
        (!authority.contains('@') && !authority.is_empty()).then_some(authority)
    };
    if url.len() > 300 || !url.bytes().all(|b| b.is_ascii_graphic()) || url.contains('#') {
        return false;
    }
    if let Some(rest) = url.strip_prefix("https://") {
        return host_of(rest).is_some();
    }
    let Some(authority) = url.strip_prefix("http://").and_then(host_of) else { return false };
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_or_this_machine() {
        for good in [
            "https://hoso.example.gov.vn/v1",
            "http://127.0.0.1:8080/x",
            "http://[::1]:9/x",
            "http://localhost/x",
        ] {
            assert!(is_safe_url(good), "{good}");
        }
        for bad in [
            "http://hoso.example.gov.vn/v1",
            "http://127.0.0.1.example.vn/",
            "https://user:secret@hoso.example.vn/",
            "http://127.0.0.1@evil.example/",
            "https:///x",
            "ftp://127.0.0.1/x",
            "https://hồ-sơ.vn",
            "",
        ] {
            assert!(!is_safe_url(bad), "{bad}");
        }
    }
}
