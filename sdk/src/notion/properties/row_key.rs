//! A value that names one row of a data source.

use serde_json::{Value, json};

use super::{Date, IdsOnly, Kind, NewOptions, Property, normalise_value, same::same};
use crate::Problem;
use crate::notion::{excerpt, rich_text};

/// The property and value by which a row is found: what to filter by, and what to write when the row is created.
#[derive(Clone, Debug)]
pub struct RowKey {
    /// The name of the property.
    pub property: String,
    /// The filter for `POST /v1/data_sources/{data_source_id}/query`.
    pub filter: Value,
    /// The value in Notion's form; none when Notion gives the value itself, so that no row can be created with it.
    pub value: Option<Value>,
}

impl RowKey {
    /// The key of a plain value.
    ///
    /// # Errors
    ///
    /// `invalid_input` when the value does not fit the property, is empty, or the property cannot name a row.
    pub fn new(property: &Property, value: &Value) -> Result<Self, Problem> {
        let kind = &property.kind;
        if *kind == Kind::UniqueId {
            let number = unique_number(property, value)?;
            return Ok(Self::of(property, json!(number), None));
        }
        if !matches!(
            kind,
            Kind::Title
                | Kind::RichText
                | Kind::Number
                | Kind::Select
                | Kind::Status
                | Kind::Date
                | Kind::Url
                | Kind::Email
                | Kind::PhoneNumber
        ) {
            return Err(Problem::invalid_input(format!("`{}` ({kind}) cannot name a row.", property.name))
                .hint("Use a property of type title, rich_text, number, select, status, date, url, email, phone_number or unique_id."));
        }
        let normal = normalise_value(property, value, &IdsOnly, NewOptions::Refuse)?;
        let inner = normal.get(kind.name()).unwrap_or(&Value::Null);
        let wanted = match kind {
            Kind::Title | Kind::RichText => {
                let text = rich_text::plain_text(inner);
                rich_text::check_length(&text, super::super::TEXT_LIMIT)
                    .map_err(|problem| property.blame(problem))?;
                (!text.trim().is_empty()).then_some(Value::String(text))
            }
            Kind::Select | Kind::Status => inner.get("name").cloned(),
            Kind::Date => day(property, inner)?,
            _ => Some(inner.clone()),
        };
        match wanted {
            Some(wanted) if !wanted.is_null() => Ok(Self::of(property, wanted, Some(normal))),
            _ => Err(Problem::invalid_input(format!("An empty `{}` cannot name a row.", property.name))
                .hint("Give the value that the row has, or shall have.")),
        }
    }

    fn of(property: &Property, wanted: Value, value: Option<Value>) -> Self {
        let filter = json!({ "property": property.name, property.kind.name(): { "equals": wanted } });
        Self { property: property.name.clone(), filter, value }
    }

    /// True when a page surely has exactly this value. Notion's own comparison may be more generous, such as with case.
    #[must_use]
    pub fn is_exactly(&self, page: &Value) -> bool {
        let current = page.get("properties").and_then(|properties| properties.get(&self.property));
        matches!((&self.value, current), (Some(value), Some(current)) if same(value, current))
    }
}

/// Only a single day: whether two times are equal depends on the time zone that Notion assumes.
fn day(property: &Property, inner: &Value) -> Result<Option<Value>, Problem> {
    let Some(object) = inner.as_object() else { return Ok(None) };
    let date = Date::from_object(object).map_err(|problem| property.blame(problem))?;
    if date.end.is_some() || !date.start.is_day() {
        return Err(Problem::invalid_input(format!("`{}` names a row only by a single day.", property.name))
            .hint("Give a date such as \"2026-01-10\"."));
    }
    Ok(Some(Value::String(date.start.to_string())))
}

/// 12, "12" or "TASK-12", whose prefix must be the property's.
pub(crate) fn unique_number(property: &Property, value: &Value) -> Result<u64, Problem> {
    let refuse = |text: &str| {
        let form = property.prefix.as_deref().map(|prefix| format!(", such as 12 or \"{prefix}-12\""));
        Problem::invalid_input(format!(
            "`{}` is not a value of `{}` (unique_id).",
            excerpt(text),
            property.name
        ))
        .hint(format!("Give the row's number{}.", form.unwrap_or_else(|| ", such as 12".to_owned())))
    };
    match value {
        Value::Number(number) => number.as_u64().ok_or_else(|| refuse(&number.to_string())),
        Value::String(text) => {
            let (prefix, number) = match text.trim().rsplit_once('-') {
                Some((prefix, number)) => (Some(prefix), number),
                None => (None, text.trim()),
            };
            let fits = prefix.is_none_or(|prefix| {
                property.prefix.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(prefix))
            });
            number.parse().ok().filter(|_| fits).ok_or_else(|| refuse(text))
        }
        other => Err(refuse(&other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notion::Schema;

    fn key(name: &str, value: Value) -> Result<RowKey, Problem> {
        let schema = Schema::of_data_source(&json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            "No": { "id": "a", "type": "unique_id", "unique_id": { "prefix": "TASK" } },
            "Stage": { "id": "b", "type": "select", "select": { "options": [{ "name": "High" }] } },
            "Day": { "id": "c", "type": "date", "date": {} },
            "Tasks": { "id": "d", "type": "relation", "relation": {} },
        } }))
        .expect("a schema");
        RowKey::new(schema.find(name).expect(name), &value)
    }

    #[test]
    fn a_key_filters_by_the_type_of_its_property() {
        for (name, value, filter) in [
            ("Name", json!("X"), json!({ "property": "Name", "title": { "equals": "X" } })),
            ("No", json!("task-12"), json!({ "property": "No", "unique_id": { "equals": 12 } })),
            ("Stage", json!("high"), json!({ "property": "Stage", "select": { "equals": "High" } })),
            ("Day", json!("2026-01-10"), json!({ "property": "Day", "date": { "equals": "2026-01-10" } })),
        ] {
            assert_eq!(key(name, value).expect(name).filter, filter);
        }
        assert!(key("No", json!(12)).expect("a number").value.is_none());
    }

    #[test]
    fn what_cannot_name_a_row_is_refused() {
        for (name, value) in [
            ("Name", json!(null)),
            ("Name", json!("  ")),
            ("Name", json!("x".repeat(2_001))),
            ("No", json!("BUG-12")),
            ("No", json!(-1)),
            ("Stage", json!(null)),
            ("Day", json!("2026-01-10/2026-01-12")),
            ("Day", json!("2026-01-10T09:00Z")),
            ("Tasks", json!([])),
        ] {
            assert!(key(name, value.clone()).is_err(), "{name}: {value}");
        }
    }
}
