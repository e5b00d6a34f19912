//! Answers as events (`text/event-stream`).

use std::io;

use axum::body::Body;
use futures_util::stream;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::hosted::answered::{Answered, Content};

/// Events that wait for a client that reads slowly.
const MAX_WAITING: usize = 64;

/// What comes next: an event's text, or the end of the connection.
pub(in crate::hosted) type Events = mpsc::Sender<io::Result<String>>;

/// An answer whose events are sent as they come. It ends when the sender is dropped.
pub(super) fn answer() -> (Events, Answered) {
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    let events = stream::unfold(receiver, |mut receiver: mpsc::Receiver<io::Result<String>>| async move {
        receiver.recv().await.map(|event| (event, receiver))
    });
    let headers =
        vec![("cache-control", "no-cache, no-transform".to_owned()), ("x-accel-buffering", "no".to_owned())];
    let content = Content::Events(Body::from_stream(events));
    (sender, Answered { status: 200, headers, content, note: Value::Null })
}

/// A message as an event.
pub(in crate::hosted) fn event(message: &Value) -> String {
    format!("event: message\ndata: {message}\n\n")
}
