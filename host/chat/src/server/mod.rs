//! A server that speaks OpenAI's chat completions: OpenRouter, or any other one, also on this machine.
//!
//! The only code with that server's key. A request is sent once; redirects aren't followed, so that the key goes nowhere else. What
//! comes back is bounded, and read with leniency: servers differ in what they leave out.

mod completion;
mod events;
mod pieces;
mod request;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use secrecy::ExposeSecret as _;
use tokio::sync::mpsc;
use toolbay_kernel::chat::ChatEvent;
use url::Url;

use self::completion::{Completion, MAX_ANSWER, too_large};
use self::pieces::Pieces;
use crate::model::{Model, ModelError, Prompt, Reply};
use crate::settings::ModelSettings;

/// Longest wait that a server's word is repeated for, in seconds.
const MAX_WAIT: u64 = 3_600;

/// The model behind a server.
pub struct ModelServer {
    settings: ModelSettings,
    address: Url,
    authorization: Option<HeaderValue>,
}

/// Why a server can't be asked.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("the address of the model's server can't be one")]
    Address,
    #[error("the key of the model's server has characters that no header can have")]
    Key,
}

impl ModelServer {
    /// The model behind a server. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// When address or key can't be those of a request.
    pub fn new(settings: ModelSettings) -> Result<Self, ServerError> {
        let mut address = settings.base_url.clone();
        let mut segments = address.path_segments_mut().map_err(|()| ServerError::Address)?;
        segments.pop_if_empty().extend(["chat", "completions"]);
        drop(segments);
        let authorization = match &settings.key {
            None => None,
            Some(key) => {
                let text = format!("Bearer {}", key.expose_secret());
                let mut value = HeaderValue::from_str(&text).map_err(|_| ServerError::Key)?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        Ok(Self { settings, address, authorization })
    }

    async fn send(&self, prompt: &Prompt, streams: bool) -> Result<reqwest::Response, ModelError> {
        let body = request::body(&self.settings, prompt, streams);
        let accepts = if streams { "text/event-stream, application/json" } else { "application/json" };
        let mut request = self.settings.client.post(self.address.clone()).header(ACCEPT, accepts).json(&body);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        // The words of HTTP's own errors hold the address, which may hold a secret.
        let answer = request.send().await.map_err(|error| {
            if error.is_connect() { ModelError::Unreachable } else { ModelError::BrokeOff }
        })?;
        refusal(&answer).map_or(Ok(answer), Err)
    }
}

#[async_trait]
impl Model for ModelServer {
    async fn reply(
        &self,
        prompt: &Prompt,
        events: Option<&mpsc::Sender<ChatEvent>>,
    ) -> Result<Reply, ModelError> {
        let answer = self.send(prompt, events.is_some()).await?;
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        // Some servers stream, and some don't, whatever they are asked for.
        if kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream")) {
            return events::read(answer, events).await;
        }
        let reply = Pieces::of_whole(Completion::read(&whole(answer).await?)?)?;
        if let Some(events) = events.filter(|_| !reply.text.is_empty()) {
            let told = ChatEvent::Text { text: reply.text.clone() };
            events.send(told).await.map_err(|_| ModelError::Left)?;
        }
        Ok(reply)
    }
}

/// The body of an answer.
async fn whole(answer: reqwest::Response) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| ModelError::BrokeOff)?;
        if body.len() + piece.len() > MAX_ANSWER {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Why an answer is none, by its status. Its body isn't read: it may quote the key.
fn refusal(answer: &reqwest::Response) -> Option<ModelError> {
    let status = answer.status();
    if status.is_success() {
        return None;
    }
    tracing::warn!(status = status.as_u16(), "chat.model_refused");
    Some(match status.as_u16() {
        401 | 403 => ModelError::Refused(status.as_u16()),
        402 => ModelError::NoCredit,
        429 => {
            let wait =
                answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            ModelError::Busy { wait: wait.map(|seconds: u64| seconds.clamp(1, MAX_WAIT)) }
        }
        code @ 500..=599 => ModelError::Failed(code),
        code => ModelError::NotTaken(code),
    })
}
