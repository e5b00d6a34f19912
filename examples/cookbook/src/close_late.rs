use toolbay_sdk::notion::{DataSource, NewOptions, Row};
use toolbay_sdk::prelude::*;

#[derive(Row)]
struct Late {
    #[row(id)]
    id: String,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Database of tasks, id or link.
    database_id: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Closed {
    closed: usize,
}

/// Closes the tasks that were due more than a month ago.
#[tool(writes, idempotent)]
pub(crate) fn close_late(call: &Call, input: Input) -> Result<Closed, Problem> {
    let mut source = DataSource::find(call, &input.database_id)?;
    let filter = json!({ "Status": { "not": "Done" }, "Due": { "before": "-1m" } });
    let rows = source.rows(call).filter(&filter)?.typed::<Late>()?.collect::<Result<Vec<_>, _>>()?;
    let values = json!({ "Status": "Done" }).as_object().cloned().unwrap_or_default();
    let body = json!({ "properties": source.values(call, &values, NewOptions::Refuse)? });
    let requests = rows.iter().map(|row| Request::patch(["v1", "pages", row.id.as_str()], body.clone()));
    for answer in call.notion().send_all(requests.collect()) {
        answer?;
    }
    Ok(Closed { closed: rows.len() })
}
