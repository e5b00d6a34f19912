//! Options that a write adds to the columns of a data source.

use serde_json::{Map, Value};

use super::{Property, Schema};
use crate::excerpt;

/// The options in values in Notion's form that the schema does not have, each with its column.
#[must_use]
pub fn added_options(schema: &Schema, written: &Map<String, Value>) -> Vec<(String, String)> {
    let mut added = Vec::new();
    for (name, value) in written {
        let Some(property) = schema.properties().iter().find(|property| property.name == *name) else {
            continue;
        };
        for option in named(value).filter(|option| is_new(property, option)) {
            let option = (name.clone(), option.to_owned());
            if !added.contains(&option) {
                added.push(option);
            }
        }
    }
    added
}

/// A sentence for each column that gets options.
#[must_use]
pub fn option_notes(added: &[(String, String)]) -> Vec<String> {
    let mut columns: Vec<&str> = added.iter().map(|(column, _)| column.as_str()).collect();
    columns.dedup();
    columns
        .into_iter()
        .map(|column| {
            let options: Vec<String> = added
                .iter()
                .filter(|(own, _)| own == column)
                .map(|(_, option)| format!("`{}`", excerpt(option)))
                .collect();
            let word = if options.len() == 1 { "option" } else { "options" };
            format!("`{}` got the new {word} {}.", excerpt(column), options.join(", "))
        })
        .collect()
}

fn named(value: &Value) -> impl Iterator<Item = &str> {
    let one = value.get("select").filter(|option| option.is_object());
    let several = value.get("multi_select").and_then(Value::as_array).into_iter().flatten();
    one.into_iter().chain(several).filter_map(|option| option.get("name")?.as_str())
}

fn is_new(property: &Property, option: &str) -> bool {
    !property.options.iter().any(|known| known == option)
}

impl Schema {
    /// Takes options for there that a write is about to add, so that the next value that names one means it.
    pub fn adopt(&mut self, added: &[(String, String)]) {
        for (column, option) in added {
            if let Some(property) = self.properties_mut().iter_mut().find(|property| property.name == *column)
                && is_new(property, option)
            {
                property.options.push(option.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        Schema::of_data_source(&json!({ "properties": {
            "Stage": { "type": "select", "select": { "options": [{ "name": "Low" }] } },
            "Tags": { "type": "multi_select", "multi_select": { "options": [{ "name": "a" }] } },
        } }))
        .expect("a schema")
    }

    #[test]
    fn each_option_that_a_write_adds_is_named_with_its_column() {
        let written = json!({
            "Stage": { "select": { "name": "High" } },
            "Tags": { "multi_select": [{ "name": "a" }, { "name": "b" }, { "name": "c" }] },
            "Notes": { "rich_text": [] },
        });
        let added = added_options(&schema(), written.as_object().expect("values"));
        assert_eq!(
            option_notes(&added),
            ["`Stage` got the new option `High`.", "`Tags` got the new options `b`, `c`."]
        );
        let mut later = schema();
        later.adopt(&added);
        assert!(added_options(&later, written.as_object().expect("values")).is_empty());
        let nothing = json!({ "Stage": { "select": null }, "Tags": { "multi_select": [] } });
        assert!(added_options(&schema(), nothing.as_object().expect("values")).is_empty());
    }
}
