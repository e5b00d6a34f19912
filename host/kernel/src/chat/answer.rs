//! What a chat answers.

use serde::Serialize;
use serde_json::Value;

use super::transcript::Question;
use crate::id::{CallId, ConversationId};

/// What became of what somebody said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChatAnswer {
    pub conversation_id: ConversationId,
    /// What the model says to the person, and what the host adds where the turn ended early.
    pub response: String,
    /// The calls of this turn, in their order.
    pub tool_calls: Vec<ToldCall>,
    /// The providers of these calls, each once: plugins, MCP servers, or the host itself.
    pub servers_used: Vec<String>,
    /// What the person is asked before the turn goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    pub ended: ChatEnd,
    /// How often the model was asked.
    pub rounds: u32,
    /// Tokens that the turn took.
    pub tokens: u64,
    /// Whether that is the host's estimate, since the model's server doesn't count.
    pub tokens_are_estimated: bool,
}

/// A call that the model asked for, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToldCall {
    pub tool: String,
    /// Who provides the tool; empty when there is no such tool.
    pub server: String,
    pub arguments: Value,
    /// What the model was told: as a rule JSON, cut at the host's bound.
    pub result: String,
    pub is_error: bool,
    /// The call's id in the audit; none when it didn't reach the door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<CallId>,
}

/// Why a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatEnd {
    /// The model has answered.
    Answered,
    /// The person is asked before it goes on.
    Question,
    /// The model was asked as often as it may be.
    MaxRounds,
    /// There were as many calls as one turn may have.
    MaxCalls,
    /// The tokens of a turn are used up, or its last answer was cut off.
    MaxTokens,
    /// The time is over.
    MaxTime,
}

/// What happens in a turn, as it happens. What ends it is in the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ChatEvent {
    /// A piece of what the model says.
    Text { text: String },
    /// A call begins.
    CallBegun { tool: String, server: String, arguments: Value },
    /// It has ended.
    CallEnded(ToldCall),
}

impl ChatEvent {
    /// Its name on a stream.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::CallBegun { .. } => "call_begun",
            Self::CallEnded(_) => "call_ended",
        }
    }
}
