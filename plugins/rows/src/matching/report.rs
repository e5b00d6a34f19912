//! What came of the rows that a filter found.

use serde_json::Map;
use toolbay_sdk::prelude::*;

use crate::batch::{Batch, Stop};
use crate::kind::Kind;
use crate::operation::State;
use crate::report::error;

/// Rows with problems that are named.
const MAX_NAMED: usize = 10;

/// What came of one operation.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) op: String,
    pub(super) matched: usize,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
    /// Rows that could not be changed, and why.
    pub(super) failed: Vec<Failure>,
    /// Rows that nothing was done about.
    pub(super) left: Vec<String>,
    /// More of these, whose ids are not known one by one.
    pub(super) not_run: usize,
    /// Why not all was done.
    pub(super) stopped: Option<Problem>,
    /// Rows of which there is something to say.
    pub(super) rows: Vec<Value>,
    pub(super) notes: Vec<String>,
    /// Notes beyond those.
    pub(super) more_notes: usize,
    pub(super) ids: Option<Vec<String>>,
}

/// What could not be done with some rows.
pub(super) struct Failure {
    /// The row, where it is one.
    id: Option<String>,
    rows: usize,
    problem: Problem,
}

impl Failure {
    pub(super) fn of_row(id: String, problem: Problem) -> Self {
        Self { id: Some(id), rows: 1, problem }
    }
}

impl Outcome {
    /// What came of operations, each on the ids of some rows.
    pub(super) fn of(batch: Batch<'_>, rows: Vec<Vec<String>>) -> Self {
        let mut outcome = Self::default();
        for (operation, ids) in batch.operations.into_iter().zip(rows) {
            match operation.state {
                State::Done(Ok(result)) => outcome.take(operation.kind, ids.len(), &result),
                State::Done(Err(problem)) => outcome.take_problem(ids, problem),
                State::Given | State::Planned(_) => outcome.left.extend(ids),
            }
        }
        outcome.stopped = match batch.stopped {
            Some(Stop::Reason(problem)) => Some(problem),
            _ => None,
        };
        outcome
    }

    fn take(&mut self, kind: Kind, rows: usize, result: &Value) {
        let is_unchanged = result.get("unchanged") == Some(&Value::Bool(true))
            || result.get("action").is_some_and(|action| action == "unchanged");
        match kind {
            Kind::Tool(tool) if tool.name == "archive" => self.take_archived(result),
            Kind::Link if result.get("changed").is_some() => {
                self.changed += number(result, "changed");
                self.unchanged += number(result, "unchanged");
            }
            _ if is_unchanged => self.unchanged += rows,
            _ => self.changed += rows,
        }
        let said =
            result.get("notes").and_then(Value::as_array).into_iter().flatten().chain(result.get("note"));
        if let Some(lost) = result.get("lost") {
            self.rows.push(json!({ "id": result.get("id"), "lost": lost }));
        }
        // What many rows share is said once.
        for text in said.filter_map(Value::as_str).map(str::to_owned) {
            if self.notes.contains(&text) {
                continue;
            }
            if self.notes.len() < MAX_NAMED {
                self.notes.push(text);
            } else {
                self.more_notes += 1;
            }
        }
    }

    /// Of several rows that were moved some may not have been tried, and of others values were lost.
    fn take_archived(&mut self, result: &Value) {
        self.changed += number(result, "moved");
        self.unchanged += number(result, "unchanged");
        let left = result.get("left").and_then(Value::as_array).into_iter().flatten();
        self.left.extend(left.filter_map(Value::as_str).map(str::to_owned));
        self.rows.extend(result.get("rows").and_then(Value::as_array).into_iter().flatten().cloned());
    }

    fn take_problem(&mut self, ids: Vec<String>, mut problem: Problem) {
        let of_rows = ["moved", "linked"];
        let told = problem.details.take_if(|details| of_rows.iter().any(|key| details.get(*key).is_some()));
        let (id, rows) = match (told, ids.as_slice()) {
            (None, [only]) => (Some(only.clone()), 1),
            (None, several) => (None, several.len()),
            // These say how far they came: what isn't named otherwise has failed.
            (Some(details), several) => {
                let before = self.told();
                if details.get("moved").is_some() {
                    self.take_archived(&details);
                } else {
                    self.changed += number(&details, "linked");
                    self.unchanged += number(&details, "unchanged");
                    self.not_run += number(&details, "open");
                }
                (None, several.len().saturating_sub(self.told() - before))
            }
        };
        self.failed.push(Failure { id, rows, problem });
    }

    /// Rows of which it is said that they are changed, unchanged or left.
    fn told(&self) -> usize {
        self.changed + self.unchanged + self.left.len() + self.not_run
    }

    fn failed_rows(&self) -> usize {
        self.failed.iter().map(|failure| failure.rows).sum()
    }

    pub(super) fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes.splice(0..0, notes);
        self
    }

    pub(super) fn with_ids(mut self, ids: Vec<String>, is_wanted: bool) -> Self {
        self.ids = is_wanted.then(|| ids.iter().map(|id| id.replace('-', "")).collect());
        self
    }

    fn answered(mut self, number: usize) -> Value {
        let mut answer = Map::new();
        answer.insert("number".to_owned(), number.into());
        answer.insert("op".to_owned(), self.op.as_str().into());
        answer.insert("matched".to_owned(), self.matched.into());
        let counts = [
            ("changed", self.changed),
            ("unchanged", self.unchanged),
            ("failed", self.failed_rows()),
            ("not_run", self.left.len() + self.not_run),
        ];
        answer.extend(
            counts
                .iter()
                .filter(|(name, count)| *count > 0 || *name == "changed")
                .map(|(name, count)| ((*name).to_owned(), json!(count))),
        );
        if !self.failed.is_empty() {
            let named = self.failed.iter().take(MAX_NAMED).map(|Failure { id, problem, .. }| {
                let mut error = error(problem);
                if let (Some(error), Some(id)) = (error.as_object_mut(), id) {
                    error.insert("id".to_owned(), id.as_str().into());
                }
                error
            });
            answer.insert("errors".to_owned(), named.collect());
            let others = self.failed.iter().skip(MAX_NAMED).filter_map(|failure| failure.id.as_deref());
            let others: Vec<&str> = others.collect();
            if !others.is_empty() {
                answer.insert("also_failed".to_owned(), json!(others));
            }
        }
        if let Some(stopped) = &self.stopped {
            answer.insert("stopped".to_owned(), error(stopped));
        }
        if !self.left.is_empty() {
            answer.insert("left".to_owned(), json!(self.left));
        }
        if !self.rows.is_empty() {
            answer.insert("rows".to_owned(), json!(self.rows));
        }
        if self.more_notes > 0 {
            self.notes.push(format!("{} more notes are left out.", self.more_notes));
        }
        if !self.notes.is_empty() {
            answer.insert("notes".to_owned(), json!(self.notes));
        }
        if let Some(ids) = self.ids {
            answer.insert("ids".to_owned(), json!(ids));
        }
        Value::Object(answer)
    }
}

fn number(result: &Value, key: &str) -> usize {
    result.get(key).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
}

/// Counts of all operations, and what came of each.
pub(super) fn answer(outcomes: Vec<Outcome>) -> Value {
    let is_whole = |outcome: &&Outcome| {
        outcome.failed.is_empty() && outcome.left.is_empty() && outcome.stopped.is_none()
    };
    let succeeded = outcomes.iter().filter(is_whole).count();
    let untouched = |outcome: &&Outcome| outcome.changed + outcome.unchanged + outcome.failed.len() == 0;
    let skipped = outcomes.iter().filter(|outcome| !is_whole(outcome) && untouched(outcome)).count();
    let failed = outcomes.len() - succeeded - skipped;
    let results = outcomes.into_iter().enumerate().map(|(number, outcome)| outcome.answered(number));
    json!({ "succeeded": succeeded, "failed": failed, "skipped": skipped, "results": results.collect::<Vec<_>>() })
}
