//! Members that Notion answers to describe a block. A caller may send them back unchanged, which asks for nothing; a changed
//! one asks for what an update of a block can't do.

use serde_json::Map;
use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

/// What is in the trash.
const TRASH: [&str; 3] = ["in_trash", "archived", "is_archived"];

/// What Notion answers of every block, and never takes.
const DERIVED: [&str; 5] = ["object", "parent", "created_time", "created_by", "has_children"];

/// True for a change with members of which only the block itself tells whether they ask for something.
pub(crate) fn describes(given: &Map<String, Value>) -> bool {
    given
        .keys()
        .any(|name| TRASH.contains(&name.as_str()) || DERIVED.contains(&name.as_str()) || name == "width")
}

/// Refuses what names another block.
pub(crate) fn check_id(given: &Map<String, Value>, id: &str) -> Result<(), Problem> {
    let Some(named) = given.get("id").filter(|named| !named.is_null()) else { return Ok(()) };
    let named = named.as_str().and_then(|named| Object::Anything.find(named).ok());
    if named.is_some_and(|named| named.to_string() == id) {
        return Ok(());
    }
    Err(Problem::invalid_input("The `id` in `block` is not the one of `block_id`.")
        .hint("Leave it out, or change the other block by its own call."))
}

/// Refuses what the block doesn't say already.
pub(crate) fn check(given: &Map<String, Value>, current: &Value) -> Result<(), Problem> {
    let is = |name: &str| current.get(name).cloned().unwrap_or_default();
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let name = name.as_str();
        let (now, hint) = if TRASH.contains(&name) {
            (is("in_trash"), "Move it to the trash with `delete_block`; the tool `trash` takes it out again.")
        } else if name == "has_children" {
            (is(name), "Append blocks to it by its id, or delete those in it by theirs.")
        } else if name == "parent" {
            (is(name), "A block can't be moved: append it there, and delete it here.")
        } else if name == "width" && current.get("type") == Some(&json!("table")) {
            let width = current.pointer("/table/table_width").cloned();
            (width.unwrap_or_default(), "A table keeps its width: append another table.")
        } else if DERIVED.contains(&name) {
            (is(name), "Notion sets it itself: leave it out.")
        } else {
            continue;
        };
        let is_same = now == *value || TRASH.contains(&name) && now.is_null() && *value == false;
        if !is_same {
            return Err(
                Problem::invalid_input(format!("`{name}` of a block can't be changed here.")).hint(hint)
            );
        }
    }
    Ok(())
}
