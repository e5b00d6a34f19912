use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Database of customers, id or link.
    database_id: String,
    /// Customer's name.
    customer: String,
}

/// Of what the other tool answers, what is told.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(crate) struct Logged {
    id: String,
}

/// Notes that a customer was visited today; a new customer gets a row.
#[tool(writes, idempotent)]
pub(crate) fn log_visit(call: &Call, input: Input) -> Result<Logged, Problem> {
    let row = json!({
        "database_id": input.database_id,
        "unique": { "property": "Name", "value": input.customer },
        "properties": { "Due": call.today()?.to_string() },
    });
    call.tools().invoke("upsert", &row)
}
