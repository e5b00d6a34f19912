//! The tools of a run that goes on: those that it began with.

use std::sync::Arc;

use crate::components::Components;
use crate::dispatcher::Dispatcher;
use crate::name::ToolName;
use crate::principal::Principal;
use crate::problem::{Code, Problem};
use crate::run::Providers;
use crate::tool::Tool;

impl Dispatcher {
    /// The tool of a name as a run began with it.
    pub(crate) async fn find_of_run(
        &self,
        name: &str,
        principal: &Principal,
        providers: &Providers,
    ) -> Result<Arc<Tool>, Problem> {
        let current = self.find(name, principal);
        let (Some(components), Ok(name)) = (self.components(), name.parse::<ToolName>()) else {
            return current;
        };
        let digest = current.as_ref().ok().and_then(|tool| tool.provider.digest().cloned());
        let known = providers.known(&name);
        match (known, digest) {
            (None, None) => current,
            (None, Some(digest)) => {
                // Noted first: a file that nothing needs may be removed at any time.
                providers.note(&name, &digest).await?;
                keep(components.as_ref(), &name, &digest).await;
                current
            }
            (Some(known), Some(digest)) if known == digest => {
                // An earlier execution may have ended before it was kept, or another host has kept it.
                if providers.is_first(&name) {
                    keep(components.as_ref(), &name, &digest).await;
                }
                current
            }
            (Some(known), _) => match components.tool(&known, &name).await? {
                Some(kept) if kept.is_open_to(principal) => Ok(kept),
                Some(_) => Err(Problem::new(
                    Code::Forbidden,
                    format!("The job began with another version of `{name}`, which its owner may not use."),
                )
                .hint("Cancel the job, and start one for the rest.")),
                // It could not be kept, or lies with another host. What is installed may ask for the same.
                None => current,
            },
        }
    }
}

async fn keep(components: &dyn Components, tool: &ToolName, digest: &str) {
    if let Err(problem) = components.keep(digest).await {
        tracing::warn!(%tool, %digest, %problem, "job.component_not_kept");
    }
}
