use toolbay_sdk::notion::{DataSource, Row};
use toolbay_sdk::prelude::*;

#[derive(Row)]
struct Task {
    #[row(url)]
    url: String,
    title: String,
    estimate: Option<f64>,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Database of tasks, id or link.
    database_id: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Largest {
    title: String,
    url: String,
    estimate: f64,
}

/// Finds the largest open task.
#[tool(reads)]
pub(crate) fn largest(call: &Call, input: Input) -> Result<Largest, Problem> {
    let filter = json!({ "Status": { "not": "Done" }, "Estimate": { "is_not_empty": true } });
    let mut source = DataSource::find(call, &input.database_id)?;
    let first = source.rows(call).filter(&filter)?.sorts(&json!(["-Estimate"]))?.typed::<Task>()?.next();
    let Some(task) = first.transpose()? else {
        return Err(Problem::not_found("No open task has an estimate.").hint("Fill in `Estimate` first."));
    };
    Ok(Largest { title: task.title, url: task.url, estimate: task.estimate.unwrap_or_default() })
}
