// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came from the provincial system, which halls have it, what was refused
//! and why, and the keys with which it is pushed.

mod tables;

use super::Pages;
use super::session::{Signed, Who};
use super::words::{NONE, ago, by, moment};
use crate::audit::now_ms;
use crate::people::Right;
use crate::province::{self, Current, Intake, Key, Pulled, Standing};
use crate::reports::Wording;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::db::DbError;
use motcua_link::province::Kind;
use motcua_web::parts::{csrf, number};

/// Everything that the page says.
struct Found {
    words: Wording,
    current: Vec<Current>,
    standings: Vec<Standing>,
    refused: Vec<Intake>,
    taken: Vec<Intake>,
    pulls: Vec<Pulled>,
    keys: Vec<Key>,
}

impl Found {
    fn current(&self, site: &str, kind: Kind) -> Option<&Current> {
        let of = if kind == Kind::Catalogue { "" } else { site };
        self.current.iter().find(|c| c.site == of && c.name == kind.word())
    }

    fn standing(&self, site: &str, kind: Kind) -> Option<&Standing> {
        self.standings.iter().find(|s| s.site == site && s.name == kind.word())
    }

    /// Halls that have the newest version, of those for which there is one.
    fn halls_with(&self, kind: Kind) -> (usize, usize) {
        let halls: Vec<&str> =
            self.words.halls().map(|(site, _)| site).filter(|s| self.current(s, kind).is_some()).collect();
        let has = |site: &&&str| {
            let (now, said) = (self.current(site, kind), self.standing(site, kind));
            now.zip(said).is_some_and(|(now, said)| said.applied && said.version == now.version)
        };
        (halls.iter().filter(has).count(), halls.len())
    }
}

async fn read(app: &Pages, who: &Who) -> Result<Found, DbError> {
    let (scope, with_keys) = (who.scope(), who.may(Right::Rollouts));
    let read = app.db().read(move |tx| {
        Box::pin(async move {
            let keys = if with_keys { province::keys(tx).await? } else { Vec::new() };
            let mut pulls = province::pulls(tx).await?;
            pulls.retain(|p| p.site.is_empty() || scope.has(&p.site));
            Ok(Found {
                words: Wording::read(tx, &scope).await?,
                current: province::current(tx, &scope).await?,
                standings: province::standings(tx, &scope).await?,
                refused: province::intakes(tx, &scope, "refused").await?,
                taken: province::intakes(tx, &scope, "taken").await?,
                pulls,
                keys,
            })
        })
    });
    read.await
}

/// The page.
pub async fn page(State(app): State<Pages>, who: Who) -> Result<Response, Response> {
    who.needs(Right::Devices)?;
    draw(&app, &who, None, false).await.map_err(|e| who.broken(&e))
}

/// Makes a key and shows it, revokes one, or marks a refusal as seen.
pub async fn act(State(app): State<Pages>, form: Signed) -> Result<Response, Response> {
    let by = form.who.id();
    let broken = |e: DbError| form.who.broken(&e);
    if form.fields.get("do") == "seen" {
        form.who.needs(Right::Tend)?;
        let (scope, id) = (form.who.scope(), form.fields.get("id"));
        return match province::seen(app.db(), scope, id, by, now_ms()).await.map_err(broken)? {
            true => Ok(Redirect::to("/province").into_response()),
            false => Err(form.who.missing()),
        };
    }
    form.who.needs(Right::Rollouts)?;
    match form.fields.get("do") {
        "revoke" => {
            if !province::revoke_key(app.db(), form.fields.get("key"), by).await.map_err(broken)? {
                return Err(form.who.missing());
            }
            Ok(Redirect::to("/province").into_response())
        }
        "make" => match province::make_key(app.db(), form.fields.get("name"), by).await {
            Ok(key) => draw(&app, &form.who, Some(&key), false).await.map_err(broken),
            Err(DbError::Refused(_)) => draw(&app, &form.who, None, true).await.map_err(broken),
            Err(e) => Err(broken(e)),
        },
        _ => Err(form.who.missing()),
    }
}

async fn draw(app: &Pages, who: &Who, made: Option<&str>, bad: bool) -> Result<Response, DbError> {
    let (lang, found) = (who.lang(), read(app, who).await?);
    let title = t!("province.title", locale = lang);
    let body = html! { main {
        h1 { (title) }
        @if bad { p.fault role="alert" { (t!("province.bad_name", locale = lang)) } }
        @if let Some(key) = made { (shown(lang, key)) }
        (numbers(lang, &found))
        (tables::refused(who, &found))
        (tables::asked(lang, &found))
        (tables::halls(lang, &found))
        (tables::taken(lang, &found))
        @if who.may(Right::Rollouts) { (keys(who, &found)) }
    } };
    let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, who.page("/province").show(&title, &body)).into_response())
}

fn numbers(lang: &str, found: &Found) -> Markup {
    let Some(catalogue) = found.current("", Kind::Catalogue) else {
        return html! { p.warn { (t!("province.no_catalogue", locale = lang)) } };
    };
    let (with, of) = found.halls_with(Kind::Catalogue);
    let sum = |kind: Kind| -> u64 {
        found.current.iter().filter(|c| c.name == kind.word()).map(|c| c.entries).sum()
    };
    let way = tables::way(lang, &catalogue.adapter, &catalogue.origin);
    let seen = ago(lang, now_ms(), catalogue.seen_ms);
    html! {
        div.numbers {
            (number(&t!("province.procedures", locale = lang), &catalogue.entries.to_string()))
            (number(&t!("province.catalogue_version", locale = lang), &catalogue.version.to_string()))
            (number(&t!("province.halls_with", locale = lang), &format!("{with}/{of}")))
            (number(&t!("province.bookings_ahead", locale = lang), &sum(Kind::Bookings).to_string()))
            (number(&t!("province.dossiers_known", locale = lang), &sum(Kind::Dossiers).to_string()))
        }
        p.hint { (t!("province.catalogue_from", locale = lang, way = way, at = moment(catalogue.made_ms), seen = seen)) }
    }
}

/// The key, once.
fn shown(lang: &str, key: &str) -> Markup {
    html! {
        section.card.ticket {
            h2 { (t!("province.new_key", locale = lang)) }
            p.line { code { (key) } }
            p.hint { (t!("province.key_once", locale = lang)) }
        }
    }
}

fn keys(who: &Who, found: &Found) -> Markup {
    let lang = who.lang();
    html! {
        section.card.list {
            h2 { (t!("province.keys", locale = lang)) b { (found.keys.len()) } }
            p.hint { (t!("province.keys_hint", locale = lang)) }
            @if !found.keys.is_empty() { div.scroll { table {
                thead { tr {
                    th scope="col" { (t!("province.key_of", locale = lang)) } th scope="col" { (t!("province.key_made", locale = lang)) }
                    th scope="col" { (t!("province.key_used", locale = lang)) } th scope="col" { (t!("devices.state", locale = lang)) }
                } }
                tbody { @for key in &found.keys { (one_key(who, key)) } }
            } } }
            form.row method="post" action="/province" {
                (csrf(&who.session.csrf))
                input type="hidden" name="do" value="make";
                label.wide { span { (t!("province.key_name", locale = lang)) } input name="name" maxlength="60" autocomplete="off" required; }
                button.strong type="submit" { (t!("province.make_key", locale = lang)) }
            }
        }
    }
}

fn one_key(who: &Who, key: &Key) -> Markup {
    let lang = who.lang();
    html! { tr {
        td { b { (key.name) } }
        td.when { (moment(key.made_ms)) br; span.hint { (by(lang, &key.made_by)) } }
        td.when { (key.used_ms.map_or_else(|| NONE.to_owned(), moment)) }
        td.when { @match key.revoked_ms {
            Some(ms) => span.state.gone { (t!("province.revoked", locale = lang, at = moment(ms))) },
            None => form method="post" action="/province" {
                (csrf(&who.session.csrf))
                input type="hidden" name="do" value="revoke";
                input type="hidden" name="key" value=(key.id);
                button.small.danger type="submit" data-ask=(t!("province.ask_revoke", locale = lang, name = key.name)) { (t!("province.revoke", locale = lang)) }
            },
        } }
    } }
}
