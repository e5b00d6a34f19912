//! Connecting: how a person opens a workspace of Notion, or an account at an MCP server, to this host, and the life of the connection
//! that comes of it.
//!
//! [`Connecting`] owns the rules of OAuth with this host as the client: who may begin, whose browser may finish, whose the connection is, who
//! renews its credential and when, and how it ends. Surfaces translate, the store keeps, the crate beside Notion asks.
//! These requests are no effects of a call: no tool can choose one, and they go to the authorization server alone.

mod people;
mod port;
mod problem;
mod removal;
mod renewal;
mod return_url;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

pub use people::People;
pub use port::{
    Agreed, AuthorizationError, AuthorizationPage, AuthorizationServer, Authorized, ConnectingStore, Held,
    Origin, Owner, PendingAuthorization, Person, Purpose, Removal, RenewalLease, Turn, Unrenewed,
};
pub use removal::Removed;
pub use renewal::EARLY;

use self::problem::{not_begun, not_exchanged, oauth_error, refused_by_person};
use crate::access::Access;
use crate::administration::{MAX_NAME, is_name};
use crate::audit::{Actor, ConnectionChange, Event};
use crate::id::PrincipalId;
use crate::nonce::{self, NonceDigest};
use crate::ports::{AuditLog, Credentials, Principals, StoreError};
use crate::principal::{Connection, Principal, PrincipalKind};
use crate::problem::{Code, Problem};
use crate::surface::Surface;
use crate::system::System;

/// Time for one request to the authorization server.
pub const REQUEST_TIME: Duration = Duration::from_secs(15);

/// Time to agree at Notion's page. The specification of MCP allows no more.
pub const LIFETIME: Duration = Duration::from_secs(600);

/// Authorizations of one principal that wait at the same time: more than anybody has browsers.
const MAX_PENDING: u32 = 20;

/// Authorizations of people who sign in that wait at the same time. They are strangers, so they are counted together, and
/// each costs a row of some hundred bytes for ten minutes.
const MAX_SIGNING_IN: u32 = 10_000;

/// Longest `state` of a caller, in bytes.
pub const MAX_STATE: usize = 512;

/// How often a pair that Notion gave is tried to be kept. It can't be had again, so it is worth some tries.
const KEEP_TRIES: u32 = 5;

/// The wait before the second try; doubled each time.
const KEEP_BACKOFF: Duration = Duration::from_millis(200);

/// The rules of connecting. Cheap to clone.
#[derive(Clone)]
pub struct Connecting {
    inner: Arc<Inner>,
}

struct Inner {
    /// None of Notion when the operator has configured no public integration.
    /// Servers may come and go while the host runs.
    servers: RwLock<BTreeMap<System, Arc<dyn AuthorizationServer>>>,
    store: Arc<dyn ConnectingStore>,
    credentials: Arc<dyn Credentials>,
    principals: Arc<dyn Principals>,
    audit: Arc<dyn AuditLog>,
    settings: ConnectingSettings,
}

/// What the operator configures.
#[derive(Debug, Clone)]
pub struct ConnectingSettings {
    /// The origin that clients see: people may be sent back there.
    pub public_url: Url,
    /// Other origins that people may be sent back to.
    pub return_origins: Vec<Url>,
    /// Who may sign in by Notion.
    pub people: People,
    /// How long a person has to agree; at most [`LIFETIME`].
    pub lifetime: Duration,
    /// Where people are sent afterwards who named no place, by what they connect.
    pub returns: BTreeMap<System, Url>,
}

/// What a caller asks of an authorization; nothing in it is trusted.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationRequest {
    /// Where the browser goes afterwards.
    pub return_url: Option<String>,
    /// What comes back with it, as it is.
    pub state: Option<String>,
    /// A name for a new connection.
    pub hint: Option<String>,
    /// What is connected.
    pub system: System,
}

/// An authorization that has begun.
#[derive(Debug)]
pub struct BegunAuthorization {
    /// Where the person agrees.
    pub authorize_url: Url,
    /// What the browser must bring back: without it nobody can finish, and with it only where it was begun. Else somebody
    /// could have another person agree to a connection of theirs, or give them one.
    pub browser: SecretString,
}

/// What the person came back with from Notion's page.
#[derive(Debug)]
pub enum Consent {
    /// They agreed.
    Agreed(Agreed),
    /// They didn't, or the authorization server refused the request; the error's name.
    Refused(String),
}

/// An authorization that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Where the browser goes, with what came of it in the query.
    pub return_to: Option<Url>,
    /// The connection, or why there is none.
    pub result: Result<Connection, Problem>,
    /// What comes of a person who came to sign in.
    pub sign_in: Option<SignIn>,
}

/// What comes of a person who came to sign in.
#[derive(Debug)]
pub struct SignIn {
    /// Who they are, when they agreed.
    pub person: Option<PrincipalId>,
    /// What they came to do, as it was given to [`Connecting::sign_in`].
    pub errand: Option<SecretString>,
}

impl Connecting {
    /// The rules over these ports, with the authorization server of each system. Without one nobody connects there, and what was
    /// connected before isn't renewed.
    #[must_use]
    pub fn new(
        servers: BTreeMap<System, Arc<dyn AuthorizationServer>>,
        store: Arc<dyn ConnectingStore>,
        credentials: Arc<dyn Credentials>,
        principals: Arc<dyn Principals>,
        audit: Arc<dyn AuditLog>,
        settings: ConnectingSettings,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                servers: RwLock::new(servers),
                store,
                credentials,
                principals,
                audit,
                settings,
            }),
        }
    }

    /// Whether a principal may connect anything.
    #[must_use]
    pub fn lets(principal: &Principal) -> bool {
        may_connect(principal).is_ok()
    }

    /// People connect there from now on.
    pub fn open(&self, system: System, server: Arc<dyn AuthorizationServer>) {
        self.inner.servers.write().insert(system, server);
    }

    /// Nobody connects there any more, and what was connected isn't renewed.
    pub fn close(&self, system: &System) {
        self.inner.servers.write().remove(system);
    }

    /// Begins an authorization in the name of a principal.
    ///
    /// # Errors
    ///
    /// `forbidden` for who may not write and where no integration is configured, `invalid_input` for a request that can't be
    /// met, `rate_limited` for too many that wait.
    pub async fn start(
        &self,
        principal: &Principal,
        request: AuthorizationRequest,
    ) -> Result<BegunAuthorization, Problem> {
        may_connect(principal)?;
        let server = self.server(&request.system)?;
        let (browser, browser_digest) = nonce::generate()?;
        let pending = self.pending(principal, browser_digest, request)?;
        let Some(begun) = self.begin(server.as_ref(), pending, MAX_PENDING).await? else {
            let message = format!("{MAX_PENDING} authorizations of yours are waiting for somebody to agree");
            return Err(Problem::new(Code::RateLimited, message).hint("finish one, or wait ten minutes"));
        };
        Ok(BegunAuthorization { authorize_url: begun, browser })
    }

    /// Whether people sign in here by Notion: an integration is there, and the operator lets somebody.
    #[must_use]
    pub fn people_may_sign_in(&self) -> bool {
        self.inner.servers.read().contains_key(&System::Notion)
            && self.inner.settings.people != People::Nobody
    }

    /// Begins an authorization by which a person signs in. `errand` is what they came to do: it comes back with them, and
    /// nobody else sees it.
    ///
    /// # Errors
    ///
    /// `forbidden` where no integration is configured, `rate_limited` for too many that wait.
    pub async fn sign_in(&self, errand: Option<&SecretString>) -> Result<BegunAuthorization, Problem> {
        let server = self.server(&System::Notion)?;
        if self.inner.settings.people == People::Nobody {
            return Err(people_not_let_in());
        }
        let (browser, browser_digest) = nonce::generate()?;
        let pending = PendingAuthorization {
            purpose: Purpose::SignIn,
            system: System::Notion,
            proof: None,
            browser: browser_digest,
            return_url: None,
            state: errand.map(|errand| errand.expose_secret().to_owned()),
            hint: None,
        };
        let Some(begun) = self.begin(server.as_ref(), pending, MAX_SIGNING_IN).await? else {
            return Err(Problem::new(Code::RateLimited, "too many people are signing in at the moment")
                .hint("try again in some minutes"));
        };
        Ok(BegunAuthorization { authorize_url: begun, browser })
    }

    /// Keeps an authorization that begins; where the person agrees, or none for too many that wait.
    async fn begin(
        &self,
        server: &dyn AuthorizationServer,
        pending: PendingAuthorization,
        max: u32,
    ) -> Result<Option<Url>, Problem> {
        let (state, digest) = nonce::generate()?;
        let page = server.begin(&state).await.map_err(|error| not_begun(&pending.system, error))?;
        let pending = PendingAuthorization { proof: page.proof, ..pending };
        let lifetime = self.inner.settings.lifetime.min(LIFETIME);
        Ok(self.inner.store.begin(digest, &pending, lifetime, max).await?.then_some(page.url))
    }

    /// Ends an authorization at the address of a system: keeps the connection that the person agreed to.
    ///
    /// # Errors
    ///
    /// `invalid_input` when nothing is known about where the browser came from, so that it is sent nowhere. Everything
    /// that fails later is in [`Finished`].
    pub async fn finish(
        &self,
        state: &SecretString,
        browser: Option<&SecretString>,
        system: &System,
        consent: Consent,
    ) -> Result<Finished, Problem> {
        let unknown = || {
            Problem::new(
                Code::InvalidInput,
                "this authorization is unknown, has been used, or is older than ten minutes",
            )
            .hint("begin again")
        };
        // Taken before anything else is looked at: whatever comes of it, it is used up.
        let digest = nonce::digest(state).ok_or_else(unknown)?;
        let pending = self.inner.store.take(digest).await?.ok_or_else(unknown)?;
        // Each system has an address to come back to: a code of one is never taken for a code of another.
        if pending.system != *system {
            return Err(unknown());
        }
        if browser.and_then(nonce::digest) != Some(pending.browser) {
            return Err(Problem::new(Code::InvalidInput, "this authorization was begun in another browser").hint(
                "begin and finish it in the same one, at the address in TOOLBAY_PUBLIC_URL, with cookies allowed",
            ));
        }
        let (by, result) = match consent {
            Consent::Refused(error) => (None, Err(refused_by_person(&pending.system, &error))),
            Consent::Agreed(agreed) => match self.connect(&pending, agreed).await {
                Ok((by, connection)) => (Some(by), Ok(connection)),
                Err(problem) => (None, Err(problem)),
            },
        };
        if pending.purpose == Purpose::SignIn {
            let sign_in = SignIn { person: by, errand: pending.state.map(SecretString::from) };
            return Ok(Finished { return_to: None, result, sign_in: Some(sign_in) });
        }
        let return_to = pending.return_url.map(|url| {
            let id = result.as_ref().map(|connection| connection.id.to_string());
            let mut outcome = match &id {
                Ok(id) => vec![("connection_id", id.as_str())],
                Err(problem) => vec![("error", oauth_error(problem.code))],
            };
            if pending.system != System::Notion {
                outcome.push(("status", if id.is_ok() { "success" } else { "error" }));
            }
            return_url::with(url, &outcome, pending.state.as_deref())
        });
        Ok(Finished { return_to, result, sign_in: None })
    }

    /// Whose the connection is, and the connection. In a task of its own: when the browser goes away meanwhile, what Notion
    /// gave is kept all the same.
    async fn connect(
        &self,
        pending: &PendingAuthorization,
        agreed: Agreed,
    ) -> Result<(PrincipalId, Connection), Problem> {
        let by = self.beginner(pending.purpose).await?;
        let (connecting, pending) = (self.clone(), pending.clone());
        let connected = tokio::spawn(async move {
            // Somebody who isn't known yet could fill the audit; once Notion has said who they are, there is an event.
            let is_known = pending.purpose != Purpose::SignIn;
            if is_known {
                let begun = Event::of_connection(&by, None, None, ConnectionChange::Connecting);
                connecting.inner.audit.append(&begun).await?;
            }
            let result = connecting.exchange(&pending, &by, &agreed).await;
            if let Err(problem) = result.as_ref()
                && is_known
            {
                connecting.record_failure(&by, problem.code).await;
            }
            result
        });
        connected
            .await
            .unwrap_or_else(|_| Err(Problem::new(Code::Failed, "the host failed while it connected")))
    }

    /// Who is known to act before Notion says who agreed.
    async fn beginner(&self, purpose: Purpose) -> Result<Actor, Problem> {
        let id = match purpose {
            Purpose::Connect(id) => id,
            Purpose::SignIn => return Ok(Actor::stranger()),
        };
        let principal = self.inner.principals.principal(id).await?.ok_or_else(|| {
            Problem::new(
                Code::Forbidden,
                "the token that this was begun with has been revoked or has expired",
            )
            .hint("begin again with another one")
        })?;
        may_connect(&principal)?;
        Ok(Actor::new(&principal, Surface::Rest))
    }

    async fn exchange(
        &self,
        pending: &PendingAuthorization,
        by: &Actor,
        agreed: &Agreed,
    ) -> Result<(PrincipalId, Connection), Problem> {
        let (system, hint) = (&pending.system, pending.hint.as_deref());
        let server = self.server(system)?;
        let exchanged = server.exchange(agreed, pending.proof.as_ref()).await;
        let authorized = exchanged.map_err(|error| not_exchanged(system, error))?;
        let kept = match self.owner(pending.purpose, by, &authorized).await {
            Ok(by) => keep(|| self.inner.store.adopt(system, &authorized, &by, hint))
                .await
                .map(|connection| (by.principal, connection))
                .map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        match kept {
            Ok((principal, connection)) => {
                tracing::info!(connection = %connection.id, %principal, "connecting.connected");
                Ok((principal, connection))
            }
            Err(problem) => {
                // Nobody holds it now, so nobody should be able to.
                self.revoke_unheld(system, &authorized).await;
                Err(problem)
            }
        }
    }

    /// Whose the connection becomes: who began it, or the person who agreed.
    async fn owner(&self, purpose: Purpose, by: &Actor, authorized: &Authorized) -> Result<Actor, Problem> {
        if purpose != Purpose::SignIn {
            return Ok(by.clone());
        }
        let owner = authorized.owner.as_ref().ok_or_else(|| {
            Problem::new(Code::Forbidden, "Notion named no person, so nobody is signed in").hint(
                "sign in with an account of your own; an integration that belongs to the whole workspace is connected by \
                 the operator",
            )
        })?;
        if !self.inner.settings.people.includes(owner, authorized.workspace_id.as_deref()) {
            return Err(people_not_let_in());
        }
        let person = keep(|| self.inner.store.person(owner)).await?;
        Ok(Actor { principal: person.id, name: person.name, surface: Surface::Console })
    }

    /// Records that a person agreed and the workspace was not connected.
    async fn record_failure(&self, by: &Actor, code: Code) {
        let failed = Event::of_connection(by, None, None, ConnectionChange::NotConnected { code });
        if let Err(error) = self.inner.audit.append(&failed).await {
            tracing::error!(%error, "audit.end_not_written");
        }
    }

    fn pending(
        &self,
        principal: &Principal,
        browser: NonceDigest,
        request: AuthorizationRequest,
    ) -> Result<PendingAuthorization, Problem> {
        let settings = &self.inner.settings;
        if request.state.as_ref().is_some_and(|state| state.len() > MAX_STATE) {
            let message = format!("`state` has at most {MAX_STATE} bytes");
            return Err(Problem::new(Code::InvalidInput, message));
        }
        if request.hint.as_ref().is_some_and(|hint| !is_name(hint)) {
            let message = format!("`connection_hint` has 1 to {MAX_NAME} visible characters");
            return Err(Problem::new(Code::InvalidInput, message));
        }
        let return_url = request
            .return_url
            .map(|url| return_url::checked(&url, &settings.public_url, &settings.return_origins))
            .transpose()?
            .or_else(|| settings.returns.get(&request.system).cloned());
        Ok(PendingAuthorization {
            purpose: Purpose::Connect(principal.id),
            system: request.system,
            proof: None,
            browser,
            return_url,
            state: request.state,
            hint: request.hint,
        })
    }

    fn server(&self, system: &System) -> Result<Arc<dyn AuthorizationServer>, Problem> {
        self.inner.servers.read().get(system).cloned().ok_or_else(|| match system {
            System::Notion => {
                Problem::new(Code::Forbidden, "this host has no public integration to connect workspaces with").hint(
                    "the operator sets NOTION_OAUTH_CLIENT_ID, NOTION_OAUTH_CLIENT_SECRET and, unless it is this host's \
                     /oauth/callback, NOTION_OAUTH_REDIRECT_URI",
                )
            }
            System::Upstream(name) => {
                let message = format!("there is no MCP server `{name}` here that people connect accounts of");
                Problem::new(Code::NotFound, message)
                    .hint(format!("the operator sets `oauth = true` in [upstreams.{name}] of toolbay.toml"))
            }
        })
    }

    /// Where a person begins to connect an account.
    fn start_url(&self, system: &System) -> String {
        let query = system.upstream().map(|name| format!("?upstream={name}")).unwrap_or_default();
        format!("{}oauth/start{query}", self.inner.settings.public_url)
    }

    /// The authorization server of a system, if it still gives what is for the same server.
    fn server_of(
        &self,
        system: &System,
        origin: Option<&Origin>,
    ) -> Result<Arc<dyn AuthorizationServer>, Problem> {
        let server = self.server(system)?;
        if server.audience() != origin.map(|origin| origin.audience.as_str()) {
            let message = "the connection is to another server than the one that is configured now";
            let url = self.start_url(system);
            return Err(Problem::new(Code::Forbidden, message)
                .hint(format!("connect it again: {url}"))
                .details(serde_json::json!({"reconnect_url": url})));
        }
        Ok(server)
    }

    /// Asks the outside to forget a credential that nobody holds. What fails is the operator's to see.
    async fn revoke_unheld(&self, system: &System, authorized: &Authorized) {
        let Some(server) = self.inner.servers.read().get(system).cloned() else { return };
        if let Err(error) = server.revoke(&authorized.credential, authorized.origin.as_ref()).await {
            tracing::warn!(%error, "connecting.not_revoked");
        }
    }
}

/// Tries to keep what can't be had again.
async fn keep<T, F: Future<Output = Result<T, StoreError>>>(work: impl Fn() -> F) -> Result<T, StoreError> {
    let mut backoff = KEEP_BACKOFF;
    for _ in 1..KEEP_TRIES {
        match work().await {
            Ok(kept) => return Ok(kept),
            Err(error) => tracing::warn!(%error, "connecting.not_kept_yet"),
        }
        tokio::time::sleep(backoff).await;
        backoff = backoff.saturating_mul(2);
    }
    work().await
}

fn people_not_let_in() -> Problem {
    Problem::new(Code::Forbidden, "this host does not let you sign in by Notion").hint(
        "the operator names who may in toolbay.toml: [oauth] people = [\"anybody\"], or ids of Notion's workspaces or users",
    )
}

fn may_connect(principal: &Principal) -> Result<(), Problem> {
    if principal.kind == PrincipalKind::OAuth {
        let message = "a client acts on the connections that a person gave it, and makes none";
        return Err(
            Problem::new(Code::Forbidden, message).hint("connect the workspace in the browser, signed in")
        );
    }
    if !principal.parts.is_everything() {
        let message = "a token that is narrowed to parts of a workspace connects none";
        return Err(Problem::new(Code::Forbidden, message).hint("use a token that isn't narrowed"));
    }
    if principal.strongest >= Access::Writes {
        return Ok(());
    }
    Err(Problem::new(Code::Forbidden, "connecting a workspace needs a token that may write")
        .hint("the operator makes one: toolbay token create NAME --strongest writes"))
}
