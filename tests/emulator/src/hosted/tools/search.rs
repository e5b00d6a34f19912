//! `notion-search`.

use serde_json::{Value, json};

use super::definition::{Outcome, Strength, Tool, arguments};
use super::values;
use super::work::Work;
use crate::errors::Refusal;
use crate::json::{Peek, put};

pub(super) fn tool() -> Tool {
    Tool {
        name: "notion-search",
        title: "Search the workspace",
        description: "Finds pages and databases whose title has a text. Answers with id, title, address and when each \
                      was changed last, the newest first; notion-fetch reads one of them.",
        strength: Strength::Reads,
        has_steps: false,
        schema: arguments(
            &["query"],
            json!({
                "query": { "type": "string", "minLength": 1, "maxLength": 500, "description": "What to look for." },
                "page_size": {
                    "type": "integer", "minimum": 1, "maximum": 25,
                    "description": "How many results there are at most; 10 when absent."
                }
            }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(async move { search(work, arguments) }) },
    }
}

fn search(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    let mut body = json!({
        "query": arguments.at("query"),
        "sort": { "timestamp": "last_edited_time", "direction": "descending" },
    });
    let size = arguments.at("page_size").as_u64().unwrap_or(10);
    put(&mut body, "page_size", json!(size));
    let found = work.ask("POST", "/v1/search", body)?;
    let results: Vec<Value> = found
        .items("results")
        .iter()
        .map(|object| {
            let is_page = object.text("object") == Some("page");
            json!({
                "id": object.at("id"),
                "title": if is_page { values::title(object) } else { values::text(object.at("title")) },
                "url": object.at("url"),
                "type": if is_page { "page" } else { "database" },
                "highlight": "",
                "timestamp": object.at("last_edited_time"),
            })
        })
        .collect();
    Ok(json!({ "results": results, "type": "workspace_search" }))
}
