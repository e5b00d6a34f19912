//! What names a row: one value or several, each in its property.

use std::hash::{DefaultHasher, Hash, Hasher};

use toolbay_sdk::notion::properties::{Kind, RowKey, Seen};
use toolbay_sdk::notion::{ARRAY_LIMIT, DataSource, Lookup, NewOptions, Schema};
use toolbay_sdk::prelude::*;

use crate::arguments::Unique;
use crate::claim::{self, Column};

/// Stands between the values of a key of several properties; no value of a person has it.
const BETWEEN: char = '\u{1f}';

/// The values that name a row, each in its property.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) parts: Vec<RowKey>,
    /// The values as they are compared.
    pub(crate) exact: String,
    /// True when no row can have it, because an option of it is yet to be added.
    pub(crate) is_new: bool,
}

/// The values that a row has in the properties of a key.
#[derive(Clone, Debug)]
pub(crate) struct RowValues(Vec<Seen>);

impl Key {
    /// Checks property names and values.
    ///
    /// # Errors
    ///
    /// `invalid_input` where a property cannot name a row, or an option does not exist and may not be added.
    pub(crate) fn new(
        schema: &Schema,
        unique: &[Unique],
        options: NewOptions,
        lookup: &dyn Lookup,
    ) -> Result<Self, Problem> {
        let mut parts: Vec<RowKey> = Vec::with_capacity(unique.len());
        for pair in unique {
            let part = RowKey::new(schema.find(&pair.property)?, &pair.value, options, lookup)?;
            if parts.iter().any(|known| known.property == part.property) {
                return Err(Problem::invalid_input(format!("`unique` names `{}` twice.", part.property))
                    .hint("Name each property once."));
            }
            parts.push(part);
        }
        // One order, so that keys given in another one are the same key.
        parts.sort_by(|left, right| left.property.cmp(&right.property));
        let values: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        let key = Self {
            exact: values.join(&String::from(BETWEEN)),
            is_new: parts.iter().any(|part| part.is_new),
            parts,
        };
        if key.filters().len() > ARRAY_LIMIT {
            return Err(
                Problem::limit_exceeded("`unique` has too many properties.").hint("Give a few of them.")
            );
        }
        Ok(key)
    }

    /// The names of its properties.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.property.clone()).collect()
    }

    /// Its table: keys of the same properties of one data source are told from each other.
    pub(crate) fn table(&self, source: usize) -> u64 {
        hash(&(source, self.columns()))
    }

    /// The claims of who looks for the rows that have it.
    pub(crate) fn reads(&self, source: &DataSource) -> Vec<String> {
        let mut claims = vec![claim::ROWS.to_owned()];
        for part in &self.parts {
            let property = source.schema.properties().iter().find(|property| property.name == part.property);
            let Some(property) = property else { continue };
            let own = Column::Of(&source.id, &property.id);
            claims.extend([own.value(&part.text), own.any_text()]);
            let is_text = !matches!(property.kind, Kind::Number | Kind::Date | Kind::UniqueId);
            let mut names = vec![property.id.as_str()];
            if claim::folded(&property.id) != claim::folded(&property.name) {
                names.push(&property.name);
            }
            for column in names.into_iter().map(Column::Unknown) {
                if is_text {
                    claims.extend([column.value(&part.text), column.any_text()]);
                } else {
                    claims.push(column.any());
                }
            }
        }
        claims
    }

    /// Filters of which rows of this key pass at least one. Notion nests no deeper than an `and` in an `or`, so forms of
    /// several values are multiplied out.
    pub(crate) fn filters(&self) -> Vec<Value> {
        if let [only] = self.parts.as_slice() {
            return only.filters.clone();
        }
        let mut all: Vec<Vec<&Value>> = vec![Vec::new()];
        for part in &self.parts {
            let mut longer = Vec::new();
            for (before, filter) in
                all.iter().flat_map(|before| part.filters.iter().map(move |own| (before, own)))
            {
                // One more than fits shows that there are too many.
                if longer.len() <= ARRAY_LIMIT {
                    longer.push([before.as_slice(), &[filter]].concat());
                }
            }
            all = longer;
        }
        all.into_iter().map(|filters| json!({ "and": filters })).collect()
    }

    /// Whether a row has this key. Notion's comparison is more generous, so this decides.
    pub(crate) fn is(&self, values: &RowValues) -> bool {
        self.parts.len() == values.0.len()
            && self.parts.iter().zip(&values.0).all(|(part, seen)| part.is(seen))
    }

    /// Whether a row's values differ in case only.
    pub(crate) fn is_alike(&self, values: &RowValues) -> bool {
        self.parts.iter().zip(&values.0).all(|(part, seen)| part.is_alike(seen))
    }

    /// For sentences: the properties' names.
    pub(crate) fn named(&self) -> String {
        self.columns().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
    }
}

/// A number for a table: a data source, and the properties of a key.
pub(crate) fn hash(table: &(usize, Vec<String>)) -> u64 {
    let mut hasher = DefaultHasher::new();
    table.hash(&mut hasher);
    hasher.finish()
}

impl RowValues {
    /// Reads them from a row; none where one is empty.
    pub(crate) fn of(row: &Value, columns: &[String]) -> Option<Self> {
        let properties = row.get("properties")?;
        columns.iter().map(|name| Seen::of(properties.get(name)?)).collect::<Option<Vec<_>>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use toolbay_sdk::notion::IdsOnly;

    use super::*;

    fn key(unique: Value, options: NewOptions) -> Result<Key, Problem> {
        let schema = Schema::of_data_source(&json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            "Points": { "id": "a", "type": "number", "number": {} },
            "Stage": { "id": "b", "type": "select", "select": { "options": [{ "name": "High" }] } },
        } }))
        .expect("a schema");
        let unique: Vec<Unique> = serde_json::from_value(unique).expect("pairs");
        Key::new(&schema, &unique, options, &IdsOnly)
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
            key.filters(),
            [json!({ "and": [
                { "property": "Name", "title": { "equals": "Plan A" } },
                { "property": "Points", "number": { "equals": 1 } },
            ] })]
        );
        let row = |name: &str, points: Value| {
            let row = json!({ "properties": {
                "Name": { "type": "title", "title": [{ "plain_text": name }] },
                "Points": { "type": "number", "number": points },
            } });
            RowValues::of(&row, &key.columns())
        };
        assert!(key.is(&row("Plan A", json!(1.0)).expect("values")));
        assert!(!key.is(&row("plan a", json!(1)).expect("values")));
        assert!(!key.is(&row("Plan A", json!(2)).expect("values")));
        assert!(row("Plan A", Value::Null).is_none());
    }

    #[test]
    fn forms_of_several_values_are_multiplied_out() {
        let unique = json!([{ "property": "Name", "value": "\u{e9}" }, { "property": "Points", "value": 1 }]);
        let filters = key(unique, NewOptions::Refuse).expect("a key").filters();
        assert_eq!(filters.len(), 2);
        assert!(filters.iter().all(|filter| filter["and"].as_array().is_some_and(|both| both.len() == 2)));
    }

    #[test]
    fn an_option_that_is_not_there_names_a_row_only_where_it_may_be_added() {
        let unique = |name: &str| json!([{ "property": "Stage", "value": name }]);
        let problem = key(unique("Low"), NewOptions::Refuse).expect_err("refused");
        assert!(problem.hint.expect("a hint").contains("`High`"));
        assert!(key(unique("Low"), NewOptions::Add).expect("added").is_new);
        assert!(!key(unique("High"), NewOptions::Add).expect("known").is_new);
        let problem = key(unique("high"), NewOptions::Add).expect_err("alike");
        assert!(problem.hint.expect("a hint").contains("`High`"));
        let twice = json!([{ "property": "Name", "value": "a" }, { "property": "name", "value": "b" }]);
        assert!(key(twice, NewOptions::Add).is_err());
    }
}
