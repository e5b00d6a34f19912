//! `{"$ref": "ops.0.id"}`: a part of an earlier operation's result, inside the arguments of a later one.

use serde_json::Map;
use toolbay_sdk::notion::json_text;
use toolbay_sdk::prelude::*;

use crate::arguments::excerpt;

const MARK: &str = "$ref";

/// The operations that these arguments refer to.
///
/// # Errors
///
/// `invalid_input` for a reference that is malformed, or not to an operation before `own`.
pub(crate) fn targets(arguments: &Map<String, Value>, own: usize) -> Result<Vec<usize>, Problem> {
    let mut found = Vec::new();
    for value in arguments.values() {
        collect(value, own, &mut found)?;
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// How deep text that was made of arguments is looked into.
const DEEPEST: usize = 12;

/// The arguments with each text opened that is JSON with a reference in it: nobody writes that as words.
pub(crate) fn opened(arguments: &Value) -> Value {
    opened_to(arguments, DEEPEST)
}

fn opened_to(value: &Value, left: usize) -> Value {
    let Some(left) = left.checked_sub(1) else { return value.clone() };
    match value {
        Value::String(words) if words.contains(MARK) => {
            let meant = json_text::read(words).filter(json_text::is_container);
            meant.map(|meant| opened_to(&meant, left)).filter(has_good_one).unwrap_or_else(|| value.clone())
        }
        Value::Array(elements) => elements.iter().map(|element| opened_to(element, left)).collect(),
        Value::Object(members) => {
            let opened = members.iter().map(|(name, member)| (name.clone(), opened_to(member, left)));
            Value::Object(opened.collect())
        }
        other => other.clone(),
    }
}

fn has_good_one(value: &Value) -> bool {
    text(value).is_some_and(|text| parse(text).is_ok())
        || match value {
            Value::Array(elements) => elements.iter().any(has_good_one),
            Value::Object(members) => members.values().any(has_good_one),
            _ => false,
        }
}

/// JSON pointers to the references in these arguments.
pub(crate) fn places(arguments: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in arguments {
        collect_places(value, format!("/{}", escaped(name)), &mut found);
    }
    found
}

/// The operation whose id a reference stands for.
pub(crate) fn to_id(value: &Value) -> Option<usize> {
    let (number, path) = parse(text(value)?).ok()?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(path.as_slice(), ["id"] | ["result", "id"]).then_some(number)
}

fn collect_places(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        value if text(value).is_some() => found.push(place),
        Value::Array(elements) => {
            for (number, element) in elements.iter().enumerate() {
                collect_places(element, format!("{place}/{number}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                collect_places(member, format!("{place}/{}", escaped(name)), found);
            }
        }
        _ => {}
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// True when a reference is somewhere in the value.
pub(crate) fn is_in(value: &Value) -> bool {
    text(value).is_some()
        || match value {
            Value::Array(elements) => elements.iter().any(is_in),
            Value::Object(members) => members.values().any(is_in),
            _ => false,
        }
}

/// The arguments with each reference replaced by what it names.
///
/// # Errors
///
/// `invalid_input` when the result that is named has no such part.
pub(crate) fn filled<'a>(
    arguments: &Map<String, Value>,
    result: &impl Fn(usize) -> Option<&'a Value>,
) -> Result<Map<String, Value>, Problem> {
    arguments.iter().map(|(name, value)| Ok((name.clone(), fill(value, result)?))).collect()
}

fn collect(value: &Value, own: usize, found: &mut Vec<usize>) -> Result<(), Problem> {
    if let Some(text) = text(value) {
        let (target, _) = parse(text)?;
        if target >= own {
            return Err(Problem::invalid_input(format!(
                "`{}` is not an operation before this one.",
                excerpt(text)
            ))
            .hint(format!("This is ops.{own}; refer to one with a smaller number.")));
        }
        found.push(target);
        return Ok(());
    }
    match value {
        Value::Array(elements) => elements.iter().try_for_each(|element| collect(element, own, found)),
        Value::Object(members) => members.values().try_for_each(|member| collect(member, own, found)),
        _ => Ok(()),
    }
}

fn fill<'a>(value: &Value, result: &impl Fn(usize) -> Option<&'a Value>) -> Result<Value, Problem> {
    if let Some(text) = text(value) {
        let (target, path) = parse(text)?;
        let whole = result(target).ok_or_else(|| {
            Problem::invalid_input(format!("`{}` refers to an operation without a result.", excerpt(text)))
        })?;
        return at(whole, &path).cloned().ok_or_else(|| {
            let has = whole.as_object().map(|members| {
                members.keys().take(20).map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
            });
            Problem::invalid_input(format!(
                "`{}` names a part that the result of ops.{target} does not have.",
                excerpt(text)
            ))
            .hint(format!("It has: {}.", has.unwrap_or_else(|| "no members".to_owned())))
        });
    }
    Ok(match value {
        Value::Array(elements) => {
            Value::Array(elements.iter().map(|element| fill(element, result)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(filled(members, result)?),
        other => other.clone(),
    })
}

fn text(value: &Value) -> Option<&str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get(MARK)?.as_str()
}

/// `ops.0.id`, `ops[0].id` and `ops.0.result.id` are the same.
fn parse(text: &str) -> Result<(usize, Vec<String>), Problem> {
    let spelled = text.replace('[', ".").replace(']', "");
    let mut parts = spelled.trim().trim_start_matches("$.").split('.').filter(|part| !part.is_empty());
    let root = parts.next();
    let number = parts.next().and_then(|part| part.parse().ok());
    match (root, number) {
        (Some("ops" | "results"), Some(number)) => Ok((number, parts.map(str::to_owned).collect())),
        _ => Err(Problem::invalid_input(format!("`{}` is not a reference.", excerpt(text))).hint("Write {\"$ref\": \"ops.0.id\"}: the number of an earlier operation, then the path into its result.")),
    }
}

fn at<'a>(whole: &'a Value, path: &[String]) -> Option<&'a Value> {
    let step = |value: &'a Value, key: &String| match value {
        Value::Array(elements) => elements.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    };
    let found = path.iter().try_fold(whole, step);
    match path.split_first() {
        // As the answer of `bulk` shows it, each result stands in a member of that name.
        Some((first, rest)) if found.is_none() && first == "result" => rest.iter().try_fold(whole, step),
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn references_are_found_and_replaced_at_any_depth() {
        let given = arguments(json!({
            "a": { "$ref": "ops.0.id" }, "b": [{ "c": { "$ref": "ops[1].rows[0].id" } }, "ops.0.id"],
            "d": { "$ref": "ops.0.result.id" }, "e": { "$ref": "ops.0", "other": 1 },
        }));
        assert_eq!(targets(&given, 2).expect("earlier ones"), [0, 1]);
        assert_eq!(places(&given), ["/a", "/b/0/c", "/d"]);
        let results = [json!({ "id": "x" }), json!({ "rows": [{ "id": "y" }] })];
        let filled = filled(&given, &|index| results.get(index)).expect("all there");
        assert_eq!(
            Value::Object(filled),
            json!({ "a": "x", "b": [{ "c": "y" }, "ops.0.id"], "d": "x", "e": { "$ref": "ops.0", "other": 1 } })
        );
    }

    #[test]
    fn a_reference_in_json_that_came_as_text_is_one() {
        let meant = json!({ "a": { "b": [{ "$ref": "ops.0.id" }] }, "c": { "$ref": "ops.0.id" } });
        for place in ["/a", "/a/b", "/a/b/0", "/c"] {
            let mut given = meant.clone();
            for _ in 0..2 {
                let slot = given.pointer_mut(place).expect("a place");
                *slot = json!(slot.to_string());
                assert_eq!(opened(&given), meant, "{given}");
            }
        }
        let words =
            json!({ "text": "{\"$ref\": \"#/definitions/a\"}", "more": "see {\"$ref\": \"ops.0.id\"}" });
        assert_eq!(opened(&words), words);
    }

    #[test]
    fn a_reference_forward_to_itself_or_to_nothing_is_refused() {
        for text in ["ops.2.id", "ops.3", "id", "ops.x.id", "ops"] {
            assert!(targets(&arguments(json!({ "a": [{ "$ref": text }] })), 2).is_err(), "{text}");
        }
        let result = json!({ "id": "x", "action": "created" });
        let problem = filled(&arguments(json!({ "a": { "$ref": "ops.0.url" } })), &|_| Some(&result));
        assert_eq!(problem.expect_err("no url").hint.as_deref(), Some("It has: `id`, `action`."));
    }
}
