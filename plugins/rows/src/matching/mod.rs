//! Operations of `bulk` on all rows that a filter finds, in the place of ids.
//!
//! The rows are counted first: what they are, their values and the bound are checked for every operation before anything is
//! written. An update is one write a row, since the rows and what they hold are known; everything else runs as operations
//! on their ids.

mod found;
mod given;
mod relative;
mod report;
mod update;

use std::collections::HashMap;

use toolbay_sdk::notion::DataSource;
use toolbay_sdk::prelude::*;

use self::found::Row;
use self::given::{Action, Asked, MOST};
use self::report::Outcome;
use self::update::Change;
use crate::arguments::Mode;
use crate::batch::Batch;
use crate::clock::Clock;

pub(crate) use self::given::is_matching;

/// Rows of one `archive`, which takes no more.
const ARCHIVED_AT_ONCE: usize = 100;

/// An operation whose rows are known, and nothing of which can be wrong any more.
struct Ready {
    op: String,
    matched: usize,
    ids: Vec<String>,
    work: Work,
    /// What there is to say before anything is done.
    notes: Vec<String>,
}

enum Work {
    Update(Vec<Change>),
    /// Operations, each with the ids of its rows.
    Run(Vec<(Value, Vec<String>)>),
}

/// Runs operations that all name their rows by a filter.
pub(crate) fn run(call: &Call, mode: Mode, given: &[Value], wants_ids: bool) -> Result<Value, Problem> {
    let clock = Clock::of(call);
    let mut ready = Vec::with_capacity(given.len());
    for (number, given) in given.iter().enumerate() {
        ready.push(prepared(call, &clock, given).map_err(|mut problem| {
            problem.message = format!("ops.{number}: {} Nothing was written.", problem.message);
            problem
        })?);
    }
    refuse_shared(&ready)?;
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(ready.len());
    for ready in ready {
        let has_failed =
            outcomes.iter().any(|outcome| outcome.stopped.is_some() || !outcome.failed.is_empty());
        let outcome = match (has_failed && mode == Mode::StopOnError, ready.work) {
            (true, _) => Outcome { left: ready.ids.clone(), ..Outcome::default() },
            (false, Work::Update(changes)) => update::run(call, mode, changes),
            (false, Work::Run(operations)) => {
                let (given, rows): (Vec<Value>, Vec<Vec<String>>) = operations.into_iter().unzip();
                let mut batch = Batch::alike(call, mode, &given);
                batch.run();
                Outcome::of(batch, rows)
            }
        };
        let outcome = Outcome { op: ready.op, matched: ready.matched, ..outcome };
        outcomes.push(outcome.with_notes(ready.notes).with_ids(ready.ids, wants_ids));
    }
    Ok(report::answer(outcomes))
}

/// Refuses rows that two operations find, since each is planned from what the rows are now: the second would undo the first.
/// And more rows than one call can change.
fn refuse_shared(ready: &[Ready]) -> Result<(), Problem> {
    let mut found: HashMap<&str, usize> = HashMap::new();
    for (number, operation) in ready.iter().enumerate() {
        for id in &operation.ids {
            if let Some(first) = found.insert(id, number).filter(|first| *first != number) {
                return Err(Problem::invalid_input(format!(
                    "ops.{first} and ops.{number} both find the row {id}. Nothing was written."
                ))
                .hint("Narrow one `where`, or send them in two calls: the second finds what the first has made."));
            }
        }
    }
    if found.len() > MOST {
        let message =
            format!("{} rows match, and one call changes at most {MOST}. Nothing was written.", found.len());
        return Err(Problem::limit_exceeded(message).hint("Send the operations in several calls."));
    }
    Ok(())
}

/// Finds the rows of an operation, and checks what shall become of them.
fn prepared(call: &Call, clock: &Clock<'_>, given: &Value) -> Result<Ready, Problem> {
    let asked = Asked::read(given)?;
    let mut source = DataSource::decide(call, &asked.database)?;
    let filter = source.filter(call, &Value::Object(asked.filter.clone()))?;
    if filter.is_null() {
        return Err(Problem::invalid_input("`where` leaves no row out.").hint(
            "Say which rows are meant; {\"created_time\": {\"after\": \"1900-01-01\"}} if really all are.",
        ));
    }
    let mut notes = source.take_notes();
    let mut plan = match &asked.action {
        Action::Update { properties, new_options } => {
            Some(update::Plan::new(call, clock, &mut source, properties, *new_options)?)
        }
        _ => None,
    };
    let columns = plan.as_ref().map(update::Plan::columns).unwrap_or_default();
    let rows = found::rows(call, &source, &filter, &columns, asked.at_most)?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let work = match (plan.as_mut(), &asked.action) {
        (Some(plan), _) => {
            let changes = plan.changes(&rows)?;
            notes.append(&mut plan.notes);
            notes.extend(source.take_notes());
            Work::Update(changes)
        }
        (None, action) => Work::Run(operations(action, &source.id, &rows)),
    };
    Ok(Ready { op: asked.op, matched: rows.len(), ids, work, notes })
}

/// The operations on the ids of the rows.
fn operations(action: &Action, data_source_id: &str, rows: &[Row]) -> Vec<(Value, Vec<String>)> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let with = |arguments: &serde_json::Map<String, Value>, name: &str, value: Value| {
        let mut arguments = arguments.clone();
        arguments.insert(name.to_owned(), value);
        arguments
    };
    match action {
        Action::Update { .. } => Vec::new(),
        Action::EachById { tool, name, arguments } => {
            let one =
                |id: String| (json!({ "op": tool, "args": with(arguments, name, json!(id)) }), vec![id]);
            ids.into_iter().map(one).collect()
        }
        Action::Link(_) if ids.is_empty() => Vec::new(),
        Action::Link(arguments) => {
            let arguments = with(&with(arguments, "from", json!(ids)), "database_id", json!(data_source_id));
            vec![(json!({ "op": "link", "args": arguments }), ids)]
        }
        Action::Archive(arguments) => ids
            .chunks(ARCHIVED_AT_ONCE)
            .map(|ids| {
                (json!({ "op": "archive", "args": with(arguments, "page_ids", json!(ids)) }), ids.to_vec())
            })
            .collect(),
    }
}
