//! Schemas that are small and mean much, for tests and measurements.

use serde_json::{Map, Value, json};

use crate::guests::{Hand, least_manifest};

/// What becomes of a schema.
pub(crate) enum Fate {
    /// It is refused, and these words say why.
    Refused(&'static str),
    /// It is taken.
    Taken,
}
use Fate::{Refused, Taken};

pub(crate) fn of_x(x: &Value, definitions: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": {"x": x}, "$defs": definitions})
}

pub(crate) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Definitions that each are made of references to the one before.
fn chain(length: usize, step: impl Fn(Value) -> Value) -> Value {
    let mut definitions = Map::from_iter([("a0".to_owned(), json!({"type": "integer"}))]);
    for number in 1..=length {
        definitions.insert(format!("a{number}"), step(reference(&format!("a{}", number - 1))));
    }
    of_x(&reference(&format!("a{length}")), definitions)
}

pub(crate) fn choice_of(branches: usize, branch: impl Fn(usize) -> Value) -> Value {
    let branches: Vec<Value> = (0..branches).map(branch).collect();
    of_x(&reference("t"), Map::from_iter([("t".to_owned(), json!({"oneOf": branches}))]))
}

fn tower(levels: usize, step: impl Fn(Value) -> Value) -> Value {
    let top = (0..levels).fold(json!({"type": "integer"}), |inner, _| step(inner));
    of_x(&top, Map::new())
}

pub(crate) fn hostile() -> Vec<(&'static str, Value, Fate)> {
    let list = |_| json!({"type": "object", "properties": {"a": {"type": "array", "items": reference("t")}}});
    let own_list = |number| json!({"type": "object", "properties": {format!("p{number}"): {"type": "array", "items": reference("t")}}});
    let wide = |count| Map::from_iter((0..count).map(|number| (format!("{number}"), json!({}))));
    let object = |properties: Map<String, Value>| json!({"type": "object", "properties": properties});
    vec![
        (
            "doubled-references",
            chain(25, |before| json!({"allOf": [before, before]})),
            Refused("inside the other"),
        ),
        (
            "doubled-twelve-times",
            chain(15, |before| json!({"allOf": [before, before]})),
            Refused("steps; at most"),
        ),
        ("multiplying-choices", choice_of(300, list), Refused("steps; at most")),
        ("multiplying-when-published", choice_of(300, own_list), Refused("larger than 128 KiB")),
        ("wide", object(wide(100_000)), Refused("bytes of the 65536 allowed")),
        ("many-properties", object(wide(1_500)), Refused("more than 1000 properties")),
        ("deep", tower(40, |inner| json!({"properties": {"a": inner}})), Refused("deeper than")),
        (
            "huge-enumeration",
            object(Map::from_iter([("x".to_owned(), json!({"enum": vec![0; 9_000]}))])),
            Refused("more than 8000 values"),
        ),
        (
            "growing-pattern",
            of_x(&json!({"pattern": "(((a{1,50}){1,50}){1,50}){1,50}"}), Map::new()),
            Refused("not a valid JSON Schema"),
        ),
        ("backtracking-pattern", of_x(&json!({"pattern": "^(a+)+$"}), Map::new()), Taken),
        ("long-chain", chain(1_500, |before| before), Refused("inside the other")),
        ("long-chain-through-values", chain(700, |before| json!({"properties": {"a": before}})), Taken),
        ("endless", chain(3, |_| reference("a3")), Refused("never end")),
        (
            "unique-items",
            of_x(
                &json!({"type": "array", "uniqueItems": true, "items": {"type": "array", "uniqueItems": true}}),
                Map::new(),
            ),
            Taken,
        ),
        (
            "choices-of-compositions",
            chain(9, |before| json!({"anyOf": [{"allOf": [before, before]}, {"allOf": [before]}]})),
            Refused("steps; at most"),
        ),
        ("giant-description", json!({"type": "object", "description": "x".repeat(60_000)}), Taken),
        ("tower-of-not", tower(25, |inner| json!({"not": inner})), Taken),
        (
            "tower-of-unevaluated",
            tower(14, |inner| json!({"allOf": [inner], "unevaluatedProperties": {"type": "integer"}})),
            Refused("steps; at most"),
        ),
        (
            "dynamic-reference",
            of_x(&json!({"$dynamicRef": "#x"}), Map::new()),
            Refused("`$dynamicRef` is not supported"),
        ),
        (
            "choices-of-items",
            of_x(
                &json!({"type": "array", "uniqueItems": true, "items": {"anyOf": (0..100).map(|number| {
                    let mut branch = object(wide(20));
                    branch["required"] = json!(["0", format!("r{number}")]);
                    branch
                }).collect::<Vec<_>>()}}),
                Map::new(),
            ),
            Taken,
        ),
        (
            "tiny-fractions",
            of_x(&json!({"type": "array", "items": {"multipleOf": 1e-300}}), Map::new()),
            Taken,
        ),
    ]
}

/// The tool of such a plugin: what of its name a tool made by hand has room for.
pub(crate) fn tool_of(plugin: &str) -> String {
    plugin.chars().take(12).map(|letter| if letter == '-' { '_' } else { letter }).collect()
}

/// Pages of a guest that takes the largest value: a request's mebibyte, behind what the guest has for itself.
const PAGES: u64 = 32;

/// A plugin whose one tool has this schema.
pub(crate) fn plugin(name: &str, schema: &Value) -> Vec<u8> {
    let manifest = least_manifest("").replace("name = \"hand\"", &format!("name = \"{name}\""));
    let schema = schema.to_string();
    Hand { pages: PAGES, tool: tool_of(name), schema, ..Hand::default() }.component(&manifest)
}
