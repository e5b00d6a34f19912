//! Conversations, each of one principal.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use toolbay_kernel::chat::{
    Conversations, ListedConversation, MAX_CONVERSATIONS, Place, Taken, Transcript, Turn,
};
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::{ConversationId, PrincipalId};

use crate::clock;
use crate::database::Transaction;
use crate::error::Fault;
use crate::sealed_columns::{CONVERSATION_TITLE, CONVERSATION_TRANSCRIPT};
use crate::store::Store;
use crate::vault::Keyring;

#[derive(serde::Deserialize)]
struct Found {
    transcript: Vec<u8>,
    fence: i64,
    busy_until: Option<i64>,
}

#[derive(serde::Deserialize)]
struct Listed {
    id: String,
    title: Vec<u8>,
    created_at: i64,
    updated_at: i64,
}

#[derive(serde::Deserialize)]
struct Whole {
    id: String,
    title: Vec<u8>,
    created_at: i64,
    updated_at: i64,
    transcript: Vec<u8>,
}

const FIND: &str =
    "SELECT transcript, fence, busy_until FROM conversations WHERE id = $1 AND principal_id = $2";

#[async_trait]
impl Conversations for Store {
    async fn take(
        &self,
        principal: PrincipalId,
        conversation: ConversationId,
        title: Option<&str>,
        time: Duration,
    ) -> Result<Taken, StoreError> {
        let turn = |fence| Turn { conversation, principal, fence };
        let mut transaction = self.database.begin().await?;
        // Else two that begin at the same time would both find it free, or room for the last one.
        transaction.lock(&format!("conversations of {principal}")).await?;
        let now = transaction.now().await?;
        let until = now.saturating_add(clock::milliseconds(time));
        let found: Vec<Found> =
            transaction.rows(FIND, [conversation.to_string().into(), principal.to_string().into()]).await?;
        let Some(found) = found.into_iter().next() else {
            let Some(title) = title else { return Ok(Taken::NotThere) };
            let made = self.make(&mut transaction, turn(1), title, now, until).await?;
            transaction.commit().await?;
            return Ok(if made { Taken::Begun(turn(1), Box::default()) } else { Taken::Full });
        };
        if found.busy_until.is_some_and(|busy_until| now < busy_until) {
            return Ok(Taken::Busy);
        }
        let keyring = self.keys.opening(&mut transaction, &[&found.transcript]).await?;
        let transcript = transcript(&keyring, conversation, &found.transcript)?;
        let fence = found.fence.saturating_add(1);
        transaction
            .execute(
                "UPDATE conversations SET fence = $2, busy_until = $3 WHERE id = $1",
                [conversation.to_string().into(), fence.into(), until.into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(Taken::Begun(turn(fence), Box::new(transcript)))
    }

    async fn keep(&self, turn: &Turn, transcript: &Transcript) -> Result<bool, StoreError> {
        let kept = self.write(
            turn,
            transcript,
            "UPDATE conversations SET transcript = $4, updated_at = $5 WHERE id = $1 AND principal_id = $2 AND fence = $3",
        );
        Ok(kept.await?)
    }

    async fn end(&self, turn: &Turn, transcript: &Transcript) -> Result<bool, StoreError> {
        let ended = self.write(
            turn,
            transcript,
            "UPDATE conversations SET transcript = $4, updated_at = $5, busy_until = NULL \
             WHERE id = $1 AND principal_id = $2 AND fence = $3",
        );
        Ok(ended.await?)
    }

    async fn page(
        &self,
        principal: PrincipalId,
        after: Option<Place>,
        max: usize,
    ) -> Result<Vec<ListedConversation>, StoreError> {
        let (updated_at, id) = match after {
            Some(Place { updated_at, id }) => (updated_at, id.to_string()),
            None => (i64::MAX, String::new()),
        };
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let read = |keyring: Arc<Keyring>| {
            let id = id.clone();
            async move {
                let rows: Vec<Listed> = self
                    .database
                    .rows(
                        "SELECT id, title, created_at, updated_at FROM conversations \
                         WHERE principal_id = $1 AND (updated_at, id) < ($2, $3) \
                         ORDER BY updated_at DESC, id DESC LIMIT $4",
                        [principal.to_string().into(), updated_at.into(), id.into(), max.into()],
                    )
                    .await?;
                rows.into_iter().map(|row| row.open(&keyring)).collect()
            }
        };
        Ok(self.keys.reading(&self.database, read).await?)
    }

    async fn conversation(
        &self,
        principal: PrincipalId,
        id: ConversationId,
    ) -> Result<Option<(ListedConversation, Transcript)>, StoreError> {
        let read = |keyring: Arc<Keyring>| async move {
            let found: Option<Whole> = self
                .database
                .row(
                    "SELECT id, title, created_at, updated_at, transcript FROM conversations \
                     WHERE id = $1 AND principal_id = $2",
                    [id.to_string().into(), principal.to_string().into()],
                )
                .await?;
            let open = |whole: Whole| {
                let transcript = transcript(&keyring, id, &whole.transcript)?;
                let Whole { id, title, created_at, updated_at, .. } = whole;
                Ok((Listed { id, title, created_at, updated_at }.open(&keyring)?, transcript))
            };
            found.map(open).transpose()
        };
        Ok(self.keys.reading(&self.database, read).await?)
    }

    async fn remove(&self, principal: PrincipalId, id: ConversationId) -> Result<bool, StoreError> {
        let removed = self.database.execute(
            "DELETE FROM conversations WHERE id = $1 AND principal_id = $2",
            [id.to_string().into(), principal.to_string().into()],
        );
        Ok(removed.await? > 0)
    }

    async fn remove_unused(&self, age: Duration) -> Result<u64, StoreError> {
        let now = self.database.now().await?;
        let before = now.saturating_sub(clock::milliseconds(age));
        let removed = self.database.execute(
            "DELETE FROM conversations WHERE updated_at < $1 AND (busy_until IS NULL OR busy_until <= $2)",
            [before.into(), now.into()],
        );
        Ok(removed.await?)
    }
}

impl Store {
    /// Adds a conversation; false when there is no room for it.
    async fn make(
        &self,
        transaction: &mut Transaction,
        turn: Turn,
        title: &str,
        now: i64,
        until: i64,
    ) -> Result<bool, Fault> {
        let (id, principal) = (turn.conversation, turn.principal.to_string());
        let count = transaction
            .count("SELECT COUNT(*) FROM conversations WHERE principal_id = $1", [principal.clone().into()])
            .await?;
        if count >= i64::from(MAX_CONVERSATIONS) {
            return Ok(false);
        }
        let sealing = self.keys.sealing(transaction).await?;
        let title = sealing.json(CONVERSATION_TITLE.of(id.uuid()), &json!(title))?;
        let empty = json!(Transcript::default());
        let transcript = sealing.json(CONVERSATION_TRANSCRIPT.of(id.uuid()), &empty)?;
        transaction
            .execute(
                "INSERT INTO conversations (id, principal_id, title, transcript, fence, busy_until, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
                [
                    id.to_string().into(),
                    principal.into(),
                    title.into(),
                    transcript.into(),
                    turn.fence.into(),
                    until.into(),
                    now.into(),
                ],
            )
            .await?;
        Ok(true)
    }

    /// Puts a transcript in the place of the one before, if the turn still has the conversation.
    async fn write(&self, turn: &Turn, transcript: &Transcript, sql: &'static str) -> Result<bool, Fault> {
        // Before the transaction: nobody else writes to a file as long as one lasts.
        let written = json!(transcript).to_string();
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let location = CONVERSATION_TRANSCRIPT.of(turn.conversation.uuid());
        let sealed = self.keys.sealing(&mut transaction).await?.seal(location, written.as_bytes())?;
        let changed = transaction
            .execute(
                sql,
                [
                    turn.conversation.to_string().into(),
                    turn.principal.to_string().into(),
                    turn.fence.into(),
                    sealed.into(),
                    now.into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(changed > 0)
    }
}

impl Listed {
    fn open(self, keyring: &Keyring) -> Result<ListedConversation, Fault> {
        let damaged = || Fault::Damaged("a conversation".to_owned());
        let id: ConversationId = self.id.parse().map_err(|_| damaged())?;
        let title = match keyring.json(CONVERSATION_TITLE.of(id.uuid()), &self.title)? {
            Value::String(title) => title,
            _ => return Err(damaged()),
        };
        Ok(ListedConversation {
            id,
            title,
            created_at: clock::from_milliseconds(self.created_at)?,
            updated_at: clock::from_milliseconds(self.updated_at)?,
        })
    }
}

fn transcript(keyring: &Keyring, id: ConversationId, sealed: &[u8]) -> Result<Transcript, Fault> {
    let opened = keyring.json(CONVERSATION_TRANSCRIPT.of(id.uuid()), sealed)?;
    serde_json::from_value(opened).map_err(|_| Fault::Damaged(format!("the conversation {id}")))
}
