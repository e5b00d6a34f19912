//! A reply that comes piece by piece.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt as _;
use sse_stream::SseStream;
use tokio::sync::mpsc;
use toolbay_kernel::chat::ChatEvent;

use super::completion::{Completion, MAX_ANSWER, too_large};
use super::pieces::Pieces;
use crate::model::{ModelError, Reply};

/// Reads a stream to its end, and tells of each piece of text.
pub(super) async fn read(
    answer: reqwest::Response,
    events: Option<&mpsc::Sender<ChatEvent>>,
) -> Result<Reply, ModelError> {
    let is_too_large = Arc::new(AtomicBool::new(false));
    let (mut left, seen) = (MAX_ANSWER, Arc::clone(&is_too_large));
    // Counted over the whole stream: what has come of its texts is kept to its end.
    let bytes = answer.bytes_stream().map(move |piece| {
        let piece = piece.map_err(io::Error::other)?;
        match left.checked_sub(piece.len()) {
            Some(rest) => left = rest,
            None => {
                seen.store(true, Ordering::Relaxed);
                return Err(io::Error::other("the stream is too large"));
            }
        }
        Ok(piece)
    });
    let mut stream = SseStream::from_bytes_stream(bytes).boxed();
    let mut pieces = Pieces::default();
    while let Some(event) = stream.next().await {
        let Ok(event) = event else {
            return Err(if is_too_large.load(Ordering::Relaxed) {
                too_large()
            } else {
                ModelError::BrokeOff
            });
        };
        // Comments, such as those that keep a connection alive, have no data.
        let Some(data) = event.data.filter(|data| !data.trim().is_empty()) else { continue };
        if data.trim() == "[DONE]" {
            return pieces.into_reply();
        }
        let Completion { choices, usage, .. } = Completion::read(data.as_bytes())?;
        pieces.counted(&usage);
        let Some(choice) = choices.into_iter().next() else { continue };
        let text = choice.delta.content.clone().unwrap_or_default();
        pieces.add(choice.delta, choice.finish_reason)?;
        if let Some(events) = events.filter(|_| !text.is_empty()) {
            events.send(ChatEvent::Text { text }).await.map_err(|_| ModelError::Left)?;
        }
    }
    // Some servers end without a word; one that gave no reason to end has broken off.
    if pieces.is_finished() { pieces.into_reply() } else { Err(ModelError::BrokeOff) }
}
