// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person most likely meant who wrote a name that nobody knows.

/// The known name that is nearest to what was typed; none where nothing is near.
///
/// ```
/// use motcua_core::misspelt::nearest;
/// assert_eq!(nearest("netwrok", &["network", "screen"]), Some("network"));
/// assert_eq!(nearest("colour", &["network", "screen"]), None);
/// ```
pub fn nearest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (typed.chars().count() / 3).max(1);
    let distance = |name: &&str| strsim::damerau_levenshtein(typed, name);
    known.iter().copied().min_by_key(distance).filter(|name| distance(name) <= limit)
}

/// The unknown key and the known ones in the message of a TOML or JSON reader of serde; none of any other message.
pub fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut names = message.strip_prefix("unknown field `")?.split('`').step_by(2);
    let key = names.next().unwrap_or_default();
    Some((key, names.filter(|n| !n.is_empty()).collect()))
}

/// What to say of an unknown key, in Vietnamese and in English.
pub fn said(key: &str, known: &[&str]) -> (String, String) {
    match nearest(key, known) {
        Some(near) => (
            format!("không có khóa `{key}`; có phải là `{near}` không?"),
            format!("there is no key `{key}`; is `{near}` meant?"),
        ),
        None => (
            format!("không có khóa `{key}` ở đây; có: {}", known.join(", ")),
            format!("there is no key `{key}` here; there are: {}", known.join(", ")),
        ),
    }
}
