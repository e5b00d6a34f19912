//! What a request does to a schema, and which values it costs.

use serde_json::{Map, Value, json};

use crate::properties::{Kind, Property};
use crate::{Schema, excerpt};

/// What becomes of the columns of a data source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// New columns.
    pub added: Vec<String>,
    /// Columns that go.
    pub removed: Vec<String>,
    /// Columns with another name: before and after.
    pub renamed: Vec<(String, String)>,
    /// Columns of another type: name, type before and after.
    pub retyped: Vec<(String, String, String)>,
    /// Columns whose options, format, target or description change.
    pub changed: Vec<String>,
    /// Columns that are as they are wanted.
    pub unchanged: Vec<String>,
}

impl Changes {
    /// Adds what there is to an answer, each kind under its name.
    pub fn put(&self, answer: &mut Map<String, Value>) {
        let pairs = |pairs: &[(String, String)]| {
            Value::Object(pairs.iter().map(|(from, to)| (from.clone(), json!(to))).collect())
        };
        let retyped: Vec<(String, String)> =
            self.retyped.iter().map(|(name, from, to)| (name.clone(), format!("{from} -> {to}"))).collect();
        let members = [
            ("added", !self.added.is_empty(), json!(self.added)),
            ("removed", !self.removed.is_empty(), json!(self.removed)),
            ("renamed", !self.renamed.is_empty(), pairs(&self.renamed)),
            ("retyped", !retyped.is_empty(), pairs(&retyped)),
            ("changed", !self.changed.is_empty(), json!(self.changed)),
            ("unchanged", !self.unchanged.is_empty(), json!(self.unchanged)),
        ];
        let present = members.into_iter().filter(|(_, is_there, _)| *is_there);
        answer.extend(present.map(|(key, _, value)| (key.to_owned(), value)));
    }
}

/// What the `properties` of a request change in a schema.
#[must_use]
pub fn changes(schema: &Schema, columns: &Map<String, Value>) -> Changes {
    let mut changes = Changes::default();
    for (name, column) in columns {
        let Some(property) = schema.properties().iter().find(|property| property.name == *name) else {
            changes.added.push(name.clone());
            continue;
        };
        if column.is_null() {
            changes.removed.push(name.clone());
            continue;
        }
        let renamed = column.get("name").and_then(Value::as_str).filter(|to| to != name);
        changes.renamed.extend(renamed.map(|to| (name.clone(), to.to_owned())));
        match retyped(property, column) {
            Some(kind) => {
                changes.retyped.push((name.clone(), property.kind.name().to_owned(), kind.to_owned()));
            }
            None if differs(property, column) => changes.changed.push(name.clone()),
            None if renamed.is_none() => changes.unchanged.push(name.clone()),
            None => {}
        }
    }
    changes
}

/// The other type that a column gets.
fn retyped<'a>(property: &Property, column: &'a Value) -> Option<&'a str> {
    let kind = column.as_object()?.keys().find(|key| !["name", "description"].contains(&key.as_str()))?;
    (kind != property.kind.name()).then_some(kind.as_str())
}

/// True when a definition says something else than what there is.
fn differs(property: &Property, column: &Value) -> bool {
    let description = column.get("description").and_then(Value::as_str);
    if description.is_some_and(|text| text != property.description.as_deref().unwrap_or_default()) {
        return true;
    }
    let settings = column.get(property.kind.name()).and_then(Value::as_object);
    settings
        .is_some_and(|settings| settings.iter().any(|(key, value)| !holds(property.settings.get(key), value)))
}

/// True when all that is wanted is there: of objects each member, of arrays as many elements in the same order.
fn holds(there: Option<&Value>, wanted: &Value) -> bool {
    match (there, wanted) {
        (Some(Value::Object(there)), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| holds(there.get(key), value))
        }
        (Some(Value::Array(there)), Value::Array(wanted)) => {
            there.len() == wanted.len()
                && there.iter().zip(wanted).all(|(there, wanted)| holds(Some(there), wanted))
        }
        (there, wanted) => there.unwrap_or(&Value::Null) == wanted,
    }
}

/// Values that a change costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// What is done, as the start of a sentence: "Removing the column `Notes`".
    pub deed: String,
    /// The filter that finds the rows with such a value; none where Notion can't filter by it.
    pub filter: Option<Value>,
    /// The filter that finds those whose value is there afterwards, where the type changes.
    pub kept: Option<Value>,
    /// The column of another data source that goes with it: the other side of a two-way relation.
    pub other_side: Option<String>,
}

/// Which values the `properties` of a request cost.
#[must_use]
pub fn losses(schema: &Schema, columns: &Map<String, Value>) -> Vec<Loss> {
    let mut losses = Vec::new();
    for property in schema.properties() {
        let Some(column) = columns.get(&property.name) else { continue };
        let name = excerpt(&property.name);
        let of_column = |deed: String, kept| Loss {
            deed,
            filter: filled(&property.kind, &property.name),
            kept,
            other_side: other_side(property),
        };
        if column.is_null() {
            if holds_values(&property.kind) {
                losses.push(of_column(format!("Removing the column `{name}`"), None));
            }
            continue;
        }
        if let Some(kind) = retyped(property, column) {
            if holds_values(&property.kind) {
                let deed = format!("Making the column `{name}` ({}) a {kind}", property.kind);
                // Afterwards the column may have another name too.
                let name = column.get("name").and_then(Value::as_str).unwrap_or(&property.name);
                losses.push(of_column(deed, filled(&Kind::from_name(kind), name)));
            }
            continue;
        }
        let settings = column.get(property.kind.name());
        let target = settings.and_then(|settings| settings.get("data_source_id")).and_then(Value::as_str);
        if property.kind == Kind::Relation && target.is_some() && target != property.related() {
            losses.push(of_column(format!("Relating the column `{name}` to another database"), None));
        }
        let had_side = property.settings.get("dual_property").is_some_and(|side| !side.is_null());
        if had_side && settings.is_some_and(|settings| settings.get("single_property").is_some()) {
            losses.push(of_column(
                format!("Making the relation `{name}` one-way, which removes the column on its other side,"),
                None,
            ));
        }
        losses.extend(removed_options(property, settings));
    }
    losses
}

fn removed_options(property: &Property, settings: Option<&Value>) -> Vec<Loss> {
    let Some(kept) = settings.and_then(|settings| settings.get("options")).and_then(Value::as_array) else {
        return Vec::new();
    };
    let before =
        property.settings.get("options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let stays = |option: &&Value| {
        kept.iter().any(|kept| match kept.get("id") {
            Some(id) => Some(id) == option.get("id"),
            None => kept.get("name") == option.get("name"),
        })
    };
    let names =
        before.iter().filter(|option| !stays(option)).filter_map(|option| option.get("name")?.as_str());
    names
        .map(|option| Loss {
            deed: format!("Removing the option `{}` of `{}`", excerpt(option), excerpt(&property.name)),
            filter: Some(chosen(property, option)),
            kept: None,
            other_side: None,
        })
        .collect()
}

/// The name of the column on the other side of a two-way relation.
fn other_side(property: &Property) -> Option<String> {
    let side = property.settings.get("dual_property").filter(|side| !side.is_null())?;
    Some(side.get("synced_property_name").and_then(Value::as_str).unwrap_or("on its other side").to_owned())
}

/// The filter for rows that have an option.
#[must_use]
pub fn chosen(property: &Property, option: &str) -> Value {
    let operator = if property.kind == Kind::MultiSelect { "contains" } else { "equals" };
    json!({ "property": property.name, (property.kind.name()): { (operator): option } })
}

/// False for what Notion computes, which is computed again when it is wanted.
fn holds_values(kind: &Kind) -> bool {
    !matches!(
        kind.name(),
        "formula"
            | "rollup"
            | "button"
            | "created_time"
            | "created_by"
            | "last_edited_time"
            | "last_edited_by"
            | "last_visited_time"
    )
}

/// The filter for rows with a value of a type; none for types that Notion can't filter by.
fn filled(kind: &Kind, name: &str) -> Option<Value> {
    let condition = match kind.name() {
        "checkbox" => json!({ "equals": true }),
        "unique_id" => json!({ "greater_than": -1 }),
        "title" | "rich_text" | "number" | "select" | "multi_select" | "status" | "date" | "people"
        | "files" | "url" | "email" | "phone_number" | "relation" => json!({ "is_not_empty": true }),
        _ => return None,
    };
    Some(json!({ "property": name, (kind.name()): condition }))
}
