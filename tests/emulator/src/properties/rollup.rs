//! Rollups: one function over a property of the related pages.

use serde_json::{Value, json};

use crate::json::{Peek, put, single};
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::unsupported::unsupported;
use crate::properties::{dates, formula, stored};

/// What a function makes of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    Number,
    Date,
    Items,
    /// Counts by group of a status, which the API can't put into its answer.
    Unsupported,
}

/// What a function makes of the values.
pub(crate) fn result_of(function: &str) -> Outcome {
    match function {
        "show_original" | "show_unique" => Outcome::Items,
        "earliest_date" | "latest_date" | "date_range" => Outcome::Date,
        "count_per_group" | "percent_per_group" => Outcome::Unsupported,
        _ => Outcome::Number,
    }
}

/// Whether a function can roll up values of a type.
pub(crate) fn fits(function: &str, kind: &str) -> bool {
    match function {
        "sum" | "average" | "median" | "min" | "max" | "range" => ["number", "formula"].contains(&kind),
        "earliest_date" | "latest_date" | "date_range" => {
            ["date", "created_time", "last_edited_time", "formula"].contains(&kind)
        }
        "checked" | "unchecked" | "percent_checked" | "percent_unchecked" => {
            ["checkbox", "formula"].contains(&kind)
        }
        "count_per_group" | "percent_per_group" => kind == "status",
        _ => true,
    }
}

/// What stands under `rollup`, over as many of the related pages as are counted.
pub(crate) fn value(
    workspace: &Workspace,
    data_source: &DataSource,
    page: &Page,
    property: &Property,
    max: usize,
) -> Value {
    let function = property.config.text("function").unwrap_or("show_original");
    let mut answer = if workspace.leaves_uncomputed(property) {
        unsupported()
    } else {
        let mut inputs = inputs(workspace, data_source, page, property);
        inputs.truncate(max);
        compute(function, &inputs)
    };
    put(&mut answer, "function", json!(function));
    answer
}

/// The values that are rolled up, each with its type.
pub(crate) fn inputs(
    workspace: &Workspace,
    data_source: &DataSource,
    page: &Page,
    property: &Property,
) -> Vec<Value> {
    let relation = property.config.text("relation_property_id").and_then(|id| data_source.property(id));
    let Some(relation) = relation else { return Vec::new() };
    let target = relation.config.text("data_source_id").and_then(|id| workspace.data_sources.get(id));
    let Some(target) = target else { return Vec::new() };
    let rolled = property.config.text("rollup_property_id").and_then(|id| target.property(id));
    let Some(rolled) = rolled else { return Vec::new() };
    // A rollup of a rollup is refused when the schema is made; here it would never end.
    if rolled.kind == "rollup" {
        return Vec::new();
    }
    stored::references(page, relation)
        .iter()
        .filter(|id| !workspace.is_gone(id))
        .filter_map(|id| workspace.pages.get(id))
        .map(|related| {
            let mut value = json!({"type": rolled.kind});
            let content = match rolled.kind.as_str() {
                "formula" => formula::value(workspace, target, related, rolled),
                _ => stored::content(workspace, related, rolled),
            };
            put(&mut value, &rolled.kind, content);
            value
        })
        .collect()
}

fn content(value: &Value) -> &Value {
    value.at(value.text("type").unwrap_or_default())
}

fn is_empty(value: &Value) -> bool {
    match content(value) {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn compute(function: &str, inputs: &[Value]) -> Value {
    let number = |number: Option<f64>| json!({"type": "number", "number": number.map(tidy)});
    let count = inputs.len() as f64;
    let filled = inputs.iter().filter(|value| !is_empty(value)).count() as f64;
    let share = |part: f64| if count == 0.0 { None } else { Some(part / count) };
    let numbers: Vec<f64> = inputs.iter().filter_map(as_number).collect();
    let unique = || {
        let mut seen: Vec<&Value> = Vec::new();
        for value in inputs.iter().filter(|value| !is_empty(value)) {
            if !seen.contains(&value) {
                seen.push(value);
            }
        }
        seen
    };
    match function {
        "count" => number(Some(count)),
        "count_values" => number(Some(inputs.iter().map(value_count).sum())),
        "empty" | "unchecked" => number(Some(count - filled)),
        "not_empty" | "checked" => number(Some(filled)),
        "percent_empty" | "percent_unchecked" => number(share(count - filled)),
        "percent_not_empty" | "percent_checked" => number(share(filled)),
        "unique" => number(Some(unique().len() as f64)),
        "sum" => number(Some(numbers.iter().sum())),
        "average" => {
            number((!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64))
        }
        "median" => number(median(numbers)),
        "min" => number(numbers.iter().copied().reduce(f64::min)),
        "max" => number(numbers.iter().copied().reduce(f64::max)),
        "range" => {
            let min = numbers.iter().copied().reduce(f64::min);
            let max = numbers.iter().copied().reduce(f64::max);
            number(min.zip(max).map(|(min, max)| max - min))
        }
        "earliest_date" | "latest_date" | "date_range" => date(function, inputs),
        "show_unique" => array(unique().into_iter().cloned().collect()),
        "count_per_group" | "percent_per_group" => unsupported(),
        _ => array(inputs.to_vec()),
    }
}

fn array(items: Vec<Value>) -> Value {
    let mut answer = single("type", json!("array"));
    put(&mut answer, "array", Value::from(items));
    answer
}

fn tidy(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

fn as_number(value: &Value) -> Option<f64> {
    match content(value) {
        Value::Number(number) => number.as_f64(),
        Value::Object(formula) if value.text("type") == Some("formula") => formula.at("number").as_f64(),
        _ => None,
    }
}

fn value_count(value: &Value) -> f64 {
    match content(value) {
        Value::Array(items) => items.len() as f64,
        _ if is_empty(value) => 0.0,
        _ => 1.0,
    }
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = numbers.get(middle).copied()?;
    if numbers.len() % 2 == 1 {
        return Some(upper);
    }
    numbers.get(middle.checked_sub(1)?).map(|lower| (lower + upper) / 2.0)
}

fn date(function: &str, inputs: &[Value]) -> Value {
    let mut found: Vec<(time::OffsetDateTime, String)> = inputs
        .iter()
        .filter_map(|value| {
            let date = if value.text("type") == Some("formula") {
                content(value).at("date")
            } else {
                content(value)
            };
            let text = date.text("start").or(date.as_str())?;
            Some((dates::parse(text)?.start(), text.to_owned()))
        })
        .collect();
    found.sort();
    let (first, last) = (found.first(), found.last());
    let date = match function {
        "earliest_date" => first.map(|(_, text)| json!({"start": text, "end": null, "time_zone": null})),
        "latest_date" => last.map(|(_, text)| json!({"start": text, "end": null, "time_zone": null})),
        _ => first
            .zip(last)
            .map(|((_, start), (_, end))| json!({"start": start, "end": end, "time_zone": null})),
    };
    json!({"type": "date", "date": date})
}
