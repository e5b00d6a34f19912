//! Identity, where nobody signs in.

use async_trait::async_trait;
use secrecy::SecretString;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::identity::{
    Authorize, Begun, ClientGrant, ConsentPage, Decision, Identity, Next, OAuthCode, OAuthError, Refused,
    Registered, Session, SessionRecord, TokenAnswer, TokenRequest,
};
use toolbay_kernel::{Code, ConnectionId, PrincipalId, Problem};
use url::Url;

/// An authorization server that refuses everybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodySignsIn;

fn refused<T>() -> Result<T, Problem> {
    Err(Problem::new(Code::Forbidden, "nobody signs in here"))
}

fn denied<T>() -> Result<T, OAuthError> {
    Err(OAuthError::new(OAuthCode::AccessDenied, "Nobody signs in here."))
}

#[async_trait]
impl Identity for NobodySignsIn {
    async fn register(&self, _: &[u8]) -> Result<Registered, OAuthError> {
        denied()
    }

    async fn authorize(&self, _: Authorize<'_>) -> Result<Begun, Refused> {
        refused().map_err(|problem| Refused::Shown(Box::new(problem)))
    }

    async fn consent_page(
        &self,
        _: &SecretString,
        _: &SecretString,
        _: Option<&Session>,
    ) -> Result<ConsentPage, Problem> {
        refused()
    }

    async fn decide(
        &self,
        _: &SecretString,
        _: &SecretString,
        _: Option<&Session>,
        _: Decision,
    ) -> Result<Next, Problem> {
        refused()
    }

    async fn connected(
        &self,
        _: &SecretString,
        _: &SecretString,
        _: Result<(PrincipalId, ConnectionId), Code>,
    ) -> Result<Url, Problem> {
        refused()
    }

    async fn token(&self, _: &Url, _: TokenRequest) -> Result<TokenAnswer, OAuthError> {
        denied()
    }

    async fn revoke(&self, _: TokenRequest) -> Result<(), OAuthError> {
        denied()
    }

    async fn sign_in(&self, _: PrincipalId, _: Option<&SecretString>) -> Result<SecretString, Problem> {
        refused()
    }

    async fn sign_in_by_token(
        &self,
        _: &SecretString,
        _: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        refused()
    }

    async fn sign_in_by_link(
        &self,
        _: &SecretString,
        _: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        refused()
    }

    async fn link(&self) -> Result<SecretString, Problem> {
        refused()
    }

    async fn session(&self, _: &SecretString) -> Result<Option<Session>, Problem> {
        Ok(None)
    }

    async fn sign_out(&self, _: &SecretString, _: bool) -> Result<(), Problem> {
        Ok(())
    }

    async fn account(&self, _: PrincipalId) -> Result<(Vec<SessionRecord>, Vec<ClientGrant>), Problem> {
        refused()
    }

    async fn withdraw(&self, _: PrincipalId, _: &Actor) -> Result<bool, Problem> {
        Ok(false)
    }

    async fn grants(&self) -> Result<Vec<ClientGrant>, Problem> {
        Ok(Vec::new())
    }

    async fn end_grant(&self, _: PrincipalId, _: &Actor) -> Result<bool, Problem> {
        Ok(false)
    }
}
