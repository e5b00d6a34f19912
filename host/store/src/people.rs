//! People who sign in by Notion.

use toolbay_kernel::connecting::{Owner, Person};
use toolbay_kernel::principal::{Allowed, PrincipalKind};
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, ConnectionId, Parts, Principal, PrincipalId};

use crate::clock;
use crate::database::Transaction;
use crate::error::Fault;
use crate::store::Store;

impl Store {
    /// The person of an account at Notion; there is one from now on.
    pub(crate) async fn person_of(&self, owner: &Owner) -> Result<Person, Fault> {
        let mut transaction = self.database.begin().await?;
        transaction
            .execute(
                "INSERT INTO people (id, notion_user_id, name, created_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (notion_user_id) DO UPDATE SET name = excluded.name",
                [
                    PrincipalId::new().to_string().into(),
                    owner.id.clone().into(),
                    name_of(owner).into(),
                    clock::now().into(),
                ],
            )
            .await?;
        let found: Vec<(String, String)> = transaction
            .rows("SELECT id, name FROM people WHERE notion_user_id = $1", [owner.id.clone().into()])
            .await?;
        transaction.commit().await?;
        let (id, name) = found.into_iter().next().ok_or_else(|| Fault::Damaged("a person".to_owned()))?;
        let id = id.parse().map_err(|_| Fault::Damaged(format!("id of person {id}")))?;
        Ok(Person { id, name })
    }

    /// A person as principal: they may do everything, on the workspaces that they opened.
    pub(crate) async fn person_principal(&self, id: PrincipalId) -> Result<Option<Principal>, Fault> {
        let person: Option<(String,)> =
            self.database.row("SELECT name FROM people WHERE id = $1", [id.to_string().into()]).await?;
        let Some((name,)) = person else { return Ok(None) };
        let rows: Vec<(String,)> = self
            .database
            .rows(
                "SELECT connection_id FROM people_connections WHERE person_id = $1",
                [id.to_string().into()],
            )
            .await?;
        let connections = rows
            .into_iter()
            .map(|(connection,)| connection.parse())
            .collect::<Result<_, _>>()
            .map_err(|_| Fault::Damaged(format!("connections of person {id}")))?;
        Ok(Some(Principal {
            id,
            name,
            kind: PrincipalKind::Person,
            tools: Allowed::All,
            connections: Allowed::Only(connections),
            strongest: Access::Destroys,
            default_connection: None,
            shown: Allowed::All,
            may_ask_for: None,
            parts: Parts::everything(),
            uses_shared: self.people_use_shared,
            administers: false,
            rates: Rates::default(),
        }))
    }
}

/// Lets a person use a connection that they made. It is theirs alone if it came by them; who is no person makes it one of all.
pub(crate) async fn allow_person(
    transaction: &mut Transaction,
    person: PrincipalId,
    connection: ConnectionId,
    is_new: bool,
) -> Result<(), Fault> {
    let (person, connection) = (person.to_string(), connection.to_string());
    let is_person =
        transaction.count("SELECT COUNT(*) FROM people WHERE id = $1", [person.clone().into()]).await? > 0;
    if !is_person {
        transaction
            .execute(
                "UPDATE people_connections SET is_theirs = 0 WHERE connection_id = $1",
                [connection.into()],
            )
            .await?;
        return Ok(());
    }
    transaction
        .execute(
            "INSERT INTO people_connections (person_id, connection_id, is_theirs) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
            [person.into(), connection.into(), i64::from(is_new).into()],
        )
        .await?;
    Ok(())
}

/// PostgreSQL's text has no NUL.
fn name_of(owner: &Owner) -> String {
    let name = owner.name.replace('\0', "");
    if name.is_empty() { "somebody".to_owned() } else { name }
}
