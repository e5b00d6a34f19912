//! Reads a page: all of its values, and its content when asked for.

pub(crate) mod complete;

use serde_json::Map;
use toolbay_sdk::notion::blocks::MARKDOWN_VERSION;
use toolbay_sdk::notion::{Detail, Object, Related, Titles, flatten, names, titles_beside};
use toolbay_sdk::prelude::*;

use self::complete::Computed;

/// Most characters of content in an answer: about 15,000 tokens.
const MAX_CONTENT_LENGTH: usize = 60_000;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    page_id: String,
    /// Only these properties.
    #[serde(default)]
    properties: Vec<String>,
    /// Adds markdown.
    #[serde(default)]
    content: bool,
    #[serde(default)]
    detail: Detail,
}

/// Reads a page's properties, long ones whole.
#[tool(reads, idempotent, route = "GET /v1/pages/{page_id}")]
pub(crate) fn get_page(call: &Call, input: Input) -> Result<Value, Problem> {
    let page_id = Object::Page.find(&input.page_id)?.to_string();
    let mut requests = vec![Request::get(["v1", "pages", page_id.as_str()])];
    if input.content {
        let markdown = Request::get(["v1", "pages", page_id.as_str(), "markdown"]);
        requests.push(markdown.query("markdown_version", MARKDOWN_VERSION));
    }
    let mut answers = call.notion().send_all(requests).into_iter();
    let mut page = match answers.next() {
        Some(answer) => answer?.body,
        None => return Err(Problem::failed("The host did not answer.")),
    };
    let markdown = answers.next().transpose()?.map(|answer| answer.body);
    let computed = Computed::Read { has_long_relation: complete::has_long_relation(&page) };
    choose(&mut page, &input.properties)?;
    let unknown = complete::complete(call, &page_id, &mut page, computed)?;
    let mut row = match flatten(&page, input.detail) {
        Value::Object(row) => row,
        _ => return Err(Problem::upstream_failed("Notion answered a page that is no object.")),
    };
    for (key, names) in [("cut", unknown.cut), ("not_computed", unknown.not_computed)] {
        row.shift_remove(key);
        if !names.is_empty() {
            row.insert(key.to_owned(), json!(names));
        }
    }
    if input.detail == Detail::Compact {
        let Titles { by_id, missing } = titles_beside(call, &Related::of_page(&page));
        if !by_id.is_empty() {
            row.insert("titles".to_owned(), json!(by_id));
        }
        if missing > 0 {
            note(&mut row, format!("Related pages without a title in `titles`: {missing}."));
        }
    }
    if let Some(markdown) = markdown {
        add_content(&mut row, &markdown, input.detail);
    }
    Ok(Value::Object(row))
}

fn note(row: &mut Map<String, Value>, text: String) {
    if let Value::Array(notes) = row.entry("notes").or_insert_with(|| json!([])) {
        notes.push(text.into());
    }
}

/// Keeps only the properties that were asked for, and the title.
fn choose(page: &mut Value, wanted: &[String]) -> Result<(), Problem> {
    let Some(properties) = page.get_mut("properties").and_then(Value::as_object_mut) else { return Ok(()) };
    if wanted.is_empty() {
        return Ok(());
    }
    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
    let kept = wanted
        .iter()
        .map(|name| names::find(name, &known, "property").map(str::to_owned))
        .collect::<Result<Vec<_>, _>>()?;
    properties.retain(|name, value| {
        kept.contains(name) || value.get("type").and_then(Value::as_str) == Some("title")
    });
    Ok(())
}

fn add_content(row: &mut Map<String, Value>, markdown: &Value, detail: Detail) {
    if detail == Detail::Full {
        row.insert("markdown".to_owned(), markdown.clone());
        return;
    }
    let text = markdown.get("markdown").and_then(Value::as_str).unwrap_or_default();
    let end = text.char_indices().nth(MAX_CONTENT_LENGTH).map(|(end, _)| end);
    let mut notes: Vec<String> = Vec::new();
    let shown = match end.and_then(|end| text.get(..end)) {
        Some(head) => {
            let shown = head.rfind('\n').and_then(|end| head.get(..=end)).unwrap_or(head);
            notes.push(format!("The content goes on: `fetch` it with `offset` {}.", shown.chars().count()));
            shown
        }
        None => text,
    };
    row.insert("content".to_owned(), shown.into());
    if markdown.get("truncated").and_then(Value::as_bool) == Some(true) {
        notes.push("Notion cut the content: the page has more blocks than it renders.".to_owned());
    }
    if let Some(unknown) = markdown.get("unknown_block_ids").and_then(Value::as_array)
        && !unknown.is_empty()
    {
        row.insert("unknown_blocks".to_owned(), json!(unknown));
    }
    for text in notes {
        note(row, text);
    }
}
