//! Creates a comment.

use toolbay_sdk::prelude::*;

use crate::{comment, target};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Comments on this page.
    page_id: Option<String>,
    /// Comments on this block.
    block_id: Option<String>,
    /// Answers in this discussion.
    discussion_id: Option<String>,
    /// Markdown; `@Ada Lovelace` mentions.
    text: String,
}

/// Comments on a page or block, or answers in a discussion: give one of them.
#[tool(writes, route = "POST /v1/comments")]
pub(crate) fn create_comment(call: &Call, input: Input) -> Result<Value, Problem> {
    let target = target::decided(&[
        ("page_id", &input.page_id),
        ("block_id", &input.block_id),
        ("discussion_id", &input.discussion_id),
    ])?;
    let text = comment::read(call, &input.text)?;
    let body = match target.kind {
        "discussion_id" => json!({ "discussion_id": target.id, "rich_text": text.rich_text }),
        kind => json!({ "parent": { "type": kind, (kind): target.id }, "rich_text": text.rich_text }),
    };
    let created = call.notion().post("/v1/comments", body).send();
    let created = created.map_err(|problem| target::explained(call, &target, problem))?.body;
    let mut answer = json!({ "id": comment::id_of(&created)? });
    if let (Some(discussion), Some(answer)) = (created.get("discussion_id"), answer.as_object_mut()) {
        answer.insert("discussion_id".to_owned(), discussion.clone());
    }
    Ok(comment::noted(answer, &text.notes))
}
