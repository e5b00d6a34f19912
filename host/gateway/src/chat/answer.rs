//! The answer of a turn, in the form of its address.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toolbay_kernel::chat::ChatAnswer;

use crate::envelope;

/// The form of an address's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The envelope of REST.
    Envelope,
    /// The plain members `response`, `tool_calls`, `servers_used` and `timestamp`, and what clients may leave aside.
    Plain,
}

impl Form {
    /// The answer as a whole.
    pub(super) fn whole(self, answer: &ChatAnswer) -> Response {
        match self {
            Self::Envelope => envelope::of_host(&json!(answer)),
            Self::Plain => Json(self.told(answer)).into_response(),
        }
    }

    /// What is told of the answer.
    pub(super) fn told(self, answer: &ChatAnswer) -> Value {
        let mut told = match json!(answer) {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        if self == Self::Plain {
            let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
            told.insert("timestamp".into(), now.into());
        }
        told.into()
    }
}
