//! Views of a data source, and the fixed results of running them.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::{Answer, query};
use crate::identifiers::canonical;
use crate::json::Peek;
use crate::model::small::{View, ViewQuery};
use crate::model::{Stamps, Workspace};
use crate::paginate;

/// Puts a view into a database.
pub(crate) fn insert(
    call: &Call,
    workspace: &mut Workspace,
    database_id: &str,
    data_source_id: &str,
    name: &str,
    kind: &str,
) -> String {
    let id = workspace.mint();
    let view = View {
        id: id.clone(),
        sequence: workspace.next_sequence(),
        stamps: Stamps::new(call.now, call.bot()),
        database_id: database_id.to_owned(),
        data_source_id: data_source_id.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        filter: Value::Null,
        sorts: Value::Null,
        quick_filters: Value::Null,
        configuration: default_configuration(kind),
    };
    workspace.views.insert(id.clone(), view.into());
    id
}

/// A configuration that the type can have without knowing a property; else none.
fn default_configuration(kind: &str) -> Value {
    if ["table", "list", "gallery", "form", "map"].contains(&kind) {
        json!({"type": kind})
    } else {
        Value::Null
    }
}

fn find(call: &Call, workspace: &Workspace) -> Result<Arc<View>, Refusal> {
    let id = call.id("view_id");
    workspace
        .views
        .get(&id)
        .filter(|view| call.integration.sees(workspace, &view.database_id))
        .cloned()
        .ok_or_else(|| call.missing("view", &id))
}

pub(crate) fn list(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let database_id = call.query.text("database_id").map(canonical);
    let data_source_id = call.query.text("data_source_id").map(canonical);
    match (&database_id, &data_source_id) {
        (Some(id), None) => drop(call.database(workspace, id)?),
        (None, Some(id)) => drop(call.data_source(workspace, id)?),
        _ => return Err(invalid("Exactly one of database_id and data_source_id must be given.")),
    }
    let mut found: Vec<_> = workspace
        .views
        .values()
        .filter(|view| database_id.as_ref().is_none_or(|id| *id == view.database_id))
        .filter(|view| data_source_id.as_ref().is_none_or(|id| *id == view.data_source_id))
        .collect();
    found.sort_by_key(|view| view.sequence);
    let ids: Vec<String> = found.iter().map(|view| view.id.clone()).collect();
    let (shown, next) = paginate::slice(&ids, call.query.text("start_cursor"), call.page_size())?;
    let results = shown.iter().map(|id| json!({"object": "view", "id": id})).collect();
    Ok(paginate::list(results, next, "view").into())
}

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    Ok(find(call, workspace)?.to_json().into())
}

pub(crate) fn create(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let body = &call.body;
    let data_source_id = canonical(body.text("data_source_id").unwrap_or_default());
    let data_source = call.data_source(workspace, &data_source_id)?;
    let places =
        ["database_id", "view_id", "create_database"].into_iter().filter(|key| body.has(key)).count();
    if places != 1 {
        return Err(invalid("Exactly one of database_id, view_id and create_database must be given."));
    }
    if !body.has("database_id") {
        return Err(invalid("The emulator makes views in a database only."));
    }
    let database_id = canonical(body.text("database_id").unwrap_or_default());
    call.database(workspace, &database_id)?;
    check_configuration(body.at("configuration"), body.text("type").unwrap_or_default())?;
    query::rows(call, workspace, &data_source.id, body.at("filter"), body.items("sorts"), false)?;
    let (name, kind) = (body.text("name").unwrap_or_default(), body.text("type").unwrap_or_default());
    let id = insert(call, workspace, &database_id, &data_source_id, name, kind);
    apply(call, workspace, &id);
    Ok(Answer::created(workspace.views.get(&id).map_or(Value::Null, |view| view.to_json()), &id))
}

fn check_configuration(configuration: &Value, kind: &str) -> Result<(), Refusal> {
    match configuration.text("type") {
        Some(given) if given != kind => {
            Err(invalid(format!("The configuration is for a {given} view, the view is a {kind}.")))
        }
        _ => Ok(()),
    }
}

fn apply(call: &Call, workspace: &mut Workspace, id: &str) {
    workspace.changed(id);
    let Some(view) = workspace.views.get_mut(id).map(Arc::make_mut) else { return };
    let body = &call.body;
    if let Some(name) = body.text("name") {
        view.name = name.to_owned();
    }
    for (key, member) in [
        ("filter", &mut view.filter),
        ("sorts", &mut view.sorts),
        ("quick_filters", &mut view.quick_filters),
        ("configuration", &mut view.configuration),
    ] {
        if body.has(key) {
            *member = body.at(key).clone();
        }
    }
    view.stamps.touch(call.now, call.bot());
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let view = find(call, workspace)?;
    let body = &call.body;
    check_configuration(body.at("configuration"), &view.kind)?;
    query::rows(call, workspace, &view.data_source_id, body.at("filter"), body.items("sorts"), false)?;
    apply(call, workspace, &view.id);
    Ok(Answer::created(workspace.views.get(&view.id).map_or(Value::Null, |view| view.to_json()), &view.id))
}

pub(crate) fn delete(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let view = find(call, workspace)?;
    let siblings = workspace.views.values().filter(|other| other.database_id == view.database_id).count();
    if siblings < 2 {
        return Err(invalid("The last view of a database can't be deleted."));
    }
    workspace.changed(&view.id);
    workspace.views.remove(&view.id);
    Ok(Answer::created(view.to_partial(), &view.id))
}

fn references(ids: &[String]) -> Vec<Value> {
    ids.iter().map(|id| json!({"object": "page", "id": id})).collect()
}

pub(crate) fn create_query(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let view = find(call, workspace)?;
    let sorts = view.sorts.as_array().cloned().unwrap_or_default();
    let page_ids = query::rows(call, workspace, &view.data_source_id, &view.filter, &sorts, false)?;
    let size = paginate::size_of(call.body.at("page_size"));
    let (shown, next) = paginate::slice(&page_ids, None, size)?;
    let (expires_at, expires_text) = query::expiry(call);
    let id = workspace.mint();
    let answer = json!({
        "object": "view_query",
        "id": id,
        "view_id": view.id,
        "expires_at": expires_text,
        "total_count": page_ids.len(),
        "results": references(shown),
        "next_cursor": next,
        "has_more": next.is_some(),
    });
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
