//! Authorizations that wait for somebody to agree.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use toolbay_kernel::connecting::{PendingAuthorization, Purpose};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::{PrincipalId, System};
use url::Url;

use crate::error::Fault;
use crate::sealed_columns::AUTHORIZATION_REQUEST;
use crate::store::Store;

/// What the caller asked for; encrypted, since a caller's `state` may be a secret of theirs, and the proof is one.
#[derive(Serialize, Deserialize)]
struct Requested {
    return_url: Option<String>,
    state: Option<String>,
    hint: Option<String>,
    #[serde(default)]
    system: System,
    #[serde(default)]
    proof: Option<String>,
}

#[derive(serde::Deserialize)]
struct StoredAuthorization {
    principal_id: String,
    browser_digest: Vec<u8>,
    request: Vec<u8>,
    expires_at: i64,
}

impl Store {
    /// Adds one; removes all that nobody finished in time.
    pub(crate) async fn begin_authorization(
        &self,
        state: NonceDigest,
        pending: &PendingAuthorization,
        lifetime: Duration,
        max: u32,
    ) -> Result<bool, Fault> {
        let requested = Requested {
            return_url: pending.return_url.as_ref().map(Url::to_string),
            state: pending.state.clone(),
            hint: pending.hint.clone(),
            system: pending.system.clone(),
            proof: pending.proof.as_ref().map(|proof| proof.expose_secret().to_owned()),
        };
        let principal = holder(pending.purpose).to_string();
        let mut transaction = self.database.begin().await?;
        // Else two at the same time would both find room for the last one.
        transaction.lock(&format!("authorizations of {principal}")).await?;
        let now = transaction.now().await?;
        transaction.execute("DELETE FROM authorizations WHERE expires_at <= $1", [now.into()]).await?;
        let open = transaction
            .count("SELECT COUNT(*) FROM authorizations WHERE principal_id = $1", [principal.clone().into()])
            .await?;
        if open >= i64::from(max) {
            return Ok(false);
        }
        let location = AUTHORIZATION_REQUEST.of_digest(&state.0);
        let requested = self.keys.sealing(&mut transaction).await?.json(location, &json!(requested))?;
        let lifetime = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        transaction
            .execute(
                "INSERT INTO authorizations (state_digest, principal_id, browser_digest, request, expires_at) \
                 VALUES ($1, $2, $3, $4, $5)",
                [
                    state.0.to_vec().into(),
                    principal.into(),
                    pending.browser.0.to_vec().into(),
                    requested.into(),
                    now.saturating_add(lifetime).into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Takes one out. The statement that finds it removes it, so that of two who ask one gets it.
    pub(crate) async fn take_authorization(
        &self,
        state: NonceDigest,
    ) -> Result<Option<PendingAuthorization>, Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let taken: Vec<StoredAuthorization> = transaction
            .rows(
                "DELETE FROM authorizations WHERE state_digest = $1 \
                 RETURNING principal_id, browser_digest, request, expires_at",
                [state.0.to_vec().into()],
            )
            .await?;
        let taken = taken.into_iter().next();
        let blob = taken.as_ref().map(|stored| stored.request.as_slice());
        let keyring = self.keys.opening(&mut transaction, blob.as_slice()).await?;
        transaction.commit().await?;
        let Some(stored) = taken.filter(|stored| now < stored.expires_at) else {
            return Ok(None);
        };
        let damaged = || Fault::Damaged("an authorization".to_owned());
        let requested: Requested =
            serde_json::from_value(keyring.json(AUTHORIZATION_REQUEST.of_digest(&state.0), &stored.request)?)
                .map_err(|_| damaged())?;
        let principal: PrincipalId = stored.principal_id.parse().map_err(|_| damaged())?;
        let browser = NonceDigest(stored.browser_digest.try_into().map_err(|_| damaged())?);
        Ok(Some(PendingAuthorization {
            purpose: if principal == holder(Purpose::SignIn) {
                Purpose::SignIn
            } else {
                Purpose::Connect(principal)
            },
            system: requested.system,
            proof: requested.proof.map(Into::into),
            browser,
            return_url: requested.return_url.map(|url| url.parse()).transpose().map_err(|_| damaged())?,
            state: requested.state,
            hint: requested.hint,
        }))
    }
}

/// Among whose authorizations one is counted. Those who sign in are nobody yet, and have an id together.
fn holder(purpose: Purpose) -> PrincipalId {
    match purpose {
        Purpose::Connect(principal) => principal,
        Purpose::SignIn => PrincipalId::of_environment("sign-in"),
    }
}
