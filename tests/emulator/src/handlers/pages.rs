//! Pages: read, changed, moved.

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::{Answer, pages_create};
use crate::json::Peek;
use crate::model::Workspace;
use crate::model::integration::Capability;
use crate::model::parent::Parent;
use crate::properties::write;
use crate::{rich_text, trash};

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let page = call.page(workspace, &call.id("page_id"))?;
    Ok(page.to_json(workspace, call.filter_properties.as_deref()).into())
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("page_id");
    let body = &call.body;
    let before = call.page(workspace, &id)?;
    trash::refuse_below(workspace, &id)?;
    let trashed = body.at("in_trash").as_bool();
    // Trashing what is in the trash changes nothing; any other edit of it is refused.
    let trashes_only = trashed == Some(true) && body.as_object().is_some_and(|map| map.len() == 1);
    if before.in_trash && trashed != Some(false) && !trashes_only {
        trash::refuse_edit(workspace, &id)?;
    }
    if trashed == Some(true) && before.parent == Parent::Workspace {
        return Err(invalid("Archiving workspace level pages via API not supported."));
    }
    if body.is_true("erase_content") {
        for child in workspace.live_children(&id) {
            trash_child(workspace, &child);
        }
    }
    if body.has("template") {
        pages_create::apply_template(call, workspace, &id, body.at("template"))?;
    }
    for key in ["icon", "cover"] {
        if body.has(key) {
            let filled = rich_text::fill_file(workspace, body.at(key));
            if let Some(page) = workspace.page_mut(&id) {
                if key == "icon" { page.icon = filled } else { page.cover = filled }
            }
        }
    }
    write::apply(call, workspace, &id, body.at("properties"))?;
    if let Some(page) = workspace.page_mut(&id) {
        if let Some(in_trash) = trashed {
            page.in_trash = in_trash;
        }
        if let Some(is_archived) = body.at("is_archived").as_bool() {
            page.is_archived = is_archived;
        }
        if let Some(is_locked) = body.at("is_locked").as_bool() {
            page.is_locked = is_locked;
        }
        page.stamps.touch(call.now, call.bot());
    }
    let page = call.page(workspace, &id)?;
    Ok(Answer::created(page.to_json(workspace, call.filter_properties.as_deref()), &id))
}

/// Trashes a block, page or database below a page.
pub(crate) fn trash_child(workspace: &mut Workspace, id: &str) {
    if workspace.blocks.contains_key(id) {
        if let Some(block) = workspace.block_mut(id) {
            block.in_trash = true;
        }
    } else if workspace.pages.contains_key(id) {
        if let Some(page) = workspace.page_mut(id) {
            page.in_trash = true;
        }
    } else if let Some(database) = workspace.database_mut(id) {
        database.in_trash = true;
    }
}

pub(crate) fn move_to(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("page_id");
    let page = call.page(workspace, &id)?;
    let parent = call.parent(workspace, call.body.at("parent"))?;
    trash::refuse_edit(workspace, &id)?;
    if let Some(target) = parent.id() {
        trash::refuse_edit(workspace, target)?;
        if target == id || workspace.ancestors(target).contains(&id) {
            return Err(invalid("A page can't be moved below itself."));
        }
    }
    // Needs both: it leaves one place and arrives in another.
    call.need(Capability::InsertContent)?;
    if let Some(old) = page.parent.id() {
        workspace.children_mut(old).retain(|child| *child != id);
    }
    if let Parent::Page(target) = &parent {
        workspace.children_mut(target).push(id.clone());
    }
    if let Some(page) = workspace.page_mut(&id) {
        let title = page.title();
        if page.parent != parent {
            // What other columns held belongs to the schema that the page left.
            page.values.clear();
            page.values.insert("title".to_owned(), title);
        }
        page.stamps.touch(call.now, call.bot());
    }
    workspace.reparent_page(&id, &parent);
    if let Parent::DataSource(data_source_id) = &parent {
        write::defaults(workspace, &id, data_source_id);
    }
    let page = call.page(workspace, &id)?;
    Ok(Answer::created(page.to_json(workspace, None), &id))
}
