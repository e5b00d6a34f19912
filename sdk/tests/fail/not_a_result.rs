use toolbay_sdk::prelude::*;

/// Cannot fail, it thinks.
#[tool(reads)]
fn greet(_call: &Call) -> Value {
    Value::Null
}

fn main() {}
