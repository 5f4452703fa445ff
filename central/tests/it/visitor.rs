// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages served on a free port, and a browser without a window.

use crate::support::*;
use motcua_central::people::{self, Change, New, Role};
use reqwest::header::HeaderMap;

pub const SECRET: &str = "rồng xanh qua sông Cấm";

/// Serves the pages.
pub async fn serve(app: &App) -> String {
    serve_on(tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(), app)
}

/// The same on a port that somebody already knows.
pub fn serve_on(listener: tokio::net::TcpListener, app: &App) -> String {
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = motcua_central::pages::router(app);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

pub fn new(id: &str, role: Role, sites: &[&str]) -> New {
    let sites = sites.iter().map(|s| (*s).to_owned()).collect();
    let change = Change { name: format!("Người {id}"), role, sites, active: true };
    New { id: id.into(), change, secret: SECRET.into() }
}

/// A central with one person of every role; the hall manager is bound to `ngo-quyen`.
pub async fn staffed(dir: &Dir) -> (App, String) {
    let app = sqlite(dir).await;
    let url = with_people(&app).await;
    (app, url)
}

/// The same on either database.
pub async fn staffed_at(place: &Place) -> (App, String) {
    let app = place.app().await;
    let url = with_people(&app).await;
    (app, url)
}

/// The same over a database that is there.
pub async fn with_people(app: &App) -> String {
    let code = people::setup_code(app.db()).await.unwrap().unwrap();
    people::set_up(app.db(), &code, new("lan", Role::Province, &[])).await.unwrap();
    let others = [
        new("hung", Role::HallManager, &["ngo-quyen"]),
        new("mai", Role::Auditor, &[]),
        new("tu", Role::Technician, &[]),
    ];
    for other in others {
        people::add(app.db(), "lan", other).await.unwrap();
    }
    serve(app).await
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

pub struct Visitor {
    http: reqwest::Client,
    url: String,
    pub cookie: String,
    pub csrf: String,
}

impl Visitor {
    pub fn new(url: &str) -> Visitor {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Visitor { http, url: url.to_owned(), cookie: String::new(), csrf: String::new() }
    }

    /// Somebody who has signed in.
    pub async fn signed_in(url: &str, id: &str) -> Visitor {
        let mut visitor = Visitor::new(url);
        let answer = visitor.post("/signin", &[("name", id), ("secret", SECRET), ("lang", "en")]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        visitor.keep(&answer).await;
        visitor
    }

    /// Keeps the cookie of an answer, and the token of a page behind it.
    pub async fn keep(&mut self, answer: &Answer) {
        self.cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let home = self.get("/").await;
        let home = if home.status == 303 { self.get(home.header("location")).await } else { home };
        let token = home.text.split("X-CSRF-Token&quot;:&quot;").nth(1).unwrap();
        self.csrf = token.split('&').next().unwrap().to_owned();
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.answer(self.http.get(format!("{}{path}", self.url))).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.answer(self.http.post(format!("{}{path}", self.url)).form(fields)).await
    }

    /// A form of this session.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post(path, &[&[("csrf", self.csrf.as_str())], fields].concat()).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.header("cookie", &self.cookie).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.unwrap();
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}
