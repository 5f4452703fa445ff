// SPDX-License-Identifier: MIT OR Apache-2.0
//! Versions of releases, `1.20.3` or `1.20.3-rc1`, compared by number; a release goes after what was tried before it.

use std::cmp::Ordering;

/// Compares two versions. Parts that are no numbers are compared as text.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a_numbers, a_before) = a.split_once('-').map_or((a, None), |(n, r)| (n, Some(r)));
    let (b_numbers, b_before) = b.split_once('-').map_or((b, None), |(n, r)| (n, Some(r)));
    let parts = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (a_parts, b_parts) = (parts(a_numbers), parts(b_numbers));
    for at in 0..a_parts.len().max(b_parts.len()) {
        let (one, other) = (a_parts.get(at).map_or("0", |p| p), b_parts.get(at).map_or("0", |p| p));
        let ordered = match (one.parse::<u64>(), other.parse::<u64>()) {
            (Ok(one), Ok(other)) => one.cmp(&other),
            _ => one.cmp(other),
        };
        if ordered != Ordering::Equal {
            return ordered;
        }
    }
    match (a_before, b_before) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => a.cmp(b),
    }
}

/// The later of two.
pub fn later<'a>(a: &'a str, b: &'a str) -> &'a str {
    if compare(a, b) == Ordering::Less { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers_and_a_trial_goes_before_its_release() {
        for (less, more) in [
            ("0.1.0", "0.1.1"),
            ("0.9.0", "0.10.0"),
            ("1.0.0-rc1", "1.0.0"),
            ("1.0.0-rc1", "1.0.0-rc2"),
            ("1.0", "1.0.1"),
        ] {
            assert_eq!(compare(less, more), Ordering::Less, "{less} {more}");
            assert_eq!(compare(more, less), Ordering::Greater, "{more} {less}");
            assert_eq!(later(less, more), more);
        }
        assert_eq!(compare("1.0", "1.0.0"), Ordering::Equal);
    }
}
