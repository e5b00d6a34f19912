//! The end of what a provider was told: what may be asked for again when its run is put off.
//!
//! A provider that was refused for this moment alone, and ended with that, is to ask again. One that went on and wrote
//! something else has coped with the refusal: asked for again, it would be carried out beside what stands for it. So what was
//! refused is forgotten only as long as nothing was written that was asked for after it, and what was asked for after it is
//! forgotten too, so that the provider may ask for something else then.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::journal::EntryOutcome;
use super::outcome::{is_passing, reopened};
use super::runs::Reopened;

/// What a provider was told last.
#[derive(Default)]
pub(super) struct Tail {
    end: Mutex<End>,
    has_headway: AtomicBool,
}

#[derive(Default)]
struct End {
    refused: Vec<Reopened>,
    /// Positions that were taken since.
    after: HashSet<String>,
}

impl Tail {
    /// The provider has taken a position.
    pub(super) fn taken(&self, position: &str) {
        let mut end = self.end.lock();
        if !end.refused.is_empty() {
            end.after.insert(position.to_owned());
        }
    }

    /// What is asked for at this position was or is about to be done, so that nothing before it is asked for again.
    pub(super) fn went_on(&self, position: &str) {
        let mut end = self.end.lock();
        if end.after.contains(position) {
            *end = End::default();
        }
    }

    /// The provider is told this for the first time.
    pub(super) fn came(&self, position: &str, outcome: &EntryOutcome) {
        // What is asked for again, with what was refused before it, is no headway.
        let is_asked_again = self.end.lock().after.contains(position);
        if !is_asked_again && !outcome.as_ref().is_err_and(|problem| is_passing(problem.code)) {
            self.has_headway.store(true, Ordering::Relaxed);
        }
        self.told(position, outcome);
    }

    /// The provider is told this.
    pub(super) fn told(&self, position: &str, outcome: &EntryOutcome) {
        self.end.lock().refused.extend(reopened(position, outcome));
    }

    /// Whether something came of this execution that stands.
    pub(super) fn has_headway(&self) -> bool {
        self.has_headway.load(Ordering::Relaxed)
    }

    /// What is asked for again.
    pub(super) fn take(&self) -> Vec<Reopened> {
        let End { mut refused, after } = std::mem::take(&mut *self.end.lock());
        let unrefused: Vec<String> = after
            .into_iter()
            .filter(|position| !refused.iter().any(|reopened| reopened.position == *position))
            .collect();
        refused.extend(unrefused.into_iter().map(|position| Reopened { position, is_sent: false }));
        refused
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::problem::{Code, Problem};

    fn limited() -> EntryOutcome {
        Err(Problem::new(Code::RateLimited, "wait"))
    }

    fn reopened(tail: &Tail) -> Vec<String> {
        let mut positions: Vec<String> = tail.take().into_iter().map(|reopened| reopened.position).collect();
        positions.sort();
        positions
    }

    #[test]
    fn what_was_refused_last_is_asked_for_again_with_what_followed() {
        let tail = Tail::default();
        for position in ["0", "1", "2"] {
            tail.taken(position);
        }
        tail.came("0", &Ok(json!({})));
        tail.came("1", &limited());
        // Taken before the refusal was told.
        tail.went_on("2");
        tail.came("2", &Ok(json!({})));
        tail.taken("3");
        tail.came("3", &Ok(json!({})));
        assert!(tail.has_headway());
        assert_eq!(reopened(&tail), ["1", "3"]);
    }

    #[test]
    fn a_refusal_that_the_provider_coped_with_by_writing_stays() {
        let tail = Tail::default();
        tail.taken("0");
        tail.came("0", &limited());
        tail.taken("1");
        tail.went_on("1");
        assert_eq!(reopened(&tail), [""; 0]);
        assert!(!tail.has_headway());
    }
}
