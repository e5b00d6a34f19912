use toolbay_sdk::prelude::*;

/// Greets.
#[tool(reads)]
fn greet(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Greets again.
#[tool(reads, name = "greet")]
fn greet_again(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

plugin!(greet, greet_again);

fn main() {}
