// SPDX-License-Identifier: MIT OR Apache-2.0
//! Style sheet, scripts and letters of the pages, inside of the program: a hall
//! without the internet has them too.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Media type of a script.
pub const SCRIPT: &str = "text/javascript";
/// Media type of a style sheet.
pub const STYLE: &str = "text/css";

/// A file that all pages share, by its name.
pub fn shared(name: &str) -> Option<Response> {
    let (kind, bytes): (&str, &'static [u8]) = match name {
        "console.css" => (STYLE, include_bytes!("assets/console.css")),
        "charts.js" => (SCRIPT, include_bytes!("assets/charts.js")),
        "htmx.js" => (SCRIPT, include_bytes!("assets/vendor/htmx-2.0.11.min.js")),
        "chart.js" => (SCRIPT, include_bytes!("assets/vendor/chart-4.6.1.umd.min.js")),
        "regular.ttf" => ("font/ttf", include_bytes!("../../assets/fonts/BeVietnamPro-Regular.ttf")),
        "semibold.ttf" => ("font/ttf", include_bytes!("../../assets/fonts/BeVietnamPro-SemiBold.ttf")),
        _ => return None,
    };
    Some(file(kind, bytes))
}

/// A file that is built in. A new program has new files under the same names, so browsers ask each time.
pub fn file(kind: &'static str, bytes: &'static [u8]) -> Response {
    let tag = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, tag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes).into_response()
}
