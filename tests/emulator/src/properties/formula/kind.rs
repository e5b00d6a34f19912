//! Types of formulas.

/// The type of a formula's result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Type {
    Number,
    Text,
    Boolean,
    Date,
    List,
    /// What Notion evaluates and the emulator doesn't.
    Unknown,
}

/// How deep formulas may use formulas.
pub(super) const MAX_DEPTH: usize = 10;
