//! The objects of Notion: what kinds there are, how each is read, and what it says of where it is.

use serde_json::{Map, Value, json};
use toolbay_kernel::narrowing::{Above, Fact, Object};

use super::member::text;
use crate::request::NotionRequest;
use crate::routes::{self, normalise_id};

pub(super) const PAGE: &str = "page";
pub(super) const BLOCK: &str = "block";
pub(super) const DATABASE: &str = "database";
pub(super) const DATA_SOURCE: &str = "data_source";
pub(super) const VIEW: &str = "view";
pub(super) const COMMENT: &str = "comment";

/// Something that is named by an id alone: a page, a block or a database, or else a data source.
pub(super) const ANY: &str = "any";

/// The rule of a data source that all its relations lead inside, and so on from there: what is computed from related rows
/// shows nothing from outside.
pub(super) const CLOSED: &str = "closed";

pub(super) const KINDS: [&str; 8] = [PAGE, BLOCK, DATABASE, DATA_SOURCE, VIEW, COMMENT, ANY, CLOSED];

/// The rule of a data source that is closed.
pub(super) fn closed(data_source: &str) -> Object {
    Object::rule(CLOSED, data_source)
}

/// The objects among the ids that a path names.
pub(super) fn named(request: &NotionRequest) -> Vec<Object> {
    let words = request.entry.template.split('/').skip(1);
    let of_segment = |(word, segment): (&str, &String)| {
        let kind = match word {
            // A block's content can be read as markdown too, as that of a page.
            "{page_id}" if request.entry.template.ends_with("/markdown") && !request.writes() => BLOCK,
            "{page_id}" => PAGE,
            "{block_id}" => BLOCK,
            "{database_id}" => DATABASE,
            "{data_source_id}" => DATA_SOURCE,
            "{view_id}" => VIEW,
            "{comment_id}" => COMMENT,
            _ => return None,
        };
        Some(Object::place(kind, segment.clone()))
    };
    words.zip(&request.segments).filter_map(of_segment).collect()
}

/// The requests that read an object.
pub(super) fn looks(object: &Object) -> Vec<NotionRequest> {
    let kinds: &[&str] = match object.kind {
        PAGE => &["pages"],
        BLOCK => &["blocks"],
        DATABASE => &["databases"],
        DATA_SOURCE | CLOSED => &["data_sources"],
        VIEW => &["views"],
        COMMENT => &["comments"],
        _ => &["blocks", "data_sources"],
    };
    let read = |kind: &&str| {
        let segments = ["v1", *kind, object.id.as_str()].map(str::to_owned);
        routes::read(&segments, Vec::new()).ok()
    };
    kinds.iter().filter_map(read).collect()
}

/// What an answer says that was given when `object` was read.
pub(super) fn facts(object: &Object, answer: &Value) -> Vec<(Object, Fact)> {
    let mut facts = told(answer);
    let is_there = facts.iter().any(|(about, _)| about == object);
    // It was named by its id alone, or as a block.
    if !is_there
        && object.is_place()
        && let Some((_, fact)) = facts.iter().find(|(about, _)| about.is_place())
    {
        let fact = fact.clone();
        facts.push((object.clone(), fact));
    }
    facts
}

/// What an object says of itself.
pub(super) fn told(object: &Value) -> Vec<(Object, Fact)> {
    let Some(id) = text(object, "id").and_then(normalise_id) else { return Vec::new() };
    let parent = above(object.get("parent"));
    let placed = |kind, above, needs| {
        let place = Object::place(kind, id.clone());
        vec![(place, Fact { above, needs, detail: Value::Null })]
    };
    match text(object, "object") {
        Some("page") => placed(PAGE, parent, Vec::new()),
        Some("comment") => placed(COMMENT, parent, Vec::new()),
        Some("block") => placed(BLOCK, parent, needs_of_block(object, &id)),
        Some("database") => placed(DATABASE, parent, needs_of_database(object)),
        Some("view") => {
            let shown = text(object, "data_source_id").and_then(normalise_id);
            let needs = shown.map(|id| Object::place(DATA_SOURCE, id)).into_iter().collect();
            placed(VIEW, parent, needs)
        }
        Some("data_source") => {
            let columns = columns(object);
            let related = columns.values().filter_map(|column| column.get("relation"));
            let needs = related.flat_map(|target| {
                // A relation that doesn't say where it leads needs something that isn't there.
                let target = target.as_str().unwrap_or_default();
                [Object::place(DATA_SOURCE, target), closed(target)]
            });
            let rule = Fact { above: Above::Rule, needs: needs.collect(), detail: Value::Null };
            let place = Fact { above: parent, needs: Vec::new(), detail: Value::Object(columns) };
            vec![(Object::place(DATA_SOURCE, id.clone()), place), (closed(&id), rule)]
        }
        _ => Vec::new(),
    }
}

/// A copy shows the content of its original, and the block of a database shows that.
fn needs_of_block(block: &Value, id: &str) -> Vec<Object> {
    let original = block.pointer("/synced_block/synced_from/block_id").and_then(Value::as_str);
    let original = original.map(|id| Object::place(BLOCK, normalise_id(id).unwrap_or_default()));
    let is_database = text(block, "type") == Some("child_database");
    original.into_iter().chain(is_database.then(|| Object::place(DATABASE, id))).collect()
}

/// A linked database shows a data source that may be elsewhere, by its name. One that shows none isn't known to be none.
fn needs_of_database(database: &Value) -> Vec<Object> {
    let shown = database.get("data_sources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let id = |shown: &Value| text(shown, "id").and_then(normalise_id).unwrap_or_default();
    let shown: Vec<Object> = shown.iter().map(|shown| Object::place(DATA_SOURCE, id(shown))).collect();
    if shown.is_empty() { vec![Object::place(DATA_SOURCE, "")] } else { shown }
}

/// What a parent says.
pub(super) fn above(parent: Option<&Value>) -> Above {
    const KEYS: [(&str, &str); 5] = [
        ("data_source_id", DATA_SOURCE),
        ("page_id", PAGE),
        ("block_id", BLOCK),
        ("database_id", DATABASE),
        ("view_id", VIEW),
    ];
    let Some(parent) = parent else { return Above::Nothing };
    let named = text(parent, "type");
    let mut keys = KEYS.iter().filter(|(key, _)| named.is_none_or(|named| named == *key));
    let object = keys.find_map(|(key, kind)| {
        let id = text(parent, key).and_then(normalise_id)?;
        Some(Object::place(kind, id))
    });
    object.map_or(Above::Nothing, Above::Object)
}

/// The columns of a data source by name and by id: where a relation leads, whether a value is computed, or a text.
fn columns(data_source: &Value) -> Map<String, Value> {
    let properties = data_source.get("properties").and_then(Value::as_object);
    let mut columns = Map::new();
    for (name, property) in properties.into_iter().flatten() {
        let column = match text(property, "type") {
            Some("relation") => {
                let target = property.pointer("/relation/data_source_id").and_then(Value::as_str);
                json!({"relation": target.and_then(normalise_id)})
            }
            Some("rollup" | "formula") => json!({"computed": true}),
            Some("title" | "rich_text") => json!({"text": name}),
            _ => json!({}),
        };
        let id = text(property, "id").unwrap_or_default();
        let decoded = toolbay_sdk_notion::percent::decode(id);
        for key in [Some(name.clone()), Some(id.to_owned()), decoded].into_iter().flatten() {
            columns.insert(key, column.clone());
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "59833787-2cf9-4fdf-8782-e53db20768a5";
    const OTHER: &str = "01234567-89ab-4def-8123-456789abcdef";

    fn only(object: &Value) -> (Object, Fact) {
        let told = told(object);
        assert_eq!(told.len(), 1);
        told.into_iter().next().unwrap()
    }

    #[test]
    fn a_parent_is_read_by_its_type() {
        let place = |kind| Above::Object(Object::place(kind, OTHER));
        let row = json!({"type": "data_source_id", "data_source_id": OTHER, "database_id": ID});
        assert_eq!(above(Some(&row)), place(DATA_SOURCE));
        assert_eq!(above(Some(&json!({"type": "database_id", "database_id": OTHER}))), place(DATABASE));
        assert_eq!(above(Some(&json!({"page_id": OTHER.replace('-', "")}))), place(PAGE));
        for nowhere in [
            json!({"type": "workspace", "workspace": true}),
            json!({"type": "new_id", "page_id": ID}),
            json!(null),
        ] {
            assert_eq!(above(Some(&nowhere)), Above::Nothing, "{nowhere}");
        }
        assert_eq!(above(None), Above::Nothing);
    }

    #[test]
    fn what_shows_something_else_needs_it() {
        let parent = json!({"type": "page_id", "page_id": OTHER});
        let copy = json!({"object": "block", "id": ID, "parent": parent, "type": "synced_block",
            "synced_block": {"synced_from": {"type": "block_id", "block_id": OTHER}}});
        assert_eq!(only(&copy).1.needs, [Object::place(BLOCK, OTHER)]);
        let original = json!({"object": "block", "id": ID, "parent": parent, "type": "synced_block", "synced_block": {"synced_from": null}});
        assert_eq!(only(&original).1.needs, []);
        let block = json!({"object": "block", "id": ID, "parent": parent, "type": "child_database", "child_database": {"title": "x"}});
        assert_eq!(only(&block).1.needs, [Object::place(DATABASE, ID)]);
        let linked = json!({"object": "database", "id": ID, "parent": parent, "data_sources": [{"id": OTHER, "name": "x"}]});
        assert_eq!(only(&linked).1.needs, [Object::place(DATA_SOURCE, OTHER)]);
        let unknown = json!({"object": "database", "id": ID, "parent": parent, "data_sources": []});
        assert!(looks(&only(&unknown).1.needs[0]).is_empty());
    }

    #[test]
    fn a_data_source_says_where_it_is_and_where_its_relations_lead() {
        let source = json!({"object": "data_source", "id": ID, "parent": {"type": "database_id", "database_id": OTHER}, "properties": {
            "Name": {"id": "title", "type": "title", "title": {}},
            "Rel": {"id": "a%3Ab", "type": "relation", "relation": {"data_source_id": OTHER}},
            "Lost": {"id": "x", "type": "relation", "relation": {}},
            "Sum": {"id": "y", "type": "rollup", "rollup": {}},
        }});
        let told = told(&source);
        assert_eq!(told[0].0, Object::place(DATA_SOURCE, ID));
        assert_eq!(told[0].1.detail["a:b"], json!({"relation": OTHER}));
        assert_eq!(told[0].1.detail["Sum"], json!({"computed": true}));
        assert_eq!(told[1].0, closed(ID));
        assert!(told[1].1.needs.contains(&Object::place(DATA_SOURCE, OTHER)));
        assert!(told[1].1.needs.contains(&Object::place(DATA_SOURCE, "")));
    }

    #[test]
    fn what_was_named_by_its_id_alone_is_told_too() {
        let block = json!({"object": "block", "id": ID, "parent": {"type": "page_id", "page_id": OTHER}, "type": "paragraph"});
        let told = facts(&Object::place(ANY, ID), &block);
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].1, told[1].1);
    }
}
