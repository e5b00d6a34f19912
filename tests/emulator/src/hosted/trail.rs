//! The record of every request to the hosted server's addresses, message by message, without a secret in it.

use std::collections::{BTreeMap, VecDeque};

use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde::Serialize;
use serde_json::{Value, json};

use super::answered::{Answered, Content};
use super::asked::Asked;
use super::labels::Labels;
use crate::json::Peek;

/// The most exchanges that are kept; the oldest go first.
const MAX_EXCHANGES: usize = 20_000;
/// The longest text that is kept of one value.
const MAX_SHOWN_CHARS: usize = 300;

/// Headers of a request that say something of the conversation.
const OF_REQUESTS: [&str; 8] = [
    "accept",
    "content-type",
    "origin",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "user-agent",
    "last-event-id",
];

/// Parameters that are secret, or could be taken for one.
const SECRET: [&str; 9] = [
    "access_token",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "refresh_token",
    "request",
    "state",
    "token",
];

/// One request to the hosted server, with what it answered. A secret is shown as a label such as `access-1.2` (the
/// second access token of the first grant), or as the beginning of its digest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HostedExchange {
    /// Its place among all, from one, by arrival.
    pub seq: u64,
    /// When it came, by the emulator's clock.
    pub at: String,
    pub method: String,
    pub path: String,
    /// The parameters of the query string or form.
    pub parameters: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    /// Of a JSON-RPC message its method, id, and the tool that it names.
    pub message: Value,
    /// The status; none while the answer isn't there, and 0 where the connection was closed without one.
    pub status: Option<u16>,
    /// Headers of the answer that say something of the conversation.
    pub answer_headers: BTreeMap<String, String>,
    /// What kind of answer it was: the error, the labels of what was given, the form of a result.
    pub answer: Value,
}

#[derive(Default)]
pub(crate) struct Trail {
    kept: VecDeque<HostedExchange>,
    last: u64,
}

impl Trail {
    /// Notes a request; answers with its place.
    pub(super) fn begin(&mut self, asked: &Asked, labels: &Labels, at: String) -> u64 {
        self.last += 1;
        if self.kept.len() >= MAX_EXCHANGES {
            self.kept.pop_front();
        }
        self.kept.push_back(HostedExchange {
            seq: self.last,
            at,
            method: asked.method.clone(),
            path: shown(&asked.path),
            parameters: parameters(asked, labels),
            headers: headers(asked, labels),
            message: message(asked),
            status: None,
            answer_headers: BTreeMap::new(),
            answer: Value::Null,
        });
        self.last
    }

    /// Notes its answer: the status that the client sees, 0 for a connection that is closed, and what was answered unless a
    /// fault hides it.
    pub(super) fn end(&mut self, seq: u64, answered: Option<&Answered>, status: u16, labels: &Labels) {
        let Some(exchange) = self.kept.iter_mut().rev().find(|exchange| exchange.seq == seq) else { return };
        exchange.status = Some(status);
        let Some(answered) = answered else { return };
        for (name, value) in &answered.headers {
            let value = if *name == "mcp-session-id" { labels.of(value) } else { shown(value) };
            // Where a browser goes on to has a code in it.
            if *name == WWW_AUTHENTICATE.as_str() || name.starts_with("mcp-") || *name == "retry-after" {
                exchange.answer_headers.insert((*name).to_owned(), value);
            }
        }
        let form = match &answered.content {
            Content::Nothing => "nothing",
            Content::Json(_) => "json",
            Content::Html(_) => "page",
            Content::Events(_) => "events",
        };
        exchange.answer = match &answered.note {
            Value::Null => json!({ "form": form }),
            note => json!({ "form": form, "says": note }),
        };
    }

    pub(super) fn exchanges(&self) -> Vec<HostedExchange> {
        self.kept.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }
}

fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN_CHARS).collect()
}

fn parameters(asked: &Asked, labels: &Labels) -> BTreeMap<String, String> {
    let is_form = asked.media_type() == "application/x-www-form-urlencoded";
    let form = if is_form { asked.bytes.as_slice() } else { &[] };
    let query = url::form_urlencoded::parse(asked.query.as_bytes());
    let pairs = query.chain(url::form_urlencoded::parse(form)).take(64);
    pairs
        .map(|(name, value)| {
            let value = if SECRET.contains(&&*name) || labels.has(&value) {
                labels.of(&value)
            } else {
                shown(&value)
            };
            (shown(&name), value)
        })
        .collect()
}

fn headers(asked: &Asked, labels: &Labels) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for name in OF_REQUESTS {
        if let Some(value) = asked.header(name) {
            found.insert(name.to_owned(), shown(value));
        }
    }
    if let Some(session) = asked.header("mcp-session-id") {
        found.insert("mcp-session-id".to_owned(), labels.of(session));
    }
    if let Some(value) = asked.header(AUTHORIZATION) {
        // What stands where a scheme should be may be a secret as well.
        let known = value
            .split_once(' ')
            .filter(|(scheme, _)| ["bearer", "basic"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
        let shown = match known {
            Some((scheme, secret)) => format!("{scheme} {}", labels.of(secret.trim())),
            None => labels.of(value),
        };
        found.insert("authorization".to_owned(), shown);
    }
    found
}

fn message(asked: &Asked) -> Value {
    if asked.path != "/mcp" || asked.method != "POST" {
        return Value::Null;
    }
    let body = asked.json();
    let mut message = json!({ "method": shown(body.text("method").unwrap_or_default()) });
    let id = body.at("id");
    if id.is_number() || id.as_str().is_some_and(|id| id.len() <= MAX_SHOWN_CHARS) {
        crate::json::put(&mut message, "id", id.clone());
    }
    if let Some(name) = body.at("params").text("name") {
        crate::json::put(&mut message, "name", Value::from(shown(name)));
    }
    message
}
