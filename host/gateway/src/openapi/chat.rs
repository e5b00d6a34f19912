//! The operations of the chat, where the host has one.

use serde_json::{Value, json};

use super::host::{HOST, list_of, paged, read};
use super::placed::Placed;
use super::shared::{Refusals, responses};

/// The operations of the chat.
pub(super) fn operations() -> Vec<Placed> {
    vec![
        Placed {
            path: "/v1/chat".into(),
            method: "post",
            operation: json!({
                "operationId": "sayToChat",
                "tags": [HOST],
                "summary": "Say something to a model that has the caller's tools",
                "description": "Exactly one of message, approve and decline.",
                "x-openai-isConsequential": true,
                "requestBody": {"required": true, "content": {"application/json": {"schema": said()}}},
                "responses": responses(answer(), Refusals::CallWithBody),
            }),
        },
        Placed {
            path: "/api/chat/multi".into(),
            method: "post",
            operation: json!({
                "operationId": "sayToOngoingChat",
                "tags": [HOST],
                "summary": "The same in the conversation that goes on, answered without an envelope",
                "description": "Refusals have the envelope of all others.",
                "x-openai-isConsequential": true,
                "requestBody": {"required": true, "content": {"application/json": {"schema": said()}}},
                "responses": plain(responses(answer(), Refusals::CallWithBody)),
            }),
        },
        paged(read(
            "/v1/chat/conversations",
            "listConversations",
            "The caller's conversations, the one that was used last first",
            page(),
            Refusals::Host,
        )),
        of_one(read(
            "/v1/chat/conversations/{id}",
            "getConversation",
            "A conversation, with all that was said and done in it",
            conversation(),
            Refusals::Call,
        )),
        of_one(Placed {
            path: "/v1/chat/conversations/{id}".into(),
            method: "delete",
            operation: json!({
                "operationId": "removeConversation",
                "tags": [HOST],
                "summary": "Remove a conversation",
                "x-openai-isConsequential": true,
                "responses": responses(removed(), Refusals::Call),
            }),
        }),
    ]
}

fn of_one(mut placed: Placed) -> Placed {
    if let Some(members) = placed.operation.as_object_mut() {
        let parameters = json!([{
            "name": "id", "in": "path", "required": true, "description": "The conversation_id.",
            "schema": {"type": "string"},
        }]);
        members.insert("parameters".into(), parameters);
    }
    placed
}

fn said() -> Value {
    json!({
        "type": "object",
        "properties": {
            "conversation_id": {"type": "string", "description": "The conversation that goes on; a new one begins without."},
            "message": {"type": "string", "description": "What is said to the model."},
            "approve": {"type": "string", "description": "The id of a question: its call may be made, once."},
            "decline": {"type": "string", "description": "The id of a question: its call may not be made."},
            "tools": {"type": "array", "items": {"type": "string"}, "description": "The tools that the model is offered."},
            "profile": {"type": "string", "description": "A profile that narrows what may be done."},
            "stream": {"type": "boolean", "description": "Whether the answer comes as a stream of events."},
        },
        "additionalProperties": false,
    })
}

fn answer() -> Value {
    let call = json!({
        "type": "object",
        "properties": {
            "tool": {"type": "string"},
            "server": {"type": "string", "description": "Who provides the tool."},
            "arguments": any_object(),
            "result": {"type": "string", "description": "What the model was told."},
            "is_error": {"type": "boolean"},
            "request_id": {"type": "string"},
        },
        "required": ["tool", "server", "arguments", "result", "is_error"],
    });
    json!({
        "type": "object",
        "properties": {
            "conversation_id": {"type": "string"},
            "response": {"type": "string"},
            "tool_calls": {"type": "array", "items": call},
            "servers_used": {"type": "array", "items": {"type": "string"}},
            "question": question(),
            "ended": {"type": "string", "enum": ["answered", "question", "max_rounds", "max_calls", "max_tokens", "max_time"]},
            "rounds": {"type": "integer"},
            "tokens": {"type": "integer"},
            "tokens_are_estimated": {"type": "boolean"},
        },
        "required": [
            "conversation_id", "response", "tool_calls", "servers_used", "ended", "rounds", "tokens", "tokens_are_estimated",
        ],
    })
}

/// The same responses without the envelope around what succeeds, and with the time.
fn plain(mut responses: Value) -> Value {
    if let Some(schema) = responses.pointer_mut("/200/content/application~1json/schema") {
        *schema = answer();
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert("timestamp".into(), json!({"type": "string", "format": "date-time"}));
        }
    }
    responses
}

fn question() -> Value {
    json!({
        "type": "object",
        "description": "What is asked before the chat goes on: send its id as approve or decline.",
        "properties": {
            "id": {"type": "string"},
            "tool": {"type": "string"},
            "server": {"type": "string"},
            "arguments": any_object(),
            "connection": {
                "type": "object",
                "description": "On which it is done; absent for a tool that works on none.",
                "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
                "required": ["id", "name"],
            },
            "access": {"type": "string", "enum": ["reads", "writes", "destroys"]},
            "expires_at": {"type": "string", "format": "date-time"},
        },
        "required": ["id", "tool", "server", "arguments", "access", "expires_at"],
    })
}

fn listed() -> (Value, Value) {
    let properties = json!({
        "id": {"type": "string"},
        "title": {"type": "string"},
        "created_at": {"type": "string", "format": "date-time"},
        "updated_at": {"type": "string", "format": "date-time"},
    });
    (properties, json!(["id", "title", "created_at", "updated_at"]))
}

fn page() -> Value {
    let (properties, required) = listed();
    let mut page = list_of("conversations", properties, required);
    if let Some(Value::Object(properties)) = page.get_mut("properties") {
        properties.insert(
            "next_cursor".into(),
            json!({"type": "string", "description": "The `cursor` of the next page; absent on the last one."}),
        );
    }
    page
}

fn conversation() -> Value {
    let (mut properties, mut required) = listed();
    if let Some(members) = properties.as_object_mut() {
        let messages = json!({"type": "array", "items": {
            "type": "object",
            "properties": {"role": {"type": "string", "enum": ["person", "model", "tool"]}},
            "required": ["role"],
            "additionalProperties": true,
        }});
        members.insert("messages".into(), messages);
        members.insert("question".into(), question());
    }
    if let Some(names) = required.as_array_mut() {
        names.push("messages".into());
    }
    json!({"type": "object", "properties": properties, "required": required})
}

fn removed() -> Value {
    json!({
        "type": "object",
        "properties": {"id": {"type": "string"}, "removed": {"type": "boolean"}},
        "required": ["id", "removed"],
    })
}

fn any_object() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": true})
}
