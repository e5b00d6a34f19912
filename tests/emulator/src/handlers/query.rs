//! Querying a data source.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::{Answer, data_sources};
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::query::filter::Scope;
use crate::query::{cursor, filter, sort};
use crate::{clock, paginate};

/// Documented: a query reaches 10,000 rows and says so when there are more.
const RESULT_LIMIT: usize = 10_000;

pub(crate) fn by_data_source(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    run(call, workspace, &call.id("data_source_id"))
}

/// The path of the versions before data sources.
pub(crate) fn by_database(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let data_source_id = data_sources::only_one(call, workspace, &call.id("database_id"))?;
    run(call, workspace, &data_source_id)
}

/// The rows that a filter lets through, in order, before the limit.
pub(crate) fn rows(
    call: &Call,
    workspace: &Workspace,
    data_source_id: &str,
    wanted: &Value,
    sorts: &[Value],
    in_trash: bool,
) -> Result<Vec<String>, Refusal> {
    let data_source = call.data_source(workspace, data_source_id)?;
    // The order of these checks was recorded: sorts, filter, cursor, filter_properties.
    sort::check(&data_source, sorts)?;
    let scope = Scope { workspace, data_source: &data_source, now: call.now, bot: call.bot() };
    filter::check(&scope, wanted)?;
    let mut found = workspace.rows(&data_source.id);
    found.retain(|row| row.in_trash == in_trash && !row.is_template);
    if !wanted.is_null() {
        found.retain(|row| filter::passes(&scope, row, wanted));
    }
    sort::order(workspace, &data_source, &mut found, sorts);
    Ok(found.into_iter().map(|row| row.id.clone()).collect())
}

fn run(call: &Call, workspace: &Workspace, data_source_id: &str) -> Result<Answer, Refusal> {
    let body = &call.body;
    let data_source = call.data_source(workspace, data_source_id)?;
    let mut ids = rows(
        call,
        workspace,
        data_source_id,
        body.at("filter"),
        body.items("sorts"),
        body.is_true("in_trash"),
    )?;
    if body.text("result_type") == Some("data_source") {
        ids.clear();
    }
    let cut = ids.len() > RESULT_LIMIT;
    ids.truncate(RESULT_LIMIT);
    // Notion's sessions are random; one that follows from the data source keeps snapshots stable.
    let seed =
        data_source.id.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let session = crate::identifiers::Minter::new(seed).uuid();
    let start = cursor::read(&ids, body.text("start_cursor"), session)?;
    for name in call.filter_properties.as_deref().unwrap_or_default() {
        if !name.is_empty() && data_source.property(name).is_none() {
            return Err(invalid(format!(
                "The schema for the data source with the following ID is malformed: {}. The provided \
                 `filter_properties` contains an invalid attribute: {name}.",
                data_source.id
            )));
        }
    }
    let size = paginate::size_of(body.at("page_size")).unwrap_or(0);
    let end = (start.position + size).min(ids.len());
    let shown = ids.get(start.position..end).unwrap_or_default();
    let next = ids.get(end).map(|id| match &start.session {
        Some(session) => format!("s:{session}:{id}"),
        None => id.clone(),
    });
    let only = call.filter_properties.as_deref();
    let results = shown
        .iter()
        .filter_map(|id| workspace.pages.get(id))
        .map(|row| row.to_json(workspace, only))
        .collect();
    let kind = if call.version < "2025-09-03" { "page_or_database" } else { "page_or_data_source" };
    let at_the_end = next.is_none();
    let mut list = paginate::list(results, next, kind);
    if cut && at_the_end {
        put(
            &mut list,
            "request_status",
            json!({"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}),
        );
    }
    Ok(list.into())
}

/// When the result of a view's query expires: 15 minutes later (recorded).
pub(crate) fn expiry(call: &Call) -> (time::OffsetDateTime, String) {
    let at = call.now.saturating_add(time::Duration::minutes(15));
    (at, clock::to_millisecond(at))
}
