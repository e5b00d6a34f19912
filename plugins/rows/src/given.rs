//! An operation of `bulk` as callers write it.

use serde_json::Map;
use toolbay_sdk::prelude::*;

use crate::arguments::{excerpt, opened};
use crate::reference;

/// The names of a member, the right one first: others are what models write for it.
const OP: [&str; 3] = ["op", "tool", "name"];
const ARGS: [&str; 5] = ["args", "arguments", "input", "params", "parameters"];

/// The right form, for hints.
const FORM: &str =
    "Write {\"op\": \"create_page\", \"args\": {..}}: the tool's name, and its arguments in `args`.";

/// A tool and its arguments.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) op: String,
    pub(crate) args: Map<String, Value>,
}

impl Given {
    /// Reads `{"op", "args"}`, also as JSON text and with the names that other protocols have for these.
    ///
    /// # Errors
    ///
    /// `invalid_input` with the right form, for members that are none of these, or given twice.
    pub(crate) fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Object(mut members) = opened(value) else {
            return Err(Problem::invalid_input("The operation is not an object.").hint(FORM));
        };
        let op = taken(&mut members, &OP)?;
        let args = taken(&mut members, &ARGS)?;
        if let Some(unknown) = members.keys().next() {
            let unknown = excerpt(unknown);
            return Err(Problem::invalid_input(format!("An operation has no member `{unknown}`.")).hint(FORM));
        }
        let op = match op {
            Some(Value::String(op)) if !op.trim().is_empty() => op,
            _ => return Err(Problem::invalid_input("The operation names no tool.").hint(FORM)),
        };
        match args.map_or(Value::Null, |args| reference::opened(&opened(&args))) {
            Value::Object(args) => Ok(Self { op, args }),
            Value::Null => Ok(Self { op, args: Map::new() }),
            _ => Err(Problem::invalid_input("The `args` of the operation are not an object.").hint(FORM)),
        }
    }

    /// What the operation is called, also where it can't be read: for its result.
    pub(crate) fn name(value: &Value) -> String {
        let opened = opened(value);
        let name = OP.iter().find_map(|name| opened.get(*name)?.as_str());
        excerpt(name.unwrap_or_default())
    }
}

/// Takes out the member that has one of these names.
fn taken(members: &mut Map<String, Value>, names: &[&str]) -> Result<Option<Value>, Problem> {
    let mut found: Option<Value> = None;
    for name in names {
        let Some(value) = members.shift_remove(*name) else { continue };
        if found.is_some() {
            let main = names.first().copied().unwrap_or_default();
            return Err(
                Problem::invalid_input(format!("`{main}` is given twice, once as `{name}`.")).hint(FORM)
            );
        }
        found = Some(value);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_write_an_operation_means_the_same() {
        for given in [
            json!({ "op": "search", "args": { "query": "x" } }),
            json!({ "tool": "search", "arguments": { "query": "x" } }),
            json!({ "name": "search", "input": { "query": "x" } }),
            json!({ "op": "search", "args": "{\"query\": \"x\"}" }),
            json!("{\"op\": \"search\", \"params\": {\"query\": \"x\"}}"),
            json!(json!("{\"op\": \"search\", \"params\": {\"query\": \"x\"}}").to_string()),
        ] {
            let read = Given::read(&given).expect("an operation");
            assert_eq!((read.op.as_str(), Value::Object(read.args)), ("search", json!({ "query": "x" })));
            assert_eq!(Given::name(&given), "search");
        }
        assert!(Given::read(&json!({ "op": "search" })).expect("no arguments").args.is_empty());
    }

    #[test]
    fn what_is_no_operation_is_refused_with_the_right_form() {
        for given in [
            json!("search"),
            json!(["search", {}]),
            json!({ "args": {} }),
            json!({ "op": "" }),
            json!({ "op": "search", "query": "x" }),
            json!({ "op": "search", "args": {}, "arguments": {} }),
            json!({ "op": "search", "args": [] }),
        ] {
            let problem = Given::read(&given).expect_err("refused");
            assert!(problem.hint.is_some_and(|hint| hint.contains("\"args\"")), "{given}");
        }
    }
}
