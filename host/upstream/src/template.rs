//! Values with places in them that the arguments of a call fill: `{/ticket/id}` stands for what that JSON pointer finds.

use serde_json::{Map, Value};

/// Longest text that is filled in, in bytes.
const MAX_FILLED: usize = 64 * 1024;

/// How deep a template may nest.
const MAX_DEPTH: usize = 16;

/// A value with places that are filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Value);

/// Why a value is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("`{0}` has a place that doesn't end; a place is {{/NAME}}")]
    Open(String),
    #[error("it nests deeper than {MAX_DEPTH}")]
    Depth,
}

impl Template {
    /// A template of a value in whose texts a place is written `{/pointer}`.
    ///
    /// # Errors
    ///
    /// [`TemplateError`].
    pub fn parse(value: Value) -> Result<Self, TemplateError> {
        check(&value, 0)?;
        Ok(Self(value))
    }

    /// The value with its places filled from arguments. A text that is one place alone becomes what is found, whatever its type; among
    /// other text only texts, numbers and truth values are filled in. None where something isn't there, or doesn't fit.
    #[must_use]
    pub fn fill(&self, arguments: &Value) -> Option<Value> {
        fill(&self.0, arguments)
    }
}

fn check(value: &Value, depth: usize) -> Result<(), TemplateError> {
    if depth > MAX_DEPTH {
        return Err(TemplateError::Depth);
    }
    match value {
        Value::String(text) => match parts(text) {
            Some(_) => Ok(()),
            None => Err(TemplateError::Open(text.clone())),
        },
        Value::Array(items) => items.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Object(members) => members.values().try_for_each(|member| check(member, depth + 1)),
        _ => Ok(()),
    }
}

fn fill(value: &Value, arguments: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => filled(&parts(text)?, arguments)?,
        Value::Array(items) => items.iter().map(|item| fill(item, arguments)).collect::<Option<Value>>()?,
        Value::Object(members) => {
            let filled = members.iter().map(|(name, member)| Some((name.clone(), fill(member, arguments)?)));
            Value::Object(filled.collect::<Option<Map<String, Value>>>()?)
        }
        plain => plain.clone(),
    })
}

#[derive(Debug, PartialEq)]
enum Part<'a> {
    Text(&'a str),
    Place(&'a str),
}

/// The parts of a text; none when a place doesn't end.
fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{/") {
        if !before.is_empty() {
            found.push(Part::Text(before));
        }
        let (_, end) = behind.split_once('}')?;
        // With the slash that a pointer begins with.
        let length = behind.len() - end.len() - 1;
        let begin = rest.len() - behind.len() - 1;
        found.push(Part::Place(rest.get(begin..begin + 1 + length)?));
        rest = end;
    }
    if !rest.is_empty() || found.is_empty() {
        found.push(Part::Text(rest));
    }
    Some(found)
}

fn filled(parts: &[Part<'_>], arguments: &Value) -> Option<Value> {
    if let [Part::Place(pointer)] = parts {
        let found = arguments.pointer(pointer)?;
        return Some(found.clone());
    }
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Place(pointer) => match arguments.pointer(pointer)? {
                Value::String(found) => text.push_str(found),
                found @ (Value::Number(_) | Value::Bool(_)) => text.push_str(&found.to_string()),
                _ => return None,
            },
        }
        if text.len() > MAX_FILLED {
            return None;
        }
    }
    Some(Value::String(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_filled_and_the_rest_stays() {
        let arguments =
            json!({"id": 7, "name": "mill", "deep": {"list": ["a", null]}, "none": null, "on": true});
        for (template, filled) in [
            (json!("{/id}"), Some(json!(7))),
            (json!("{/deep}"), Some(json!({"list": ["a", null]}))),
            (json!("id:{/id} {/name}!"), Some(json!("id:7 mill!"))),
            (json!({"q": ["{/deep/list/0}", 1, "{plain}"]}), Some(json!({"q": ["a", 1, "{plain}"]}))),
            (json!("on {/on}"), Some(json!("on true"))),
            (json!(""), Some(json!(""))),
            (json!("{/none}"), Some(json!(null))),
            (json!("{/missing}"), None),
            (json!("x{/deep}"), None),
            (json!("x{/none}"), None),
        ] {
            assert_eq!(Template::parse(template.clone()).unwrap().fill(&arguments), filled, "{template}");
        }
    }

    #[test]
    fn what_does_not_end_or_nests_too_deep_is_no_template() {
        assert_eq!(Template::parse(json!(["a{/b"])), Err(TemplateError::Open("a{/b".to_owned())));
        let deep = (0..MAX_DEPTH + 1).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(Template::parse(deep), Err(TemplateError::Depth));
    }

    #[test]
    fn a_text_is_filled_up_to_a_bound() {
        let long = json!({"text": "x".repeat(MAX_FILLED)});
        assert!(Template::parse(json!(" {/text}")).unwrap().fill(&long).is_none());
    }

    proptest! {
        #[test]
        fn a_text_without_a_place_is_itself(text in "[^{]{0,40}") {
            let template = Template::parse(json!(text)).unwrap();
            prop_assert_eq!(template.fill(&json!({})), Some(json!(text)));
        }

        #[test]
        fn a_text_filled_with_texts_is_one(text in "([^{]|\\{|\\{/a\\}){0,20}", value in ".{0,20}") {
            if let Ok(template) = Template::parse(json!(text)) {
                let filled = template.fill(&json!({"a": value.clone()}));
                // Another place than this one is filled with nothing.
                let has_another = text.replace("{/a}", "").contains("{/");
                let expected = Some(json!(text.replace("{/a}", &value)));
                prop_assert!(filled.is_none() || has_another || filled == expected);
            }
        }
    }
}
