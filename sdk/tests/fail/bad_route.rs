use toolbay_sdk::prelude::*;

/// Greets.
#[tool(reads, route = "/v1/greet")]
fn no_method(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Greets.
#[tool(reads, route = "FETCH /v1/greet")]
fn no_such_method(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Greets.
#[tool(reads, route = "GET /greet")]
fn outside(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Greets.
#[tool(reads, route = "GET /v1/../admin")]
fn climbing(_call: &Call) -> Result<Value, Problem> {
    Ok(Value::Null)
}

fn main() {}
