// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the TOML reader says of a file, in Vietnamese and in English. A value is never repeated: it could be a secret.

use crate::misspelt;

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
    if let Some(rest) = message.strip_prefix("duplicate field `") {
        let key = rest.split('`').next().unwrap_or_default();
        return (
            format!("khóa `{key}` ghi hai lần; bỏ bớt một"),
            format!("the key `{key}` stands twice; remove one"),
        );
    }
    if let Some((_, known)) =
        message.strip_prefix("unknown variant `").and_then(|m| m.split_once("expected "))
    {
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        return (
            format!("giá trị không có trong danh sách; chọn: {}", known.join(", ")),
            format!("no such value; choose one of: {}", known.join(", ")),
        );
    }
    // The reader repeats the value after a colon.
    if message.starts_with("invalid type") || message.starts_with("invalid value") {
        let wanted = message.rsplit_once("expected ").map_or("", |(_, w)| w);
        let wanted_vi = vietnamese(wanted);
        return (
            format!("giá trị không đúng kiểu, cần {wanted_vi}; chữ phải đặt trong dấu nháy kép"),
            format!("the value is of the wrong kind, {wanted} is expected; text stands in double quotes"),
        );
    }
    (
        format!("dòng này không đúng cú pháp TOML ({message}); so với tệp mẫu"),
        format!("this line is not TOML ({message}); compare it with the sample file"),
    )
}

/// A kind of value, as the reader names it.
fn vietnamese(wanted: &str) -> &str {
    match wanted {
        "a string" => "chữ",
        "a boolean" => "true hoặc false",
        "a sequence" => "danh sách trong ngoặc vuông",
        "i64" | "an integer" | "i64 or u64" => "số nguyên",
        _ => "một mục như trong tệp mẫu",
    }
}
