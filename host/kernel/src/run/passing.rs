//! What a run was told that holds for its moment alone, or whose outcome isn't known: whoever goes on with the run asks for it again.
//!
//! A provider that was refused and then asked for the same itself has what it wanted. Asked for again, what was refused would be
//! carried out beside it.

use parking_lot::Mutex;

use super::journal::EntryOutcome;
use super::outcome::reopened;
use super::runs::Reopened;

/// What is asked for again, each with the digest of what it is.
#[derive(Default)]
pub(super) struct Passing(Mutex<Vec<(String, Reopened)>>);

impl Passing {
    /// The provider is told this at a position.
    pub(super) fn told(&self, position: &str, digest: &str, outcome: &EntryOutcome) {
        let mut passing = self.0.lock();
        match reopened(position, outcome) {
            Some(open) => {
                if open.is_sent {
                    forget(&mut passing, digest);
                }
                passing.push((digest.to_owned(), open));
            }
            None => forget(&mut passing, digest),
        }
    }

    /// What is asked for again.
    pub(super) fn take(&self) -> Vec<Reopened> {
        std::mem::take(&mut *self.0.lock()).into_iter().map(|(_, open)| open).collect()
    }
}

/// The same was done, or may have been, after it had been refused.
fn forget(passing: &mut Vec<(String, Reopened)>, digest: &str) {
    passing.retain(|(known, _)| known != digest);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::problem::{Code, Problem};

    fn refused(code: Code) -> EntryOutcome {
        Err(Problem::new(code, "why"))
    }

    fn asked_again(told: &[(&str, &str, EntryOutcome)]) -> Vec<String> {
        let passing = Passing::default();
        for (position, digest, outcome) in told {
            passing.told(position, digest, outcome);
        }
        passing.take().into_iter().map(|open| open.position).collect()
    }

    #[test]
    fn what_was_refused_for_the_moment_is_asked_for_again() {
        let told = [
            ("0", "a", Ok(json!({}))),
            ("1", "b", refused(Code::RateLimited)),
            ("2", "c", refused(Code::NotFound)),
            ("3", "d", refused(Code::OutcomeUnknown)),
            ("4", "b", refused(Code::Conflict)),
        ];
        assert_eq!(asked_again(&told), ["1", "3", "4"]);
    }

    #[test]
    fn what_the_provider_asked_for_again_by_itself_is_not() {
        let conflict = || ("1", "b", refused(Code::Conflict));
        assert_eq!(asked_again(&[conflict(), ("2", "b", Ok(json!({})))]), [""; 0]);
        assert_eq!(asked_again(&[conflict(), ("2", "b", refused(Code::NotFound))]), [""; 0]);
        // It may have been done.
        assert_eq!(asked_again(&[conflict(), ("2", "b", refused(Code::OutcomeUnknown))]), ["2"]);
    }
}
