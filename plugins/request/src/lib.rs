//! Any route of the Notion API that the host allows, with one tool.

mod path;
mod query;

use serde_json::Map;
use toolbay_sdk::{Method, prelude::*};

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// DELETE moves to the trash.
    method: Verb,
    /// Such as `/v1/pages/<page id>`, without query string.
    path: String,
    /// Query parameters; an array repeats one.
    #[serde(default)]
    query: Map<String, Value>,
    /// Body of POST and PATCH, as Notion documents it.
    #[serde(default)]
    body: Option<Map<String, Value>>,
}

/// One request to the Notion API (version 2026-03-11), answered with Notion's own JSON: for what no other tool does. Rows
/// are queried with `POST /v1/data_sources/{id}/query`.
#[tool(destroys, least = reads, route = "POST /v1/notion/request")]
fn notion_request(call: &Call, input: Input) -> Result<Value, Problem> {
    let path = path::read(&input.path)?;
    let mut request = match input.method {
        Verb::Get | Verb::Delete => without_body(input.method, path, input.body.as_ref())?,
        // Notion wants JSON there, also where a route needs no member of it.
        Verb::Post => Request::post(path, Value::Object(input.body.unwrap_or_default())),
        Verb::Patch => Request::patch(path, Value::Object(input.body.unwrap_or_default())),
    };
    request.query = query::read(&input.query)?;
    let reads = reads(&request);
    let response = call.notion().send(request)?;
    if !reads && !response.body.is_object() {
        return Err(Problem::outcome_unknown("Notion took the request, but its answer is no object.")
            .hint("Look whether it was carried out before you send it again."));
    }
    Ok(json!({ "status": response.status, "body": response.body }))
}

/// Whether a request only asks.
fn reads(request: &Request) -> bool {
    let last = request.path.segments().last().map(String::as_str);
    matches!(request.method, Method::Get) || matches!(last, Some("query" | "search"))
}

fn without_body(verb: Verb, path: Path, body: Option<&Map<String, Value>>) -> Result<Request, Problem> {
    if body.is_some_and(|body| !body.is_empty()) {
        return Err(Problem::invalid_input("GET and DELETE take no body.")
            .hint("Put the parameters into `query`; to query rows or to search, use POST."));
    }
    let method = if matches!(verb, Verb::Delete) { Method::Delete } else { Method::Get };
    Ok(Request::new(method, path))
}

plugin!(notion_request);

#[cfg(test)]
mod tests;
