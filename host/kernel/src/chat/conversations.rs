//! Keeps conversations.

use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use time::OffsetDateTime;

use super::transcript::Transcript;
use crate::id::{ConversationId, PrincipalId};
use crate::store_error::StoreError;

/// Conversations of one principal: the next one is refused until one of them was removed, by its owner or by its age.
pub const MAX_CONVERSATIONS: u32 = 1_000;

/// A turn of a conversation: nobody else has one before it ends, or its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub conversation: ConversationId,
    pub principal: PrincipalId,
    /// Named by all that the turn keeps: one that has lost the conversation keeps nothing.
    pub fence: i64,
}

/// What becomes of a wish for a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// It begins, with what was kept so far.
    Begun(Turn, Box<Transcript>),
    /// Another turn hasn't ended.
    Busy,
    /// The principal has no such conversation.
    NotThere,
    /// The principal has as many as one may have.
    Full,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedConversation {
    pub id: ConversationId,
    /// The beginning of what its person said first.
    pub title: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

/// A place in the list of a principal's conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the last conversation before it was used, in milliseconds since 1970.
    pub updated_at: i64,
    pub id: ConversationId,
}

/// Keeps conversations, each of one principal; to all others it isn't there.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// Begins a turn, which has the conversation for `time` at the longest. Where there is no such conversation, one is made if `title`
    /// says how it is called.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn take(
        &self,
        principal: PrincipalId,
        conversation: ConversationId,
        title: Option<&str>,
        time: Duration,
    ) -> Result<Taken, StoreError>;

    /// Keeps what a turn has come to; false when it has lost the conversation, and nothing is kept.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn keep(&self, turn: &Turn, transcript: &Transcript) -> Result<bool, StoreError>;

    /// The same, and ends the turn.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn end(&self, turn: &Turn, transcript: &Transcript) -> Result<bool, StoreError>;

    /// A principal's conversations from a place on, at most `max`, the one that was used last first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn page(
        &self,
        principal: PrincipalId,
        after: Option<Place>,
        max: usize,
    ) -> Result<Vec<ListedConversation>, StoreError>;

    /// A conversation; none when the principal has no such one.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn conversation(
        &self,
        principal: PrincipalId,
        id: ConversationId,
    ) -> Result<Option<(ListedConversation, Transcript)>, StoreError>;

    /// Removes a conversation; false when the principal has no such one.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn remove(&self, principal: PrincipalId, id: ConversationId) -> Result<bool, StoreError>;

    /// Removes those that weren't used for so long, and answers how many.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn remove_unused(&self, age: Duration) -> Result<u64, StoreError>;
}
