// SPDX-License-Identifier: MIT OR Apache-2.0
//! What kiosk and hub say to each other for a citizen. Nobody's number or name
//! stands in it in the clear but in a dossier's second factor, which is four
//! digits; nothing of it is shown in debug output.

use jiff::civil::Date;
use motcua_core::citizen::{Booked, DossierNow, FeedbackKind};
use motcua_link::data::Sealed;
use motcua_link::province::DayKey;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;
use uuid::Uuid;

/// Purpose under which feedback is sealed (HPKE `info`); `aad` is the code on the receipt.
pub const FEEDBACK: &str = "motcua feedback v1";

/// Keys of the business day.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Keys {
    /// Hall.
    pub site: String,
    /// Business day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// Key of the marks by which numbers are counted, 64 hexadecimal digits; absent where the hall has no limits.
    pub person: Option<String>,
    /// Key of the cards' marks in the day's bookings; absent without bookings.
    pub bookings: Option<String>,
    /// Public key for which feedback is sealed, base64; absent where none is taken.
    pub feedback: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("day", &self.day).finish_non_exhaustive()
    }
}

impl Keys {
    /// Of the marks by which numbers are counted.
    pub fn person_key(&self) -> Option<DayKey> {
        self.person.as_deref()?.parse().ok()
    }

    /// Of the marks in bookings.
    pub fn booking_key(&self) -> Option<DayKey> {
        self.bookings.as_deref()?.parse().ok()
    }
}

/// By what bookings of today are looked up: one of the two.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingsAsked {
    /// The code on the confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Mark of the ID card under the day's key, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

/// Bookings of today.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct BookingsFound {
    /// By time: `code`, `service`, `procedure`, `from`, `to`.
    #[schema(value_type = Vec<Object>)]
    pub bookings: Vec<Booked>,
}

/// A dossier is looked up.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DossierAsked {
    /// Mã hồ sơ.
    pub code: String,
    /// The last four digits of the applicant's ID number, where the hall asks for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_end: Option<String>,
}

/// What became of a look-up.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum DossierFound {
    /// Here it is.
    Found {
        /// `code`, `procedure`, `status` (1 to 10), `received`, `due`, `late`, `new_due`, `next`, `as_of`.
        #[schema(value_type = Object)]
        dossier: Box<DossierNow>,
    },
    /// Nobody knows this code, or the second factor does not fit it.
    Unknown,
    /// The provincial system did not answer in time, or not well.
    Away,
}

/// Feedback on its way to its reader, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Made at the touch; a letter is taken once.
    pub ask: Uuid,
    /// Code on the receipt.
    pub code: String,
    /// When it was written, milliseconds UTC.
    pub at_ms: i64,
    /// `report`, `proposal` or `praise`.
    #[schema(value_type = String)]
    pub kind: FeedbackKind,
    /// Language of the screen.
    pub lang: String,
    /// Text and contact as JSON, sealed (HPKE) with `motcua feedback v1` and the code: `key`, `enc`, `text`.
    #[schema(value_type = Object)]
    pub sealed: Sealed,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("code", &self.code).finish_non_exhaustive()
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct Words {
    /// The citizen's.
    pub text: String,
    /// A telephone number, with consent only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// Debug output goes to logs, and nothing of these does.
macro_rules! hidden {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
hidden!(BookingsAsked, BookingsFound, DossierAsked, DossierFound, Words);
