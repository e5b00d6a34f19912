//! Sessions of people in a browser, and the links that sign an operator in.

use std::time::Duration;

use toolbay_kernel::PrincipalId;
use toolbay_kernel::audit::{Act, Actor, Event, SessionChange};
use toolbay_kernel::identity::{NewSession, SessionRecord};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::other_hosts::Change;

use crate::clock;
use crate::clock::milliseconds;
use crate::error::Fault;
use crate::store::Store;

/// How old the record of a session's last use may grow, in milliseconds.
const SEEN_STEP: i64 = 60_000;

impl Store {
    pub(crate) async fn add_session(
        &self,
        digest: NonceDigest,
        session: NewSession,
        before: Option<NonceDigest>,
        by: &Actor,
    ) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        transaction.execute("DELETE FROM sessions WHERE ends_at <= $1", [now.into()]).await?;
        if let Some(before) = before {
            transaction.execute("DELETE FROM sessions WHERE digest = $1", [before.0.to_vec().into()]).await?;
        }
        transaction
            .execute(
                "INSERT INTO sessions (digest, principal_id, created_at, seen_at, idle, ends_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
                [
                    digest.0.to_vec().into(),
                    session.principal.to_string().into(),
                    now.into(),
                    now.into(),
                    milliseconds(session.idle).into(),
                    now.saturating_add(milliseconds(session.lifetime)).into(),
                ],
            )
            .await?;
        transaction.append(&about_session(by, SessionChange::SignedIn)).await?;
        transaction.commit().await
    }

    pub(crate) async fn session_owner(&self, digest: NonceDigest) -> Result<Option<PrincipalId>, Fault> {
        let now = self.database.now().await?;
        let found: Option<(String, i64)> = self
            .database
            .row(
                "SELECT principal_id, seen_at FROM sessions \
                 WHERE digest = $1 AND ends_at > $2 AND seen_at + idle > $2",
                [digest.0.to_vec().into(), now.into()],
            )
            .await?;
        let Some((principal, seen_at)) = found else { return Ok(None) };
        if now.saturating_sub(seen_at) >= SEEN_STEP {
            self.database
                .execute(
                    "UPDATE sessions SET seen_at = $2 WHERE digest = $1",
                    [digest.0.to_vec().into(), now.into()],
                )
                .await?;
        }
        principal.parse().map(Some).map_err(|_| Fault::Damaged("the principal of a session".to_owned()))
    }

    pub(crate) async fn sessions_of(
        &self,
        principal: PrincipalId,
        max: u32,
    ) -> Result<Vec<SessionRecord>, Fault> {
        let now = self.database.now().await?;
        let rows: Vec<(i64, i64)> = self
            .database
            .rows(
                "SELECT created_at, seen_at FROM sessions \
                 WHERE principal_id = $1 AND ends_at > $2 AND seen_at + idle > $2 ORDER BY created_at DESC LIMIT $3",
                [principal.to_string().into(), now.into(), i64::from(max).into()],
            )
            .await?;
        rows.into_iter()
            .map(|(created_at, seen_at)| {
                Ok(SessionRecord {
                    created_at: clock::from_milliseconds(created_at)?,
                    seen_at: clock::from_milliseconds(seen_at)?,
                })
            })
            .collect()
    }

    pub(crate) async fn remove_session(
        &self,
        digest: NonceDigest,
        everywhere: bool,
        by: &Actor,
    ) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        let ended: Vec<(String,)> = transaction
            .rows("DELETE FROM sessions WHERE digest = $1 RETURNING principal_id", [digest.0.to_vec().into()])
            .await?;
        let Some((principal,)) = ended.into_iter().next() else { return Ok(()) };
        let change = if everywhere {
            transaction.execute("DELETE FROM sessions WHERE principal_id = $1", [principal.into()]).await?;
            SessionChange::SignedOutEverywhere
        } else {
            SessionChange::SignedOut
        };
        transaction.append(&about_session(by, change)).await?;
        transaction.commit().await?;
        self.changed(Change::Access).await;
        Ok(())
    }

    pub(crate) async fn insert_link(&self, digest: NonceDigest, lifetime: Duration) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        transaction.execute("DELETE FROM sign_in_links WHERE expires_at <= $1", [now.into()]).await?;
        transaction
            .execute(
                "INSERT INTO sign_in_links (digest, expires_at) VALUES ($1, $2)",
                [digest.0.to_vec().into(), now.saturating_add(milliseconds(lifetime)).into()],
            )
            .await?;
        transaction.commit().await
    }

    /// The statement that finds it removes it, so that of two who ask one gets it.
    pub(crate) async fn remove_link(&self, digest: NonceDigest) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let taken: Vec<(i64,)> = transaction
            .rows(
                "DELETE FROM sign_in_links WHERE digest = $1 RETURNING expires_at",
                [digest.0.to_vec().into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(taken.first().is_some_and(|(expires_at,)| now < *expires_at))
    }
}

fn about_session(by: &Actor, change: SessionChange) -> Event {
    Event::of_host(by, Act::Session { change })
}
