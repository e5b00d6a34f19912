use toolbay_sdk::notion::DataSource;
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Database, id or link.
    database_id: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Changed {
    titles: Vec<String>,
}

/// Names the rows that were edited since the last call.
#[tool(reads)]
pub(crate) fn changed_since(call: &Call, input: Input) -> Result<Changed, Problem> {
    let now = call.calendar()?.now();
    let mut source = DataSource::find(call, &input.database_id)?;
    let key = format!("seen/{}", source.id);
    let seen: Option<String> = call.state().get(&key)?;
    let filter = seen.map_or(Value::Null, |time| json!({ "last_edited_time": { "on_or_after": time } }));
    let mut titles = Vec::new();
    for row in source.rows(call).filter(&filter)? {
        titles.extend(row?.title());
    }
    // Only now: what fails before is asked for again. Notion's times are cut to the minute, so what is edited in this one may
    // be named twice, and is never left out.
    call.state().put(&key, &now)?;
    Ok(Changed { titles })
}
