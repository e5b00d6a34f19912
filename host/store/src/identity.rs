//! What identity keeps. What is about one kind of row is in its own file.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use toolbay_kernel::PrincipalId;
use toolbay_kernel::audit::{Actor, ConsentChange};
use toolbay_kernel::identity::{
    AuthorizationRequest, Client, ClientGrant, ClientId, ClientRecord, Exchange, IdentityStore, IssuedCode,
    NewSession, NewTokens, Rotation, SessionRecord,
};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::ports::StoreError;

use crate::store::Store;

#[async_trait]
impl IdentityStore for Store {
    async fn begin_session(
        &self,
        digest: NonceDigest,
        session: NewSession,
        before: Option<NonceDigest>,
        by: &Actor,
    ) -> Result<(), StoreError> {
        Ok(self.add_session(digest, session, before, by).await?)
    }

    async fn session(&self, digest: NonceDigest) -> Result<Option<PrincipalId>, StoreError> {
        Ok(self.session_owner(digest).await?)
    }

    async fn sessions(&self, principal: PrincipalId, max: u32) -> Result<Vec<SessionRecord>, StoreError> {
        Ok(self.sessions_of(principal, max).await?)
    }

    async fn end_session(&self, digest: NonceDigest, everywhere: bool, by: &Actor) -> Result<(), StoreError> {
        Ok(self.remove_session(digest, everywhere, by).await?)
    }

    async fn add_link(&self, digest: NonceDigest, lifetime: Duration) -> Result<(), StoreError> {
        Ok(self.insert_link(digest, lifetime).await?)
    }

    async fn take_link(&self, digest: NonceDigest) -> Result<bool, StoreError> {
        Ok(self.remove_link(digest).await?)
    }

    async fn add_client(
        &self,
        client: &Client,
        max: u32,
        kept: Duration,
        by: Option<&Actor>,
    ) -> Result<bool, StoreError> {
        Ok(self.insert_client(client, max, kept, by).await?)
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        Ok(self.client_of(id).await?)
    }

    async fn clients(&self) -> Result<Vec<ClientRecord>, StoreError> {
        Ok(self.all_clients().await?)
    }

    async fn remove_client(&self, id: &ClientId, by: &Actor) -> Result<bool, StoreError> {
        Ok(self.delete_client(id, by).await?)
    }

    async fn add_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
        request: &AuthorizationRequest,
        lifetime: Duration,
        max: u32,
    ) -> Result<(), StoreError> {
        Ok(self.insert_request(digest, browser, request, lifetime, max).await?)
    }

    async fn request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
    ) -> Result<Option<AuthorizationRequest>, StoreError> {
        Ok(self.request_of(digest, browser).await?)
    }

    async fn approve_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
        request: &AuthorizationRequest,
        lifetime: Duration,
    ) -> Result<bool, StoreError> {
        Ok(self.update_request(digest, browser, request, lifetime).await?)
    }

    async fn take_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
    ) -> Result<Option<AuthorizationRequest>, StoreError> {
        Ok(self.remove_request(digest, browser).await?)
    }

    async fn add_grant(
        &self,
        grant: &ClientGrant,
        code: NonceDigest,
        issued: &IssuedCode,
        lifetime: Duration,
        max: u32,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        Ok(self.insert_grant(grant, code, issued, lifetime, max, by).await?)
    }

    async fn exchange(&self, code: NonceDigest) -> Result<Exchange, StoreError> {
        Ok(self.exchange_code(code).await?)
    }

    async fn issue(&self, principal: PrincipalId, tokens: &NewTokens) -> Result<(), StoreError> {
        Ok(self.keep_tokens(principal, tokens).await?)
    }

    async fn rotate(
        &self,
        refresh: NonceDigest,
        client: &ClientId,
        tokens: &NewTokens,
        pair: &SecretString,
        again: Duration,
    ) -> Result<Rotation, StoreError> {
        Ok(self.rotate_token(refresh, client, tokens, pair, again).await?)
    }

    async fn end_oauth_token(
        &self,
        digest: NonceDigest,
        client: &ClientId,
        by: &Actor,
    ) -> Result<(), StoreError> {
        Ok(self.remove_oauth_token(digest, client, by).await?)
    }

    async fn grants_of(&self, owner: Option<PrincipalId>, max: u32) -> Result<Vec<ClientGrant>, StoreError> {
        Ok(self.client_grants(owner, max).await?)
    }

    async fn end_grant(
        &self,
        grant: PrincipalId,
        owner: Option<PrincipalId>,
        change: ConsentChange,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        Ok(self.revoke_client_grant(grant, owner, change, by).await?)
    }

    async fn sweep(&self, again: Duration) -> Result<(), StoreError> {
        Ok(self.sweep_identity(again).await?)
    }
}
