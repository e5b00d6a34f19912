//! Sessions of people in a browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use toolbay_kernel::audit::{Actor, ConsentChange};
use toolbay_kernel::identity::{ClientGrant, NewSession, Session, SessionRecord};
use toolbay_kernel::nonce;
use toolbay_kernel::principal::{Principal, PrincipalKind};
use toolbay_kernel::{Code, PrincipalId, Problem, Surface};

use crate::{Authority, LINK_LIFETIME, SESSION_IDLE, SESSION_LIFETIME};

/// Sessions and grants that a page lists.
const MAX_LISTED: u32 = 500;

impl Authority {
    pub(crate) async fn signed_in(
        &self,
        principal: PrincipalId,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        let principal = self.principals.principal(principal).await?.ok_or_else(nobody)?;
        self.begin(&principal, before).await
    }

    pub(crate) async fn signed_in_by_token(
        &self,
        token: &SecretString,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        let known = self.principals.authenticate(token).await?;
        // A client's token acts for somebody; it must not become them.
        let principal = known.filter(|principal| may_sign_in(principal)).ok_or_else(|| {
            Problem::new(Code::Unauthenticated, "this is not an API token that signs anybody in here").hint(
                "the operator makes one: toolbay token create NAME; ACTION_API_TOKEN is for calls alone",
            )
        })?;
        self.begin(&principal, before).await
    }

    pub(crate) async fn signed_in_by_link(
        &self,
        link: &SecretString,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        let used = || {
            Problem::new(
                Code::Unauthenticated,
                "this link is unknown, has been used, or is older than ten minutes",
            )
            .hint("the operator makes another one: toolbay session link")
        };
        let digest = nonce::digest(link).ok_or_else(used)?;
        if !self.store.take_link(digest).await? {
            return Err(used());
        }
        self.begin(&Principal::operator(), before).await
    }

    pub(crate) async fn new_link(&self) -> Result<SecretString, Problem> {
        let (link, digest) = nonce::generate()?;
        self.store.add_link(digest, LINK_LIFETIME).await?;
        Ok(link)
    }

    /// A session always has a new name: one that somebody else put into the browser is worth nothing.
    async fn begin(
        &self,
        principal: &Principal,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        let (cookie, digest) = nonce::generate()?;
        let session = NewSession { principal: principal.id, idle: SESSION_IDLE, lifetime: SESSION_LIFETIME };
        let by = Actor::new(principal, Surface::Console);
        self.store.begin_session(digest, session, before.and_then(nonce::digest), &by).await?;
        Ok(cookie)
    }

    pub(crate) async fn session_of(&self, cookie: &SecretString) -> Result<Option<Session>, Problem> {
        let Some(digest) = nonce::digest(cookie) else { return Ok(None) };
        let Some(id) = self.store.session(digest).await? else { return Ok(None) };
        // Whoever lost their token, or was removed, has lost their sessions with it.
        let principal = self.principals.principal(id).await?;
        Ok(principal.map(|principal| Session { principal, form_token: form_token(cookie) }))
    }

    pub(crate) async fn signed_out(&self, cookie: &SecretString, everywhere: bool) -> Result<(), Problem> {
        let Some(digest) = nonce::digest(cookie) else { return Ok(()) };
        let by = match self.session_of(cookie).await? {
            Some(session) => Actor::new(&session.principal, Surface::Console),
            None => Actor::stranger(),
        };
        Ok(self.store.end_session(digest, everywhere, &by).await?)
    }

    pub(crate) async fn account_of(
        &self,
        id: PrincipalId,
    ) -> Result<(Vec<SessionRecord>, Vec<ClientGrant>), Problem> {
        let sessions = self.store.sessions(id, MAX_LISTED).await?;
        Ok((sessions, self.store.grants_of(Some(id), MAX_LISTED).await?))
    }

    /// Ends a grant, of this owner if one is named.
    pub(crate) async fn withdrawn(
        &self,
        grant: PrincipalId,
        owner: Option<PrincipalId>,
        by: &Actor,
    ) -> Result<bool, Problem> {
        Ok(self.store.end_grant(grant, owner, ConsentChange::Withdrawn, by).await?)
    }

    pub(crate) async fn all_grants(&self) -> Result<Vec<ClientGrant>, Problem> {
        Ok(self.store.grants_of(None, MAX_LISTED).await?)
    }
}

/// Whether a token's bearer may sign in, or ask for other tokens by it. The token of the environment is only as good as the
/// environment says: what came of it would outlive a new value.
pub(crate) fn may_sign_in(principal: &Principal) -> bool {
    principal.kind == PrincipalKind::Token && principal.id != PrincipalId::of_environment("action")
}

/// Made from the cookie, which pages of other sites can't read, and told apart from it, so that what stands in a page is
/// not the cookie.
fn form_token(cookie: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(b"toolbay/v1 form\0");
    hash.update(cookie.expose_secret().as_bytes());
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

fn nobody() -> Problem {
    Problem::new(Code::Unauthenticated, "whoever signs in is not known here any more")
}
