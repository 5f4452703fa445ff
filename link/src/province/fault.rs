// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a document, in both languages, with the line and the
//! field. A value is named only where it can be nobody's: codes, days, times.

use serde::{Deserialize, Serialize};

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1.
    pub number: u64,
    /// Its code; empty where it has none that may be told.
    pub code: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line of the file, from 1.
    pub line: Option<u64>,
    /// The entry, where the line says nothing: several stand on one.
    pub entry: Option<Entry>,
    /// Field, such as `papers[0].name`; empty where it is about the whole.
    pub field: String,
    /// What.
    pub what: What,
}

/// A fault in words, as it is kept and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Said {
    /// Line of the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Number of the entry in its list, from 1, where several stand on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// Code of that entry, where it has one that may be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Field; empty where it is about the whole.
    #[serde(default)]
    pub field: String,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

/// Kinds of faults, each with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The text does not parse.
    NotJson(String),
    /// A table that does not parse.
    NotCsv(String),
    /// A file without anything; the columns that its first line names.
    NoColumns(&'static str),
    /// Bytes that are no text.
    NotUtf8,
    /// More bytes than are taken.
    TooLarge,
    /// Another `format`.
    OtherFormat(&'static str),
    /// Another hall's.
    OtherHall(String),
    /// No such hall.
    NoHall(String),
    /// The list is not there.
    NoList(&'static str),
    /// Nothing in it.
    Nothing,
    /// More entries than are taken.
    TooMany(usize),
    /// The field is not there or empty.
    Missing,
    /// A field that nobody knows.
    Unknown,
    /// Longer than this.
    Long(usize),
    /// Not a code.
    NotACode,
    /// Not a day.
    NotADay,
    /// Not a time of day.
    NotATime,
    /// Not a number from the first to the second.
    NotANumber(u32, u32),
    /// Not yes or no.
    NotYesNo,
    /// None of these.
    NoneOf(&'static str),
    /// Its code came before.
    Twice(String),
    /// The end is not after the beginning.
    Order(&'static str),
    /// Too far ahead.
    TooFar(i32),
    /// It looks like somebody's number.
    Personal,
    /// No identity number of 12 digits.
    NotAnId,
    /// A key or mark that is none.
    NotAMark,
    /// Not the digest that was announced.
    OtherDigest,
}

impl What {
    /// In Vietnamese.
    pub fn vi(&self) -> String {
        match self {
            What::NotJson(why) => format!("không phải JSON đúng ({why}); sửa lại rồi gửi cả tệp"),
            What::NotCsv(why) => {
                format!(
                    "không phải CSV đúng ({why}); dùng dấu phẩy hoặc chấm phẩy, UTF-8, dòng đầu là tên cột"
                )
            }
            What::NoColumns(names) => format!("tệp trống; dòng đầu phải là tên cột: {names}"),
            What::NotUtf8 => "tệp không phải UTF-8; lưu lại với bảng mã UTF-8".into(),
            What::TooLarge => "tệp quá lớn; chỉ gửi những mục đang có hiệu lực".into(),
            What::OtherFormat(is) => format!("phải là `{is}`"),
            What::OtherHall(is) => {
                format!("đây là dữ liệu của bộ phận `{is}`; gửi đúng địa chỉ của bộ phận đó")
            }
            What::NoHall(site) => {
                format!("không có bộ phận `{site}`; sửa tên, hoặc ghi danh thiết bị của bộ phận đó trước")
            }
            What::NoList(name) => format!("thiếu danh sách `{name}`"),
            What::Nothing => "danh sách trống; không nhận để khỏi xóa dữ liệu đang dùng".into(),
            What::TooMany(n) => format!("nhiều hơn {n} mục; chia nhỏ hoặc bỏ các mục đã hết hiệu lực"),
            What::Missing => "thiếu, hoặc để trống".into(),
            What::Unknown => "không có trường này trong mẫu; xóa đi hoặc sửa lại tên".into(),
            What::Long(n) => format!("dài hơn {n} ký tự; rút ngắn lại"),
            What::NotACode => "không phải mã hợp lệ; xem mẫu mã trong tài liệu tích hợp".into(),
            What::NotADay => "không phải ngày; viết như 2026-11-26".into(),
            What::NotATime => "không phải giờ; viết như 08:30".into(),
            What::NotANumber(from, to) => format!("phải là số từ {from} đến {to}"),
            What::NotYesNo => "phải là true hoặc false".into(),
            What::NoneOf(list) => format!("phải là một trong: {list}"),
            What::Twice(code) => format!("`{code}` đã có ở mục trước; mỗi mã chỉ một lần"),
            What::Order(than) => format!("phải sau `{than}`"),
            What::TooFar(days) => format!("xa hơn {days} ngày kể từ hôm nay; gửi sau"),
            What::Personal => {
                "có vẻ chứa số định danh hoặc số điện thoại; dữ liệu cá nhân không được gửi ở đây".into()
            }
            What::NotAnId => "phải là số định danh 12 chữ số, hoặc để trống".into(),
            What::NotAMark => "phải là 64 chữ số thập lục phân".into(),
            What::OtherDigest => "nội dung không khớp mã băm đã báo; sẽ tải lại".into(),
        }
    }

    /// In English.
    pub fn en(&self) -> String {
        match self {
            What::NotJson(why) => format!("not valid JSON ({why}); correct it and send the whole file again"),
            What::NotCsv(why) => {
                format!(
                    "not valid CSV ({why}); use commas or semicolons, UTF-8 and a first line of column names"
                )
            }
            What::NoColumns(names) => {
                format!("the file is empty; its first line must name the columns: {names}")
            }
            What::NotUtf8 => "the file is not UTF-8; save it as UTF-8".into(),
            What::TooLarge => "the file is too large; send only what is in force".into(),
            What::OtherFormat(is) => format!("must be `{is}`"),
            What::OtherHall(is) => {
                format!("these are the data of hall `{is}`; send them to that hall's address")
            }
            What::NoHall(site) => {
                format!("no hall `{site}` has reported; correct the name, or enrol that hall first")
            }
            What::NoList(name) => format!("the list `{name}` is missing"),
            What::Nothing => "the list is empty; not taken, so that what is in use is not wiped".into(),
            What::TooMany(n) => format!("more than {n} entries; leave out what is no longer in force"),
            What::Missing => "missing or empty".into(),
            What::Unknown => "there is no such field; remove it or correct its name".into(),
            What::Long(n) => format!("longer than {n} characters; shorten it"),
            What::NotACode => "not a valid code; the integration guide says how codes look".into(),
            What::NotADay => "not a day; write 2026-11-26".into(),
            What::NotATime => "not a time of day; write 08:30".into(),
            What::NotANumber(from, to) => format!("must be a number from {from} to {to}"),
            What::NotYesNo => "must be true or false".into(),
            What::NoneOf(list) => format!("must be one of: {list}"),
            What::Twice(code) => format!("`{code}` came in an earlier entry; each code once"),
            What::Order(than) => format!("must be after `{than}`"),
            What::TooFar(days) => format!("more than {days} days from today; send it later"),
            What::Personal => {
                "looks like an identity or telephone number; nothing personal may be sent here".into()
            }
            What::NotAnId => "must be an identity number of 12 digits, or empty".into(),
            What::NotAMark => "must be 64 hexadecimal digits".into(),
            What::OtherDigest => {
                "the text is not the one whose digest was announced; it is fetched again".into()
            }
        }
    }
}

impl Fault {
    /// About the whole document.
    pub fn whole(what: What) -> Fault {
        Fault::of("", what)
    }

    /// About a field of the whole document.
    pub fn of(field: impl Into<String>, what: What) -> Fault {
        Fault { line: None, entry: None, field: field.into(), what }
    }

    /// In words.
    pub fn said(&self) -> Said {
        Said {
            line: self.line,
            entry: self.entry.as_ref().map(|e| e.number),
            code: self.entry.as_ref().map(|e| e.code.clone()).filter(|code| !code.is_empty()),
            field: self.field.clone(),
            vi: self.what.vi(),
            en: self.what.en(),
        }
    }

    /// The order of the file; what is about the whole comes first.
    pub fn place(&self) -> u64 {
        self.line.or(self.entry.as_ref().map(|e| e.number)).unwrap_or(0)
    }
}

impl Said {
    /// With its place, in Vietnamese: `Dòng 12, trường day: …`, `Mục 3 (LH-1), trường day: …`.
    pub fn in_vi(&self) -> String {
        place([self.line.map(|n| format!("dòng {n}")), self.numbered("mục"), self.named("trường")], &self.vi)
    }

    /// With its place, in English.
    pub fn in_en(&self) -> String {
        place([self.line.map(|n| format!("line {n}")), self.numbered("entry"), self.named("field")], &self.en)
    }

    fn numbered(&self, word: &str) -> Option<String> {
        let code = self.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        Some(format!("{word} {}{code}", self.entry?))
    }

    fn named(&self, word: &str) -> Option<String> {
        (!self.field.is_empty()).then(|| format!("{word} {}", self.field))
    }
}

fn place(parts: [Option<String>; 3], text: &str) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let all = if parts.is_empty() { text.to_owned() } else { format!("{}: {text}", parts.join(", ")) };
    let mut chars = all.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Faults on one line, for a log.
pub fn faults_text(faults: &[Fault]) -> String {
    faults_text_in("en", faults)
}

/// Faults on one line, for a report that people of this language read.
pub fn faults_text_in(lang: &str, faults: &[Fault]) -> String {
    let en = lang == "en";
    let said = |f: &Fault| if en { f.said().in_en() } else { f.said().in_vi() };
    let first: Vec<String> = faults.iter().take(5).map(said).collect();
    let tail = match faults.len().saturating_sub(first.len()) {
        0 => String::new(),
        more if en => format!(" · and {more} more"),
        more => format!(" · và {more} lỗi khác"),
    };
    format!("{}{tail}", first.join(" · "))
}
