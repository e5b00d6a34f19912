//! A page's content.

use toolbay_sdk::notion::blocks::MARKDOWN_VERSION;
use toolbay_sdk::prelude::*;

/// The page's content as callers see it.
pub(super) fn read(call: &Call, page_id: &str) -> Result<Value, Problem> {
    let request = call.notion().get(["v1", "pages", page_id, "markdown"]);
    Ok(request.query("markdown_version", MARKDOWN_VERSION).send()?.body)
}
