//! What Notion's refusals of a block or page mean.

use toolbay_sdk::prelude::*;

/// Says what would help where something is in the trash.
pub(crate) fn explained(problem: Problem) -> Problem {
    let message = problem.message.to_lowercase();
    let is_of_trash = message.contains("archived") || message.contains("in trash");
    if !is_of_trash || status(&problem) != Some(400) {
        return problem;
    }
    let own = problem.hint.clone().map(|hint| format!(" {hint}")).unwrap_or_default();
    problem.hint(format!("The block or what it is in is in the trash: restore that with the tool `trash` and `restore: true`.{own}"))
}

/// The status that Notion answered with.
pub(crate) fn status(problem: &Problem) -> Option<u64> {
    problem.details.as_ref()?.pointer("/notion/status")?.as_u64()
}
