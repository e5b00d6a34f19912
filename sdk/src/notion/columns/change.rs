//! A change of a column, or a new one beside those that are there.

use serde_json::{Map, Value, json};

use super::definition::{self, Around};
use crate::Problem;
use crate::notion::properties::Kind;
use crate::notion::{Schema, excerpt};

/// The key and value in the `properties` of a change; null removes.
pub(super) fn read(
    schema: &Schema,
    given: &Map<String, Value>,
    name: &str,
    definition: &Value,
) -> Result<(String, Value), Problem> {
    let around = Around { given, current: Some(schema) };
    let (rename, rest) = without_name(definition)?;
    let property = match schema.find(name) {
        Ok(property) => property,
        // A name alone, or its removal, needs a column that is there.
        Err(problem) if definition.is_null() || rename.is_some() => return Err(problem),
        Err(_) => {
            let (name, column) = definition::named(name, definition, &around)?;
            return match column.get("title") {
                Some(_) => Err(only_title(schema)),
                None => Ok((name, column)),
            };
        }
    };
    let key = property.name.clone();
    if definition.is_null() {
        return match property.kind {
            Kind::Title => Err(only_title(schema)),
            _ => Ok((key, Value::Null)),
        };
    }
    let mut column = match rest {
        Some(rest) => definition::read(&key, &rest, Some(property), &around)?,
        None => json!({}),
    };
    if (property.kind == Kind::Title) != column.get("title").is_some() && has_type(&column) {
        return Err(only_title(schema));
    }
    if let (Some(rename), Some(column)) = (rename, column.as_object_mut()) {
        column.insert("name".to_owned(), json!(rename));
    }
    Ok((key, column))
}

/// The new name, and what is left of the definition when there is more than a name.
fn without_name(definition: &Value) -> Result<(Option<String>, Option<Value>), Problem> {
    let Some(object) = definition.as_object() else { return Ok((None, Some(definition.clone()))) };
    let mut rest = object.clone();
    let name = rest.shift_remove("rename").or_else(|| rest.shift_remove("name"));
    let rest = (!rest.is_empty()).then_some(Value::Object(rest));
    match name {
        None => Ok((None, rest)),
        Some(Value::String(name)) if !name.trim().is_empty() => Ok((Some(name.trim().to_owned()), rest)),
        Some(other) => {
            Err(Problem::invalid_input(format!("`{}` is no name of a column.", excerpt(&other.to_string())))
                .hint("Give {\"rename\": \"New name\"}."))
        }
    }
}

fn has_type(column: &Value) -> bool {
    column.as_object().is_some_and(|column| column.keys().any(|key| key != "description"))
}

fn only_title(schema: &Schema) -> Problem {
    let title = schema.title().map_or("Name", |property| property.name.as_str());
    Problem::invalid_input(format!(
        "A data source has exactly one title, which is `{}`: it can be neither removed nor given another type.",
        excerpt(title)
    ))
    .hint(format!("Rename it, as in {{\"{}\": {{\"rename\": \"Task\"}}}}, or choose another type.", excerpt(title)))
}
