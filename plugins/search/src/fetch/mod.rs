//! Reads whatever an id means as text.

mod database;
mod page;
mod table;
mod window;

use serde_json::Map;
use toolbay_sdk::notion::blocks::MARKDOWN_VERSION;
use toolbay_sdk::notion::{Object, VIEW_NOTE};
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link of a page, database or data source.
    id: String,
    /// `next_offset`, to read on.
    #[serde(default)]
    offset: u32,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    id: String,
    title: String,
    text: String,
    url: String,
    #[schemars(with = "Metadata")]
    metadata: Map<String, Value>,
}

/// What typed clients go by; the rest depends on what was read.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "it describes what is built as JSON")]
struct Metadata {
    object: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<String>>,
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
        (Ok(page), Ok(markdown)) => page::document(&page.body, &markdown.body),
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

/// What was read, before it is cut to a size that a model can take.
struct Document {
    title: Option<String>,
    url: Option<String>,
    text: String,
    metadata: Map<String, Value>,
    /// What the reader must know to read on or to trust the text.
    notes: Vec<String>,
}

impl Document {
    fn into_output(self, id: &str, offset: u32) -> Output {
        let mut metadata = self.metadata;
        let mut notes = self.notes;
        let window = window::cut(&self.text, usize::try_from(offset).unwrap_or(usize::MAX));
        if let Some(next) = window.next_offset {
            metadata.insert("next_offset".to_owned(), next.into());
            notes.push(format!(
                "The text goes on: fetch it again with `offset` {next} (of {}).",
                window.length
            ));
        }
        if !notes.is_empty() {
            metadata.insert("notes".to_owned(), json!(notes));
        }
        Output {
            id: id.to_owned(),
            title: self.title.unwrap_or_default(),
            text: window.text.to_owned(),
            url: self.url.unwrap_or_default(),
            metadata,
        }
    }
}

/// Notion answers 404, or 400 when it knows the id as something else.
fn is_another_kind(problem: &Problem) -> bool {
    let details = problem.details.as_ref();
    let status = details.and_then(|details| details.pointer("/notion/status")).and_then(Value::as_u64);
    matches!(status, Some(400 | 404))
}
