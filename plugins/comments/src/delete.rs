//! Deletes a comment.

use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

use crate::comment;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// The comment's id.
    comment_id: String,
}

/// Deletes a comment that this integration wrote. It can't be restored.
#[tool(destroys, idempotent, route = "DELETE /v1/comments/{comment_id}")]
pub(crate) fn delete_comment(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::Comment.find(&input.comment_id)?.to_string();
    call.notion().delete(["v1", "comments", id.as_str()]).send().map_err(comment::unchanged)?;
    Ok(json!({ "id": id }))
}
