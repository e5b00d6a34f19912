//! Date conditions. An operand that is a day compares days; one with a time compares moments.

use serde_json::Value;
use time::{Date, Duration, Month, OffsetDateTime};

use crate::json::Peek;
use crate::properties::dates::{Point, parse};

/// The words that a date operand may be instead of a date.
pub(crate) fn is_relative(word: &str) -> bool {
    relative(word, OffsetDateTime::UNIX_EPOCH).is_some()
}

fn relative(word: &str, now: OffsetDateTime) -> Option<Point> {
    let today = now.date();
    Some(Point::Day(match word {
        "today" => today,
        "tomorrow" => days(today, 1),
        "yesterday" => days(today, -1),
        "one_week_ago" => days(today, -7),
        "one_week_from_now" => days(today, 7),
        "one_month_ago" => months_later(today, -1),
        "one_month_from_now" => months_later(today, 1),
        _ => return None,
    }))
}

fn days(day: Date, number: i64) -> Date {
    day.saturating_add(Duration::days(number))
}

/// Months of the calendar (recorded): a month before the 31st of March is the last of February.
pub(crate) fn months_later(day: Date, number: i32) -> Date {
    let month = day.year() * 12 + i32::from(u8::from(day.month())) - 1 + number;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let Some(month) = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok()) else {
        return day;
    };
    Date::from_calendar_date(year, month, day.day().min(month.length(year))).unwrap_or(day)
}

/// Whether a date value, or a timestamp, meets a condition.
pub(crate) fn date_holds(now: OffsetDateTime, value: &Value, condition: &Value) -> bool {
    let start = value.as_str().or(value.text("start")).and_then(parse);
    let Some(start) = start else { return false };
    condition.as_object().into_iter().flatten().all(|(operator, operand)| {
        if let Some(operand) = operand.as_str() {
            // As values, operands are cut to the minute (recorded).
            let operand = parse(operand).map(Point::to_minute).or_else(|| relative(operand, now));
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
    let (from, to) = match operator {
        "this_week" => {
            let monday = days(today, -i64::from(today.weekday().number_days_from_monday()));
            (monday, days(monday, 6))
        }
        "past_week" => (days(today, -7), today),
        "past_month" => (months_later(today, -1), today),
        "past_year" => (months_later(today, -12), today),
        "next_week" => (today, days(today, 7)),
        "next_month" => (today, months_later(today, 1)),
        "next_year" => (today, months_later(today, 12)),
        _ => return true,
    };
    from <= day && day <= to
}
