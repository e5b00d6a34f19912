//! What the hosted server answers.

use axum::body::Body;
use serde_json::Value;

pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content: Content,
    /// What the record says of the answer; nothing in it is secret.
    pub(super) note: Value,
}

pub(super) enum Content {
    Nothing,
    Json(Value),
    Html(String),
    Events(Body),
}

impl Answered {
    pub(super) fn json(status: u16, body: Value) -> Answered {
        Answered { status, headers: Vec::new(), content: Content::Json(body), note: Value::Null }
    }

    pub(super) fn empty(status: u16) -> Answered {
        Answered { status, headers: Vec::new(), content: Content::Nothing, note: Value::Null }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Answered {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn noted(mut self, note: Value) -> Answered {
        self.note = note;
        self
    }
}
