use toolbay_sdk::prelude::*;

#[derive(Deserialize)]
struct Input {}

/// Greets.
#[tool(reads)]
fn greet(_call: &Call, _input: Input) -> Result<Value, Problem> {
    Ok(Value::Null)
}

fn main() {}
