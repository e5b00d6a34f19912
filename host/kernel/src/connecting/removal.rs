//! The end of a connection.

use super::{Connecting, Removal};
use crate::audit::Actor;
use crate::id::ConnectionId;
use crate::problem::{Code, Problem};

/// A connection that has been removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// Whether Notion has revoked its credential; none when it wasn't asked to.
    pub revoked: Option<bool>,
}

impl Connecting {
    /// Removes a connection. Its credential is out of use at once; then, where `revoke` says so and Notion gave it to this
    /// host's integration, Notion is asked to revoke it, which can fail without bringing the connection back.
    ///
    /// # Errors
    ///
    /// `not_found` when there is none, `forbidden` for the one that the environment gives.
    pub async fn remove(
        &self,
        connection: ConnectionId,
        revoke: bool,
        by: Actor,
    ) -> Result<Removed, Problem> {
        let connecting = self.clone();
        // In a task of its own: a caller who goes away in between leaves no credential that works.
        let removing = tokio::spawn(async move { connecting.removed(connection, revoke, &by).await });
        removing.await.unwrap_or_else(|_| {
            Err(Problem::new(Code::Failed, "the host failed while it removed the connection"))
        })
    }

    async fn removed(&self, connection: ConnectionId, revoke: bool, by: &Actor) -> Result<Removed, Problem> {
        let (system, origin, credential) = match self.inner.store.remove(connection, by).await? {
            Removal::Removed { system, origin, credential } => (system, origin, credential),
            Removal::FromEnvironment => {
                return Err(Problem::new(
                    Code::Forbidden,
                    "this connection comes from the host's environment",
                )
                .hint("the operator unsets NOTION_TOKEN and restarts"));
            }
            Removal::Gone => {
                return Err(Problem::new(Code::NotFound, format!("there is no connection {connection}")));
            }
        };
        tracing::info!(%connection, "connecting.removed");
        let (Some(credential), true) = (credential, revoke) else { return Ok(Removed { revoked: None }) };
        let Ok(server) = self.server_of(&system, origin.as_ref()) else {
            return Ok(Removed { revoked: Some(false) });
        };
        let revoked = server.revoke(&credential, origin.as_ref()).await;
        if let Err(error) = &revoked {
            tracing::warn!(%connection, %error, "connecting.not_revoked");
        }
        Ok(Removed { revoked: Some(revoked.is_ok()) })
    }
}
