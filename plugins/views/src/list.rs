//! The views of a database, or one of them with its settings.

use toolbay_sdk::Code;
use toolbay_sdk::notion::{Detail, NotionId, Object};
use toolbay_sdk::prelude::*;

use crate::{settings, view};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Database or data source.
    database_id: Option<String>,
    /// One view, with its settings.
    view_id: Option<String>,
    /// Each view costs a request.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 50))]
    limit: usize,
    /// `next_cursor` of the answer before.
    cursor: Option<String>,
    /// `full` for Notion's own objects.
    detail: Option<Detail>,
}

fn twenty() -> usize {
    20
}

/// What Notion answers: views by id alone.
#[derive(Deserialize)]
struct Page {
    results: Vec<Value>,
    next_cursor: Option<String>,
}

/// Lists the views of a database by id, name and type, or shows one view's settings.
#[tool(reads, idempotent, route = "GET /v1/views")]
pub(crate) fn list_views(call: &Call, input: Input) -> Result<Value, Problem> {
    let is_full = input.detail == Some(Detail::Full);
    match (input.database_id, input.view_id) {
        (None, Some(_)) if input.cursor.as_ref().is_some_and(|cursor| !cursor.trim().is_empty()) => {
            Err(Problem::invalid_input("One view has no further pages, and a `cursor` is given.").hint(
                "Leave `cursor` out; or give `database_id` in place of `view_id` to go on with a list.",
            ))
        }
        (None, Some(id)) => {
            let view = view::read(call, Object::View.find(&id)?)?;
            let view = if is_full { view } else { Value::Object(settings::compact(call, &view)) };
            Ok(json!({ "views": [view] }))
        }
        (Some(id), None) => {
            let cursor = input.cursor.filter(|cursor| !cursor.trim().is_empty());
            let page =
                references(call, Object::Database.find(&id)?, input.limit.clamp(1, 50), cursor.as_deref())?;
            let mut views = whole(call, page.results)?;
            if !is_full {
                views.iter_mut().for_each(|found| *found = Value::Object(view::brief(found)));
            }
            Ok(match page.next_cursor {
                Some(cursor) => json!({ "views": views, "next_cursor": cursor }),
                None => json!({ "views": views }),
            })
        }
        _ => Err(Problem::invalid_input("Either `database_id` or `view_id` is needed.")
            .hint("Give `database_id` to list a database's views, or `view_id` for one view's settings.")),
    }
}

/// Asks for the views of a database, and where there is no such database, of a data source: nothing tells the ids apart.
fn references(call: &Call, id: NotionId, limit: usize, cursor: Option<&str>) -> Result<Page, Problem> {
    let of = |key: &str| {
        let request = Request::get("/v1/views").query(key, id).query("page_size", limit);
        let request = match cursor {
            Some(cursor) => request.query("start_cursor", cursor),
            None => request,
        };
        call.notion().send(request)?.json::<Page>()
    };
    let refused = match of("database_id") {
        Err(problem) if matches!(problem.code, Code::NotFound | Code::InvalidInput) => problem,
        answered => return answered,
    };
    of("data_source_id").map_err(|problem| match (problem.code, refused.code) {
        (Code::NotFound, Code::NotFound) => {
            Problem::not_found(format!("This connection can see no database or data source `{id}`."))
                .hint("It may be a page's id, or the database is not shared with the integration; `search` lists what is.")
        }
        // A cursor that is wrong is wrong for both; so is what Notion knows as something else.
        (Code::NotFound, _) if refused.hint.is_none() => {
            refused.hint("Give the id or link of a database; `search` finds them.")
        }
        (Code::NotFound, _) => refused,
        _ => problem,
    })
}

/// Reads each view whose name Notion did not say. One that went meanwhile keeps its id.
fn whole(call: &Call, references: Vec<Value>) -> Result<Vec<Value>, Problem> {
    let is_whole = |view: &Value| view.get("name").is_some();
    let ids = references.iter().filter(|view| !is_whole(view)).filter_map(|view| view.get("id")?.as_str());
    let requests: Vec<Request> = ids.map(|id| Request::get(["v1", "views", id])).collect();
    let mut answers = call.notion().send_all(requests).into_iter();
    references
        .into_iter()
        .map(|reference| {
            if is_whole(&reference) || !reference.get("id").is_some_and(Value::is_string) {
                return Ok(reference);
            }
            match answers.next() {
                Some(Ok(view)) => Ok(view.body),
                Some(Err(problem)) if problem.code != Code::NotFound => Err(problem),
                _ => Ok(reference),
            }
        })
        .collect()
}
