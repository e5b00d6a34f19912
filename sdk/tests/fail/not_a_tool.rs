use toolbay_sdk::prelude::*;

fn greet(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

plugin!(greet);

fn main() {}
