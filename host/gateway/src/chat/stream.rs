//! A turn as a stream of events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use toolbay_kernel::chat::{ChatAnswer, ChatEvent, ChatRequest};
use toolbay_kernel::{Chat, Problem};
use uuid::Uuid;

use super::answer::Form;
use crate::envelope::Refusal;

/// Events that wait to be sent. Whoever doesn't read holds up their own turn.
const WAITING: usize = 64;

/// Time between two comments on a silent stream: below the 60 s after which common proxies drop one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Time that a refusal has to come as one. After it the stream begins, though there is nothing to tell yet: proxies drop what is silent.
const UNTIL_HEAD: Duration = Duration::from_secs(3);

type Ended = Result<ChatAnswer, Problem>;

/// Whether the headers ask for a stream: they take one, and not JSON.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let accepted: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let takes = |kind: &str| accepted.iter().any(|value| value.to_ascii_lowercase().contains(kind));
    takes("text/event-stream") && !takes("application/json")
}

/// Answers with a stream, as soon as there is something to tell, or after a few seconds; what is refused before that is refused as
/// ever, and what is refused later is told by the stream.
pub(super) async fn answer(
    chat: Arc<dyn Chat>,
    request: ChatRequest,
    form: Form,
) -> Result<Response, Refusal> {
    let (sender, mut events) = mpsc::channel(WAITING);
    let request = ChatRequest { events: Some(sender), ..request };
    // The turn is dropped with the stream, and stops then.
    let mut turn: Pin<Box<dyn Future<Output = Ended> + Send>> =
        Box::pin(async move { chat.turn(request).await });
    let first = tokio::select! {
        biased;
        Some(event) = events.recv() => Some(Next::Event(event)),
        ended = &mut turn => Some(Next::End(Box::new(Ok(ended?)))),
        () = tokio::time::sleep(UNTIL_HEAD) => None,
    };
    let telling = Telling { events, turn, first, form, has_ended: false };
    let told = stream::unfold(telling, |mut telling| async move {
        let event = telling.next().await?;
        Some((Ok::<_, Infallible>(event), telling))
    });
    let mut response = Sse::new(told).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Proxies that collect answers would keep the news to themselves.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// What is told next.
enum Next {
    Event(ChatEvent),
    End(Box<Ended>),
}

/// A turn that is being told.
struct Telling {
    events: mpsc::Receiver<ChatEvent>,
    turn: Pin<Box<dyn Future<Output = Ended> + Send>>,
    first: Option<Next>,
    form: Form,
    has_ended: bool,
}

impl Telling {
    /// The next event; none after the last one.
    async fn next(&mut self) -> Option<Event> {
        if self.has_ended {
            return None;
        }
        let next = match self.first.take() {
            Some(first) => first,
            // All events are there before the turn ends, so they are told before its end is.
            None => tokio::select! {
                biased;
                Some(event) = self.events.recv() => Next::Event(event),
                ended = &mut self.turn => Next::End(Box::new(ended)),
            },
        };
        match next {
            Next::Event(event) => Some(written(event.name(), &json!(event))),
            Next::End(ended) => {
                self.has_ended = true;
                Some(match *ended {
                    Ok(answer) => {
                        // The question is an event of its own where somebody waits for it.
                        let name = if answer.question.is_some() { "question" } else { "done" };
                        written(name, &self.form.told(&answer))
                    }
                    Err(problem) => written("error", &json!(logged(problem))),
                })
            }
        }
    }
}

/// The problem as its reader gets it. What only the operator reads is logged, since no envelope does it.
fn logged(problem: Problem) -> Problem {
    let mut problem = problem.hinted();
    if let Some(error) = problem.take_cause() {
        tracing::error!(request = %Uuid::now_v7(), %error, "request.failed");
    }
    problem
}

/// An event; JSON has no line break of its own.
fn written(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_wanted_by_who_takes_nothing_else() {
        let wanted = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            is_wanted(&headers)
        };
        assert!(wanted("text/event-stream") && wanted("Text/Event-Stream, */*"));
        assert!(!wanted("application/json, text/event-stream") && !wanted("*/*"));
        assert!(!is_wanted(&HeaderMap::new()));
    }
}
