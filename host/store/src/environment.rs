//! The principal and the connection that the environment gives. They are in memory alone.

use std::sync::Arc;

use secrecy::SecretString;
use toolbay_kernel::administration::RESERVED_NAME;
use toolbay_kernel::principal::{Allowed, PrincipalKind};
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, Connection, ConnectionId, Parts, Principal, PrincipalId, System};

use crate::settings::Environment;
use crate::token::TokenDigest;

const ACTION_PRINCIPAL: &str = "action";

/// [`Environment`], ready to be asked.
pub(crate) struct KnownEnvironment {
    action: Option<(TokenDigest, Arc<Principal>)>,
    connection: Option<(Connection, SecretString)>,
}

impl KnownEnvironment {
    pub(crate) fn new(environment: Environment) -> Self {
        let action = environment.action_api_token.map(|token| {
            let principal = Principal {
                id: PrincipalId::of_environment(ACTION_PRINCIPAL),
                name: ACTION_PRINCIPAL.to_owned(),
                kind: PrincipalKind::Token,
                tools: Allowed::All,
                connections: Allowed::All,
                strongest: Access::Destroys,
                default_connection: None,
                shown: Allowed::All,
                may_ask_for: None,
                parts: Parts::everything(),
                uses_shared: true,
                administers: false,
                rates: Rates::default(),
            };
            (TokenDigest::of(&token), Arc::new(principal))
        });
        let connection = environment.notion_token.map(|credential| {
            let connection = Connection {
                id: ConnectionId::of_environment(RESERVED_NAME),
                name: RESERVED_NAME.to_owned(),
                workspace_name: None,
                system: System::Notion,
            };
            (connection, credential)
        });
        Self { action, connection }
    }

    /// The principal of `ACTION_API_TOKEN`, for its token.
    pub(crate) fn principal(&self, digest: &TokenDigest) -> Option<Arc<Principal>> {
        let (expected, principal) = self.action.as_ref()?;
        expected.is(digest.bytes()).then(|| Arc::clone(principal))
    }

    /// The principal of `ACTION_API_TOKEN`, for its id.
    pub(crate) fn principal_of(&self, id: PrincipalId) -> Option<Arc<Principal>> {
        self.action.as_ref().map(|(_, principal)| principal).filter(|principal| principal.id == id).cloned()
    }

    /// The connection of `NOTION_TOKEN`.
    pub(crate) fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref().map(|(connection, _)| connection)
    }

    /// The credential of that connection.
    pub(crate) fn credential(&self, connection: ConnectionId) -> Option<&SecretString> {
        let (known, credential) = self.connection.as_ref()?;
        (known.id == connection).then_some(credential)
    }
}
