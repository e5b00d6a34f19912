//! `toolbay:http/client`: requests to hosts of the web, through the gate.
//!
//! Everything of a request is passed on as it is, with the name of the plugin that asks: the gate trusts nothing in it. An answer to a
//! read that says where to go on is followed here, by a request of its own, so that each step passes the gate. One to a write is the
//! write's own, wherever it leads.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use toolbay_kernel::gate::{Method, Request};
use toolbay_kernel::{Body, Call, Code, Problem, aside};

use super::on_main;
use super::problem::to_guest;
use crate::bindings::toolbay::http::client;
use crate::bindings::toolbay::plugin::types;
use crate::limits::{BATCH, BATCH_AT_ONCE};
use crate::plugin::meter::Meter;

/// The egress that the interface leads to.
const EGRESS: &str = "http";

/// Redirects of one request that are followed.
const MAX_REDIRECTS: usize = 5;

/// Bytes of all answers that one host function gives a guest: a batch from a server that sends as much as it may would take hundreds
/// of megabytes of the host.
const MAX_ANSWERS: usize = 16 * 1024 * 1024;

/// Largest body of a request, in bytes; the egress has the same bound.
const MAX_BODY: usize = 1024 * 1024;

type Answer = Result<client::Response, types::Problem>;

/// Who asks, and from where.
struct Asking {
    call: Arc<Call>,
    main: Handle,
    plugin: String,
}

/// What the egress says of an answer.
#[derive(Deserialize)]
struct Told {
    headers: Vec<(String, String)>,
    text: Option<String>,
    base64: Option<String>,
    next: Option<Next>,
}

impl Told {
    /// What it takes, near enough.
    fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        headers + self.text.as_ref().map_or(0, String::len) + self.base64.as_ref().map_or(0, String::len)
    }
}

/// What would be asked next.
#[derive(Deserialize)]
struct Next {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    /// The other host that led there.
    from: Option<String>,
}

impl client::Host for super::CallState {
    async fn send(&mut self, request: client::Request) -> wasmtime::Result<Answer> {
        let asking = self.asking("http.send")?;
        let mut answers = followed(&self.meter, &asking, vec![request]).await?;
        Ok(answers.pop().unwrap_or_else(|| Err(to_guest(unanswered()))))
    }

    async fn send_all(&mut self, requests: Vec<client::Request>) -> wasmtime::Result<Vec<Answer>> {
        let asking = self.asking("http.send-all")?;
        if requests.len() > BATCH {
            let problem = to_guest(
                Problem::new(Code::LimitExceeded, format!("send-all takes {BATCH} requests"))
                    .hint("send them in several batches"),
            );
            return Ok(requests.iter().map(|_| Err(problem.clone())).collect());
        }
        followed(&self.meter, &asking, requests).await
    }
}

impl super::CallState {
    fn asking(&mut self, function: &'static str) -> Result<Asking, super::Stop> {
        let running = self.enter(function)?;
        Ok(Asking {
            call: Arc::clone(&running.call),
            main: running.main.clone(),
            plugin: running.plugin.to_string(),
        })
    }
}

/// Sends requests, and what their answers lead to, round by round: so each has its position by its place in the list, and never by
/// when an answer came.
async fn followed(
    meter: &Meter,
    asking: &Asking,
    requests: Vec<client::Request>,
) -> wasmtime::Result<Vec<Answer>> {
    let mut answers: Vec<Option<Answer>> = requests.iter().map(|_| None).collect();
    let writes: Vec<bool> = requests.iter().map(|request| writes(request.method)).collect();
    let first = requests.into_iter().map(|request| parsed(&asking.plugin, request));
    let mut open: Vec<(usize, Result<Request, Problem>)> = first.enumerate().collect();
    let mut bytes_left = MAX_ANSWERS;
    for redirects in 0..=MAX_REDIRECTS {
        let mut round = stream::iter(std::mem::take(&mut open))
            .map(|(place, request)| {
                // Not when it is polled: positions are taken in the order of the list.
                let sending = request.map(|request| asking.call.send(request));
                async move {
                    let answer = match sending {
                        Ok(sending) => on_main(meter, &asking.main, sending).await?,
                        Err(problem) => Err(problem),
                    };
                    let told = match answer {
                        Ok(response) => told(response.body).await.map(|told| (response.status, told)),
                        Err(problem) => Err(problem),
                    };
                    Ok::<_, wasmtime::Error>((place, told))
                }
            })
            .buffered(BATCH_AT_ONCE);
        while let Some((place, told)) = round.try_next().await? {
            let answer = match told {
                Ok((_, Told { next: Some(next), .. })) if redirects < MAX_REDIRECTS => {
                    open.push((place, following(&asking.plugin, next)));
                    continue;
                }
                Ok((_, Told { next: Some(_), .. })) => Err(to_guest(too_many_redirects())),
                Ok((status, told)) => match bytes_left.checked_sub(told.bytes()) {
                    Some(left) => {
                        bytes_left = left;
                        received(status, told).map_err(to_guest)
                    }
                    None => {
                        let is_write = writes.get(place).copied().unwrap_or_default();
                        Err(to_guest(left_out(status, is_write)))
                    }
                },
                Err(problem) => Err(to_guest(problem)),
            };
            if let Some(slot) = answers.get_mut(place) {
                *slot = Some(answer);
            }
        }
        if open.is_empty() {
            break;
        }
    }
    Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(to_guest(unanswered())))).collect())
}

async fn told(body: Body) -> Result<Told, Problem> {
    let unreadable =
        |error: serde_json::Error| Problem::new(Code::Failed, "The answer can't be read.").caused_by(error);
    let bytes = body.text().len();
    aside::run(bytes, move || serde_json::from_str(body.text())).await?.map_err(unreadable)
}

fn received(status: u16, told: Told) -> Result<client::Response, Problem> {
    let body = match (told.text, told.base64) {
        (Some(text), _) => client::Body::Text(text),
        (None, Some(encoded)) => client::Body::Bytes(
            STANDARD
                .decode(encoded)
                .map_err(|error| Problem::new(Code::Failed, "The answer can't be read.").caused_by(error))?,
        ),
        (None, None) => client::Body::Text(String::new()),
    };
    Ok(client::Response { status, headers: told.headers, body })
}

fn parsed(plugin: &str, request: client::Request) -> Result<Request, Problem> {
    let method = match request.method {
        client::Method::Get => Method::Get,
        client::Method::Head => Method::Head,
        client::Method::Options => Method::Options,
        client::Method::Post => Method::Post,
        client::Method::Put => Method::Put,
        client::Method::Patch => Method::Patch,
        client::Method::Delete => Method::Delete,
    };
    let bytes = match &request.body {
        None => 0,
        Some(client::Body::Text(text)) => text.len(),
        Some(client::Body::Bytes(bytes)) => bytes.len(),
    };
    if bytes > MAX_BODY {
        let message = format!("A body has at most {MAX_BODY} bytes.");
        return Err(Problem::new(Code::LimitExceeded, message).hint("Send it in parts."));
    }
    let body = match request.body {
        None => json!({}),
        Some(client::Body::Text(text)) => json!({ "text": text }),
        Some(client::Body::Bytes(bytes)) => json!({ "base64": STANDARD.encode(bytes) }),
    };
    Ok(outgoing(plugin, method, request.url, request.query, request.headers, body))
}

fn following(plugin: &str, next: Next) -> Result<Request, Problem> {
    let method = next.method.parse().map_err(|()| unanswered())?;
    Ok(outgoing(plugin, method, next.url, Vec::new(), next.headers, json!({ "from": next.from })))
}

fn outgoing(
    plugin: &str,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    mut body: Value,
) -> Request {
    if let Value::Object(body) = &mut body {
        body.insert("plugin".to_owned(), plugin.into());
        body.insert("headers".to_owned(), json!(headers));
    }
    Request { egress: EGRESS, method, path, query, body: Some(body), max_age: None }
}

fn too_many_redirects() -> Problem {
    let message = format!("The answer leads on after {MAX_REDIRECTS} redirects.");
    Problem::new(Code::UpstreamFailed, message).hint("Ask at the address where they lead to.")
}

fn writes(method: client::Method) -> bool {
    !matches!(method, client::Method::Get | client::Method::Head | client::Method::Options)
}

/// A request that was answered. A write was carried out by that: whoever sent it again would do it twice.
fn left_out(status: u16, is_write: bool) -> Problem {
    let message =
        format!("The server answered {status}; the answers of this batch together are too large to be told.");
    if is_write {
        Problem::new(Code::UpstreamFailed, message)
            .hint("It was carried out: look at the server instead of sending it again.")
    } else {
        Problem::new(Code::LimitExceeded, message).hint("Send fewer requests at once.")
    }
}

fn unanswered() -> Problem {
    Problem::new(Code::Failed, "The request has no answer.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_send_a_write_again_that_was_carried_out() {
        for method in
            [client::Method::Post, client::Method::Put, client::Method::Patch, client::Method::Delete]
        {
            let problem = left_out(200, writes(method));
            assert_eq!(problem.code, Code::UpstreamFailed);
            assert!(problem.hint.unwrap().contains("was carried out"));
        }
        assert_eq!(left_out(200, writes(client::Method::Get)).code, Code::LimitExceeded);
    }
}
