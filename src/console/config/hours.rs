// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opening hours and holidays.

use super::{Done, Faults, edited, faults, put, saved};
use crate::console::Pages;
use crate::console::form::{Fields, Signed};
use crate::console::layout::{Html, csrf, word};
use crate::console::session::{Manager, Who};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, Time};
use maud::{Markup, html};
use motcua_core::hall::{Hall, Lunch};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What stands in the form: the hall's hours, or what somebody typed.
struct Draft {
    /// From Monday, as typed.
    week: Vec<String>,
    /// Numbers are given over lunch.
    lunch: bool,
    holidays: Vec<HolidayDraft>,
}

struct HolidayDraft {
    from: String,
    /// Empty for a single day.
    to: String,
    /// In the order of the hall's languages.
    names: Vec<String>,
}

impl Draft {
    fn of(hall: &Hall) -> Draft {
        let day = |periods: &Vec<motcua_core::hall::Period>| {
            periods.iter().map(|p| written((p.from, p.to))).collect::<Vec<_>>()
        };
        let holiday = |h: &motcua_core::hall::Holiday| HolidayDraft {
            from: h.from.to_string(),
            to: if h.to == h.from { String::new() } else { h.to.to_string() },
            names: hall.languages.iter().map(|l| h.name.get(l).to_owned()).collect(),
        };
        Draft {
            week: hall.hours.week.iter().map(|periods| day(periods).join(", ")).collect(),
            lunch: hall.hours.lunch == Lunch::Issue,
            holidays: hall.holidays.iter().map(holiday).collect(),
        }
    }

    /// A holiday without its first day is none.
    fn typed(f: &Fields, languages: &[String]) -> Draft {
        let names: Vec<Vec<&str>> = languages.iter().map(|l| f.each(&format!("name.{l}"))).collect();
        let rows = f.each("from").into_iter().zip(f.each("to")).enumerate();
        let row = |(i, (from, to)): (usize, (&str, &str))| HolidayDraft {
            from: from.to_owned(),
            to: to.to_owned(),
            names: names.iter().map(|all| all.get(i).copied().unwrap_or_default().to_owned()).collect(),
        };
        Draft {
            week: DAYS.iter().map(|day| f.get(day).to_owned()).collect(),
            lunch: f.get("lunch") == "1",
            holidays: rows.filter(|(_, (from, _))| !from.is_empty()).map(row).collect(),
        }
    }

    /// What is wrong with it by itself; the whole file is checked after.
    fn faults(&self, lang: &str) -> Faults {
        let mut faults = Faults::new();
        for (day, text) in DAYS.iter().zip(&self.week) {
            let day = word(lang, &format!("day.{day}"));
            let mut last = Time::midnight();
            for text in periods(text) {
                match period(text) {
                    Some((from, to)) if from < to && last <= from => last = to,
                    Some(_) => faults.push(t!("config.bad_order", locale = lang, day = day).into_owned()),
                    None => {
                        faults.push(
                            t!("config.bad_period", locale = lang, day = day, text = text).into_owned(),
                        );
                    }
                }
            }
        }
        if self.week.iter().all(String::is_empty) {
            faults.push(t!("config.never_open", locale = lang).into_owned());
        }
        for h in &self.holidays {
            let date = |text: &str| text.parse::<Date>().ok();
            if date(&h.to).is_some_and(|to| date(&h.from).is_some_and(|from| to < from)) {
                faults.push(t!("config.bad_holiday", locale = lang, from = h.from, to = h.to).into_owned());
            }
            if h.names.iter().any(String::is_empty) {
                faults.push(t!("config.holiday_name", locale = lang, from = h.from).into_owned());
            }
        }
        faults
    }

    fn write(&self, doc: &mut DocumentMut, languages: &[String]) {
        if let Some(table) = doc.get_mut("hours").and_then(Item::as_table_mut) {
            for (day, text) in DAYS.iter().zip(&self.week) {
                let periods: Array = periods(text).filter_map(period).map(written).collect();
                if periods.is_empty() {
                    table.remove(day);
                } else {
                    put(table, day, periods);
                }
            }
            put(table, "lunch", if self.lunch { "issue" } else { "refuse" });
        }
        let mut holidays = ArrayOfTables::new();
        for h in &self.holidays {
            let mut table = Table::new();
            table.insert("date", value(&h.from));
            if !h.to.is_empty() {
                table.insert("until", value(&h.to));
            }
            let names: toml_edit::InlineTable =
                languages.iter().zip(&h.names).map(|(l, name)| (l.as_str(), name.clone())).collect();
            table.insert("name", value(names));
            holidays.push(table);
        }
        if holidays.is_empty() {
            doc.remove("holidays");
        } else {
            doc.insert("holidays", Item::ArrayOfTables(holidays));
        }
    }
}

/// The periods of one day as they were typed.
fn periods(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';']).map(str::trim).filter(|p| !p.is_empty())
}

/// `07:30-11:30`, or as people write it: `7:30 - 11:30`.
fn period(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once(['-', '–'])?;
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let whole = (1..=2).contains(&hour.len()) && minute.len() == 2;
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok().filter(|_| whole)
    };
    Some((time(from)?, time(to)?))
}

/// As the file wants it.
fn written((from, to): (Time, Time)) -> String {
    let time = |t: Time| format!("{:02}:{:02}", t.hour(), t.minute());
    format!("{}-{}", time(from), time(to))
}

pub async fn page(Manager(who): Manager, Query(done): Query<Done>) -> Html {
    draw(&who, &Draft::of(&who.hall), &Vec::new(), &done)
}

fn draw(who: &Who, draft: &Draft, list: &Faults, done: &Done) -> Html {
    let lang = who.lang();
    let body = html! {
        main {
            h1 { (t!("nav.hours", locale = lang)) }
            (saved(done, lang))
            (faults(list))
            form.card method="post" action="/console/hours" {
                (csrf(&who.session))
                p.hint { (t!("config.hours_hint", locale = lang)) }
                div.grid {
                    @for (day, text) in DAYS.iter().zip(&draft.week) {
                        label { span { (word(lang, &format!("day.{day}"))) } input name=(day) value=(text) placeholder=(t!("config.closed", locale = lang)); }
                    }
                }
                label.check { input type="checkbox" name="lunch" value="1" checked[draft.lunch]; span { (t!("config.lunch", locale = lang)) } }
                h2 { (t!("config.holidays", locale = lang)) }
                p.hint { (t!("config.holidays_hint", locale = lang)) }
                div.holidays { @for h in draft.holidays.iter().map(Some).chain([None, None]) { (holiday(who, h)) } }
                button.strong type="submit" { (t!("save", locale = lang)) }
            }
        }
    };
    who.page("/console/hours").show(&t!("nav.hours", locale = lang), &body)
}

fn holiday(who: &Who, draft: Option<&HolidayDraft>) -> Markup {
    let lang = who.lang();
    html! {
        div.row {
            input type="date" name="from" value=[draft.map(|h| &h.from)] aria-label=(t!("figures.from", locale = lang));
            input type="date" name="to" value=[draft.map(|h| &h.to)] aria-label=(t!("figures.to", locale = lang));
            @for (i, l) in who.hall.languages.iter().enumerate() {
                @let label = format!("{} ({l})", t!("config.name", locale = lang));
                input name=(format!("name.{l}")) value=(draft.and_then(|h| h.names.get(i)).map_or("", String::as_str)) placeholder=(label) aria-label=(label);
            }
        }
    }
}

pub async fn change(State(pages): State<Pages>, form: Signed) -> Response {
    if !form.who.is_manager() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let draft = Draft::typed(&form.fields, &form.who.hall.languages);
    let faults = draft.faults(form.who.lang());
    let done = if faults.is_empty() {
        let edit = |doc: &mut DocumentMut| {
            draft.write(doc, &form.who.hall.languages);
            Ok(())
        };
        edited(&pages, &form, "hours", edit).await
    } else {
        Err(faults)
    };
    match done {
        Ok(()) => Redirect::to("/console/hours?saved=true").into_response(),
        Err(list) => (StatusCode::UNPROCESSABLE_ENTITY, draw(&form.who, &draft, &list, &Done::default()))
            .into_response(),
    }
}
