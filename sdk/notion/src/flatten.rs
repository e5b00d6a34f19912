//! Pages and search results as small flat rows.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::properties::known;
use super::properties::plain::{is_empty, plain};
use super::rich_text::plain_text;

/// How much of an object a tool answers with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// A small flat row.
    #[default]
    Compact,
    /// Notion's own object.
    Full,
}

// By hand, because documented variants would become a `oneOf`, which clients refuse.
impl JsonSchema for Detail {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Detail".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "type": "string", "enum": ["compact", "full"] })
    }
}

/// A page as `{id, url, title, properties}` with plain values and nothing empty, or as it is for [`Detail::Full`].
///
/// The title stands beside the properties, not among them. `in_trash` is there when it is true, `cut` names the
/// properties of which Notion may have answered only a part, and `not_computed` those that it did not compute.
#[must_use]
pub fn flatten(page: &Value, detail: Detail) -> Value {
    if detail == Detail::Full {
        return page.clone();
    }
    let mut row = Map::new();
    for key in ["id", "url"] {
        row.extend(page.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    row.extend(title(page).map(|title| ("title".to_owned(), Value::String(title))));
    if page.get("in_trash").and_then(Value::as_bool) == Some(true) {
        row.insert("in_trash".to_owned(), Value::Bool(true));
    }
    row.insert("properties".to_owned(), Value::Object(properties(page)));
    put_unknown(page, &mut row);
    row.retain(|_, value| !is_empty(value));
    Value::Object(row)
}

/// Names in `cut` and `not_computed` what a page's plain values leave unsaid.
pub fn put_unknown(page: &Value, answer: &mut Map<String, Value>) {
    let mut put = |key: &str, is_unknown: fn(&Value) -> bool| {
        let names: Vec<&String> =
            all(page).filter(|(_, value)| is_unknown(value)).map(|(name, _)| name).collect();
        if !names.is_empty() {
            answer.insert(key.to_owned(), json!(names));
        }
    };
    put("cut", known::is_cut);
    put("not_computed", known::is_not_computed);
}

/// The plain values of a page's properties, without the title and whatever is empty.
#[must_use]
pub fn properties(page: &Value) -> Map<String, Value> {
    all(page)
        .filter(|(_, property)| !is_title(property))
        .filter_map(|(name, property)| Some((name.clone(), plain(property)?)))
        .collect()
}

/// The title of a page, a database or a data source; none when it is empty.
#[must_use]
pub fn title(object: &Value) -> Option<String> {
    let text = match object.get("title") {
        Some(elements) => plain_text(elements),
        None => all(object)
            .find(|(_, property)| is_title(property))
            .and_then(|(_, property)| property.get("title"))
            .map(plain_text)?,
    };
    (!text.is_empty()).then_some(text)
}

/// What an object is in, as `{"type", "id"}` with the type `page`, `block`, `database`, `data_source` or `workspace`.
#[must_use]
pub fn parent(object: &Value) -> Option<Value> {
    let parent = object.get("parent")?;
    let kind = parent.get("type").and_then(Value::as_str)?;
    let name = kind.strip_suffix("_id").unwrap_or(kind);
    Some(match parent.get(kind).and_then(Value::as_str) {
        Some(id) => json!({ "type": name, "id": id }),
        None => json!({ "type": name }),
    })
}

fn all(page: &Value) -> impl Iterator<Item = (&String, &Value)> {
    page.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn is_title(property: &Value) -> bool {
    property.get("type").and_then(Value::as_str) == Some("title")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Value {
        json!({
            "object": "page", "id": "p", "url": "https://app.notion.com/p/p", "in_trash": false, "cover": null,
            "parent": { "type": "data_source_id", "data_source_id": "d", "database_id": "b" },
            "properties": {
                "Name": { "id": "title", "type": "title", "title": [{ "plain_text": "Road map" }] },
                "Done": { "id": "a", "type": "checkbox", "checkbox": false },
                "Due": { "id": "b", "type": "date", "date": null },
                "Tasks": { "id": "c", "type": "relation", "relation": [{ "id": "t" }], "has_more": true },
            },
        })
    }

    #[test]
    fn a_page_becomes_a_small_row() {
        let row = json!({
            "id": "p", "url": "https://app.notion.com/p/p", "title": "Road map",
            "properties": { "Done": false, "Tasks": ["t"] }, "cut": ["Tasks"],
        });
        assert_eq!(flatten(&page(), Detail::Compact), row);
        assert_eq!(flatten(&page(), Detail::Full), page());
    }

    #[test]
    fn a_page_that_may_not_be_seen_whole_still_has_its_id() {
        assert_eq!(flatten(&json!({ "object": "page", "id": "p" }), Detail::Compact), json!({ "id": "p" }));
    }

    #[test]
    fn parents_and_titles_are_flat() {
        assert_eq!(parent(&page()), Some(json!({ "type": "data_source", "id": "d" })));
        assert_eq!(
            parent(&json!({ "parent": { "type": "workspace", "workspace": true } })),
            Some(json!({ "type": "workspace" }))
        );
        assert_eq!(
            title(&json!({ "object": "data_source", "title": [{ "plain_text": "Tasks" }] })).as_deref(),
            Some("Tasks")
        );
    }
}
