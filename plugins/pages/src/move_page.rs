//! Moves a page below another page, or into a database.

use toolbay_sdk::notion::DataSource;
use toolbay_sdk::prelude::*;

use crate::{id, refusal, whereabouts};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    page_id: String,
    /// Page to put it below.
    #[serde(default)]
    parent_page_id: Option<String>,
    /// Or database.
    #[serde(default)]
    database_id: Option<String>,
}

/// Moves a page below another page or into a database.
#[tool(writes, idempotent, route = "POST /v1/pages/{page_id}/move")]
pub(crate) fn move_page(call: &Call, input: Input) -> Result<Value, Problem> {
    let page_id = id(&input.page_id)?;
    let to_page = |parent: &str| {
        let body = json!({ "parent": { "type": "page_id", "page_id": parent } });
        call.notion().post(["v1", "pages", page_id.as_str(), "move"], body).send()
    };
    let to_source = |source: &DataSource| {
        let body = json!({ "parent": { "type": "data_source_id", "data_source_id": source.id } });
        call.notion().post(["v1", "pages", page_id.as_str(), "move"], body).send()
    };
    let moved = match (&input.parent_page_id, &input.database_id) {
        (Some(parent), None) => {
            let parent = id(parent)?;
            match to_page(&parent) {
                // Either id may be the one that Notion does not know; only a database makes a second try worth it.
                Err(problem) if refusal::is_another_kind(&problem) => match DataSource::find(call, &parent) {
                    Ok(source) => to_source(&source),
                    Err(_) => Err(problem),
                },
                other => other,
            }
        }
        (None, Some(database)) => to_source(&DataSource::find(call, database)?),
        _ => {
            return Err(Problem::invalid_input("Where the page shall go is not clear.")
                .hint("Give either `parent_page_id` or `database_id`."));
        }
    };
    match moved {
        Ok(answer) => Ok(Value::Object(whereabouts(&answer.body)?)),
        Err(problem) => Err(refusal::explained(call, "pages", &page_id, problem)),
    }
}
