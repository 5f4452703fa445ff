// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pieces of pages that need no words of their own.

use crate::table::{Cell, Table};
use crate::text::decimal;
use maud::{Markup, html};

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
    html! {
        div.scroll {
            table.figures {
                thead { tr { @for (i, c) in table.columns.iter().enumerate() { th.n[i > 0] scope="col" { (c) } } } }
                tbody {
                    @for (r, row) in table.rows.iter().enumerate() {
                        tr.sum[sum && r == last] {
                            @for (i, c) in row.iter().enumerate() { td.n[i > 0] { (cell(lang, c)) } }
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
