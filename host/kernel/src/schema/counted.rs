//! The cost of schemas held against what the validator really does, over generated schemas and values.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jsonschema::{Keyword, ValidationError};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::cost::Cost;

/// A keyword that counts how often its schema is run.
struct Counter(Arc<AtomicU64>);

impl<'i> Keyword<'i> for Counter {
    fn validate(&self, _instance: &'i Value) -> Result<(), ValidationError<'i>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn is_valid(&self, _instance: &'i Value) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        true
    }
}

/// How many schemas the validator runs for a value.
fn runs(schema: &Value, value: &Value) -> u64 {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_keyword("counted", move |_: &Map<String, Value>, _: &Value, _| {
            Ok(Box::new(Counter(Arc::clone(&counted))) as Box<dyn for<'i> Keyword<'i>>)
        })
        .build(schema)
        .unwrap();
    let _ = validator.is_valid(value);
    count.load(Ordering::Relaxed)
}

const NAMES: [&str; 3] = ["a", "b", "c"];

/// A schema that may refer to one of four others; each counts.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"counted": true})),
        Just(json!({"counted": true, "type": "integer"})),
        (0..4).prop_map(|number| json!({"counted": true, "$ref": format!("#/$defs/d{number}")})),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        let named = prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), inner.clone(), 1..3);
        let composition = prop::sample::select(vec!["allOf", "anyOf", "oneOf"]);
        prop_oneof![
            (composition, several.clone()).prop_map(|(keyword, parts)| json!({"counted": true, keyword: parts})),
            (named.clone(), inner.clone())
                .prop_map(|(named, other)| json!({"counted": true, "properties": named, "additionalProperties": other})),
            (named.clone(), inner.clone(), several.clone()).prop_map(|(named, other, parts)| {
                json!({"counted": true, "properties": named, "anyOf": parts, "unevaluatedProperties": other})
            }),
            (several, inner.clone())
                .prop_map(|(first, items)| json!({"counted": true, "prefixItems": first, "items": items})),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| json!({"counted": true, "if": a, "then": b, "else": c})),
            (inner.clone(), named).prop_map(|(not, schemas)| json!({"counted": true, "not": not, "dependentSchemas": schemas})),
            (inner.clone(), inner.clone(), inner).prop_map(|(contains, items, names)| {
                json!({"counted": true, "contains": contains, "unevaluatedItems": items, "propertyNames": names})
            }),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!(1)), Just(json!("x")), Just(json!(null))];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(vec!["a", "b", "c", "d"]), inner, 0..4)
                .prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Of whatever schema is taken, checking whatever value never runs more schemas than its cost says.
    #[test]
    fn checking_never_costs_more_than_was_counted(
        parts in prop::collection::vec(schema(), 4),
        value in value(),
    ) {
        let definitions = Map::from_iter(parts.iter().enumerate().map(|(number, part)| (format!("d{number}"), part.clone())));
        let schema = json!({"$ref": "#/$defs/d0", "$defs": definitions});
        if let Ok(cost) = Cost::of(&schema) {
            let steps = cost.estimate(&value).steps;
            let runs = runs(&schema, &value);
            prop_assert!(runs <= steps, "{runs} runs, {steps} steps: {schema} on {value}");
        }
    }
}
