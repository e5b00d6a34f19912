//! Lists the blocks of a page or block.

use toolbay_sdk::notion::{Detail, Object, blocks};
use toolbay_sdk::prelude::*;

use crate::target;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Page or block: id or link.
    block_id: String,
    /// Levels of nested blocks to read.
    #[serde(default = "three")]
    depth: usize,
    /// Most blocks of the first level, up to 1000.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 1000))]
    limit: usize,
    /// `next_cursor`, or a block's `more` with its id.
    cursor: Option<String>,
    #[serde(default)]
    detail: Detail,
}

fn three() -> usize {
    3
}

fn hundred() -> usize {
    100
}

/// Lists the blocks in a page or block with their ids, in the form that `append_blocks` takes. To read a page use
/// `get_page`. `has_children`: what is in it was not read.
#[tool(reads, idempotent, route = "GET /v1/blocks/{block_id}/children")]
pub(crate) fn list_blocks(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::Block.find(&input.block_id)?.to_string();
    let listed = blocks::list(call, &id, input.depth, input.limit, input.cursor.as_deref());
    let listed = listed.map_err(target::explained)?;
    if listed.blocks.is_empty() && input.cursor.is_none() && target::is_database(call, &id) {
        return Err(Problem::invalid_input(format!("`{id}` is a database, which has rows and no blocks."))
            .hint("List its rows with `query`; `get_database` tells its columns."));
    }
    let rows = match input.detail {
        Detail::Full => listed.blocks,
        Detail::Compact => listed.blocks.iter().map(blocks::compact).collect(),
    };
    let mut answer = json!({ "blocks": rows });
    if let (Some(cursor), Some(answer)) = (listed.next_cursor, answer.as_object_mut()) {
        answer.insert("next_cursor".to_owned(), cursor.into());
    }
    Ok(answer)
}
