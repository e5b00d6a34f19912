//! `notion-query-data-sources`.

use serde_json::{Value, json};

use super::definition::{Outcome, Strength, Tool, arguments};
use super::work::Work;
use super::{place, values};
use crate::errors::Refusal;
use crate::json::{Peek, put};

/// The most rows of one answer.
const MAX_ROWS: usize = 1000;

pub(super) fn tool() -> Tool {
    Tool {
        name: "notion-query-data-sources",
        title: "Read rows of a data source",
        description: "Reads the rows of a data source with their values, a hundred at a time, until there are none left or \
                      max_rows is reached; has_more says which.",
        strength: Strength::Reads,
        has_steps: true,
        schema: arguments(
            &["data_source_url", "mode"],
            json!({
                "data_source_url": { "type": "string", "description": "The data source, by id or collection:// address." },
                "mode": { "type": "string", "enum": ["rows"], "description": "rows; SQL and views are not emulated." },
                "max_rows": {
                    "type": "integer", "minimum": 1, "maximum": MAX_ROWS,
                    "description": "How many rows there are at most; 100 when absent."
                }
            }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(query(work, arguments)) },
    }
}

async fn query(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    let id = place::id(arguments.text("data_source_url").unwrap_or_default())?;
    let wanted = arguments.at("max_rows").as_u64().map_or(100, |rows| rows as usize).min(MAX_ROWS);
    let mut rows: Vec<Value> = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let mut body = json!({ "page_size": (wanted - rows.len()).min(100) });
        if !cursor.is_null() {
            put(&mut body, "start_cursor", cursor);
        }
        let page = work.ask("POST", &format!("/v1/data_sources/{id}/query"), body)?;
        rows.extend(page.items("results").iter().map(|row| {
            let mut plain = values::plain_all(row.at("properties"));
            put(&mut plain, "url", row.at("url").clone());
            plain
        }));
        work.step(rows.len(), None, &format!("Read {} rows", rows.len())).await?;
        cursor = page.at("next_cursor").clone();
        if cursor.is_null() || rows.len() >= wanted {
            return Ok(json!({ "results": rows, "has_more": !cursor.is_null() }));
        }
    }
}
