// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file for the browser to keep.

use crate::table::Table;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Media type of a spreadsheet.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A file by its name.
pub fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    if let Ok(value) = disposition {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// A table as CSV.
pub fn csv(table: &Table, stem: &str) -> Response {
    let kind = "text/csv; charset=utf-8";
    made(table.csv().map_err(|e| e.to_string()), &format!("{stem}.csv"), kind)
}

/// Tables as the sheets of a book.
pub fn xlsx(sheets: &[(&str, &Table)], stem: &str) -> Response {
    made(crate::table::book(sheets).map_err(|e| e.to_string()), &format!("{stem}.xlsx"), XLSX)
}

fn made(bytes: Result<Vec<u8>, String>, name: &str, kind: &'static str) -> Response {
    match bytes {
        Ok(bytes) => file(name, kind, bytes),
        Err(text) => {
            tracing::error!(text, name, "a file could not be made");
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}
