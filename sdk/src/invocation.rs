//! One run of another tool, and whether it would be refused.

use serde::Serialize;
use serde_json::Value;

use crate::Problem;

/// One run of another tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The tool's name.
    pub tool: String,
    /// An object that fits the tool's schema.
    pub arguments: Value,
}

impl Invocation {
    /// A run of `tool` with these arguments.
    ///
    /// # Errors
    ///
    /// `failed` where the arguments are not JSON.
    pub fn new(tool: impl Into<String>, arguments: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { tool: tool.into(), arguments: serde_json::to_value(arguments)? })
    }
}

/// How far an invocation is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Whether the tool is there and allowed, and the arguments fit its schema.
    Arguments,
    /// That, and what the tool refuses before its first write. Nothing is written.
    FirstWrite,
}

/// Whether an invocation would be refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The invocation.
    pub invocation: Invocation,
    /// JSON pointers to places of the arguments that are not known yet. What stands there is not judged, and the tool is
    /// not run.
    pub open: Vec<String>,
    /// How far to check.
    pub extent: Extent,
}

/// Why an invocation would be refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What the door or the tool would say.
    pub problem: Problem,
    /// Whether anything was read before: if not, the refusal does not depend on how the world is.
    pub has_looked: bool,
}
