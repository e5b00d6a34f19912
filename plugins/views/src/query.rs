//! The rows that a view shows, in its order.

use serde_json::Map;
use toolbay_sdk::notion::{Detail, NotionId, Object};
use toolbay_sdk::{Code, prelude::*};

use crate::columns::Columns;
use crate::cursor::Cursor;
use crate::rows::{self, Wanted};
use crate::view;

/// Most rows that Notion answers with at once.
const PAGE: usize = 100;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link of the view.
    view_id: String,
    /// Only these properties.
    properties: Option<Vec<String>>,
    /// Most rows.
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 200))]
    limit: usize,
    /// `next_cursor` of the answer before.
    cursor: Option<String>,
    /// `full` for Notion's own objects.
    detail: Option<Detail>,
}

fn fifty() -> usize {
    50
}

/// What Notion answers: rows by id alone, and the query itself when it is made.
#[derive(Deserialize)]
struct Page {
    id: Option<String>,
    total_count: Option<usize>,
    results: Vec<Reference>,
    next_cursor: Option<String>,
    request_status: Option<Value>,
}

#[derive(Deserialize)]
struct Reference {
    id: String,
}

/// Answers the rows that a view shows, filtered and sorted as the view is, in the form of `query`.
#[tool(reads, route = "POST /v1/views/{view_id}/query")]
pub(crate) fn query_view(call: &Call, input: Input) -> Result<Value, Problem> {
    let view_id = Object::View.find(&input.view_id)?;
    let limit = input.limit.clamp(1, 200);
    let start =
        input.cursor.as_deref().filter(|cursor| !cursor.trim().is_empty()).map(Cursor::read).transpose()?;
    let (view, first) = begin(call, view_id, start.as_ref(), limit.min(PAGE))?;
    let query_id = match (&start, &first.id) {
        (Some(start), _) => start.query_id.clone(),
        (None, Some(id)) => id.clone(),
        (None, None) => {
            return Err(Problem::upstream_failed("Notion answered a query of a view without its id."));
        }
    };
    let total = first.total_count;
    let mut is_cut = is_incomplete(&first);
    let mut ids: Vec<String> = first.results.into_iter().map(|row| row.id).collect();
    let mut next = first.next_cursor;
    for _ in 1..limit.div_ceil(PAGE) {
        let missing = limit.saturating_sub(ids.len());
        let Some(cursor) = next.as_deref().filter(|_| missing > 0) else { break };
        let page: Page =
            call.notion().send(results(view_id, &query_id, cursor, missing.min(PAGE)))?.json()?;
        is_cut |= is_incomplete(&page);
        ids.extend(page.results.into_iter().map(|row| row.id));
        next = page.next_cursor;
    }
    let is_full = input.detail == Some(Detail::Full);
    let names = input.properties.unwrap_or_default();
    let columns = if is_full && names.is_empty() { None } else { Some(Columns::find(call, &view, &names)?) };
    let column_ids = columns.as_ref().map(Columns::ids).unwrap_or_default();
    let wanted = Wanted { view: &view, ids: &ids, columns: &column_ids, total };
    let found = rows::read(call, &wanted, start.and_then(|start| start.rows))?;
    let mut answer = Map::new();
    match columns.filter(|_| !is_full) {
        Some(columns) => columns.table(call, &found.pages)?.put(&mut answer),
        None => drop(answer.insert("results".to_owned(), found.pages.into())),
    }
    if let Some(total) = total {
        answer.insert("total".to_owned(), total.into());
    }
    if let Some(results) = next {
        let cursor = Cursor { query_id, results, rows: found.cursor };
        answer.insert("next_cursor".to_owned(), cursor.write().into());
    }
    let mut notes = Vec::new();
    if !found.unread.is_empty() {
        answer.insert("unread".to_owned(), json!(found.unread));
        notes.push(
            "The rows in `unread` were too many to read: `get_page` reads one, a smaller `limit` avoids it.",
        );
    }
    if is_cut {
        notes.push("Notion ends every query at 10,000 rows and there are more: narrow the view's filter.");
    }
    if !notes.is_empty() {
        answer.insert("notes".to_owned(), json!(notes));
    }
    Ok(Value::Object(answer))
}

/// Asks for the view and the first rows side by side.
fn begin(
    call: &Call,
    view_id: NotionId,
    start: Option<&Cursor>,
    size: usize,
) -> Result<(Value, Page), Problem> {
    let id = view_id.to_string();
    let rows = match start {
        Some(start) => results(view_id, &start.query_id, &start.results, size),
        None => Request::post(["v1", "views", id.as_str(), "queries"], json!({ "page_size": size })),
    };
    let requests = vec![Request::get(["v1", "views", id.as_str()]), rows];
    let mut answers = call.notion().send_all(requests).into_iter();
    let (Some(view), Some(rows)) = (answers.next(), answers.next()) else {
        return Err(Problem::failed("The host did not answer each request."));
    };
    let view = view.map_err(|problem| view::missing(&id, problem))?.body;
    let rows = rows.map_err(|problem| match (start, problem.code) {
        (Some(_), Code::NotFound | Code::InvalidInput) => {
            Problem::not_found("The results of this query are gone.")
                .hint("Notion keeps them for a quarter of an hour: leave `cursor` out to begin again.")
        }
        _ => problem,
    })?;
    Ok((view, rows.json()?))
}

fn results(view_id: NotionId, query_id: &str, cursor: &str, size: usize) -> Request {
    Request::get(["v1", "views", view_id.to_string().as_str(), "queries", query_id])
        .query("page_size", size)
        .query("start_cursor", cursor)
}

fn is_incomplete(page: &Page) -> bool {
    page.request_status
        .as_ref()
        .is_some_and(|status| status.get("type").is_some_and(|kind| kind == "incomplete"))
}
