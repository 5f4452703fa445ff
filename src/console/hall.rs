// SPDX-License-Identifier: MIT OR Apache-2.0
//! The manager's view of the hall now: counters, services, waits, alarms, and
//! the commands for the whole hall.

use super::Pages;
use super::form::{Said, Signed, command_id};
use super::layout::{Html, since};
use super::session::Manager;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_core::feed::CounterState;
use motcua_core::queue::{Command, CounterNow, Event, HallNow, Stage, Ticket};
use motcua_web::parts::number;
use uuid::Uuid;

pub async fn page(State(pages): State<Pages>, Manager(who): Manager) -> Html {
    let part = part(&pages, &who, None).await;
    let body = html! { main #live data-live="/console/hall/live" { (part) } };
    who.page("/console/hall").show(&t!("nav.hall", locale = who.lang()), &body)
}

pub async fn live(State(pages): State<Pages>, Manager(who): Manager) -> Response {
    part(&pages, &who, None).await.into_string().into_response()
}

type Who = super::session::Who;

async fn part(pages: &Pages, who: &Who, said: Option<&str>) -> Markup {
    let now = pages.api.hub.now().borrow().clone();
    let tickets = pages.api.hub.tickets(None).await.unwrap_or_default();
    let lang = who.lang();
    let waiting: Vec<&Ticket> = tickets.iter().filter(|t| t.stage == Stage::Waiting).collect();
    let longest = waiting.iter().map(|t| t.issued_ms).min();
    let served = tickets.iter().filter(|t| t.stage == Stage::Served).count();
    let open = now.counters.iter().filter(|c| c.state == CounterState::Open).count();
    html! {
        p.said role="status" aria-live="polite" hidden[said.is_none()] { (said.unwrap_or_default()) }
        (faults(pages, who, &now))
        div.numbers {
            (number(&t!("hall.waiting", locale = lang), &now.waiting.to_string()))
            (number(&t!("hall.longest", locale = lang), &longest.map_or_else(|| "–".to_owned(), |ms| since(lang, now.unix_ms, ms))))
            (number(&t!("hall.served", locale = lang), &served.to_string()))
            (number(&t!("hall.given", locale = lang), &tickets.len().to_string()))
            (number(&t!("hall.counters_open", locale = lang), &format!("{open} / {}", now.counters.len())))
        }
        div.two {
            section.card { h2 { (t!("hall.counters", locale = lang)) } (counters(who, &now)) }
            section.card { h2 { (t!("hall.services", locale = lang)) } (services(who, &now, &waiting)) }
        }
        section.card { h2 { (t!("hall.day", locale = lang)) } (day(who, &now)) }
    }
}

fn button(action: &str, text: &str, more: &str, class: &str, ask: Option<&str>) -> Markup {
    let values = format!("{{\"do\":\"{action}\",\"id\":\"{}\"{more}}}", Uuid::now_v7());
    html! {
        button class=(class) type="button" hx-post="/console/hall/do" hx-vals=(values) hx-target="#live" hx-confirm=[ask] { (text) }
    }
}

/// What is wrong, in sentences, before all else.
fn faults(pages: &Pages, who: &Who, now: &HallNow) -> Markup {
    let lang = who.lang();
    html! {
        @for ill in &crate::hub::api::ills(&pages.api.hub) {
            p.fault role="alert" { (super::devices::sentence(ill, lang)) }
        }
        @for alarm in &now.alarms {
            div.fault.alarm role="alert" {
                span {
                    (t!("hall.alarm", locale = lang, counter = &alarm.counter,
                        service = who.hall.service(&alarm.service).map_or(alarm.service.as_str(), |s| s.name.get(lang))))
                }
                a.button href="/console/ratings#low" { (t!("hall.look", locale = lang)) }
                (button("seen", &t!("hall.seen", locale = lang), &format!(",\"session\":\"{}\"", alarm.session), "", None))
            }
        }
        @if !now.without_paper.is_empty() {
            p.warn {
                (t!("hall.without_paper", locale = lang,
                    labels = now.without_paper.iter().map(|t| t.label.as_str()).collect::<Vec<_>>().join(", ")))
            }
        }
    }
}

fn counters(who: &Who, now: &HallNow) -> Markup {
    let lang = who.lang();
    html! {
        table {
            thead { tr {
                th { (t!("hall.counter", locale = lang)) } th { (t!("hall.officer", locale = lang)) }
                th { (t!("hall.state", locale = lang)) } th { (t!("hall.number", locale = lang)) }
            } }
            tbody {
                @for (config, c) in who.hall.counters.iter().zip(&now.counters) {
                    tr {
                        td { b { (c.id) } " " span.hint { (config.name.get(lang)) } }
                        td { (c.officer.as_ref().map_or("–", |o| o.name.as_str())) }
                        td { (state_chip(lang, c)) }
                        td {
                            @if let Some(t) = &c.in_hand {
                                b { (t.label) } " "
                                span.hint { (since(lang, now.unix_ms, t.since_ms)) }
                            } @else { "–" }
                        }
                    }
                }
            }
        }
    }
}

fn state_chip(lang: &str, c: &CounterNow) -> Markup {
    html! {
        @match &c.state {
            CounterState::Open => span.state.open { (t!("desk.open", locale = lang)) },
            CounterState::Paused { reason } => span.state.paused { (t!("desk.paused", locale = lang, reason = super::desk::pause_reason(lang, reason))) },
            CounterState::Closed => span.state.closed { (t!("desk.closed", locale = lang)) },
        }
    }
}

fn services(who: &Who, now: &HallNow, waiting: &[&Ticket]) -> Markup {
    let lang = who.lang();
    html! {
        table {
            thead { tr {
                th { (t!("hall.service", locale = lang)) } th.n { (t!("hall.waiting", locale = lang)) }
                th.n { (t!("hall.longest", locale = lang)) } th.n { (t!("hall.given", locale = lang)) } th {}
            } }
            tbody {
                @for (config, s) in who.hall.services.iter().zip(&now.services) {
                    @let oldest = waiting.iter().filter(|t| t.service == s.code).map(|t| t.issued_ms).min();
                    tr {
                        td { (config.name.get(lang)) @if s.counters_open == 0 { " " span.hint { (t!("hall.no_counter", locale = lang)) } } }
                        td.n { (s.count.waiting) }
                        td.n { (oldest.map_or_else(|| "–".to_owned(), |ms| since(lang, now.unix_ms, ms))) }
                        td.n { (s.count.given) @if let Some(cap) = config.daily_cap { "/" (cap) } }
                        td {
                            @let service = format!(",\"service\":\"{}\"", s.code);
                            @if s.paused { (button("resume_service", &t!("hall.resume", locale = lang), &service, "small strong", None)) }
                            @else { (button("pause_service", &t!("hall.pause", locale = lang), &service, "small", None)) }
                        }
                    }
                }
            }
        }
    }
}

fn day(who: &Who, now: &HallNow) -> Markup {
    let lang = who.lang();
    let paused = matches!(now.refusal, Some(motcua_core::queue::Refusal::IntakePaused { .. }));
    html! {
        div.row {
            @if paused { (button("resume_intake", &t!("hall.resume_intake", locale = lang), "", "strong", None)) }
            @else { (button("pause_intake", &t!("hall.pause_intake", locale = lang), "", "", Some(&t!("hall.ask_pause", locale = lang)))) }
            (button("close_day", &t!("hall.close_day", locale = lang), "", "", Some(&t!("hall.ask_close", locale = lang))))
            (button("open_day", &t!("hall.open_day", locale = lang), "", "", None))
            (button("end_carry", &t!("hall.end_carry", locale = lang), "", "", Some(&t!("hall.ask_carry", locale = lang))))
            (button("end_drop", &t!("hall.end_drop", locale = lang), "", "danger", Some(&t!("hall.ask_drop", locale = lang))))
        }
        p.hint { (t!("hall.day_hint", locale = lang)) }
    }
}

pub async fn act(State(pages): State<Pages>, form: Signed) -> Response {
    if !form.who.is_manager() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let lang = form.who.lang();
    let said = match carry_out(&pages, &form).await {
        Ok(_) => None,
        Err(said) => Some(said.text(lang)),
    };
    part(&pages, &form.who, said.as_deref()).await.into_string().into_response()
}

async fn carry_out(pages: &Pages, form: &Signed) -> Result<Vec<Event>, Said> {
    let f = &form.fields;
    let reason = t!("hall.by", locale = form.who.lang(), name = &form.who.session.account.name).into_owned();
    let service = f.get("service").to_owned();
    let command = match f.get("do") {
        "pause_service" => Command::PauseService { service, reason },
        "resume_service" => Command::ResumeService { service },
        "pause_intake" => Command::PauseIntake { reason, notice: None },
        "resume_intake" => Command::ResumeIntake,
        "close_day" => Command::CloseDay { reason },
        "open_day" => Command::OpenDay { date: pages.api.hub.now().borrow().local_time.date() },
        "end_carry" => Command::EndDay { carry: true, reason },
        "end_drop" => Command::EndDay { carry: false, reason },
        "seen" => match f.get("session").parse() {
            Ok(session) => Command::SeeAlarm { session },
            Err(_) => return Ok(Vec::new()),
        },
        _ => return Ok(Vec::new()),
    };
    pages.done(form.who.id(), command_id(f), command).await
}
