//! A prompt in the words of chat completions.

use serde_json::{Value, json};

use crate::model::{AskedCall, Message, OfferedTool, Prompt};
use crate::settings::ModelSettings;

/// The body of a request.
pub(super) fn body(settings: &ModelSettings, prompt: &Prompt, streams: bool) -> Value {
    let mut body = json!({
        "model": settings.model,
        "messages": prompt.messages.iter().map(message).collect::<Vec<_>>(),
        "max_tokens": prompt.max_tokens.min(u64::from(settings.max_reply_tokens)),
        "stream": streams,
    });
    let Some(members) = body.as_object_mut() else { return body };
    if streams {
        members.insert("stream_options".into(), json!({"include_usage": true}));
    }
    if !prompt.tools.is_empty() {
        members.insert("tools".into(), prompt.tools.iter().map(tool).collect());
    }
    body
}

fn message(message: &Message) -> Value {
    match message {
        Message::System(text) => json!({"role": "system", "content": text}),
        Message::Person(text) => json!({"role": "user", "content": text}),
        Message::Tool { call, text } => json!({"role": "tool", "tool_call_id": call, "content": text}),
        Message::Model { text, calls, reasoning } => {
            let mut said = json!({"role": "assistant", "content": text});
            let Some(members) = said.as_object_mut() else { return said };
            if !calls.is_empty() {
                members.insert("tool_calls".into(), calls.iter().map(call).collect());
            }
            if let Some(reasoning) = reasoning {
                members.insert("reasoning_details".into(), reasoning.clone());
            }
            said
        }
    }
}

fn call(call: &AskedCall) -> Value {
    json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
}

fn tool(tool: &OfferedTool) -> Value {
    json!({
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema},
    })
}
