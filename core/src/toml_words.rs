// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading a file that a person wrote: every fault with its line in Vietnamese and in English, not only the first. A
//! value is never repeated: it could be a secret.

use crate::misspelt;
use serde::de::DeserializeOwned;
use std::ops::Range;

/// Faults that are looked for behind each other.
const MOST: usize = 20;

/// What the reader found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Line in the file, from 1.
    pub line: usize,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
    /// What stood there was replaced: what a check says of this line is of the replacement.
    pub replaced: bool,
}

/// A file as far as it can be read.
#[derive(Clone, Debug)]
pub struct Read<T> {
    /// Its content; none where a fault could not be read past.
    pub content: Option<T>,
    /// The text that was read in the end: what was wrong is replaced, on the same lines.
    pub text: String,
    /// In the order in which they were found.
    pub wrong: Vec<Wrong>,
}

impl<T> Read<T> {
    /// What `check` makes of the content and the text, or every fault in the order of lines, those of the reader among
    /// them. A line whose value was replaced is not told of twice.
    ///
    /// # Errors
    /// The faults; `line` says where one is.
    pub fn checked<U, F: From<Wrong>>(
        self,
        line: impl Fn(&F) -> usize,
        check: impl FnOnce(&T, &str) -> (Option<U>, Vec<F>),
    ) -> Result<U, Vec<F>> {
        let (made, mut found) = self.content.as_ref().map_or((None, Vec::new()), |c| check(c, &self.text));
        found.retain(|fault| self.wrong.iter().all(|w| !w.replaced || w.line != line(fault)));
        let mut faults: Vec<F> = self.wrong.into_iter().map(F::from).collect();
        faults.append(&mut found);
        faults.sort_by_key(&line);
        made.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

/// Reads a file past its faults: a misspelt key as what was meant, a value of the wrong kind as an empty one, a line
/// that is no TOML as none. So one look tells of all of them.
///
/// ```
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct File { name: String, turned: i64 }
/// let read = motcua_core::toml_words::read::<File>("nmae = \"a\"\nturned = \"90\"\n");
/// assert_eq!(read.wrong.iter().map(|w| w.line).collect::<Vec<_>>(), [1, 2]);
/// assert_eq!(read.content.unwrap().name, "a");
/// ```
pub fn read<T: DeserializeOwned>(text: &str) -> Read<T> {
    let mut text = text.to_owned();
    let mut wrong: Vec<Wrong> = Vec::new();
    loop {
        let error = match toml::from_str(&text) {
            Ok(content) => return Read { content: Some(content), text, wrong },
            Err(error) => error,
        };
        let message = error.message();
        let place = error.span().unwrap_or(0..0);
        let line = line_of(&text, place.start);
        // A key that is missing may be so by what was replaced here, and one that is there twice by what was meant.
        let missing = !wrong.is_empty() && message.starts_with("missing");
        let twice = message.starts_with("duplicate") && wrong.iter().any(|w| w.line == line);
        if !missing && !twice {
            let (vi, en) = said(message);
            wrong.push(Wrong { line, vi, en, replaced: !message.starts_with("unknown field") });
        }
        if missing || wrong.len() > MOST || !mend(&mut text, place, message) {
            return Read { content: None, text, wrong };
        }
    }
}

/// Replaces what is wrong; the lines stay where they are. Says whether there was anything to replace.
fn mend(text: &mut String, place: Range<usize>, message: &str) -> bool {
    if let Some((key, known)) = misspelt::unknown_key(message) {
        let Some(near) = misspelt::nearest(key, &known) else { return blank(text, place.start) };
        text.replace_range(place, near);
        return true;
    }
    if let Some(first) = variants(message).first() {
        text.replace_range(place, &format!("\"{first}\""));
        return true;
    }
    if message.starts_with("invalid type") || message.starts_with("invalid value") {
        let empty = match message.rsplit_once("expected ").map_or("", |(_, wanted)| wanted) {
            "a string" => "\"\"",
            "a boolean" => "false",
            "a sequence" => "[]",
            wanted if NUMBERS.contains(&wanted) => "0",
            _ => return false,
        };
        let Some(value) = text.get(place.clone()) else { return false };
        let lines = "\n".repeat(value.matches('\n').count());
        text.replace_range(place, &format!("{empty}{lines}"));
        return true;
    }
    // That is no fault of one line's syntax.
    !message.starts_with("missing") && blank(text, place.start)
}

/// Makes a line with a key a comment; says whether it was one. A heading is left: what follows it would belong elsewhere.
fn blank(text: &mut String, at: usize) -> bool {
    let at = at.min(text.len());
    let Some(before) = text.get(..at) else { return false };
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    if line.trim().is_empty() || line.trim_start().starts_with(['#', '[']) {
        return false;
    }
    text.insert(start, '#');
    true
}

/// The line of a place in the text, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
}

/// A message of the reader in Vietnamese and in English, each with what to do.
///
/// ```
/// let (vi, en) = motcua_core::toml_words::said("missing field `id`");
/// assert_eq!(vi, "thiếu khóa `id`; thêm vào như trong tệp mẫu");
/// assert_eq!(en, "the key `id` is missing; add it as in the sample file");
/// ```
pub fn said(message: &str) -> (String, String) {
    if let Some((key, known)) = misspelt::unknown_key(message) {
        return misspelt::said(key, &known);
    }
    if let Some(rest) = message.strip_prefix("missing field `") {
        let key = rest.split('`').next().unwrap_or_default();
        return (
            format!("thiếu khóa `{key}`; thêm vào như trong tệp mẫu"),
            format!("the key `{key}` is missing; add it as in the sample file"),
        );
    }
    if message == "duplicate key" {
        return (
            "khóa ở dòng này ghi hai lần; bỏ bớt một".to_owned(),
            "the key of this line stands twice; remove one".to_owned(),
        );
    }
    if let Some(rest) = message.strip_prefix("duplicate field `") {
        let key = rest.split('`').next().unwrap_or_default();
        return (
            format!("khóa `{key}` ghi hai lần; bỏ bớt một"),
            format!("the key `{key}` stands twice; remove one"),
        );
    }
    let known = variants(message);
    if !known.is_empty() {
        return (
            format!("giá trị không có trong danh sách; chọn: {}", known.join(", ")),
            format!("no such value; choose one of: {}", known.join(", ")),
        );
    }
    // The reader repeats the value after a colon.
    if message.starts_with("invalid type") || message.starts_with("invalid value") {
        let (vi, en) = wanted(message.rsplit_once("expected ").map_or("", |(_, wanted)| wanted));
        return (
            format!("giá trị không đúng kiểu, cần {vi}"),
            format!("the value is of the wrong kind, {en} is expected"),
        );
    }
    // Its words for what a person mostly forgets are no help to who does not know them.
    if message.contains("must be quoted")
        || message.starts_with("invalid")
        || message.contains("expected nothing")
    {
        return (
            "dòng này không đúng cú pháp TOML; chữ và địa chỉ phải đặt trong dấu nháy kép \"…\"".to_owned(),
            "this line is not TOML; text and addresses stand in double quotes \"…\"".to_owned(),
        );
    }
    (
        "dòng này không đúng cú pháp TOML: xem lại dấu nháy, dấu ngoặc, dấu =; so với tệp mẫu".to_owned(),
        format!("this line is not TOML ({message}); compare it with the sample file"),
    )
}

/// The words of which one was wanted.
fn variants(message: &str) -> Vec<&str> {
    let known = message.strip_prefix("unknown variant `").and_then(|m| m.split_once("expected "));
    known.map(|(_, known)| known.split('`').skip(1).step_by(2).collect()).unwrap_or_default()
}

/// As the reader names whole numbers.
const NUMBERS: [&str; 4] = ["i64", "an integer", "i64 or u64", "u16"];

/// A kind of value that is wanted, by the reader's name for it, and how it is written.
fn wanted(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "a string" => ("chữ, đặt trong dấu nháy kép", "text in double quotes"),
        "a boolean" => ("true hoặc false, không có dấu nháy", "true or false without quotes"),
        "a sequence" => {
            ("danh sách trong ngoặc vuông, như [\"…\"]", "a list in square brackets, such as [\"…\"],")
        }
        kind if NUMBERS.contains(&kind) => ("số, không có dấu nháy", "a number without quotes"),
        _ => ("một mục như trong tệp mẫu", "an entry as in the sample file"),
    }
}
