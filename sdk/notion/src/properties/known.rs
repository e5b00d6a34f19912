//! How much of a value an answer of Notion has: all of it, a part, or nothing because it was not computed.

use serde_json::Value;

use super::{Kind, Schema};

/// How many elements of a text, people or relations Notion shows in a page.
pub const SHOWN: usize = 25;

/// True when Notion may have shown only a part of a property's value.
#[must_use]
pub fn is_cut(property: &Value) -> bool {
    // A relation says itself whether there are more.
    if let Some(has_more) = property.get("has_more").and_then(Value::as_bool) {
        return has_more;
    }
    let Some(kind) = property.get("type").and_then(Value::as_str) else { return false };
    let elements = |value: &Value| value.as_array().map(Vec::len);
    let Some(value) = property.get(kind) else { return false };
    match Kind::from_name(kind) {
        // What has more than are ever shown was read whole.
        Kind::People | Kind::Relation => elements(value) == Some(SHOWN),
        Kind::Title | Kind::RichText => elements(value) == Some(SHOWN) || mentions(value) == SHOWN,
        Kind::Rollup => {
            let collected = value.get("array").and_then(Value::as_array);
            collected.is_some_and(|collected| collected.len() == SHOWN || collected.iter().any(is_cut))
        }
        _ => false,
    }
}

fn mentions(text: &Value) -> usize {
    let elements = text.as_array().into_iter().flatten();
    elements.filter(|element| element.get("mention").is_some()).count()
}

/// True for a formula or rollup of which Notion says that it did not compute it: that is not the same as empty.
#[must_use]
pub fn is_not_computed(property: &Value) -> bool {
    let Some(kind @ ("formula" | "rollup")) = property.get("type").and_then(Value::as_str) else {
        return false;
    };
    let Some(value) = property.get(kind) else { return false };
    let state = value.get("type").and_then(Value::as_str);
    matches!(state, Some("unsupported" | "incomplete"))
        || value
            .get("array")
            .and_then(Value::as_array)
            .is_some_and(|values| values.iter().any(is_not_computed))
}

/// True for a rollup that came to one value over a relation of which Notion may have counted only the part that it shows.
#[must_use]
pub fn is_partial(name: &str, page: &Value, schema: &Schema) -> bool {
    let properties = page.get("properties");
    let rollup = properties.and_then(|properties| properties.get(name)?.get("rollup"));
    let computed = rollup.and_then(|rollup| rollup.get("type")).and_then(Value::as_str);
    if !matches!(computed, Some("number" | "date")) {
        return false;
    }
    let Some(property) = schema.properties().iter().find(|property| property.name == name) else {
        return false;
    };
    let relation = schema.relation_of(property);
    let related = relation.and_then(|relation| properties?.get(&relation.name));
    related.is_some_and(is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn many(count: usize, element: &Value) -> Vec<Value> {
        vec![element.clone(); count]
    }

    #[test]
    fn whatever_has_as_many_elements_as_are_shown_may_be_cut() {
        let run = json!({ "text": { "content": "a" } });
        let mention = json!({ "mention": {}, "plain_text": "Ada" });
        for (kind, element) in [("title", &run), ("rich_text", &run), ("people", &run), ("relation", &run)] {
            assert!(is_cut(&json!({ "type": kind, kind: many(25, element) })), "{kind}");
            assert!(!is_cut(&json!({ "type": kind, kind: many(24, element) })), "{kind}");
            assert!(!is_cut(&json!({ "type": kind, kind: many(30, element) })), "{kind}");
            let inner = json!({ "type": kind, kind: many(25, element) });
            assert!(
                is_cut(&json!({ "type": "rollup", "rollup": { "type": "array", "array": [inner] } })),
                "{kind}"
            );
        }
        let text = [many(25, &mention), many(10, &run)].concat();
        assert!(is_cut(&json!({ "type": "rich_text", "rich_text": text })));
        assert!(is_cut(&json!({ "type": "relation", "relation": [], "has_more": true })));
        assert!(is_cut(
            &json!({ "type": "rollup", "rollup": { "type": "array", "array": many(25, &json!({})) } })
        ));
        assert!(!is_cut(&json!({ "type": "multi_select", "multi_select": many(25, &run) })));
    }

    #[test]
    fn what_notion_did_not_compute_is_told_from_what_is_empty() {
        for kind in ["formula", "rollup"] {
            for state in ["unsupported", "incomplete"] {
                assert!(
                    is_not_computed(&json!({ "type": kind, kind: { "type": state, state: {} } })),
                    "{kind}"
                );
            }
            assert!(!is_not_computed(&json!({ "type": kind, kind: { "type": "number", "number": null } })));
        }
    }

    #[test]
    fn a_number_over_a_relation_that_was_cut_is_partial() {
        let schema = Schema::of_data_source(&json!({ "properties": {
            "Tasks": { "id": "t", "type": "relation", "relation": {} },
            "Sum": { "id": "s", "type": "rollup", "rollup": { "relation_property_id": "t", "function": "sum" } },
        } }))
        .expect("a schema");
        let page = |more: bool| {
            json!({ "properties": {
                "Tasks": { "type": "relation", "relation": [{ "id": "a" }], "has_more": more },
                "Sum": { "type": "rollup", "rollup": { "type": "number", "number": 25 } },
            } })
        };
        assert!(is_partial("Sum", &page(true), &schema));
        assert!(!is_partial("Sum", &page(false), &schema));
    }
}
