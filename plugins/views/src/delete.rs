//! Deletes a view.

use toolbay_sdk::Code;
use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

use crate::view;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link of the view.
    view_id: String,
}

/// Deletes a view of a database; its rows stay. It can't be restored.
#[tool(destroys, idempotent, route = "DELETE /v1/views/{view_id}")]
pub(crate) fn delete_view(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::View.find(&input.view_id)?.to_string();
    let deleted = call.notion().delete(["v1", "views", id.as_str()]).send();
    deleted.map_err(|problem| last(view::missing(&id, problem)))?;
    Ok(json!({ "id": id }))
}

/// Notion keeps one view of each database.
fn last(problem: Problem) -> Problem {
    if problem.code != Code::InvalidInput || problem.hint.is_some() {
        return problem;
    }
    problem.hint("A database keeps at least one view: create another one first, or trash the database.")
}
