//! What of the workspace is shared with an integration.

use crate::model::Workspace;
use crate::model::integration::Integration;

impl Integration {
    /// Whether the object is shared with the integration, itself or through something above it.
    pub(crate) fn sees(&self, workspace: &Workspace, id: &str) -> bool {
        let Some(shared) = &self.token.shared else { return true };
        // What the bot made on its own is visible to it.
        shared.iter().any(|root| root == id)
            || workspace.above(id).any(|above| shared.iter().any(|root| root == above))
    }
}
