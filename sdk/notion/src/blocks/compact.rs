//! Notion's block objects into compact ones.

use serde_json::{Map, Value, json};

use super::kind::{self, Kind};
use super::member::{Form, number};
use super::tree::{DEPTH_LIMIT, body, children, kind_of};

/// The small form of one of Notion's block objects: `type`, `text` and so on, and nothing that is a default. With an id
/// where the block has one.
///
/// `has_children` stands there when a block has children that were not read, `more` when only the first of them were.
/// A table's rows are `rows` where they have no ids, else `children`. Types that are unknown here keep their name and id.
#[must_use]
pub fn compact(block: &Value) -> Value {
    compact_at(block, 0)
}

fn compact_at(block: &Value, depth: usize) -> Value {
    let mut small = Map::new();
    let mut put = |name: &str, value: Value| {
        small.insert(name.to_owned(), value);
    };
    if let Some(id) = block.get("id") {
        put("id", id.clone());
    }
    let name = kind_of(block);
    put("type", name.into());
    let kind = kind::any(name);
    let nested = children(block);
    for (member, value) in kind.into_iter().flat_map(|kind| values(kind, block, !nested.is_empty())) {
        put(member, value);
    }
    if depth >= DEPTH_LIMIT {
        if !nested.is_empty() {
            put("has_children", true.into());
        }
        return Value::Object(small);
    }
    match rows(block) {
        Some(rows) => put("rows", rows),
        None if !nested.is_empty() => {
            put("children", nested.iter().map(|child| compact_at(child, depth + 1)).collect());
        }
        None => {
            if name == "table"
                && let Some(width) = body(block).and_then(|body| body.get("table_width"))
            {
                put("width", width.clone());
            }
            let is_page = matches!(name, "child_page" | "child_database");
            if !is_page && block.get("has_children").and_then(Value::as_bool) == Some(true) {
                put("has_children", true.into());
            }
        }
    }
    if let Some(more) = block.get("more") {
        put("more", more.clone());
    }
    Value::Object(small)
}

/// The members of a block that say something.
fn values<'block>(
    kind: &'static Kind,
    block: &'block Value,
    has_children: bool,
) -> impl Iterator<Item = (&'static str, Value)> + 'block {
    let body = body(block);
    kind.members
        .iter()
        // A heading with something in it can be folded; that needs no words.
        .filter(move |member| !(has_children && member.name == "toggle"))
        .filter_map(move |member| {
            let value = body.and_then(|body| body.get(member.key))?;
            // Notion says here what an ordinary list has too.
            let is_default = member.form == Form::Read && (*value == number(1) || value == "numbers");
            (!is_default).then(|| member.read(value)).flatten().map(|value| (member.name, value))
        })
}

/// A table's rows as arrays of texts, where they are nothing but rows.
fn rows(table: &Value) -> Option<Value> {
    let rows = children(table);
    if kind_of(table) != "table" || rows.is_empty() {
        return None;
    }
    let plain = rows.iter().map(|row| {
        (kind_of(row) == "table_row" && row.get("id").is_none()).then_some(())?;
        compact_at(row, 0).get_mut("cells").map(Value::take)
    });
    plain.collect::<Option<Vec<_>>>().map(|rows| json!(rows))
}
