//! Reads whatever an id means as text.

mod database;
mod document;
mod page;
mod table;
mod window;

use toolbay_sdk::notion::blocks::MARKDOWN_VERSION;
use toolbay_sdk::notion::{Object, VIEW_NOTE};
use toolbay_sdk::prelude::*;

use document::Output;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link of a page, database or data source.
    id: String,
    /// `next_offset`, to read on.
    #[serde(default)]
    offset: u32,
}

/// Reads a page as markdown, or a database as its schema and first rows.
#[tool(reads, idempotent, route = "POST /v1/fetch")]
pub(crate) fn fetch(call: &Call, input: Input) -> Result<Output, Problem> {
    let id = Object::PageOrDatabase.find(&input.id)?.to_string();
    // Most ids that are fetched are pages', and the two answers do not need each other.
    let mut answers = call
        .notion()
        .send_all(vec![
            Request::get(["v1", "pages", id.as_str()]),
            Request::get(["v1", "pages", id.as_str(), "markdown"])
                .query("markdown_version", MARKDOWN_VERSION),
        ])
        .into_iter();
    let (Some(page), Some(markdown)) = (answers.next(), answers.next()) else {
        return Err(Problem::failed("The host did not answer each request."));
    };
    let document = match (page, markdown) {
        (Ok(page), Ok(markdown)) => page::document(call, &page.body, &markdown.body),
        (Ok(_), Err(problem)) => return Err(problem),
        (Err(problem), _) if !is_another_kind(&problem) => return Err(problem),
        // Notion renders any block as markdown, such as one that it left out of its page's.
        (Err(_), Ok(markdown)) => page::block(&markdown.body),
        (Err(_), Err(_)) => {
            let mut document = database::document(call, &id)?;
            if Object::names_view(&input.id) {
                document.notes.push(VIEW_NOTE.to_owned());
            }
            document
        }
    };
    Ok(document.into_output(&id, input.offset))
}

/// Notion answers 404, or 400 when it knows the id as something else.
fn is_another_kind(problem: &Problem) -> bool {
    let details = problem.details.as_ref();
    let status = details.and_then(|details| details.pointer("/notion/status")).and_then(Value::as_u64);
    matches!(status, Some(400 | 404))
}
