//! Connections that people made through Notion's OAuth: how they come, how their credentials change, how they go.

use std::time::Duration;

use async_trait::async_trait;
use toolbay_kernel::administration::{MAX_NAME, RESERVED_NAME, is_name};
use toolbay_kernel::audit::{Actor, ConnectionChange, Event, TokenChange};
use toolbay_kernel::connecting::{
    Authorized, ConnectingStore, Held, Origin, Owner, PendingAuthorization, Person, Removal, RenewalLease,
    Turn, Unrenewed,
};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_kernel::{Connection, ConnectionId, System};
use uuid::Uuid;

use crate::clock;
use crate::connections::{TakenConnection, credential_of};
use crate::database::Transaction;
use crate::error::Fault;
use crate::people::allow_person;
use crate::principals::about_token;
use crate::renewals::{end_of, refresh_of, sealed_pair};
use crate::store::Store;

/// The name of a connection whose workspace has none that can be used.
const NAMELESS: &str = "Notion";

/// How many names are tried before one that nobody can have is made.
const NAMES_TRIED: usize = 100;

/// How often a connection is added anew when somebody took its name in between.
const ADD_TRIES: u32 = 3;

#[async_trait]
impl ConnectingStore for Store {
    async fn begin(
        &self,
        state: NonceDigest,
        pending: &PendingAuthorization,
        lifetime: Duration,
        max: u32,
    ) -> Result<bool, StoreError> {
        Ok(self.begin_authorization(state, pending, lifetime, max).await?)
    }

    async fn take(&self, state: NonceDigest) -> Result<Option<PendingAuthorization>, StoreError> {
        Ok(self.take_authorization(state).await?)
    }

    async fn person(&self, owner: &Owner) -> Result<Person, StoreError> {
        Ok(self.person_of(owner).await?)
    }

    async fn held(&self, connection: ConnectionId) -> Result<Option<Held>, StoreError> {
        Ok(self.held_credential(connection).await?)
    }

    async fn adopt(
        &self,
        system: &System,
        authorized: &Authorized,
        by: &Actor,
        hint: Option<&str>,
    ) -> Result<Connection, StoreError> {
        let mut tries = 1;
        let connection = loop {
            match self.adopted(system, authorized, by, hint).await {
                // The command line adds connections too, and takes no lock for it.
                Err(fault) if fault.is_duplicate() && tries < ADD_TRIES => tries += 1,
                ended => break ended?,
            }
        };
        self.changed(Change::Connections).await;
        self.changed(Change::Access).await;
        Ok(connection)
    }

    async fn latest(&self, system: &System) -> Result<Vec<ConnectionId>, StoreError> {
        Ok(self.latest_connections(system).await?)
    }

    async fn turn(&self, connection: ConnectionId, lease: Duration) -> Result<Turn, StoreError> {
        Ok(self.renewal_turn(connection, lease).await?)
    }

    async fn renewed(
        &self,
        connection: ConnectionId,
        lease: &RenewalLease,
        authorized: &Authorized,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        let is_kept = self.keep_renewed(connection, lease, authorized, by).await?;
        self.changed(Change::Connections).await;
        Ok(is_kept)
    }

    async fn unrenewed(
        &self,
        connection: ConnectionId,
        lease: &RenewalLease,
        how: Unrenewed,
    ) -> Result<(), StoreError> {
        Ok(self.end_lease(connection, lease, how).await?)
    }

    async fn remove(&self, connection: ConnectionId, by: &Actor) -> Result<Removal, StoreError> {
        if self.environment.credential(connection).is_some() {
            return Ok(Removal::FromEnvironment);
        }
        let Some((removed, keyring)) = self.taken_connection(connection, by).await? else {
            return Ok(Removal::Gone);
        };
        let TakenConnection { system, bot_id, credential, refresh_credential, .. } = removed;
        let origin = origin_of(removed.origin.as_deref())?;
        // Of an account, what renews it: with that the whole grant ends.
        let credential = match refresh_credential.filter(|_| system != System::Notion) {
            Some(refresh) => Some(keyring.secret(refresh_of(connection), &refresh)),
            None => bot_id.map(|_| keyring.secret(credential_of(connection), &credential)),
        };
        // It has gone; what can't be read can't be revoked, and needn't be.
        let readable = credential.and_then(|credential| {
            credential
                .inspect_err(|error| tracing::warn!(%connection, %error, "store.credential_unreadable"))
                .ok()
        });
        Ok(Removal::Removed { system, origin, credential: readable })
    }
}

impl Store {
    async fn adopted(
        &self,
        system: &System,
        authorized: &Authorized,
        by: &Actor,
        hint: Option<&str>,
    ) -> Result<Connection, Fault> {
        let mut transaction = self.database.begin().await?;
        transaction.lock("connections").await?;
        let account = account_of(system, authorized, by);
        let known: Vec<(String, String)> = transaction
            .rows("SELECT id, name FROM connections WHERE bot_id = $1", [account.clone().into()])
            .await?;
        let is_new = known.is_empty();
        let (id, name) = match known.into_iter().next() {
            Some((id, name)) => {
                let id = id.parse().map_err(|_| Fault::Damaged(format!("id of connection {id}")))?;
                self.replace_pair(&mut transaction, id, authorized).await?;
                (id, name)
            }
            None => {
                let wanted = hint.or(authorized.workspace_name.as_deref()).map(str::trim);
                let nameless = system.upstream().map_or(NAMELESS, UpstreamName::as_str);
                let wanted = wanted.filter(|name| is_name(name)).unwrap_or(nameless);
                let (id, name) = (ConnectionId::new(), free_name(&mut transaction, wanted).await?);
                self.insert_pair(&mut transaction, id, &name, (system, &account, by), authorized).await?;
                (id, name)
            }
        };
        let connected = Event::of_connection(by, Some(id), Some(&name), ConnectionChange::Connected);
        transaction.append(&connected).await?;
        allow(&mut transaction, by, id).await?;
        allow_person(&mut transaction, by.principal, id, is_new).await?;
        transaction.commit().await?;
        Ok(Connection { id, name, workspace_name: authorized.workspace_name.clone(), system: system.clone() })
    }

    async fn replace_pair(
        &self,
        transaction: &mut Transaction,
        id: ConnectionId,
        authorized: &Authorized,
    ) -> Result<(), Fault> {
        let (credential, refresh) = sealed_pair(&self.keys.sealing(transaction).await?, id, authorized)?;
        transaction
            .execute(
                "UPDATE connections SET credential = $2, refresh_credential = $3, generation = generation + 1, \
                 workspace_id = $4, workspace_name = $5, renewing_by = NULL, renewing_until = NULL, \
                 broken_at = NULL, updated_at = $6, given_at = $6, expires_at = $7, origin = $8 WHERE id = $1",
                [
                    id.to_string().into(),
                    credential.into(),
                    refresh.into(),
                    authorized.workspace_id.clone().into(),
                    authorized.workspace_name.clone().into(),
                    clock::now().into(),
                    end_of(authorized).into(),
                    written(authorized.origin.as_ref()).into(),
                ],
            )
            .await?;
        Ok(())
    }

    async fn insert_pair(
        &self,
        transaction: &mut Transaction,
        id: ConnectionId,
        name: &str,
        (system, account, by): (&System, &str, &Actor),
        authorized: &Authorized,
    ) -> Result<(), Fault> {
        let (credential, refresh) = sealed_pair(&self.keys.sealing(transaction).await?, id, authorized)?;
        let now = clock::now();
        transaction
            .execute(
                "INSERT INTO connections (id, name, bot_id, workspace_id, workspace_name, credential, \
                 refresh_credential, created_at, updated_at, system, expires_at, origin, given_at, owner) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $8, $13)",
                [
                    id.to_string().into(),
                    name.into(),
                    account.into(),
                    authorized.workspace_id.clone().into(),
                    authorized.workspace_name.clone().into(),
                    credential.into(),
                    refresh.into(),
                    now.into(),
                    now.into(),
                    system.to_string().into(),
                    end_of(authorized).into(),
                    written(authorized.origin.as_ref()).into(),
                    system.upstream().map(|_| by.principal.to_string()).into(),
                ],
            )
            .await?;
        Ok(())
    }
}

/// What stands for an account: at Notion its bot, which is the same for everybody. At an MCP server whoever connected it is a part of it, so
/// that nobody's pair takes the place of another one's, whatever the server says.
fn account_of(system: &System, authorized: &Authorized, by: &Actor) -> String {
    let said = authorized.account.as_deref().unwrap_or_default();
    match system {
        System::Notion => said.to_owned(),
        System::Upstream(_) => {
            let workspace = authorized.workspace_id.as_deref().unwrap_or_default();
            format!("{system}#{}#{said}#{workspace}", by.principal)
        }
    }
}

/// An origin as it is stored.
pub(crate) fn written(origin: Option<&Origin>) -> Option<String> {
    // Three texts can always be written.
    origin.and_then(|origin| serde_json::to_string(origin).ok())
}

/// An origin that was stored.
pub(crate) fn origin_of(stored: Option<&str>) -> Result<Option<Origin>, Fault> {
    stored
        .map(|text| {
            serde_json::from_str(text).map_err(|_| Fault::Damaged("the origin of a connection".to_owned()))
        })
        .transpose()
}

/// The wanted name, or the first one like it that nobody has.
async fn free_name(transaction: &mut Transaction, wanted: &str) -> Result<String, Fault> {
    for number in 1..=NAMES_TRIED {
        let name = numbered(wanted, number);
        let count = "SELECT COUNT(*) FROM connections WHERE name = $1";
        if name != RESERVED_NAME && transaction.count(count, [name.clone().into()]).await? == 0 {
            return Ok(name);
        }
    }
    Ok(format!("{NAMELESS} {}", Uuid::new_v4()))
}

/// The second one of a name is `name 2`, cut where it would become too long.
fn numbered(name: &str, number: usize) -> String {
    if number == 1 {
        return name.to_owned();
    }
    let suffix = format!(" {number}");
    let kept: String = name.chars().take(MAX_NAME - suffix.len()).collect();
    kept + &suffix
}

/// Lets a token that may use only certain connections use this one too.
async fn allow(transaction: &mut Transaction, by: &Actor, connection: ConnectionId) -> Result<(), Fault> {
    let principal = by.principal;
    let found: Vec<(String, String)> = transaction
        .rows("SELECT name, connections FROM api_tokens WHERE id = $1", [principal.to_string().into()])
        .await?;
    let Some((name, text)) = found.into_iter().next() else { return Ok(()) };
    let damaged = || Fault::Damaged(format!("connections of token {principal}"));
    let Allowed::Only(mut allowed) = serde_json::from_str(&text).map_err(|_| damaged())? else {
        return Ok(());
    };
    if !allowed.insert(connection) {
        return Ok(());
    }
    let text = serde_json::to_string(&Allowed::Only(allowed)).map_err(|_| damaged())?;
    transaction
        .execute(
            "UPDATE api_tokens SET connections = $2 WHERE id = $1",
            [principal.to_string().into(), text.into()],
        )
        .await?;
    transaction.append(&about_token(by, principal, &name, TokenChange::Widened { connection })).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_name_is_still_a_name() {
        assert_eq!(numbered("Acme", 1), "Acme");
        assert_eq!(numbered("Acme", 12), "Acme 12");
        let long = numbered(&"ä".repeat(100), 2);
        assert!(is_name(&long) && long.ends_with(" 2"), "{long}");
    }
}
