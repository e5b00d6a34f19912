//! Databases as Notion answers them: containers of data sources.

use serde_json::{Value, json};

use crate::Error;

/// The id of the data source of a database that has only one.
///
/// # Errors
///
/// `InvalidInput` for several, which the hint and the details name; `NotFound` for a linked view, which shows none.
pub fn only_data_source(database: &Value) -> Result<String, Error> {
    let listed =
        database.get("data_sources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let id_of = |data_source: &Value| data_source.get("id").and_then(Value::as_str).map(str::to_owned);
    match listed {
        [only] => {
            id_of(only).ok_or_else(|| Error::unexpected_answer("Notion listed a data source without an id."))
        }
        // Callers tell a database that is there by the details, as they do with several data sources.
        [] => Err(Error::not_found(
            "The database is a linked view: Notion's API doesn't show whose rows it has.",
        )
        .hint("Use the database that it is a view of, and share that one with the integration.")
        .details(json!({ "data_sources": [] }))),
        several => {
            let named: Vec<String> = several
                .iter()
                .filter_map(|data_source| {
                    let name = data_source.get("name").and_then(Value::as_str).unwrap_or("untitled");
                    Some(format!("{} ({name})", id_of(data_source)?))
                })
                .collect();
            Err(Error::invalid_input(format!("The database has {} data sources.", several.len()))
                .hint(format!("Give one of these as `database_id`: {}.", named.join(", ")))
                .details(json!({ "data_sources": several })))
        }
    }
}
