//! JSON Schema: what a provider's schema may be, how it is published, and how values are checked against it.
//!
//! A plugin's schema is hostile input until it has passed `check` and its `cost` is counted; what clients see is the
//! flat form that `publish` makes of it, since clients refuse much of JSON Schema; values are validated against the
//! original. `prepare` does all of that once for a tool: first in the process that compiles the plugin, where a mistake
//! in here costs nothing but that process.

mod check;
mod cost;
#[cfg(test)]
mod counted;
mod explain;
mod graph;
mod invalid;
mod prepare;
mod publish;
mod slots;
mod validate;

pub use check::{check_input, check_text};
pub use cost::Estimate;
pub use invalid::{InvalidSchema, MAX_SCHEMA};
pub(crate) use prepare::Output;
pub use prepare::{PreparedTool, SchemaRefusal};
pub use publish::{flatten_input, flatten_output};
pub use slots::{AT_ONCE, CheckingSlots, MAX_STEPS};
pub use validate::Validator;

/// Longest description of a field that Actions accept, in characters (OpenAI, Actions in production).
pub const MAX_FIELD_DESCRIPTION: usize = 700;

/// Longest description of a tool that Actions accept, in characters (OpenAI, Actions in production).
pub const MAX_TOOL_DESCRIPTION: usize = 300;

/// The first `max` characters of a text, with an ellipsis when something was cut.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}
