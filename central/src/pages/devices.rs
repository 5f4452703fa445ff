// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices: how each is, what is the matter with it, and its past day.

use super::Pages;
use super::layout::{chart_scripts, nothing};
use super::manage::Tended;
use super::session::Who;
use super::words::{NONE, ago, clock, moment, since, word, word_or};
use crate::audit::now_ms;
use crate::people::Right;
use crate::reports::{self, Device, Scope, Warning, Wording};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_link::data::{DeviceHealth, PartState};
use motcua_link::db::DbError;
use motcua_web::page::Html;
use motcua_web::parts::{chart, number};
use motcua_web::text::decimal;
use serde_json::json;

/// Points of a chart of a day: more are narrower than a line.
const POINTS: usize = 240;

async fn read(app: &Pages, scope: Scope) -> Result<(Wording, Vec<Device>), DbError> {
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let words = Wording::read(tx, &scope).await?;
                let mut devices = reports::devices(tx, &scope).await?;
                devices.sort_by_key(|d| (words.hall_name(&d.site), d.device.clone()));
                Ok((words, devices))
            })
        })
        .await
}

/// The page.
pub async fn page(State(app): State<Pages>, who: Who) -> Result<Response, Response> {
    who.needs(Right::Devices)?;
    let part = part(&app, &who).await?;
    let title = t!("nav.devices", locale = who.lang());
    let body = html! { main {
        h1 { (title) }
        @if who.may(Right::Operate) {
            p.links { a.button href="/enrol" { (t!("nav.enrol", locale = who.lang())) } }
        }
        div #live hx-get="/devices/live" hx-trigger="every 10s" { (part) }
    } };
    Ok(who.page("/devices").show(&title, &body).into_response())
}

/// The part that is drawn again.
pub async fn live(State(app): State<Pages>, who: Who) -> Result<Html, Response> {
    who.needs(Right::Devices)?;
    part(&app, &who).await.map(Html)
}

async fn part(app: &Pages, who: &Who) -> Result<Markup, Response> {
    let (lang, now) = (who.lang(), now_ms());
    let (words, devices) = read(app, who.scope()).await.map_err(|e| who.broken(&e))?;
    if devices.is_empty() {
        return Ok(nothing(&t!("devices.none", locale = lang)));
    }
    let (ill, well): (Vec<Device>, Vec<Device>) =
        devices.into_iter().partition(|d| !d.warnings(now).is_empty());
    let away = ill.iter().filter(|d| matches!(d.warnings(now).first(), Some(Warning::Offline(_)))).count();
    Ok(html! {
        div.numbers {
            (number(&t!("devices.all", locale = lang), &(ill.len() + well.len()).to_string()))
            (number(&t!("devices.ill", locale = lang), &ill.len().to_string()))
            (number(&t!("devices.away", locale = lang), &away.to_string()))
        }
        @if !ill.is_empty() {
            section.card {
                h2 { (t!("devices.ill", locale = lang)) b { (ill.len()) } }
                div.scroll { (table(lang, Some(&words), &ill, now)) }
            }
        }
        @if !well.is_empty() {
            section.card {
                h2 { (t!("devices.well", locale = lang)) b { (well.len()) } }
                div.scroll { (table(lang, Some(&words), &well, now)) }
            }
        }
    })
}

/// Devices, one a line; with `words` each with its hall.
pub fn table(lang: &str, words: Option<&Wording>, devices: &[Device], now: i64) -> Markup {
    html! {
        table.devices {
            thead { tr {
                th scope="col" { (t!("devices.name", locale = lang)) }
                th scope="col" { (t!("devices.state", locale = lang)) } th scope="col" { (t!("devices.role", locale = lang)) }
                th.n scope="col" { (t!("overview.heard", locale = lang)) } th.n scope="col" { (t!("devices.version", locale = lang)) }
                th.n scope="col" { (t!("devices.certificate", locale = lang)) } th.n scope="col" { (t!("devices.backlog", locale = lang)) }
                th.n scope="col" { (t!("devices.clock", locale = lang)) } th.n scope="col" { (t!("devices.disk", locale = lang)) }
            } }
            tbody { @for d in devices { tr {
                @let health = d.health.as_ref();
                td { a href=(format!("/devices/{}/{}", d.site, d.device)) { b { (d.device) } } @if let Some(words) = words { br; span.hint { (words.hall_name(&d.site)) } } }
                td { (state(lang, d, now)) }
                td { (role(lang, &d.role)) }
                td.n { (ago(lang, now, d.last_ms)) }
                td.n { (health.map_or(NONE, |h| h.version.as_str())) }
                td.n { (d.certificate_days(now).map_or_else(|| NONE.to_owned(), |n| t!("unit.days", locale = lang, n = n).into_owned())) }
                td.n { (health.and_then(|h| h.backlog).map_or_else(|| NONE.to_owned(), |n| n.to_string())) }
                td.n { (health.and_then(|h| h.clock_off_ms).map_or_else(|| NONE.to_owned(), |ms| seconds(lang, ms))) }
                td.n { (d.disk_percent().map_or_else(|| NONE.to_owned(), |p| format!("{p} %"))) }
            } } }
        }
    }
}

fn role(lang: &str, role: &str) -> String {
    if role.is_empty() { NONE.to_owned() } else { word_or(lang, "role_of_device", role) }
}

/// A clock's difference with its sign.
fn seconds(lang: &str, ms: i64) -> String {
    let sign = if ms > 0 { "+" } else { "" };
    format!("{sign}{} s", decimal(lang, ms as f64 / 1000.0, 1))
}

fn state(lang: &str, device: &Device, now: i64) -> Markup {
    let warnings = device.warnings(now);
    html! {
        div.chips {
            @for w in &warnings {
                span class=(if w.is_grave() { "state gone" } else { "state paused" }) { (warning(lang, w)) }
            }
            @if warnings.is_empty() && device.health.is_none() { span.state.closed { (t!("devices.untold", locale = lang)) } }
            @else if warnings.is_empty() { span.state.open { (t!("devices.fine", locale = lang)) } }
        }
    }
}

/// What is the matter, in words.
pub fn warning(lang: &str, warning: &Warning) -> String {
    match warning {
        Warning::Offline(ms) => t!("warning.offline", locale = lang, span = since(lang, *ms, 0)).into_owned(),
        Warning::Revoked => t!("warning.revoked", locale = lang).into_owned(),
        Warning::Backlog(s) => {
            let ms = i64::try_from(*s).unwrap_or(0).saturating_mul(1000);
            t!("warning.backlog", locale = lang, span = since(lang, ms, 0)).into_owned()
        }
        Warning::Clock(ms) => t!("warning.clock", locale = lang, off = seconds(lang, *ms)).into_owned(),
        Warning::Disk(percent) => t!("warning.disk", locale = lang, percent = percent).into_owned(),
        Warning::Wear(percent) => t!("warning.wear", locale = lang, percent = percent).into_owned(),
        Warning::Part(name, _, fault) => {
            let fault =
                fault.as_deref().map_or_else(|| word(lang, "warning.part"), |f| word_or(lang, "fault", f));
            format!("{}: {fault}", word_or(lang, "part", name))
        }
        Warning::Certificate(days) if *days <= 0 => {
            t!("warning.certificate_over", locale = lang).into_owned()
        }
        Warning::Certificate(days) => t!("warning.certificate", locale = lang, n = days).into_owned(),
    }
}

/// The page of one device.
pub async fn one(
    State(app): State<Pages>,
    who: Who,
    Path((site, name)): Path<(String, String)>,
) -> Result<Response, Response> {
    who.needs(Right::Devices)?;
    who.sees(&site)?;
    let (lang, now) = (who.lang(), now_ms());
    let found = app.db().read(move |tx| {
        Box::pin(async move {
            let Some(device) = reports::device(tx, &site, &name).await? else { return Ok(None) };
            let past = reports::history(tx, &device.source, now - 86_400_000).await?;
            let words = Wording::read(tx, &Scope::Sites(vec![site])).await?;
            let tended = Tended::read(tx, &device.source).await?;
            Ok(Some((device, past, words, tended)))
        })
    });
    let Some((device, past, words, tended)) = found.await.map_err(|e| who.broken(&e))? else {
        return Err(who.missing());
    };
    let body = html! {
        main {
            p.path { a href="/devices" { (t!("nav.devices", locale = lang)) } " › " (words.hall_name(&device.site)) " › " (device.device) }
            h1 { (device.device) small { (role(lang, &device.role)) " · " (words.hall_name(&device.site)) } }
            (state(lang, &device, now))
            div.two {
                section.card { h2 { (t!("devices.facts", locale = lang)) } (facts(lang, &device, now)) }
                section.card { h2 { (t!("devices.parts", locale = lang)) } (parts(lang, &device)) }
            }
            @if who.may(Right::Operate) { (tended.show(&who, &device)) }
            (day(lang, &past))
        }
        (chart_scripts())
    };
    Ok(who.page("/devices").show(&device.device, &body).into_response())
}

fn facts(lang: &str, d: &Device, now: i64) -> Markup {
    let health = d.health.clone().unwrap_or_default();
    let none = || NONE.to_owned();
    let mebi = |bytes: u64| format!("{} MiB", bytes / 1024 / 1024);
    let uptime = i64::try_from(health.uptime_s).unwrap_or(0).saturating_mul(1000);
    let rows = [
        ("devices.heard", format!("{} · {}", ago(lang, now, d.last_ms), moment(d.last_ms))),
        ("devices.first", moment(d.first_ms)),
        ("devices.version", if health.version.is_empty() { none() } else { health.version.clone() }),
        ("devices.slot", health.slot.clone().unwrap_or_else(none)),
        ("devices.uptime", if d.health.is_some() { since(lang, uptime, 0) } else { none() }),
        (
            "devices.certificate",
            d.certificate_days(now).map_or_else(none, |n| t!("unit.days", locale = lang, n = n).into_owned()),
        ),
        ("devices.backlog", backlog(lang, &health).unwrap_or_else(none)),
        ("devices.clock", health.clock_off_ms.map_or_else(none, |ms| seconds(lang, ms))),
        ("devices.cpu", health.cpu_celsius.map_or_else(none, |c| format!("{} °C", decimal(lang, c, 1)))),
        ("devices.memory", health.memory_bytes.map_or_else(none, mebi)),
        ("devices.disk", disk(lang, d, &health).unwrap_or_else(none)),
        ("devices.wear", health.disk_wear_percent.map_or_else(none, |p| format!("{p} %"))),
        (
            "devices.commit",
            health.commit_p99_ms.map_or_else(none, |ms| format!("{} ms", decimal(lang, ms, 1))),
        ),
    ];
    html! { dl.facts { @for (key, value) in &rows { dt { (word(lang, key)) } dd { (value) } } } }
}

fn backlog(lang: &str, health: &DeviceHealth) -> Option<String> {
    let age = i64::try_from(health.backlog_age_s.unwrap_or(0)).unwrap_or(0).saturating_mul(1000);
    let age = since(lang, age, 0);
    Some(t!("devices.backlog_is", locale = lang, n = health.backlog?, span = age).into_owned())
}

fn disk(lang: &str, d: &Device, health: &DeviceHealth) -> Option<String> {
    let free = health.disk_free_bytes? as f64 / 1024.0 / 1024.0 / 1024.0;
    Some(
        t!("devices.disk_is", locale = lang, percent = d.disk_percent()?, free = decimal(lang, free, 1))
            .into_owned(),
    )
}

fn parts(lang: &str, d: &Device) -> Markup {
    let parts = d.health.as_ref().map(|h| &h.parts).filter(|p| !p.is_empty());
    let Some(parts) = parts else { return html! { p.hint { (t!("devices.no_parts", locale = lang)) } } };
    html! {
        table { tbody { @for (name, part) in parts { tr {
            td { (word_or(lang, "part", name)) }
            td.n { @match part.state {
                PartState::Ok => span.state.open { (t!("devices.fine", locale = lang)) },
                PartState::Warning => span.state.paused { (fault(lang, part.fault.as_deref())) },
                PartState::Fault => span.state.gone { (fault(lang, part.fault.as_deref())) },
            } }
        } } } }
    }
}

fn fault(lang: &str, code: Option<&str>) -> String {
    code.map_or_else(|| word(lang, "warning.part"), |f| word_or(lang, "fault", f))
}

fn day(lang: &str, past: &[(i64, DeviceHealth)]) -> Markup {
    if past.len() < 2 {
        return nothing(&t!("devices.no_past", locale = lang));
    }
    let every = past.len().div_ceil(POINTS);
    let seen: Vec<&(i64, DeviceHealth)> = past.iter().step_by(every).collect();
    let labels: Vec<String> = seen.iter().map(|(ms, _)| clock(*ms)).collect();
    let line = |key: &str, unit: String, pick: fn(&DeviceHealth) -> Option<f64>| {
        let values: Vec<Option<f64>> = seen.iter().map(|(_, h)| pick(h)).collect();
        let spec = json!({ "labels": labels, "line": true, "unit": unit, "sets": [{ "name": word(lang, key), "values": values }] });
        let known = values.iter().any(Option::is_some);
        html! { @if known { (chart(&word(lang, key), &spec)) } }
    };
    html! {
        h2 { (t!("devices.past", locale = lang, n = past.len())) }
        div.two.charts {
            (line("devices.backlog", word(lang, "unit.events"), |h| h.backlog.map(|n| n as f64)))
            (line("devices.clock", "s".into(), |h| h.clock_off_ms.map(|ms| ms as f64 / 1000.0)))
            (line("devices.cpu", "°C".into(), |h| h.cpu_celsius))
            (line("devices.memory", "MiB".into(), |h| h.memory_bytes.map(|b| b as f64 / 1024.0 / 1024.0)))
            (line("devices.disk_free", "GiB".into(), |h| h.disk_free_bytes.map(|b| b as f64 / 1024.0 / 1024.0 / 1024.0)))
            (line("devices.commit", "ms".into(), |h| h.commit_p99_ms))
        }
    }
}
