//! `audit_list`: what the caller has done.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use super::{BuiltInDefinition, BuiltInTool, parsed};
use crate::access::Access;
use crate::answer::Answer;
use crate::audit::{OwnEvents, RecordedEvent, about, details, outcome, summary_of};
use crate::call::Call;
use crate::ports::OwnAudit;
use crate::problem::{Code, Problem};

/// Events of one answer, when the caller names no number.
const DEFAULT_LIMIT: u32 = 20;

/// Most events of one answer.
const MAX_LIMIT: u32 = 100;

/// Lists the caller's own events.
pub struct AuditList(pub Arc<dyn OwnAudit>);

#[derive(Deserialize)]
struct Arguments {
    limit: Option<u32>,
    cursor: Option<String>,
    tool: Option<String>,
    call: Option<String>,
}

#[async_trait]
impl BuiltInTool for AuditList {
    fn describe(&self) -> BuiltInDefinition {
        BuiltInDefinition {
            name: "audit_list",
            title: "List what you have done",
            description: "Your events of the audit, newest first: calls that could write, and how they ended.",
            input_schema: json!({
                "type": "object",
                "properties": {
                    "limit": {
                        "type": "integer", "minimum": 1, "maximum": MAX_LIMIT,
                        "description": "Default 20"
                    },
                    "cursor": {"type": "string", "description": "next_cursor of the last answer"},
                    "tool": {"type": "string", "description": "Only events of this tool"},
                    "call": {
                        "type": "string",
                        "description": "One call's events with details, by its request_id"
                    }
                },
                "additionalProperties": false
            }),
            access: Access::Reads,
            least: Access::Reads,
            idempotent: true,
            route: ("GET", "/v1/audit"),
            uses_connection: false,
        }
    }

    async fn call(&self, arguments: Value, call: &Arc<Call>) -> Result<Answer, Problem> {
        let Arguments { limit, cursor, tool, call: of_call } = parsed(arguments)?;
        let limit = limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
        let no_cursor = |_| {
            Problem::new(Code::InvalidInput, "the cursor is none of audit_list")
                .hint("send the next_cursor of the last answer, or none to begin")
        };
        let no_call = |_| {
            Problem::new(Code::InvalidInput, "that is no id of a call")
                .hint("send the request_id of an answer, or the member `call` of an event")
        };
        let wanted = OwnEvents {
            limit: limit + 1,
            before: cursor.map(|cursor| cursor.parse().map_err(no_cursor)).transpose()?,
            subject: tool,
            call: of_call.map(|id| id.parse().map_err(no_call)).transpose()?,
        };
        let mut events = self.0.own_events(call.principal().id, &wanted).await?;
        let is_more = events.len() > limit as usize;
        events.truncate(limit as usize);
        let shown: Vec<Value> = events.iter().map(|event| shown(event, wanted.call.is_some())).collect();
        let mut answer = json!({"events": shown});
        if let (true, Some(last), Some(members)) = (is_more, events.last(), answer.as_object_mut()) {
            members.insert("next_cursor".to_owned(), json!(last.seq.to_string()));
        }
        Ok(Answer::data(answer))
    }
}

/// An event as whoever did it reads it; what is none isn't there.
fn shown(recorded: &RecordedEvent, is_whole: bool) -> Value {
    let RecordedEvent { seq, at, event } = recorded;
    let members = [
        ("number", json!(seq)),
        ("at", json!(at.format(&Rfc3339).ok())),
        ("event", json!(event.act.kind())),
        ("about", json!(about(event))),
        ("outcome", json!(outcome(&event.act))),
        ("summary", json!(summary_of(&event.act))),
        ("surface", json!(event.by.surface.as_str())),
        ("connection_id", json!(event.connection)),
        ("call", json!(event.call)),
        ("details", if is_whole { details(&event.act) } else { Value::Null }),
    ];
    let told = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(told.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
