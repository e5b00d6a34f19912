//! Whose turn it is to renew a connection's credential, and what came of it.
//!
//! Leases and their ends are told by the database's clock: several hosts may share it, and their own clocks differ.

use std::time::Duration;

use toolbay_kernel::audit::{Actor, ConnectionChange, Event};
use toolbay_kernel::connecting::{Authorized, Held, RenewalLease, Turn, Unrenewed};
use toolbay_kernel::{ConnectionId, System};
use uuid::Uuid;

use crate::clock;
use crate::connecting::{origin_of, written};
use crate::connections::credential_of;
use crate::error::Fault;
use crate::sealed_columns::CONNECTION_REFRESH;
use crate::store::Store;
use crate::vault::{Location, Sealing};

#[derive(serde::Deserialize)]
struct HeldCredential {
    credential: Vec<u8>,
    is_renewable: i64,
    broken_at: Option<i64>,
    system: System,
    origin: Option<String>,
    given_at: Option<i64>,
    expires_at: Option<i64>,
}

#[derive(serde::Deserialize)]
struct Renewable {
    system: System,
    origin: Option<String>,
    bot_id: Option<String>,
    credential: Vec<u8>,
    refresh_credential: Option<Vec<u8>>,
    generation: i64,
    renewing_by: Option<String>,
    renewing_until: Option<i64>,
    broken_at: Option<i64>,
}

impl Renewable {
    fn blobs(&self) -> impl Iterator<Item = &[u8]> {
        [Some(self.credential.as_slice()), self.refresh_credential.as_deref()].into_iter().flatten()
    }
}

/// Longer than any lease or doubt lasts.
const MAX: Duration = Duration::from_secs(600);

/// A lease that ends after this was taken before the clock was set back.
fn latest(now: i64) -> i64 {
    now.saturating_add(milliseconds(MAX))
}

const RENEWABLE: &str = "SELECT system, origin, bot_id, credential, refresh_credential, generation, renewing_by, renewing_until, \
                         broken_at FROM connections WHERE id = $1";

/// Why it isn't the caller's turn; none when it may be.
fn not_ours(seen: Option<&Renewable>, now: i64) -> Option<Turn> {
    let Some(seen) = seen else { return Some(Turn::Gone) };
    if seen.refresh_credential.is_none() || seen.bot_id.is_none() {
        return Some(Turn::Fixed);
    }
    if seen.broken_at.is_some() {
        return Some(Turn::Ended);
    }
    let is_taken = seen.renewing_until.is_some_and(|until| now < until && until <= latest(now));
    match seen.renewing_by {
        _ if !is_taken => None,
        Some(_) => Some(Turn::Theirs),
        None => Some(Turn::Doubtful),
    }
}

impl Store {
    /// A credential as it is kept.
    pub(crate) async fn held_credential(&self, connection: ConnectionId) -> Result<Option<Held>, Fault> {
        if let Some(credential) = self.environment.credential(connection) {
            let credential = credential.clone();
            let system = System::Notion;
            return Ok(Some(Held {
                credential,
                system,
                origin: None,
                given_at: None,
                expires_at: None,
                is_renewable: false,
                is_ended: false,
            }));
        }
        let read = self.keys.reading(&self.database, async |keyring| {
            let found: Option<HeldCredential> = self
                .database
                .row(
                    "SELECT credential, CASE WHEN refresh_credential IS NULL THEN 0 ELSE 1 END AS is_renewable, \
                     system, origin, given_at, expires_at, broken_at FROM connections WHERE id = $1",
                    [connection.to_string().into()],
                )
                .await?;
            let Some(found) = found else { return Ok(None) };
            Ok(Some(Held {
                credential: keyring.secret(credential_of(connection), &found.credential)?,
                system: found.system,
                origin: origin_of(found.origin.as_deref())?,
                given_at: found.given_at.map(clock::from_milliseconds).transpose()?,
                expires_at: found.expires_at.map(clock::from_milliseconds).transpose()?,
                is_renewable: found.is_renewable != 0,
                is_ended: found.broken_at.is_some(),
            }))
        });
        read.await
    }

    /// The caller's turn, or why it isn't.
    pub(crate) async fn renewal_turn(
        &self,
        connection: ConnectionId,
        lease: Duration,
    ) -> Result<Turn, Fault> {
        if self.environment.credential(connection).is_some() {
            return Ok(Turn::Fixed);
        }
        // Most who ask find that it isn't their turn: they look, and write nothing.
        let seen: Option<Renewable> = self.database.row(RENEWABLE, [connection.to_string().into()]).await?;
        if let Some(turn) = not_ours(seen.as_ref(), self.database.now().await?) {
            return Ok(turn);
        }
        self.claimed(connection, lease).await
    }

    async fn claimed(&self, connection: ConnectionId, lease: Duration) -> Result<Turn, Fault> {
        let holder = Uuid::new_v4();
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let claimed = transaction
            .execute(
                "UPDATE connections SET renewing_by = $2, renewing_until = $3 \
                 WHERE id = $1 AND bot_id IS NOT NULL AND refresh_credential IS NOT NULL AND broken_at IS NULL \
                 AND (renewing_until IS NULL OR renewing_until <= $4 OR renewing_until > $5)",
                [
                    connection.to_string().into(),
                    holder.to_string().into(),
                    now.saturating_add(milliseconds(lease)).into(),
                    now.into(),
                    latest(now).into(),
                ],
            )
            .await?;
        let seen: Vec<Renewable> = transaction.rows(RENEWABLE, [connection.to_string().into()]).await?;
        let seen = seen.into_iter().next();
        let blobs: Vec<&[u8]> = seen.iter().flat_map(Renewable::blobs).collect();
        let keyring = self.keys.opening(&mut transaction, &blobs).await?;
        transaction.commit().await?;
        if claimed == 0 {
            // Somebody was faster, and may have ended already: the next look tells.
            return Ok(not_ours(seen.as_ref(), now).unwrap_or(Turn::Theirs));
        }
        let Some(Renewable {
            system,
            origin,
            bot_id: Some(account),
            credential,
            refresh_credential: Some(refresh),
            generation,
            ..
        }) = seen
        else {
            return Ok(Turn::Gone);
        };
        Ok(Turn::Ours(RenewalLease {
            holder,
            generation,
            system,
            account,
            origin: origin_of(origin.as_deref())?,
            credential: keyring.secret(credential_of(connection), &credential)?,
            refresh_credential: keyring.secret(refresh_of(connection), &refresh)?,
        }))
    }

    /// Keeps a new pair in the place of the one that it was made from; false when that has gone.
    pub(crate) async fn keep_renewed(
        &self,
        connection: ConnectionId,
        lease: &RenewalLease,
        authorized: &Authorized,
        by: &Actor,
    ) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        let (credential, refresh) =
            sealed_pair(&self.keys.sealing(&mut transaction).await?, connection, authorized)?;
        let replaced: Vec<(String,)> = transaction
            .rows(
                "UPDATE connections SET credential = $3, \
                 refresh_credential = COALESCE($4, refresh_credential), generation = generation + 1, \
                 workspace_name = COALESCE($5, workspace_name), renewing_by = NULL, renewing_until = NULL, \
                 broken_at = NULL, updated_at = $6, given_at = $6, expires_at = $7, \
                 origin = COALESCE($8, origin) \
                 WHERE id = $1 AND generation = $2 RETURNING name",
                [
                    connection.to_string().into(),
                    lease.generation.into(),
                    credential.into(),
                    refresh.into(),
                    authorized.workspace_name.clone().into(),
                    clock::now().into(),
                    end_of(authorized).into(),
                    written(authorized.origin.as_ref()).into(),
                ],
            )
            .await?;
        if let Some((name,)) = replaced.first() {
            let event = Event::of_connection(by, Some(connection), Some(name), ConnectionChange::Renewed);
            transaction.append(&event).await?;
        }
        transaction.commit().await?;
        Ok(!replaced.is_empty())
    }

    /// Ends a lease without a new pair.
    pub(crate) async fn end_lease(
        &self,
        connection: ConnectionId,
        lease: &RenewalLease,
        how: Unrenewed,
    ) -> Result<(), Fault> {
        let id = connection.to_string();
        let holder = lease.holder.to_string();
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        match how {
            Unrenewed::Unchanged | Unrenewed::Doubtful(_) => {
                let until = match how {
                    Unrenewed::Doubtful(wait) => Some(now.saturating_add(milliseconds(wait))),
                    _ => None,
                };
                transaction
                    .execute(
                        "UPDATE connections SET renewing_by = NULL, renewing_until = $3 \
                         WHERE id = $1 AND renewing_by = $2",
                        [id.into(), holder.into(), until.into()],
                    )
                    .await?;
            }
            // Not for who connected it anew in between.
            Unrenewed::Ended => {
                let ended: Vec<(String,)> = transaction
                    .rows(
                        "UPDATE connections SET broken_at = $3, renewing_by = NULL, renewing_until = NULL \
                         WHERE id = $1 AND generation = $2 RETURNING name",
                        [id.into(), lease.generation.into(), now.into()],
                    )
                    .await?;
                if let Some((name,)) = ended.first() {
                    let by = Actor::host();
                    let event =
                        Event::of_connection(&by, Some(connection), Some(name), ConnectionChange::Ended);
                    transaction.append(&event).await?;
                }
            }
        };
        transaction.commit().await?;
        Ok(())
    }
}

/// The credentials of a connection, encrypted.
pub(crate) fn sealed_pair(
    sealing: &Sealing,
    id: ConnectionId,
    authorized: &Authorized,
) -> Result<(Vec<u8>, Option<Vec<u8>>), Fault> {
    let credential = sealing.secret(credential_of(id), &authorized.credential)?;
    let refresh = authorized.refresh_credential.as_ref();
    let refresh = refresh.map(|secret| sealing.secret(refresh_of(id), secret)).transpose()?;
    Ok((credential, refresh))
}

/// When a credential that has just been given ends; none when nobody said.
pub(crate) fn end_of(authorized: &Authorized) -> Option<i64> {
    authorized.lifetime.map(|lifetime| clock::now().saturating_add(milliseconds(lifetime)))
}

/// Where a refresh credential lies.
pub(crate) fn refresh_of(connection: ConnectionId) -> Location {
    CONNECTION_REFRESH.of(connection.uuid())
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
