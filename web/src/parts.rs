// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pieces of pages that need no words of their own.

use crate::table::{Cell, Table};
use crate::text::decimal;
use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// Light modules around a code.
const QUIET: usize = 4;

/// The session's token as a field of a form.
pub fn csrf(token: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(token); }
}

/// A figure with its name.
pub fn number(name: &str, value: &str) -> Markup {
    html! { div.number { b { (value) } span { (name) } } }
}

/// A chart with words for those who do not see it; the numbers stand in the table beside it.
pub fn chart(label: &str, spec: &serde_json::Value) -> Markup {
    html! { figure.chart { figcaption { (label) } div { canvas data-chart=(spec) role="img" aria-label=(label) {} } } }
}

/// A table of figures as it stands on a page; with `sum`, its last row is the sum.
pub fn table(lang: &str, table: &Table, sum: bool) -> Markup {
    let last = table.rows.len().saturating_sub(1);
    // Words stand to the left, numbers to the right.
    let words =
        |i: usize| table.rows.iter().any(|r| matches!(r.get(i), Some(Cell::Text(t)) if !t.is_empty()));
    let right: Vec<bool> = (0..table.columns.len()).map(|i| i > 0 && !words(i)).collect();
    let right = |i: usize| right.get(i).copied().unwrap_or(false);
    html! {
        div.scroll {
            table.figures {
                thead { tr { @for (i, c) in table.columns.iter().enumerate() { th.n[right(i)] scope="col" { (c) } } } }
                tbody {
                    @for (r, row) in table.rows.iter().enumerate() {
                        tr.sum[sum && r == last] {
                            @for (i, c) in row.iter().enumerate() { td.n[right(i)] { (cell(lang, c)) } }
                        }
                    }
                }
            }
        }
    }
}

fn cell(lang: &str, cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(n, decimals) => decimal(lang, *n, usize::from(*decimals)),
        Cell::Empty => "–".to_owned(),
    }
}

/// A code as a picture of lines: sharp in every size, on paper too. Nothing where the text is too long for one.
pub fn qr(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return html! {} };
    let width = code.width();
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (at, _) in code.to_colors().iter().enumerate().filter(|(_, c)| **c == Color::Dark) {
        let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
    }
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {side} {side}")) role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}

/// A ticket of enrolment for whoever stands before the device, on the screen and on paper.
#[derive(Clone, Debug)]
pub struct TicketSheet {
    /// Its heading.
    pub title: String,
    /// What the code is, for those who do not see it.
    pub code: String,
    /// Name and value of what must be known.
    pub facts: Vec<(String, String)>,
    /// What to do, in order.
    pub steps: Vec<Markup>,
    /// The line that the code has.
    pub line: String,
    /// That it must be kept to oneself.
    pub secret: String,
}

impl TicketSheet {
    /// As markup.
    pub fn draw(&self) -> Markup {
        html! {
            div.sheet {
                div.qr { (qr(&self.line, &self.code)) }
                div {
                    h2 { (self.title) }
                    dl.facts { @for (name, value) in &self.facts { dt { (name) } dd { (value) } } }
                    ol { @for step in &self.steps { li { (step) } } }
                }
            }
            p.line { code { (self.line) } }
            p.hint { (self.secret) }
        }
    }
}
