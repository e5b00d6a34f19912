//! Streams of events, as answers.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _};
use http::{HeaderName, HeaderValue};

/// Time between two comments on a silent stream: below the 60 s after which common proxies drop one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// An answer of messages, each one JSON on one line.
pub(super) fn response(messages: impl Stream<Item = String> + Send + 'static) -> Response {
    of(messages.map(|message| Event::default().data(message)))
}

/// An answer of events.
pub(super) fn of(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let events = events.map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Proxies that collect answers would keep the news to themselves.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
