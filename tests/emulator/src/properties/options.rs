//! Options of select, multi-select and status properties.
//!
//! The difference that bites: a page write with an unknown option name makes the option of a select
//! and is refused for a status (public reports).

use serde_json::{Value, json};

use crate::errors::{Refusal, invalid};
use crate::identifiers::Minter;
use crate::json::{Peek, put};
use crate::model::collection::Property;

/// The colors that new options get, in turn.
const COLORS: [&str; 9] = ["blue", "green", "orange", "purple", "pink", "red", "yellow", "brown", "gray"];

/// The option that a request names by id or by name.
pub(crate) fn find<'a>(property: &'a Property, wanted: &Value) -> Option<&'a Value> {
    let options = property.config.items("options");
    match (wanted.text("id"), wanted.text("name")) {
        (Some(id), _) => options.iter().find(|option| option.text("id") == Some(id)),
        (None, Some(name)) => options.iter().find(|option| option.text("name") == Some(name)),
        (None, None) => None,
    }
}

/// An option of a schema by its id, as page values carry it.
pub(crate) fn value_of(property: &Property, id: &str) -> Value {
    property.config.items("options").iter().find(|option| option.text("id") == Some(id)).map_or(
        Value::Null,
        |option| json!({"id": option.at("id"), "name": option.at("name"), "color": option.at("color")}),
    )
}

/// Finds the option that a page write names, and makes it where the type allows that.
pub(crate) fn find_or_make(
    property: &mut Property,
    wanted: &Value,
    minter: &mut Minter,
) -> Result<String, Refusal> {
    if let Some(option) = find(property, wanted) {
        if let Some(color) = wanted.text("color")
            && option.text("color") != Some(color)
        {
            return Err(recolored(&property.kind, option.text("id").unwrap_or_default()));
        }
        return Ok(option.text("id").unwrap_or_default().to_owned());
    }
    let named = wanted.text("name").or(wanted.text("id")).unwrap_or_default();
    if property.kind == "status" {
        return Err(invalid(format!("Invalid status option. Status option \"{named}\" does not exist\".")));
    }
    let Some(name) = wanted.text("name") else {
        return Err(invalid(format!("{} option \"{named}\" does not exist.", property.kind)));
    };
    let option = make(&property.config, wanted, name, minter)?;
    let id = option.text("id").unwrap_or_default().to_owned();
    if let Some(options) = property.config.get_mut("options").and_then(Value::as_array_mut) {
        options.push(option);
    }
    Ok(id)
}

pub(crate) fn recolored(kind: &str, id: &str) -> Refusal {
    invalid(format!("Cannot update color of {kind} with id {id}."))
}

fn refuse_comma(name: &str) -> Result<(), Refusal> {
    if name.contains(',') {
        return Err(invalid(format!("Invalid select option, commas not allowed: {name}")));
    }
    Ok(())
}

fn make(config: &Value, wanted: &Value, name: &str, minter: &mut Minter) -> Result<Value, Refusal> {
    refuse_comma(name)?;
    let turn = config.items("options").len() % COLORS.len();
    let color = wanted.text("color").or(COLORS.get(turn).copied()).unwrap_or("default");
    Ok(json!({
        "id": minter.option_id(), "name": name, "color": color, "description": wanted.at("description"),
    }))
}

/// The options of a schema after a request that gives the whole list: an omitted option is gone, an
/// existing one keeps its id, and neither its color nor (for a status) its name can change.
pub(crate) fn replace(
    kind: &str,
    old: &Value,
    wanted: &[Value],
    minter: &mut Minter,
) -> Result<Value, Refusal> {
    let mut config = json!({"options": []});
    for each in wanted {
        let known = old.items("options").iter().find(|option| match each.text("id") {
            Some(id) => option.text("id") == Some(id),
            None => option.text("name") == each.text("name"),
        });
        let mut option = match known {
            Some(known) => {
                if let Some(color) = each.text("color")
                    && known.text("color") != Some(color)
                {
                    return Err(recolored(kind, known.text("id").unwrap_or_default()));
                }
                known.clone()
            }
            None => make(&config, each, each.text("name").unwrap_or_default(), minter)?,
        };
        if kind != "status"
            && let Some(name) = each.text("name")
        {
            refuse_comma(name)?;
            put(&mut option, "name", json!(name));
        }
        if each.has("description") {
            put(&mut option, "description", each.at("description").clone());
        }
        let duplicate = config.items("options").iter().any(|other| other.text("name") == option.text("name"));
        if duplicate {
            return Err(invalid(format!(
                "Option names must be unique: {} is given twice.",
                option.text("name").unwrap_or_default()
            )));
        }
        if let Some(options) = config.get_mut("options").and_then(Value::as_array_mut) {
            options.push(option);
        }
    }
    Ok(config)
}

/// The groups of a status: what was in a group stays there, what is new is "To-do".
pub(crate) fn regroup(config: &mut Value, old: &Value, minter: &mut Minter) {
    const GROUPS: [(&str, &str); 3] = [("To-do", "gray"), ("In progress", "blue"), ("Complete", "green")];
    let ids: Vec<String> =
        config.items("options").iter().filter_map(|option| option.text("id")).map(str::to_owned).collect();
    let mut groups = Vec::new();
    for (position, (name, color)) in GROUPS.into_iter().enumerate() {
        let before = old.items("groups").iter().find(|group| group.text("name") == Some(name));
        let held_elsewhere = |id: &str| {
            old.items("groups").iter().any(|group| group.items("option_ids").iter().any(|held| held == id))
        };
        let option_ids: Vec<&String> = ids
            .iter()
            .filter(|id| {
                before.is_some_and(|group| group.items("option_ids").iter().any(|held| held == id.as_str()))
                    || (position == 0 && !held_elsewhere(id))
            })
            .collect();
        let id = before.and_then(|group| group.text("id")).map_or_else(|| minter.option_id(), str::to_owned);
        groups.push(json!({"id": id, "name": name, "color": color, "option_ids": option_ids}));
    }
    put(config, "groups", Value::from(groups));
}

/// The option that a new row gets, and that `status: null` falls back to: the first of the first group.
pub(crate) fn default_status(property: &Property) -> Option<String> {
    let grouped = property
        .config
        .items("groups")
        .iter()
        .find_map(|group| group.items("option_ids").iter().find_map(Value::as_str).map(str::to_owned));
    grouped.or_else(|| {
        property.config.items("options").iter().find_map(|option| option.text("id")).map(str::to_owned)
    })
}
