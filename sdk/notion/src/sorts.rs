//! Sorts of a query in the form that people and models write.

use serde_json::{Map, Value, json};

use super::filter::timestamp::named;
use super::json_text::{is_container, unwrapped};
use super::{ARRAY_LIMIT, Schema, names};
use crate::Error;

/// Turns sorts, plain or Notion's own, into the `sorts` of a query; an empty array when nothing is sorted.
///
/// A sort is `"Due"`, `"-Points"` or `"Points desc"` for descending, an object such as
/// `{"property": "Due", "direction": "descending"}`, or directions by name such as `{"Due": "desc"}`. The names
/// `created_time` and `last_edited_time` work without a property of that name. Several sorts are an array, first the one
/// that decides first.
///
/// # Errors
///
/// `InvalidInput` with the valid properties and directions.
pub fn normalise(schema: &Schema, given: &Value) -> Result<Value, Error> {
    let sorts = match &*meant(schema, given) {
        Value::Null => Vec::new(),
        Value::Array(sorts) => {
            sorts.iter().map(|sort| read(schema, sort)).collect::<Result<Vec<_>, _>>()?.concat()
        }
        single => read(schema, single)?,
    };
    if sorts.len() > ARRAY_LIMIT {
        return Err(Error::limit_exceeded(format!("Notion takes at most {ARRAY_LIMIT} sorts."))
            .hint("Leave out those that come last: they decide least."));
    }
    Ok(Value::Array(sorts))
}

/// What was sent as text, unless a property has that very name.
fn meant<'a>(schema: &Schema, given: &'a Value) -> std::borrow::Cow<'a, Value> {
    let is_name = given.as_str().is_some_and(|text| schema.find(text.trim()).is_ok());
    unwrapped(given, |value| !is_name && (is_container(value) || value.is_null()))
}

fn read(schema: &Schema, sort: &Value) -> Result<Vec<Value>, Error> {
    match &*meant(schema, sort) {
        Value::String(text) => Ok(vec![of_text(schema, text)?]),
        Value::Object(object) => of_object(schema, object),
        _ => Err(Error::invalid_input("A sort is neither a name nor an object.").hint(
            "Give names such as \"Due\" or \"-Points\", or {\"property\": \"Due\", \"direction\": \"descending\"}.",
        )),
    }
}

/// A name may start with a dash or end with such a word itself, so whole names come first.
fn of_text(schema: &Schema, text: &str) -> Result<Value, Error> {
    let text = text.trim();
    if let Ok(sort) = of_name(schema, text, "ascending") {
        return Ok(sort);
    }
    if let Some(name) = text.strip_prefix('-') {
        return of_name(schema, name, "descending");
    }
    if let Some(name) = text.strip_prefix('+') {
        return of_name(schema, name, "ascending");
    }
    if let Some((name, word)) = text.rsplit_once([' ', ':'])
        && let Ok(direction) = direction(word)
    {
        return of_name(schema, name, direction);
    }
    of_name(schema, text, "ascending")
}

fn of_object(schema: &Schema, object: &Map<String, Value>) -> Result<Vec<Value>, Error> {
    let name = ["property", "timestamp"].iter().find_map(|key| object.get(*key)?.as_str());
    if let Some(name) = name
        && let Some(other) =
            object.keys().find(|key| !["property", "timestamp", "direction"].contains(&key.as_str()))
    {
        return Err(Error::invalid_input(format!("`{}` is no part of a sort.", super::excerpt(other))).hint(
            format!("Give {{\"property\": \"{}\", \"direction\": \"descending\"}}.", super::excerpt(name)),
        ));
    }
    match name {
        Some(name) => {
            let direction = object.get("direction").map_or(Ok("ascending"), of_value)?;
            Ok(vec![of_name(schema, name, direction)?])
        }
        None if object.len() > 1 && object.contains_key("direction") && schema.find("direction").is_err() => {
            Err(Error::invalid_input("A sort names no property.").hint(format!(
                "Give {{\"property\": \"{}\", \"direction\": \"descending\"}}.",
                super::excerpt(named_otherwise(schema, object).unwrap_or("Due"))
            )))
        }
        None => object.iter().map(|(name, word)| of_name(schema, name, of_value(word)?)).collect(),
    }
}

/// The name beside a direction, under whatever key: `field`, `column`, `by`.
fn named_otherwise<'a>(schema: &Schema, object: &'a Map<String, Value>) -> Option<&'a str> {
    let others = object.iter().filter(|(key, _)| *key != "direction").filter_map(|(_, value)| value.as_str());
    others.clone().find(|name| schema.find(name).is_ok()).or(others.clone().next())
}

fn of_name(schema: &Schema, name: &str, direction: &str) -> Result<Value, Error> {
    match (schema.find(name.trim()), named(name)) {
        (Ok(property), _) => Ok(json!({ "property": property.name, "direction": direction })),
        (Err(_), Some(timestamp)) => Ok(json!({ "timestamp": timestamp, "direction": direction })),
        (Err(error), None) => Err(error),
    }
}

fn of_value(direction_word: &Value) -> Result<&'static str, Error> {
    direction(direction_word.as_str().unwrap_or_default())
}

fn direction(word: &str) -> Result<&'static str, Error> {
    match word.trim().to_ascii_lowercase().as_str() {
        "asc" | "ascending" => Ok("ascending"),
        "desc" | "descending" => Ok("descending"),
        other => names::find(other, &["ascending", "descending"], "direction"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorts(given: Value) -> Result<Value, Error> {
        let schema = Schema::of_data_source(&json!({ "properties": {
            "Due Date": { "type": "date", "date": {} }, "Points": { "type": "number", "number": {} },
            "-Odd": { "type": "number", "number": {} },
        } }));
        normalise(&schema.expect("a schema"), &given)
    }

    fn by(name: &str, direction: &str) -> Value {
        json!({ "property": name, "direction": direction })
    }

    #[test]
    fn each_form_of_a_sort_means_the_same() {
        let descending = json!([by("Points", "descending")]);
        for given in [
            json!("-points"),
            json!("Points desc"),
            json!(["-Points"]),
            json!({ "points": "DESC" }),
            json!([{ "property": "Points", "direction": "descending" }]),
        ] {
            assert_eq!(sorts(given.clone()).unwrap_or_else(|error| panic!("{given}: {error}")), descending);
        }
        assert_eq!(
            sorts(json!(["due_date", "-Odd", "-last_edited_time"])).expect("three"),
            json!([
                by("Due Date", "ascending"),
                by("-Odd", "ascending"),
                { "timestamp": "last_edited_time", "direction": "descending" },
            ])
        );
        assert_eq!(sorts(json!(null)).expect("none"), json!([]));
        let own = json!([{ "timestamp": "created_time", "direction": "ascending" }]);
        assert_eq!(sorts(own.clone()).expect("own"), own);
    }

    #[test]
    fn sorts_sent_as_text_are_sorts() {
        let descending = json!([by("Points", "descending")]);
        for given in [json!(["-Points"]), json!([{ "Points": "desc" }]), descending.clone()] {
            let once = json!(given.to_string());
            for text in [json!(once.to_string()), once] {
                assert_eq!(sorts(text.clone()).unwrap_or_else(|error| panic!("{text}: {error}")), descending);
            }
            let elements: Vec<String> =
                given.as_array().expect("sorts").iter().map(Value::to_string).collect();
            assert!(given[0].is_string() || sorts(json!(elements)).expect("elements") == descending);
        }
    }

    #[test]
    fn unknown_names_and_directions_are_refused_with_the_valid_ones() {
        for (given, hint) in [
            (json!("-Pointz"), "`Points`"),
            (json!({ "Points": "down" }), "`descending`"),
            (json!({ "property": "Points", "order": "desc" }), "direction"),
            (json!({ "field": "Points", "direction": "descending" }), "\"property\": \"Points\""),
            (json!([3]), "-Points"),
        ] {
            let error = sorts(given.clone()).expect_err(&given.to_string());
            assert!(error.hint.as_ref().is_some_and(|text| text.contains(hint)), "{error}");
        }
    }
}
