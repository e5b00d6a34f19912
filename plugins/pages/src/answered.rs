//! What Notion answers of a page that was written.

use serde_json::Map;
use toolbay_sdk::prelude::*;

/// What a caller could not know of a page that was written: where it is.
pub(crate) fn whereabouts(page: &Value) -> Result<Map<String, Value>, Problem> {
    let mut answer = Map::from_iter([("id".to_owned(), json!(page_id(page)?))]);
    answer.extend(page.get("url").map(|url| ("url".to_owned(), url.clone())));
    Ok(answer)
}

/// The id of a page that Notion answered.
pub(crate) fn page_id(page: &Value) -> Result<&str, Problem> {
    let id = page.get("id").and_then(Value::as_str);
    id.ok_or_else(|| Problem::upstream_failed("Notion answered a page without an id."))
}
