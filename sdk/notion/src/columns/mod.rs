//! Columns of a data source: property definitions in the form that people and models write.
//!
//! `{"Stage": "number", "Status": {"type": "status", "options": ["To do", "Done"]}, "Old": null}`. [`normalise`] turns
//! them into Notion's, [`describe`] is its inverse.

mod change;
mod changes;
mod definition;
mod describe;
mod linked;
mod number;
mod options;
mod parts;
mod rename;

use serde_json::{Map, Value, json};

use super::Schema;
use super::properties::Kind;
use crate::Error;

pub use changes::{Changes, Loss, changes, chosen, losses};
pub use describe::describe;
pub use rename::OptionRename;

/// Definitions in Notion's form, and what a request can't say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definitions {
    /// The `properties` of a request.
    pub columns: Map<String, Value>,
    /// Options that are to have another name.
    pub renames: Vec<OptionRename>,
    /// What the caller has to know.
    pub notes: Vec<String>,
}

/// Turns property definitions, plain or Notion's own, into the `properties` of a new data source (without `current`), or
/// of a change of one whose schema is `current`.
///
/// A definition is
///
/// - the name of a type: `"number"`, `"text"`, `"multi_select"`
/// - an object with the `type` and what belongs to it: `options` (names, or `{"name", "color", "description"}`, or
///   `{"name", "rename"}` of one that is there) of a
///   select, multi-select or status; `format` of a number; `data_source_id` (or `database_id`, with the data source's id)
///   and `two_way` (true, or the name of the other side) of a relation; `relation`, `property` and `function` of a rollup;
///   `expression` of a formula; `prefix` of a unique id; `description` of any
/// - an array of options, for a multi-select, or to be added to the options that there are
/// - `{"rename": "New name"}`, alone or with a definition, and null to remove, for a change only
/// - Notion's own object, such as `{"number": {"format": "euro"}}`
///
/// The column that changes has exactly the name that is given. A new one whose name is like another's has `"new": true`,
/// and so has such an option.
///
/// Notion replaces a property's whole list of options. So those that exist are always sent along, and only
/// `"remove_options": [..]` removes any. A new data source without a title gets one.
///
/// # Errors
///
/// `InvalidInput` with the valid types, properties, functions or colors.
pub fn normalise(given: &Map<String, Value>, current: Option<&Schema>) -> Result<Definitions, Error> {
    let mut definitions = Definitions::default();
    for (name, definition) in given {
        let (name, column) = match current {
            Some(schema) => change::read(schema, given, name, definition)?,
            None => definition::named(name, definition, &parts::Around { given, current: None })?,
        };
        definitions.renames.extend(column.renames);
        definitions.notes.extend(column.notes);
        if definitions.columns.insert(name.clone(), column.value).is_some() {
            return Err(Error::invalid_input(format!("The column `{name}` is given twice."))
                .hint("Give each column once."));
        }
    }
    if current.is_none()
        && let Some(title) = add_title(&mut definitions.columns)?
    {
        definitions.notes.push(format!("The title column `{title}` was added: every database has one."));
    }
    refuse_twins(&definitions.columns)?;
    definitions.columns = in_order(definitions.columns);
    Ok(definitions)
}

/// Two columns can't end with one name.
fn refuse_twins(columns: &Map<String, Value>) -> Result<(), Error> {
    let mut names: Vec<&str> = Vec::new();
    for (key, column) in columns.iter().filter(|(_, column)| !column.is_null()) {
        let name = column.get("name").and_then(Value::as_str).unwrap_or(key);
        if names.iter().any(|known| super::names::equal(known, name)) {
            return Err(Error::invalid_input(format!(
                "Two columns would be called `{}`.",
                super::excerpt(name)
            ))
            .hint("Give each column a name of its own."));
        }
        names.push(name);
    }
    Ok(())
}

/// A data source has exactly one title; answers with the name of one that was added.
fn add_title(columns: &mut Map<String, Value>) -> Result<Option<&'static str>, Error> {
    let titles: Vec<&str> = columns
        .iter()
        .filter(|(_, column)| column.get("title").is_some())
        .map(|(name, _)| name.as_str())
        .collect();
    match titles.as_slice() {
        [_] => Ok(None),
        [] => {
            let free = ["Name", "Title", "Page"].into_iter().find(|name| !columns.contains_key(*name));
            let name = free.ok_or_else(|| {
                Error::invalid_input("No column is the title.").hint("Give one the type `title`.")
            })?;
            columns.insert(name.to_owned(), json!({ "title": {} }));
            Ok(Some(name))
        }
        several => Err(Error::invalid_input(format!("{} columns are titles.", several.len()))
            .hint("Give exactly one the type `title`, the others `text`.")),
    }
}

/// What others are made of goes first: a rollup needs its relation, a formula may use all.
fn in_order(columns: Map<String, Value>) -> Map<String, Value> {
    let rank = |column: &Value| match column {
        column if column.get(Kind::Formula.name()).is_some() => 2,
        column if column.get(Kind::Rollup.name()).is_some() => 1,
        _ => 0,
    };
    let mut columns: Vec<(String, Value)> = columns.into_iter().collect();
    columns.sort_by_key(|(_, column)| rank(column));
    columns.into_iter().collect()
}

#[cfg(test)]
mod tests;
