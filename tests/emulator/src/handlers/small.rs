//! Custom emojis, async tasks, meeting notes: little to say about each.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::Answer;
use crate::json::Peek;
use crate::model::Workspace;
use crate::paginate;

pub(crate) fn custom_emojis(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let name = call.query.text("name");
    let found: Vec<&Value> = workspace
        .custom_emojis
        .iter()
        .filter(|emoji| name.is_none_or(|name| emoji.text("name") == Some(name)))
        .collect();
    let ids: Vec<String> = found.iter().filter_map(|emoji| emoji.text("id")).map(str::to_owned).collect();
    let (shown, next) = paginate::slice(&ids, call.query.text("start_cursor"), call.page_size())?;
    let results = found
        .into_iter()
        .filter(|emoji| emoji.text("id").is_some_and(|id| shown.iter().any(|shown| shown == id)))
        .cloned()
        .collect();
    let mut list = paginate::list(results, next, "custom_emoji");
    // Of all lists, this one has no member named after its type (recorded).
    if let Some(list) = list.as_object_mut() {
        list.shift_remove("custom_emoji");
    }
    Ok(list.into())
}

pub(crate) fn async_task(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let id = call.raw("task_id").to_owned();
    let task = workspace.async_tasks.get(&id).ok_or_else(|| call.missing("async task", &id))?;
    Ok(task.to_json(&call.base).into())
}

/// The workspace has no meetings.
pub(crate) fn meeting_notes_query(_call: &Call, _workspace: &Workspace) -> Result<Answer, Refusal> {
    Ok(json!({"object": "list", "results": [], "has_more": false}).into())
}

/// Transcribing is not emulated; the route exists, so that it isn't taken for an unknown one.
pub(crate) fn meeting_notes_create(_call: &Call, _workspace: &mut Workspace) -> Result<Answer, Refusal> {
    Err(invalid("Meeting notes can't be created here."))
}
