//! The values of formulas that were checked.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::json::Peek;
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::dates::{self, Point};
use crate::properties::formula::calendar;
use crate::properties::formula::parse::{self, Expression};
use crate::properties::stored;

/// What a formula is evaluated for.
pub(super) struct Row<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) data_source: &'a DataSource,
    pub(super) page: &'a Page,
    pub(super) now: OffsetDateTime,
}

/// A value of a formula. A number or date may be empty; an empty text is an empty one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Number(Option<f64>),
    Text(String),
    Truth(bool),
    Date(Value),
    List(Vec<String>),
}

impl Outcome {
    pub(super) fn into_json(self) -> Value {
        match self {
            Outcome::Number(number) => json!({"type": "number", "number": number.map(tidy)}),
            Outcome::Text(text) => json!({"type": "string", "string": text}),
            Outcome::Truth(truth) => json!({"type": "boolean", "boolean": truth}),
            Outcome::Date(date) => json!({"type": "date", "date": date}),
            // The API has no lists: it writes them as a text.
            Outcome::List(items) => json!({"type": "string", "string": items.join(",")}),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Outcome::Number(number) => number.is_none_or(|number| number == 0.0),
            Outcome::Text(text) => text.is_empty(),
            Outcome::Truth(truth) => !truth,
            Outcome::Date(date) => date.is_null(),
            Outcome::List(items) => items.is_empty(),
        }
    }

    fn format(&self) -> String {
        match self {
            Outcome::Number(number) => number.map(|number| tidy(number).to_string()).unwrap_or_default(),
            Outcome::Text(text) => text.clone(),
            Outcome::Truth(truth) => truth.to_string(),
            Outcome::Date(date) => date.text("start").unwrap_or_default().to_owned(),
            Outcome::List(items) => items.join(","),
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
        match (name, values.as_slice()) {
            ("now", []) => Some(moment(self.now)),
            ("today", []) => Some(Outcome::Date(written(Point::Day(self.now.date())))),
            _ => apply(name, &values),
        }
    }

    fn property(&self, property: &Property) -> Option<Outcome> {
        if property.kind == "formula" {
            let inner = parse::expression(property.config.text("expression").unwrap_or_default()).ok()?;
            return self.evaluate(&inner);
        }
        let content = stored::content(self.workspace, self.page, property);
        Some(match property.kind.as_str() {
            "number" => Outcome::Number(content.as_f64()),
            "unique_id" => Outcome::Number(content.at("number").as_f64()),
            "checkbox" => Outcome::Truth(content.as_bool().unwrap_or(false)),
            "date" => Outcome::Date(content),
            "created_time" | "last_edited_time" => {
                Outcome::Date(json!({"start": content, "end": null, "time_zone": null}))
            }
            "multi_select" => Outcome::List(
                content
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|option| option.text("name"))
                    .map(str::to_owned)
                    .collect(),
            ),
            "select" | "status" => Outcome::Text(content.text("name").unwrap_or_default().to_owned()),
            _ => Outcome::Text(stored::text(self.page, property)),
        })
    }
}

fn written(point: Point) -> Value {
    json!({"start": dates::write(point), "end": null, "time_zone": null})
}

fn moment(now: OffsetDateTime) -> Outcome {
    Outcome::Date(written(Point::Moment(now).to_minute()))
}

fn apply(name: &str, values: &[Outcome]) -> Option<Outcome> {
    use Outcome::{Date, List, Number, Text, Truth};
    // An empty number counts as zero.
    let number = |value: &Option<f64>| value.unwrap_or(0.0);
    let finite = |value: f64| Number(value.is_finite().then_some(value));
    let numbers = || values.iter().filter_map(Outcome::instant);
    Some(match (name, values) {
        ("+", [Number(left), Number(right)]) => finite(number(left) + number(right)),
        // What is no text is written as one beside it.
        ("+", [left, right]) => Text(format!("{}{}", left.format(), right.format())),
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
        ("length", [List(items)]) => Number(Some(items.len() as f64)),
        ("list", items) => List(items.iter().map(Outcome::format).collect()),
        ("trim", [Text(text)]) => Text(text.trim().to_owned()),
        ("replace", [Text(text), Text(from), Text(to)]) => Text(text.replacen(from.as_str(), to, 1)),
        ("replaceAll", [Text(text), Text(from), Text(to)]) => Text(text.replace(from.as_str(), to)),
        ("pi", []) => Number(Some(std::f64::consts::PI)),
        ("e", []) => Number(Some(std::f64::consts::E)),
        ("sqrt", [Number(value)]) => finite(number(value).sqrt()),
        ("sign", [Number(value)]) => finite(if number(value) == 0.0 { 0.0 } else { number(value).signum() }),
        ("year" | "month" | "date" | "day" | "hour" | "minute", [Date(date)]) => {
            Number(calendar::part(date, name))
        }
        ("dateBetween", [Date(left), Date(right), Text(unit)]) => {
            Number(calendar::between(left, right, unit))
        }
        ("dateSubtract", [Date(date), Number(amount), Text(unit)]) => {
            Date(calendar::later(date, -number(amount), unit))
        }
        ("empty", [value]) => Truth(value.is_empty()),
        ("format", [value]) => Text(value.format()),
        ("toNumber", [Text(text)]) => {
            Number(text.trim().parse().ok().filter(|found: &f64| found.is_finite()))
        }
        ("toNumber", [Truth(truth)]) => Number(Some(f64::from(u8::from(*truth)))),
        ("toNumber", [value]) => value.clone(),
        ("lower", [Text(text)]) => Text(text.to_lowercase()),
        ("upper", [Text(text)]) => Text(text.to_uppercase()),
        ("contains" | "includes", [Text(text), Text(part)]) => Truth(text.contains(part.as_str())),
        ("contains" | "includes", [List(items), Text(part)]) => Truth(items.contains(part)),
        // As JavaScript rounds: halves go up.
        ("round", [Number(value)]) => finite((number(value) + 0.5).floor()),
        ("floor", [Number(value)]) => finite(number(value).floor()),
        ("ceil", [Number(value)]) => finite(number(value).ceil()),
        ("abs", [Number(value)]) => finite(number(value).abs()),
        ("min", _) => Number(numbers().reduce(f64::min)),
        ("max", _) => Number(numbers().reduce(f64::max)),
        ("dateAdd", [Date(date), Number(amount), Text(unit)]) => {
            Date(calendar::later(date, number(amount), unit))
        }
        _ => return None,
    })
}
