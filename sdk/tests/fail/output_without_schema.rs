use toolbay_sdk::prelude::*;

#[derive(Serialize)]
struct Output {}

/// Greets.
#[tool(reads)]
fn greet(_call: &Call) -> Result<Output, Problem> {
    Ok(Output {})
}

fn main() {}
