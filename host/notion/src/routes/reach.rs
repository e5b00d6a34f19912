//! What of a workspace a route reaches.
//!
//! A token can be narrowed to parts of a workspace. Then a route is served by what stands here: there is no default, so that
//! a new route can't be added without it.

/// What of a workspace a route reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What belongs to the workspace or the connection as a whole and shows no page: people, emojis, a file that was uploaded.
    Workspace,
    /// The objects that its path, query and body name, and what its answer shows of others.
    Objects,
    /// Whatever the connection sees: its answer is a list out of all of it.
    Everything,
    /// Nobody has decided what of its answer may be seen, so nobody who is narrowed gets it.
    Undecided,
}
