use toolbay_sdk::prelude::*;

/// Greets.
#[tool(reads)]
fn _greet(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Greets.
#[tool(reads, name = "notion.greet")]
fn dotted(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Greets.
#[tool(reads)]
fn greets_everybody_who_has_ever_been_seen_in_this_workspace(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

fn main() {}
