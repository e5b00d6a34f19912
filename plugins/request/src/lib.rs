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
struct Input {
    /// What to do: GET reads, POST creates or queries, PATCH changes, DELETE moves to the trash.
    method: Verb,
    /// A path of Notion's API with real ids, such as `/v1/pages/59833787-e2cf-4fdf-8782-e53db20768a5`. No query string:
    /// that goes into `query`.
    path: String,
    /// Query parameters by name, such as `{"page_size": 100}`: texts, numbers, booleans, or an array to repeat a
    /// parameter.
    #[serde(default)]
    query: Map<String, Value>,
    /// The JSON body that Notion documents for this route; for POST and PATCH only.
    #[serde(default)]
    body: Option<Map<String, Value>>,
}

#[derive(Serialize, JsonSchema)]
struct Output {
    /// Notion's HTTP status, 200 to 299.
    status: u16,
    /// Notion's answer as it is.
    body: Value,
}

/// Sends one request to the Notion API (version 2026-03-11) and answers with Notion's own JSON. For whatever the other
/// tools do not cover: databases, data sources, pages, blocks, comments, users, views. Rows are queried with
/// `POST /v1/data_sources/{id}/query`.
#[tool(destroys, route = "POST /v1/notion/request")]
fn notion_request(call: &Call, input: Input) -> Result<Output, Problem> {
    let path = path::read(&input.path)?;
    let mut request = match input.method {
        Verb::Get | Verb::Delete => without_body(input.method, path, input.body.as_ref())?,
        // Notion wants JSON there, also where a route needs no member of it.
        Verb::Post => Request::post(path, Value::Object(input.body.unwrap_or_default())),
        Verb::Patch => Request::patch(path, Value::Object(input.body.unwrap_or_default())),
    };
    request.query = query::read(&input.query)?;
    let response = call.notion().send(request)?;
    Ok(Output { status: response.status, body: response.body })
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
