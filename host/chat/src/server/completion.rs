//! What chat completions answer, whole or piece by piece: every member may be missing.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use toolbay_kernel::json;

use crate::model::ModelError;

/// Largest answer, in bytes, in one piece or as a stream: a hundred times the longest reply, with the frame of each of its words.
pub(super) const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Longest text of a reply, in bytes.
pub(super) const MAX_TEXT: usize = 256 * 1024;

/// Longest arguments of all calls of a reply, in bytes. Every further round sends them again.
pub(super) const MAX_ARGUMENTS: usize = 256 * 1024;

/// Longest name of a tool that is kept, in bytes: one that is longer is none.
pub(super) const MAX_NAME: usize = 200;

/// Calls of one reply.
pub(super) const MAX_CALLS: usize = 16;

/// Largest reasoning that is kept to be sent back, in bytes of JSON.
pub(super) const MAX_REASONING: usize = 256 * 1024;

/// An answer, or a piece of one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Completion {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) choices: Vec<Choice>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) usage: Usage,
    pub(super) error: Option<Value>,
}

/// A choice; only the first one is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    /// Of a whole answer.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) message: Said,
    /// Of a piece.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) delta: Said,
    pub(super) finish_reason: Option<String>,
}

/// What was said.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    pub(super) content: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) tool_calls: Vec<SaidCall>,
    pub(super) reasoning_details: Option<Value>,
}

/// A call, or a piece of one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SaidCall {
    /// Which call a piece belongs to.
    pub(super) index: Option<u64>,
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) function: SaidFunction,
}

/// What is called.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SaidFunction {
    pub(super) name: Option<String>,
    /// A text of JSON; some servers send the object itself.
    pub(super) arguments: Option<Value>,
}

/// Tokens.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Usage {
    total_tokens: Option<u64>,
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

impl Usage {
    /// All of them; none where nothing is counted.
    pub(super) fn total(&self) -> Option<u64> {
        let parts = self.prompt_tokens.unwrap_or(0).saturating_add(self.completion_tokens.unwrap_or(0));
        Some(self.total_tokens.unwrap_or(0).max(parts)).filter(|tokens| *tokens > 0)
    }
}

impl Completion {
    /// Reads one.
    pub(super) fn read(text: &[u8]) -> Result<Self, ModelError> {
        let text = std::str::from_utf8(text).map_err(|_| ModelError::Garbage)?;
        let value = json::read(text).map_err(|_| ModelError::Garbage)?;
        let completion = Self::deserialize(value).map_err(|_| ModelError::Garbage)?;
        if completion.error.as_ref().is_some_and(|error| !error.is_null()) {
            tracing::warn!("chat.model_reported_error");
            return Err(ModelError::Reported);
        }
        Ok(completion)
    }
}

/// A member that is null is as good as one that is missing.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// An answer that is longer than one may be.
pub(super) fn too_large() -> ModelError {
    ModelError::TooLarge(MAX_ANSWER / 1024 / 1024)
}
