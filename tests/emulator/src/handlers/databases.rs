//! Databases: the containers.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::{Answer, data_sources, views};
use crate::identifiers::canonical;
use crate::json::Peek;
use crate::model::collection::{DataSource, Database};
use crate::model::parent::Parent;
use crate::model::{Stamps, Workspace};
use crate::{rich_text, trash};

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    Ok(call.database(workspace, &call.id("database_id"))?.to_json(workspace).into())
}

pub(crate) fn create(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let body = &call.body;
    let parent = call.parent(workspace, body.at("parent"))?;
    if let Some(above) = parent.id() {
        trash::refuse_edit(workspace, above)?;
    }
    let id = workspace.mint();
    let title = rich_text::fill(workspace, body.at("title"));
    let database = Database {
        id: id.clone(),
        stamps: Stamps::new(call.now, call.bot()),
        parent: parent.clone(),
        title: title.clone(),
        description: rich_text::fill(workspace, body.at("description")),
        icon: rich_text::fill_file(workspace, body.at("icon")),
        cover: rich_text::fill_file(workspace, body.at("cover")),
        is_inline: body.is_true("is_inline"),
        is_locked: false,
        in_trash: false,
        data_sources: Vec::new(),
        views: Vec::new(),
    };
    workspace.databases.insert(id.clone(), database.into());
    if let Parent::Page(above) | Parent::Block(above) = &parent {
        workspace.children_mut(above).push(id.clone());
    }
    let properties = body.at("initial_data_source").at("properties");
    let data_source_id = data_sources::insert(call, workspace, &id, title, Value::Null, properties)?;
    views::insert(call, workspace, &id, &data_source_id, ("Default view", "table"), &Value::Null);
    let database = call.database(workspace, &id)?;
    Ok(Answer::created(database.to_json(workspace), &id))
}

/// A database that shows the data source of another one, below a page.
pub(crate) fn linked(
    call: &Call,
    workspace: &mut Workspace,
    data_source: &DataSource,
    wanted: &Value,
) -> Result<String, Refusal> {
    let parent = call.parent(workspace, wanted.at("parent"))?;
    let Some(page_id) = parent.id().map(str::to_owned) else {
        return Err(invalid("A linked database needs a page."));
    };
    trash::refuse_edit(workspace, &page_id)?;
    let after = wanted.at("position").text("block_id").map(canonical);
    let place = match &after {
        None => workspace.children_of(&page_id).len(),
        Some(after) => {
            let place = workspace.children_of(&page_id).iter().position(|child| child == after);
            1 + place.ok_or_else(|| invalid(format!("Block {after} is not a child of the page.")))?
        }
    };
    let id = workspace.mint();
    let database = Database {
        id: id.clone(),
        stamps: Stamps::new(call.now, call.bot()),
        parent,
        title: data_source.title.clone(),
        description: json!([]),
        icon: Value::Null,
        cover: Value::Null,
        is_inline: true,
        is_locked: false,
        in_trash: false,
        data_sources: vec![data_source.id.clone()],
        views: Vec::new(),
    };
    workspace.databases.insert(id.clone(), database.into());
    workspace.children_mut(&page_id).insert(place, id.clone());
    Ok(id)
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("database_id");
    let body = &call.body;
    let before = call.database(workspace, &id)?;
    trash::refuse_below(workspace, &id)?;
    if before.in_trash && body.at("in_trash").as_bool() != Some(false) {
        trash::refuse_edit(workspace, &id)?;
    }
    let parent = if body.has("parent") { Some(call.parent(workspace, body.at("parent"))?) } else { None };
    if let Some(parent) = &parent {
        if let Some(target) = parent.id()
            && (target == id || workspace.ancestors(target).contains(&id))
        {
            return Err(invalid("A database can't be moved below itself."));
        }
        if let Some(old) = before.parent.id() {
            workspace.children_mut(old).retain(|child| *child != id);
        }
        if let Some(new) = parent.id() {
            workspace.children_mut(new).push(id.clone());
        }
    }
    let title = rich_text::fill(workspace, body.at("title"));
    let description = rich_text::fill(workspace, body.at("description"));
    let icon = rich_text::fill_file(workspace, body.at("icon"));
    let cover = rich_text::fill_file(workspace, body.at("cover"));
    if let Some(database) = workspace.database_mut(&id) {
        if body.has("title") {
            database.title = title;
        }
        if body.has("description") {
            database.description = description;
        }
        if body.has("icon") {
            database.icon = icon;
        }
        if body.has("cover") {
            database.cover = cover;
        }
        for (key, flag) in [
            ("is_inline", &mut database.is_inline),
            ("in_trash", &mut database.in_trash),
            ("is_locked", &mut database.is_locked),
        ] {
            if let Some(wanted) = body.at(key).as_bool() {
                *flag = wanted;
            }
        }
        if let Some(parent) = parent {
            database.parent = parent;
        }
        database.stamps.touch(call.now, call.bot());
    }
    Ok(Answer::created(call.database(workspace, &id)?.to_json(workspace), &id))
}
