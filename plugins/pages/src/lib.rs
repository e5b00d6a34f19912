//! Creates, reads, changes, moves and trashes pages.

mod archive;
mod create_page;
mod edit_page;
mod get_page;
mod move_page;
mod refusal;
mod survived;
mod titled;
mod trash;
mod update_page;

use toolbay_sdk::plugin;
use toolbay_sdk::prelude::{Problem, Value, json};

plugin!(
    create_page::create_page,
    get_page::get_page,
    update_page::update_page,
    move_page::move_page,
    edit_page::edit_page,
    trash::trash,
    archive::archive,
);

/// What a caller could not know of a page that was written: where it is.
fn whereabouts(page: &Value) -> Result<serde_json::Map<String, Value>, Problem> {
    let mut answer = serde_json::Map::from_iter([("id".to_owned(), json!(page_id(page)?))]);
    answer.extend(page.get("url").map(|url| ("url".to_owned(), url.clone())));
    Ok(answer)
}

/// The id of a page that Notion answered.
fn page_id(page: &Value) -> Result<&str, Problem> {
    let id = page.get("id").and_then(Value::as_str);
    id.ok_or_else(|| Problem::upstream_failed("Notion answered a page without an id."))
}

#[cfg(test)]
mod tests;
