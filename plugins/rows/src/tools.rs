//! The three tools.

use toolbay_sdk::prelude::*;

use crate::arguments::{Bulk, Link, Upsert};
use crate::batch::Batch;
use crate::{matching, report};

/// Operations of one call.
const MAX_OPERATIONS: usize = 1_000;

/// Creates a database row, or updates the one that has the unique value. All values are checked first; repeating it
/// changes nothing.
#[tool(
    writes,
    idempotent,
    route = "POST /v1/upsert",
    route = "POST /v1/upsert/project",
    route = "POST /v1/upsert/task",
    route = "POST /v1/upsert/knowledge"
)]
pub(crate) fn upsert(call: &Call, input: Upsert) -> Result<Value, Problem> {
    Batch::alone(call, "upsert", &input)
}

/// Adds links to a relation of one or many pages, keeping those that are there, or takes them away.
#[tool(writes, idempotent, route = "POST /v1/link")]
pub(crate) fn link(call: &Call, input: Link) -> Result<Value, Problem> {
    Batch::alone(call, "link", &input)
}

/// Runs many operations (upsert, link, or any other tool by name) with few requests, independent ones side by side; or
/// updates, trashes, links, moves or archives all rows that a filter finds.
#[tool(destroys, least = writes, route = "POST /v1/bulk")]
pub(crate) fn bulk(call: &Call, input: Bulk) -> Result<Value, Problem> {
    let count = input.ops.len();
    if count == 0 || count > MAX_OPERATIONS {
        return Err(Problem::limit_exceeded(format!("`ops` has {count} operations."))
            .hint(format!("Send 1 to {MAX_OPERATIONS} in one call, and the rest in the next.")));
    }
    let matching = input.ops.iter().filter(|given| matching::is_matching(given)).count();
    if matching == count {
        return matching::run(call, input.mode, &input.ops, input.ids);
    }
    if matching > 0 {
        return Err(Problem::invalid_input("Some operations have `where`, others have ids.")
            .hint("Send those with `where` in a call of their own."));
    }
    let mut batch = Batch::new(call, input.mode, &input.ops);
    batch.run();
    Ok(report::answer(batch.operations, batch.stopped, batch.sent > 0, input.ids))
}
