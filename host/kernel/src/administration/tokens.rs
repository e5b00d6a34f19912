//! API tokens.

use secrecy::SecretString;
use time::OffsetDateTime;

use super::{Administration, Refused, is_name};
use crate::access::Access;
use crate::audit::Actor;
use crate::id::{ConnectionId, PrincipalId};
use crate::name::ToolName;
use crate::parts::Parts;
use crate::ports::StoreError;
use crate::principal::Allowed;
use crate::rate::Rates;

/// What a new token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// A name for people, unique among the tokens that aren't revoked.
    pub name: String,
    /// The tools that it may use.
    pub tools: Allowed<ToolName>,
    /// The connections that it may use and see.
    pub connections: Allowed<ConnectionId>,
    /// The one of these that its calls work on which name none; none leaves it to the host.
    pub default_connection: Option<ConnectionId>,
    /// The strongest access that a tool of its may have.
    pub strongest: Access,
    /// What of a workspace it may read and change.
    pub parts: Parts,
    /// How often its bearer may call.
    pub rates: Rates,
    /// When it stops working.
    pub expires_at: Option<OffsetDateTime>,
    /// Whether its bearer administers the host, as its operator does.
    pub administers: bool,
}

/// A token as it is listed; the token itself is stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its id, which is its principal's in the audit.
    pub id: PrincipalId,
    pub name: String,
    /// The tools that it may use.
    pub tools: Allowed<ToolName>,
    /// The connections that it may use and see.
    pub connections: Allowed<ConnectionId>,
    /// The one of these that its calls work on which name none; none leaves it to the host.
    pub default_connection: Option<ConnectionId>,
    /// The strongest access that a tool of its may have.
    pub strongest: Access,
    /// What of a workspace it may read and change.
    pub parts: Parts,
    /// How often its bearer may call.
    pub rates: Rates,
    pub created_at: OffsetDateTime,
    /// When it stops working.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
    /// Whether its bearer administers the host, as its operator does.
    pub administers: bool,
}

impl TokenRecord {
    /// Whether it lets anybody in at this moment.
    #[must_use]
    pub fn is_in_force(&self, now: OffsetDateTime) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

impl Administration {
    /// Creates an API token. The secret is answered this once and can't be found again.
    ///
    /// # Errors
    ///
    /// For a name that can't be used or is taken, and when the store fails.
    pub async fn create_token(
        &self,
        new: NewToken,
        by: &Actor,
    ) -> Result<(SecretString, TokenRecord), Refused> {
        if !is_name(&new.name) {
            return Err(Refused::InvalidName);
        }
        self.store.create_token(&new, by).await?.ok_or(Refused::NameTaken(new.name))
    }

    /// All tokens, revoked and expired ones included, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        self.store.tokens().await
    }

    /// Revokes a token: within seconds it lets nobody in. False when no valid token has this id.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn revoke_token(&self, id: PrincipalId, by: &Actor) -> Result<bool, StoreError> {
        self.store.revoke_token(id, by).await
    }
}
