//! A change of a column, or a new one beside those that are there.

use serde_json::{Map, Value, json};

use super::definition::{self, Column};
use super::parts::Around;
use crate::Error;
use crate::properties::Kind;
use crate::{Schema, excerpt, names};

/// The key and value in the `properties` of a change; null removes. The column that is changed has exactly the given name.
pub(super) fn read(
    schema: &Schema,
    given: &Map<String, Value>,
    name: &str,
    definition: &Value,
) -> Result<(String, Column), Error> {
    let around = Around { given, current: Some(schema) };
    let (rename, rest) = without_name(definition)?;
    let property = match schema.decide(name) {
        Ok(property) => property,
        // A name alone, or its removal, needs a column that is there.
        Err(error) if definition.is_null() || rename.is_some() => return Err(error),
        Err(_) => {
            let (name, column) = definition::named(name, definition, &around)?;
            refuse_alike(schema, &name, &column)?;
            return match column.value.get("title") {
                Some(_) => Err(only_title(schema)),
                None => Ok((name, column)),
            };
        }
    };
    let key = property.name.clone();
    if definition.is_null() {
        return match property.kind {
            Kind::Title => Err(only_title(schema)),
            _ => Ok((key, bare(Value::Null))),
        };
    }
    let mut column = match rest {
        Some(rest) => definition::read(&key, &rest, Some(property), &around)?,
        None => bare(json!({})),
    };
    if column.is_new {
        return Err(Error::invalid_input(format!("There is a column `{}` already.", excerpt(&key)))
            .hint("Leave `new` out to change it, or give the new column another name."));
    }
    let value = &mut column.value;
    if (property.kind == Kind::Title) != value.get("title").is_some() && has_type(value) {
        return Err(only_title(schema));
    }
    if let (Some(rename), Some(members)) = (rename, value.as_object_mut()) {
        refuse_taken(schema, given, &key, &rename)?;
        members.insert("name".to_owned(), json!(rename));
    }
    Ok((key, column))
}

fn bare(value: Value) -> Column {
    Column { value, renames: Vec::new(), notes: Vec::new(), is_new: false }
}

/// A name that is only like a column's may mean that column, whose values a change of its type would cost; or another.
fn refuse_alike(schema: &Schema, name: &str, column: &Column) -> Result<(), Error> {
    let near = schema.properties().iter().find(|property| names::alike(&property.name, name));
    let Some(near) = near.filter(|_| !column.is_new) else { return Ok(()) };
    let near = excerpt(&near.name);
    Err(Error::invalid_input(format!("A column `{near}` is there, and `{}` is not its name.", excerpt(name))).hint(
        format!(
            "Write `{near}` exactly to change that column; for another one beside it, add \"new\": true to its definition."
        ),
    ))
}

/// Two columns can't have one name, unless the other one goes or gets another name as well.
fn refuse_taken(schema: &Schema, given: &Map<String, Value>, key: &str, rename: &str) -> Result<(), Error> {
    let other =
        schema.properties().iter().find(|other| other.name != key && names::equal(&other.name, rename));
    let Some(other) = other else { return Ok(()) };
    let goes = given.iter().any(|(name, definition)| {
        names::equal(name, &other.name)
            && (definition.is_null() || definition.get("rename").or(definition.get("name")).is_some())
    });
    if goes {
        return Ok(());
    }
    Err(Error::invalid_input(format!("There is a column `{}` already.", excerpt(&other.name)))
        .hint("Choose another name, or rename or remove that column too."))
}

/// The new name, and what is left of the definition when there is more than a name.
fn without_name(definition: &Value) -> Result<(Option<String>, Option<Value>), Error> {
    let Some(object) = definition.as_object() else { return Ok((None, Some(definition.clone()))) };
    let mut rest = object.clone();
    let name = rest.shift_remove("rename").or_else(|| rest.shift_remove("name"));
    let rest = (!rest.is_empty()).then_some(Value::Object(rest));
    match name {
        None => Ok((None, rest)),
        Some(Value::String(name)) if !name.trim().is_empty() => Ok((Some(name.trim().to_owned()), rest)),
        Some(other) => {
            Err(Error::invalid_input(format!("`{}` is no name of a column.", excerpt(&other.to_string())))
                .hint("Give {\"rename\": \"New name\"}."))
        }
    }
}

fn has_type(column: &Value) -> bool {
    column.as_object().is_some_and(|column| column.keys().any(|key| key != "description"))
}

fn only_title(schema: &Schema) -> Error {
    let title = schema.title().map_or("Name", |property| property.name.as_str());
    Error::invalid_input(format!(
        "A data source has exactly one title, which is `{}`: it can be neither removed nor given another type.",
        excerpt(title)
    ))
    .hint(format!("Rename it, as in {{\"{}\": {{\"rename\": \"Task\"}}}}, or choose another type.", excerpt(title)))
}
