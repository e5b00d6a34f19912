//! Data sources: the tables, and their schemas.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::Answer;
use crate::identifiers::canonical;
use crate::json::Peek;
use crate::model::collection::DataSource;
use crate::model::parent::Parent;
use crate::model::{Stamps, Workspace};
use crate::properties::schema;
use crate::{paginate, rich_text, trash};

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    Ok(call.data_source(workspace, &call.id("data_source_id"))?.to_json(workspace).into())
}

/// Puts a data source into a database.
pub(crate) fn insert(
    call: &Call,
    workspace: &mut Workspace,
    database_id: &str,
    title: Value,
    icon: Value,
    properties: &Value,
) -> Result<String, Refusal> {
    let id = workspace.mint();
    let data_source = DataSource {
        id: id.clone(),
        sequence: workspace.next_sequence(),
        stamps: Stamps::new(call.now, call.bot()),
        parent: Parent::Database(database_id.to_owned()),
        title,
        icon,
        in_trash: false,
        properties: Vec::new(),
        last_number: 0,
    };
    workspace.data_sources.insert(id.clone(), data_source.into());
    if let Some(database) = workspace.database_mut(database_id) {
        database.data_sources.push(id.clone());
    }
    let default = default_properties();
    schema::create(call, workspace, &id, if properties.is_null() { &default } else { properties })?;
    Ok(id)
}

pub(crate) fn create(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let body = &call.body;
    let database_id = canonical(body.at("parent").text("database_id").unwrap_or_default());
    call.database(workspace, &database_id)?;
    trash::refuse_edit(workspace, &database_id)?;
    let title = rich_text::fill(workspace, body.at("title"));
    let icon = rich_text::fill_file(workspace, body.at("icon"));
    let id = insert(call, workspace, &database_id, title, icon, body.at("properties"))?;
    Ok(Answer::created(call.data_source(workspace, &id)?.to_json(workspace), &id))
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("data_source_id");
    let body = &call.body;
    let before = call.data_source(workspace, &id)?;
    trash::refuse_below(workspace, &id)?;
    if before.in_trash && body.at("in_trash").as_bool() != Some(false) {
        trash::refuse_edit(workspace, &id)?;
    }
    if body.has("parent") {
        let target = canonical(body.at("parent").text("database_id").unwrap_or_default());
        call.database(workspace, &target)?;
        let old = before.parent.id().unwrap_or_default().to_owned();
        if let Some(database) = workspace.database_mut(&old) {
            database.data_sources.retain(|held| *held != id);
        }
        if let Some(database) = workspace.database_mut(&target) {
            database.data_sources.push(id.clone());
        }
        if let Some(data_source) = workspace.data_source_mut(&id) {
            data_source.parent = Parent::Database(target);
        }
    }
    schema::update(call, workspace, &id, body.at("properties"))?;
    let title = rich_text::fill(workspace, body.at("title"));
    let icon = rich_text::fill_file(workspace, body.at("icon"));
    if let Some(data_source) = workspace.data_source_mut(&id) {
        if body.has("title") {
            data_source.title = title;
        }
        if body.has("icon") {
            data_source.icon = icon;
        }
        if let Some(in_trash) = body.at("in_trash").as_bool() {
            data_source.in_trash = in_trash;
        }
        data_source.stamps.touch(call.now, call.bot());
    }
    Ok(Answer::created(call.data_source(workspace, &id)?.to_json(workspace), &id))
}

/// The templates of a data source: rows that are kept out of queries.
pub(crate) fn templates(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let data_source = call.data_source(workspace, &call.id("data_source_id"))?;
    let wanted = call.query.text("name").unwrap_or_default().to_lowercase();
    let templates: Vec<_> = workspace
        .rows(&data_source.id)
        .into_iter()
        .filter(|row| row.is_template && !row.in_trash && row.plain_title().to_lowercase().contains(&wanted))
        .collect();
    let ids: Vec<String> = templates.iter().map(|row| row.id.clone()).collect();
    let (shown, next) = paginate::slice(&ids, call.query.text("start_cursor"), call.page_size())?;
    let listed: Vec<Value> = templates
        .iter()
        .filter(|row| shown.contains(&row.id))
        .map(|row| {
            let is_default = ids.first() == Some(&row.id);
            serde_json::json!({"id": row.id, "name": row.plain_title(), "is_default": is_default})
        })
        .collect();
    // This list alone has no `request_id` (recorded).
    let mut answer: Answer =
        serde_json::json!({"templates": listed, "has_more": next.is_some(), "next_cursor": next}).into();
    answer.names_request = false;
    Ok(answer)
}

/// The one data source of a database, for the path that older versions query by.
pub(crate) fn only_one(call: &Call, workspace: &Workspace, database_id: &str) -> Result<String, Refusal> {
    let database = call.database(workspace, database_id)?;
    match database.data_sources.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(invalid("Databases with multiple data sources are not supported in this API version.")),
    }
}

/// The empty schema of a database that was made without one.
pub(crate) fn default_properties() -> Value {
    json!({"Name": {"title": {}}})
}
