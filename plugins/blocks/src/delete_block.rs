//! Moves a block to the trash.

use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

use crate::target::{self, kind_of};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Block id or link.
    block_id: String,
}

/// Moves a block, and the blocks in it, into the trash.
#[tool(destroys, route = "DELETE /v1/blocks/{block_id}")]
pub(crate) fn delete_block(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::Block.decide(&input.block_id)?.to_string();
    // Notion trashes a whole page or database by the id of its block.
    let block = target::read(call, &id)?;
    let kind = kind_of(&block);
    if matches!(kind, "child_page" | "child_database") {
        let what = kind.trim_start_matches("child_");
        return Err(Problem::invalid_input(format!("`{id}` is a whole {what}, not a block."))
            .hint(format!("If the {what} shall go, give its id to the tool `trash`.")));
    }
    if block.get("in_trash").and_then(Value::as_bool) == Some(true) {
        return Ok(json!({ "id": id, "type": kind, "note": "It was in the trash already." }));
    }
    let deleted = call.notion().delete(["v1", "blocks", id.as_str()]).send().map_err(target::explained)?.body;
    Ok(json!({ "id": id, "type": deleted.get("type") }))
}
