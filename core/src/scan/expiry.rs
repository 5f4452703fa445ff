// SPDX-License-Identifier: MIT OR Apache-2.0
//! Until when a card is valid. The QR code does not say, and basic access control needs it.

use jiff::ToSpan;
use jiff::civil::Date;

use super::PersonalDate;

/// Ages at which a card has to be renewed (Luật Căn cước 26/2023, article 21).
const AGES: [i16; 4] = [14, 25, 40, 60];
/// A card issued within so many years before one of those ages is valid until the next.
const YEARS_BEFORE: i16 = 2;

/// The end of a card's validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// The last day.
    On(PersonalDate),
    /// "Không thời hạn": issued to a person of 58 and more. The machine-readable zone says `991231`.
    Never,
}

/// The expiry dates that a card of a person born on `birth` and issued on `issued` may carry, the likeliest first: one, or
/// two for a birthday on 29 February, of which it is not known how it is printed. Empty when a date is not whole, or the
/// card was issued before the birth.
pub fn expiries(birth: &PersonalDate, issued: &PersonalDate) -> Vec<Expiry> {
    let (Some(birth), Some(issued)) = (birth.date(), issued.date()) else { return Vec::new() };
    if issued < birth {
        return Vec::new();
    }
    for age in AGES {
        let Some(birthday) = after(birth, age) else { continue };
        let Some(first_exempt) = after(birth, age - YEARS_BEFORE) else { continue };
        if issued >= birthday || issued >= first_exempt {
            continue;
        }
        let mut all = vec![birthday];
        if birth.month() == 2 && birth.day() == 29 && birthday.day() == 28 {
            all.extend(birthday.tomorrow().ok());
        }
        return all.into_iter().filter_map(personal).map(Expiry::On).collect();
    }
    vec![Expiry::Never]
}

/// The birthday at an age; 29 February becomes 28 in other years.
fn after(birth: Date, age: i16) -> Option<Date> {
    birth.checked_add(i32::from(age).years()).ok()
}

fn personal(date: Date) -> Option<PersonalDate> {
    PersonalDate::new(date.year().unsigned_abs(), date.month().unsigned_abs(), date.day().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_end_at_the_next_age_or_the_one_after_it() {
        let of = |birth: &str, issued: &str| -> Vec<String> {
            let date = |text| PersonalDate::from_digits(text).unwrap();
            expiries(&date(birth), &date(issued))
                .into_iter()
                .map(|expiry| match expiry {
                    Expiry::On(date) => date.expose().to_string(),
                    Expiry::Never => "never".into(),
                })
                .collect()
        };
        for (birth, issued, expected) in [
            ("15021990", "20062021", vec!["2030-02-15"]),
            ("15021990", "20062028", vec!["2050-02-15"]),
            // The day itself, two years before, counts as within the two years.
            ("15021990", "15022028", vec!["2050-02-15"]),
            ("15021990", "14022028", vec!["2030-02-15"]),
            ("01011945", "20062021", vec!["never"]),
            ("15022020", "20062025", vec!["2034-02-15"]),
            ("29022000", "20062021", vec!["2025-02-28", "2025-03-01"]),
            ("29022000", "20062024", vec!["2040-02-29"]),
            ("1945", "20062021", vec![]),
            ("15021990", "15021989", vec![]),
        ] {
            assert_eq!(of(birth, issued), expected, "{birth} {issued}");
        }
    }
}
