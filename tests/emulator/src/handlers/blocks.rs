//! Blocks: read, listed, changed, trashed.

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::append::{self, kind_of};
use crate::handlers::{Answer, pages};
use crate::json::Peek;
use crate::model::Workspace;
use crate::model::parent::Parent;
use crate::{paginate, trash};

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let id = call.id("block_id");
    call.block(workspace, &id)?;
    workspace.as_block(&id).map(Answer::from).ok_or_else(|| call.missing("block", &id))
}

pub(crate) fn children(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let id = call.id("block_id");
    call.block(workspace, &id)?;
    let ids = workspace.shown_children(&id);
    let (shown, next) = paginate::slice(&ids, call.query.text("start_cursor"), call.page_size())?;
    let results = shown.iter().filter_map(|child| workspace.as_block(child)).collect();
    Ok(paginate::list(results, next, "block").into())
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("block_id");
    call.block(workspace, &id)?;
    trash::refuse_below(workspace, &id)?;
    let trashed = call.body.at("in_trash").as_bool();
    let Some(block) = workspace.blocks.get(&id).cloned() else {
        // A page or database is a block for the trash alone.
        let Some(in_trash) = trashed.filter(|_| call.body.as_object().is_some_and(|map| map.len() == 1))
        else {
            return Err(invalid("A page or database can't be edited as a block. Use its own endpoint."));
        };
        set_trash(call, workspace, &id, in_trash)?;
        return get(call, workspace).map(|answer| Answer::created(answer.body, &id));
    };
    let changes = kind_of_change(&call.body);
    if block.in_trash && trashed != Some(false) {
        trash::refuse_edit(workspace, &id)?;
    }
    if let Some(kind) = &changes {
        if *kind != block.kind {
            return Err(invalid(format!(
                "Provided block type {kind} does not match the type of the block, {}. A block's type can't be changed.",
                block.kind
            )));
        }
        let content = append::content(workspace, kind, call.body.at(kind), Some(&block.content))?;
        let closes = block.content.is_true("is_toggleable") && !content.is_true("is_toggleable");
        if closes && !workspace.live_children(&id).is_empty() {
            return Err(invalid("A heading with children must stay toggleable."));
        }
        if kind == "synced_block" && content != block.content {
            return Err(invalid("What a synced block shows can't be changed."));
        }
        if let Some(block) = workspace.block_mut(&id) {
            block.content = content;
        }
    }
    if let Some(block) = workspace.block_mut(&id) {
        if let Some(in_trash) = trashed {
            block.in_trash = in_trash;
        }
        block.stamps.touch(call.now, call.bot());
    }
    get(call, workspace).map(|answer| Answer::created(answer.body, &id))
}

fn kind_of_change(body: &serde_json::Value) -> Option<String> {
    let mut body = body.clone();
    if let Some(map) = body.as_object_mut() {
        map.shift_remove("in_trash");
    }
    let kind = kind_of(&body);
    (!kind.is_empty()).then(|| kind.to_owned())
}

fn set_trash(call: &Call, workspace: &mut Workspace, id: &str, in_trash: bool) -> Result<(), Refusal> {
    if in_trash && workspace.parent_of(id) == Some(&Parent::Workspace) {
        return Err(invalid("Archiving workspace level pages via API not supported."));
    }
    if in_trash {
        pages::trash_child(workspace, id);
    } else if let Some(page) = workspace.pages.contains_key(id).then(|| workspace.page_mut(id)).flatten() {
        page.in_trash = false;
    } else if let Some(database) = workspace.database_mut(id) {
        database.in_trash = false;
    }
    let (now, bot) = (call.now, call.bot());
    if workspace.pages.contains_key(id) {
        if let Some(page) = workspace.page_mut(id) {
            page.stamps.touch(now, bot);
        }
    } else if workspace.blocks.contains_key(id) {
        if let Some(block) = workspace.block_mut(id) {
            block.stamps.touch(now, bot);
        }
    } else if let Some(database) = workspace.database_mut(id) {
        database.stamps.touch(now, bot);
    }
    Ok(())
}

/// Deleting is trashing: the answer is the block, `in_trash` now true.
pub(crate) fn delete(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("block_id");
    call.block(workspace, &id)?;
    trash::refuse_edit(workspace, &id)?;
    set_trash(call, workspace, &id, true)?;
    get(call, workspace).map(|answer| Answer::created(answer.body, &id))
}
