//! The older HTTP transport (revision 2024-11-05): one stream of events from the server, which first names the address that
//! messages are posted to.

use std::io;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http::HeaderMap;
use reqwest::header::{ACCEPT, RETRY_AFTER};
use rmcp::service::{RoleClient, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use sse_stream::{Sse, SseStream};
use url::Url;

use crate::settings::{HttpSettings, MAX_MESSAGE};

/// Time for a message to be taken; its answer comes by the stream.
const SEND_TIME: Duration = Duration::from_secs(30);

/// A stream of events and an address for messages.
pub(crate) struct EventTransport {
    events: BoxStream<'static, Result<Sse, sse_stream::Error>>,
    client: reqwest::Client,
    headers: HeaderMap,
    messages: Url,
}

/// Why a stream isn't opened, or a message isn't taken. The words of HTTP's own errors hold the address, which may hold a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventError {
    #[error("{0}")]
    Settings(String),
    #[error("no connection could be made")]
    NotConnected,
    #[error("it answered with status {status}")]
    Status { status: u16, retry_after: Option<String> },
    #[error("its stream broke")]
    Broken,
    #[error("its address for messages is another server's, or none")]
    Place,
}

impl EventError {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_connect() { Self::NotConnected } else { Self::Broken }
    }

    fn unless_taken(answer: &reqwest::Response) -> Result<(), Self> {
        if answer.status().is_success() {
            return Ok(());
        }
        let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Err(Self::Status { status: answer.status().as_u16(), retry_after: wait.map(str::to_owned) })
    }
}

impl EventTransport {
    /// Opens the stream, and waits for the address.
    pub(crate) async fn open(settings: &HttpSettings) -> Result<Self, EventError> {
        let headers: HeaderMap = settings.headers().map_err(EventError::Settings)?.into_iter().collect();
        let request = settings.client.get(settings.url.clone()).headers(headers.clone());
        let sent = request.header(ACCEPT, "text/event-stream").send().await;
        let answer = sent.map_err(|error| EventError::of(&error))?;
        EventError::unless_taken(&answer)?;
        let mut bounded = Bounded::default();
        let bytes = answer.bytes_stream().map(move |chunk| bounded.pass(chunk.map_err(io::Error::other)?));
        let mut events = SseStream::from_bytes_stream(bytes).boxed();
        let messages = loop {
            let event = events.next().await.and_then(Result::ok).ok_or(EventError::Broken)?;
            if event.event.as_deref() == Some("endpoint") {
                break event.data.unwrap_or_default();
            }
        };
        // Where messages go is where the stream came from: the address is the server's word, and the headers are secrets.
        let messages = settings.url.join(messages.trim()).map_err(|_| EventError::Place)?;
        if messages.origin() != settings.url.origin() {
            return Err(EventError::Place);
        }
        Ok(Self { events, client: settings.client.clone(), headers, messages })
    }
}

/// Counts what has come of one event, which ends with an empty line: one without end would fill the memory.
#[derive(Default)]
struct Bounded {
    in_event: usize,
    in_line: usize,
}

impl Bounded {
    fn pass<B: AsRef<[u8]>>(&mut self, chunk: B) -> io::Result<B> {
        for part in chunk.as_ref().split_inclusive(|byte| *byte == b'\n') {
            self.in_event += part.len();
            if self.in_event > MAX_MESSAGE {
                return Err(io::Error::other("a message is too long"));
            }
            let words = part.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')).count();
            if !part.ends_with(b"\n") {
                self.in_line += words;
            } else if self.in_line + words == 0 {
                self.in_event = 0;
            } else {
                self.in_line = 0;
            }
        }
        Ok(chunk)
    }
}

impl Transport<RoleClient> for EventTransport {
    type Error = EventError;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), EventError>> + Send + 'static {
        let request = self.client.post(self.messages.clone()).headers(self.headers.clone());
        let request = request.timeout(SEND_TIME).json(&item);
        async move {
            let answer = request.send().await.map_err(|error| EventError::of(&error))?;
            EventError::unless_taken(&answer)
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let event = self.events.next().await?.ok()?;
            let is_message = event.event.as_deref().is_none_or(|kind| kind == "message");
            // What can't be read isn't an answer to anything.
            if let (true, Some(data)) = (is_message, event.data)
                && let Ok(message) = serde_json::from_str(&data)
            {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), EventError> {
        self.events = futures_util::stream::empty().boxed();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_without_end_is_cut_off_and_many_events_are_not() {
        let mut bounded = Bounded::default();
        let line = |length: usize| [vec![b'x'; length], b"\r\n".to_vec()].concat();
        for _ in 0..10 {
            assert!(bounded.pass(line(MAX_MESSAGE / 2)).is_ok());
            assert!(bounded.pass("\r").is_ok());
            assert!(bounded.pass("\n").is_ok());
        }
        let mut lines = (0..3).map(|_| bounded.pass(line(MAX_MESSAGE / 2 - 2)));
        assert!(lines.next().unwrap().is_ok() && lines.next().unwrap().is_ok());
        assert!(lines.next().unwrap().is_err(), "one event of many lines");
    }
}
