// SPDX-License-Identifier: MIT OR Apache-2.0
//! The officer's page: my number, who waits, my counter's state, one key for
//! the next.

use super::Pages;
use super::form::{Fields, Said, Signed, command_id};
use super::layout::{Html, since, word};
use super::session::Who;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_core::feed::{CounterState, Officer};
use motcua_core::hall::Hall;
use motcua_core::queue::{Command, DeskNow, DeskTicket, Event, HallNow, Stage};
use uuid::Uuid;

/// Usual reasons of a pause, as keys of the catalogue and as they are told to devices, so that each says
/// them in its own language.
const PAUSES: &[&str] = &["break", "meeting", "urgent", "fault", "away"];

/// A reason in a person's language; one that came through the API stands as it was written.
pub(super) fn pause_reason(lang: &str, reason: &str) -> String {
    if PAUSES.contains(&reason) { word(lang, &format!("desk.pause.{reason}")) } else { reason.to_owned() }
}

/// The counter at which a person sits.
pub(super) fn my_counter(now: &HallNow, who: &str) -> Option<String> {
    let mine = |c: &&motcua_core::queue::CounterNow| c.officer.as_ref().is_some_and(|o| o.id == who);
    now.counters.iter().find(mine).map(|c| c.id.clone())
}

pub async fn page(State(pages): State<Pages>, who: Who) -> Html {
    let part = part(&pages, &who, None).await;
    let body = html! {
        main #live data-live="/console/desk/live" { (part) }
    };
    who.page("/console/desk").show(&t!("desk.title", locale = who.lang()), &body)
}

pub async fn live(State(pages): State<Pages>, who: Who) -> Response {
    part(&pages, &who, None).await.into_string().into_response()
}

async fn part(pages: &Pages, who: &Who, said: Option<&str>) -> Markup {
    let now = pages.api.hub.now().borrow().clone();
    let desk = match my_counter(&now, who.id()) {
        Some(counter) => pages.api.hub.desk(&counter).await.ok().flatten(),
        None => None,
    };
    html! {
        p.said role="status" aria-live="polite" hidden[said.is_none()] { (said.unwrap_or_default()) }
        @match &desk {
            Some(desk) => (at_the_desk(who, &now, desk)),
            None => (choose(who, &now)),
        }
    }
}

/// One button of the page; `key` presses it from the keyboard.
struct Button<'a> {
    action: &'a str,
    text: String,
    key: &'a str,
    class: &'a str,
    more: String,
}

impl<'a> Button<'a> {
    fn new(lang: &str, action: &'a str, key: &'a str, class: &'a str) -> Button<'a> {
        let text = word(lang, &format!("desk.do.{action}"));
        Button { action, text, key, class, more: String::new() }
    }

    fn with(mut self, name: &str, value: &str) -> Button<'a> {
        self.more = format!("{},\"{name}\":\"{value}\"", self.more);
        self
    }

    fn text(self, text: impl Into<String>) -> Button<'a> {
        Button { text: text.into(), ..self }
    }

    fn draw(&self) -> Markup {
        // Every drawing makes a new id: what is pressed twice before the next drawing is one command.
        let values = format!("{{\"do\":\"{}\",\"id\":\"{}\"{}}}", self.action, Uuid::now_v7(), self.more);
        html! {
            button class=(self.class) type="button" hx-post="/console/desk/do" hx-vals=(values)
                hx-target="#live" data-key=[(!self.key.is_empty()).then_some(self.key)] {
                (self.text)
                @if !self.key.is_empty() { kbd { (self.key) } }
            }
        }
    }
}

fn choose(who: &Who, now: &HallNow) -> Markup {
    let lang = who.lang();
    html! {
        section.card.choose {
            h1 { (t!("desk.choose", locale = lang)) }
            p.hint { (t!("desk.choose_hint", locale = lang)) }
            div.counters {
                @for (counter, state) in who.hall.counters.iter().zip(&now.counters) {
                    @match &state.officer {
                        Some(officer) => div.taken {
                            b { (t!("counter", locale = lang, id = &counter.id)) }
                            span { (counter.name.get(lang)) }
                            small { (t!("desk.taken", locale = lang, name = &officer.name)) }
                        },
                        None => {
                            @let key = if counter.id.len() == 1 { counter.id.as_str() } else { "" };
                            button type="button" hx-post="/console/desk/do" hx-target="#live"
                                hx-vals=(format!("{{\"do\":\"sit\",\"counter\":\"{}\",\"id\":\"{}\"}}", counter.id, Uuid::now_v7()))
                                data-key=[(!key.is_empty()).then_some(key)] {
                                b { (t!("counter", locale = lang, id = &counter.id)) }
                                span { (counter.name.get(lang)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn at_the_desk(who: &Who, now: &HallNow, desk: &DeskNow) -> Markup {
    let lang = who.lang();
    html! {
        div.desk {
            section.hand aria-label=(t!("desk.in_hand", locale = lang)) {
                (counter_line(who, desk))
                @match &desk.ticket {
                    Some(ticket) => (in_hand(who, now, desk, ticket)),
                    None => (nobody(who, desk)),
                }
            }
            aside { (waiting(who, desk)) }
        }
    }
}

fn counter_line(who: &Who, desk: &DeskNow) -> Markup {
    let lang = who.lang();
    let id = &desk.counter.id;
    let name = who.hall.counter(id).map_or("", |c| c.name.get(lang));
    let busy = desk.ticket.is_some();
    html! {
        div.counter {
            h1 { (t!("counter", locale = lang, id = id)) small { (name) } }
            @match &desk.counter.state {
                CounterState::Open => span.state.open { (t!("desk.open", locale = lang)) },
                CounterState::Paused { reason } => span.state.paused { (t!("desk.paused", locale = lang, reason = pause_reason(lang, reason))) },
                CounterState::Closed => span.state.closed { (t!("desk.closed", locale = lang)) },
            }
            div.controls {
                @if desk.counter.state != CounterState::Open { (Button::new(lang, "open", "O", "").draw()) }
                @if desk.counter.state == CounterState::Open {
                    details.menu {
                        summary data-key="P" { (t!("desk.do.pause", locale = lang)) kbd { "P" } }
                        div {
                            @for reason in PAUSES {
                                @let text = word(lang, &format!("desk.pause.{reason}"));
                                (Button::new(lang, "pause", "", "").with("reason", reason).text(text).draw())
                            }
                        }
                    }
                }
                @if desk.counter.state != CounterState::Closed && !busy { (Button::new(lang, "close", "", "").draw()) }
                @if !busy { (Button::new(lang, "leave", "", "").draw()) }
            }
        }
    }
}

fn seen(desk: &DeskNow) -> String {
    desk.counter.last_call.to_string()
}

fn next_button<'a>(lang: &str, desk: &DeskNow, text: &str) -> Button<'a> {
    Button::new(lang, "next", "N", "primary").with("seen", &seen(desk)).text(t!(text, locale = lang))
}

fn nobody(who: &Who, desk: &DeskNow) -> Markup {
    let lang = who.lang();
    let open = desk.counter.state == CounterState::Open;
    html! {
        div.label.none aria-hidden="true" { "–" }
        p.about {
            @if !open { (t!("desk.open_first", locale = lang)) }
            @else if desk.waiting_count == 0 { (t!("desk.nobody", locale = lang)) }
            @else { (t!("desk.ready", locale = lang)) }
        }
        div.actions {
            @if open { (next_button(lang, desk, "desk.do.next").draw()) }
            @else { (Button::new(lang, "open", "N", "primary").draw()) }
        }
    }
}

fn service_name<'h>(hall: &'h Hall, code: &'h str, lang: &str) -> &'h str {
    hall.service(code).map_or(code, |s| s.name.get(lang))
}

fn in_hand(who: &Who, now: &HallNow, desk: &DeskNow, t: &DeskTicket) -> Markup {
    let lang = who.lang();
    let serving = t.stage == Stage::Serving;
    let go = |action, key, class| Button::new(lang, action, key, class).draw();
    html! {
        div.label.is-called[!serving] { (t.label) }
        p.about {
            b { (service_name(&who.hall, &t.service, lang)) }
            @if t.priority { span.priority { (t!("priority", locale = lang)) } }
            @for further in &t.further { span.further { "+ " (service_name(&who.hall, further, lang)) } }
        }
        p.times {
            @if serving { (t!("desk.serving", locale = lang, time = since(lang, desk.unix_ms, t.since_ms))) }
            @else { (t!("desk.called", locale = lang, time = since(lang, desk.unix_ms, t.since_ms), n = t.calls)) }
            " · "
            (t!("desk.took", locale = lang, time = since(lang, desk.unix_ms, t.issued_ms)))
        }
        div.actions {
            @if serving {
                (next_button(lang, desk, "desk.do.finish_next").draw())
                (go("finish", "F", "strong"))
                (go("hold", "H", ""))
                (go("rate", "G", ""))
                (other_services(who, desk, "further", "A"))
                (transfer(who, now, desk))
            } @else {
                (go("start", "N", "primary"))
                (go("recall", "R", "strong"))
                (go("absent", "V", ""))
                (Button::new(lang, "return", "", "").with("ticket", &t.ticket.to_string()).draw())
                (transfer(who, now, desk))
            }
        }
    }
}

fn other_services(who: &Who, desk: &DeskNow, action: &str, key: &str) -> Markup {
    let lang = who.lang();
    let here = desk.ticket.as_ref().map(|t| t.service.as_str());
    html! {
        details.menu {
            summary data-key=(key) { (word(lang, &format!("desk.do.{action}"))) kbd { (key) } }
            div {
                @for s in who.hall.services.iter().filter(|s| Some(s.code.as_str()) != here) {
                    (Button::new(lang, action, "", "").with("service", &s.code).text(s.name.get(lang)).draw())
                }
            }
        }
    }
}

fn transfer(who: &Who, now: &HallNow, desk: &DeskNow) -> Markup {
    let lang = who.lang();
    let here = desk.ticket.as_ref().map(|t| t.service.as_str());
    html! {
        details.menu {
            summary data-key="T" { (t!("desk.do.transfer", locale = lang)) kbd { "T" } }
            div {
                p { (t!("desk.to_service", locale = lang)) }
                @for s in who.hall.services.iter().filter(|s| Some(s.code.as_str()) != here) {
                    (Button::new(lang, "transfer", "", "").with("service", &s.code).text(s.name.get(lang)).draw())
                }
                p { (t!("desk.to_counter", locale = lang)) }
                @for c in who.hall.counters.iter().filter(|c| c.id != desk.counter.id) {
                    @let open = now.counters.iter().any(|n| n.id == c.id && n.state == CounterState::Open);
                    @let shut = if open { String::new() } else { format!(" ({})", t!("desk.not_open", locale = lang)) };
                    @let text = format!("{} · {}{shut}", t!("counter", locale = lang, id = &c.id), c.name.get(lang));
                    (Button::new(lang, "transfer", "", "").with("to", &c.id).text(text).draw())
                }
            }
        }
    }
}

fn waiting(who: &Who, desk: &DeskNow) -> Markup {
    let lang = who.lang();
    let free = desk.ticket.is_none() && desk.counter.state == CounterState::Open;
    html! {
        section {
            h2 { (t!("desk.waiting", locale = lang)) b { (desk.waiting_count) } }
            @if desk.waiting.is_empty() { p.hint { (t!("desk.nobody", locale = lang)) } }
            @else { (list(who, desk, &desk.waiting, free.then_some("call"))) }
        }
        @if !desk.held.is_empty() {
            section {
                h2 { (t!("desk.held", locale = lang)) b { (desk.held.len()) } }
                (list(who, desk, &desk.held, desk.ticket.is_none().then_some("resume")))
            }
        }
        @if !desk.absent.is_empty() {
            section {
                h2 { (t!("desk.absent", locale = lang)) b { (desk.absent.len()) } }
                (list(who, desk, &desk.absent, Some("return")))
            }
        }
    }
}

fn list(who: &Who, desk: &DeskNow, tickets: &[DeskTicket], action: Option<&str>) -> Markup {
    let lang = who.lang();
    html! {
        ul.tickets {
            @for t in tickets {
                li.next[desk.next == Some(t.ticket)] {
                    b { (t.label) }
                    span.what {
                        (service_name(&who.hall, &t.service, lang))
                        @if t.priority { span.priority { (t!("priority", locale = lang)) } }
                        @if t.sent_here { span.further { (t!("desk.sent_here", locale = lang)) } }
                    }
                    span.wait { (since(lang, desk.unix_ms, t.issued_ms)) }
                    @if let Some(action) = action {
                        (Button::new(lang, action, "", "small").with("ticket", &t.ticket.to_string()).draw())
                    }
                }
            }
        }
    }
}

pub async fn act(State(pages): State<Pages>, form: Signed) -> Response {
    let done = carry_out(&pages, &form).await;
    let lang = form.who.lang();
    let said = match &done {
        Ok(events) => repeated(events, lang),
        Err(said) => Some(said.text(lang)),
    };
    part(&pages, &form.who, said.as_deref()).await.into_string().into_response()
}

fn repeated(events: &[Event], lang: &str) -> Option<String> {
    let again = events.iter().any(|e| matches!(e, Event::CallRepeated { .. }));
    again.then(|| t!("desk.same_ticket", locale = lang).into_owned())
}

async fn carry_out(pages: &Pages, form: &Signed) -> Result<Vec<Event>, Said> {
    let (who, f) = (&form.who, &form.fields);
    let id = command_id(f);
    if f.get("do") == "sit" {
        let counter = f.get("counter").to_owned();
        let officer = Officer { id: who.id().to_owned(), name: who.session.account.name.clone() };
        let events = pages.done(who.id(), id, Command::SignIn { counter: counter.clone(), officer }).await?;
        // One press: whoever sits down serves. A pause is a press away.
        pages.done(who.id(), Uuid::now_v7(), Command::OpenCounter { counter }).await?;
        return Ok(events);
    }
    let now = pages.api.hub.now().borrow().clone();
    let Some(counter) = my_counter(&now, who.id()) else {
        return Err(Said::System(t!("desk.choose", locale = who.lang()).into_owned()));
    };
    match command(counter, f) {
        Some(command) => pages.done(who.id(), id, command).await,
        None => Err(Said::System(t!("form_is_old", locale = who.lang()).into_owned())),
    }
}

/// The command of a button; only ever for the person's own counter.
fn command(counter: String, f: &Fields) -> Option<Command> {
    let ticket = || f.get("ticket").parse::<Uuid>().ok();
    Some(match f.get("do") {
        "next" => Command::CallNext { counter, seen: f.get("seen").parse().ok() },
        "start" => Command::Start { counter },
        "finish" => Command::Finish { counter },
        "recall" => Command::Recall { counter },
        "absent" => Command::Absent { counter },
        "hold" => Command::Hold { counter },
        "rate" => Command::RequestRating { counter },
        "open" => Command::OpenCounter { counter },
        "close" => Command::CloseCounter { counter },
        "leave" => Command::SignOut { counter },
        "pause" => {
            let reason = PAUSES.iter().find(|p| **p == f.get("reason")).unwrap_or(&"away");
            Command::PauseCounter { counter, reason: (*reason).to_owned() }
        }
        "call" => Command::CallTicket { counter, ticket: ticket()? },
        "resume" => Command::Resume { counter, ticket: ticket()? },
        "return" => Command::Return { ticket: ticket()? },
        "further" => Command::AddService { counter, service: f.some("service")? },
        "transfer" => Command::Transfer { counter, service: f.some("service"), to: f.some("to") },
        _ => return None,
    })
}
