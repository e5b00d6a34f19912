//! What a statement does, read from its text.
//!
//! The text is taken apart as its engine does it (`tokens`), and judged by its first word and by every word that commands something
//! (`kind`). What isn't known isn't carried out. The engines hold the outcome to it once more: SQLite by what it is asked to authorise,
//! PostgreSQL by a transaction that can't write; so a mistake here makes a read that fails, and no write that nobody saw.

mod functions;
mod kind;
#[cfg(test)]
mod tests;
mod tokens;

pub(crate) use kind::{Kind, read};
