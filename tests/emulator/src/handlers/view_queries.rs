//! The fixed results of running a view.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::Refusal;
use crate::handlers::views::find;
use crate::handlers::{Answer, query};
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::small::ViewQuery;
use crate::paginate;

fn references(ids: &[String]) -> Vec<Value> {
    ids.iter().map(|id| json!({"object": "page", "id": id})).collect()
}

pub(crate) fn create_query(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let view = find(call, workspace)?;
    let sorts = view.sorts.as_array().cloned().unwrap_or_default();
    let rows = query::rows(call, workspace, &view.data_source_id, &view.filter, &sorts, false)?;
    let total = rows.len();
    let page_ids: Vec<String> = rows.iter().take(query::RESULT_LIMIT).map(|row| row.id.clone()).collect();
    let size = paginate::size_of(call.body.at("page_size"));
    let (shown, next) = paginate::slice(&page_ids, None, size)?;
    let (expires_at, expires_text) = query::expiry(call);
    let id = workspace.mint();
    let mut answer = json!({
        "object": "view_query",
        "id": id,
        "view_id": view.id,
        "expires_at": expires_text,
        "total_count": page_ids.len(),
        "results": references(shown),
        "next_cursor": next,
        "has_more": next.is_some(),
    });
    if total > query::RESULT_LIMIT {
        put(&mut answer, "request_status", query::incomplete());
    }
    let stored = ViewQuery { id: id.clone(), view_id: view.id.clone(), expires_at, page_ids };
    workspace.view_queries.insert(id.clone(), stored.into());
    Ok(Answer::created(answer, &id))
}

fn find_query(call: &Call, workspace: &Workspace) -> Result<Arc<ViewQuery>, Refusal> {
    let view = find(call, workspace)?;
    let id = call.id("query_id");
    workspace
        .view_queries
        .get(&id)
        .filter(|query| query.view_id == view.id && query.expires_at > call.now)
        .cloned()
        .ok_or_else(|| call.missing("view query", &id))
}

pub(crate) fn query_results(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let query = find_query(call, workspace)?;
    let (shown, next) = paginate::slice(&query.page_ids, call.query.text("start_cursor"), call.page_size())?;
    Ok(paginate::list(references(shown), next, "page").into())
}

pub(crate) fn delete_query(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let query = find_query(call, workspace)?;
    workspace.changed(&query.id);
    workspace.view_queries.remove(&query.id);
    Ok(Answer::created(json!({"object": "view_query", "id": query.id, "deleted": true}), &query.id))
}
