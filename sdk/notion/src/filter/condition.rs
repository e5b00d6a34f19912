//! The conditions on values of one type.

use serde_json::{Map, Value, json};

use super::operator::Family;
use super::tree::Tree;
use super::{pattern, value};
use crate::Error;
use crate::Lookup;
use crate::json_text::{is_container, unwrapped};
use crate::properties::{Kind, Property, nearly_a_date};

/// What a condition is about.
pub(super) struct Subject<'a> {
    /// Its options and its target; of what a rollup holds neither is known.
    pub(super) property: &'a Property,
    pub(super) family: Family,
    /// The key under which Notion wants the name: `property` or `timestamp`.
    pub(super) name: &'static str,
    /// The keys around the operator: `["select"]`, `["rollup", "any", "select"]`.
    pub(super) path: Vec<&'a str>,
    pub(super) lookup: &'a dyn Lookup,
}

impl Subject<'_> {
    pub(super) fn read(&self, given: &Value) -> Result<Tree, Error> {
        match &*unwrapped(given, |meant| self.is_condition(given, meant)) {
            Value::Null => self.exists(false),
            Value::Array(values) => self.any_of(values),
            Value::Object(object) => match self.inner(object) {
                Some(inner) => self.read(inner),
                None if object.is_empty() => Err(self.refuse("has no condition")),
                None => {
                    let each = object.iter().map(|(operator, value)| self.compare(operator, value));
                    Ok(Tree::All(each.collect::<Result<_, _>>()?))
                }
            },
            scalar => self.equals(scalar),
        }
    }

    /// Whether a text can only mean the condition that it says in JSON: an option or a text that looks like it is itself.
    fn is_condition(&self, given: &Value, meant: &Value) -> bool {
        let is_option = || given.as_str().is_some_and(|text| self.is_option(text));
        match (self.family, meant) {
            (_, Value::Object(object)) => {
                let is_operator = |key: &String| self.family.knows(key);
                self.inner(object).is_some() || (!object.is_empty() && object.keys().all(is_operator))
            }
            (Family::Text, _) => false,
            (Family::Choice | Family::Choices, Value::Array(_)) => !is_option(),
            (Family::Choice | Family::Choices, _) => false,
            (_, Value::Array(_) | Value::Null | Value::Bool(_)) => true,
            _ => false,
        }
    }

    /// What is under the type's key in Notion's own form, whichever type of the family it names.
    fn inner<'value>(&self, object: &'value Map<String, Value>) -> Option<&'value Value> {
        let (key, inner) = object.iter().next().filter(|_| object.len() == 1)?;
        (Family::of(&Kind::from_name(key)) == Some(self.family)).then_some(inner)
    }

    fn compare(&self, operator: &str, value: &Value) -> Result<Tree, Error> {
        if self.family == Family::Text
            && let Some(pattern) = pattern::read(operator, value)
        {
            return match pattern {
                Ok((operator, text)) => Ok(self.one(operator, value::operand(self, &json!(text))?)),
                Err(fault) => Err(self.refuse(fault)),
            };
        }
        let operator = self.family.operator(operator, &self.property.name)?;
        let takes_several = self.family != Family::Text || matches!(operator, "in" | "not_in");
        let value = unwrapped(value, |meant| match operator {
            "is_empty" | "is_not_empty" => meant.is_boolean() || meant.is_null() || meant.is_object(),
            window if Family::window(window).is_some() => is_container(meant) || meant.is_boolean(),
            _ => takes_several && meant.is_array(),
        });
        match (operator, &*value) {
            ("is_empty", value) => self.exists(!self.is_asked(value)?),
            ("is_not_empty", value) => self.exists(self.is_asked(value)?),
            ("equals" | "contains" | "status" | "in", Value::Null) => self.exists(false),
            ("does_not_equal" | "does_not_contain" | "not_in", Value::Null) => self.exists(true),
            ("in", Value::Array(values)) => self.any_of(values),
            ("in", value) => self.equals(value),
            ("not_in" | "does_not_equal", Value::Array(values)) => self.none_of(values),
            ("not_in", value) => self.none_of(std::slice::from_ref(value)),
            ("between", Value::Array(ends)) => match ends.as_slice() {
                [from, to] => {
                    self.refuse_range()?;
                    Ok(Tree::All(vec![self.compare(">=", from)?, self.compare("<=", to)?]))
                }
                _ => Err(self.refuse("needs two values for `between`, from and to")),
            },
            (window, value) if Family::window(window).is_some() => {
                if self.is_asked(value)? {
                    Ok(self.one(window, json!({})))
                } else {
                    Err(self.refuse("can only be asked for what is in a span of time"))
                }
            }
            ("equals" | "status", Value::Array(values)) => self.any_of(values),
            ("contains", Value::Array(values)) if self.family == Family::Text => {
                self.each("contains", values).and_then(Tree::any)
            }
            ("contains", Value::Array(values)) => self.any_of(values),
            ("does_not_contain", Value::Array(values)) if self.family == Family::Choices => {
                self.none_of(values)
            }
            ("does_not_contain", Value::Array(values)) => {
                Ok(Tree::All(self.each("does_not_contain", values)?))
            }
            ("equals", value) => self.equals(value),
            (operator, Value::String(text)) if self.family == Family::Date => self.dated(operator, text),
            (operator, value) => Ok(self.one(operator, value::operand(self, value)?)),
        }
    }

    fn equals(&self, value: &Value) -> Result<Tree, Error> {
        match (self.family, value) {
            (_, Value::Null) => self.exists(false),
            (Family::Date, Value::String(text)) if self.existence(text).is_none() => self.in_time(text),
            (Family::Existence, Value::String(text)) if self.existence(text).is_some() => {
                self.exists(self.existence(text).unwrap_or_default())
            }
            (Family::Existence, value) => self.exists(self.is_asked(value)?),
            (family, Value::String(text)) if family != Family::Text && !self.is_option(text) => {
                match self.existence(text) {
                    Some(exists) => self.exists(exists),
                    None => Ok(self.one(self.equality().0, value::operand(self, value)?)),
                }
            }
            _ => Ok(self.one(self.equality().0, value::operand(self, value)?)),
        }
    }

    fn is_option(&self, text: &str) -> bool {
        self.property.options.iter().any(|name| name == text)
    }

    /// What an operator without an operand asks for, where it stands in the place of a value: `"Due": "is_not_empty"`.
    fn existence(&self, text: &str) -> Option<bool> {
        ["is_not_empty", "is_empty"]
            .into_iter()
            .find(|word| *word == text.trim())
            .map(|word| word == "is_not_empty")
    }

    /// On a day, in a range `from/to`, or in a span such as `past_week`.
    fn in_time(&self, text: &str) -> Result<Tree, Error> {
        if let Some(window) = Family::window(text)
            && (self.is_of_several() || self.lookup.calendar().is_none())
        {
            return Ok(self.one(window, json!({})));
        }
        match text.split_once('/').filter(|_| nearly_a_date(text.trim()).is_none()) {
            Some((from, to)) => {
                self.refuse_range()?;
                Ok(Tree::All(vec![self.dated("on_or_after", from)?, self.dated("on_or_before", to)?]))
            }
            None => self.dated("equals", text),
        }
    }

    /// Notion takes several options in one condition; of other values each needs its own.
    fn any_of(&self, values: &[Value]) -> Result<Tree, Error> {
        let (empty, named): (Vec<&Value>, Vec<&Value>) = values.iter().partition(|value| value.is_null());
        let mut any = match (self.family, named.len()) {
            (Family::Choice | Family::Choices, 2..) => {
                let options = named.iter().map(|value| value::operand(self, value));
                vec![self.one(self.equality().0, Value::Array(distinct(options.collect::<Result<_, _>>()?)))]
            }
            _ => named.iter().map(|value| self.equals(value)).collect::<Result<_, _>>()?,
        };
        if !empty.is_empty() {
            any.push(self.exists(false)?);
        }
        Tree::any(any)
    }

    fn none_of(&self, values: &[Value]) -> Result<Tree, Error> {
        let (empty, named): (Vec<&Value>, Vec<&Value>) = values.iter().partition(|value| value.is_null());
        let (_, unequal) = self.equality();
        let mut all = match (self.family, named.len()) {
            (Family::Date, _) => return Err(self.refuse("cannot be compared with what it shall not be")),
            (Family::Choice | Family::Choices, 2..) => {
                let options = named.iter().map(|value| value::operand(self, value));
                vec![self.one(unequal, Value::Array(distinct(options.collect::<Result<_, _>>()?)))]
            }
            _ => named
                .iter()
                .map(|value| Ok(self.one(unequal, value::operand(self, value)?)))
                .collect::<Result<_, Error>>()?,
        };
        if !empty.is_empty() {
            all.push(self.exists(true)?);
        }
        Ok(Tree::All(all))
    }

    fn each(&self, operator: &'static str, values: &[Value]) -> Result<Vec<Tree>, Error> {
        values.iter().map(|value| Ok(self.one(operator, value::operand(self, value)?))).collect()
    }

    /// The family's operators for "is" and "is not".
    fn equality(&self) -> (&'static str, &'static str) {
        match self.family {
            Family::Choices | Family::People | Family::Relation => ("contains", "does_not_contain"),
            Family::Verification => ("status", "does_not_equal"),
            _ => ("equals", "does_not_equal"),
        }
    }

    fn exists(&self, exists: bool) -> Result<Tree, Error> {
        match self.family {
            // What is not checked is all the emptiness that it has.
            Family::Checkbox => Ok(self.one("equals", json!(exists))),
            Family::Verification => Err(self.refuse("is never empty")),
            _ => Ok(self.one(if exists { "is_not_empty" } else { "is_empty" }, json!(true))),
        }
    }

    /// Notion writes `true` or `{}` beside operators that have no operand.
    fn is_asked(&self, value: &Value) -> Result<bool, Error> {
        match value {
            Value::Bool(asked) => Ok(*asked),
            Value::Null => Ok(true),
            Value::Object(object) if object.is_empty() => Ok(true),
            _ => Err(self.refuse("needs true or false there")),
        }
    }

    pub(super) fn one(&self, operator: &str, operand: Value) -> Tree {
        let condition = json!({ operator: operand });
        let inner = self.path.iter().rev().fold(condition, |inner, key| json!({ *key: inner }));
        let mut filter = Map::from_iter([(self.name.to_owned(), Value::from(self.property.name.as_str()))]);
        if let Value::Object(inner) = inner {
            filter.extend(inner);
        }
        Tree::One(Value::Object(filter))
    }

    pub(super) fn refuse(&self, fault: &str) -> Error {
        let operators: Vec<String> =
            self.family.operators().iter().map(|operator| format!("`{operator}`")).collect();
        Error::invalid_input(format!("The filter by `{}` {fault}.", self.property.name)).hint(format!(
            "Give {}, or an object of operators: {}.",
            value::accepted(self),
            operators.join(", ")
        ))
    }
}

fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut distinct: Vec<Value> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}
