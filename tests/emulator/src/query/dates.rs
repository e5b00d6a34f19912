//! Date conditions. An operand that is a day compares days; one with a time compares moments.

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::json::Peek;
use crate::properties::dates::{Point, parse};

/// The words that a date operand may be instead of a date.
pub(crate) fn is_relative(word: &str) -> bool {
    relative(word, OffsetDateTime::UNIX_EPOCH).is_some()
}

fn relative(word: &str, now: OffsetDateTime) -> Option<Point> {
    let days = match word {
        "today" => 0,
        "tomorrow" => 1,
        "yesterday" => -1,
        "one_week_ago" => -7,
        "one_week_from_now" => 7,
        "one_month_ago" => -30,
        "one_month_from_now" => 30,
        _ => return None,
    };
    Some(Point::Day(now.saturating_add(Duration::days(days)).date()))
}

/// Whether a date value, or a timestamp, meets a condition.
pub(crate) fn date_holds(now: OffsetDateTime, value: &Value, condition: &Value) -> bool {
    let start = value.as_str().or(value.text("start")).and_then(parse);
    let Some(start) = start else { return false };
    condition.as_object().into_iter().flatten().all(|(operator, operand)| {
        if let Some(operand) = operand.as_str() {
            let operand = parse(operand).or_else(|| relative(operand, now));
            return operand.is_none_or(|operand| compares(operator, start, operand));
        }
        within(operator, start, now)
    })
}

fn compares(operator: &str, value: Point, operand: Point) -> bool {
    let order = match (value, operand) {
        (Point::Moment(value), Point::Moment(operand)) => value.cmp(&operand),
        _ => value.day().cmp(&operand.day()),
    };
    match operator {
        "equals" => order.is_eq(),
        "before" => order.is_lt(),
        "after" => order.is_gt(),
        "on_or_before" => order.is_le(),
        "on_or_after" => order.is_ge(),
        _ => true,
    }
}

fn within(operator: &str, value: Point, now: OffsetDateTime) -> bool {
    let today = now.date();
    let day = value.day();
    let shifted = |days: i64| today.saturating_add(Duration::days(days));
    let (from, to) = match operator {
        "this_week" => {
            let monday = shifted(-i64::from(today.weekday().number_days_from_monday()));
            (monday, monday.saturating_add(Duration::days(6)))
        }
        "past_week" => (shifted(-7), today),
        "past_month" => (shifted(-30), today),
        "past_year" => (shifted(-365), today),
        "next_week" => (today, shifted(7)),
        "next_month" => (today, shifted(30)),
        "next_year" => (today, shifted(365)),
        _ => return true,
    };
    from <= day && day <= to
}
