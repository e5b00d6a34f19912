//! Relations, and rollups over them.

use serde_json::{Map, Value, json};

use super::parts::{Around, Parts};
use crate::Error;
use crate::properties::{Kind, Property};
use crate::{Object, excerpt, names};

const FUNCTIONS: [&str; 24] = [
    "show_original",
    "count",
    "count_values",
    "sum",
    "average",
    "median",
    "min",
    "max",
    "range",
    "earliest_date",
    "latest_date",
    "date_range",
    "checked",
    "unchecked",
    "percent_checked",
    "percent_unchecked",
    "empty",
    "not_empty",
    "percent_empty",
    "percent_not_empty",
    "unique",
    "show_unique",
    "count_per_group",
    "percent_per_group",
];

pub(super) fn relation(parts: &mut Parts, before: Option<&Property>) -> Result<Value, Error> {
    let database = parts.take_text("database_id")?;
    let target = parts.take_text("data_source_id")?.or(database);
    let target = match (target, before.and_then(Property::related)) {
        (Some(target), _) => Object::Database.find(&target)?.to_string(),
        (None, Some(target)) => target.to_owned(),
        (None, None) => {
            return Err(parts.refuse("does not say to what", "Give `database_id`, the related database."));
        }
    };
    let two_way = parts.take("two_way");
    let single = parts.take("single_property");
    let dual = parts.take("dual_property");
    let named = match (two_way, &dual) {
        (Some(Value::String(name)), _) if !name.trim().is_empty() => {
            Some(json!({ "synced_property_name": name.trim() }))
        }
        (Some(Value::Bool(true)), _) => Some(json!({})),
        (None, Some(dual)) if single.is_none() => Some(dual.clone()),
        // What isn't said stays: without its other side the related database would lose a column.
        (None, None) if single.is_none() => kept_side(before, &target),
        (None | Some(Value::Bool(false) | Value::Null), _) => None,
        _ => {
            return Err(parts.refuse(
                "has a `two_way` that is neither true, false nor a name",
                "Give the name of the column on the other side.",
            ));
        }
    };
    Ok(match named {
        Some(dual) => json!({ "data_source_id": target, "type": "dual_property", "dual_property": dual }),
        None => json!({ "data_source_id": target, "type": "single_property", "single_property": {} }),
    })
}

/// The other side of a two-way relation to the same data source.
fn kept_side(before: Option<&Property>, target: &str) -> Option<Value> {
    let before = before.filter(|property| property.related() == Some(target))?;
    let name = before.settings.pointer("/dual_property/synced_property_name")?;
    Some(json!({ "synced_property_name": name }))
}

/// The rolled up property is another data source's, so only Notion can check its name.
pub(super) fn rollup(
    parts: &mut Parts,
    before: Option<&Property>,
    around: &Around<'_>,
) -> Result<Value, Error> {
    let mut settings = Map::new();
    let kept = |key: &str| before.and_then(|property| property.settings.get(key)).cloned();
    let by_id = parts.take("relation_property_id");
    let by_name = parts.take_text("relation_property_name")?;
    match (parts.take_text("relation")?.or(by_name), by_id) {
        (Some(name), _) => {
            settings
                .insert("relation_property_name".to_owned(), json!(relation_named(parts, &name, around)?));
        }
        (None, id) => {
            let id = id.or_else(|| kept("relation_property_id")).ok_or_else(|| {
                parts.refuse(
                    "does not say over which relation",
                    "Give `relation`, the name of a relation column.",
                )
            })?;
            settings.insert("relation_property_id".to_owned(), id);
        }
    }
    let by_id = parts.take("rollup_property_id");
    let by_name = parts.take_text("rollup_property_name")?;
    match (parts.take_text("property")?.or(by_name), by_id) {
        (Some(name), _) => {
            settings.insert("rollup_property_name".to_owned(), json!(name));
        }
        (None, id) => {
            let id = id.or_else(|| kept("rollup_property_id")).ok_or_else(|| {
                parts.refuse(
                    "does not say what it rolls up",
                    "Give `property`, a column of the related database.",
                )
            })?;
            settings.insert("rollup_property_id".to_owned(), id);
        }
    }
    let function = match parts.take_text("function")? {
        Some(function) => json!(names::find(&function.replace('-', "_"), &FUNCTIONS, "function")?),
        None => kept("function").unwrap_or_else(|| json!("show_original")),
    };
    settings.insert("function".to_owned(), function);
    Ok(Value::Object(settings))
}

/// A relation that is there, or that is made in the same request.
fn relation_named(parts: &Parts, name: &str, around: &Around<'_>) -> Result<String, Error> {
    let is_relation = |definition: &Value| {
        definition.as_str().is_some_and(|kind| Kind::Relation.is_called(kind))
            || definition
                .get("type")
                .and_then(Value::as_str)
                .is_some_and(|kind| Kind::Relation.is_called(kind))
            || definition.get("relation").is_some_and(Value::is_object)
    };
    let made =
        around.given.iter().filter(|(_, definition)| is_relation(definition)).map(|(name, _)| name.as_str());
    let present = around.current.map(|schema| schema.properties()).unwrap_or_default();
    let present = present
        .iter()
        .filter(|property| property.kind == Kind::Relation)
        .map(|property| property.name.as_str());
    let mut relations: Vec<&str> = made.chain(present).collect();
    relations.sort_unstable();
    relations.dedup();
    let found = names::decide(name, &relations, "relation column").map_err(|error| {
        parts.refuse(
            &format!("names no relation column with `{}`", excerpt(name)),
            error.hint.as_deref().unwrap_or_default(),
        )
    })?;
    Ok(found.to_owned())
}
