//! The values of formulas that were checked.

use serde_json::{Value, json};
use time::Duration;

use crate::json::Peek;
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::formula::parse::{self, Expression};
use crate::properties::{dates, read};

/// What a formula is evaluated for.
pub(super) struct Row<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) data_source: &'a DataSource,
    pub(super) page: &'a Page,
}

/// A value of a formula. A number or date may be empty; an empty text is an empty one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Number(Option<f64>),
    Text(String),
    Truth(bool),
    Date(Value),
}

impl Outcome {
    pub(super) fn into_json(self) -> Value {
        match self {
            Outcome::Number(number) => json!({"type": "number", "number": number.map(tidy)}),
            Outcome::Text(text) => json!({"type": "string", "string": text}),
            Outcome::Truth(truth) => json!({"type": "boolean", "boolean": truth}),
            Outcome::Date(date) => json!({"type": "date", "date": date}),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Outcome::Number(number) => number.is_none_or(|number| number == 0.0),
            Outcome::Text(text) => text.is_empty(),
            Outcome::Truth(truth) => !truth,
            Outcome::Date(date) => date.is_null(),
        }
    }

    fn format(&self) -> String {
        match self {
            Outcome::Number(number) => number.map(|number| tidy(number).to_string()).unwrap_or_default(),
            Outcome::Text(text) => text.clone(),
            Outcome::Truth(truth) => truth.to_string(),
            Outcome::Date(date) => date.text("start").unwrap_or_default().to_owned(),
        }
    }

    fn instant(&self) -> Option<f64> {
        match self {
            Outcome::Number(number) => *number,
            Outcome::Date(date) => {
                date.text("start").and_then(dates::parse).map(|point| point.start().unix_timestamp() as f64)
            }
            _ => None,
        }
    }
}

/// A number as JavaScript writes it; one that isn't finite is empty.
fn tidy(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

impl Row<'_> {
    /// The value, or `None` for an expression that was not checked.
    pub(super) fn evaluate(&self, expression: &Expression) -> Option<Outcome> {
        let (name, arguments) = match expression {
            Expression::Number(number) => return Some(Outcome::Number(Some(*number))),
            Expression::Text(text) => return Some(Outcome::Text(text.clone())),
            Expression::Truth(truth) => return Some(Outcome::Truth(*truth)),
            Expression::Property(name) => return self.property(self.data_source.property(name)?),
            Expression::Call(name, arguments) => (name.as_str(), arguments),
        };
        let values =
            arguments.iter().map(|argument| self.evaluate(argument)).collect::<Option<Vec<Outcome>>>()?;
        apply(name, &values)
    }

    fn property(&self, property: &Property) -> Option<Outcome> {
        if property.kind == "formula" {
            let inner = parse::expression(property.config.text("expression").unwrap_or_default()).ok()?;
            return self.evaluate(&inner);
        }
        let content = read::content(self.workspace, self.data_source, self.page, property);
        Some(match property.kind.as_str() {
            "number" => Outcome::Number(content.as_f64()),
            "unique_id" => Outcome::Number(content.at("number").as_f64()),
            "checkbox" => Outcome::Truth(content.as_bool().unwrap_or(false)),
            "date" => Outcome::Date(content),
            "created_time" | "last_edited_time" => {
                Outcome::Date(json!({"start": content, "end": null, "time_zone": null}))
            }
            "select" | "status" => Outcome::Text(content.text("name").unwrap_or_default().to_owned()),
            _ => Outcome::Text(read::text(self.page, property)),
        })
    }
}

fn apply(name: &str, values: &[Outcome]) -> Option<Outcome> {
    use Outcome::{Date, Number, Text, Truth};
    // An empty number counts as zero.
    let number = |value: &Option<f64>| value.unwrap_or(0.0);
    let finite = |value: f64| Number(value.is_finite().then_some(value));
    let numbers = || values.iter().filter_map(Outcome::instant);
    Some(match (name, values) {
        ("+", [Number(left), Number(right)]) => finite(number(left) + number(right)),
        ("+", [Text(left), Text(right)]) => Text(format!("{left}{right}")),
        ("-", [Number(left), Number(right)]) => finite(number(left) - number(right)),
        ("-", [Number(value)]) => finite(-number(value)),
        ("*", [Number(left), Number(right)]) => finite(number(left) * number(right)),
        ("/", [Number(left), Number(right)]) => finite(number(left) / number(right)),
        ("%", [Number(left), Number(right)]) => finite(number(left) % number(right)),
        ("^", [Number(left), Number(right)]) => finite(number(left).powf(number(right))),
        ("==", [left, right]) => Truth(left == right),
        ("!=", [left, right]) => Truth(left != right),
        (">" | "<" | ">=" | "<=", [left, right]) => {
            let order = left.instant().zip(right.instant()).map(|(left, right)| left.total_cmp(&right));
            Truth(order.is_some_and(|order| match name {
                ">" => order.is_gt(),
                "<" => order.is_lt(),
                ">=" => order.is_ge(),
                _ => order.is_le(),
            }))
        }
        ("and", [Truth(left), Truth(right)]) => Truth(*left && *right),
        ("or", [Truth(left), Truth(right)]) => Truth(*left || *right),
        ("not", [Truth(value)]) => Truth(!value),
        ("if", [Truth(condition), yes, no]) => if *condition { yes } else { no }.clone(),
        ("concat", texts) => Text(texts.iter().map(Outcome::format).collect()),
        ("length", [Text(text)]) => Number(Some(text.chars().count() as f64)),
        ("empty", [value]) => Truth(value.is_empty()),
        ("format", [value]) => Text(value.format()),
        ("toNumber", [Text(text)]) => {
            Number(text.trim().parse().ok().filter(|found: &f64| found.is_finite()))
        }
        ("toNumber", [Truth(truth)]) => Number(Some(f64::from(u8::from(*truth)))),
        ("toNumber", [value]) => value.clone(),
        ("lower", [Text(text)]) => Text(text.to_lowercase()),
        ("upper", [Text(text)]) => Text(text.to_uppercase()),
        ("contains", [Text(text), Text(part)]) => Truth(text.contains(part.as_str())),
        // As JavaScript rounds: halves go up.
        ("round", [Number(value)]) => finite((number(value) + 0.5).floor()),
        ("floor", [Number(value)]) => finite(number(value).floor()),
        ("ceil", [Number(value)]) => finite(number(value).ceil()),
        ("abs", [Number(value)]) => finite(number(value).abs()),
        ("min", _) => Number(numbers().reduce(f64::min)),
        ("max", _) => Number(numbers().reduce(f64::max)),
        ("dateAdd", [Date(date), Number(amount), Text(unit)]) => Date(later(date, number(amount), unit)),
        _ => return None,
    })
}

fn later(date: &Value, amount: f64, unit: &str) -> Value {
    let minutes = match unit {
        "minutes" => 1,
        "hours" => 60,
        "days" => 24 * 60,
        _ => 7 * 24 * 60,
    };
    // Further than the calendar reaches is empty.
    let by = Duration::checked_seconds_f64(amount * f64::from(minutes * 60));
    let moved = by.zip(date.text("start").and_then(dates::parse)).and_then(|(by, start)| start.later(by));
    moved.map_or(Value::Null, |start| json!({"start": dates::write(start), "end": null, "time_zone": null}))
}
