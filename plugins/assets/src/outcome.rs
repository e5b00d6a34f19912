//! What came of a write.

use toolbay_sdk::prelude::*;

/// What an answer to a write means that doesn't show what was written.
pub(crate) fn unknown() -> Problem {
    Problem::outcome_unknown("Notion took the write, but its answer does not show what was written.")
        .hint("Look whether it is there before you attach it again.")
}
