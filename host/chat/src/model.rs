//! A model, as the loop knows it.

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use toolbay_kernel::chat::ChatEvent;
use toolbay_kernel::{Code, Problem};

/// A model that answers, or asks for calls.
#[async_trait]
pub trait Model: Send + Sync {
    /// Asks it once. Where somebody listens, they hear its words as they come.
    ///
    /// # Errors
    ///
    /// [`ModelError`] when there is no reply. Nothing is asked a second time: whoever waits may, and knows the price.
    async fn reply(
        &self,
        prompt: &Prompt,
        events: Option<&mpsc::Sender<ChatEvent>>,
    ) -> Result<Reply, ModelError>;
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    pub messages: Vec<Message>,
    pub tools: Vec<OfferedTool>,
    /// Tokens that the reply may have; the model's own bound may be lower.
    pub max_tokens: u64,
}

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// The host's.
    System(String),
    /// The person's.
    Person(String),
    /// The model's own, from before.
    Model { text: String, calls: Vec<AskedCall>, reasoning: Option<Value> },
    /// What came of a call.
    Tool { call: String, text: String },
}

/// A tool that a model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferedTool {
    pub name: String,
    pub description: String,
    /// A flat JSON Schema of an object.
    pub schema: Map<String, Value>,
}

/// A call that a model asks for. Nothing about it can be trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedCall {
    /// In a reply the model's own id, else the host's.
    pub id: String,
    pub name: String,
    /// As the model wrote them.
    pub arguments: String,
}

/// What a model replies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    pub text: String,
    pub calls: Vec<AskedCall>,
    /// What its server wants back as it was, when the call's results are sent.
    pub reasoning: Option<Value>,
    /// Tokens of prompt and reply; none when the server doesn't count.
    pub tokens: Option<u64>,
    /// Whether the reply ended at a bound, and not by itself.
    pub is_cut_off: bool,
}

/// Why there is no reply. No word of the server's is in it: a server may quote the key, and whoever wrote what it quotes.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the model's server can't be reached")]
    Unreachable,
    #[error("the model's server broke off its answer")]
    BrokeOff,
    #[error("the model's server refuses the host's key (status {0})")]
    Refused(u16),
    #[error("the model's server has no credit left for the host's key")]
    NoCredit,
    #[error("the model's server takes no more requests at the moment")]
    Busy {
        /// Seconds, when the server says.
        wait: Option<u64>,
    },
    #[error("the model's server does not take the request (status {0})")]
    NotTaken(u16),
    #[error("the model's server failed (status {0})")]
    Failed(u16),
    #[error("the model's server reports an error within its answer")]
    Reported,
    #[error("the model's server answered with what is no reply of a model")]
    Garbage,
    #[error("the model's server answered with more than {0} MiB")]
    TooLarge(usize),
    /// Nobody listens any more.
    #[error("the caller has gone")]
    Left,
}

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        let told = format!("{}.", sentence(&error.to_string()));
        match error {
            ModelError::Busy { wait } => {
                let seconds = wait.unwrap_or(5);
                Self::new(Code::RateLimited, told)
                    .hint("Send the message again after a while.")
                    .details(serde_json::json!({ "retry_after_seconds": seconds }))
            }
            ModelError::Refused(_) | ModelError::NoCredit => Self::new(Code::UpstreamFailed, told)
                .hint("The operator has to give the host another key, or credit for it."),
            ModelError::NotTaken(_) => Self::new(Code::UpstreamFailed, told).hint(
                "The operator checks the model's name in `[chat]`, and whether it can call tools. Or begin a new conversation: this one may be too long for the model.",
            ),
            ModelError::Left => Self::new(Code::Cancelled, told),
            ModelError::Unreachable
            | ModelError::BrokeOff
            | ModelError::Failed(_)
            | ModelError::Reported
            | ModelError::Garbage
            | ModelError::TooLarge(_) => {
                Self::new(Code::UpstreamFailed, told).hint("Send the message again after a while.")
            }
        }
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
