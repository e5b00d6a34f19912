//! Select, multi-select and status: options by name.

use serde_json::{Value, json};

use super::Property;
use crate::Problem;
use crate::notion::{ARRAY_LIMIT, names};

/// An option that does not exist yet is sent as it is: Notion adds it.
pub(super) fn select(property: &Property, value: &Value) -> Result<Value, Problem> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let name = option_name(property, value)?;
    if name.contains(',') {
        return Err(property.refuse("has an option name with a comma, which Notion does not take"));
    }
    Ok(json!({ "name": existing(property, &name)?.unwrap_or(name) }))
}

/// Options cannot contain commas, so `"Draft, Urgent"` can only mean two of them.
pub(super) fn multi_select(property: &Property, value: &Value) -> Result<Value, Problem> {
    let given = match value {
        Value::Null => Vec::new(),
        Value::Array(options) => {
            options.iter().map(|option| option_name(property, option)).collect::<Result<_, _>>()?
        }
        single => vec![option_name(property, single)?],
    };
    let mut chosen: Vec<String> = Vec::new();
    for name in given.iter().flat_map(|names| names.split(',')).map(str::trim).filter(|name| !name.is_empty())
    {
        let name = existing(property, name)?.unwrap_or_else(|| name.to_owned());
        if !chosen.contains(&name) {
            chosen.push(name);
        }
    }
    if chosen.len() > ARRAY_LIMIT {
        return Err(property
            .refuse(&format!("has {} options; Notion takes {ARRAY_LIMIT} in one request", chosen.len())));
    }
    Ok(chosen.into_iter().map(|name| json!({ "name": name })).collect())
}

/// The API cannot add a status option by naming it, and cannot clear a status: null silently becomes the default.
pub(super) fn status(property: &Property, value: &Value) -> Result<Value, Problem> {
    let options: Vec<&str> = property.options.iter().map(String::as_str).collect();
    if value.is_null() {
        return Err(Problem::invalid_input(format!("`{}` (status) cannot be empty.", property.name))
            .hint(names::valid("", &options)));
    }
    let name = option_name(property, value)?;
    let name = names::find(&name, &options, &format!("option of `{}`", property.name))?;
    Ok(json!({ "name": name }))
}

fn option_name(property: &Property, value: &Value) -> Result<String, Problem> {
    let name = match value {
        Value::String(name) => Some(name.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(option) => {
            option.get("name").and_then(Value::as_str).map(|name| name.trim().to_owned())
        }
        _ => None,
    };
    name.filter(|name| !name.is_empty()).ok_or_else(|| property.refuse("is not the name of an option"))
}

/// The existing option that is meant, none when it would be a new one.
fn existing(property: &Property, name: &str) -> Result<Option<String>, Problem> {
    const LONGEST_NAME: usize = 100;
    crate::notion::rich_text::check_length(name, LONGEST_NAME).map_err(|problem| property.blame(problem))?;
    let options: Vec<&str> = property.options.iter().map(String::as_str).collect();
    Ok(names::find(name, &options, "option").ok().map(str::to_owned))
}
