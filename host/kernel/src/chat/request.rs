//! What somebody says to a chat.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::answer::ChatEvent;
use crate::id::ConversationId;
use crate::name::ToolName;
use crate::principal::Principal;

/// What somebody says, and how they want to hear the answer.
pub struct ChatRequest {
    /// Who says it, within the profile that they chose.
    pub principal: Arc<Principal>,
    pub which: Which,
    pub said: Said,
    /// The tools that the model is offered; none leaves the choice to the host.
    pub tools: Option<BTreeSet<ToolName>>,
    /// Hears what happens as it happens; the model is asked to answer piece by piece then. Whoever doesn't read holds up their own chat.
    pub events: Option<mpsc::Sender<ChatEvent>>,
}

/// Which conversation is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// A new one.
    New,
    /// This one.
    Own(ConversationId),
    /// The one that the principal always goes on with who names none.
    Ongoing,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A message to the model. A question that is open counts as declined.
    Message(String),
    /// The call of the question with this id may be made, once and as it was asked about.
    Approve(String),
    /// It may not.
    Decline(String),
}
