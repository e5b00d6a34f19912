use toolbay_sdk::prelude::*;

#[tool(reads)]
fn greet(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

fn main() {}
