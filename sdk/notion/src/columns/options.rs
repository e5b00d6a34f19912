//! Options of a select, multi-select or status column.

use serde_json::{Map, Value, json};

use super::parts::Parts;
use super::rename::OptionRename;
use crate::Error;
use crate::json_text::unwrapped;
use crate::properties::{Kind, Property};
use crate::{ARRAY_LIMIT, excerpt, names, rich_text};

const COLORS: [&str; 10] =
    ["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"];

/// Most characters that Notion takes in the name of an option.
const NAME_LIMIT: usize = 100;

/// What an option takes, for hints.
const MEMBERS: &str =
    "`name`, `color`, `description`, `rename` to a new name, and `new` for one whose name is like another's";

/// The settings with all options that the column shall have: those of before, without the removed and with the new.
pub(super) fn read(parts: &mut Parts, before: Option<&Property>) -> Result<Value, Error> {
    let given = parts.take("options");
    let has_options = given.is_some();
    let removed = list(parts, "remove_options")?;
    groups(parts, before)?;
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
    let before: Vec<Value> = options.clone();
    let removed = remove(parts, &mut options, &removed)?;
    for option in &given {
        let option = Given::read(parts, &unwrapped(option, |meant| meant.get("name").is_some()))?;
        if removed.iter().any(|removed| names::equal(removed, &option.name)) {
            return Err(parts.refuse(
                &format!("has the option `{}` both added and removed", excerpt(&option.name)),
                "Say either.",
            ));
        }
        put(parts, &mut options, &before, option)?;
    }
    if removed.is_empty() && has_options {
        note_kept(parts, &given, &before);
    }
    if options.len() > ARRAY_LIMIT {
        return Err(parts.refuse(
            &format!("would have {} options; Notion takes {ARRAY_LIMIT} in one request", options.len()),
            "Let rows add the others, with `new_options`.",
        ));
    }
    Ok(json!({ "options": options.iter().map(|option| sent(option, &before)).collect::<Value>() }))
}

/// A list that has options of before, or none at all, looks like the whole list, and it isn't: options are only added.
fn note_kept(parts: &mut Parts, given: &[Value], before: &[Value]) {
    let is_given = |known: &&Value| {
        given.iter().any(|given| {
            let name = given.as_str().or_else(|| given.get("name")?.as_str());
            name.is_some_and(|name| names::equal(name, name_of(known)))
                || (given.get("id").is_some() && given.get("id") == known.get("id"))
        })
    };
    let is_change =
        given.iter().any(|given| given.get("rename").is_some() || given.get("description").is_some());
    let kept: Vec<String> = before
        .iter()
        .filter(|known| !is_given(known))
        .take(10)
        .map(|known| format!("`{}`", excerpt(name_of(known))))
        .collect();
    if kept.is_empty() || is_change || !(given.is_empty() || before.iter().any(|known| is_given(&known))) {
        return;
    }
    let verb = if kept.len() == 1 { "stays" } else { "stay" };
    parts.note(&format!("{} {verb}: options are only added, and `remove_options` removes.", kept.join(", ")));
}

/// An option that is there by id and name, with its description where that changes; its color Notion refuses to be told.
fn sent(option: &Value, before: &[Value]) -> Value {
    let Some(known) =
        before.iter().find(|known| known.get("id").is_some() && known.get("id") == option.get("id"))
    else {
        return option.clone();
    };
    let is_sent = |key: &str| match key {
        "id" | "name" => true,
        "description" => option.get(key) != known.get(key),
        _ => false,
    };
    let members = option.as_object().into_iter().flatten().filter(|(key, _)| is_sent(key));
    Value::Object(members.map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn list(parts: &mut Parts, part: &'static str) -> Result<Vec<Value>, Error> {
    match parts.take(part) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(parts.refuse(&format!("has `{part}` that are no array"), "Give an array of names.")),
    }
}

/// The groups of a status are Notion's: those that it answered can be given back, others can't be made.
fn groups(parts: &mut Parts, before: Option<&Property>) -> Result<(), Error> {
    if parts.kind != Kind::Status {
        return Ok(());
    }
    let (Some(given), known) =
        (parts.take("groups"), before.and_then(|before| before.settings.get("groups")))
    else {
        return Ok(());
    };
    match known {
        Some(known) if *known == given => Ok(()),
        Some(_) => Err(parts.refuse("can't have other `groups`", GROUPED_IN_NOTION)),
        None => {
            parts.note(
                "`groups` were left out: Notion puts each new option of a status into the group To-do.",
            );
            Ok(())
        }
    }
}

const GROUPED_IN_NOTION: &str = "Notion's API puts each new option of a status into the group To-do and moves none; move \
                                 them in Notion, and leave `group` and `groups` out.";

fn existing(before: Option<&Property>) -> Vec<Value> {
    let options = before.and_then(|property| property.settings.get("options")).and_then(Value::as_array);
    options.into_iter().flatten().cloned().collect()
}

fn name_of(option: &Value) -> &str {
    option.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Takes options out; answers with their names.
fn remove(parts: &Parts, options: &mut Vec<Value>, removed: &[Value]) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for wanted in removed {
        let known: Vec<&str> = options.iter().map(name_of).collect();
        let wanted = wanted.as_str().or_else(|| wanted.get("name")?.as_str()).unwrap_or_default();
        let found = names::decide(wanted, &known, "option").map_err(|error| {
            parts.refuse(
                &format!("has no option `{}` to remove", excerpt(wanted)),
                error.hint.as_deref().unwrap_or_default(),
            )
        })?;
        let found = found.to_owned();
        options.retain(|option| name_of(option) != found);
        names.push(found);
    }
    Ok(names)
}

/// An option as a caller wrote it.
struct Given {
    id: Option<String>,
    name: String,
    color: Option<String>,
    description: Option<String>,
    rename: Option<String>,
    is_new: bool,
}

impl Given {
    fn read(parts: &Parts, given: &Value) -> Result<Self, Error> {
        let empty = Map::new();
        let mut left = match given {
            Value::Object(members) => members.clone(),
            _ => empty,
        };
        let mut text = |key: &str| match left.shift_remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
            Some(_) => Err(parts.refuse(&format!("has an option whose `{key}` is no text"), "Give a text.")),
        };
        let option = Self {
            id: text("id")?,
            name: given.as_str().map(|name| name.trim().to_owned()).or(text("name")?).unwrap_or_default(),
            color: text("color")?,
            description: text("description")?,
            rename: text("rename")?,
            is_new: match left.shift_remove("new") {
                None | Some(Value::Null | Value::Bool(false)) => false,
                Some(Value::Bool(true)) => true,
                Some(_) => return Err(parts.refuse("has an option whose `new` is not true", "Give true.")),
            },
        };
        match left.keys().next() {
            None => {}
            Some(group) if group == "group" => {
                return Err(parts.refuse("can't choose the `group` of an option", GROUPED_IN_NOTION));
            }
            Some(other) => {
                return Err(parts.refuse(
                    &format!("has an option with the unknown member `{}`", excerpt(other)),
                    &format!("An option is its name, or has {MEMBERS}."),
                ));
            }
        }
        for name in
            [Some(&option.name).filter(|_| option.id.is_none()), option.rename.as_ref()].into_iter().flatten()
        {
            check_name(parts, name)?;
        }
        Ok(option)
    }
}

fn check_name(parts: &Parts, name: &str) -> Result<(), Error> {
    if name.is_empty() || name.contains(',') || rich_text::check_length(name, NAME_LIMIT).is_err() {
        return Err(parts.refuse(
            &format!("cannot have the option `{}`", excerpt(name)),
            "Give each option a name of at most 100 characters, without commas.",
        ));
    }
    Ok(())
}

/// Adds an option, or changes the one that has exactly its name, or its id.
fn put(parts: &mut Parts, options: &mut Vec<Value>, before: &[Value], given: Given) -> Result<(), Error> {
    let has_id = |option: &Value| {
        given.id.is_some() && option.get("id").and_then(Value::as_str) == given.id.as_deref()
    };
    let known: Vec<&str> = options.iter().map(name_of).collect();
    let by_id = options.iter().position(has_id);
    let by_name = || {
        let name = names::decide(&given.name, &known, "option").ok()?;
        known.iter().position(|known| *known == name)
    };
    if let Some(place) = by_id.or_else(by_name) {
        // Another name beside the id of an option is how Notion's own form renames one.
        let renamed = by_id.map(|_| given.name.clone()).filter(|name| !name.is_empty());
        let rename = given.rename.clone().or(renamed);
        return change(parts, options, before, place, &given, rename);
    }
    if let Some(rename) = &given.rename {
        let valid = names::decide(&given.name, &known, "option").err().and_then(|error| error.hint);
        return Err(parts.refuse(
            &format!("has no option `{}` to rename to `{}`", excerpt(&given.name), excerpt(rename)),
            &valid.unwrap_or_default(),
        ));
    }
    check_name(parts, &given.name)?;
    let near = known.iter().find(|known| names::alike(known, &given.name));
    if let (Some(near), false) = (near, given.is_new) {
        return Err(parts.refuse(
            &format!("has an option `{}`, which is like `{}`", excerpt(near), excerpt(&given.name)),
            &format!(
                "Write it exactly, or, for another option beside it, {{\"name\": \"{}\", \"new\": true}}.",
                excerpt(&given.name)
            ),
        ));
    }
    let mut option = Map::from_iter([("name".to_owned(), json!(given.name))]);
    if let Some(color) = &given.color {
        option.insert("color".to_owned(), json!(names::find(color, &COLORS, "color")?));
    }
    if let Some(description) = &given.description {
        option.insert("description".to_owned(), json!(description));
    }
    options.push(Value::Object(option));
    Ok(())
}

/// Changes an option that is there: its description, and its name, which is noted as a step of its own.
fn change(
    parts: &mut Parts,
    options: &mut [Value],
    before: &[Value],
    place: usize,
    given: &Given,
    rename: Option<String>,
) -> Result<(), Error> {
    let Some(option) = options.get_mut(place).and_then(Value::as_object_mut) else { return Ok(()) };
    let text = |key: &str| option.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").unwrap_or_default();
    if let Some(color) = &given.color {
        let color = names::find(color, &COLORS, "color")?;
        if before.iter().any(|before| name_of(before) == name)
            && text("color").is_some_and(|own| own != color)
        {
            return Err(parts.refuse(
                &format!("can't have its option `{}` in another color", excerpt(&name)),
                "Notion's API colors only new options: leave `color` out, or change it in Notion.",
            ));
        }
    }
    if let Some(description) = &given.description {
        option.insert("description".to_owned(), json!(description));
    }
    if let Some(to) = rename.filter(|to| !names::equal(to, &name)) {
        check_name(parts, &to)?;
        let merges = before.iter().map(name_of).find(|other| names::equal(other, &to)).map(str::to_owned);
        parts.rename(OptionRename {
            column: String::new(),
            from: name,
            merges: merges.is_some(),
            to: merges.unwrap_or(to),
        });
    }
    Ok(())
}
