//! One value of a row, as small as it can be said.

use serde_json::Value;

use crate::NotionId;
use crate::json_text;
use crate::properties::known::is_cut;
use crate::properties::plain::plain;

/// A plain value.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) value: Value,
    /// Whether it is all of it.
    pub(super) is_whole: bool,
    /// Whether Notion computes it.
    pub(super) is_computed: bool,
}

/// Reads one of Notion's values: at most `longest` characters of a text, and as many elements of an array as fit into
/// that.
pub(super) fn read(property: Option<&Value>, is_relation: bool, longest: usize) -> Cell {
    let Some(property) = property else { return Cell { is_whole: true, ..Cell::default() } };
    let value = plain(property).unwrap_or_default();
    let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
    let whole = !is_cut(property);
    if is_relation {
        let ids = value.as_array().into_iter().flatten();
        let ids: Vec<Value> = ids.filter_map(Value::as_str).map(|text| id(text).into()).collect();
        let value = if ids.is_empty() { Value::Null } else { ids.into() };
        return Cell { value, is_whole: whole, is_computed: false };
    }
    let value = if matches!(kind, "files" | "rollup") { named(value) } else { value };
    let (value, is_all) = shortened(value, longest);
    Cell { value, is_whole: is_all && whole, is_computed: matches!(kind, "formula" | "rollup") }
}

/// An id as links have it, which every tool takes: the dashes alone are a fifth of its tokens.
#[must_use]
pub fn id(text: &str) -> String {
    text.parse::<NotionId>().map_or_else(|_| text.to_owned(), |id| id.undashed())
}

/// Files that Notion hosts by their names alone: their links cost more than the rest of the row, and end within the hour.
fn named(value: Value) -> Value {
    match value {
        Value::Array(elements) => elements.into_iter().map(named).collect(),
        Value::Object(mut object) => match object.get_mut("name").map(Value::take) {
            Some(name @ Value::String(_)) => name,
            _ => Value::Object(object),
        },
        other => other,
    }
}

/// What fits of a value, and whether that is all of it.
fn shortened(value: Value, longest: usize) -> (Value, bool) {
    match value {
        Value::String(text) if text.len() > longest => match text.char_indices().nth(longest) {
            Some((end, _)) => {
                let kept = text.get(..end).unwrap_or_default();
                (format!("{kept}...").into(), false)
            }
            None => (text.into(), true),
        },
        Value::Array(elements) => {
            let (mut kept, mut left, mut is_whole) = (Vec::new(), longest, true);
            for element in elements {
                let (element, is_all) = shortened(element, longest);
                let size = json_text::size(&element);
                if size > left {
                    is_whole = false;
                    break;
                }
                left -= size;
                is_whole &= is_all;
                kept.push(element);
            }
            (kept.into(), is_whole)
        }
        other => (other, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cell(property: Value) -> (Value, bool) {
        let is_relation = property["type"] == "relation";
        let cell = read(Some(&property), is_relation, 20);
        (cell.value, cell.is_whole)
    }

    #[test]
    fn ids_lose_their_dashes_and_people_theirs() {
        let id = "59833787-e2cf-4fdf-8782-e53db20768a5";
        let relation = json!({ "type": "relation", "relation": [{ "id": id }], "has_more": false });
        assert_eq!(cell(relation), (json!(["59833787e2cf4fdf8782e53db20768a5"]), true));
        let people = json!({ "type": "people", "people": [{ "id": id, "name": "Ada" }] });
        assert_eq!(cell(people), (json!(["Ada"]), true));
    }

    #[test]
    fn what_is_cut_is_known_to_be() {
        let relation = json!({ "type": "relation", "relation": [{ "id": "a" }], "has_more": true });
        assert_eq!(cell(relation), (json!(["a"]), false));
        let text = json!({ "type": "rich_text", "rich_text": [{ "plain_text": "\u{1F600}".repeat(21) }] });
        assert_eq!(cell(text), (json!(format!("{}...", "\u{1F600}".repeat(20))), false));
        let tags = json!({ "type": "multi_select", "multi_select": [{ "name": "alpha" }, { "name": "beta" }, { "name": "gammas" }] });
        assert_eq!(cell(tags), (json!(["alpha", "beta"]), false));
        let people: Vec<Value> = (0..25).map(|_| json!({ "id": "x" })).collect();
        assert!(!cell(json!({ "type": "people", "people": people })).1);
    }

    #[test]
    fn hosted_files_are_their_names_and_other_objects_stay() {
        let file =
            json!({ "name": "Plan.pdf", "type": "file", "file": { "url": "https://example.com/signed" } });
        assert_eq!(cell(json!({ "type": "files", "files": [file] })), (json!(["Plan.pdf"]), true));
        let place = json!({ "lat": 1.5, "lon": 2.5, "name": "Mill" });
        assert_eq!(cell(json!({ "type": "place", "place": place })), (place, true));
    }

    #[test]
    fn nothing_is_null() {
        assert_eq!(cell(json!({ "type": "relation", "relation": [] })), (json!(null), true));
        assert_eq!(cell(json!({ "type": "number", "number": null })), (json!(null), true));
        assert_eq!(cell(json!({ "type": "checkbox", "checkbox": false })), (json!(false), true));
    }
}
