//! The trash: what is in it can be read and restored, not edited.

use crate::errors::{Refusal, invalid};
use crate::model::Workspace;

/// Refuses an edit of something in the trash, or below something in the trash.
pub(crate) fn refuse_edit(workspace: &Workspace, id: &str) -> Result<(), Refusal> {
    if workspace.in_trash(id) {
        return Err(invalid(
            "Can't edit block that is archived. You must unarchive the block before editing.",
        ));
    }
    refuse_below(workspace, id)
}

/// Refuses an edit below something in the trash. Restoring the thing itself stays possible.
pub(crate) fn refuse_below(workspace: &Workspace, id: &str) -> Result<(), Refusal> {
    if workspace.ancestors(id).iter().any(|above| workspace.in_trash(above)) {
        let kind = if workspace.pages.contains_key(id) { "page" } else { "block" };
        return Err(invalid(format!(
            "Can't edit page on block with an archived ancestor. You must unarchive the ancestor before editing {kind}."
        )));
    }
    Ok(())
}
