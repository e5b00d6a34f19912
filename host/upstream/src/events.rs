//! The older HTTP transport (revision 2024-11-05): one stream of events from the server, which first names the address that
//! messages are posted to.

use std::io;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http::HeaderMap;
use reqwest::header::ACCEPT;
use rmcp::service::{RoleClient, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use sse_stream::{Sse, SseStream};
use url::Url;

use crate::settings::{HttpSettings, MAX_MESSAGE};

/// A stream of events and an address for messages.
pub(crate) struct EventTransport {
    events: BoxStream<'static, Result<Sse, sse_stream::Error>>,
    client: reqwest::Client,
    headers: HeaderMap,
    messages: Url,
}

impl EventTransport {
    /// Opens the stream, and waits for the address.
    pub(crate) async fn open(settings: &HttpSettings) -> Result<Self, String> {
        let headers: HeaderMap = settings.headers()?.into_iter().collect();
        let request = settings.client.get(settings.url.clone()).headers(headers.clone());
        let answer = request
            .header(ACCEPT, "text/event-stream")
            .send()
            .await
            .map_err(|error| format!("no connection could be made: {}", error.without_url()))?;
        match answer.status().as_u16() {
            200 => {}
            401 | 403 => return Err("it wants to be authorised".to_owned()),
            status => return Err(format!("it answered with status {status}")),
        }
        let mut bounded = Bounded::default();
        let bytes = answer.bytes_stream().map(move |chunk| bounded.pass(chunk.map_err(io::Error::other)?));
        let mut events = SseStream::from_bytes_stream(bytes).boxed();
        let messages = loop {
            let event = events.next().await.ok_or("its stream ended at once")?;
            let event = event.map_err(|error| format!("its stream broke: {error}"))?;
            if event.event.as_deref() == Some("endpoint") {
                break event.data.unwrap_or_default();
            }
        };
        // Where messages go is where the stream came from: the address is the server's word, and the headers are secrets.
        let messages = settings.url.join(messages.trim()).map_err(|_| "its address for messages is none")?;
        if messages.origin() != settings.url.origin() {
            return Err("its address for messages is another server's".to_owned());
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
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let request = self.client.post(self.messages.clone()).headers(self.headers.clone()).json(&item);
        async move {
            let answer = request.send().await.map_err(|error| io::Error::other(error.without_url()))?;
            if answer.status().is_success() {
                return Ok(());
            }
            Err(io::Error::other(format!("it answered with status {}", answer.status().as_u16())))
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

    async fn close(&mut self) -> Result<(), io::Error> {
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
