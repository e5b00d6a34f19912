//! The conversations of accounts: one for each account that calls, as long as it does.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use secrecy::SecretString;
use serde_json::json;
use toolbay_kernel::{Code, ConnectionId, Problem};

use crate::server::Server;
use crate::settings::OAuthSettings;

/// Conversations that are held at the same time. Of more, those that were used longest ago end.
const MAX_OPEN: u64 = 500;

/// How long one is held that nobody uses.
const KEPT: Duration = Duration::from_secs(600);

/// The conversations.
pub(crate) struct Accounts {
    open: Cache<(String, ConnectionId), Arc<Server>>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { open: Cache::builder().max_capacity(MAX_OPEN).time_to_idle(KEPT).build() }
    }
}

impl Accounts {
    /// The server as this account talks to it, from now on with this credential. A conversation that is let go ends once the last call
    /// in it has.
    pub(crate) fn server(
        &self,
        base: &Arc<Server>,
        account: ConnectionId,
        credential: Option<&SecretString>,
    ) -> Arc<Server> {
        let key = (base.name().to_owned(), account);
        let server = self.open.get_with(key, || Arc::new(Server::for_account(base)));
        server.bearer.set(credential);
        server
    }

    /// Ends those with a server.
    pub(crate) async fn forget(&self, server: &str) {
        for (key, open) in self.open.iter().filter(|(key, _)| key.0 == server) {
            self.open.invalidate(key.as_ref());
            open.close().await;
        }
    }

    /// Ends all of them.
    pub(crate) async fn close(&self) {
        let open: Vec<Arc<Server>> = self.open.iter().map(|(_, server)| server).collect();
        futures_util::future::join_all(open.iter().map(|server| server.close())).await;
    }
}

/// The refusal of a call whose account's credential the server doesn't take.
pub(crate) fn refused(server: &str, oauth: &OAuthSettings) -> Problem {
    let url = oauth.start_url.as_str();
    Problem::new(Code::Forbidden, format!("The MCP server `{server}` refuses the account's credential."))
        .hint(format!("Connect the account again: {url}"))
        .details(json!({ "reconnect_url": url }))
}

/// The refusal of a call by who has no account there.
pub(crate) fn missing(server: &str, oauth: &OAuthSettings) -> Problem {
    let url = oauth.start_url.as_str();
    Problem::new(Code::Forbidden, format!("You have connected no account at the MCP server `{server}`."))
        .hint(format!("Open {url} in a browser, signed in, and agree there."))
        .details(json!({ "connect_url": url }))
}
