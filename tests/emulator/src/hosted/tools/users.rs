//! `notion-get-users`.

use serde_json::{Value, json};

use super::definition::{Outcome, Strength, Tool, arguments};
use super::place;
use super::work::Work;
use crate::errors::Refusal;
use crate::json::Peek;

pub(super) fn tool() -> Tool {
    Tool {
        name: "notion-get-users",
        title: "Find users",
        description: "Finds users of the workspace by a part of their name or address, or one by id; all when neither is given.",
        strength: Strength::Reads,
        has_steps: false,
        schema: arguments(
            &[],
            json!({
                "query": { "type": "string", "maxLength": 200, "description": "A part of the name or address." },
                "user_id": { "type": "string", "description": "One user's id, or \"self\"." }
            }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(async move { users(work, arguments) }) },
    }
}

fn users(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    if let Some(id) = arguments.text("user_id") {
        let id = if id == "self" { work.integration.bot_id.clone() } else { place::id(id)? };
        let user = work.ask("GET", &format!("/v1/users/{id}"), Value::Null)?;
        return Ok(json!({ "results": [shown(&user)], "has_more": false }));
    }
    let wanted = arguments.text("query").unwrap_or_default().to_lowercase();
    let list = work.ask("GET", "/v1/users", Value::Null)?;
    let results: Vec<Value> = list
        .items("results")
        .iter()
        .map(shown)
        .filter(|user| {
            let has = |key: &str| user.text(key).is_some_and(|text| text.to_lowercase().contains(&wanted));
            wanted.is_empty() || has("name") || has("email")
        })
        .collect();
    Ok(json!({ "results": results, "has_more": list.at("has_more") }))
}

fn shown(user: &Value) -> Value {
    json!({
        "id": user.at("id"),
        "name": user.at("name"),
        "type": user.at("type"),
        "email": user.at("person").at("email"),
    })
}
