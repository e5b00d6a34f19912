//! Appends blocks to a page or block.

use toolbay_sdk::notion::{Object, blocks, with_people};
use toolbay_sdk::prelude::*;

use crate::target;

/// Up to here an answer names each new block; of more it names the first and the last.
const MAX_IDS: usize = 20;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Page or block: id or link.
    block_id: String,
    /// What to append.
    markdown: Option<String>,
    /// Or: `{"type": "to_do", "text": "inline markdown", "checked": true, "children": [..]}`.
    blocks: Option<Vec<Value>>,
    /// Child block to append after; else at the end.
    after: Option<String>,
}

/// Appends blocks to a page or block: `markdown`, or `blocks` in compact or Notion's form. Any number and nesting; types
/// are Notion's, a table has `rows`.
#[tool(writes, route = "POST /v1/blocks/{block_id}/children")]
pub(crate) fn append_blocks(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::Block.find(&input.block_id)?.to_string();
    let after = input
        .after
        .as_deref()
        .filter(|after| !after.trim().is_empty())
        .map(|after| Object::Block.find(after));
    let after = after.transpose()?.map(|id| id.to_string());
    let parsed = match (&input.markdown, &input.blocks) {
        (Some(markdown), None) => with_people(call, |people| blocks::from_markdown_with(markdown, people))?,
        (None, Some(given)) => with_people(call, |people| blocks::read_with(given, people))?,
        (Some(_), Some(_)) => {
            return Err(
                Problem::invalid_input("Both `markdown` and `blocks` are given.").hint("Give one of them.")
            );
        }
        (None, None) => blocks::Parsed::default(),
    };
    if parsed.blocks.is_empty() {
        let hint = if parsed.notes.is_empty() {
            "Give `markdown` or `blocks`.".to_owned()
        } else {
            parsed.notes.join(" ")
        };
        return Err(Problem::invalid_input("There is nothing to append.").hint(hint));
    }
    let appended = blocks::append(call, &id, parsed.blocks, after.as_deref())
        .map_err(|problem| target::not_appended(call, &id, after.as_deref(), problem))?;
    let mut answer = match (appended.ids.first(), appended.ids.last()) {
        (Some(first), Some(last)) if appended.ids.len() > MAX_IDS => {
            json!({ "appended": appended.count, "first_id": first, "last_id": last })
        }
        _ => json!({ "appended": appended.count, "ids": appended.ids }),
    };
    if let Some(answer) = answer.as_object_mut()
        && !parsed.notes.is_empty()
    {
        answer.insert("notes".to_owned(), json!(parsed.notes));
    }
    Ok(answer)
}
