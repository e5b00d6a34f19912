//! Writes that are answered before they are done.

use serde_json::Value;

use crate::call::Call;
use crate::handlers::{Answer, Committed};
use crate::identifiers::undashed;
use crate::model::Workspace;
use crate::model::small::AsyncTask;

/// The answer of a write that is done later. The emulator does it at once and lets the task say so.
pub(crate) fn accepted(
    call: &Call,
    workspace: &mut Workspace,
    operation: &'static str,
    result: Value,
    committed: &str,
) -> Answer {
    let id = format!("task_{}", undashed(&workspace.minter.uuid()));
    let task = AsyncTask { id: id.clone(), created_time: call.now, operation, result, error: None };
    let body = task.queued(&call.base);
    workspace.async_tasks.insert(id, task.into());
    let committed = Some(Committed { resource_id: committed.to_owned(), child_ids: Vec::new() });
    Answer { status: 202, body, committed, names_request: true }
}
