//! What a row has in a column, as groups and aggregates see it.

use std::str::FromStr;

use jiff::civil::Date;
use serde_json::{Number, Value};

use crate::Error;
use crate::calendar::{Calendar, Unit};
use crate::properties::plain::plain;
use crate::properties::{Kind, Moment, Property, known};

/// Notion's value of a column; for the times that each row has without a column, as if it were one.
pub(super) fn of<'a>(row: &'a Value, property: &Property) -> Option<&'a Value> {
    match property.id.as_str() {
        "" => row.get(&property.name),
        _ => row.get("properties").and_then(|properties| properties.get(&property.name)),
    }
}

/// Whether there is nothing in it.
pub(super) fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(value) => plain(value).is_none(),
    }
}

/// The number that it is.
pub(super) fn number(value: &Value) -> Option<Number> {
    match plain(value)? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// The moment that it is, or begins at, and the text of it.
pub(super) fn moment(value: &Value) -> Option<(Moment, String)> {
    let text = match value {
        // A time of the row itself.
        Value::String(text) => text.as_str(),
        value => {
            let kind = value.get("type").and_then(Value::as_str)?;
            let inner = value.get(kind)?;
            match Kind::from_name(kind) {
                Kind::Date => inner.get("start")?.as_str()?,
                Kind::Formula | Kind::Rollup => inner.get("date")?.get("start")?.as_str()?,
                Kind::CreatedTime | Kind::LastEditedTime => inner.as_str()?,
                _ => return None,
            }
        }
    };
    let moment = Moment::from_str(text).ok()?;
    let text = text.replacen(":00.000", "", 1).replacen("+00:00", "Z", 1);
    Some((moment, text))
}

/// The day on which it is, by the calendar's clocks where it is a time.
pub(super) fn day(moment: &Moment, calendar: &Calendar) -> Date {
    moment.timestamp().map_or_else(|| moment.day(), |time| calendar.day_of(time))
}

/// The groups that a row is in, by one column: several where the column holds several values, and the group of nothing
/// where it holds none. People and pages are their ids; `names` is told what people are called. A value that is no single date
/// has no unit of time, and is refused where one is asked for.
pub(super) fn groups(
    value: Option<&Value>,
    unit: Option<Unit>,
    calendar: &Calendar,
    mut names: impl FnMut(&str, &str),
) -> Result<Vec<Value>, Error> {
    let Some(value) = value.filter(|value| !is_empty(Some(value))) else { return Ok(vec![Value::Null]) };
    if let Some((moment, _)) = moment(value) {
        let unit = unit.unwrap_or(Unit::Day);
        let first = unit.start(day(&moment, calendar), calendar.week_start());
        return Ok(vec![Value::String(unit.label(first))]);
    }
    if unit.is_some() {
        return Err(Error::invalid_input(
            "A value of it is no single date, so it has no day, week or month.",
        )
        .hint("Group by the column alone, or by a column of dates."));
    }
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    let people = match (Kind::from_name(kind), value.get(kind)) {
        (Kind::People, Some(people)) => people.as_array().map(Vec::as_slice).unwrap_or_default(),
        (Kind::CreatedBy | Kind::LastEditedBy, Some(person)) => std::slice::from_ref(person),
        _ => &[],
    };
    let ids = people.iter().filter_map(|person| {
        let id = person.get("id").and_then(Value::as_str)?;
        if let Some(name) = person.get("name").and_then(Value::as_str) {
            names(id, name);
        }
        Some(Value::from(id))
    });
    let ids: Vec<Value> = ids.collect();
    let values = match plain(value) {
        _ if !ids.is_empty() => ids,
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
        None => vec![Value::Null],
    };
    let mut several: Vec<Value> = Vec::new();
    for value in values {
        // A file is called by its name.
        let value = value.get("name").cloned().unwrap_or(value);
        if !several.contains(&value) {
            several.push(value);
        }
    }
    Ok(several)
}

/// Why what a row shows of a column may not be all of it, or not what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Notion shows a part of a long value.
    Cut,
    /// Notion did not compute it, or over a part of a relation.
    NotComputed,
}

pub(super) fn doubt(row: &Value, property: &Property, schema: &crate::Schema) -> Option<Doubt> {
    let value = of(row, property).filter(|value| value.is_object())?;
    if known::is_not_computed(value) || known::is_partial(&property.name, row, schema) {
        return Some(Doubt::NotComputed);
    }
    known::is_cut(value).then_some(Doubt::Cut)
}
