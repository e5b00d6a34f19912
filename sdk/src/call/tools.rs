//! Other tools of the catalog.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Problem;
use crate::host::{Host, Provider};

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

/// Other tools, called with this call's identity, limits and budget.
#[derive(Clone, Copy, Debug)]
pub struct Tools<'call> {
    host: &'call Provider,
}

impl<'call> Tools<'call> {
    pub(super) fn new(host: &'call Provider) -> Self {
        Self { host }
    }

    /// Calls a tool and reads its data.
    ///
    /// # Errors
    ///
    /// What the tool or the door says, and `failed` where the answer is not of this type.
    pub fn invoke<T: DeserializeOwned>(self, tool: &str, arguments: &impl Serialize) -> Result<T, Problem> {
        let value = self.host.invoke(Invocation::new(tool, arguments)?)?;
        serde_json::from_value(value).map_err(|error| {
            Problem::failed(format!("The answer of `{tool}` does not have the expected shape: {error}."))
        })
    }

    /// Calls independent tools side by side; answers keep their order.
    #[must_use]
    pub fn invoke_all(self, invocations: Vec<Invocation>) -> Vec<Result<Value, Problem>> {
        self.host.invoke_all(invocations)
    }

    /// Whether invocations would be refused, found without writing anything; answers keep their order.
    #[must_use]
    pub fn check_all(self, questions: Vec<Question>) -> Vec<Result<(), Refusal>> {
        self.host.check_all(questions)
    }
}
