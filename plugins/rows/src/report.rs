//! What `bulk` answers: counts, and a small result for each operation.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::Map;
use toolbay_sdk::prelude::*;

use crate::operation::{Kind, Operation, State};

/// Bytes of all results together. An answer may have 4 MiB, and nobody reads a hundredth of that.
const RESULT_BYTES: usize = 1024 * 1024;

/// The answer, with the results in the order of the operations.
pub(crate) fn answer(operations: Vec<Operation>, stopped: Option<Problem>) -> Value {
    let (mut succeeded, mut failed, mut skipped) = (0_usize, 0_usize, 0_usize);
    let mut actions: Map<String, Value> = Map::new();
    let mut bytes = 0;
    let mut results = Vec::with_capacity(operations.len());
    let mut told: HashMap<String, usize> = HashMap::new();
    for (number, operation) in operations.into_iter().enumerate() {
        results.push(match operation.state {
            State::Done(Ok(result)) => {
                succeeded += 1;
                if let (Kind::Upsert | Kind::Link, Some(action)) =
                    (operation.kind, result.get("action").and_then(Value::as_str))
                {
                    let count = actions.get(action).and_then(Value::as_u64).unwrap_or(0);
                    actions.insert(action.to_owned(), (count + 1).into());
                }
                json!({ "ok": true, "result": small(operation.kind, result, &mut bytes) })
            }
            State::Done(Err(problem)) => {
                failed += 1;
                let error = error(&problem);
                // A mistake that a thousand operations share is read once.
                match told.entry(error.to_string()) {
                    Entry::Vacant(first) => {
                        first.insert(number);
                        json!({ "ok": false, "error": error })
                    }
                    Entry::Occupied(first) => {
                        let message = format!("As ops.{}.", first.get());
                        json!({ "ok": false, "error": { "code": problem.code.as_str(), "message": message } })
                    }
                }
            }
            State::Given | State::Planned(_) => {
                skipped += 1;
                json!({ "ok": false, "error": { "code": "skipped" } })
            }
        });
    }
    let mut answer = json!({ "succeeded": succeeded, "failed": failed, "skipped": skipped });
    if let Some(answer) = answer.as_object_mut() {
        answer.extend(actions);
        if let Some(reason) = stopped.filter(|_| skipped > 0) {
            answer.insert("stopped".to_owned(), error(&reason));
        }
        answer.insert("results".to_owned(), Value::Array(results));
    }
    answer
}

/// A thousand links to pages would be most of the answer, and follow from their ids.
fn small(kind: Kind, mut result: Value, bytes: &mut usize) -> Value {
    if let (Kind::Upsert | Kind::Link, Some(result)) = (kind, result.as_object_mut()) {
        result.shift_remove("url");
    }
    *bytes = bytes.saturating_add(result.to_string().len());
    if *bytes > RESULT_BYTES {
        return json!({ "note": "Left out, because the answer is too large: ask for less in one call." });
    }
    result
}

fn error(problem: &Problem) -> Value {
    let mut error = json!({ "code": problem.code.as_str(), "message": problem.message });
    if let Some(error) = error.as_object_mut() {
        error.extend(problem.hint.as_ref().map(|hint| ("hint".to_owned(), Value::from(hint.as_str()))));
        // What Notion said is in the message already.
        let details = problem.details.as_ref().filter(|details| details.get("notion").is_none());
        error.extend(details.map(|details| ("details".to_owned(), details.as_ref().clone())));
    }
    error
}
