//! The types of formulas. What passes here can be evaluated.

use crate::json::Peek;
use crate::model::collection::DataSource;
use crate::properties::formula::parse::{self, Expression};
use crate::properties::formula::{DEPTH, Type};

/// The units of `dateAdd`. Those whose length depends on the calendar are not taken.
const UNITS: [&str; 4] = ["minutes", "hours", "days", "weeks"];

/// The type of an expression, or why it can't be evaluated. `inside` has the formulas that it is part of.
pub(super) fn type_of(
    data_source: &DataSource,
    expression: &Expression,
    inside: &[&str],
) -> Result<Type, String> {
    let (name, arguments) = match expression {
        Expression::Number(_) => return Ok(Type::Number),
        Expression::Text(_) => return Ok(Type::Text),
        Expression::Truth(_) => return Ok(Type::Boolean),
        Expression::Property(name) => return of_property(data_source, name, inside),
        Expression::Call(name, arguments) => (name.as_str(), arguments.as_slice()),
    };
    let types = arguments
        .iter()
        .map(|argument| type_of(data_source, argument, inside))
        .collect::<Result<Vec<Type>, String>>()?;
    let all = |kind: Type| types.iter().all(|found| *found == kind);
    use Type::{Boolean, Date, Number, Text};
    match (name, types.as_slice()) {
        ("+", [Text, Text]) => Ok(Text),
        ("+" | "-" | "*" | "/" | "%" | "^", [Number, Number]) | ("-", [Number]) => Ok(Number),
        ("==" | "!=", [left, right]) if left == right => Ok(Boolean),
        (">" | "<" | ">=" | "<=", [Number, Number] | [Date, Date]) => Ok(Boolean),
        ("and" | "or", [Boolean, Boolean]) | ("not", [Boolean]) => Ok(Boolean),
        ("if", [Boolean, yes, no]) if yes == no => Ok(*yes),
        ("concat", [_, ..]) if all(Text) => Ok(Text),
        ("length", [Text]) | ("toNumber", [Number | Text | Boolean]) => Ok(Number),
        ("empty", [_]) | ("contains", [Text, Text]) => Ok(Boolean),
        ("format", [Number | Text | Boolean]) | ("lower" | "upper", [Text]) => Ok(Text),
        ("round" | "floor" | "ceil" | "abs", [Number]) => Ok(Number),
        ("min" | "max", [_, ..]) if all(Number) => Ok(Number),
        ("dateAdd", [Date, Number, Text]) => match arguments.last() {
            Some(Expression::Text(unit)) if UNITS.contains(&unit.as_str()) => Ok(Date),
            _ => Err(format!("dateAdd() takes one of {} here.", UNITS.join(", "))),
        },
        _ => Err(format!("{name} with {types:?} can't be evaluated here.")),
    }
}

fn of_property(data_source: &DataSource, name: &str, inside: &[&str]) -> Result<Type, String> {
    let property = data_source
        .property(name)
        .ok_or_else(|| format!("The formula names {name}, which is not a property that exists."))?;
    match property.kind.as_str() {
        "number" | "unique_id" => Ok(Type::Number),
        "title" | "rich_text" | "select" | "status" | "url" | "email" | "phone_number" => Ok(Type::Text),
        "checkbox" => Ok(Type::Boolean),
        "date" | "created_time" | "last_edited_time" => Ok(Type::Date),
        "formula" if inside.contains(&property.id.as_str()) => {
            Err(format!("The formula uses itself through {name}."))
        }
        "formula" if inside.len() < DEPTH => {
            let inner = parse::expression(property.config.text("expression").unwrap_or_default())?;
            let inside: Vec<&str> = inside.iter().copied().chain([property.id.as_str()]).collect();
            type_of(data_source, &inner, &inside)
        }
        kind => Err(format!("{name} is a {kind} property, which can't be evaluated in a formula here.")),
    }
}
