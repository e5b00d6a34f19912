//! The data source that a caller means, whichever id was given.

use toolbay_sdk::notion::{NotionId, Schema};
use toolbay_sdk::prelude::*;

/// A data source and its properties.
pub(crate) struct DataSource {
    pub(crate) id: String,
    pub(crate) schema: Schema,
}

/// Finds it by the id or link of a data source, or of a database that has only one.
///
/// People copy database ids, the API wants data source ids, and nothing tells the two apart: both are asked for at once.
pub(crate) fn find(call: &Call, text: &str) -> Result<DataSource, Problem> {
    let id: NotionId = text.parse()?;
    let id = id.to_string();
    let mut answers = call
        .notion()
        .send_all(vec![
            Request::get(["v1", "data_sources", id.as_str()]),
            Request::get(["v1", "databases", id.as_str()]),
        ])
        .into_iter();
    let (Some(data_source), Some(database)) = (answers.next(), answers.next()) else {
        return Err(Problem::failed("The host did not answer each request."));
    };
    match (data_source, database) {
        (Ok(data_source), _) => read(&data_source.body),
        (Err(problem), _) | (_, Err(problem)) if !is_another_kind(&problem) => Err(problem),
        (Err(_), Ok(database)) => {
            let only = only_data_source(&database.body)?;
            read(&call.notion().get(["v1", "data_sources", only.as_str()]).send()?.body)
        }
        (Err(_), Err(problem)) => Err(missing(&id, problem)),
    }
}

fn read(data_source: &Value) -> Result<DataSource, Problem> {
    let id = data_source.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Problem::upstream_failed("Notion answered a data source without an id."))?;
    Ok(DataSource { id: id.to_owned(), schema: Schema::of_data_source(data_source)? })
}

/// Notion answers 404, or 400 when it knows the id as something else.
fn is_another_kind(problem: &Problem) -> bool {
    let status = problem
        .details
        .as_ref()
        .and_then(|details| details.pointer("/notion/status"))
        .and_then(Value::as_u64);
    matches!(status, Some(400 | 404))
}

fn only_data_source(database: &Value) -> Result<String, Problem> {
    let listed =
        database.get("data_sources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let id_of = |data_source: &Value| data_source.get("id").and_then(Value::as_str).map(str::to_owned);
    match listed {
        [only] => {
            id_of(only).ok_or_else(|| Problem::upstream_failed("Notion listed a data source without an id."))
        }
        [] => Err(Problem::not_found("The database has no data source that this connection can see.")
            .hint("Share the database itself with the integration; a linked view is not enough.")),
        several => {
            let named: Vec<String> = several
                .iter()
                .filter_map(|data_source| {
                    let name = data_source.get("name").and_then(Value::as_str).unwrap_or("untitled");
                    Some(format!("{} ({name})", id_of(data_source)?))
                })
                .collect();
            Err(Problem::invalid_input(format!("The database has {} data sources.", several.len()))
                .hint(format!("Give one of these as `database_id`: {}.", named.join(", ")))
                .details(json!({ "data_sources": several })))
        }
    }
}

fn missing(id: &str, problem: Problem) -> Problem {
    let missing = Problem::not_found(format!("This connection can see no database or data source `{id}`.")).hint(
        "It may be the id of a page, or the database is not shared with the integration. The search tool lists what is, \
         with `object` set to `data_source`.",
    );
    match problem.details {
        Some(details) => missing.details(details),
        None => missing,
    }
}
