use toolbay_sdk::prelude::*;

/// Greets.
#[tool(reads, writes)]
fn greet(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

fn main() {}
