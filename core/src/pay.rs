// SPDX-License-Identifier: MIT OR Apache-2.0
//! A payment to the hall's account as a VietQR code: EMVCo's merchant-presented
//! code (QR Code Specification for Payment Systems 1.1) with NAPAS' template for
//! transfers to an account (`A000000727`, service `QRIBFTTA`).

use crate::fold::fold;
use crc::{CRC_16_IBM_3740, Crc};

/// NAPAS' application and its service "to an account".
const NAPAS: (&str, &str) = ("A000000727", "QRIBFTTA");
/// EMVCo calls it CRC-16/CCITT with the initial value FFFF.
const SUM: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
/// Longest text that every bank shows whole, characters.
pub const LONGEST_CONTENT: usize = 25;
/// Highest amount, đồng: EMVCo has 13 digits.
pub const HIGHEST_AMOUNT: u64 = 9_999_999_999_999;

/// Where the money goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Code of the bank at NAPAS, six digits (`970436`).
    bank: String,
    /// Number of the account, up to 19 letters and digits.
    number: String,
}

/// No code can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayFault {
    /// Not a bank.
    #[error("`{0}` is no bank of NAPAS: its code has six digits, such as 970436")]
    Bank(String),
    /// Not an account.
    #[error("an account has 1 to 19 letters and digits")]
    Number,
    /// Too much.
    #[error("{0} đồng cannot be written: at most {HIGHEST_AMOUNT}")]
    Amount(u64),
    /// Too long.
    #[error("the content has {0} characters without accents, at most {LONGEST_CONTENT}")]
    Content(usize),
}

impl Account {
    /// An account at a bank.
    ///
    /// # Errors
    /// The bank's code or the account's number cannot be one.
    pub fn new(bank: &str, number: &str) -> Result<Account, PayFault> {
        if bank.len() != 6 || !bank.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PayFault::Bank(bank.to_owned()));
        }
        if !(1..=19).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(PayFault::Number);
        }
        Ok(Account { bank: bank.to_owned(), number: number.to_owned() })
    }

    /// The account's number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The text of the code. Without an amount the payer types it; `content` loses its accents, as banks have it.
    ///
    /// # Errors
    /// The amount or the content cannot be written.
    pub fn code(&self, amount: Option<u64>, content: &str) -> Result<String, PayFault> {
        if let Some(amount) = amount.filter(|a| *a > HIGHEST_AMOUNT) {
            return Err(PayFault::Amount(amount));
        }
        let content = fold(content);
        if content.len() > LONGEST_CONTENT {
            return Err(PayFault::Content(content.len()));
        }
        let account = [field(0, &self.bank), field(1, &self.number)].concat();
        let napas = [field(0, NAPAS.0), field(1, &account), field(2, NAPAS.1)].concat();
        let mut out = vec![
            field(0, "01"),
            // 12: for one payment, 11: for as many as there are.
            field(1, if amount.is_some() { "12" } else { "11" }),
            field(38, &napas),
            field(53, "704"),
        ];
        out.extend(amount.map(|a| field(54, &a.to_string())));
        out.push(field(58, "VN"));
        if !content.is_empty() {
            out.push(field(62, &field(8, &content)));
        }
        // The sum covers its own tag and length.
        let text = format!("{}6304", out.concat());
        let sum = SUM.checksum(text.as_bytes());
        Ok(format!("{text}{sum:04X}"))
    }
}

/// Tag, length and value; every value here is shorter than a hundred bytes.
fn field(tag: u8, value: &str) -> String {
    format!("{tag:02}{:02}{value}", value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NAPAS' own example of a code without amount and content, of its format document for VietQR.
    #[test]
    fn the_code_is_that_of_the_document() {
        let account = Account::new("970403", "0011012345678").unwrap();
        let code = account.code(None, "").unwrap();
        assert_eq!(
            code,
            "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F"
        );
        let paid = account.code(Some(180_000), "Thanh toán đơn hàng").unwrap();
        assert!(paid.contains("5406180000") && paid.contains("62230819THANH TOAN DON HANG"), "{paid}");
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        assert!(matches!(Account::new("97040", "1"), Err(PayFault::Bank(_))));
        assert_eq!(Account::new("970403", "12 34"), Err(PayFault::Number));
        let account = Account::new("970403", "1").unwrap();
        assert_eq!(account.code(Some(u64::MAX), ""), Err(PayFault::Amount(u64::MAX)));
        assert!(matches!(account.code(None, &"a".repeat(26)), Err(PayFault::Content(26))));
    }
}
