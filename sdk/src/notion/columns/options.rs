//! Options of a select, multi-select or status.

use serde_json::{Map, Value, json};

use super::definition::Parts;
use crate::Problem;
use crate::notion::properties::{Kind, Property};
use crate::notion::{ARRAY_LIMIT, excerpt, names, rich_text};

const COLORS: [&str; 10] =
    ["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"];

/// Most characters that Notion takes in the name of an option.
const NAME_LIMIT: usize = 100;

/// The settings with all options that the column shall have: those of before, without the removed and with the new.
pub(super) fn read(parts: &mut Parts, before: Option<&Property>) -> Result<Value, Problem> {
    let given = parts.take("options");
    let removed = list(parts, "remove_options")?;
    // The groups of a status are Notion's: the API reads past them.
    if parts.kind == Kind::Status {
        parts.take("groups");
    }
    let given = match given {
        None if removed.is_empty() => return Ok(json!({})),
        None => Vec::new(),
        Some(Value::Array(options)) => options,
        Some(_) => {
            return Err(
                parts.refuse("has `options` that are no array", "Give names, such as [\"To do\", \"Done\"].")
            );
        }
    };
    let mut options = existing(before);
    remove(parts, &mut options, &removed)?;
    for option in &given {
        add(parts, &mut options, option)?;
    }
    if options.len() > ARRAY_LIMIT {
        return Err(parts.refuse(
            &format!("would have {} options; Notion takes {ARRAY_LIMIT} in one request", options.len()),
            "Let rows add the others, with `new_options`.",
        ));
    }
    Ok(json!({ "options": options }))
}

fn list(parts: &mut Parts, part: &'static str) -> Result<Vec<Value>, Problem> {
    match parts.take(part) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(parts.refuse(&format!("has `{part}` that are no array"), "Give an array of names.")),
    }
}

/// By id and name. Their colors stay: Notion refuses to change them.
fn existing(before: Option<&Property>) -> Vec<Value> {
    let options = before.and_then(|property| property.settings.get("options")).and_then(Value::as_array);
    let kept = |option: &Value| {
        let keys = ["id", "name"].into_iter();
        keys.filter_map(|key| Some((key.to_owned(), option.get(key)?.clone()))).collect::<Map<_, _>>()
    };
    options.into_iter().flatten().map(|option| Value::Object(kept(option))).collect()
}

fn name_of(option: &Value) -> &str {
    option.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn remove(parts: &Parts, options: &mut Vec<Value>, removed: &[Value]) -> Result<(), Problem> {
    for wanted in removed {
        let names: Vec<&str> = options.iter().map(name_of).collect();
        let wanted = wanted.as_str().unwrap_or_default();
        let found = names::find(wanted, &names, "option").map_err(|problem| {
            parts.refuse("lacks an option that is to be removed", problem.hint.as_deref().unwrap_or_default())
        })?;
        let found = found.to_owned();
        options.retain(|option| name_of(option) != found);
    }
    Ok(())
}

/// Adds an option unless one of that name, or id, is there.
fn add(parts: &Parts, options: &mut Vec<Value>, given: &Value) -> Result<(), Problem> {
    let text = |key: &str| given.get(key).and_then(Value::as_str).map(str::trim);
    let name = given.as_str().map(str::trim).or_else(|| text("name")).unwrap_or_default();
    let by_id = text("id").and_then(|id| {
        options.iter_mut().find(|option| option.get("id").and_then(Value::as_str) == Some(id))
    });
    if let Some(option) = by_id {
        // The one way to rename an option.
        if let (false, Some(option)) = (name.is_empty(), option.as_object_mut()) {
            option.insert("name".to_owned(), json!(name));
        }
        return Ok(());
    }
    if name.is_empty() || name.contains(',') || rich_text::check_length(name, NAME_LIMIT).is_err() {
        return Err(parts.refuse(
            &format!("cannot have the option `{}`", excerpt(name)),
            "Give each option a name of at most 100 characters, without commas.",
        ));
    }
    if options.iter().any(|option| names::alike(name_of(option), name)) {
        return Ok(());
    }
    let mut option = Map::from_iter([("name".to_owned(), json!(name))]);
    if let Some(color) = text("color") {
        option.insert("color".to_owned(), json!(names::find(color, &COLORS, "color")?));
    }
    if let Some(description) = text("description") {
        option.insert("description".to_owned(), json!(description));
    }
    options.push(Value::Object(option));
    Ok(())
}
