//! Checking a value against a schema, and saying what is wrong with it.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{PatternOptions, ValidationError};
use serde_json::{Value, json};

use super::InvalidSchema;
use crate::nearest::nearest;
use crate::problem::{Code, Problem};

/// Most faults that one refusal lists.
const MOST_FAULTS: usize = 5;

/// A schema compiled for checking.
pub struct Validator(jsonschema::Validator);

impl Validator {
    /// Compiles a schema as JSON Schema 2020-12. References to other documents fail: nothing is fetched.
    ///
    /// # Errors
    ///
    /// When it is not a valid schema.
    pub fn new(schema: &Value) -> Result<Self, InvalidSchema> {
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            // A plugin's pattern must not be able to backtrack for ever: this engine can't.
            .with_pattern_options(PatternOptions::regex().size_limit(1 << 20))
            .build(schema)
            .map(Self)
            .map_err(|error| InvalidSchema::Invalid(error.masked().to_string().chars().take(300).collect()))
    }

    /// Whether the value is as the schema says.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.0.is_valid(value)
    }

    /// What is wrong with a value, as the refusal that its sender reads.
    #[must_use]
    pub fn explain(&self, value: &Value) -> Problem {
        let faults: Vec<Fault> =
            self.0.iter_errors(value).take(MOST_FAULTS).map(|error| fault(&error)).collect();
        refusal(&faults)
    }

    /// The same, where it isn't known yet what will stand at the `open` places (JSON pointers): none when nothing else is
    /// wrong.
    #[must_use]
    pub fn explain_around(&self, value: &Value, open: &[String]) -> Option<Problem> {
        let known = self.0.iter_errors(value).filter(|error| !is_about(error, open));
        let faults: Vec<Fault> = known.take(MOST_FAULTS).map(|error| fault(&error)).collect();
        (!faults.is_empty()).then(|| refusal(&faults))
    }
}

/// Whether an error is at or below one of the places, or of a choice that one of them may decide.
fn is_about(error: &ValidationError<'_>, places: &[String]) -> bool {
    let path = error.instance_path().to_string();
    let is_choice = matches!(error.kind().keyword(), "anyOf" | "oneOf" | "not" | "if" | "contains");
    places.iter().any(|place| is_within(&path, place) || is_choice && is_within(place, &path))
}

fn is_within(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn refusal(faults: &[Fault]) -> Problem {
    let message = faults.iter().map(|fault| fault.text.as_str()).collect::<Vec<_>>().join("; ");
    let hints: Vec<&str> = faults.iter().filter_map(|fault| fault.hint.as_deref()).collect();
    let details = faults.iter().map(|fault| json!({"path": fault.path, "keyword": fault.keyword})).collect();
    let mut problem = Problem::new(Code::InvalidInput, message).details(details);
    if !hints.is_empty() {
        problem = problem.hint(hints.join("; "));
    }
    problem
}

struct Fault {
    path: String,
    keyword: String,
    text: String,
    hint: Option<String>,
}

fn fault(error: &ValidationError<'_>) -> Fault {
    let path = error.instance_path().to_string();
    let name = if path.is_empty() { "the arguments".to_owned() } else { format!("`{}`", dotted(&path)) };
    let (text, hint) = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            (format!("`{}` is missing", dotted(&format!("{path}/{property}"))), None)
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let unknown: Vec<String> =
                unexpected.iter().take(3).map(|key| format!("`{}`", short(key))).collect();
            (format!("{name} can't have {}", unknown.join(", ")), None)
        }
        ValidationErrorKind::Enum { options } => {
            let choices: Vec<String> = options.as_array().into_iter().flatten().take(20).map(plain).collect();
            let near = error
                .instance()
                .as_str()
                .and_then(|given| nearest(given, choices.iter().map(String::as_str)));
            let hint = match near {
                Some(near) => format!("did you mean `{near}`? valid are: {}", choices.join(", ")),
                None => format!("valid are: {}", choices.join(", ")),
            };
            (format!("{name} can't be {}", short(&error.instance().to_string())), Some(hint))
        }
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(expected) => expected.to_string(),
                TypeKind::Multiple(several) => {
                    several.iter().map(|expected| expected.to_string()).collect::<Vec<_>>().join(" or ")
                }
            };
            (
                format!(
                    "{name} must be {}, not {}",
                    with_article(&expected),
                    short(&error.instance().to_string())
                ),
                None,
            )
        }
        _ => (format!("{name}: {}", short(&error.masked().to_string())), None),
    };
    Fault { path, keyword: error.kind().keyword().to_owned(), text, hint }
}

/// `/unique/value` as people write it: `unique.value`.
fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn short(text: &str) -> String {
    super::shorten(text, 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_where_what_and_the_nearest_choice() {
        let validator = Validator::new(&json!({
            "type": "object",
            "properties": {
                "unique": {"type": "object", "properties": {"value": {"type": "string"}}, "required": ["value"]},
                "method": {"enum": ["GET", "POST"]}
            },
            "required": ["unique"], "additionalProperties": false
        }))
        .unwrap();
        let explain = |value: Value| validator.explain(&value);
        assert_eq!(explain(json!({})).message, "`unique` is missing");
        assert_eq!(explain(json!({"unique": {}})).message, "`unique.value` is missing");
        assert_eq!(
            explain(json!({"unique": {"value": 1}})).message,
            "`unique.value` must be a string, not 1"
        );
        let problem = explain(json!({"unique": {"value": "x"}, "method": "PSOT"}));
        assert_eq!(problem.hint.as_deref(), Some("did you mean `POST`? valid are: GET, POST"));
        let problem = explain(json!({"unique": {"value": "x"}, "methd": "GET"}));
        assert_eq!(problem.message, "the arguments can't have `methd`");
    }

    #[test]
    fn nothing_is_fetched() {
        let schema = json!({"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:1/x.json"}}});
        assert!(Validator::new(&schema).is_err());
    }
}
