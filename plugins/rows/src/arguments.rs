//! What the tools take.

use std::borrow::Cow;

use serde_json::Map;
use toolbay_sdk::notion::json_text::{is_container, unwrapped};
use toolbay_sdk::notion::{NewOptions, NotionId, Object};
use toolbay_sdk::prelude::*;

/// Most pages that one `link` takes links from. Each needs a write of its own, and a call has an end.
const MAX_PAGES: usize = 1_000;

// What is left out when it is empty has no default in the schema, where it would only cost tokens. What is required is
// absent only in an operation of `bulk` whose reference is still to be filled in.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upsert {
    /// Database or data source, id or URL.
    #[schemars(required)]
    pub(crate) database_id: Option<String>,
    /// {"property": "Name", "value": "X"}, which names the row; of an array all must match.
    #[schemars(required)]
    pub(crate) unique: Option<Value>,
    /// Plain values by property name; null empties.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) properties: Map<String, Value>,
    /// Markdown for the page of a new row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<String>,
    /// The same as compact or Notion blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) content_blocks: Vec<Value>,
    /// Add unknown select options.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) new_options: bool,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// Page id, URL, {"type": "page", "id": ".."}, title (needs `database_id`), or an array of these.
    #[schemars(required)]
    pub(crate) from: Option<Value>,
    /// Likewise; titles need no database.
    #[schemars(required)]
    pub(crate) to: Option<Value>,
    /// Relation of the `from` pages.
    #[schemars(required)]
    pub(crate) relation_property: Option<String>,
    /// Database of the `from` pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) database_id: Option<String>,
    /// Take these links away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) remove: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    #[default]
    StopOnError,
    ContinueOnError,
}

/// One operation.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "for the schema alone")]
struct Shape {
    /// Name of a tool.
    op: Option<String>,
    /// Its arguments.
    args: Option<Map<String, Value>>,
    /// In the place of ids: a filter of `query` for the rows of `database_id`.
    #[serde(rename = "where")]
    filter: Option<Map<String, Value>>,
    database_id: Option<String>,
    /// Refused where more rows match; 100.
    at_most: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bulk {
    /// `stop_on_error` writes nothing at all while any op can't be right.
    #[serde(default)]
    pub(crate) mode: Mode,
    /// At most 1000. {"$ref": "ops.0.id"} in args stands for an earlier op's result.
    #[schemars(with = "Vec<Shape>")]
    pub(crate) ops: Vec<Value>,
    /// Answer all ids. Of more than 20 ops, results that say no more are left out.
    #[serde(default)]
    pub(crate) ids: bool,
}

/// A property and the value that names the row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unique {
    pub(crate) property: String,
    pub(crate) value: Value,
}

impl Upsert {
    /// The pairs that name the row, at least one; none while a reference stands there.
    pub(crate) fn unique(&self) -> Result<Option<Vec<Unique>>, Problem> {
        let Some(given) = self.unique.as_ref() else { return Ok(None) };
        let pairs = match opened(given) {
            Value::Array(pairs) => pairs,
            single => vec![single],
        };
        let pairs: Result<Vec<Unique>, _> =
            pairs.iter().map(|pair| serde_json::from_value(opened(pair))).collect();
        match pairs {
            Ok(pairs) if !pairs.is_empty() => Ok(Some(pairs)),
            _ => Err(Problem::invalid_input(
                "`unique` does not name a property and a value, and nothing else.",
            )
            .hint("Write {\"property\": \"Name\", \"value\": \"Project X\"}.")),
        }
    }

    pub(crate) fn new_options(&self) -> NewOptions {
        if self.new_options { NewOptions::Add } else { NewOptions::Refuse }
    }
}

/// A page as a caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Id(NotionId),
    Title(String),
}

impl Link {
    /// The pages to link from, each once, in their order; none while a reference stands there.
    pub(crate) fn from(&self) -> Result<Option<Vec<Named>>, Problem> {
        let Some(from) = &self.from else { return Ok(None) };
        let mut pages: Vec<Named> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for text in texts("from", from)? {
            let page = match Object::Page.find_unless_name(&text)? {
                Some(id) => Named::Id(id),
                // A link elsewhere is no title; it is refused as what it is.
                None if is_address(&text) => Named::Id(Object::Page.find(&text)?),
                None => Named::Title(text.clone()),
            };
            if seen.insert(match &page {
                Named::Id(id) => id.to_string(),
                Named::Title(title) => title.clone(),
            }) {
                pages.push(page);
            }
        }
        if pages.len() > MAX_PAGES {
            return Err(Problem::limit_exceeded(format!("`from` has {} pages.", pages.len()))
                .hint(format!("Link at most {MAX_PAGES} pages at once.")));
        }
        Ok(Some(pages))
    }

    /// The pages to link to, as the normaliser of relations takes them; none while a reference stands there.
    pub(crate) fn to(&self) -> Result<Option<Value>, Problem> {
        let Some(to) = &self.to else { return Ok(None) };
        Ok(Some(texts("to", to)?.into_iter().map(Value::String).collect()))
    }
}

/// An object or an array that came as text, which models send where a schema leaves the type open.
pub(crate) fn opened(value: &Value) -> Value {
    unwrapped(value, is_container).into_owned()
}

/// The arguments of an operation of `bulk`, which no schema has been held against: what came as text is what it says where
/// the argument takes no text, and null is what is not given.
pub(crate) fn repaired(mut arguments: Map<String, Value>) -> Map<String, Value> {
    arguments.retain(|_, value| !value.is_null());
    for (name, value) in &mut arguments {
        let is_meant: fn(&Value) -> bool = match name.as_str() {
            "properties" => Value::is_object,
            "content_blocks" => Value::is_array,
            "new_options" | "remove" => Value::is_boolean,
            _ => continue,
        };
        if let Cow::Owned(meant) = unwrapped(value, is_meant) {
            *value = meant;
        }
    }
    arguments
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// Ids, URLs and titles out of one or many of them, plain or as objects.
fn texts(name: &str, value: &Value) -> Result<Vec<String>, Problem> {
    let given = match opened(value) {
        Value::Array(pages) => pages,
        Value::Null => Vec::new(),
        single => vec![single],
    };
    let wrong = || {
        Problem::invalid_input(format!("`{name}` has an entry that names no page.")).hint(
            "Write an id, a URL, a title, or {\"type\": \"page\", \"id\": \"...\"}; or an array of these.",
        )
    };
    if given.is_empty() {
        return Err(Problem::invalid_input(format!("`{name}` names no page.")).hint("Name at least one."));
    }
    let names_page = |value: &Value| ["id", "url", "title"].iter().any(|key| value.get(*key).is_some());
    let text = |page: &Value| {
        let text = match &*unwrapped(page, names_page) {
            Value::String(text) => Some(text.clone()),
            Value::Object(page) => {
                if page.keys().any(|key| !["type", "object", "id", "url", "title"].contains(&key.as_str())) {
                    return Err(wrong());
                }
                let is_page = |key: &str| page.get(key).is_none_or(|kind| kind.is_null() || kind == "page");
                if !(is_page("type") && is_page("object")) {
                    return Err(wrong());
                }
                let named = ["id", "url", "title"].iter().find_map(|key| page.get(*key)?.as_str());
                named.map(str::to_owned)
            }
            _ => None,
        };
        text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).ok_or_else(wrong)
    };
    given.iter().map(text).collect()
}

/// The first 60 characters of what a caller sent, for quoting it in a problem.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}
