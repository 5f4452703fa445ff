// SPDX-License-Identifier: MIT OR Apache-2.0
//! Data group 13 of Vietnamese chips: what stands on the card, as numbered fields. No official description is public; the
//! numbers come from several programs that read real cards. Ethnicity, religion, origin, features and relatives are passed
//! over and never leave the chip's bytes.

use super::{Expiry, Personal, PersonalDate, PersonalNumber, Sex, tlv};

/// Deepest nesting that is followed; cards have three levels.
const DEEPEST: usize = 6;
/// Most blocks that are looked at; cards have some sixty.
const MOST: usize = 500;

const SEQUENCE: u16 = 0x30;
const SET: u16 = 0x31;
const INTEGER: u16 = 0x02;
const UTF8_STRING: u16 = 0x0C;
const PRINTABLE_STRING: u16 = 0x13;

/// The holder of a card, as its chip says. Every field but the number may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Số định danh.
    pub number: PersonalNumber,
    /// Full name, with accents.
    pub name: Option<Personal>,
    /// Date of birth.
    pub birth: Option<PersonalDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Residence.
    pub address: Option<Personal>,
    /// Day of issue.
    pub issued: Option<PersonalDate>,
    /// End of validity.
    pub expiry: Option<Expiry>,
    /// The nine-digit number of an earlier identity card.
    pub old_number: Option<Personal>,
}

/// Field numbers.
mod field {
    pub const NUMBER: u8 = 1;
    pub const NAME: u8 = 2;
    pub const BIRTH: u8 = 3;
    pub const SEX: u8 = 4;
    pub const RESIDENCE: u8 = 9;
    pub const ISSUED: u8 = 11;
    pub const EXPIRY: u8 = 12;
    /// 15 in some descriptions, 16 in others: whichever holds nine digits.
    pub const OLD_NUMBER: [u8; 2] = [15, 16];
}

/// What was found so far.
#[derive(Default)]
struct Found {
    number: Option<PersonalNumber>,
    name: Option<Personal>,
    birth: Option<PersonalDate>,
    sex: Option<Sex>,
    address: Option<Personal>,
    issued: Option<PersonalDate>,
    expiry: Option<Expiry>,
    old_number: Option<Personal>,
    looked_at: usize,
}

impl Holder {
    /// Reads the data group's bytes, beginning with its tag 6D. `None` when there is no personal number in them.
    pub fn from_dg13(bytes: &[u8]) -> Option<Holder> {
        let (group, _) = tlv::first(bytes).filter(|(group, _)| group.tag == 0x6D)?;
        let mut found = Found::default();
        found.walk(group.value, 0);
        Some(Holder {
            number: found.number?,
            name: found.name,
            birth: found.birth,
            sex: found.sex,
            address: found.address,
            issued: found.issued,
            expiry: found.expiry,
            old_number: found.old_number,
        })
    }
}

impl Found {
    /// Fields are sequences of a number and a text; some cards wrap them into a set, some do not.
    fn walk(&mut self, bytes: &[u8], depth: usize) {
        for block in tlv::all(bytes) {
            self.looked_at += 1;
            if depth > DEEPEST || self.looked_at > MOST {
                return;
            }
            if !matches!(block.tag, SEQUENCE | SET) {
                continue;
            }
            match numbered(block.value) {
                Some((number, text)) => self.take(number, text),
                None => self.walk(block.value, depth + 1),
            }
        }
    }

    fn take(&mut self, number: u8, text: &str) {
        match number {
            field::NUMBER => self.number = PersonalNumber::new(text.trim()),
            field::NAME => self.name = Personal::new(text),
            field::BIRTH => self.birth = PersonalDate::from_slashed(text.trim()),
            field::SEX => {
                self.sex = match text.trim() {
                    "Nam" => Some(Sex::Male),
                    "Nữ" => Some(Sex::Female),
                    _ => None,
                }
            }
            field::RESIDENCE => self.address = Personal::new(text),
            field::ISSUED => self.issued = PersonalDate::from_slashed(text.trim()),
            field::EXPIRY => {
                self.expiry = match PersonalDate::from_slashed(text.trim()) {
                    Some(date) => Some(Expiry::On(date)),
                    None => text.trim().starts_with("Không").then_some(Expiry::Never),
                }
            }
            number if field::OLD_NUMBER.contains(&number) => {
                let text = text.trim();
                if text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
                    self.old_number = Personal::new(text);
                }
            }
            _ => {}
        }
    }
}

/// A small number and a text, and nothing else that counts.
fn numbered(value: &[u8]) -> Option<(u8, &str)> {
    let (number, rest) = tlv::first(value).filter(|(number, _)| number.tag == INTEGER)?;
    let (text, _) =
        tlv::first(rest).filter(|(text, _)| matches!(text.tag, UTF8_STRING | PRINTABLE_STRING))?;
    let &[number] = number.value else { return None };
    Some((number, std::str::from_utf8(text.value).ok()?))
}
