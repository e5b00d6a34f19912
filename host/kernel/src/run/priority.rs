//! Who goes first.

/// Who goes first where a connection's requests have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Priority {
    /// Somebody waits for the answer.
    #[default]
    Interactive,
    /// Nobody does: it works in the background, with a share of the budget.
    Background,
}
