use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Input {}

/// Takes no call.
#[tool(reads)]
fn without_call() -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Takes the input alone.
#[tool(reads)]
fn input_alone(_input: Input) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Takes two inputs.
#[tool(reads)]
fn two_inputs(_call: &Call, _first: Input, _second: Input) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Borrows its input.
#[tool(reads)]
fn borrowed(_call: &Call, _input: &Input) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Answers nothing.
#[tool(reads)]
fn silent(_call: &Call) {}

/// Has no type yet.
#[tool(reads)]
fn generic<T>(_call: &Call, _input: T) -> Result<Value, Problem> {
    Ok(Value::Null)
}

/// Is no function.
#[tool(reads)]
struct NotAFunction;

fn main() {}
