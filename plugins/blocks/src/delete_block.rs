//! A block in the trash.

use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

use crate::target;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Block id or link.
    block_id: String,
}

/// Moves a block, and the blocks in it, into the trash.
#[tool(destroys, route = "DELETE /v1/blocks/{block_id}")]
pub(crate) fn delete_block(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::Block.decide(&input.block_id)?.to_string();
    let deleted = call.notion().delete(["v1", "blocks", id.as_str()]).send().map_err(target::explained)?.body;
    Ok(json!({ "id": id, "type": deleted.get("type") }))
}
