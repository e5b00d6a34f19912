//! Changes the text of a comment.

use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

use crate::comment;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// The comment's id.
    comment_id: String,
    /// Its new text, as in `create_comment`.
    text: String,
}

/// Replaces the text of a comment that this integration wrote.
#[tool(writes, idempotent, route = "PATCH /v1/comments/{comment_id}")]
pub(crate) fn update_comment(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::Comment.find(&input.comment_id)?.to_string();
    let text = comment::read(call, &input.text)?;
    let body = json!({ "rich_text": text.rich_text });
    let updated = call.notion().patch(["v1", "comments", id.as_str()], body).send();
    let updated = updated.map_err(comment::unchanged)?.body;
    Ok(comment::noted(json!({ "id": comment::id_of(&updated)? }), &text.notes))
}
