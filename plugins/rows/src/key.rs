//! What names a row, and telling which of several keys a row that Notion answered belongs to.

use toolbay_sdk::notion::properties::{Kind, RowKey, normalise_value};
use toolbay_sdk::notion::rich_text::plain_text;
use toolbay_sdk::notion::{IdsOnly, NewOptions, Property, Schema};
use toolbay_sdk::prelude::*;

use crate::arguments::Unique;

/// Stands between the values of a key of several properties; no value of a person has it.
const BETWEEN: char = '\u{1f}';

/// The values that name a row, each in its property.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) parts: Vec<RowKey>,
    /// The values as Notion keeps them.
    pub(crate) exact: String,
    /// The values as Notion compares them: in lower case.
    pub(crate) alike: String,
    /// True when no row can have it, because an option of it is yet to be added.
    pub(crate) is_new: bool,
}

impl Key {
    /// Checks property names and values.
    ///
    /// # Errors
    ///
    /// `invalid_input` where a property cannot name a row, or an option does not exist and may not be added.
    pub(crate) fn new(schema: &Schema, unique: &[Unique], options: NewOptions) -> Result<Self, Problem> {
        let mut parts: Vec<RowKey> = Vec::with_capacity(unique.len());
        let mut is_new = false;
        for pair in unique {
            let property = schema.find(&pair.property)?;
            let (part, option_is_new) = match new_option(property, &pair.value, options)? {
                Some(part) => (part, true),
                None => (RowKey::new(property, &pair.value)?, false),
            };
            is_new |= option_is_new;
            if parts.iter().any(|known| known.property == part.property) {
                return Err(Problem::invalid_input(format!("`unique` names `{}` twice.", part.property))
                    .hint("Name each property once."));
            }
            parts.push(part);
        }
        // One order, so that keys given in another one are the same key.
        parts.sort_by(|left, right| left.property.cmp(&right.property));
        let values: Vec<String> =
            parts.iter().map(|part| wanted(part).map(text).unwrap_or_default()).collect();
        Ok(Self { exact: joined(&values), alike: folded(&values), parts, is_new })
    }

    /// The names of its properties.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.property.clone()).collect()
    }

    /// The filter that only rows of this key pass.
    pub(crate) fn filter(&self) -> Value {
        match self.parts.as_slice() {
            [only] => only.filter.clone(),
            several => json!({ "and": several.iter().map(|part| &part.filter).collect::<Vec<_>>() }),
        }
    }

    /// For sentences: the properties' names.
    pub(crate) fn named(&self) -> String {
        self.columns().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
    }
}

/// The values that a row has in the properties of a key: as they are, and as Notion compares them.
pub(crate) fn of_row(row: &Value, columns: &[String]) -> Option<(String, String)> {
    let properties = row.get("properties")?;
    let values: Option<Vec<String>> = columns.iter().map(|name| comparable(properties.get(name)?)).collect();
    values.map(|values| (joined(&values), folded(&values)))
}

/// The key of an option that is yet to be added; none for any other key. Notion refuses to filter by such an option.
fn new_option(property: &Property, value: &Value, options: NewOptions) -> Result<Option<RowKey>, Problem> {
    if options == NewOptions::Refuse || property.kind != Kind::Select {
        return Ok(None);
    }
    let value = normalise_value(property, value, &IdsOnly, options)?;
    let name = value.pointer("/select/name").and_then(Value::as_str);
    let Some(name) = name.filter(|name| !property.options.iter().any(|option| option == name)) else {
        return Ok(None);
    };
    let filter = json!({ "property": property.name, "select": { "equals": name } });
    Ok(Some(RowKey { property: property.name.clone(), filter, value: Some(value) }))
}

/// What the key's filter compares with.
fn wanted(part: &RowKey) -> Option<&Value> {
    let members = part.filter.as_object()?;
    members.iter().find(|(name, _)| *name != "property").and_then(|(_, condition)| condition.get("equals"))
}

fn comparable(property: &Value) -> Option<String> {
    let kind = property.get("type").and_then(Value::as_str)?;
    let inner = property.get(kind)?;
    match kind {
        "title" | "rich_text" => Some(plain_text(inner)),
        "select" | "status" => inner.get("name").map(text),
        "date" => inner.get("start").map(text),
        "unique_id" => inner.get("number").map(text),
        _ if inner.is_null() => None,
        _ => Some(text(inner)),
    }
}

fn text(value: &Value) -> String {
    match (value, value.as_f64()) {
        (Value::String(text), _) => text.clone(),
        // 1 and 1.0 are the same number.
        (_, Some(number)) => number.to_string(),
        (other, None) => other.to_string(),
    }
}

fn joined(values: &[String]) -> String {
    values.join(&String::from(BETWEEN))
}

fn folded(values: &[String]) -> String {
    joined(values).trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(unique: Value, options: NewOptions) -> Result<Key, Problem> {
        let schema = Schema::of_data_source(&json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            "Points": { "id": "a", "type": "number", "number": {} },
            "Stage": { "id": "b", "type": "select", "select": { "options": [{ "name": "High" }] } },
        } }))
        .expect("a schema");
        let unique: Vec<Unique> = serde_json::from_value(unique).expect("pairs");
        Key::new(&schema, &unique, options)
    }

    #[test]
    fn a_row_is_told_by_the_values_that_it_has() {
        let key = key(
            json!([{ "property": "points", "value": 1 }, { "property": "Name", "value": "Plan A" }]),
            NewOptions::Refuse,
        )
        .expect("a key");
        assert_eq!(key.columns(), ["Name", "Points"]);
        assert_eq!(
            key.filter(),
            json!({ "and": [
                { "property": "Name", "title": { "equals": "Plan A" } },
                { "property": "Points", "number": { "equals": 1 } },
            ] })
        );
        let row = |name: &str| {
            json!({ "properties": {
                "Name": { "type": "title", "title": [{ "plain_text": name }] },
                "Points": { "type": "number", "number": 1.0 },
            } })
        };
        assert_eq!(of_row(&row("Plan A"), &key.columns()), Some((key.exact.clone(), key.alike.clone())));
        let (exact, alike) = of_row(&row("plan a"), &key.columns()).expect("values");
        assert!(exact != key.exact && alike == key.alike);
        assert_eq!(of_row(&json!({ "properties": {} }), &key.columns()), None);
    }

    #[test]
    fn an_option_that_is_not_there_names_a_row_only_where_it_may_be_added() {
        let unique = json!([{ "property": "Stage", "value": "Low" }]);
        let problem = key(unique.clone(), NewOptions::Refuse).expect_err("refused");
        assert!(problem.hint.expect("a hint").contains("`High`"));
        assert!(key(unique, NewOptions::Add).expect("added").is_new);
        let known = key(json!([{ "property": "Stage", "value": "high" }]), NewOptions::Add).expect("known");
        assert!(!known.is_new && known.exact == "High");
        assert!(
            key(
                json!([{ "property": "Name", "value": "a" }, { "property": "name", "value": "b" }]),
                NewOptions::Add
            )
            .is_err()
        );
    }
}
