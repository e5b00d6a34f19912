//! `notion-create-comment` and `notion-get-comments`.

use serde_json::{Value, json};

use super::definition::{Outcome, Strength, Tool, arguments};
use super::work::Work;
use super::{place, values};
use crate::errors::{Refusal, invalid};
use crate::json::Peek;

pub(super) fn create_tool() -> Tool {
    Tool {
        name: "notion-create-comment",
        title: "Comment on a page",
        description: "Adds a comment to a page, or to a discussion that is there.",
        strength: Strength::Writes,
        has_steps: false,
        schema: arguments(
            &["markdown"],
            json!({
                "page_id": { "type": "string", "description": "The page, by id or address." },
                "discussion_id": { "type": "string", "description": "The discussion, instead of a page." },
                "markdown": { "type": "string", "minLength": 1, "maxLength": 2000, "description": "What it says." }
            }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(async move { create(work, arguments) }) },
    }
}

pub(super) fn get_tool() -> Tool {
    Tool {
        name: "notion-get-comments",
        title: "Read comments of a page",
        description: "Reads the open comments of a page, the oldest first.",
        strength: Strength::Reads,
        has_steps: false,
        schema: arguments(
            &["page_id"],
            json!({ "page_id": { "type": "string", "description": "The page, by id or address." } }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(async move { get(work, arguments) }) },
    }
}

fn create(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    let markdown = arguments.at("markdown");
    let body = match (arguments.text("page_id"), arguments.text("discussion_id")) {
        (Some(page), None) => json!({ "parent": { "page_id": place::id(page)? }, "markdown": markdown }),
        (None, Some(discussion)) => json!({ "discussion_id": place::id(discussion)?, "markdown": markdown }),
        _ => return Err(invalid("Exactly one of page_id and discussion_id is needed.")),
    };
    let comment = work.ask("POST", "/v1/comments", body)?;
    Ok(json!({ "id": comment.at("id"), "discussion_id": comment.at("discussion_id"), "status": "success" }))
}

fn get(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    let page = place::id(arguments.text("page_id").unwrap_or_default())?;
    let list = work.ask("GET", &format!("/v1/comments?block_id={page}"), Value::Null)?;
    let comments: Vec<Value> = list
        .items("results")
        .iter()
        .map(|comment| {
            json!({
                "id": comment.at("id"),
                "discussion_id": comment.at("discussion_id"),
                "created_by": comment.at("created_by").at("id"),
                "created_time": comment.at("created_time"),
                "text": values::text(comment.at("rich_text")),
            })
        })
        .collect();
    Ok(json!({ "comments": comments, "has_more": list.at("has_more") }))
}
