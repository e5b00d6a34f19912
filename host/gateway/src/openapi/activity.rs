//! The operations of the activity and of jobs as everybody's. The stream of changes is no operation of a document: generators make
//! nothing of a stream.

use serde_json::{Value, json};
use toolbay_kernel::audit::KINDS;
use toolbay_kernel::jobs::JobStatus;

use super::host::{HOST, read};
use super::placed::Placed;
use super::shared::{Refusals, or_null, responses};

/// The operations.
pub(super) fn operations() -> Vec<Placed> {
    let statuses: Vec<&str> = JobStatus::ALL.iter().map(|status| status.as_str()).collect();
    vec![
        with(
            read("/v1/activity", "listActivity", "What was done, newest first", events(), Refusals::Host),
            vec![
                query(
                    "of",
                    "Whose; everybody's for who administers.",
                    json!({"type": "string", "enum": ["me", "everyone"]}),
                ),
                query(
                    "kind",
                    "Only events of this kind; without it a call is one event.",
                    json!({"type": "string", "enum": KINDS}),
                ),
                query("tool", "Only what is about this.", text()),
                query(
                    "principal",
                    "With `of=everyone`, only what this one did.",
                    json!({"type": "string", "format": "uuid"}),
                ),
                query("only", "Only what didn't succeed.", json!({"type": "string", "enum": ["failed"]})),
                limit(),
                query(
                    "cursor",
                    "`next_cursor` of the page before.",
                    json!({"type": "string", "pattern": "^[0-9]{1,18}$"}),
                ),
            ],
        ),
        with(
            read(
                "/v1/activity/{call}",
                "getActivity",
                "A call, with all that is known of it",
                call(),
                Refusals::Call,
            ),
            vec![path("call", "The id of a call, or of a job.")],
        ),
        with(
            read(
                "/v1/administration/jobs",
                "listAllJobs",
                "The jobs of everybody, newest first, for who administers",
                jobs(),
                Refusals::Host,
            ),
            vec![
                query("status", "Only these.", json!({"type": "string", "enum": statuses})),
                limit(),
                query("cursor", "`next_cursor` of the page before.", text()),
            ],
        ),
        of_job(
            "/v1/administration/jobs/{id}/cancel",
            "cancelAnyJob",
            "Stop a job after what is under way, for who administers",
            json!({
                "type": "object",
                "properties": {"job_id": text(), "cancelled": {"type": "boolean"}},
                "required": ["job_id", "cancelled"],
            }),
        ),
        of_job(
            "/v1/jobs/{id}/again",
            "startJobAgain",
            "Start a job with the tool and the arguments of an earlier one, in its owner's name",
            json!({
                "type": "object",
                "properties": {"job_id": text(), "status": text()},
                "required": ["job_id", "status"],
            }),
        ),
    ]
}

fn with(mut placed: Placed, parameters: Vec<Value>) -> Placed {
    if let Some(members) = placed.operation.as_object_mut() {
        members.insert("parameters".into(), parameters.into());
    }
    placed
}

fn of_job(address: &str, id: &str, summary: &str, result: Value) -> Placed {
    let operation = json!({
        "operationId": id,
        "tags": [HOST],
        "summary": summary,
        "x-openai-isConsequential": true,
        "parameters": [path("id", "The job_id.")],
        "responses": responses(result, Refusals::CallWithBody),
    });
    Placed { path: address.into(), method: "post", operation }
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
}

fn path(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": text()})
}

fn limit() -> Value {
    query(
        "limit",
        "How many at most.",
        json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    )
}

fn text() -> Value {
    json!({"type": "string"})
}

fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn principal() -> Value {
    json!({
        "type": "object",
        "properties": {"id": text(), "name": text()},
        "required": ["id", "name"],
    })
}

fn event() -> Value {
    json!({
        "type": "object",
        "properties": {
            "number": {"type": "integer", "description": "Later events have higher ones."},
            "at": time(),
            "event": {"type": "string", "enum": KINDS},
            "about": {"type": "string", "description": "A tool, a plugin, an id."},
            "outcome": {"type": "string", "description": "`ok`, `begun`, or the code of the problem."},
            "code": text(),
            "summary": text(),
            "surface": {"type": "string", "description": "By which way."},
            "connection_id": text(),
            "call": text(),
            "principal": principal(),
            "duration_ms": {"type": "integer"},
            "details": {"description": "Of the events of one call: all that is recorded."},
        },
        "required": ["number", "at", "event", "outcome", "summary", "surface", "principal"],
    })
}

fn page(name: &str, of: Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            name: {"type": "array", "items": of},
            "next_cursor": {"type": "string", "description": "The `cursor` of the next page; absent on the last one."},
        },
        "required": [name],
    })
}

fn events() -> Value {
    page("events", event())
}

fn call() -> Value {
    let id = json!({
        "type": "object",
        "properties": {"id": text(), "url": {"type": "string", "description": "Where a person looks at it."}},
        "required": ["id"],
    });
    let effect = json!({
        "type": "object",
        "properties": {
            "number": {"type": "integer"}, "at": time(), "call": text(), "tool": text(), "egress": text(),
            "route": text(), "target": text(), "outcome": text(), "code": text(),
            "ids": {"type": "array", "items": id},
            "request_id": {"type": "string", "description": "What the outside calls the request."},
            "sent": {"description": "What was to be written."},
            "after": {"description": "What the outside answered that is there since."},
        },
        "required": ["number", "at", "call", "tool", "egress", "route", "target", "outcome", "ids"],
    });
    let inner = json!({
        "type": "object",
        "properties": {
            "call": text(), "tool": text(), "surface": text(), "started_at": time(), "outcome": text(), "summary": text(),
            "duration_ms": {"type": "integer"},
        },
        "required": ["call", "tool", "surface", "started_at", "outcome"],
    });
    json!({
        "type": "object",
        "properties": {
            "call": text(), "tool": text(), "title": text(), "principal": principal(), "surface": text(),
            "connection_id": text(), "connection_name": text(),
            "parent": {"type": "string", "description": "The call that made it, or that started its job."},
            "started_at": time(),
            "ended_at": or_null(time()),
            "outcome": text(), "code": text(), "summary": text(), "duration_ms": {"type": "integer"},
            "job_id": text(),
            "arguments": {"type": "object", "properties": {}, "additionalProperties": true},
            "effects": {"type": "array", "items": effect},
            "calls": {"type": "array", "description": "The calls that it made.", "items": inner},
            "has_more": {"type": "boolean", "description": "Whether there are more effects or calls than these."},
            "events": {"type": "array", "items": event()},
        },
        "required": [
            "call", "tool", "principal", "surface", "started_at", "ended_at", "outcome", "effects", "calls", "has_more", "events",
        ],
    })
}

fn jobs() -> Value {
    let counts = json!({
        "type": "object",
        "properties": {"done": {"type": "integer"}, "total": {"type": "integer"}},
        "required": ["done"],
    });
    page(
        "jobs",
        json!({
            "type": "object",
            "properties": {
                "job_id": text(), "principal": principal(), "tool": text(),
                "status": {"type": "string", "description": "As in the owner's list, or `cancelling`."},
                "progress": {"type": "number", "minimum": 0, "maximum": 1},
                "counts": counts,
                "message": text(), "created_at": time(), "next_run_at": time(), "ended_at": time(),
                "error": {
                    "type": "object",
                    "properties": {"code": text(), "message": text(), "hint": text(), "details": {"description": "Facts for programs."}},
                    "required": ["code", "message"],
                },
            },
            "required": ["job_id", "principal", "tool", "status", "created_at"],
        }),
    )
}
