//! Problems, as commands tell them.

use toolbay_kernel::Problem;

/// What happened, and what would help.
pub(in crate::command) fn said(problem: Problem) -> anyhow::Error {
    let hint = problem.hint.map(|hint| format!("\n{hint}")).unwrap_or_default();
    anyhow::anyhow!("{}{hint}", problem.message)
}
