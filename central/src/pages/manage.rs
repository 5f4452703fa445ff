// SPDX-License-Identifier: MIT OR Apache-2.0
//! What technicians do about a device: say that its new database is right, tell
//! it what to do, read its log, take it back.

use super::Pages;
use super::session::{Signed, Who};
use super::words::{by, moment, word, word_or};
use crate::audit;
use crate::people::Right;
use crate::reports::Device;
use crate::steer::{self, Belongs, Kind, Ordered, TakenBack, belongs};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::data::{Body, DeviceLog};
use motcua_link::db::{DbError, Tx, Value};
use motcua_link::receive::{accept, refuse};
use motcua_link::wire::{Epoch, Lane, Source};
use motcua_web::parts::csrf;

/// Lines of a log that are shown.
const LINES: i64 = 200;
/// Longest message to citizens, characters.
const LONGEST: usize = 200;

/// A database that speaks under the device's name and was not expected.
struct Waiting {
    epoch: String,
    lanes: Vec<Lane>,
    since_ms: i64,
    accepted: bool,
}

/// What stands on a device's page beside how it is.
pub struct Tended {
    belongs: Belongs,
    waiting: Vec<Waiting>,
    ordered: Vec<Ordered>,
    log: Vec<(i64, DeviceLog)>,
}

impl Tended {
    /// Reads it.
    pub async fn read(tx: &mut Tx<'_>, source: &str) -> Result<Tended, DbError> {
        let ordered = match source.parse() {
            Ok(source) => steer::ordered(tx, &source).await?,
            Err(_) => Vec::new(),
        };
        let belongs = belongs(tx, source).await?;
        Ok(Tended { belongs, waiting: waiting(tx, source).await?, ordered, log: log(tx, source).await? })
    }

    /// The parts of the page.
    pub fn show(&self, who: &Who, device: &Device) -> Markup {
        let source = device.source.as_str();
        html! {
            @for w in &self.waiting { (new_database(who, source, w)) }
            div.two {
                @if device.revoked_ms.is_some() {
                    section.card {
                        h2 { (t!("command.title", locale = who.lang())) }
                        p.hint { (t!("revoke.over", locale = who.lang())) }
                    }
                } @else { (commands(who, source, &self.belongs)) }
                (past(who.lang(), &self.ordered))
            }
            (lines(who.lang(), &self.log))
        }
    }
}

async fn waiting(tx: &mut Tx<'_>, source: &str) -> Result<Vec<Waiting>, DbError> {
    let sql = "SELECT e.lane, e.epoch, e.at_ms, CASE WHEN l.accepted = e.epoch THEN 1 ELSE 0 END
               FROM epochs e JOIN lanes l ON l.source = e.source AND l.lane = e.lane
               WHERE e.source = $1 AND e.state = 'waits' AND e.epoch <> l.epoch ORDER BY e.at_ms DESC, e.lane";
    let mut out: Vec<Waiting> = Vec::new();
    for row in tx.rows(sql, &[source.into()]).await? {
        let (lane, epoch, since_ms) = (row.text(0)?, row.text(1)?, row.int(2)?);
        let Ok(lane) = lane.parse::<Lane>() else { continue };
        let accepted = row.flag(3)?;
        match out.iter_mut().find(|w| w.epoch == epoch) {
            Some(known) => {
                known.lanes.push(lane);
                known.accepted &= accepted;
            }
            None => out.push(Waiting { epoch, lanes: vec![lane], since_ms, accepted }),
        }
    }
    Ok(out)
}

async fn log(tx: &mut Tx<'_>, source: &str) -> Result<Vec<(i64, DeviceLog)>, DbError> {
    let sql = "SELECT type, at_ms, data FROM signals WHERE source = $1 AND lane = 'log'
               ORDER BY received_ms DESC, seq DESC LIMIT $2";
    let mut out = Vec::new();
    for row in tx.rows(sql, &[source.into(), Value::Int(LINES)]).await? {
        let Ok(raw) = serde_json::value::RawValue::from_string(row.text(2)?) else { continue };
        if let Ok(Some(Body::DeviceLog(line))) = Body::read(&row.text(0)?, &raw) {
            out.push((row.int(1)?, line));
        }
    }
    Ok(out)
}

fn path(source: &str) -> String {
    format!("/devices/{}", source.replacen('.', "/", 1))
}

fn new_database(who: &Who, source: &str, w: &Waiting) -> Markup {
    let lang = who.lang();
    let lanes: Vec<String> = w.lanes.iter().map(|l| word(lang, &format!("lane.{l}"))).collect();
    html! {
        section.card.epoch {
            h2 { (t!("epoch.title", locale = lang)) }
            p.hint { (t!("epoch.facts", locale = lang, at = moment(w.since_ms), lanes = lanes.join(", "), epoch = &w.epoch)) }
            @if w.accepted {
                p.said { (t!("epoch.accepted", locale = lang)) }
            } @else {
                p { (t!("epoch.text", locale = lang)) }
                ul {
                    li { (t!("epoch.replaced", locale = lang)) }
                    li { (t!("epoch.copied", locale = lang)) }
                }
                form.row method="post" action=(path(source)) {
                    (csrf(&who.session.csrf))
                    input type="hidden" name="do" value="accept";
                    input type="hidden" name="epoch" value=(w.epoch);
                    button.strong type="submit" data-ask=(t!("epoch.ask", locale = lang)) { (t!("epoch.accept", locale = lang)) }
                }
                form.row method="post" action=(path(source)) {
                    (csrf(&who.session.csrf))
                    input type="hidden" name="do" value="refuse";
                    input type="hidden" name="epoch" value=(w.epoch);
                    button.danger type="submit" data-ask=(t!("epoch.ask_refuse", locale = lang)) { (t!("epoch.refuse", locale = lang)) }
                }
            }
        }
    }
}

fn kind_name(lang: &str, kind: &str) -> String {
    word_or(lang, "command", kind)
}

fn commands(who: &Who, source: &str, belongs: &Belongs) -> Markup {
    let lang = who.lang();
    if let Belongs::Central(central) = belongs {
        return html! { section.card {
            h2 { (t!("command.title", locale = lang)) }
            p.hint { (t!("command.elsewhere", locale = lang, central = central)) }
        } };
    }
    let hub = source.ends_with(".hub");
    let hidden = |kind: Kind| {
        html! {
            (csrf(&who.session.csrf))
            input type="hidden" name="do" value="order";
            input type="hidden" name="kind" value=(kind.word());
        }
    };
    html! {
        section.card {
            h2 { (t!("command.title", locale = lang)) }
            div.orders {
                @for kind in Kind::ALL.into_iter().filter(|k| !matches!(k, Kind::Close | Kind::RemoveDevice) && (hub || *k != Kind::Open)) {
                    @let name = kind_name(lang, kind.word());
                    form method="post" action=(path(source)) {
                        (hidden(kind))
                        button type="submit" data-ask=(t!("command.ask", locale = lang, name = name, device = source)) { (name) }
                    }
                }
            }
            @if hub { form.row method="post" action=(path(source)) {
                (hidden(Kind::Close))
                label.wide { span { (t!("command.message", locale = lang)) } input name="message" maxlength=(LONGEST) required; }
                button.danger type="submit" data-ask=(t!("command.ask", locale = lang, name = kind_name(lang, "close"), device = source)) { (kind_name(lang, "close")) }
            } }
            p.hint { (t!("command.hint", locale = lang)) }
            @if !hub { p.hint { (t!("command.hub_only", locale = lang)) " " a href=(path(&hub_of(source))) { (t!("command.to_hub", locale = lang)) } } }
            hr;
            form.row method="post" action=(path(source)) {
                (csrf(&who.session.csrf))
                input type="hidden" name="do" value="revoke";
                p.hint.wide { (t!("revoke.hint", locale = lang)) @if *belongs == Belongs::Hub { " " (t!("revoke.by_hub", locale = lang)) } }
                button.danger type="submit" data-ask=(t!("revoke.ask", locale = lang, device = source)) { (t!("revoke.do", locale = lang)) }
            }
        }
    }
}

fn past(lang: &str, ordered: &[Ordered]) -> Markup {
    html! {
        section.card {
            h2 { (t!("command.past", locale = lang)) }
            @if ordered.is_empty() { p.hint { (t!("command.none", locale = lang)) } }
            @else { div.scroll { table {
                thead { tr {
                    th scope="col" { (t!("audit.at", locale = lang)) } th scope="col" { (t!("command.what", locale = lang)) }
                    th scope="col" { (t!("audit.who", locale = lang)) } th scope="col" { (t!("devices.state", locale = lang)) }
                } }
                tbody { @for o in ordered { tr {
                    td.when { (moment(o.made_ms)) }
                    td { (kind_name(lang, &o.kind)) }
                    td { (by(lang, &o.made_by)) }
                    td {
                        @let class = match o.state.as_str() { "done" => "open", "waiting" => "paused", "refused" => "gone", _ => "closed" };
                        span class=(format!("state {class}")) { (word_or(lang, "command_state", &o.state)) }
                        @if let Some(detail) = &o.detail { br; span.hint.long { (word_or(lang, "command_end", detail)) } }
                    }
                } } }
            } } }
        }
    }
}

fn lines(lang: &str, log: &[(i64, DeviceLog)]) -> Markup {
    html! {
        section.card {
            h2 { (t!("log.title", locale = lang)) }
            @if log.is_empty() { p.hint { (t!("log.none", locale = lang)) } }
            @else { pre.diff.log tabindex="0" { @for (at, line) in log {
                span class=(match line.level.as_str() { "error" => "bad", "warn" => "odd", _ => "" }) {
                    (moment(*at)) "  " (line.level) "  " (line.message) "\n"
                }
            } } }
        }
    }
}

/// Carries out what a form of a device's page asks.
pub async fn act(
    State(app): State<Pages>,
    Path((site, name)): Path<(String, String)>,
    form: Signed,
) -> Result<Response, Response> {
    form.who.needs(Right::Operate)?;
    form.who.sees(&site)?;
    let Ok(source) = Source::new(&site, &name) else { return Err(form.who.missing()) };
    let known = {
        let source = source.to_string();
        let sql = "SELECT 1 FROM devices WHERE source = $1";
        app.db().read(move |tx| Box::pin(async move { tx.one(sql, &[source.into()]).await }))
    };
    if known.await.map_err(|e| form.who.broken(&e))?.is_none() {
        return Err(form.who.missing());
    }
    let done = match form.fields.get("do") {
        "revoke" => match take_back(&app, &source, form.who.id()).await {
            Ok(TakenBack::Ordered) => {
                return Ok(Redirect::to(&path(&hub_of(&source.to_string()))).into_response());
            }
            done => done.map(|_| true),
        },
        what @ ("accept" | "refuse") => {
            let epoch = form.fields.get("epoch");
            answer_epoch(&app, &source, epoch, what == "accept", form.who.id()).await
        }
        "order" => order(&app, &source, &form).await,
        _ => Ok(false),
    };
    match done.map_err(|e| form.who.broken(&e))? {
        true => Ok(Redirect::to(&path(&source.to_string())).into_response()),
        false => Err(form.who.missing()),
    }
}

async fn take_back(app: &Pages, source: &Source, by: &str) -> Result<TakenBack, DbError> {
    let done = steer::take_back(&app.app().certificates, app.db(), &app.app().signer, source, by).await?;
    match done {
        // At once here; the other gateways read it within seconds.
        TakenBack::Here => app.app().revoked.read(app.db()).await?,
        TakenBack::Ordered => app.wake().await,
    }
    Ok(done)
}

/// The hub of a device's hall.
fn hub_of(source: &str) -> String {
    format!("{}.hub", source.split('.').next().unwrap_or_default())
}

/// Only what really waits can be accepted or refused: a name of a database that nobody has seen is no answer to an alarm.
async fn answer_epoch(
    app: &Pages,
    source: &Source,
    epoch: &str,
    is_ours: bool,
    by: &str,
) -> Result<bool, DbError> {
    let Ok(epoch) = epoch.parse::<Epoch>() else { return Ok(false) };
    let (source, by) = (source.clone(), by.to_owned());
    app.db()
        .write(move |tx| {
            Box::pin(async move {
                let found = waiting(tx, &source.to_string()).await?;
                let Some(found) = found.into_iter().find(|w| w.epoch == epoch.as_str()) else {
                    return Ok(false);
                };
                if is_ours {
                    for lane in found.lanes {
                        accept(tx, &source, lane, &epoch).await?;
                    }
                } else {
                    refuse(tx, &source, &epoch).await?;
                }
                let action = if is_ours { "epoch-accepted" } else { "epoch-refused" };
                audit::note(tx, &by, source.site(), action, &source.to_string(), epoch.as_str()).await?;
                Ok(true)
            })
        })
        .await
}

async fn order(app: &Pages, source: &Source, form: &Signed) -> Result<bool, DbError> {
    let Ok(kind) = form.fields.get("kind").parse::<Kind>() else { return Ok(false) };
    let message: String = form.fields.get("message").chars().take(LONGEST).collect();
    if kind == Kind::Close && message.is_empty() {
        return Ok(false);
    }
    let (signer, source, by) = (app.app().signer.clone(), source.clone(), form.who.id().to_owned());
    app.db()
        .write(move |tx| {
            Box::pin(async move { steer::order(tx, &signer, &source, kind, &message, &by).await })
        })
        .await?;
    app.wake().await;
    Ok(true)
}
