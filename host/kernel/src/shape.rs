//! The last step of a call: its answer gets the shape that every surface sends.

use serde_json::{Map, Value};

use crate::answer::{Answer, Content};
use crate::limits::Limits;
use crate::problem::{Code, Problem};
use crate::schema::Validator;
use crate::tool::Tool;

/// The answer as every surface sends it: an object, without what is empty, of a bounded size, and as it was declared.
pub(crate) async fn shaped(tool: &Tool, mut answer: Answer, limits: &Limits) -> Result<Answer, Problem> {
    if answer_bytes(&answer) > limits.answer_bytes {
        let message = format!("the answer is larger than {} KiB", limits.answer_bytes / 1024);
        return Err(Problem::new(Code::LimitExceeded, message).hint("ask for fewer items or less detail"));
    }
    if let Some(output) = &tool.output {
        let data = as_declared(tool, &output.validator, answer.data.take().unwrap_or_default()).await?;
        answer.data = Some(if output.is_object { data } else { wrapped(data) });
    } else if answer.data.as_ref().is_some_and(|data| !data.is_object()) {
        answer.data = answer.data.take().map(wrapped);
    }
    if let (Some(schema), Some(Value::Object(data))) = (&tool.output_schema, &mut answer.data) {
        drop_absent(data, schema);
    }
    Ok(answer)
}

/// The answer's data, when they are what the tool declares. A client that was promised data throws when there are none,
/// so absent data are judged as `null`.
async fn as_declared(tool: &Tool, validator: &Validator, data: Value) -> Result<Value, Problem> {
    let judge = |validator: &Validator, data: Value| {
        if validator.accepts(&data) { Ok(data) } else { Err(validator.explain(&data).message) }
    };
    let judged = tool.slots.check(validator, data, judge).await?;
    judged.map_err(|fault| {
        // Which member it is may quote the answer: its caller reads that, the log doesn't.
        tracing::warn!(tool = %tool.name(), provider = tool.provider.name(), "tool.answer_not_as_declared");
        Problem::new(Code::Failed, format!("`{}` answered other than it declares", tool.name())).hint(fault)
    })
}

/// Something that isn't an object, as the member of one.
fn wrapped(data: Value) -> Value {
    Value::Object(Map::from_iter([("result".to_owned(), data)]))
}

/// Drops `null` where the schema makes the member optional: clients take a flat schema at its word.
fn drop_absent(data: &mut Map<String, Value>, schema: &Map<String, Value>) {
    let Some(Value::Object(properties)) = schema.get("properties") else { return };
    let required = schema.get("required").and_then(Value::as_array);
    data.retain(|name, value| {
        let is_required = || required.is_some_and(|required| required.iter().any(|needed| needed == name));
        !(value.is_null() && properties.contains_key(name) && !is_required())
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
