// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's OpenAPI document as a page to read: `docs/api-reference.md`. Knows
//! the part of OpenAPI 3.1 that our own document uses.

use serde_json::Value;
use std::fmt::Write;

const HEAD: &str = "# Reference of the hub's API\n\n\
    Written by `motcua api-reference` from the same code as `GET /v1/openapi.json`; do not edit. \
    [api.md](api.md) tells how to use it.\n";

/// The document as Markdown.
pub fn markdown(doc: &Value) -> String {
    let mut out = format!("{HEAD}\n{}\n\n## Requests\n", line(&doc["info"]["description"]));
    for (path, methods) in entries(&doc["paths"]) {
        for (method, operation) in entries(methods) {
            request(&mut out, path, method, operation);
        }
    }
    out.push_str("\n## Types\n");
    for (name, schema) in entries(&doc["components"]["schemas"]) {
        let _ = write!(out, "\n### {name}\n{}\n", line(&schema["description"]));
        describe(&mut out, schema);
    }
    out
}

fn request(out: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(out, "\n### {} {path}\n{}\n", method.to_uppercase(), line(&operation["summary"]));
    let content = &operation["requestBody"]["content"];
    for (kind, body) in entries(content) {
        let _ = write!(out, "\nBody, `{kind}`: {}\n", kind_of(&body["schema"]));
    }
    let parameters = list(&operation["parameters"]);
    if !parameters.is_empty() {
        out.push_str("\n| parameter | in | type | |\n|---|---|---|---|\n");
    }
    for p in parameters {
        let (name, place) = (text(&p["name"]), text(&p["in"]));
        let _ =
            writeln!(out, "| `{name}` | {place} | {} | {} |", kind_of(&p["schema"]), line(&p["description"]));
    }
    out.push_str("\n| status | body | |\n|---|---|---|\n");
    for (status, answer) in entries(&operation["responses"]) {
        let bodies: Vec<String> = entries(&answer["content"])
            .map(|(kind, body)| format!("{} as `{kind}`", kind_of(&body["schema"])))
            .collect();
        let _ = writeln!(out, "| {status} | {} | {} |", bodies.join(", "), line(&answer["description"]));
    }
}

/// Fields, variants or values of a type.
fn describe(out: &mut String, schema: &Value) {
    let variants = list(&schema["oneOf"]);
    if !variants.is_empty() {
        out.push_str("\nOne of:\n\n| variant | further fields | |\n|---|---|---|\n");
        for v in variants {
            let _ = writeln!(out, "| {} | {} | {} |", tag(v), further(v), line(&v["description"]));
        }
    } else if schema["properties"].is_object() {
        out.push_str("\n| field | type | |\n|---|---|---|\n");
        let required = list(&schema["required"]);
        for (name, field) in entries(&schema["properties"]) {
            let optional = if required.iter().any(|r| *r == name.as_str()) { "" } else { ", optional" };
            let _ = writeln!(
                out,
                "| `{name}` | {}{optional} | {} |",
                kind_of(field),
                line(&field["description"])
            );
        }
    } else {
        let _ = write!(out, "\n{}\n", kind_of(schema));
    }
}

/// What tells a variant from the others: the field with one possible value, or the value itself.
fn tag(variant: &Value) -> String {
    let fixed = entries(&variant["properties"]).find(|(_, f)| list(&f["enum"]).len() == 1);
    match fixed {
        Some((name, field)) => format!("`{name}: {}`", text(&field["enum"][0])),
        None => kind_of(variant),
    }
}

fn further(variant: &Value) -> String {
    let required = list(&variant["required"]);
    let field = |(name, field): (&String, &Value)| {
        let optional = if required.iter().any(|r| *r == name.as_str()) { "" } else { ", optional" };
        let about = line(&field["description"]);
        let about = if about.is_empty() { about } else { format!(": {about}") };
        format!("`{name}` ({}{optional}){about}", kind_of(field))
    };
    let open = entries(&variant["properties"]).filter(|(_, f)| list(&f["enum"]).len() != 1);
    open.map(field).collect::<Vec<_>>().join("<br>")
}

/// A type in a few words.
fn kind_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    let values = list(&schema["enum"]);
    if !values.is_empty() {
        return values.iter().map(|v| format!("`{}`", text(v))).collect::<Vec<_>>().join(" ");
    }
    let either = list(&schema["oneOf"]);
    if !either.is_empty() {
        return either.iter().map(kind_of).collect::<Vec<_>>().join(" or ");
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect(),
        one => vec![text(one)],
    };
    let name = |kind: &str| match kind {
        "array" if schema["items"].is_object() => format!("list of {}", kind_of(&schema["items"])),
        "array" => {
            format!("[{}]", list(&schema["prefixItems"]).iter().map(kind_of).collect::<Vec<_>>().join(", "))
        }
        "object" if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind_of(&schema["additionalProperties"]))
        }
        _ => match schema["format"].as_str() {
            Some(format) if kind != "null" => format!("{kind} ({format})"),
            _ => kind.to_owned(),
        },
    };
    kinds.into_iter().filter(|k| !k.is_empty()).map(name).collect::<Vec<_>>().join(" or ")
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A description on one line, as a table wants it; links of the code's documentation lose their brackets.
fn line(value: &Value) -> String {
    let plain = text(value).split_whitespace().collect::<Vec<_>>().join(" ");
    plain.replace("[`", "`").replace("`]", "`").replace('|', "\\|")
}
