//! What a body names by id must be there: people, pages and databases that are mentioned or linked to, uploads that
//! are attached, emojis of the workspace. Looked for in the whole body before a write begins, so that nothing is made
//! of one that is refused.

use serde_json::Value;

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::identifiers::canonical;
use crate::json::Peek;
use crate::model::Workspace;

/// Refuses a body that names what isn't there, or what isn't ready.
pub(crate) fn check(call: &Call, workspace: &Workspace, body: &Value) -> Result<(), Refusal> {
    match body {
        Value::Array(items) => items.iter().try_for_each(|item| check(call, workspace, item)),
        Value::Object(map) => {
            if let Some(mention) = map.get("mention") {
                check_mention(call, workspace, mention)?;
            }
            if let Some(upload) = map.get("file_upload").and_then(|upload| upload.text("id")) {
                check_upload(call, workspace, upload)?;
            }
            if let Some(upload) = map.get("file_upload_id").and_then(Value::as_str) {
                check_upload(call, workspace, upload)?;
            }
            // Markdown names emojis without ids; a name that none has is text.
            if let Some(emoji) = map.get("custom_emoji").filter(|emoji| emoji.has("id")) {
                check_emoji(call, workspace, emoji)?;
            }
            if let Some(link) = map.get("link_to_page") {
                check_link(call, workspace, link)?;
            }
            if let Some(synced) = map.get("synced_block") {
                check_synced(call, workspace, synced)?;
            }
            map.values().try_for_each(|member| check(call, workspace, member))
        }
        _ => Ok(()),
    }
}

fn named(object: &Value) -> String {
    canonical(object.text("id").unwrap_or_default())
}

fn check_mention(call: &Call, workspace: &Workspace, mention: &Value) -> Result<(), Refusal> {
    if mention.has("user") {
        let id = named(mention.at("user"));
        return if workspace.user(&id).is_some() { Ok(()) } else { Err(call.missing("user", &id)) };
    }
    if mention.has("page") {
        return call.page(workspace, &named(mention.at("page"))).map(drop);
    }
    if mention.has("database") {
        return call.database(workspace, &named(mention.at("database"))).map(drop);
    }
    if mention.has("data_source") {
        return call.data_source(workspace, &named(mention.at("data_source"))).map(drop);
    }
    if mention.has("date") {
        return crate::properties::dates::normal("mention.date", mention.at("date")).map(drop);
    }
    Ok(())
}

/// An upload is attached once its content has arrived, and not before (documented).
fn check_upload(call: &Call, workspace: &Workspace, id: &str) -> Result<(), Refusal> {
    let id = canonical(id);
    let upload = workspace.file_uploads.get(&id).filter(|upload| upload.stamps.created_by == call.bot());
    match upload {
        None => Err(call.missing("file upload", &id)),
        Some(upload) if upload.status() != "uploaded" => Err(invalid(format!(
            "File upload {id} has status {}; it must be uploaded before it can be attached.",
            upload.status()
        ))),
        Some(_) => Ok(()),
    }
}

fn check_emoji(call: &Call, workspace: &Workspace, emoji: &Value) -> Result<(), Refusal> {
    let id = named(emoji);
    let is_known = workspace.custom_emojis.iter().any(|known| known.text("id") == Some(&id));
    if is_known { Ok(()) } else { Err(call.missing("custom emoji", &id)) }
}

fn check_link(call: &Call, workspace: &Workspace, link: &Value) -> Result<(), Refusal> {
    let id = |key: &str| link.text(key).map(canonical);
    if let Some(id) = id("page_id") {
        return call.page(workspace, &id).map(drop);
    }
    if let Some(id) = id("database_id") {
        return call.database(workspace, &id).map(drop);
    }
    match id("comment_id") {
        Some(id) if !workspace.comments.contains_key(&id) => Err(call.missing("comment", &id)),
        _ => Ok(()),
    }
}

/// A synced block is an original, or shows one; what it shows isn't written through it.
fn check_synced(call: &Call, workspace: &Workspace, synced: &Value) -> Result<(), Refusal> {
    let Some(id) = synced.at("synced_from").text("block_id").map(canonical) else { return Ok(()) };
    call.block(workspace, &id)?;
    let is_original = workspace
        .blocks
        .get(&id)
        .is_some_and(|block| block.kind == "synced_block" && block.content.at("synced_from").is_null());
    if !is_original {
        return Err(invalid(format!("Block {id} is not an original synced block.")));
    }
    if !synced.items("children").is_empty() {
        return Err(invalid("A synced block that shows another one can't have children of its own."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_searched_to_the_bottom() {
        let workspace = Workspace::new(1);
        let call = crate::seed::test_call();
        let missing = json!([{"a": {"children": [{"mention": {"user": {"id": "x"}}}]}}]);
        assert_eq!(check(&call, &workspace, &missing).unwrap_err().status, 404);
        assert!(check(&call, &workspace, &json!({"user": {}})).is_ok());
    }
}
