//! What the operator says about the chat.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// The bounds of a chat, with the reason for each number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatSettings {
    /// How often the model is asked in one turn. A working turn needs three or four: one that needs more than these goes in circles.
    pub max_rounds: u32,
    /// Tokens of one turn, those of the prompts included, which are sent again each round.
    pub max_tokens: u64,
    /// Time of one turn, waiting for the model included.
    pub time: Duration,
    /// Whether the person is asked before a call changes anything, once a tool has answered in the conversation.
    pub ask_before_writes: bool,
    /// How long a question can be approved: longer than a person needs to read it, shorter than what was read stays true.
    pub question_time: Duration,
    /// Tools that the model is offered. Each costs tokens in every round, and models choose worse among many.
    pub max_tools: usize,
    /// Bytes of one result that the model is told; the rest is cut off.
    pub max_result_bytes: usize,
    /// Turns of one principal at the same time.
    pub max_concurrent: usize,
}

impl Default for ChatSettings {
    fn default() -> Self {
        Self {
            max_rounds: 12,
            max_tokens: 500_000,
            time: Duration::from_secs(120),
            ask_before_writes: true,
            question_time: Duration::from_secs(900),
            max_tools: 40,
            max_result_bytes: 16 * 1024,
            max_concurrent: 4,
        }
    }
}

/// Where the model is, and what it is asked with.
#[derive(Clone)]
pub struct ModelSettings {
    /// The address below which `chat/completions` is.
    pub base_url: Url,
    /// The server's name for the model.
    pub model: String,
    /// What the server lets the host in by; a local one may need none.
    pub key: Option<SecretString>,
    /// Tokens of one reply.
    pub max_reply_tokens: u32,
    /// What sends: nothing else uses it.
    pub client: reqwest::Client,
}

impl fmt::Debug for ModelSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.base_url.host_str();
        formatter
            .debug_struct("ModelSettings")
            .field("host", &place)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}
