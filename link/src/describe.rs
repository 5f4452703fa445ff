// SPDX-License-Identifier: MIT OR Apache-2.0
//! The protocol for machines, from the same types that speak it: the JSON
//! Schemas of every event's data and an OpenAPI 3.1 document of the endpoints.
//! `docs/link-schemas.json` and `docs/link-openapi.json` are what these return.

use crate::data::Body;
use crate::province::{Bookings, Catalogue, Dossiers};
use crate::wire::{
    CONTENT_TYPE, Cursor, DEVICE_EPOCH, EPOCH_START, FIRST_SEQ, LAST_SEQ, MAX_BODY, MAX_EVENT, MAX_EVENTS,
    PRIOR_CHAIN, PROBLEM_TYPE, Problem, ProblemKind, Receipt, SENT_AT,
};
use serde_json::{Map, Value, json};

/// Version of the protocol; the `v1` of the addresses.
pub const VERSION: &str = "1.0";

/// The schema of each event type's `data`, by `type`, and of the documents that go down to halls.
pub fn schemas() -> Value {
    let types: Map<String, Value> =
        Body::schemas().into_iter().map(|(kind, schema)| (kind.to_owned(), schema.to_value())).collect();
    let documents = json!({
        "catalogue": schemars::schema_for!(Catalogue),
        "bookings": schemars::schema_for!(Bookings),
        "dossiers": schemars::schema_for!(Dossiers),
    });
    json!({ "version": VERSION, "types": types, "documents": documents })
}

/// The endpoints of a receiver.
pub fn openapi() -> Value {
    let mut schemas = Map::new();
    for (name, schema) in [
        ("Receipt", schemars::schema_for!(Receipt)),
        ("Problem", schemars::schema_for!(Problem)),
        ("Cursor", schemars::schema_for!(Cursor)),
    ] {
        let mut value = schema.to_value();
        if let Some(object) = value.as_object_mut() {
            // Parts of a schema stand beside it in this document.
            if let Some(Value::Object(parts)) = object.remove("$defs") {
                schemas.extend(parts.into_iter().filter(|(n, _)| n != name));
            }
            object.remove("$schema");
        }
        schemas.insert(name.to_owned(), value);
    }
    schemas.insert("CloudEvent".into(), event());
    let text =
        serde_json::to_string(&schemas).unwrap_or_default().replace("#/$defs/", "#/components/schemas/");
    let schemas: Value = serde_json::from_str(&text).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "motcua link",
            "version": VERSION,
            "description": "Store and forward between devices, hubs and central systems. docs/link.md says what \
                            the numbers and headers mean.",
        },
        "paths": {
            "/v1/devices/{id}/lanes/{lane}/events": { "parameters": places(), "post": post() },
            "/v1/devices/{id}/lanes/{lane}": { "parameters": places(), "get": {
                "operationId": "standing",
                "summary": "Where a lane stands",
                "responses": {
                    "200": answer("The cursor; null before the first batch", &json!({
                        "type": "object", "required": ["cursor"], "properties": {
                            "cursor": { "oneOf": [{ "$ref": "#/components/schemas/Cursor" }, { "type": "null" }] },
                        },
                    })),
                    "403": problem("The certificate is not let in, or is of another device"),
                },
            } },
        },
        "components": { "schemas": schemas, "securitySchemes": { "certificate": { "type": "mutualTLS" } } },
        "security": [{ "certificate": [] }],
    })
}

fn places() -> Value {
    json!([
        { "name": "id", "in": "path", "required": true, "description": "SITE.DEVICE",
          "schema": { "type": "string", "pattern": "^[a-z0-9-]{1,40}\\.[a-z0-9-]{1,40}$" } },
        { "name": "lane", "in": "path", "required": true,
          "schema": { "type": "string", "enum": ["business", "health", "log"] } },
    ])
}

fn post() -> Value {
    let number = json!({ "type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_992_u64 });
    let header = |name: &str, required: bool, schema: Value, words: &str| json!({ "name": name, "in": "header", "required": required, "schema": schema, "description": words });
    let digits = |n: u32| json!({ "type": "string", "pattern": format!("^[0-9a-f]{{{n}}}$") });
    let mut responses = Map::new();
    let receipt = json!({ "$ref": "#/components/schemas/Receipt" });
    responses.insert("200".into(), answer("Held, wholly or already", &receipt));
    for kind in ProblemKind::ALL {
        let line = format!("`{}`: {}", kind.urn(), kind.title());
        let entry = responses.entry(kind.status().to_string()).or_insert_with(|| problem(""));
        let before = entry["description"].as_str().unwrap_or_default();
        entry["description"] = if before.is_empty() { line } else { format!("{before}; {line}") }.into();
    }
    json!({
        "operationId": "take",
        "summary": "Hands a batch of events over",
        "parameters": [
            header(DEVICE_EPOCH, true, digits(32), "Made at random with the sender's database"),
            header(FIRST_SEQ, true, number.clone(), "First number covered"),
            header(LAST_SEQ, false, json!({ "type": "integer", "minimum": 0 }), "Last number covered"),
            header(EPOCH_START, false, number, "Where the epoch begins; 1 when absent"),
            header(PRIOR_CHAIN, false, digits(64), "Chain before First-Seq; needed on business"),
            header(SENT_AT, false, json!({ "type": "string", "format": "date-time" }), "The sender's clock"),
            header("content-encoding", false, json!({ "type": "string", "enum": ["zstd", "identity"] }), "How the body is packed"),
        ],
        "requestBody": { "required": true, "content": { CONTENT_TYPE: { "schema": {
            "type": "array", "maxItems": MAX_EVENTS, "items": { "$ref": "#/components/schemas/CloudEvent" },
            "description": format!("At most {MAX_BODY} bytes as sent; {MAX_EVENT} bytes each"),
        } } } },
        "responses": responses,
    })
}

fn event() -> Value {
    json!({
        "type": "object",
        "description": "CloudEvents 1.0, JSON format; `data` as docs/link-schemas.json says for the type",
        "required": ["specversion", "id", "source", "type", "time", "sequence", "data"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string", "description": "EPOCH/LANE/SEQUENCE" },
            "source": { "type": "string", "description": "/sites/SITE/devices/DEVICE" },
            "type": { "type": "string", "pattern": "^[a-z0-9._-]{1,120}$", "examples": Body::KINDS },
            "time": { "type": "string", "format": "date-time" },
            "sequence": { "type": "string", "pattern": "^[1-9][0-9]*$" },
            "datacontenttype": { "const": "application/json" },
            "data": {},
        },
    })
}

fn answer(words: &str, schema: &Value) -> Value {
    json!({ "description": words, "content": { "application/json": { "schema": schema } } })
}

fn problem(words: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": words, "content": { PROBLEM_TYPE: { "schema": schema } } })
}
