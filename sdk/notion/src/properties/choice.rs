//! Select, multi-select and status: options by name.

use serde_json::{Value, json};

use super::{Kind, NewOptions, Property, number};
use crate::Error;
use crate::members::only;
use crate::{ARRAY_LIMIT, excerpt, names, rich_text};

pub(super) fn select(property: &Property, value: &Value, new_options: NewOptions) -> Result<Value, Error> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let name = option_name(property, value)?;
    check_comma(property, &name)?;
    option(property, &name, value, new_options)
}

fn check_comma(property: &Property, name: &str) -> Result<(), Error> {
    if !name.contains(',') || property.options.iter().any(|option| option == name) {
        return Ok(());
    }
    Err(property
        .refuse(&format!("has an option `{}` with a comma, which Notion does not take", excerpt(name)))
        .hint(match property.kind {
            Kind::MultiSelect => "Write each option as an element of its own, without commas.",
            _ => "Give the name of one option, without a comma.",
        }))
}

/// New options cannot contain commas, so one bare text `"Draft, Urgent"` can only mean two of them. An element of a list,
/// and Notion's own object, is one option, whatever its name has.
pub(super) fn multi_select(
    property: &Property,
    value: &Value,
    new_options: NewOptions,
) -> Result<Value, Error> {
    let given = match value {
        Value::Null => &[],
        Value::Array(options) => options.as_slice(),
        single => std::slice::from_ref(single),
    };
    let is_bare = value.is_string();
    let mut chosen: Vec<Value> = Vec::new();
    for value in given {
        let whole = option_name(property, value)?;
        let is_one = !is_bare || property.options.contains(&whole);
        if is_one {
            check_comma(property, &whole)?;
        }
        let parts: Vec<&str> = if is_one { vec![&whole] } else { whole.split(',').collect() };
        for name in parts.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
            let option = option(property, name, value, new_options)?;
            if !chosen.iter().any(|known| known.get("name") == option.get("name")) {
                chosen.push(option);
            }
        }
    }
    if chosen.len() > ARRAY_LIMIT {
        return Err(property
            .refuse(&format!("has {} options; Notion takes {ARRAY_LIMIT} in one request", chosen.len())));
    }
    Ok(Value::Array(chosen))
}

/// The API cannot add a status option by naming it, and cannot clear a status: null silently becomes the default.
pub(super) fn status(property: &Property, value: &Value) -> Result<Value, Error> {
    let options: Vec<&str> = property.options.iter().map(String::as_str).collect();
    if value.is_null() {
        return Err(Error::invalid_input(format!("`{}` (status) cannot be empty.", property.name))
            .hint(names::valid("", &options)));
    }
    let name = option_name(property, value)?;
    let name = names::find(&name, &options, &format!("option of `{}`", property.name))?;
    check_color(property, name, value)?;
    Ok(json!({ "name": name }))
}

/// A description given with an option has to be the option's: the value of a page sets none.
fn check_description(property: &Property, name: &str, given: &Value) -> Result<(), Error> {
    let Some(description) = given.get("description").and_then(Value::as_str) else { return Ok(()) };
    let options = property.settings.get("options").and_then(Value::as_array).into_iter().flatten();
    let mut own = options.filter(|option| option.get("name").and_then(Value::as_str) == Some(name));
    let known = own.find_map(|option| option.get("description")?.as_str()).unwrap_or_default();
    if description == known {
        return Ok(());
    }
    Err(property
        .refuse(&format!(
            "has the option `{}` with another description, which a page cannot set",
            excerpt(name)
        ))
        .hint("Leave `description` out; options are described where the database's columns are changed."))
}

/// A color given with an option that is there has to be the option's: Notion changes none.
fn check_color(property: &Property, name: &str, given: &Value) -> Result<(), Error> {
    check_description(property, name, given)?;
    let Some(color) = given.get("color").and_then(Value::as_str) else { return Ok(()) };
    let option = property.settings.get("options").and_then(Value::as_array).into_iter().flatten();
    let own = option.filter(|option| option.get("name").and_then(Value::as_str) == Some(name));
    match own.filter_map(|option| option.get("color")?.as_str()).find(|own| *own != color) {
        None => Ok(()),
        Some(own) => Err(property
            .refuse(&format!("has the option `{}`, which is {own}: Notion changes no color", excerpt(name)))
            .hint("Leave `color` out.")),
    }
}

fn option_name(property: &Property, value: &Value) -> Result<String, Error> {
    let name = match value {
        Value::String(name) => Some(name.trim().to_owned()),
        Value::Number(given) => Some(number::digits(given).map_err(|error| property.blame(error))?),
        Value::Object(option) => {
            only(option, "an option", &["id", "name", "color", "description"])
                .map_err(|error| property.blame(error))?;
            let text = |key: &str| option.get(key).and_then(Value::as_str);
            let named = text("name").map(|name| name.trim().to_owned());
            let by_id = text("id").and_then(|id| name_of(property, id));
            check_id(property, named.as_deref(), text("id"), by_id.as_deref())?;
            named.or(by_id)
        }
        _ => None,
    };
    name.filter(|name| !name.is_empty()).ok_or_else(|| property.refuse("is not the name of an option"))
}

/// An id beside a name has to be that option's.
fn check_id(
    property: &Property,
    name: Option<&str>,
    id: Option<&str>,
    by_id: Option<&str>,
) -> Result<(), Error> {
    let (Some(name), Some(id)) = (name, id) else { return Ok(()) };
    let fault = match by_id {
        Some(other) if names::alike(other, name) => return Ok(()),
        Some(other) => format!("has the id of `{}` beside the name `{}`", excerpt(other), excerpt(name)),
        None => format!("has no option with the id `{}`", excerpt(id)),
    };
    Err(property.refuse(&fault).hint("Give the name alone."))
}

/// The name of the option that has an id.
fn name_of(property: &Property, id: &str) -> Option<String> {
    let options = property.settings.get("options").and_then(Value::as_array)?;
    let option = options.iter().find(|option| option.get("id").and_then(Value::as_str) == Some(id))?;
    option.get("name").and_then(Value::as_str).map(str::to_owned)
}

/// The existing option that is meant, or the new one where that is allowed. Only a new one may be given a color: Notion
/// refuses to change those that there are.
fn option(property: &Property, name: &str, given: &Value, new_options: NewOptions) -> Result<Value, Error> {
    const MAX_NAME_LENGTH: usize = 100;
    rich_text::check_length(name, MAX_NAME_LENGTH).map_err(|error| property.blame(error))?;
    let options: Vec<&str> = property.options.iter().map(String::as_str).collect();
    match names::find(name, &options, &format!("option of `{}`", property.name)) {
        Ok(found) => {
            check_color(property, found, given)?;
            Ok(json!({ "name": found }))
        }
        Err(mut error) if new_options == NewOptions::Refuse => {
            let known = error.hint.take().unwrap_or_default();
            Err(error.hint(format!("{known} A new one is added with `new_options`: true.")))
        }
        Err(_) => {
            check_description(property, name, given)?;
            match given.get("color").and_then(Value::as_str) {
                Some(color) => Ok(json!({ "name": name, "color": color })),
                None => Ok(json!({ "name": name })),
            }
        }
    }
}
