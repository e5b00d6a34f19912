//! What a tool is: its name, its schema, what it says of itself, and what runs it.

use std::pin::Pin;

use serde_json::{Value, json};

use super::work::Work;
use crate::errors::{Refusal, invalid};

/// What a tool will answer.
pub(super) type Outcome<'a> = Pin<Box<dyn Future<Output = Result<Value, Refusal>> + Send + 'a>>;

/// The most faults of arguments that one refusal names.
const MAX_FAULTS: usize = 5;

/// The strongest thing that a tool does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Strength {
    Reads,
    /// Adds, or changes what can be changed back.
    Writes,
    /// Changes or removes what was there.
    Destroys,
}

/// A tool.
pub(in crate::hosted) struct Tool {
    pub(in crate::hosted) name: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) strength: Strength,
    /// Whether it works in steps that a client can hear of.
    pub(in crate::hosted) has_steps: bool,
    /// The schema of its arguments: an object without members beside the named ones.
    pub(super) schema: Value,
    pub(super) run: for<'a> fn(&'a Work, &'a Value) -> Outcome<'a>,
}

impl Tool {
    /// The tool as `tools/list` has it.
    pub(in crate::hosted) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.schema,
            "annotations": {
                "title": self.title,
                "readOnlyHint": self.strength == Strength::Reads,
                "destructiveHint": self.strength == Strength::Destroys,
                "idempotentHint": self.strength == Strength::Reads,
                "openWorldHint": false,
            },
        })
    }

    /// Refuses arguments that don't fit the schema, which is published and checked by alike.
    pub(in crate::hosted) fn check(&self, arguments: &Value) -> Result<(), Refusal> {
        let schema = jsonschema::validator_for(&self.schema)
            .map_err(|error| Refusal::new(500, "internal_server_error", error.to_string()))?;
        let faults: Vec<String> = schema
            .iter_errors(arguments)
            .take(MAX_FAULTS)
            .map(|error| format!("arguments{}: {error}", error.instance_path()))
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(invalid(faults.join("; "))) }
    }

    pub(in crate::hosted) async fn run(&self, work: &Work, arguments: &Value) -> Result<Value, Refusal> {
        (self.run)(work, arguments).await
    }
}

/// A schema of arguments.
pub(super) fn arguments(required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
