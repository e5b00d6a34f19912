//! Lists the comments of a page or block.

use toolbay_sdk::prelude::*;

use crate::{comment, target};

/// Most comments that Notion answers with at once.
const PAGE: usize = 100;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// The page.
    page_id: Option<String>,
    /// The block, instead of a page.
    block_id: Option<String>,
    /// Most comments.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 1000))]
    limit: usize,
    /// `next_cursor` of the answer before.
    cursor: Option<String>,
}

fn hundred() -> usize {
    PAGE
}

/// What Notion answers.
#[derive(Deserialize)]
struct Page {
    results: Vec<Value>,
    next_cursor: Option<String>,
}

/// Lists the open comments on a page or block, oldest first, with the discussion that each belongs to.
#[tool(reads, idempotent, route = "GET /v1/comments")]
pub(crate) fn list_comments(call: &Call, input: Input) -> Result<Value, Problem> {
    let target = target::only(&[("page_id", &input.page_id), ("block_id", &input.block_id)])?;
    let limit = input.limit.max(1);
    let mut cursor = input.cursor.filter(|cursor| !cursor.trim().is_empty());
    let mut comments = Vec::new();
    for _ in 0..limit.div_ceil(PAGE) {
        let missing = limit.saturating_sub(comments.len());
        let mut request = call
            .notion()
            .get("/v1/comments")
            .query("block_id", target.id)
            .query("page_size", missing.min(PAGE));
        if let Some(cursor) = &cursor {
            request = request.query("start_cursor", cursor);
        }
        let page: Page = request.json()?;
        comments.extend(page.results.iter().map(comment::compact));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(match cursor {
        Some(cursor) => json!({ "comments": comments, "next_cursor": cursor }),
        None => json!({ "comments": comments }),
    })
}
