use toolbay_sdk::prelude::*;

fn read(call: &Call, id: &str) -> Result<Value, Problem> {
    call.notion().get(format!("/v1/pages/{id}")).json()
}

fn main() {}
