//! What nobody has read of a request's body is read away before the answer goes.
//!
//! A request that is refused by its head, such as one without a token, may still be under way. Where a connection is closed with
//! something unread, the system tells the client that it was reset, and throws the answer away that says why.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use parking_lot::Mutex;

/// Most bytes that are read away. What is longer is more than an answer is worth.
const MAX_BYTES: usize = 256 * 1024;

/// Longest that an answer waits for them.
const TIME: Duration = Duration::from_secs(1);

/// A body that comes back when whoever had it lets it go.
pub(crate) struct Lent {
    body: Option<Incoming>,
    back: Option<Back>,
}

/// Where it comes back to.
#[derive(Clone, Default)]
pub(crate) struct Back(Arc<Mutex<Option<Incoming>>>);

impl Lent {
    /// Lends a request's body. One that is empty, or that its client sends only when it is asked for, needn't come back.
    pub(crate) fn new(body: Incoming, headers: &HeaderMap) -> (Self, Option<Back>) {
        let is_coming = !body.is_end_stream() && !headers.contains_key(header::EXPECT);
        let back = is_coming.then(Back::default);
        (Self { body: Some(body), back: back.clone() }, back)
    }
}

impl Back {
    /// Reads away what has come back.
    pub(crate) async fn read_away(self) {
        let Some(mut body) = self.0.lock().take() else { return };
        let reading = async {
            let mut left = MAX_BYTES;
            while let Some(Ok(frame)) = body.frame().await {
                let read = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(read) {
                    Some(rest) => left = rest,
                    None => return,
                }
            }
        };
        // Out of time, the answer goes as it is.
        let _given_up = tokio::time::timeout(TIME, reading).await;
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let body = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(back), Some(body)) = (&self.back, body) {
            *back.0.lock() = Some(body);
        }
    }
}
