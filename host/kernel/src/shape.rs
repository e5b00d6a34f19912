//! The last step of a call: its answer gets the shape that every surface sends.

use serde_json::{Map, Value};

use crate::limits::Limits;
use crate::problem::{Code, Problem};
use crate::provider::{Answer, Content};
use crate::tool::Tool;

/// The answer as every surface sends it: an object, without what is empty, of a bounded size, and as it was declared.
pub(crate) fn shaped(tool: &Tool, mut answer: Answer, limits: &Limits) -> Result<Answer, Problem> {
    if let Some(data) = answer.data.take() {
        answer.data = Some(match data {
            Value::Object(_) => data,
            other => Value::Object(Map::from_iter([("result".to_owned(), other)])),
        });
    }
    if answer_bytes(&answer) > limits.answer_bytes {
        let message = format!("the answer is larger than {} KiB", limits.answer_bytes / 1024);
        return Err(Problem::new(Code::LimitExceeded, message).hint("ask for fewer items or less detail"));
    }
    // A client that was promised data throws when there is none, so absent data is judged as `null`.
    if let Some(validator) = &tool.output
        && let data = answer.data.as_ref().unwrap_or(&Value::Null)
        && !validator.accepts(data)
    {
        let fault = validator.explain(data);
        // Which member it is may quote the answer: its caller reads that, the log doesn't.
        tracing::warn!(tool = %tool.name(), provider = tool.provider.name(), "tool.answer_not_as_declared");
        return Err(Problem::new(Code::Failed, format!("`{}` answered other than it declares", tool.name()))
            .hint(fault.message));
    }
    if let (Some(schema), Some(Value::Object(data))) = (&tool.output_schema, &mut answer.data) {
        drop_absent(data, schema);
    }
    Ok(answer)
}

/// Drops `null` where the schema makes the member optional: clients take a flat schema at its word.
fn drop_absent(data: &mut Map<String, Value>, schema: &Map<String, Value>) {
    let Some(Value::Object(properties)) = schema.get("properties") else { return };
    let required = schema.get("required").and_then(Value::as_array);
    data.retain(|name, value| {
        let is_required = required.is_some_and(|required| required.iter().any(|needed| needed == name));
        !(value.is_null() && properties.contains_key(name) && !is_required)
    });
    for (name, value) in data {
        let Some(Value::Object(schema)) = properties.get(name) else { continue };
        match value {
            Value::Object(members) => drop_absent(members, schema),
            Value::Array(items) => {
                let Some(Value::Object(schema)) = schema.get("items") else { continue };
                for item in items {
                    if let Value::Object(members) = item {
                        drop_absent(members, schema);
                    }
                }
            }
            _ => {}
        }
    }
}

fn answer_bytes(answer: &Answer) -> usize {
    let data = answer.data.as_ref().map_or(0, json_bytes);
    let content: usize = answer
        .content
        .iter()
        .map(|part| match part {
            Content::Text(text) | Content::Resource { text, .. } => text.len(),
            Content::Image { data, .. } | Content::Audio { data, .. } => data.len().div_ceil(3) * 4,
        })
        .sum();
    data + content
}

/// The size of a value as JSON, near enough, without writing it.
fn json_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| json_bytes(item) + 1).sum::<usize>(),
        Value::Object(members) => {
            2 + members.iter().map(|(name, member)| name.len() + 4 + json_bytes(member)).sum::<usize>()
        }
        Value::Number(_) => 8,
        Value::Bool(_) | Value::Null => 4,
    }
}
