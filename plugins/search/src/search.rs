//! Finds pages and data sources by title.

use serde_json::Map;
use toolbay_sdk::notion::{self, Detail, flatten};
use toolbay_sdk::prelude::*;

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Object {
    Page,
    DataSource,
    Database,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Words of the title; empty lists everything.
    #[serde(default)]
    query: Option<String>,
    /// Only these; `database` is `data_source`.
    #[serde(default)]
    object: Option<Object>,
    /// `descending` has the last edited first.
    #[serde(default)]
    sort: Option<Value>,
    /// Notion's, such as `{"in_trash": true}`
    #[serde(default)]
    filter: Option<Map<String, Value>>,
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    page_size: u32,
    /// `next_cursor`
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    detail: Detail,
}

fn ten() -> u32 {
    10
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    #[schemars(with = "Vec<Hit>")]
    results: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What each result has, for typed clients: compact ones have nothing else, Notion's own objects have more, and a title in
/// a form of their own.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "it describes what is built as JSON")]
struct Hit {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
}

/// What Notion answers.
#[derive(Deserialize)]
struct Found {
    results: Vec<Map<String, Value>>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// Finds pages and databases (data sources) by words of their titles; not by content.
#[tool(reads, idempotent, route = "POST /v1/search", route = "POST /v1/notion/search")]
pub(crate) fn search(call: &Call, input: Input) -> Result<Output, Problem> {
    let found: Found = call.notion().post("/v1/search", body(&input)?).json()?;
    // Titles are searched, and none has a link or an id: nothing found says nothing of the object.
    if found.results.is_empty() && input.query.as_deref().is_some_and(names_an_object) {
        return Err(Problem::not_found("`query` is a link or an id, and words of titles are searched.")
            .hint("Give it to `fetch` as `id`; or search for words of the title."));
    }
    let results = match input.detail {
        Detail::Full => found.results,
        Detail::Compact => found.results.into_iter().map(compact).collect(),
    };
    Ok(Output { results, next_cursor: found.next_cursor })
}

fn body(input: &Input) -> Result<Value, Problem> {
    let mut body = Map::new();
    if let Some(query) = input.query.as_deref().map(str::trim).filter(|query| !query.is_empty()) {
        body.insert("query".to_owned(), query.into());
    }
    if let Some(filter) = filter(input)? {
        body.insert("filter".to_owned(), filter);
    }
    if let Some(given) = input.sort.as_ref().filter(|sort| !sort.is_null()) {
        body.insert("sort".to_owned(), sort(given)?);
    }
    body.insert("page_size".to_owned(), input.page_size.clamp(1, 100).into());
    if let Some(cursor) = input.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        body.insert("start_cursor".to_owned(), cursor.into());
    }
    Ok(Value::Object(body))
}

fn names_an_object(query: &str) -> bool {
    matches!(notion::Object::Anything.find_unless_name(query), Ok(Some(_)) | Err(_))
}

/// The members that Notion's filter of a search has.
const FILTER: [&str; 3] = ["value", "property", "in_trash"];

/// `object` and `filter` as one of Notion's filters, which calls a database's rows and columns `data_source`.
fn filter(input: &Input) -> Result<Option<Value>, Problem> {
    let mut filter = input.filter.clone().unwrap_or_default();
    if let Some(unknown) = filter.keys().find(|key| !FILTER.contains(&key.as_str())) {
        return Err(Problem::invalid_input(format!("`{unknown}` is no member of a search's filter."))
            .hint("It can have `value` (`page` or `data_source`, the same as `object`) and `in_trash`; rows are filtered by the tool that queries their database."));
    }
    if let Some(object) = input.object {
        let name = match object {
            Object::Page => "page",
            Object::DataSource | Object::Database => "data_source",
        };
        if filter.contains_key("value") {
            return Err(Problem::invalid_input("The kind is given twice, as `object` and in `filter`.")
                .hint("Leave `filter` out."));
        }
        filter.insert("value".to_owned(), name.into());
    }
    match filter.get_mut("value") {
        Some(value) if value == "database" => *value = "data_source".into(),
        Some(value) if value == "page" || value == "data_source" => {}
        Some(_) => {
            return Err(Problem::invalid_input("`filter.value` is no kind that can be searched for.")
                .hint("Valid: `page`, `data_source`, `database`."));
        }
        None => {}
    }
    if filter.contains_key("value") {
        filter.insert("property".to_owned(), "object".into());
    }
    Ok((!filter.is_empty()).then_some(Value::Object(filter)))
}

fn sort(given: &Value) -> Result<Value, Problem> {
    match given {
        Value::String(direction) if matches!(direction.as_str(), "ascending" | "descending") => {
            Ok(json!({ "direction": direction, "timestamp": "last_edited_time" }))
        }
        Value::String(word) if word == "relevance" => Ok(json!({ "property": "relevance" })),
        Value::Object(_) => Ok(given.clone()),
        _ => Err(Problem::invalid_input("`sort` is no order of search results.").hint(
            "Valid: `descending` (last edited first), `ascending`, `relevance`, or Notion's sort object.",
        )),
    }
}

/// Whoever wants citations needs `id`, `title` and `url` of each result, also where a title is empty.
fn compact(found: Map<String, Value>) -> Map<String, Value> {
    let found = Value::Object(found);
    let text = |key: &str| found.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut hit = Map::new();
    hit.insert("id".to_owned(), text("id").into());
    hit.insert("title".to_owned(), flatten::title(&found).unwrap_or_default().into());
    hit.insert("url".to_owned(), text("url").into());
    if text("object") != "page" {
        hit.insert("object".to_owned(), text("object").into());
    }
    hit
}
