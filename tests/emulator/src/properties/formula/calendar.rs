//! The calendar in formulas.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::json::Peek;
use crate::properties::dates::{self, Point};
use crate::query::dates::months_later;

fn start(date: &Value) -> Option<Point> {
    date.text("start").and_then(dates::parse)
}

fn months_of(unit: &str) -> Option<i32> {
    match unit {
        "months" => Some(1),
        "quarters" => Some(3),
        "years" => Some(12),
        _ => None,
    }
}

fn minutes_of(unit: &str) -> f64 {
    match unit {
        "minutes" => 1.0,
        "hours" => 60.0,
        "days" => 24.0 * 60.0,
        _ => 7.0 * 24.0 * 60.0,
    }
}

/// A date moved by units; one further than the calendar reaches is empty.
pub(super) fn later(date: &Value, amount: f64, unit: &str) -> Value {
    let moved = start(date).and_then(|start| match months_of(unit) {
        Some(months) => {
            let months = (amount.trunc() * f64::from(months)).clamp(-100_000.0, 100_000.0) as i32;
            Some(match start {
                Point::Day(day) => Point::Day(months_later(day, months)),
                Point::Moment(moment) => {
                    Point::Moment(moment.replace_date(months_later(moment.date(), months)))
                }
            })
        }
        None => start.later(Duration::checked_seconds_f64(amount * minutes_of(unit) * 60.0)?),
    });
    moved.map_or(Value::Null, |start| json!({"start": dates::write(start), "end": null, "time_zone": null}))
}

/// How many whole units the first date is after the second.
pub(super) fn between(left: &Value, right: &Value, unit: &str) -> Option<f64> {
    let (left, right) = (start(left)?.start(), start(right)?.start());
    let Some(months) = months_of(unit) else {
        return Some(((left - right).as_seconds_f64() / (minutes_of(unit) * 60.0)).trunc());
    };
    let count = |at: OffsetDateTime| at.year() * 12 + i32::from(u8::from(at.month()));
    let whole = count(left) - count(right);
    // A month that has begun is no whole one.
    let moved = right.replace_date(months_later(right.date(), whole));
    let whole = match whole {
        1.. if moved > left => whole - 1,
        ..=-1 if moved < left => whole + 1,
        _ => whole,
    };
    Some(f64::from(whole / months))
}

/// A part of a date: of days, Monday is the first.
pub(super) fn part(date: &Value, name: &str) -> Option<f64> {
    let at = start(date)?.start();
    Some(match name {
        "year" => f64::from(at.year()),
        "month" => f64::from(u8::from(at.month())),
        "date" => f64::from(at.day()),
        "day" => f64::from(at.weekday().number_from_monday()),
        "hour" => f64::from(at.hour()),
        _ => f64::from(at.minute()),
    })
}
