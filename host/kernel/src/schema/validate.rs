//! Checking a value against a schema, and saying what is wrong with it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::check::check_text;
use super::cost::{Cost, Estimate};
use super::explain::{Fault, MAX_TOLD, dotted, faults, is_within};
use super::invalid::InvalidSchema;
use super::shorten;
use crate::problem::{Code, Problem};

/// Bytes of a compiled pattern. An engine without backtracking takes time by the size of both, the pattern's and the
/// text's.
const PATTERN_BYTES: usize = 32 * 1024;

/// Bytes that a pattern's engine may keep to be fast, in each thread that uses it.
const PATTERN_CACHE_BYTES: usize = 128 * 1024;

/// Steps up to which the validator's own list of faults is asked for. It is no longer than the steps are many.
const EXPLAINABLE: u64 = 5_000;

/// Faults that are looked at for a `null` that isn't meant.
const MAX_NULLS: usize = 1_000;

/// A schema of known cost, compiled for checking. Cheap to clone.
#[derive(Clone)]
pub struct Validator(Arc<Compiled>);

struct Compiled {
    validator: jsonschema::Validator,
    schema: Value,
    cost: Cost,
}

impl Validator {
    /// Counts what a schema costs and compiles it as JSON Schema 2020-12. References to other documents fail: nothing is
    /// fetched.
    ///
    /// # Errors
    ///
    /// When it is not a valid schema, or one that could cost too much.
    pub fn new(schema: &Value) -> Result<Self, InvalidSchema> {
        check_text(schema)?;
        let cost = Cost::of(schema)?;
        let mut schema = schema.clone();
        // An address of its own would let its references mean other documents that the library knows.
        if let Value::Object(members) = &mut schema {
            members.remove("$id");
        }
        let patterns = jsonschema::PatternOptions::regex()
            // A plugin's pattern must not be able to backtrack for ever: this engine can't.
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_CACHE_BYTES);
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_pattern_options(patterns)
            .build(&schema)
            .map_err(|error| InvalidSchema::Invalid(shorten(&error.masked().to_string(), 300)))?;
        Ok(Self(Arc::new(Compiled { validator, schema, cost })))
    }

    /// What checking this value costs at most.
    #[must_use]
    pub fn estimate(&self, value: &Value) -> Estimate {
        self.0.cost.estimate(value)
    }

    /// Whether the value is as the schema says. Takes the time that [`Self::estimate`] tells.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.0.validator.is_valid(value)
    }

    /// The places of a value (JSON pointers) where the schema refuses a `null`; a thousand at most.
    #[must_use]
    pub fn refused_nulls(&self, value: &Value) -> Vec<String> {
        let faults = faults(&self.0.schema, value, &[], MAX_NULLS);
        let places = faults.into_iter().map(|fault| fault.path);
        places.filter(|place| value.pointer(place).is_some_and(Value::is_null)).collect()
    }

    /// What is wrong with a value that isn't accepted, as the refusal that its sender reads. Takes a bounded time.
    #[must_use]
    pub fn explain(&self, value: &Value) -> Problem {
        self.explain_around(value, &[]).unwrap_or_else(|| {
            Problem::new(Code::InvalidInput, "it isn't as the schema says; too large to say where")
                .hint("send a part of it, to hear what is wrong with it")
        })
    }

    /// The same, where it isn't known yet what will stand at the `open` places (JSON pointers): none when nothing else is
    /// known to be wrong.
    #[must_use]
    pub fn explain_around(&self, value: &Value, open: &[String]) -> Option<Problem> {
        let faults = faults(&self.0.schema, value, open, MAX_TOLD);
        if faults.is_empty() {
            return self.explain_otherwise(value, open);
        }
        let message = faults.iter().map(|fault| fault.text.as_str()).collect::<Vec<_>>().join("; ");
        let hints: Vec<String> = faults.iter().filter_map(Fault::hint).collect();
        let details =
            faults.iter().map(|fault| json!({"path": fault.path, "keyword": fault.keyword})).collect();
        let mut problem = Problem::new(Code::InvalidInput, message).details(details);
        if !hints.is_empty() {
            problem = problem.hint(hints.join("; "));
        }
        Some(problem)
    }

    /// The fault as the validator tells it: of a keyword that is rare. None where its list could be long.
    fn explain_otherwise(&self, value: &Value, open: &[String]) -> Option<Problem> {
        if self.estimate(value).steps > EXPLAINABLE {
            return None;
        }
        let error = self.0.validator.iter_errors(value).find(|error| !is_about(error, open))?;
        let path = error.instance_path().to_string();
        let name = if path.is_empty() { "the arguments".to_owned() } else { format!("`{}`", dotted(&path)) };
        let text = format!("{name}: {}", shorten(&error.masked().to_string(), 80));
        let details = vec![json!({"path": path, "keyword": error.kind().keyword()})];
        Some(Problem::new(Code::InvalidInput, text).details(details.into()))
    }
}

/// Whether an error is at or below one of the places, or of a choice that one of them may decide.
fn is_about(error: &jsonschema::ValidationError<'_>, places: &[String]) -> bool {
    let path = error.instance_path().to_string();
    let is_choice = matches!(error.kind().keyword(), "anyOf" | "oneOf" | "not" | "if" | "contains");
    places.iter().any(|place| is_within(&path, place) || is_choice && is_within(place, &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_fetched() {
        let schema = json!({"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:1/x.json"}}});
        assert!(Validator::new(&schema).is_err());
    }

    #[test]
    fn an_address_of_its_own_makes_a_schema_no_other_one() {
        // The library knows this address by itself, with references that nobody has counted.
        let schema = json!({"$id": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "integer"}}});
        let validator = Validator::new(&schema).unwrap();
        assert!(validator.accepts(&json!({"a": 1})) && !validator.accepts(&json!({"a": {}})));
    }

    #[test]
    fn a_pattern_that_is_small_and_grows_large_is_refused() {
        for pattern in ["(((a{1,50}){1,50}){1,50}){1,50}", "(?:\\p{L}{1,90}){1,90}", "(a+)+(?=b)"] {
            let schema =
                json!({"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}});
            assert!(matches!(Validator::new(&schema), Err(InvalidSchema::Invalid(_))), "{pattern}");
        }
        let honest =
            json!({"type": "object", "properties": {"a": {"pattern": "^[\\w.+-]+@[\\w-]+\\.[\\w.]+$"}}});
        assert!(Validator::new(&honest).is_ok());
    }
}
