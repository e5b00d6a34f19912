//! Comments on pages and blocks.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, bad_cursor, restricted};
use crate::handlers::Answer;
use crate::identifiers::canonical;
use crate::json::Peek;
use crate::markdown::{Version, inline};
use crate::model::small::Comment;
use crate::model::{Stamps, Workspace};
use crate::{paginate, references, rich_text, trash};

fn find(call: &Call, workspace: &Workspace) -> Result<std::sync::Arc<Comment>, Refusal> {
    let id = call.id("comment_id");
    workspace
        .comments
        .get(&id)
        .filter(|comment| comment.parent.id().is_some_and(|parent| call.integration.sees(workspace, parent)))
        .cloned()
        .ok_or_else(|| call.missing("comment", &id))
}

pub(crate) fn list(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let id = canonical(call.query.text("block_id").unwrap_or_default());
    call.block(workspace, &id)?;
    if workspace.databases.contains_key(&id) {
        return Err(restricted("This object is managed by Notion and isn’t accessible via MCP"));
    }
    let mut found: Vec<_> =
        workspace.comments.values().filter(|comment| comment.parent.id() == Some(&id)).collect();
    found.sort_by_key(|comment| comment.sequence);
    let ids: Vec<String> = found.iter().map(|comment| comment.id.clone()).collect();
    let cursor = call.query.text("start_cursor");
    let (shown, next) = paginate::slice(&ids, cursor, call.page_size()).map_err(|_| {
        // Of all lists, this one names its refusal for tools too (recorded).
        bad_cursor(cursor.unwrap_or_default()).with_data(json!({
            "tool_error_code": "invalid_cursor",
            "tool_error_class": "validation",
            "tool_error_retryable": "false",
        }))
    })?;
    let results = shown
        .iter()
        .filter_map(|id| workspace.comments.get(id))
        .map(|comment| comment.to_json(workspace))
        .collect();
    Ok(paginate::list(results, next, "comment").into())
}

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    Ok(find(call, workspace)?.to_json(workspace).into())
}

fn content(call: &Call, workspace: &Workspace) -> Result<Value, Refusal> {
    let Some(markdown) = call.body.text("markdown") else {
        return Ok(rich_text::fill(workspace, call.body.at("rich_text")));
    };
    let version = Version::of(&call.body);
    let runs = match version {
        Version::Enhanced => inline::parse(version, markdown),
        // A comment is one text: what would be its blocks are its lines.
        Version::Flavored => {
            let blocks: Vec<&str> =
                markdown.split("\n\n").map(str::trim).filter(|block| !block.is_empty()).collect();
            inline::parse(version, &blocks.join("\\\n"))
        }
    };
    references::check(call, workspace, &runs)?;
    Ok(rich_text::fill(workspace, &runs))
}

fn category(content_type: &str) -> &'static str {
    match content_type.split('/').next() {
        Some("audio") => "audio",
        Some("image") => "image",
        Some("video") => "video",
        _ if content_type == "application/pdf" => "pdf",
        _ => "productivity",
    }
}

pub(crate) fn create(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let body = &call.body;
    let (parent, discussion_id) = match body.text("discussion_id").map(canonical) {
        Some(discussion) => {
            let parent = workspace
                .comments
                .values()
                .find(|comment| comment.discussion_id == discussion)
                .map(|comment| comment.parent.clone())
                .ok_or_else(|| call.missing("discussion", &discussion))?;
            (parent, discussion)
        }
        None => (call.parent(workspace, body.at("parent"))?, workspace.minter.uuid()),
    };
    if let Some(above) = parent.id() {
        if !call.integration.sees(workspace, above) {
            return Err(call.missing("discussion", &discussion_id));
        }
        trash::refuse_edit(workspace, above)?;
    }
    let attachments = body
        .items("attachments")
        .iter()
        .map(|attachment| {
            let id = canonical(attachment.text("file_upload_id").unwrap_or_default());
            let content_type = workspace
                .file_uploads
                .get(&id)
                .and_then(|upload| upload.content_type.clone())
                .unwrap_or_default();
            json!({"category": category(&content_type), "file": rich_text::hosted(&id).at("file")})
        })
        .collect();
    let display = body.at("display_name");
    let name = match display.text("type") {
        Some("custom") => display.at("custom").text("name").unwrap_or_default().to_owned(),
        _ => call.integration.token.name.clone(),
    };
    let id = workspace.mint();
    let comment = Comment {
        id: id.clone(),
        sequence: workspace.next_sequence(),
        stamps: Stamps::new(call.now, call.bot()),
        parent,
        discussion_id,
        rich_text: content(call, workspace)?,
        display_name: json!({"type": display.text("type").unwrap_or("integration"), "resolved_name": name}),
        attachments,
    };
    let answer = comment.to_json(workspace);
    workspace.comments.insert(id.clone(), comment.into());
    Ok(Answer::created(answer, &id))
}

/// Only its author may change a comment.
fn refuse_foreign(call: &Call, comment: &Comment) -> Result<(), Refusal> {
    if comment.stamps.created_by == call.bot() {
        return Ok(());
    }
    Err(restricted("A comment can only be changed by the integration that created it."))
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let mut comment = (*find(call, workspace)?).clone();
    refuse_foreign(call, &comment)?;
    comment.rich_text = content(call, workspace)?;
    comment.stamps.touch(call.now, call.bot());
    workspace.changed(&comment.id);
    let (id, answer) = (comment.id.clone(), comment.to_json(workspace));
    workspace.comments.insert(id.clone(), comment.into());
    Ok(Answer::created(answer, &id))
}

pub(crate) fn delete(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let comment = find(call, workspace)?;
    refuse_foreign(call, &comment)?;
    workspace.changed(&comment.id);
    workspace.comments.remove(&comment.id);
    // The whole comment (recorded).
    Ok(Answer::created(comment.to_json(workspace), &comment.id))
}
