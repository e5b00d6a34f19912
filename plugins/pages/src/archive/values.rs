//! The values of a row in the form in which another database takes them.

use serde_json::Map;
use toolbay_sdk::notion::properties::{Kind, Property};
use toolbay_sdk::notion::{ARRAY_LIMIT, Schema, markdown, names};
use toolbay_sdk::prelude::*;

use crate::survived;

/// The values that the columns of another schema take: those of the same name, of the same or a wider type.
pub(super) fn fitting(page: &Value, schema: &Schema) -> Map<String, Value> {
    let properties = page.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .filter(|(_, property)| survived::is_kept_by_people(property))
        .filter_map(|(name, property)| {
            let names: Vec<&str> = schema.properties().iter().map(|own| own.name.as_str()).collect();
            let name = names::decide(name, &names, "property").ok()?;
            let column = schema.properties().iter().find(|own| own.name == name)?;
            Some((name.to_owned(), value(property, column)?))
        })
        .collect()
}

/// Options that a select of the other database doesn't have yet, and gets.
pub(super) fn new_options(values: &Map<String, Value>, schema: &Schema) -> Vec<String> {
    let mut new = Vec::new();
    for (name, value) in values {
        let Some(column) = schema.properties().iter().find(|column| column.name == *name) else { continue };
        let several = value.get("multi_select").and_then(Value::as_array).into_iter().flatten();
        let chosen = several.chain(value.get("select")).filter_map(|option| option.get("name")?.as_str());
        let unknown = chosen.filter(|option| !column.options.iter().any(|known| known == option));
        new.extend(unknown.map(|option| format!("`{option}` of `{name}`")));
    }
    new
}

/// One value; none where it is empty or the column can't hold it as it is.
fn value(property: &Value, column: &Property) -> Option<Value> {
    let kind = Kind::from_name(property.get("type")?.as_str()?);
    let own = property.get(kind.name()).filter(|own| !own.is_null())?;
    let inner = match (&kind, &column.kind) {
        (Kind::Select, Kind::MultiSelect) => json!([{ "name": own.get("name")? }]),
        (kind, column) if kind != column => return None,
        (Kind::RichText, _) => {
            let elements = markdown::normalised(own);
            (1..=ARRAY_LIMIT).contains(&elements.len()).then_some(Value::Array(elements))?
        }
        (Kind::Select, _) => json!({ "name": own.get("name")? }),
        (Kind::Status, _) => {
            let name = own.get("name")?.as_str()?;
            column.options.iter().any(|option| option == name).then(|| json!({ "name": name }))?
        }
        (Kind::MultiSelect, _) => members(own, "name")?,
        (Kind::People, _) => members(own, "id")?,
        (Kind::Relation, _) if is_elsewhere(own, column) => return None,
        (Kind::Relation, _) => members(own, "id")?,
        (Kind::Files, _) => {
            let files = own.as_array()?;
            // Notion takes no file back that it hosts for another row.
            let external = files.iter().filter(|file| file.get("external").is_some()).map(|file| {
                json!({ "name": file.get("name"), "type": "external", "external": file.get("external") })
            });
            let external: Vec<Value> = external.collect();
            (!external.is_empty()).then_some(Value::Array(external))?
        }
        (Kind::Date, _) => {
            let part = |key: &str| {
                own.get(key).filter(|part| !part.is_null()).map(|part| (key.to_owned(), part.clone()))
            };
            Value::Object(["start", "end", "time_zone"].into_iter().filter_map(part).collect())
        }
        (Kind::Checkbox, _) => own.as_bool().filter(|is_checked| *is_checked)?.into(),
        (Kind::Number | Kind::Url | Kind::Email | Kind::PhoneNumber, _) => own.clone(),
        _ => return None,
    };
    Some(json!({ (column.kind.name()): inner }))
}

/// Relations hold pages of one data source; an empty one says nothing.
fn is_elsewhere(own: &Value, column: &Property) -> bool {
    own.as_array().is_none_or(Vec::is_empty) || column.related().is_none()
}

/// Elements by one of their members; none where there are none, or more than a request takes.
fn members(elements: &Value, key: &str) -> Option<Value> {
    let elements = elements.as_array()?;
    let named: Vec<Value> =
        elements.iter().filter_map(|element| Some(json!({ (key): element.get(key)? }))).collect();
    (1..=ARRAY_LIMIT).contains(&named.len()).then_some(Value::Array(named))
}
