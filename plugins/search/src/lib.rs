//! Finds pages and data sources by title.

use serde_json::Map;
use toolbay_sdk::notion::{Detail, flatten};
use toolbay_sdk::prelude::*;

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Object {
    Page,
    DataSource,
    Database,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Ascending,
    Descending,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    /// Words of the title; leave it out to list everything that the connection can see.
    #[serde(default)]
    query: Option<String>,
    /// Only objects of this kind. A `data_source` is what holds a database's rows and properties; `database` means the
    /// same here.
    #[serde(default)]
    object: Option<Object>,
    /// Order by the time of the last edit; `descending` has the newest first. Without it the order is Notion's own.
    #[serde(default)]
    sort: Option<Direction>,
    /// How many results to answer with.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    page_size: u32,
    /// `next_cursor` of the answer before, to go on where it ended; with the same other arguments.
    #[serde(default)]
    cursor: Option<String>,
    /// `compact` answers small flat results, `full` Notion's own objects.
    #[serde(default)]
    detail: Detail,
}

fn ten() -> u32 {
    10
}

#[derive(Serialize, JsonSchema)]
struct Output {
    /// What was found: `id`, `object` (page or `data_source`), `title`, `url`, `parent` (`type` and `id`) and
    /// `last_edited_time` of each, or Notion's own objects.
    results: Vec<Map<String, Value>>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What Notion answers.
#[derive(Deserialize)]
struct Page {
    results: Vec<Map<String, Value>>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// Finds pages and databases (data sources) by words of their titles, and gives their ids and links. It does not look into
/// the content of pages, and what was just created may take a moment to be found.
#[tool(reads, idempotent, route = "POST /v1/notion/search")]
fn search(call: &Call, input: Input) -> Result<Output, Problem> {
    let page: Page = call.notion().post("/v1/search", body(&input)).json()?;
    let results = match input.detail {
        Detail::Full => page.results,
        Detail::Compact => page.results.into_iter().map(compact).collect(),
    };
    Ok(Output { results, next_cursor: page.next_cursor })
}

fn body(input: &Input) -> Value {
    let mut body = Map::new();
    if let Some(query) = input.query.as_deref().map(str::trim).filter(|query| !query.is_empty()) {
        body.insert("query".to_owned(), query.into());
    }
    if let Some(object) = input.object {
        let value = match object {
            Object::Page => "page",
            Object::DataSource | Object::Database => "data_source",
        };
        body.insert("filter".to_owned(), json!({ "property": "object", "value": value }));
    }
    if let Some(direction) = input.sort {
        let direction = match direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        };
        body.insert("sort".to_owned(), json!({ "direction": direction, "timestamp": "last_edited_time" }));
    }
    body.insert("page_size".to_owned(), input.page_size.clamp(1, 100).into());
    if let Some(cursor) = input.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        body.insert("start_cursor".to_owned(), cursor.into());
    }
    Value::Object(body)
}

fn compact(found: Map<String, Value>) -> Map<String, Value> {
    let found = Value::Object(found);
    let own = |key: &str| found.get(key).filter(|value| !value.is_null()).cloned();
    let members = [
        ("id", own("id")),
        ("object", own("object")),
        ("title", flatten::title(&found).map(Value::String)),
        ("url", own("url")),
        ("parent", flatten::parent(&found)),
        ("last_edited_time", own("last_edited_time")),
    ];
    members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

plugin!(search);

#[cfg(test)]
mod tests;
