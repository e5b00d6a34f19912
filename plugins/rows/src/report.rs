//! What `bulk` answers: counts, and a small result for each operation.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::Map;
use toolbay_sdk::prelude::*;

use crate::batch::Stop;
use crate::kind::Kind;
use crate::operation::{Operation, State};
use crate::tool::Work;

/// Bytes of all results together. An answer may have 4 MiB, and nobody reads a hundredth of that.
const RESULT_BYTES: usize = 1024 * 1024;

/// Up to so many operations each has its result; of more, only those that say more than that all is well.
const FEW: usize = 20;

/// The answer, with the results in the order of the operations.
pub(crate) fn answer(
    operations: Vec<Operation>,
    stopped: Option<Stop>,
    has_written: bool,
    wants_ids: bool,
) -> Value {
    let is_short = operations.len() > FEW;
    let ids = wants_ids.then(|| operations.iter().map(id).collect::<Value>());
    let mut left_out = 0_usize;
    let stopped = stopped.and_then(|stop| explained(stop, &operations, has_written));
    let (mut succeeded, mut failed, mut skipped) = (0_usize, 0_usize, 0_usize);
    let mut actions: Map<String, Value> = Map::new();
    let mut bytes = 0;
    let mut results = Vec::with_capacity(operations.len());
    let mut told: HashMap<String, usize> = HashMap::new();
    for (number, operation) in operations.into_iter().enumerate() {
        let result = match operation.state {
            State::Done(Ok(result)) => {
                succeeded += 1;
                if let (Kind::Upsert | Kind::Link, Some(action)) =
                    (operation.kind, result.get("action").and_then(Value::as_str))
                {
                    let count = actions.get(action).and_then(Value::as_u64).unwrap_or(0);
                    actions.insert(action.to_owned(), (count + 1).into());
                }
                if is_short && is_plain(operation.kind, &result) {
                    left_out += 1;
                    continue;
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
                json!({ "ok": false, "error": { "code": "skipped", "message": "Not run: `stopped` says why." } })
            }
        };
        let mut named = json!({ "number": number, "op": operation.name });
        if let (Some(named), Value::Object(result)) = (named.as_object_mut(), result) {
            named.extend(result);
        }
        results.push(named);
    }
    let mut answer = json!({ "succeeded": succeeded, "failed": failed, "skipped": skipped });
    if let Some(answer) = answer.as_object_mut() {
        answer.extend(actions);
        if let Some(reason) = stopped {
            answer.insert("stopped".to_owned(), error(&reason));
        }
        answer.insert("results".to_owned(), Value::Array(results));
        if left_out > 0 {
            let hint = if wants_ids { "" } else { " `ids` answers what they wrote." };
            answer.insert(
                "note".to_owned(),
                format!("{left_out} results say no more and are left out.{hint}").into(),
            );
        }
        answer.extend(ids.map(|ids| ("ids".to_owned(), ids)));
    }
    answer
}

/// The id of what an operation wrote.
fn id(operation: &Operation) -> Value {
    let id = operation.result().and_then(|result| result.get("id")?.as_str());
    id.map_or(Value::Null, |id| Value::String(id.replace('-', "")))
}

/// Whether a result says only that something was written, and where.
fn is_plain(kind: Kind, result: &Value) -> bool {
    let writes = match kind {
        Kind::Upsert | Kind::Link => true,
        Kind::Tool(tool) => tool.work == Work::Changes && tool.name != "notion_request",
    };
    let says_more = ["note", "notes", "lost", "rows", "left"].iter().any(|key| result.get(*key).is_some());
    writes && !says_more
}

/// Why not everything was run, and what was not; none where everything was.
fn explained(stop: Stop, operations: &[Operation], has_written: bool) -> Option<Problem> {
    let numbers = |is_meant: fn(&Operation) -> bool| -> Vec<usize> {
        let all = operations.iter().enumerate();
        all.filter(|(_, operation)| is_meant(operation)).map(|(number, _)| number).collect()
    };
    let skipped = numbers(|operation| !operation.is_done());
    if skipped.is_empty() {
        return None;
    }
    let skipped = format!("Not run: {}.", listed(&skipped));
    Some(match stop {
        Stop::AtProblem => {
            let failed = numbers(Operation::has_failed);
            let have = if failed.len() == 1 { "has a problem" } else { "have problems" };
            let nothing = if has_written { "" } else { " Nothing was written." };
            Problem::cancelled(format!(
                "{} {have}, and the mode is stop_on_error.{nothing} {skipped}",
                listed(&failed)
            ))
            .hint("Mend what has a problem and send it again with what was not run.")
        }
        Stop::Reason(mut problem) => {
            // Another's message may be a clause without a full stop.
            problem.message = format!("{}. {skipped}", problem.message.trim_end_matches('.'));
            problem
        }
    })
}

/// Numbers of operations in words: `ops.1, ops.4 to ops.9`.
fn listed(numbers: &[usize]) -> String {
    const MOST: usize = 20;
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let in_words = |(first, last): &(usize, usize)| match last - first {
        0 => format!("ops.{first}"),
        1 => format!("ops.{first}, ops.{last}"),
        _ => format!("ops.{first} to ops.{last}"),
    };
    let more = if runs.len() > MOST { ", and others" } else { "" };
    format!("{}{more}", runs.iter().take(MOST).map(in_words).collect::<Vec<_>>().join(", "))
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

/// A problem as an answer has it.
pub(crate) fn error(problem: &Problem) -> Value {
    let mut error = json!({ "code": problem.code.as_str(), "message": problem.message });
    if let Some(error) = error.as_object_mut() {
        error.extend(problem.hint.as_ref().map(|hint| ("hint".to_owned(), Value::from(hint.as_str()))));
        // What Notion said is in the message already.
        let details = problem.details.as_ref().filter(|details| details.get("notion").is_none());
        error.extend(details.map(|details| ("details".to_owned(), details.as_ref().clone())));
    }
    error
}
