//! `notion-move-pages`.

use serde_json::{Value, json};

use super::definition::{Outcome, Strength, Tool, arguments};
use super::place;
use super::work::Work;
use crate::errors::Refusal;
use crate::json::Peek;

pub(super) fn tool() -> Tool {
    Tool {
        name: "notion-move-pages",
        title: "Move pages",
        description: "Moves pages below another page or into another data source, one after the other.",
        strength: Strength::Writes,
        has_steps: true,
        schema: arguments(
            &["page_or_database_ids", "new_parent"],
            json!({
                "page_or_database_ids": {
                    "type": "array", "minItems": 1, "maxItems": 100,
                    "description": "What to move, by id or address.",
                    "items": { "type": "string" }
                },
                "new_parent": place::parent_schema()
            }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(move_all(work, arguments)) },
    }
}

async fn move_all(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    let parent = place::parent(arguments.at("new_parent"))?;
    let ids = arguments
        .items("page_or_database_ids")
        .iter()
        .map(|text| place::id(text.as_str().unwrap_or_default()))
        .collect::<Result<Vec<String>, Refusal>>()?;
    for (place, id) in ids.iter().enumerate() {
        work.ask("POST", &format!("/v1/pages/{id}/move"), json!({ "parent": parent }))?;
        work.step(place + 1, Some(ids.len()), &format!("Moved {} of {}", place + 1, ids.len())).await?;
    }
    Ok(json!({ "moved": ids }))
}
