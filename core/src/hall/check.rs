// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checks that turn the form of `hall.toml` into a [`Hall`]. Every
//! checked value keeps its place in the file, so that a fault can name its
//! line.

use super::form::*;
use super::*;
use crate::toml_words::{self, Wrong, line_of};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;

/// Collects faults while the file is walked once.
pub(super) struct Checker<'a> {
    text: &'a str,
    pub(super) languages: Vec<String>,
    faults: Vec<HallFault>,
}

pub(super) fn parse(text: &str) -> Result<Hall, Vec<HallFault>> {
    toml_words::read::<RawFile>(text).checked(
        |fault: &HallFault| fault.line,
        |raw, text| {
            let mut check = Checker { text, languages: Vec::new(), faults: Vec::new() };
            (Some(check.file(raw)), check.faults)
        },
    )
}

impl From<Wrong> for HallFault {
    fn from(wrong: Wrong) -> HallFault {
        HallFault { line: wrong.line, message: wrong.en, vi: wrong.vi }
    }
}

/// FNV-1a, 64 bits: tells files apart, protects nothing.
fn version(text: &str) -> String {
    let digest = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{digest:016x}")
}

impl Checker<'_> {
    /// Something is wrong, said in English and in Vietnamese.
    pub(super) fn fault<S: Into<String>>(&mut self, span: Range<usize>, (message, vi): (S, S)) {
        let line = line_of(self.text, span.start);
        self.faults.push(HallFault { line, message: message.into(), vi: vi.into() });
    }

    fn file(&mut self, raw: &RawFile) -> Hall {
        self.languages(&raw.hall.languages);
        let id = self.key(&raw.hall.id, ("hall id", "mã bộ phận"));
        let lines = self.lines(&raw.hall.lines);
        let utc_offset_minutes = self.utc_offset(raw.hall.utc_offset.as_ref());
        let hours = self.hours(&raw.hours);
        let holidays = raw.holidays.iter().filter_map(|h| self.holiday(h)).collect();
        let priority = self.priority(&raw.priority);
        let counters = self.counters(&raw.counters);
        let services = self.services(&raw.services, &counters);
        let ticket = self.ticket(&raw.ticket);
        let kiosk = Kiosk {
            without_paper: raw.kiosk.without_paper,
            idle_seconds: self.seconds(raw.kiosk.idle_seconds.as_ref(), "idle_seconds", 15..=600, 60),
            warning_seconds: self.seconds(raw.kiosk.warning_seconds.as_ref(), "warning_seconds", 5..=120, 20),
            number_seconds: self.seconds(raw.kiosk.number_seconds.as_ref(), "number_seconds", 5..=300, 15),
        };
        let citizen = self.citizen(raw);
        Hall {
            source: self.text.into(),
            version: version(self.text),
            id,
            lines,
            utc_offset_minutes,
            languages: self.languages.clone(),
            hours,
            holidays,
            priority,
            counters,
            services,
            ticket,
            kiosk,
            clock: raw.hall.clock,
            queue: self.queue(&raw.queue),
            rating: self.rating(&raw.rating),
            display: self.display(&raw.display),
            voice: self.voice(&raw.voice),
            cards: citizen.cards,
            bookings: citizen.bookings,
            dossiers: citizen.dossiers,
            pay: citizen.pay,
            faq: citizen.faq,
            post: citizen.post,
            feedback: citizen.feedback,
            software: raw.software.as_ref().and_then(|s| self.software(s)),
        }
    }

    fn languages(&mut self, raw: &Spanned<Vec<String>>) {
        if raw.get_ref().is_empty() {
            self.fault(
                raw.span(),
                (
                    "`languages` is empty: name at least one, such as [\"vi\", \"en\"]",
                    "`languages` để trống: ghi ít nhất một ngôn ngữ, như [\"vi\", \"en\"]",
                ),
            );
        }
        let mut seen = BTreeSet::new();
        for lang in raw.get_ref() {
            if !LANGUAGES.contains(&lang.as_str()) {
                let known = LANGUAGES.join(", ");
                self.fault(
                    raw.span(),
                    (
                        format!("no screen texts for language `{lang}`; there are {known}"),
                        format!("chưa có chữ trên màn hình cho ngôn ngữ `{lang}`; có {known}"),
                    ),
                );
            } else if !seen.insert(lang) {
                self.fault(
                    raw.span(),
                    (
                        format!("language `{lang}` is named twice"),
                        format!("ngôn ngữ `{lang}` được ghi hai lần"),
                    ),
                );
            } else {
                self.languages.push(lang.clone());
            }
        }
    }

    fn lines(&mut self, raw: &Spanned<Vec<String>>) -> Vec<String> {
        if !(2..=3).contains(&raw.get_ref().len()) {
            self.fault(
                raw.span(),
                (
                    "`lines` must be the hall's name in two or three lines",
                    "`lines` phải là tên bộ phận, viết thành hai hoặc ba dòng",
                ),
            );
        }
        for line in raw.get_ref() {
            self.text(raw.span(), line, ("a line of the hall's name", "một dòng tên bộ phận"), 60);
        }
        raw.get_ref().iter().map(|l| l.trim().to_owned()).collect()
    }

    fn utc_offset(&mut self, raw: Option<&Spanned<String>>) -> i16 {
        const VIET_NAM: i16 = 7 * 60;
        let Some(raw) = raw else { return VIET_NAM };
        let parsed = (|| {
            let s = raw.get_ref();
            let sign = match s.chars().next()? {
                '+' => 1,
                '-' => -1,
                _ => return None,
            };
            let (h, m) = s.get(1..)?.split_once(':')?;
            if h.len() != 2 || m.len() != 2 {
                return None;
            }
            let (h, m): (i16, i16) = (h.parse().ok()?, m.parse().ok()?);
            (h <= 14 && (0..60).contains(&m)).then_some(sign * (h * 60 + m))
        })();
        parsed.unwrap_or_else(|| {
            self.fault(
                raw.span(),
                (
                    format!("`{}` is not an offset such as \"+07:00\"", raw.get_ref()),
                    format!("`{}` không phải múi giờ như \"+07:00\"", raw.get_ref()),
                ),
            );
            VIET_NAM
        })
    }

    fn hours(&mut self, raw: &RawHours) -> Hours {
        let days = [&raw.mon, &raw.tue, &raw.wed, &raw.thu, &raw.fri, &raw.sat, &raw.sun];
        let week = days.map(|day| self.periods(day));
        if week.iter().all(Vec::is_empty) && self.faults.is_empty() {
            let span = self.text.find("[hours]").unwrap_or(0);
            self.fault(
                span..span,
                (
                    "the hall is never open: give at least one day such as mon = [\"07:30-11:30\"]",
                    "bộ phận không mở cửa ngày nào: ghi ít nhất một ngày, như mon = [\"07:30-11:30\"]",
                ),
            );
        }
        Hours { week, lunch: raw.lunch }
    }

    fn periods(&mut self, raw: &[Spanned<String>]) -> Vec<Period> {
        let mut out: Vec<Period> = Vec::new();
        for item in raw {
            let parsed = item.get_ref().split_once('-').and_then(|(a, b)| Some((time(a)?, time(b)?)));
            let Some((from, to)) = parsed else {
                self.fault(
                    item.span(),
                    (
                        format!("`{}` is not a period such as \"07:30-11:30\"", item.get_ref()),
                        format!("`{}` không phải khoảng giờ như \"07:30-11:30\"", item.get_ref()),
                    ),
                );
                continue;
            };
            if from >= to {
                self.fault(
                    item.span(),
                    (
                        format!("`{}` ends before it begins", item.get_ref()),
                        format!("`{}` kết thúc trước khi bắt đầu", item.get_ref()),
                    ),
                );
            } else if out.last().is_some_and(|p| from < p.to) {
                self.fault(
                    item.span(),
                    (
                        format!("`{}` begins before the period before it ends", item.get_ref()),
                        format!("`{}` bắt đầu khi khoảng giờ trước chưa hết", item.get_ref()),
                    ),
                );
            } else {
                out.push(Period { from, to });
            }
        }
        out
    }

    fn holiday(&mut self, raw: &RawHoliday) -> Option<Holiday> {
        let name = self.words(&raw.name, ("the holiday's name", "tên ngày nghỉ"), 60);
        let from = self.date(&raw.date)?;
        let to = match &raw.until {
            Some(until) => self.date(until)?,
            None => from,
        };
        if to < from {
            let span = raw.until.as_ref().map_or(raw.date.span(), Spanned::span);
            self.fault(
                span,
                (
                    format!("the holiday ends on {to}, before it begins on {from}"),
                    format!("ngày nghỉ kết thúc {to}, trước khi bắt đầu {from}"),
                ),
            );
        }
        Some(Holiday { from, to, name })
    }

    fn priority(&mut self, raw: &[RawPriority]) -> Vec<PriorityClass> {
        let mut seen = BTreeSet::new();
        if let Some(seventh) = raw.get(6) {
            self.fault(
                seventh.code.span(),
                (
                    "at most six priority classes fit on the screen",
                    "màn hình chỉ đủ chỗ cho sáu đối tượng ưu tiên",
                ),
            );
        }
        raw.iter()
            .map(|p| {
                self.unique(&mut seen, &p.code, ("priority class", "đối tượng ưu tiên"));
                PriorityClass {
                    code: self.key(&p.code, ("priority code", "mã đối tượng ưu tiên")),
                    name: self.words(&p.name, ("the class's name", "tên đối tượng"), 60),
                    icon: self.icon(&p.icon),
                }
            })
            .collect()
    }

    fn counters(&mut self, raw: &Spanned<Vec<RawCounter>>) -> Vec<Counter> {
        if raw.get_ref().is_empty() {
            self.fault(
                raw.span(),
                ("there is no counter: add [[counters]]", "chưa có quầy nào: thêm [[counters]]"),
            );
        }
        let mut seen = BTreeSet::new();
        raw.get_ref()
            .iter()
            .map(|c| {
                self.unique(&mut seen, &c.id, ("counter", "quầy"));
                let id = c.id.get_ref();
                if id.is_empty() || id.len() > 4 || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    self.fault(
                        c.id.span(),
                        (
                            format!("counter id `{id}` must be 1 to 4 letters or digits, such as \"2\""),
                            format!(
                                "mã quầy `{id}` phải gồm 1 đến 4 chữ cái không dấu hoặc chữ số, như \"2\""
                            ),
                        ),
                    );
                }
                Counter {
                    id: id.clone(),
                    name: self.words(&c.name, ("the counter's name", "tên quầy"), 60),
                    direction: c.direction,
                }
            })
            .collect()
    }

    fn services(&mut self, raw: &Spanned<Vec<RawService>>, counters: &[Counter]) -> Vec<Service> {
        if raw.get_ref().is_empty() {
            self.fault(
                raw.span(),
                ("there is no service: add [[services]]", "chưa có dịch vụ nào: thêm [[services]]"),
            );
        }
        let mut seen = BTreeSet::new();
        raw.get_ref()
            .iter()
            .filter_map(|s| {
                self.unique(&mut seen, &s.code, ("service", "dịch vụ"));
                self.service(s, counters)
            })
            .collect()
    }

    fn service(&mut self, s: &RawService, counters: &[Counter]) -> Option<Service> {
        if s.counters.get_ref().is_empty() {
            self.fault(
                s.counters.span(),
                (
                    format!("no counter serves `{}`", s.code.get_ref()),
                    format!("không quầy nào phục vụ `{}`", s.code.get_ref()),
                ),
            );
        }
        let mut seen = BTreeSet::new();
        for id in s.counters.get_ref() {
            if !counters.iter().any(|c| c.id == *id.get_ref()) {
                self.fault(
                    id.span(),
                    (
                        format!("there is no counter `{}` among [[counters]]", id.get_ref()),
                        format!("không có quầy `{}` trong [[counters]]", id.get_ref()),
                    ),
                );
            }
            self.unique(&mut seen, id, ("counter", "quầy"));
        }
        let daily_cap = s.daily_cap.as_ref().and_then(|cap| {
            let value = u32::try_from(*cap.get_ref()).ok().filter(|n| (1..=9999).contains(n));
            if value.is_none() {
                self.fault(
                    cap.span(),
                    (
                        format!("daily_cap {} must be 1 to 9999; leave it out for no limit", cap.get_ref()),
                        format!("daily_cap {} phải từ 1 đến 9999; không giới hạn thì bỏ đi", cap.get_ref()),
                    ),
                );
            }
            value
        });
        let letter = s.series.get_ref();
        let mut chars = letter.chars();
        let series = match (chars.next().map(Series::try_from), chars.next()) {
            (Some(Ok(series)), None) => Some(series),
            _ => {
                self.fault(
                    s.series.span(),
                    (
                        format!("series `{letter}` must be one capital letter from A to Z"),
                        format!("series `{letter}` phải là một chữ in hoa từ A đến Z"),
                    ),
                );
                None
            }
        };
        Some(Service {
            code: self.key(&s.code, ("service code", "mã dịch vụ")),
            name: self.words(&s.name, ("the service's name", "tên dịch vụ"), 60),
            icon: self.icon(&s.icon),
            series: series?,
            counters: s.counters.get_ref().iter().map(|c| c.get_ref().clone()).collect(),
            daily_cap,
            needs_papers: s.needs_papers,
            fields: s.fields.iter().map(|f| f.get_ref().clone()).collect(),
            procedures: s.procedures.iter().map(|p| p.get_ref().clone()).collect(),
        })
    }

    fn ticket(&mut self, raw: &RawTicket) -> TicketText {
        let qr = match &raw.qr {
            None => "motcua:{site}/{day}/{label}/{ticket}".to_owned(),
            Some(qr) => {
                self.qr(qr);
                qr.get_ref().clone()
            }
        };
        TicketText {
            thanks: self.words(&raw.thanks, ("the thank-you line", "dòng cảm ơn"), 60),
            note: raw.note.as_ref().map(|n| self.words(n, ("the ticket's note", "ghi chú trên phiếu"), 120)),
            qr,
        }
    }

    fn qr(&mut self, raw: &Spanned<String>) {
        let text = raw.get_ref();
        let mut bare = text.clone();
        for key in ["{site}", "{day}", "{label}", "{ticket}"] {
            bare = bare.replace(key, "");
        }
        if bare.contains(['{', '}']) {
            self.fault(
                raw.span(),
                (
                    "the QR text knows {site}, {day}, {label} and {ticket} only",
                    "nội dung mã QR chỉ biết {site}, {day}, {label} và {ticket}",
                ),
            );
        } else if !text.contains("{ticket}") {
            self.fault(
                raw.span(),
                (
                    "the QR text must contain {ticket}, or a scan could not tell two days apart",
                    "nội dung mã QR phải có {ticket}, nếu không thì không phân biệt được hai ngày",
                ),
            );
        } else if text.len() > 160 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            self.fault(
                raw.span(),
                (
                    "the QR text must be at most 160 ASCII characters without spaces",
                    "nội dung mã QR tối đa 160 ký tự ASCII, không có khoảng trắng",
                ),
            );
        }
    }
}

/// `07:30`, and `24:00` is not a time of day.
pub(super) fn time(text: &str) -> Option<Time> {
    let (h, m) = text.trim().split_once(':')?;
    if h.len() != 2 || m.len() != 2 {
        return None;
    }
    Time::new(h.parse().ok()?, m.parse().ok()?, 0, 0).ok()
}
