//! The types of formulas. What has one can be evaluated; the rest of Notion's functions is known by name.

use crate::json::Peek;
use crate::model::collection::DataSource;
use crate::properties::formula::kind::{MAX_DEPTH, Type};
use crate::properties::formula::parse::{self, Expression};

/// The units of time.
const UNITS: [&str; 7] = ["minutes", "hours", "days", "weeks", "months", "quarters", "years"];

/// Functions that Notion has and the emulator doesn't evaluate, or not for every type.
const KNOWN: &[&str] = &[
    "add",
    "at",
    "cbrt",
    "concat",
    "contains",
    "count",
    "current",
    "date",
    "dateAdd",
    "dateBetween",
    "dateEnd",
    "dateRange",
    "dateStart",
    "dateSubtract",
    "day",
    "divide",
    "e",
    "email",
    "empty",
    "equal",
    "every",
    "exp",
    "filter",
    "find",
    "findIndex",
    "first",
    "flat",
    "format",
    "formatDate",
    "formatNumber",
    "fromTimestamp",
    "hour",
    "id",
    "if",
    "ifs",
    "includes",
    "index",
    "join",
    "last",
    "length",
    "let",
    "lets",
    "link",
    "list",
    "ln",
    "log10",
    "log2",
    "lower",
    "map",
    "match",
    "max",
    "mean",
    "median",
    "min",
    "minute",
    "mod",
    "month",
    "multiply",
    "name",
    "now",
    "padEnd",
    "padStart",
    "parseDate",
    "pi",
    "pow",
    "repeat",
    "replace",
    "replaceAll",
    "reverse",
    "round",
    "sign",
    "slice",
    "some",
    "sort",
    "split",
    "sqrt",
    "style",
    "substring",
    "subtract",
    "sum",
    "test",
    "timestamp",
    "toNumber",
    "today",
    "trim",
    "unequal",
    "unique",
    "unstyle",
    "upper",
    "week",
    "year",
];

/// The type of an expression, or why it is none. `inside` has the formulas that it is part of.
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
    // Names that a function gives to its other arguments are no mistakes in them.
    if ["let", "lets", "map", "filter", "some", "every", "find", "findIndex", "sort"].contains(&name) {
        return Ok(Type::Unknown);
    }
    let types = arguments
        .iter()
        .map(|argument| type_of(data_source, argument, inside))
        .collect::<Result<Vec<Type>, String>>()?;
    of_call(name, arguments, &types)
}

fn of_call(name: &str, arguments: &[Expression], types: &[Type]) -> Result<Type, String> {
    use Type::{Boolean, Date, List, Number, Text, Unknown};
    let all = |kind: Type| types.iter().all(|found| *found == kind);
    let with_unit = |kind: Type| match arguments.last() {
        Some(Expression::Text(unit)) if UNITS.contains(&unit.as_str()) => Ok(kind),
        Some(Expression::Text(_)) => Err(format!("{name}() takes one of {}.", UNITS.join(", "))),
        // A unit that is computed is not known before.
        _ => Ok(Unknown),
    };
    Ok(match (name, types) {
        ("+", [Text, Number | Text | Boolean] | [Number | Boolean, Text]) => Text,
        ("+" | "-" | "*" | "/" | "%" | "^", [Number, Number]) | ("-", [Number]) => Number,
        ("==" | "!=", [left, right]) if left == right && *left != Unknown => Boolean,
        (">" | "<" | ">=" | "<=", [Number, Number] | [Date, Date]) => Boolean,
        ("and" | "or", [Boolean, Boolean]) | ("not", [Boolean]) => Boolean,
        ("if", [Boolean, yes, no]) if yes == no => *yes,
        ("concat", [_, ..]) if all(Text) => Text,
        ("list", [_, ..]) if all(Text) => List,
        ("length", [Text | List]) | ("toNumber", [Number | Text | Boolean]) => Number,
        ("empty", [Number | Text | Boolean | Date | List]) => Boolean,
        ("contains" | "includes", [Text | List, Text]) => Boolean,
        ("format", [Number | Text | Boolean]) | ("lower" | "upper" | "trim", [Text]) => Text,
        ("replace" | "replaceAll", [Text, Text, Text]) => match arguments.get(1) {
            // Patterns are literal as long as they have no sign with another meaning.
            Some(Expression::Text(pattern)) if !pattern.contains(is_pattern) => Text,
            _ => Unknown,
        },
        ("round" | "floor" | "ceil" | "abs" | "sqrt" | "sign", [Number]) | ("pi" | "e", []) => Number,
        ("min" | "max", [_, ..]) if all(Number) => Number,
        ("now" | "today", []) => Date,
        ("year" | "month" | "date" | "day" | "hour" | "minute", [Date]) => Number,
        ("dateAdd" | "dateSubtract", [Date, Number, Text]) => with_unit(Date)?,
        ("dateBetween", [Date, Date, Text]) => with_unit(Number)?,
        (
            "if" | "+" | "==" | "!=" | "-" | "*" | "/" | "%" | "^" | ">" | "<" | ">=" | "<=" | "and" | "or"
            | "not",
            _,
        ) if types.contains(&Unknown) => Unknown,
        ("if", [Boolean, _, _]) => Unknown,
        ("ceil" | "floor" | "abs", [Unknown]) => Unknown,
        _ if KNOWN.contains(&name) && name != "if" => Unknown,
        _ => return Err(format!("{name} can't be used with {types:?}.")),
    })
}

fn is_pattern(letter: char) -> bool {
    "\\^$.|?*+()[]{}".contains(letter)
}

fn of_property(data_source: &DataSource, name: &str, inside: &[&str]) -> Result<Type, String> {
    let property = data_source
        .property(name)
        .ok_or_else(|| format!("The formula names {name}, which is not a property that exists."))?;
    match property.kind.as_str() {
        "number" | "unique_id" => Ok(Type::Number),
        "title" | "rich_text" | "select" | "status" | "url" | "email" | "phone_number" => Ok(Type::Text),
        "multi_select" => Ok(Type::List),
        "checkbox" => Ok(Type::Boolean),
        "date" | "created_time" | "last_edited_time" => Ok(Type::Date),
        "formula" if inside.contains(&property.id.as_str()) => {
            Err(format!("The formula uses itself through {name}."))
        }
        "formula" if inside.len() < MAX_DEPTH => {
            let inner = parse::expression(property.config.text("expression").unwrap_or_default())?;
            let inside: Vec<&str> = inside.iter().copied().chain([property.id.as_str()]).collect();
            type_of(data_source, &inner, &inside)
        }
        _ => Ok(Type::Unknown),
    }
}
