//! Views of a data source.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::{Answer, databases, query, view_configuration};
use crate::identifiers::canonical;
use crate::json::{Peek, put};
use crate::model::collection::DataSource;
use crate::model::small::View;
use crate::model::{Stamps, Workspace};
use crate::{paginate, trash};

/// Puts a view of a name and a type into a database, at a place among its tabs.
pub(crate) fn insert(
    call: &Call,
    workspace: &mut Workspace,
    database_id: &str,
    data_source_id: &str,
    (name, kind): (&str, &str),
    position: &Value,
) -> String {
    let id = workspace.mint();
    let data_source = workspace.data_sources.get(data_source_id);
    let view = View {
        id: id.clone(),
        stamps: Stamps::new(call.now, call.bot()),
        database_id: database_id.to_owned(),
        data_source_id: data_source_id.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        filter: Value::Null,
        sorts: Value::Null,
        quick_filters: Value::Null,
        configuration: data_source.map_or(Value::Null, |found| view_configuration::default(found, kind)),
        dashboard_view_id: None,
    };
    workspace.views.insert(id.clone(), view.into());
    if let Some(database) = workspace.databases.get_mut(database_id) {
        let after = position.text("view_id").map(canonical);
        let place = match position.text("type") {
            Some("start") => 0,
            _ => after
                .and_then(|after| database.views.iter().position(|held| *held == after))
                .map_or(database.views.len(), |place| place + 1),
        };
        database.views.insert(place, id.clone());
    }
    id
}

pub(crate) fn find(call: &Call, workspace: &Workspace) -> Result<Arc<View>, Refusal> {
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
    let ids = match (&database_id, &data_source_id) {
        (Some(id), None) => call.database(workspace, id)?.views.clone(),
        (None, Some(id)) => {
            call.data_source(workspace, id)?;
            let of_source =
                |view: &String| workspace.views.get(view).is_some_and(|view| view.data_source_id == *id);
            let databases = workspace.databases.values();
            databases
                .flat_map(|database| database.views.iter())
                .filter(|view| of_source(view))
                .cloned()
                .collect()
        }
        _ => return Err(invalid("Exactly one of database_id and data_source_id must be given.")),
    };
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
    trash::refuse_edit(workspace, &data_source_id)?;
    let places =
        ["database_id", "view_id", "create_database"].into_iter().filter(|key| body.has(key)).count();
    if places != 1 {
        return Err(invalid("Exactly one of database_id, view_id and create_database must be given."));
    }
    for (key, with) in [("position", "database_id"), ("placement", "view_id")] {
        if body.has(key) && !body.has(with) {
            return Err(invalid(format!("{key} is for a view that is made with {with}.")));
        }
    }
    check(call, workspace, &data_source)?;
    let named = (body.text("name").unwrap_or_default(), body.text("type").unwrap_or_default());
    let id = if body.has("view_id") {
        widget(call, workspace, &data_source_id, named)?
    } else {
        let database_id = if body.has("create_database") {
            databases::linked(call, workspace, &data_source, body.at("create_database"))?
        } else {
            let id = canonical(body.text("database_id").unwrap_or_default());
            call.database(workspace, &id)?;
            trash::refuse_edit(workspace, &id)?;
            id
        };
        insert(call, workspace, &database_id, &data_source_id, named, body.at("position"))
    };
    apply(call, workspace, &data_source, &id)?;
    Ok(Answer::created(workspace.views.get(&id).map_or(Value::Null, |view| view.to_json()), &id))
}

/// A view inside a dashboard, which is a view too.
fn widget(
    call: &Call,
    workspace: &mut Workspace,
    data_source_id: &str,
    named: (&str, &str),
) -> Result<String, Refusal> {
    let dashboard_id = canonical(call.body.text("view_id").unwrap_or_default());
    let dashboard = workspace
        .views
        .get(&dashboard_id)
        .filter(|view| call.integration.sees(workspace, &view.database_id))
        .cloned()
        .ok_or_else(|| call.missing("view", &dashboard_id))?;
    if dashboard.kind != "dashboard" || named.1 == "dashboard" {
        return Err(invalid("Views are put into a view of type dashboard, and no dashboard into another."));
    }
    let placement = call.body.at("placement");
    let row_index = placement.at("row_index").as_u64().and_then(|row| usize::try_from(row).ok());
    let mut configuration = dashboard.configuration.clone();
    let (row_id, widget_id) = (workspace.minter.uuid(), workspace.minter.uuid());
    // A widget's view is no tab of the database.
    let id = insert(call, workspace, "", data_source_id, named, &Value::Null);
    let widget = json!({"id": widget_id, "view_id": id});
    let rows = configuration.get_mut("rows").and_then(Value::as_array_mut);
    let rows = rows.ok_or_else(|| invalid("The dashboard has no rows."))?;
    if placement.text("type") == Some("existing_row") {
        let row = row_index.and_then(|index| rows.get_mut(index));
        let widgets = row.and_then(|row| row.get_mut("widgets")).and_then(Value::as_array_mut);
        widgets.ok_or_else(|| invalid("The dashboard has no row of that index."))?.push(widget);
    } else {
        let place = row_index.unwrap_or(rows.len()).min(rows.len());
        rows.insert(place, json!({"id": row_id, "widgets": [widget]}));
    }
    workspace.changed(&dashboard_id);
    if let Some(dashboard) = workspace.views.get_mut(&dashboard_id) {
        dashboard.configuration = configuration;
    }
    if let Some(view) = workspace.views.get_mut(&id) {
        view.database_id.clone_from(&dashboard.database_id);
        view.dashboard_view_id = Some(dashboard_id);
    }
    Ok(id)
}

/// Refuses what doesn't fit the schema of the data source.
fn check(call: &Call, workspace: &Workspace, data_source: &DataSource) -> Result<(), Refusal> {
    let body = &call.body;
    query::check(call, workspace, data_source, body.at("filter"), body.items("sorts"))?;
    for (key, condition) in body.at("quick_filters").as_object().into_iter().flatten() {
        let property = data_source
            .property(key)
            .ok_or_else(|| invalid(format!("Could not find property with name or id: {key}")))?;
        if !condition.is_null() && !condition.has(&property.kind) {
            return Err(invalid(format!(
                "The quick filter of {key} must be for a {} property.",
                property.kind
            )));
        }
    }
    Ok(())
}

fn apply(call: &Call, workspace: &mut Workspace, data_source: &DataSource, id: &str) -> Result<(), Refusal> {
    workspace.changed(id);
    let Some(mut view) = workspace.views.get(id).map(|view| (**view).clone()) else { return Ok(()) };
    let body = &call.body;
    if body.has("configuration") {
        let given = body.at("configuration");
        view.configuration =
            view_configuration::of_request(data_source, &view.kind, given, &mut workspace.minter)?;
    }
    if let Some(name) = body.text("name") {
        view.name = name.to_owned();
    }
    for (key, member) in [("filter", &mut view.filter), ("sorts", &mut view.sorts)] {
        if body.has(key) {
            *member = body.at(key).clone();
        }
    }
    if body.has("quick_filters") && body.at("quick_filters").is_null() {
        view.quick_filters = Value::Null;
    }
    for (key, condition) in body.at("quick_filters").as_object().into_iter().flatten() {
        if !view.quick_filters.is_object() {
            view.quick_filters = json!({});
        }
        if condition.is_null() {
            if let Some(held) = view.quick_filters.as_object_mut() {
                held.shift_remove(key);
            }
        } else {
            put(&mut view.quick_filters, key, condition.clone());
        }
    }
    view.stamps.touch(call.now, call.bot());
    workspace.views.insert(id.to_owned(), view.into());
    Ok(())
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let view = find(call, workspace)?;
    let data_source = call.data_source(workspace, &view.data_source_id)?;
    check(call, workspace, &data_source)?;
    apply(call, workspace, &data_source, &view.id)?;
    Ok(Answer::created(workspace.views.get(&view.id).map_or(Value::Null, |view| view.to_json()), &view.id))
}

pub(crate) fn delete(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let view = find(call, workspace)?;
    match &view.dashboard_view_id {
        Some(dashboard) => take_widget(workspace, dashboard, &view.id),
        None => {
            let database = call.database(workspace, &view.database_id)?;
            if database.views.len() < 2 {
                return Err(invalid("The last view of a database can't be deleted."));
            }
            if let Some(database) = workspace.databases.get_mut(&view.database_id) {
                database.views.retain(|held| *held != view.id);
            }
        }
    }
    workspace.changed(&view.id);
    workspace.views.remove(&view.id);
    Ok(Answer::created(view.to_partial(), &view.id))
}

fn take_widget(workspace: &mut Workspace, dashboard_id: &str, id: &str) {
    let Some(dashboard) = workspace.views.get_mut(dashboard_id) else { return };
    let Some(rows) = dashboard.configuration.get_mut("rows").and_then(Value::as_array_mut) else { return };
    for row in rows.iter_mut() {
        if let Some(widgets) = row.get_mut("widgets").and_then(Value::as_array_mut) {
            widgets.retain(|widget| widget.text("view_id") != Some(id));
        }
    }
    rows.retain(|row| !row.items("widgets").is_empty());
}
