//! What a run has done, by its journal.

use super::journal::{Entry, EntryOutcome, Journal, RecordedWrite};
use crate::effects::{Done, WriteName};
use crate::id::RunId;
use crate::ports::StoreError;
use crate::problem::Code;
use crate::request::Response;

/// Writes that are read of a journal at once.
const WRITES_AT_ONCE: u32 = 500;

/// What a run has done, by its journal and by entries that are to be recorded in it.
pub(crate) async fn done_by<J: Journal + ?Sized>(
    journal: &J,
    run: RunId,
    known: &[Entry],
) -> Result<Done, StoreError> {
    let mut done = Done::default();
    let mut after: Option<String> = None;
    loop {
        let writes = journal.writes(run, after.as_deref(), WRITES_AT_ONCE).await?;
        let Some(last) = writes.last() else { return Ok(done) };
        after = Some(last.position.clone());
        for RecordedWrite { position, write, outcome } in writes {
            let known = known.iter().find(|entry| entry.position == position);
            add(&mut done, write, known.map_or(outcome, |known| known.outcome.clone()));
        }
    }
}

/// Adds a write as a journal has it.
fn add(done: &mut Done, write: WriteName, outcome: Option<EntryOutcome>) {
    match outcome {
        Some(Ok(told)) => {
            let answer = Response::of_journal(told).ok();
            let id = answer.as_ref().and_then(|answer| answer.body.get("id")?.as_str());
            done.add_carried_out(write, id.into_iter());
        }
        Some(Err(problem)) if problem.code != Code::OutcomeUnknown => {}
        Some(Err(_)) | None => done.add_unknown(write, std::iter::empty()),
    }
}
