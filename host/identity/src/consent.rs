//! What a person is asked, and what comes of their answer.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::identity::{
    AuthorizationRequest, ClientGrant, ConsentPage, Decision, IssuedCode, Next, OAuthCode, OAuthError,
    Session,
};
use toolbay_kernel::nonce::{self, NonceDigest};
use toolbay_kernel::principal::{Allowed, Principal};
use toolbay_kernel::{Access, Code, Connection, ConnectionId, PrincipalId, Problem, Surface};
use url::Url;

use crate::redirects::{with_code, with_error};
use crate::{Authority, CODE_LIFETIME, REQUEST_LIFETIME};

/// Connections that the page shows. Who has more chooses among the first, by name.
const MAX_SHOWN: usize = 100;

/// Grants of one owner. More are a fault: the oldest can be withdrawn.
const MAX_GRANTS: u32 = 500;

impl Authority {
    pub(crate) async fn asked_of_person(
        &self,
        request: &SecretString,
        browser: &SecretString,
        session: Option<&Session>,
    ) -> Result<ConsentPage, Problem> {
        let (request, _) = self.waiting(request, browser).await?;
        let signed_in = match session {
            None => None,
            Some(session) => {
                Some((session.principal.clone(), self.connections_of(&session.principal).await?))
            }
        };
        Ok(ConsentPage {
            client: request.client,
            client_kind: request.client_kind,
            client_name: request.client_name,
            redirect_uri: request.redirect_uri,
            strongest: request.strongest,
            signed_in,
        })
    }

    pub(crate) async fn decided(
        &self,
        handle: &SecretString,
        browser: &SecretString,
        session: Option<&Session>,
        decision: Decision,
    ) -> Result<Next, Problem> {
        let (mut request, (digest, browser_digest)) = self.waiting(handle, browser).await?;
        match decision {
            Decision::Deny => {
                let request = self.taken(digest, browser_digest).await?;
                denied(&request, "The person did not allow it.").map(Next::Client)
            }
            Decision::Connect { strongest } => {
                request.approved = Some(at_most(request.strongest, strongest)?);
                if !self.store.approve_request(digest, browser_digest, &request, REQUEST_LIFETIME).await? {
                    return Err(unknown());
                }
                Ok(Next::Notion)
            }
            Decision::Allow { strongest, connections } => {
                let session = session.ok_or_else(|| {
                    Problem::new(Code::Unauthenticated, "nobody is signed in")
                        .hint("sign in, and decide again")
                })?;
                let owner = &session.principal;
                let strongest = at_most(request.strongest, strongest)?;
                if strongest > owner.strongest {
                    let message =
                        format!("you may not allow more than {} yourself", owner.strongest.as_str());
                    return Err(Problem::new(Code::Forbidden, message));
                }
                let theirs = self.connections_of(owner).await?;
                if connections.is_empty() {
                    return Err(Problem::new(Code::InvalidInput, "no workspace was chosen")
                        .hint("go back and choose at least one"));
                }
                if !connections.iter().all(|id| theirs.iter().any(|theirs| theirs.id == *id)) {
                    return Err(Problem::new(Code::NotFound, "there is no such connection of yours"));
                }
                let request = self.taken(digest, browser_digest).await?;
                self.allow(&request, &Actor::new(owner, Surface::Console), strongest, connections)
                    .await
                    .map(Next::Client)
            }
        }
    }

    pub(crate) async fn back_from_notion(
        &self,
        handle: &SecretString,
        browser: &SecretString,
        connected: Result<(PrincipalId, ConnectionId), Code>,
    ) -> Result<Url, Problem> {
        let (_, (digest, browser_digest)) = self.waiting(handle, browser).await?;
        let request = self.taken(digest, browser_digest).await?;
        let (person, connection) = match connected {
            Ok(connected) => connected,
            Err(Code::Forbidden) => {
                return denied(&request, "The person did not agree at Notion, or may not sign in here.");
            }
            Err(_) => {
                let text = "Notion did not answer. Try again.";
                return back_with(&request, &OAuthError::new(OAuthCode::TemporarilyUnavailable, text));
            }
        };
        // Without it somebody went to Notion by another way, and never saw what the client asks for.
        let strongest = request.approved.ok_or_else(unknown)?;
        let owner = self.principals.principal(person).await?.ok_or_else(unknown)?;
        self.allow(&request, &Actor::new(&owner, Surface::Console), strongest, [connection].into()).await
    }

    /// Keeps what was allowed, and answers where the browser goes with the code.
    async fn allow(
        &self,
        request: &AuthorizationRequest,
        owner: &Actor,
        strongest: Access,
        connections: BTreeSet<ConnectionId>,
    ) -> Result<Url, Problem> {
        let (code, digest) = nonce::generate()?;
        let grant = ClientGrant {
            id: PrincipalId::new(),
            owner: owner.principal,
            client: request.client.clone(),
            client_name: request.client_name.clone(),
            connections: Allowed::Only(connections),
            strongest,
            created_at: OffsetDateTime::now_utc(),
            used_at: None,
        };
        let issued = IssuedCode {
            grant: grant.id,
            client: request.client.clone(),
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge.clone(),
            strongest,
        };
        if !self.store.add_grant(&grant, digest, &issued, CODE_LIFETIME, MAX_GRANTS, owner).await? {
            let message =
                format!("the client has been removed, or you have allowed {MAX_GRANTS} clients already");
            return Err(
                Problem::new(Code::LimitExceeded, message).hint("withdraw some at /account, or begin again")
            );
        }
        tracing::info!(grant = %grant.id, owner = %owner.principal, client = %grant.client, "identity.allowed");
        with_code(request, code.expose_secret())
            .ok_or_else(|| Problem::new(Code::Failed, "the client's address can't be written"))
    }

    async fn connections_of(&self, owner: &Principal) -> Result<Vec<Connection>, Problem> {
        let mut shown = self.connections.page(&owner.connections, None, MAX_SHOWN).await?;
        shown.extend(self.connections.accounts(owner, MAX_SHOWN).await?);
        shown.truncate(MAX_SHOWN);
        Ok(shown)
    }

    async fn waiting(
        &self,
        handle: &SecretString,
        browser: &SecretString,
    ) -> Result<(AuthorizationRequest, (NonceDigest, NonceDigest)), Problem> {
        let digests = nonce::digest(handle).zip(nonce::digest(browser)).ok_or_else(unknown)?;
        let request = self.store.request(digests.0, digests.1).await?.ok_or_else(unknown)?;
        Ok((request, digests))
    }

    async fn taken(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
    ) -> Result<AuthorizationRequest, Problem> {
        self.store.take_request(digest, browser).await?.ok_or_else(unknown)
    }
}

fn at_most(asked: Access, given: Access) -> Result<Access, Problem> {
    if given <= asked {
        return Ok(given);
    }
    Err(Problem::new(Code::InvalidInput, "that is more than the client asks for"))
}

fn denied(request: &AuthorizationRequest, text: &str) -> Result<Url, Problem> {
    back_with(request, &OAuthError::new(OAuthCode::AccessDenied, text))
}

fn back_with(request: &AuthorizationRequest, error: &OAuthError) -> Result<Url, Problem> {
    with_error(&request.redirect_uri, request.state.as_deref(), &request.issuer, error)
        .ok_or_else(|| Problem::new(Code::Failed, "the client's address can't be written"))
}

fn unknown() -> Problem {
    let message =
        "this request is unknown, has been answered, is older than ten minutes, or began in another browser";
    Problem::new(Code::InvalidInput, message)
        .hint("begin again in the program that sent you here, with cookies allowed")
}
