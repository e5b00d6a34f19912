//! A small grammar of what a request may hold, in which the schemas below [`crate::schemas`] are
//! written. Checking a value against a [`Shape`] yields Notion's own words for what is wrong.
//!
//! The rules of reading were recorded against the live API: an object answers for its first failing
//! member alone, then for every unknown member at once; a union answers with the problems of the
//! branches that got deepest.

use std::sync::LazyLock;

use serde_json::Value;

use crate::check::problem::Problem;
use crate::identifiers::{is_dashed_uuid, is_uuid};

/// What a value has to be.
pub(crate) enum Shape {
    Anything,
    /// A string, with bounds on its length in UTF-16 units, as JavaScript counts.
    Text {
        min: usize,
        max: usize,
    },
    /// A string of a form that is checked by a function.
    Form {
        max: usize,
        expected: &'static str,
        accepts: fn(&str) -> bool,
    },
    Number,
    /// A whole number within bounds.
    Integer {
        min: i64,
        max: i64,
    },
    Boolean,
    /// This boolean alone.
    Exactly(bool),
    Null,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    Uuid,
    /// A cursor of a list: an id with its dashes.
    DashedUuid,
    /// An array and the bounds of its length.
    Array {
        item: Box<Shape>,
        min: usize,
        max: usize,
    },
    /// An object with these members and, unless `open`, no others.
    Object {
        fields: Vec<Field>,
        open: bool,
    },
    /// An object with any keys, each value of one shape.
    Map(Box<Shape>),
    /// At least one of these.
    AnyOf(Vec<Shape>),
    /// A shape that is used in several places, or in itself.
    Shared(&'static LazyLock<Shape>),
}

/// One member of an object.
pub(crate) struct Field {
    key: &'static str,
    shape: Shape,
    required: bool,
}

pub(crate) fn required(key: &'static str, shape: Shape) -> Field {
    Field { key, shape, required: true }
}

pub(crate) fn optional(key: &'static str, shape: Shape) -> Field {
    Field { key, shape, required: false }
}

pub(crate) fn text() -> Shape {
    Shape::Text { min: 0, max: usize::MAX }
}

pub(crate) fn text_up_to(max: usize) -> Shape {
    Shape::Text { min: 0, max }
}

pub(crate) fn filled_text_up_to(max: usize) -> Shape {
    Shape::Text { min: 1, max }
}

pub(crate) fn array_up_to(max: usize, item: Shape) -> Shape {
    Shape::Array { item: Box::new(item), min: 0, max }
}

pub(crate) fn object(fields: Vec<Field>) -> Shape {
    Shape::Object { fields, open: false }
}

pub(crate) fn open_object(fields: Vec<Field>) -> Shape {
    Shape::Object { fields, open: true }
}

pub(crate) fn nothing() -> Shape {
    object(Vec::new())
}

pub(crate) fn map_of(shape: Shape) -> Shape {
    Shape::Map(Box::new(shape))
}

pub(crate) fn any_of(shapes: Vec<Shape>) -> Shape {
    Shape::AnyOf(shapes)
}

pub(crate) fn nullable(shape: Shape) -> Shape {
    any_of(vec![shape, Shape::Null])
}

impl Shape {
    /// The problems of a value under a root such as `body`.
    pub(crate) fn problems(&self, root: &str, value: &Value) -> Vec<Problem> {
        let mut path = vec![root.to_owned()];
        self.check(value, &mut path)
    }

    fn check(&self, value: &Value, path: &mut Vec<String>) -> Vec<Problem> {
        let wrong = |expected: &str, path: &[String]| vec![Problem::new(path, Some(value), expected)];
        match self {
            Shape::Anything => Vec::new(),
            Shape::Text { min, max } => match value.as_str() {
                None => wrong("a string", path),
                Some(text) => length_problems(text.encode_utf16().count(), *min, *max, path),
            },
            Shape::Form { max, expected, accepts } => match value.as_str() {
                None => wrong("a string", path),
                Some(text) if accepts(text) => length_problems(text.encode_utf16().count(), 0, *max, path),
                Some(_) => wrong(expected, path),
            },
            Shape::Number => {
                if value.is_number() {
                    Vec::new()
                } else {
                    wrong("a number", path)
                }
            }
            Shape::Integer { min, max } => integer_problems(value, *min, *max, path),
            Shape::Boolean => {
                if value.is_boolean() {
                    Vec::new()
                } else {
                    wrong("a boolean", path)
                }
            }
            Shape::Exactly(wanted) => {
                if value.as_bool() == Some(*wanted) {
                    Vec::new()
                } else {
                    wrong(&format!("`{wanted}`"), path)
                }
            }
            Shape::Null => {
                if value.is_null() {
                    Vec::new()
                } else {
                    wrong("`null`", path)
                }
            }
            Shape::OneOf(choices) => one_of_problems(value, choices, path),
            Shape::Uuid => match value.as_str() {
                None => wrong("a string", path),
                Some(text) if is_uuid(text) => Vec::new(),
                Some(_) => wrong("a valid uuid", path),
            },
            Shape::DashedUuid => match value.as_str() {
                None => wrong("a string", path),
                Some(text) if is_dashed_uuid(text) => Vec::new(),
                Some(_) => wrong("a valid uuid", path),
            },
            Shape::Array { item, min, max } => match value.as_array() {
                None => wrong("an array", path),
                Some(items) => {
                    let too_long = length_problems(items.len(), *min, *max, path);
                    if !too_long.is_empty() {
                        return too_long;
                    }
                    for (position, each) in items.iter().enumerate() {
                        let problems = at(path, format!("[{position}]"), |path| item.check(each, path));
                        if !problems.is_empty() {
                            return problems;
                        }
                    }
                    Vec::new()
                }
            },
            Shape::Object { fields, open } => object_problems(value, fields, *open, path),
            Shape::Map(shape) => match value.as_object() {
                None => wrong("an object", path),
                Some(map) => {
                    for (key, each) in map {
                        let problems = at(path, key.clone(), |path| shape.check(each, path));
                        if !problems.is_empty() {
                            return problems;
                        }
                    }
                    Vec::new()
                }
            },
            Shape::AnyOf(branches) => union_problems(value, branches, path),
            Shape::Shared(shape) => LazyLock::force(shape).check(value, path),
        }
    }
}

fn at<Answer>(path: &mut Vec<String>, key: String, look: impl FnOnce(&mut Vec<String>) -> Answer) -> Answer {
    path.push(key);
    let answer = look(path);
    path.pop();
    answer
}

fn length_problems(length: usize, min: usize, max: usize, path: &[String]) -> Vec<Problem> {
    let expected = if length < min {
        format!("≥ `{min}`")
    } else if length > max {
        format!("≤ `{max}`")
    } else {
        return Vec::new();
    };
    let mut path = path.to_vec();
    path.push("length".to_owned());
    vec![Problem::new(&path, Some(&Value::from(length)), expected)]
}

fn integer_problems(value: &Value, min: i64, max: i64, path: &[String]) -> Vec<Problem> {
    let expected = match value.as_f64() {
        None => "a number".to_owned(),
        Some(number) if number.fract() != 0.0 => "an integer".to_owned(),
        Some(number) if number < min as f64 => format!("≥ `{min}`"),
        Some(number) if number > max as f64 => format!("≤ `{max}`"),
        Some(_) => return Vec::new(),
    };
    vec![Problem::new(path, Some(value), expected)]
}

fn one_of_problems(value: &Value, choices: &[&str], path: &[String]) -> Vec<Problem> {
    if value.as_str().is_some_and(|text| choices.contains(&text)) {
        return Vec::new();
    }
    let expected = choices.iter().map(|choice| format!("`\"{choice}\"`")).collect();
    vec![Problem { path: path.to_vec(), value: Some(value.clone()), expected, optional: false }]
}

fn object_problems(value: &Value, fields: &[Field], open: bool, path: &mut Vec<String>) -> Vec<Problem> {
    let Some(map) = value.as_object() else {
        return vec![Problem::new(path, Some(value), "an object")];
    };
    for field in fields {
        let depth = path.len() + 1;
        let mut problems = at(path, field.key.to_owned(), |path| match map.get(field.key) {
            None if field.required => vec![Problem::new(path, None, "defined")],
            None => Vec::new(),
            Some(member) => field.shape.check(member, path),
        });
        if !problems.is_empty() {
            for problem in &mut problems {
                problem.optional |= !field.required && problem.path.len() == depth;
            }
            return problems;
        }
    }
    if open {
        return Vec::new();
    }
    map.iter()
        .filter(|(key, _)| !fields.iter().any(|field| field.key == key.as_str()))
        .map(|(key, member)| at(path, key.clone(), |path| Problem::new(path, Some(member), "not present")))
        .collect()
}

fn union_problems(value: &Value, branches: &[Shape], path: &mut Vec<String>) -> Vec<Problem> {
    let mut found = Vec::with_capacity(branches.len());
    for branch in branches {
        let problems = branch.check(value, path);
        if problems.is_empty() {
            return Vec::new();
        }
        found.push(problems);
    }
    let depth_of = |problems: &Vec<Problem>| problems.iter().map(|each| each.path.len()).max().unwrap_or(0);
    let deepest = found.iter().map(depth_of).max().unwrap_or(0);
    let mut merged: Vec<Problem> = Vec::new();
    for problem in found.into_iter().filter(|problems| depth_of(problems) == deepest).flatten() {
        match merged.iter_mut().find(|held| held.path == problem.path) {
            None => merged.push(problem),
            Some(held) => {
                held.optional |= problem.optional;
                for expected in problem.expected {
                    if !held.expected.contains(&expected) {
                        held.expected.push(expected);
                    }
                }
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::problem::refusal;

    fn message(shape: &Shape, value: &Value) -> String {
        refusal("body", &shape.problems("body", value)).map(|found| found.message).unwrap_or_default()
    }

    #[test]
    fn words_are_notions() {
        let shape = object(vec![
            optional("page_size", Shape::Number),
            required("kind", Shape::OneOf(&["a", "b", "c"])),
            optional("title", text_up_to(3)),
        ]);
        assert_eq!(
            message(&shape, &json!({"page_size": "x", "kind": "a"})),
            "body failed validation: body.page_size should be a number or `undefined`, instead was `\"x\"`."
        );
        assert_eq!(
            message(&shape, &json!({})),
            "body failed validation: body.kind should be defined, instead was `undefined`."
        );
        assert_eq!(
            message(&shape, &json!({"kind": "d"})),
            "body failed validation: body.kind should be `\"a\"`, `\"b\"`, or `\"c\"`, instead was `\"d\"`."
        );
        assert_eq!(
            message(&shape, &json!({"kind": "a", "title": "four"})),
            "body failed validation: body.title.length should be ≤ `3`, instead was `4`."
        );
        assert_eq!(
            message(&shape, &json!({"kind": "a", "x": 2, "y": 3})),
            "body failed validation. Fix one:\nbody.x should be not present, instead was `2`.\n\
             body.y should be not present, instead was `3`."
        );
    }

    #[test]
    fn a_union_answers_from_its_deepest_branches() {
        let shape = any_of(vec![
            object(vec![required("paragraph", object(vec![required("text", text())]))]),
            object(vec![required("quote", object(vec![required("text", text())]))]),
        ]);
        assert_eq!(
            message(&shape, &json!({"quote": {"text": 1}})),
            "body failed validation: body.quote.text should be a string, instead was `1`."
        );
        assert_eq!(
            message(&shape, &json!({})),
            "body failed validation. Fix one:\nbody.paragraph should be defined, instead was `undefined`.\n\
             body.quote should be defined, instead was `undefined`."
        );
    }
}
