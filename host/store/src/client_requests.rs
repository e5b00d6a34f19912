//! What clients ask for while a person decides.

use std::time::Duration;

use serde_json::json;
use toolbay_kernel::identity::AuthorizationRequest;
use toolbay_kernel::nonce::NonceDigest;

use crate::clock::milliseconds;
use crate::error::Fault;
use crate::parameter::Parameter;
use crate::sealed_columns::CLIENT_REQUEST;
use crate::store::Store;
use crate::vault::Keyring;

#[derive(serde::Deserialize)]
struct StoredRequest {
    request: Vec<u8>,
    expires_at: i64,
}

impl Store {
    pub(crate) async fn insert_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
        request: &AuthorizationRequest,
        lifetime: Duration,
        max: u32,
    ) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        transaction.lock("oauth_requests").await?;
        let now = transaction.now().await?;
        transaction.execute("DELETE FROM oauth_requests WHERE expires_at <= $1", [now.into()]).await?;
        // Anybody may begin one, so nobody is refused for those of others.
        let waiting = transaction.count("SELECT COUNT(*) FROM oauth_requests", []).await?;
        if waiting >= i64::from(max) {
            transaction
                .execute(
                    "DELETE FROM oauth_requests WHERE digest IN \
                     (SELECT digest FROM oauth_requests ORDER BY expires_at LIMIT $1)",
                    [(waiting - i64::from(max) + 1).into()],
                )
                .await?;
        }
        let sealing = self.keys.sealing(&mut transaction).await?;
        let sealed = sealing.json(CLIENT_REQUEST.of_digest(&digest.0), &json!(request))?;
        transaction
            .execute(
                "INSERT INTO oauth_requests (digest, browser_digest, request, expires_at) VALUES ($1, $2, $3, $4)",
                [
                    digest.0.to_vec().into(),
                    browser.0.to_vec().into(),
                    sealed.into(),
                    now.saturating_add(milliseconds(lifetime)).into(),
                ],
            )
            .await?;
        transaction.commit().await
    }

    pub(crate) async fn request_of(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
    ) -> Result<Option<AuthorizationRequest>, Fault> {
        let now = self.database.now().await?;
        let read = self.keys.reading(&self.database, async |keyring| {
            let stored: Option<StoredRequest> = self
                .database
                .row(
                    "SELECT request, expires_at FROM oauth_requests WHERE digest = $1 AND browser_digest = $2",
                    of(digest, browser),
                )
                .await?;
            opened_request(&keyring, digest, stored, now)
        });
        read.await
    }

    pub(crate) async fn update_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
        request: &AuthorizationRequest,
        lifetime: Duration,
    ) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        let end = transaction.now().await?.saturating_add(milliseconds(lifetime));
        let sealing = self.keys.sealing(&mut transaction).await?;
        let sealed = sealing.json(CLIENT_REQUEST.of_digest(&digest.0), &json!(request))?;
        let [digest, browser] = of(digest, browser);
        let changed = transaction
            .execute(
                "UPDATE oauth_requests SET request = $3, expires_at = $4 WHERE digest = $1 AND browser_digest = $2",
                [digest, browser, sealed.into(), end.into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(changed > 0)
    }

    /// The statement that finds it removes it, so that of two who ask one gets it.
    pub(crate) async fn remove_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
    ) -> Result<Option<AuthorizationRequest>, Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let taken: Vec<StoredRequest> = transaction
            .rows(
                "DELETE FROM oauth_requests WHERE digest = $1 AND browser_digest = $2 RETURNING request, expires_at",
                of(digest, browser),
            )
            .await?;
        let taken = taken.into_iter().next();
        let blob = taken.as_ref().map(|stored| stored.request.as_slice());
        let keyring = self.keys.opening(&mut transaction, blob.as_slice()).await?;
        transaction.commit().await?;
        opened_request(&keyring, digest, taken, now)
    }
}

fn opened_request(
    keyring: &Keyring,
    digest: NonceDigest,
    stored: Option<StoredRequest>,
    now: i64,
) -> Result<Option<AuthorizationRequest>, Fault> {
    let Some(stored) = stored.filter(|stored| now < stored.expires_at) else { return Ok(None) };
    let value = keyring.json(CLIENT_REQUEST.of_digest(&digest.0), &stored.request)?;
    let damaged = |_| Fault::Damaged("a request of a client".to_owned());
    serde_json::from_value(value).map(Some).map_err(damaged)
}

fn of(digest: NonceDigest, browser: NonceDigest) -> [Parameter; 2] {
    [digest.0.to_vec().into(), browser.0.to_vec().into()]
}
