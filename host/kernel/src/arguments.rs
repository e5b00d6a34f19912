//! Arguments at the door: the host's own are taken out, and what models are known to get wrong is repaired.
//!
//! A repair happens only when the arguments are not valid as they are, and only where one reading is possible: an
//! object, array, number or boolean that was sent as its JSON text, one object or text in the place of a list of them, an
//! id that was sent as a URL or without dashes, and a `null` for a field that may be absent and can't be `null`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::chosen::Called;
use crate::json;
use crate::limits::Limits;
use crate::problem::{Code, Problem};
pub use crate::reserved::{CONNECTION_ID, IDEMPOTENCY_KEY, RESERVED};
use crate::run::IdempotencyKey;
use crate::schema::Validator;

/// What the host took out of the arguments before the tool sees them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reserved {
    /// The connection that the caller chose.
    pub connection: Option<Called>,
    /// The key under which the call is carried out once.
    pub key: Option<IdempotencyKey>,
}

/// The published schema of `connection_id`.
#[must_use]
pub fn connection_id_schema() -> Value {
    json!({
        "type": "string",
        "description": "The Notion connection to work on, by id or name. Needed only where no id that is given tells it."
    })
}

/// The published schema of `idempotency_key`.
#[must_use]
pub fn idempotency_key_schema() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "description": "A UUID for this wish: the same call under it again is carried out once."
    })
}

/// Parses arguments that came as JSON text, checks their bounds and takes the host's own out.
///
/// # Errors
///
/// `invalid_input` when they are not an object or one of the host's own is wrong, `limit_exceeded` when they are too
/// large or too deep.
pub fn take(arguments: Value, limits: &Limits) -> Result<(Map<String, Value>, Reserved), Problem> {
    let mut arguments = match arguments {
        Value::Object(members) => members,
        Value::Null => Map::new(),
        // Some clients send the whole of the arguments as one string.
        Value::String(text) => match unquoted(&text) {
            Some(Value::Object(members)) => members,
            _ => return Err(not_an_object()),
        },
        _ => return Err(not_an_object()),
    };
    check_bounds(&arguments, limits)?;
    let connection = match arguments.remove(CONNECTION_ID) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.parse()?),
        Some(_) => return Err(Problem::new(Code::InvalidInput, "`connection_id` must be a string")),
    };
    let key = match arguments.remove(IDEMPOTENCY_KEY) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.parse()?),
        Some(_) => return Err(Problem::new(Code::InvalidInput, "`idempotency_key` must be a string")),
    };
    if arguments.contains_key("preview") {
        return Err(Problem::new(Code::InvalidInput, "this version does not offer `preview`")
            .hint("leave it out; nothing was done"));
    }
    Ok((arguments, Reserved { connection, key }))
}

fn not_an_object() -> Problem {
    Problem::new(Code::InvalidInput, "the arguments must be an object").hint("send a JSON object, such as {}")
}

fn check_bounds(arguments: &Map<String, Value>, limits: &Limits) -> Result<(), Problem> {
    let mut bytes = limits.argument_bytes;
    if arguments.iter().all(|(name, value)| fits(name.len(), value, limits.argument_depth, &mut bytes)) {
        return Ok(());
    }
    let message = format!(
        "the arguments may have {} KiB and {} levels of nesting",
        limits.argument_bytes / 1024,
        limits.argument_depth
    );
    Err(Problem::new(Code::LimitExceeded, message).hint("split the work over several calls"))
}

/// Whether a value stays within the levels and the bytes that are left; counts without writing the JSON.
fn fits(name: usize, value: &Value, levels: usize, bytes: &mut usize) -> bool {
    let Some(levels) = levels.checked_sub(1) else { return false };
    let own = match value {
        Value::String(text) => text.len() + 2,
        _ => 1,
    };
    let Some(left) = bytes.checked_sub(own + name + 1) else { return false };
    *bytes = left;
    match value {
        Value::Array(items) => items.iter().all(|item| fits(0, item, levels, bytes)),
        Value::Object(members) => {
            members.iter().all(|(name, member)| fits(name.len() + 2, member, levels, bytes))
        }
        _ => true,
    }
}

/// Writes whole floats as integers where an integer is expected: JSON Schema takes `1.0` for one, most programs don't.
pub fn settle_integers(arguments: &mut Map<String, Value>, schema: &Map<String, Value>) {
    let Some(Value::Object(properties)) = schema.get("properties") else { return };
    for (name, value) in arguments {
        if let Some(Value::Object(property)) = properties.get(name) {
            settle_integer(value, property);
        }
    }
}

fn settle_integer(value: &mut Value, schema: &Map<String, Value>) {
    /// The largest float below which every whole number is exact: 2 to the power of 53.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number)
            if number.is_f64() && schema.get("type").is_some_and(|kind| kind == "integer") =>
        {
            if let Some(whole) = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)
            {
                #[expect(clippy::cast_possible_truncation, reason = "whole and within the exact range")]
                let whole = whole as i64;
                *value = whole.into();
            }
        }
        Value::Object(members) => settle_integers(members, schema),
        Value::Array(items) => {
            if let Some(Value::Object(item_schema)) = schema.get("items") {
                items.iter_mut().for_each(|item| settle_integer(item, item_schema));
            }
        }
        _ => {}
    }
}

/// The arguments of a tool in words, for hints: `message (string, required), repeat (integer)`.
#[must_use]
pub fn listed(schema: &Map<String, Value>) -> String {
    const MAX: usize = 20;
    let required = schema.get("required").and_then(Value::as_array);
    let Some(Value::Object(properties)) = schema.get("properties") else { return "nothing".to_owned() };
    let listed: Vec<String> = properties
        .iter()
        .take(MAX)
        .map(|(name, property)| {
            let kind = property.get("type").and_then(Value::as_str).unwrap_or("anything");
            let is_required = required.is_some_and(|required| required.iter().any(|needed| needed == name));
            format!("{name} ({kind}{})", if is_required { ", required" } else { "" })
        })
        .collect();
    if listed.is_empty() { "no arguments".to_owned() } else { listed.join(", ") }
}

/// Repairs arguments in place, guided by the flat schema; then the `null`s that the tool's own schema refuses go. One that
/// it takes means something, such as to remove an icon.
pub fn repair(arguments: &mut Value, schema: &Map<String, Value>, validator: &Validator) {
    if let Value::Object(members) = arguments {
        repair_members(members, schema);
    }
    if !validator.accepts(arguments) {
        for place in validator.refused_nulls(arguments) {
            remove(arguments, &place);
        }
    }
}

/// Removes a member of an object; an item of an array stays.
fn remove(value: &mut Value, place: &str) {
    if let Some((parent, name)) = place.rsplit_once('/')
        && let Some(Value::Object(members)) = value.pointer_mut(parent)
    {
        members.remove(&name.replace("~1", "/").replace("~0", "~"));
    }
}

fn repair_members(arguments: &mut Map<String, Value>, schema: &Map<String, Value>) {
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    for (name, value) in arguments {
        if let Some(Value::Object(property)) =
            properties.get(name).or_else(|| schema.get("additionalProperties"))
        {
            repair_value(value, property);
        }
    }
}

fn repair_value(value: &mut Value, schema: &Map<String, Value>) {
    let expected = schema.get("type").and_then(Value::as_str);
    if let Value::String(text) = value
        && let Some(repaired) = reread(text, expected, schema)
    {
        *value = repaired;
    }
    if expected == Some("array") && value.is_object() && may_hold(schema, "object") {
        *value = Value::Array(vec![value.take()]);
    }
    match value {
        Value::Object(members) => repair_members(members, schema),
        Value::Array(items) => {
            if let Some(Value::Object(item_schema)) = schema.get("items") {
                items.iter_mut().for_each(|item| repair_value(item, item_schema));
            }
        }
        _ => {}
    }
}

/// The value that a text was meant to be, when the schema expects something else than this text.
fn reread(text: &str, expected: Option<&str>, schema: &Map<String, Value>) -> Option<Value> {
    match expected? {
        "string" if schema.get("format").and_then(Value::as_str) == Some("uuid") => {
            id_in(text).map(|id| Value::String(id.to_string()))
        }
        // A choice has no member in quotes, so one that was quoted once more is the member.
        "string" => {
            let choices = schema.get("enum").and_then(Value::as_array)?;
            if choices.iter().any(|choice| choice == text) {
                return None;
            }
            layers(text).find(|value| choices.contains(value))
        }
        "array" => unquoted(text).filter(Value::is_array).or_else(|| alone(text, schema)),
        kind => {
            let value = unquoted(text)?;
            let is_meant = match kind {
                "object" => value.is_object(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                "boolean" => value.is_boolean(),
                _ => false,
            };
            is_meant.then_some(value)
        }
    }
}

/// A list of the one text that was given in its place, where a list may hold texts.
fn alone(text: &str, schema: &Map<String, Value>) -> Option<Value> {
    let is_text = !text.trim().is_empty() && !text.trim_start().starts_with(['[', '{', '"']);
    (is_text && may_hold(schema, "string")).then(|| json!([text]))
}

/// Whether a list of this schema may hold such items.
fn may_hold(schema: &Map<String, Value>, kind: &str) -> bool {
    schema.get("items").and_then(|items| items.get("type")).is_none_or(|items| items == kind)
}

/// What a text says in JSON, also where that was turned into text several times, unless that is again a text: just what
/// plugins read by their library where a schema leaves the type open.
fn unquoted(text: &str) -> Option<Value> {
    layers(text).find(|value| !value.is_string())
}

/// What a text says in JSON, and what that says while it is again a text.
fn layers(text: &str) -> impl Iterator<Item = Value> {
    const MAX_LAYERS: usize = 4;
    let read = |text: &str| json::parse(text.trim().as_bytes()).ok();
    std::iter::successors(read(text), move |value| value.as_str().and_then(read)).take(MAX_LAYERS)
}

/// The id at the end of a URL's path, or in a text without dashes. A URL that may name another object too, such as a row
/// that is open above its database, has no one reading.
fn id_in(text: &str) -> Option<Uuid> {
    let mut parts = text.trim().split(['?', '&', '#']);
    let path = parts.next()?;
    let names_more = |part: &str| {
        let value = part.split_once('=').map_or(part, |(_, value)| value);
        value.bytes().filter(u8::is_ascii_hexdigit).count() >= 32
    };
    if parts.any(names_more) {
        return None;
    }
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    last.parse().ok().or_else(|| {
        let start = last.len().checked_sub(32)?;
        last.get(start..)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(schema: Value, arguments: Value) -> Value {
        let validator = Validator::new(&schema).unwrap();
        let (Value::Object(schema), mut arguments) = (schema, arguments) else { panic!() };
        repair(&mut arguments, &schema, &validator);
        arguments
    }

    #[test]
    fn a_null_that_means_something_stays_whatever_else_is_repaired() {
        let schema = json!({"type": "object", "properties": {
            "icon": {}, "title": {"type": ["string", "null"]}, "cover": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "cursor": {"type": "string"}, "limit": {"type": "integer"},
            "inner": {"type": "object", "properties": {"a": {"type": "null"}, "b/c": {"type": "string"}}}}});
        let given = json!({"icon": null, "title": null, "cover": null, "cursor": null, "limit": "1",
            "inner": {"a": null, "b/c": null}});
        assert_eq!(
            repaired(schema, given),
            json!({"icon": null, "title": null, "cover": null, "limit": 1, "inner": {"a": null}})
        );
    }

    #[test]
    fn what_models_get_wrong_is_repaired() {
        let schema = json!({"type": "object", "required": ["body"], "properties": {
            "body": {"type": "object", "properties": {"deep": {"type": "array", "items": {"type": "integer"}}}},
            "limit": {"type": "integer"}, "ratio": {"type": "number"}, "really": {"type": "boolean"},
            "name": {"type": "string"}, "page": {"type": "string", "format": "uuid"}, "cursor": {"type": "string"}
        }});
        let undashed = "https://www.notion.so/team/Plan-0123456789abcdef0123456789abcdef?v=1#x";
        assert_eq!(
            repaired(
                schema,
                json!({"body": "{\"deep\": \"[1, 2]\"}", "limit": "12", "ratio": " 1.5", "really": "true",
                    "name": "12", "page": undashed, "cursor": null})
            ),
            json!({"body": {"deep": [1, 2]}, "limit": 12, "ratio": 1.5, "really": true,
                "name": "12", "page": "01234567-89ab-cdef-0123-456789abcdef"})
        );
    }

    #[test]
    fn one_item_in_the_place_of_a_list_is_a_list_of_it() {
        let schema = json!({"type": "object", "properties": {
            "sorts": {"type": "array", "items": {}}, "names": {"type": "array", "items": {"type": "string"}},
            "counts": {"type": "array", "items": {"type": "integer"}}}});
        assert_eq!(
            repaired(schema.clone(), json!({"sorts": "-Due", "names": "Name", "counts": "many"})),
            json!({"sorts": ["-Due"], "names": ["Name"], "counts": "many"})
        );
        assert_eq!(
            repaired(schema, json!({"sorts": {"Due": "desc"}, "names": {"a": 1}, "counts": "{\"a\": 1}"})),
            json!({"sorts": [{"Due": "desc"}], "names": {"a": 1}, "counts": "{\"a\": 1}"})
        );
    }

    #[test]
    fn a_url_that_names_two_objects_is_left_to_the_tool() {
        let schema = json!({"type": "object", "properties": {"page": {"type": "string", "format": "uuid"}}});
        let (row, block) = ("11111111111111111111111111111111", "22222222-2222-2222-2222-222222222222");
        for rest in [format!("?v={row}&p={row}"), format!("?pvs=4&p={row}"), format!("#{block}")] {
            let given =
                json!({"page": format!("https://www.notion.so/Plan-0123456789abcdef0123456789abcdef{rest}")});
            assert_eq!(repaired(schema.clone(), given.clone()), given);
        }
    }

    #[test]
    fn json_sent_as_text_once_or_more_is_read_at_every_depth() {
        let schema = json!({"type": "object", "properties": {
            "list": {"type": "array", "items": {"type": "object", "properties": {
                "limit": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}}}},
            "named": {"type": "object", "additionalProperties": {"type": "object", "properties": {
                "really": {"type": "boolean"}}}},
            "detail": {"type": "string", "enum": ["compact", "full"]}, "words": {"type": "string"},
        }});
        let plain = json!({"list": [{"limit": 3, "tags": ["a", "[1]"]}], "named": {"x": {"really": true}},
            "detail": "full", "words": "{\"a\": 1}"});
        for pointer in
            ["/list", "/list/0", "/list/0/limit", "/list/0/tags", "/named", "/named/x", "/named/x/really"]
        {
            let mut given = plain.clone();
            for _ in 0..3 {
                let place = given.pointer_mut(pointer).unwrap();
                *place = Value::String(place.to_string());
                assert_eq!(repaired(schema.clone(), given.clone()), plain, "{pointer}");
            }
        }
        let mut quoted = plain.clone();
        for _ in 0..3 {
            quoted["detail"] = json!(quoted["detail"].to_string());
            assert_eq!(repaired(schema.clone(), quoted.clone()), plain);
        }
        let whole = Value::String(Value::String("{\"a\": 1}".to_owned()).to_string());
        assert_eq!(take(whole, &Limits::default()).unwrap().0.len(), 1);
    }

    #[test]
    fn a_text_is_unquoted_at_most_four_times_and_only_to_what_is_no_text() {
        let value = json!({"a": [1]});
        let mut text = value.to_string();
        for _ in 0..4 {
            assert_eq!(unquoted(&text).as_ref(), Some(&value), "{text}");
            text = json!(text).to_string();
        }
        for stays in [text.as_str(), "", "a", "\"a\"", "{", "[1] and more"] {
            assert_eq!(unquoted(stays), None, "{stays}");
        }
    }

    #[test]
    fn whole_floats_are_integers_where_those_are_expected() {
        let schema = json!({"type": "object", "properties": {
            "n": {"type": "integer"}, "f": {"type": "number"},
            "list": {"type": "array", "items": {"type": "integer"}}}});
        let (Value::Object(schema), Value::Object(mut arguments)) =
            (schema, json!({"n": -132.0, "f": 1.0, "list": [1.0, 1.5, 1e300]}))
        else {
            panic!()
        };
        settle_integers(&mut arguments, &schema);
        assert_eq!(Value::Object(arguments).to_string(), r#"{"n":-132,"f":1.0,"list":[1,1.5,1e+300]}"#);
        assert_eq!(listed(&schema), "n (integer), f (number), list (array)");
    }

    #[test]
    fn what_has_two_readings_is_left_alone() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "object", "properties": {}}, "n": {"type": "integer"}, "any": {}}});
        let given = json!({"a": "[1]", "n": "1.5", "any": "{}", "other": "1"});
        assert_eq!(repaired(schema.clone(), given.clone()), given);
        assert_eq!(repaired(schema, json!({"a": {}, "n": null, "any": null})), json!({"a": {}, "any": null}));
    }

    #[test]
    fn the_hosts_own_arguments_are_taken_out() {
        let limits = Limits::default();
        let id = crate::id::ConnectionId::new();
        let (rest, reserved) = take(json!({"connection_id": id.to_string(), "a": 1}), &limits).unwrap();
        assert_eq!(Value::Object(rest), json!({"a": 1}));
        assert_eq!(reserved.connection, Some(Called::Id(id)));
        let (_, reserved) = take(json!({"connection_id": "Acme"}), &limits).unwrap();
        assert_eq!(reserved.connection, Some(Called::Name("Acme".to_owned())));
        assert_eq!(take(json!("{\"a\": 1}"), &limits).unwrap().0.len(), 1);
        for bad in [json!([]), json!("x"), json!({"connection_id": 1}), json!({"connection_id": "a\nb"})] {
            assert_eq!(take(bad, &limits).unwrap_err().code, Code::InvalidInput);
        }
        assert!(take(json!({"preview": true}), &limits).unwrap_err().message.contains("preview"));
    }

    #[test]
    fn bounds_are_kept() {
        let limits = Limits::default();
        let mut deep = json!(1);
        for _ in 0..70 {
            deep = json!([deep]);
        }
        assert_eq!(take(json!({"a": deep}), &limits).unwrap_err().code, Code::LimitExceeded);
        let large = json!({"a": "x".repeat(2 << 20)});
        assert_eq!(take(large, &limits).unwrap_err().code, Code::LimitExceeded);
    }
}
