//! Querying a data source.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::{Answer, data_sources};
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::collection::DataSource;
use crate::model::page::Page;
use crate::query::filter::{Prepared, Scope};
use crate::query::{cursor, filter, sort};
use crate::{clock, paginate};

/// Documented: a query reaches 10,000 rows and says so when there are more.
pub(crate) const RESULT_LIMIT: usize = 10_000;

pub(crate) fn by_data_source(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    run(call, workspace, &call.id("data_source_id"))
}

/// The path of the versions before data sources.
pub(crate) fn by_database(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let data_source_id = data_sources::only_one(call, workspace, &call.id("database_id"))?;
    run(call, workspace, &data_source_id)
}

/// Refuses a filter or sorts that don't fit the schema. The order of these checks was recorded: sorts, filter, cursor,
/// `filter_properties`.
pub(crate) fn check(
    call: &Call,
    workspace: &Workspace,
    data_source: &DataSource,
    wanted: &Value,
    sorts: &[Value],
) -> Result<(), Refusal> {
    sort::check(data_source, sorts)?;
    filter::check(&Scope { workspace, data_source, now: call.now, bot: call.bot() }, wanted)
}

/// The rows that a filter lets through, in order, before the limit.
pub(crate) fn rows(
    call: &Call,
    workspace: &Workspace,
    data_source_id: &str,
    wanted: &Value,
    sorts: &[Value],
    in_trash: bool,
) -> Result<Arc<Vec<Arc<Page>>>, Refusal> {
    let data_source = call.data_source(workspace, data_source_id)?;
    check(call, workspace, &data_source, wanted, sorts)?;
    // "Me" is the caller, and "today" the day.
    let query =
        json!([data_source_id, wanted, sorts, in_trash, call.bot(), call.now.date().to_string()]).to_string();
    if let Some(found) = workspace.found.get(&query) {
        return Ok(found);
    }
    let scope = Scope { workspace, data_source: &data_source, now: call.now, bot: call.bot() };
    let mut found = workspace.rows(&data_source.id);
    found.retain(|row| row.in_trash == in_trash && !row.is_template);
    if !wanted.is_null() {
        let filter = Prepared::new(&scope, wanted);
        found.retain(|row| filter.passes(row));
    }
    sort::order(workspace, &data_source, &mut found, sorts);
    let found = Arc::new(found);
    workspace.found.put(query, &found);
    Ok(found)
}

/// What a query finds: rows, and in a wiki the data sources among them.
enum Found {
    Row(Arc<Page>),
    Source(Arc<DataSource>),
}

impl Found {
    fn id(&self) -> &str {
        match self {
            Found::Row(row) => &row.id,
            Found::Source(source) => &source.id,
        }
    }

    fn to_json(&self, workspace: &Workspace, only: Option<&[String]>) -> Value {
        match self {
            Found::Row(row) => row.to_json(workspace, only),
            Found::Source(source) => source.to_json(workspace),
        }
    }
}

/// The data sources of databases that are in the database of this one, as in a wiki.
fn inner_sources(workspace: &Workspace, data_source: &DataSource) -> Vec<Arc<DataSource>> {
    let inside = |source: &&Arc<DataSource>| {
        let database = source.parent.id().and_then(|id| workspace.databases.get(id));
        database.is_some_and(|database| {
            database.parent == data_source.parent && !database.in_trash && !source.in_trash
        })
    };
    workspace.data_sources.values().filter(inside).cloned().collect()
}

fn run(call: &Call, workspace: &Workspace, data_source_id: &str) -> Result<Answer, Refusal> {
    let body = &call.body;
    let data_source = call.data_source(workspace, data_source_id)?;
    let (wanted, in_trash) = (body.at("filter"), body.is_true("in_trash"));
    let kind = body.text("result_type");
    let rows = rows(call, workspace, data_source_id, wanted, body.items("sorts"), in_trash)?;
    let mut found: Vec<Found> = Vec::new();
    if kind != Some("data_source") {
        found.extend(rows.iter().cloned().map(Found::Row));
    }
    // They have none of the properties that a filter is about.
    if kind != Some("page") && wanted.is_null() && !in_trash {
        found.extend(inner_sources(workspace, &data_source).into_iter().map(Found::Source));
    }
    let cut = found.len() > RESULT_LIMIT;
    found.truncate(RESULT_LIMIT);
    // Notion's sessions are random; one that follows from the data source keeps snapshots stable.
    let seed =
        data_source.id.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let session = crate::identifiers::Minter::new(seed).uuid();
    let place = |id: &str| found.iter().position(|each| each.id() == id);
    let start = cursor::read(place, body.text("start_cursor"), session)?;
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
    let end = (start.position + size).min(found.len());
    let shown = found.get(start.position..end).unwrap_or_default();
    let next = found.get(end).map(|each| match &start.session {
        Some(session) => format!("s:{session}:{}", each.id()),
        None => each.id().to_owned(),
    });
    let only = call.filter_properties.as_deref();
    let results = shown.iter().map(|each| each.to_json(workspace, only)).collect();
    let kind = if call.version < "2025-09-03" { "page_or_database" } else { "page_or_data_source" };
    let at_the_end = next.is_none();
    let mut list = paginate::list(results, next, kind);
    if cut && at_the_end {
        put(&mut list, "request_status", incomplete());
    }
    Ok(list.into())
}

/// What says that the limit cut a result.
pub(crate) fn incomplete() -> Value {
    json!({"type": "incomplete", "incomplete_reason": "query_result_limit_reached"})
}

/// When the result of a view's query expires: 15 minutes later (recorded).
pub(crate) fn expiry(call: &Call) -> (time::OffsetDateTime, String) {
    let at = call.now.saturating_add(time::Duration::minutes(15));
    (at, clock::to_millisecond(at).replace('Z', "+00:00"))
}
