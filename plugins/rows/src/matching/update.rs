//! The same new values for many rows, one write a row.

use serde_json::Map;
use toolbay_sdk::notion::properties::refuse_named_twice;
use toolbay_sdk::notion::properties::same::same;
use toolbay_sdk::notion::{Calendar, DataSource, NewOptions, Property, excerpt};
use toolbay_sdk::prelude::*;

use super::found::Row;
use super::relative::{self, Added};
use super::report::{Failure, Outcome};
use crate::arguments::Mode;
use crate::clock::Clock;
use crate::perform::{CHUNK, is_spent};

/// Milliseconds that must be left for a chunk to be started.
const LEAST_TIME_MS: u64 = 3_000;

/// What rows shall have.
pub(super) struct Plan<'a> {
    /// In Notion's form.
    values: Map<String, Value>,
    added: Vec<(Property, Added)>,
    columns: Vec<String>,
    clock: &'a Clock<'a>,
    pub(super) notes: Vec<String>,
}

/// A row's write; none where the row has all the values already.
pub(super) struct Change {
    pub(super) id: String,
    values: Map<String, Value>,
}

impl<'a> Plan<'a> {
    /// Checks the values against the schema.
    pub(super) fn new(
        call: &Call,
        clock: &'a Clock<'a>,
        source: &mut DataSource,
        given: &Map<String, Value>,
        new_options: NewOptions,
    ) -> Result<Self, Problem> {
        source.checked(call, |schema| refuse_named_twice(schema, given))?;
        let (fixed, added) = source.checked(call, |schema| {
            let (mut fixed, mut added) = (Map::new(), Vec::new());
            for (name, value) in given {
                let property = schema.find(name)?;
                match relative::read(property, value)? {
                    Some(own) => added.push((property.clone(), own)),
                    None => {
                        fixed.insert(name.clone(), value.clone());
                    }
                }
            }
            Ok::<_, Problem>((fixed, added))
        })?;
        let values = if fixed.is_empty() { Map::new() } else { source.values(call, &fixed, new_options)? };
        let mut notes = source.take_notes();
        for (property, own) in &added {
            if matches!(own, Added::Shift(_)) {
                notes.push(format!(
                    "`{}` is counted from each row's own date; `today+7d` counts from today.",
                    excerpt(&property.name)
                ));
            }
        }
        let own = added.iter().map(|(property, _)| &property.name);
        let named: Vec<&String> = values.keys().chain(own).collect();
        let columns = source.schema.properties().iter().filter(|property| named.contains(&&property.name));
        Ok(Self {
            columns: columns.map(|property| property.id.clone()).collect(),
            values,
            added,
            clock,
            notes,
        })
    }

    /// The ids of the columns that tell what is to be written.
    pub(super) fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    /// What is to be written to each row.
    ///
    /// # Errors
    ///
    /// `invalid_input` for a value that would be beyond what Notion keeps.
    pub(super) fn changes(&mut self, rows: &[Row]) -> Result<Vec<Change>, Problem> {
        let utc;
        let calendar = match self.clock.calendar() {
            Some(calendar) => calendar,
            None => {
                utc = Calendar::utc(0)?;
                &utc
            }
        };
        let mut changes = Vec::with_capacity(rows.len());
        let mut without: Vec<usize> = vec![0; self.added.len()];
        for row in rows {
            let mut values = self.values.clone();
            for ((property, added), without) in self.added.iter().zip(&mut without) {
                let current = row.properties.get(&property.name).unwrap_or(&Value::Null);
                let value = added.to(current, calendar).map_err(|mut problem| {
                    problem.message =
                        format!("`{}` of {}: {}", excerpt(&property.name), row.id, problem.message);
                    problem
                })?;
                match value {
                    Some(value) => {
                        values.insert(property.name.clone(), value);
                    }
                    None => *without += 1,
                }
            }
            values.retain(|name, wanted| {
                !row.properties.get(name).is_some_and(|current| same(wanted, current))
            });
            changes.push(Change { id: row.id.clone(), values });
        }
        for ((property, _), count) in self.added.iter().zip(without).filter(|(_, count)| *count > 0) {
            self.notes.push(format!("{count} rows have no `{}` to add to.", excerpt(&property.name)));
        }
        Ok(changes)
    }
}

/// Writes what differs, as long as there is time.
pub(super) fn run(call: &Call, mode: Mode, changes: Vec<Change>) -> Outcome {
    let (changes, same): (Vec<Change>, Vec<Change>) =
        changes.into_iter().partition(|change| !change.values.is_empty());
    let mut outcome = Outcome { unchanged: same.len(), ..Outcome::default() };
    let total = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    let mut left = changes.into_iter().peekable();
    let mut slowest = 0;
    while left.peek().is_some() && outcome.stopped.is_none() {
        let before = call.remaining_ms();
        if before < LEAST_TIME_MS.max(slowest * 2) {
            outcome.stopped = Some(Problem::limit_exceeded("The time of the call is nearly up."));
            break;
        }
        let chunk: Vec<Change> = left.by_ref().take(CHUNK).collect();
        let request = |change: &Change| {
            Request::patch(["v1", "pages", change.id.as_str()], json!({ "properties": change.values }))
                .query("filter_properties", "title")
        };
        let answers = call.notion().send_all(chunk.iter().map(request).collect());
        for (change, answer) in chunk.into_iter().zip(answers) {
            match answer {
                Ok(_) => outcome.changed += 1,
                // What was never sent is left to do.
                Err(problem) if is_spent(&problem) => {
                    outcome.left.push(change.id);
                    outcome.stopped.get_or_insert(problem);
                }
                Err(problem) => outcome.failed.push(Failure::of_row(change.id, problem)),
            }
        }
        slowest = slowest.max(before.saturating_sub(call.remaining_ms()));
        let done = u64::try_from(outcome.changed + outcome.failed.len()).unwrap_or(u64::MAX);
        if left.peek().is_some() && !call.progress(done, Some(total), None) {
            outcome
                .stopped
                .get_or_insert_with(|| Problem::cancelled("The caller has gone or asked to stop."));
        }
        if !outcome.failed.is_empty() && mode == Mode::StopOnError {
            break;
        }
    }
    outcome.left.extend(left.map(|change| change.id));
    outcome
}
