//! What administration asks of the outside in which workspaces are.

use async_trait::async_trait;
use secrecy::SecretString;

use super::{Administration, NewConnection, Refused, Workspace, is_credential, is_name};
use crate::audit::Actor;
use crate::id::ConnectionId;
use crate::problem::{Code, Problem};

/// The outside in which workspaces are.
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// The part of a workspace that an id or a link names.
    ///
    /// # Errors
    ///
    /// `invalid_input` for what names none.
    fn part(&self, text: &str) -> Result<String, Problem>;

    /// Asks which workspace a credential opens.
    ///
    /// # Errors
    ///
    /// `forbidden` for a credential that opens none, and what asking may say.
    async fn workspace(&self, credential: &SecretString) -> Result<Workspace, Problem>;
}

impl Administration {
    /// Adds a connection by the token of an internal integration, once it has opened its workspace: one that doesn't work is refused
    /// now, and not at somebody's first call.
    ///
    /// # Errors
    ///
    /// For a name that can't be used or is taken, a credential that opens nothing, and when the store or the outside fails.
    pub async fn connect_by_token(
        &self,
        name: &str,
        credential: SecretString,
        workspaces: &dyn Workspaces,
        by: &Actor,
    ) -> Result<(ConnectionId, Workspace), Problem> {
        if !is_name(name) {
            return Err(Refused::InvalidName.into());
        }
        if !is_credential(&credential) {
            return Err(Refused::InvalidCredential.into());
        }
        let workspace = workspaces.workspace(&credential).await?;
        let new = NewConnection { name: name.to_owned(), credential, workspace: workspace.clone() };
        Ok((self.add_connection(new, by).await?, workspace))
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::Store(error) => return error.into(),
            Refused::InvalidName | Refused::ReservedName | Refused::InvalidCredential => Code::InvalidInput,
            _ => Code::Conflict,
        };
        Self::new(code, refused.to_string())
    }
}
