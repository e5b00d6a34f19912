//! The objects that a body names.
//!
//! Whatever looks like an id and stands where Notion takes ids is one, unless it is known to be that of something that no
//! part has: a person, an upload, an emoji, an option. Properties are keyed by names that people choose, so a name says
//! nothing of what stands below it.

use std::collections::BTreeSet;

use serde_json::Value;
use toolbay_kernel::narrowing::Object;

use super::objects::{ANY, BLOCK, COMMENT, DATA_SOURCE, DATABASE, PAGE, VIEW};
use super::tags;
use crate::routes::normalise_id;

/// Members below which no id is that of an object.
const OTHERS: [&str; 16] = [
    "people",
    "user",
    "created_by",
    "last_edited_by",
    "verified_by",
    "file_upload",
    "custom_emoji",
    "option_ids",
    "groups",
    "select",
    "multi_select",
    "status",
    "text",
    "equation",
    "external",
    "display_name",
];

/// Members whose keys are names of properties.
const BY_NAME: [&str; 2] = ["properties", "quick_filters"];

/// Members that are markdown when they are text.
const MARKDOWN: [&str; 3] = ["markdown", "new_str", "content"];

/// All objects that a body names, in whatever place.
pub(super) fn of(body: &Value) -> BTreeSet<Object> {
    let mut found = BTreeSet::new();
    walk(body, "", "", false, &mut found);
    found
}

/// `key` is that of the member, `around` the one that the member is in.
fn walk(value: &Value, key: &str, around: &str, is_relation: bool, found: &mut BTreeSet<Object>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let is_relation = is_relation || name == "relation";
                match name.as_str() {
                    by_name if BY_NAME.contains(&by_name) && member.is_object() => {
                        for property in member.as_object().into_iter().flat_map(|named| named.values()) {
                            walk(property, "", "", is_relation, found);
                        }
                    }
                    other if OTHERS.contains(&other) => {}
                    _ => walk(member, name, key, is_relation, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, key, around, is_relation, found)),
        Value::String(text) => {
            if MARKDOWN.contains(&key) {
                found.extend(tags::ids_written(text).into_iter().map(|id| Object::place(ANY, id)));
            }
            let is_property = key.ends_with("property_id");
            let takes_ids = key == "id" || key.ends_with("_id") || key.ends_with("_ids") || is_relation;
            if takes_ids && !is_property && key != "file_upload_id" {
                let names_objects = key != "id" || is_relation;
                match normalise_id(text) {
                    Some(id) => found.insert(Object::place(kind(key, around, is_relation), id)),
                    // What this reader takes for no id Notion may: it is nothing that is known to be inside.
                    None if names_objects => {
                        found.insert(Object::place(kind(key, around, is_relation), text))
                    }
                    None => false,
                };
            }
        }
        _ => {}
    }
}

fn kind(key: &str, around: &str, is_relation: bool) -> &'static str {
    match (key, around) {
        ("data_source_id", _) | ("id", "data_source") => DATA_SOURCE,
        ("database_id", _) | ("id", "database") => DATABASE,
        ("page_id" | "template_id", _) | ("id", "page") => PAGE,
        ("block_id", _) | ("id", "after_block") => BLOCK,
        ("view_id", _) => VIEW,
        ("comment_id", _) => COMMENT,
        _ if is_relation => PAGE,
        _ => ANY,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "59833787-2cf9-4fdf-8782-e53db20768a5";

    fn kinds(body: Value) -> Vec<&'static str> {
        of(&body).into_iter().inspect(|object| assert_eq!(object.id, ID)).map(|object| object.kind).collect()
    }

    #[test]
    fn every_place_that_names_an_object_is_found() {
        for (kind, body) in [
            (PAGE, json!({"parent": {"type": "page_id", "page_id": ID}})),
            (PAGE, json!({"parent": {"page_id": ID.replace('-', "")}})),
            (DATA_SOURCE, json!({"parent": {"data_source_id": ID}})),
            (PAGE, json!({"template": {"type": "template_id", "template_id": ID}})),
            (PAGE, json!({"properties": {"Project": {"relation": [{"id": ID}]}}})),
            (PAGE, json!({"properties": {"people": {"type": "relation", "relation": [{"id": ID}]}}})),
            (PAGE, json!({"properties": {"text": {"rich_text": [{"mention": {"page": {"id": ID}}}]}}})),
            (
                DATABASE,
                json!({"children": [{"paragraph": {"rich_text": [{"mention": {"database": {"id": ID}}}]}}]}),
            ),
            (BLOCK, json!({"children": [{"synced_block": {"synced_from": {"block_id": ID}}}]})),
            (PAGE, json!({"children": [{"toggle": {"children": [{"link_to_page": {"page_id": ID}}]}}]})),
            (BLOCK, json!({"position": {"type": "after_block", "after_block": {"id": ID}}})),
            (DATA_SOURCE, json!({"properties": {"status": {"relation": {"data_source_id": ID}}}})),
            (
                DATA_SOURCE,
                json!({"initial_data_source": {"properties": {"R": {"relation": {"data_source_id": ID}}}}}),
            ),
            (PAGE, json!({"filter": {"and": [{"property": "R", "relation": {"contains": ID}}]}})),
            (PAGE, json!({"quick_filters": {"select": {"relation": {"contains": ID}}}})),
            (VIEW, json!({"placement": {"view_id": ID}})),
            (ANY, json!({"discussion_id": ID})),
            (ANY, json!({"new_member": {"some_id": ID}})),
            (ANY, json!({"markdown": format!("a <mention-page url=\"https://app.notion.com/p/{ID}\"/>")})),
            (
                ANY,
                json!({"update_content": {"content_updates": [{"old_str": "a", "new_str": format!("<page url=\"{ID}\">x</page>")}]}}),
            ),
        ] {
            assert_eq!(kinds(body.clone()), [kind], "{body}");
        }
    }

    #[test]
    fn what_is_spelt_like_no_id_names_something_that_is_not_inside() {
        let spelt = "598337872cf9-4fdf-8782-e53db20768a5";
        for body in [
            json!({"template": {"type": "template_id", "template_id": spelt}}),
            json!({"children": [{"synced_block": {"synced_from": {"block_id": spelt}}}]}),
            json!({"properties": {"R": {"relation": [{"id": spelt}]}}}),
        ] {
            assert_eq!(of(&body).len(), 1, "{body}");
        }
    }

    #[test]
    fn ids_of_other_things_and_texts_are_none() {
        for body in [
            json!({"properties": {"Owner": {"people": [{"id": ID}]}, "A": {"select": {"id": ID}}}}),
            json!({"properties": {"F": {"files": [{"name": "x", "file_upload": {"id": ID}}]}}}),
            json!({"icon": {"custom_emoji": {"id": ID}}, "attachments": [{"file_upload_id": ID}]}),
            json!({"children": [{"paragraph": {"rich_text": [{"text": {"content": ID}}, {"mention": {"user": {"id": ID}}}]}}]}),
            json!({"filter": {"property": "Name", "title": {"equals": ID}}, "query": ID}),
            json!({"markdown": format!("plain {ID}, [link](https://app.notion.com/p/{ID})")}),
        ] {
            assert!(of(&body).is_empty(), "{body}");
        }
    }
}
