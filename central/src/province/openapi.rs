// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface of the provincial system for machines, from the types that
//! speak it: what it pushes, and what it serves when it is asked.
//! `docs/province-openapi.json` is what this returns.

use super::push::{Answer, Refusal, WHYS};
use motcua_link::province::input::{BOOKINGS, BookingIn};
use motcua_link::province::{Catalogue, Dossiers, Kind, LARGEST};
use motcua_link::wire::PROBLEM_TYPE;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

/// Version of the interface; the `v1` of the addresses and formats.
pub const VERSION: &str = "1.0";

/// Bookings as they come in.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct BookingsInput {
    /// `motcua.bookings-input.v1`.
    format: String,
    /// Hall; absent where the address names it.
    site: Option<String>,
    /// Every booking of the hall from today on, in any order.
    bookings: Vec<BookingIn>,
}

/// The document.
pub fn openapi() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "motcua: the provincial system",
            "version": VERSION,
            "description": "How a provincial system gives the catalogue, bookings and the state of dossiers. It pushes \
                            (PUT, with a key), or is asked (GET, at its own address), or drops the same bodies as files. \
                            docs/province-integration.md says the rest.",
        },
        "paths": {
            "/v1/province/catalogue": { "put": push(Kind::Catalogue) },
            "/v1/province/halls/{site}/bookings": { "parameters": [site()], "put": push(Kind::Bookings) },
            "/v1/province/halls/{site}/dossiers": { "parameters": [site()], "put": push(Kind::Dossiers) },
            "/catalogue": served(Kind::Catalogue),
            "/halls/{site}/bookings": served(Kind::Bookings),
            "/halls/{site}/dossiers": served(Kind::Dossiers),
        },
        "components": {
            "schemas": schemas(),
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{ "key": [] }],
    })
}

fn schemas() -> Value {
    let mut out = Map::new();
    for (name, schema) in [
        ("Catalogue", schemars::schema_for!(Catalogue)),
        ("Bookings", schemars::schema_for!(BookingsInput)),
        ("Dossiers", schemars::schema_for!(Dossiers)),
        ("Answer", schemars::schema_for!(Answer)),
        ("Refusal", schemars::schema_for!(Refusal)),
    ] {
        let mut value = schema.to_value();
        if let Some(object) = value.as_object_mut() {
            if let Some(Value::Object(parts)) = object.remove("$defs") {
                out.extend(parts);
            }
            object.remove("$schema");
            object.remove("title");
        }
        out.insert(name.to_owned(), value);
    }
    let text = serde_json::to_string(&out).unwrap_or_default().replace("#/$defs/", "#/components/schemas/");
    serde_json::from_str(&text).unwrap_or_default()
}

fn site() -> Value {
    json!({ "name": "site", "in": "path", "required": true, "description": "Name of the hall, such as ngo-quyen",
            "schema": { "type": "string", "pattern": "^[a-z0-9-]{1,40}$" } })
}

fn body(kind: Kind) -> Value {
    let (schema, format) = match kind {
        Kind::Catalogue => ("Catalogue", kind.format()),
        Kind::Bookings => ("Bookings", BOOKINGS),
        Kind::Dossiers => ("Dossiers", kind.format()),
    };
    json!({
        "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } },
        "text/csv": { "schema": { "type": "string", "description":
            format!("The same as {format} in a table; the columns are in docs/province-integration.md") } },
    })
}

fn refusal(words: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Refusal" });
    json!({ "description": words, "content": { PROBLEM_TYPE: { "schema": schema } } })
}

fn push(kind: Kind) -> Value {
    let mut responses = Map::new();
    responses.insert(
        "200".into(),
        json!({
            "description": "Durable, and on its way to the halls; or the same as before",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Answer" } } },
        }),
    );
    for (status, code, title) in WHYS {
        responses.insert(status.as_u16().to_string(), refusal(&format!("`urn:motcua:{code}`: {title}")));
    }
    json!({
        "operationId": format!("push_{kind}"),
        "summary": format!("Pushes the whole {kind}"),
        "description": format!("At most {LARGEST} bytes. What is sent takes the place of what was there."),
        "requestBody": { "required": true, "content": body(kind) },
        "responses": responses,
    })
}

/// What the provincial system itself serves, at the address that the central is given.
fn served(kind: Kind) -> Value {
    let header = |name: &str, words: &str| {
        json!({ "name": name, "in": "header", "required": false,
        "schema": { "type": "string" }, "description": words })
    };
    let mut responses = json!({
        "200": { "description": "The whole document", "content": body(kind),
                 "headers": { "ETag": { "schema": { "type": "string" },
                              "description": "Changes when the document does; without it every answer is read" } } },
        "304": { "description": "The tag is still the one that was sent" },
        "401": { "description": "The token is not right; asked again later" },
        "503": { "description": "Not now; with `Retry-After` in seconds the central waits that long" },
    });
    if kind != Kind::Catalogue {
        responses["404"] = json!({ "description": "Nothing is known of this hall; what it has stays" });
    }
    let parameters = if kind == Kind::Catalogue { json!([]) } else { json!([site()]) };
    json!({
        "servers": [{ "url": "https://one-stop.province.example/motcua", "description": "The provincial system" }],
        "parameters": parameters,
        "get": {
            "operationId": format!("serve_{kind}"),
            "summary": format!("Asked for by the central: the whole {kind}"),
            "parameters": [header("If-None-Match", "Tag of the last answer that was right")],
            "responses": responses,
        },
    })
}
