//! Dates as property values: a day, or a moment with an offset.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

use crate::errors::{Refusal, invalid};
use crate::json::Peek;
use crate::properties::zones;

/// A point of a date value: what is compared and what is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Point {
    Day(Date),
    Moment(OffsetDateTime),
}

impl Point {
    pub(crate) fn start(self) -> OffsetDateTime {
        match self {
            Point::Day(day) => day.midnight().assume_utc(),
            Point::Moment(moment) => moment,
        }
    }

    /// The point after a while; a day moved by hours becomes a moment.
    pub(crate) fn later(self, by: time::Duration) -> Option<Point> {
        match self {
            Point::Day(day) if by.whole_seconds() % 86_400 == 0 => day.checked_add(by).map(Point::Day),
            Point::Day(day) => day.midnight().assume_utc().checked_add(by).map(Point::Moment),
            Point::Moment(moment) => moment.checked_add(by).map(Point::Moment),
        }
    }

    /// The point as Notion keeps it: seconds are cut off (recorded).
    pub(crate) fn to_minute(self) -> Point {
        match self {
            Point::Day(day) => Point::Day(day),
            Point::Moment(moment) => {
                let clock = time::Time::from_hms(moment.hour(), moment.minute(), 0);
                Point::Moment(clock.map_or(moment, |clock| moment.replace_time(clock)))
            }
        }
    }

    pub(crate) fn day(self) -> Date {
        match self {
            Point::Day(day) => day,
            Point::Moment(moment) => moment.to_offset(time::UtcOffset::UTC).date(),
        }
    }
}

/// Reads an ISO 8601 date or date and time.
pub(crate) fn parse(text: &str) -> Option<Point> {
    if let Ok(day) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        return Some(Point::Day(day));
    }
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(Point::Moment(moment));
    }
    let (day, clock) = text.split_once('T')?;
    if let (Some(minutes), Some(offset)) = (clock.get(..5), clock.get(5..))
        && offset.starts_with(['Z', 'z', '+', '-'])
    {
        let moment = OffsetDateTime::parse(&format!("{day}T{minutes}:00{offset}"), &Rfc3339);
        return moment.ok().map(Point::Moment);
    }
    let padded = match clock.len() {
        5 => format!("{day}T{clock}:00"),
        8 => text.to_owned(),
        _ => format!("{day}T{}", clock.get(..8)?),
    };
    PrimitiveDateTime::parse(&padded, format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]"))
        .ok()
        .map(|moment| Point::Moment(moment.assume_utc()))
}

pub(crate) fn write(point: Point) -> String {
    match point {
        Point::Day(day) => format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day()),
        Point::Moment(moment) => {
            let offset = moment.offset();
            let sign = if offset.is_negative() { '-' } else { '+' };
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{sign}{:02}:{:02}",
                moment.year(),
                u8::from(moment.month()),
                moment.day(),
                moment.hour(),
                moment.minute(),
                moment.second(),
                moment.millisecond(),
                offset.whole_hours().unsigned_abs(),
                offset.minutes_past_hour().unsigned_abs(),
            )
        }
    }
}

/// A date value from a request, in the form that answers carry.
///
/// A time zone belongs to times without an offset (documented), or with its own (recorded: `Z` beside `UTC`); the answer
/// has them with the zone's offset, and `time_zone: null`, as for every time with an offset. Seconds are cut off.
pub(crate) fn normal(path: &str, date: &Value) -> Result<Value, Refusal> {
    let zone = date.text("time_zone");
    let read = |key: &str| -> Result<Option<Point>, Refusal> {
        let Some(text) = date.text(key) else { return Ok(None) };
        let point = parse(text).ok_or_else(|| {
            invalid(format!(
                "body failed validation: {path}.{key} should be a valid ISO 8601 date string, instead was `\"{text}\"`."
            ))
        })?;
        let point = point.to_minute();
        match (zone, point) {
            (None, _) => Ok(Some(point)),
            (Some(_), Point::Day(_)) => Err(invalid(format!("{path}: time_zone needs a date with a time."))),
            (Some(zone), Point::Moment(moment))
                if has_offset(text) && zones::offset(zone, moment) != Some(moment.offset()) =>
            {
                Err(invalid(format!("{path}: {key} can't have another offset beside a time_zone.")))
            }
            (Some(zone), Point::Moment(local)) => zones::offset(zone, local)
                .map(|offset| Some(Point::Moment(local.replace_offset(offset))))
                .ok_or_else(|| invalid(format!("{path}: {zone} is not a time zone that is known here."))),
        }
    };
    let start = read("start")?;
    let end = read("end")?;
    if let (Some(start), Some(end)) = (start, end) {
        if matches!(start, Point::Day(_)) != matches!(end, Point::Day(_)) {
            return Err(invalid(format!("{path}: start and end must both be dates or both be date-times.")));
        }
        if end.start() < start.start() {
            return Err(invalid(format!("{path}: end must not be before start.")));
        }
    }
    Ok(json!({"start": start.map(write), "end": end.map(write), "time_zone": null}))
}

fn has_offset(text: &str) -> bool {
    text.split_once('T').is_some_and(|(_, clock)| clock.contains(['Z', 'z', '+', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_with_milliseconds_and_offset() {
        let date = json!({"start": "2026-07-04T10:07:00+02:00"});
        assert_eq!(normal("p", &date).unwrap()["start"], "2026-07-04T10:07:00.000+02:00");
        assert_eq!(normal("p", &json!({"start": "2026-07-04"})).unwrap()["start"], "2026-07-04");
        assert_eq!(
            normal("p", &json!({"start": "2026-07-04T10:07"})).unwrap()["start"],
            "2026-07-04T10:07:00.000+00:00"
        );
        let tokyo = json!({"start": "2026-07-04T10:07", "time_zone": "Asia/Tokyo"});
        let wanted = json!({"start": "2026-07-04T10:07:00.000+09:00", "end": null, "time_zone": null});
        assert_eq!(normal("p", &tokyo), Ok(wanted));
        assert!(normal("p", &json!({"start": "2026-07-04T10:07Z", "time_zone": "Asia/Tokyo"})).is_err());
        assert!(normal("p", &json!({"start": "2026-07-04T10:07Z", "time_zone": "UTC"})).is_ok());
        assert!(normal("p", &json!({"start": "2026-07-04", "time_zone": "Asia/Tokyo"})).is_err());
        assert!(normal("p", &json!({"start": "2026-07-04T10:07", "time_zone": "Mars/Olympus"})).is_err());
        assert!(normal("p", &json!({"start": "July 4"})).is_err());
        assert!(normal("p", &json!({"start": "2026-07-04", "end": "2026-07-01"})).is_err());
    }
}
