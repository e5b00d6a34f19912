//! Arguments on their way to a tool: accepted, repaired and accepted, or refused with what would be right.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::arguments;
use crate::problem::Problem;
use crate::schema::Validator;
use crate::tool::Tool;

/// The arguments as the tool gets them: as they are, or repaired. What stands at the `open` places isn't judged.
pub(crate) async fn validated(
    tool: &Tool,
    mut arguments: Map<String, Value>,
    open: &[String],
) -> Result<Value, Problem> {
    arguments::settle_integers(&mut arguments, &tool.input_schema);
    let accepts = |validator: &Validator, value: Value| (validator.accepts(&value), value);
    let (is_accepted, given) = tool.slots.check(&tool.input, Value::Object(arguments), accepts).await?;
    if is_accepted {
        return Ok(given);
    }
    let schema = Arc::clone(&tool.input_schema);
    let repair = move |validator: &Validator, mut value: Value| {
        arguments::repair(&mut value, &schema, validator);
        value
    };
    let repaired = tool.slots.check(&tool.input, given, repair).await?;
    let (is_accepted, repaired) = tool.slots.check(&tool.input, repaired, accepts).await?;
    if is_accepted {
        return Ok(repaired);
    }
    let open = open.to_vec();
    let explain = move |validator: &Validator, value: Value| {
        // What can't be explained is refused all the same, unless it may be right once all of it is known.
        let refusal = if open.is_empty() {
            Some(validator.explain(&value))
        } else {
            validator.explain_around(&value, &open)
        };
        (refusal, value)
    };
    let (refusal, repaired) = tool.slots.check(&tool.input, repaired, explain).await?;
    let Some(mut problem) = refusal else { return Ok(repaired) };
    problem
        .hint
        .get_or_insert_with(|| format!("`{}` takes {}", tool.name(), arguments::listed(&tool.input_schema)));
    Err(problem)
}
