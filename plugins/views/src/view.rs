//! A view as Notion answers it: its id, its kind, and its small form.

use serde_json::Map;
use toolbay_sdk::Code;
use toolbay_sdk::notion::NotionId;
use toolbay_sdk::notion::properties::plain::is_empty;
use toolbay_sdk::prelude::*;

use crate::kind::Kind;

/// Reads a view.
pub(crate) fn read(call: &Call, id: NotionId) -> Result<Value, Problem> {
    let id = id.to_string();
    let view = call.notion().get(["v1", "views", id.as_str()]).send();
    view.map(|response| response.body).map_err(|problem| missing(&id, problem))
}

/// Says that there is no such view, where Notion says so.
pub(crate) fn missing(id: &str, problem: Problem) -> Problem {
    if problem.code != Code::NotFound {
        return problem;
    }
    let missing = Problem::not_found(format!("This connection can see no view `{id}`."))
        .hint("`list_views` lists the views of a database; it may also be the id of the database itself.");
    match problem.details {
        Some(details) => missing.details(details),
        None => missing,
    }
}

/// What type of view it is; none for one that came after this was written.
pub(crate) fn kind(view: &Value) -> Option<Kind> {
    Kind::of_name(text(view, "type")?)
}

/// The data source whose rows the view shows; a dashboard has none of its own.
pub(crate) fn data_source_id(view: &Value) -> Result<&str, Problem> {
    text(view, "data_source_id").ok_or_else(|| {
        Problem::invalid_input("The view shows no data source of its own.")
            .hint("A dashboard holds other views; `list_views` lists them.")
    })
}

/// `{id, name, type}`.
pub(crate) fn brief(view: &Value) -> Map<String, Value> {
    members(view, &["id", "name", "type"])
}

/// What a write answers with.
pub(crate) fn written(view: &Value) -> Result<Value, Problem> {
    if text(view, "id").is_none() {
        return Err(Problem::upstream_failed("Notion answered a view without an id."));
    }
    Ok(Value::Object(members(view, &["id", "url"])))
}

/// The members of these names that are not empty.
pub(crate) fn members(view: &Value, keys: &[&str]) -> Map<String, Value> {
    keys.iter()
        .filter_map(|key| Some(((*key).to_owned(), view.get(key).filter(|value| !is_empty(value))?.clone())))
        .collect()
}

fn text<'a>(view: &'a Value, key: &str) -> Option<&'a str> {
    view.get(key).and_then(Value::as_str)
}
