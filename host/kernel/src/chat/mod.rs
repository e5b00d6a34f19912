//! A chat over all tools, as the surfaces and the store know it.
//!
//! A person writes, a model answers or calls tools, and is told what they answered, until it has an answer for the person. The
//! loop itself is behind [`Chat`]; what is kept of it is a [`Transcript`], behind [`Conversations`].

mod answer;
mod conversations;
mod grounds;
mod request;
mod transcript;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::id::ConversationId;
use crate::principal::Principal;
use crate::problem::Problem;

pub use answer::{ChatAnswer, ChatEnd, ChatEvent, ToldCall};
pub use conversations::{Conversations, ListedConversation, MAX_CONVERSATIONS, Place, Taken, Turn};
pub use grounds::Grounds;
pub use request::{ChatRequest, Said, Which};
pub use transcript::{AskedConnection, Entry, ModelCall, Question, Transcript};

/// A chat over all tools.
#[async_trait]
pub trait Chat: Send + Sync {
    /// The longest time that [`Chat::turn`] takes.
    fn time(&self) -> Duration;

    /// Takes what a person says, and answers what became of it. Dropped, it stops as a call stops whose caller has left: what was
    /// done until then is kept in the conversation.
    ///
    /// # Errors
    ///
    /// `not_found` for a conversation that isn't the principal's, or a question that isn't open; `conflict` while the conversation
    /// has another turn; `rate_limited` for too many chats at once; `upstream_failed`, `rate_limited` or `limit_exceeded` for what the
    /// model's server answers.
    async fn turn(&self, request: ChatRequest) -> Result<ChatAnswer, Problem>;

    /// A page of the principal's conversations, the one that was used last first, and where to go on.
    ///
    /// # Errors
    ///
    /// `invalid_input` for a cursor that no page had.
    async fn conversations(
        &self,
        principal: &Arc<Principal>,
        cursor: Option<&str>,
        max: usize,
    ) -> Result<(Vec<ListedConversation>, Option<String>), Problem>;

    /// A conversation with all that is kept of it, for people and programs.
    ///
    /// # Errors
    ///
    /// `not_found` when it isn't the principal's.
    async fn conversation(&self, principal: &Arc<Principal>, id: ConversationId) -> Result<Value, Problem>;

    /// Removes a conversation. A turn of it that runs stops before its next step.
    ///
    /// # Errors
    ///
    /// `not_found` when it isn't the principal's.
    async fn remove(&self, principal: &Arc<Principal>, id: ConversationId) -> Result<(), Problem>;
}
