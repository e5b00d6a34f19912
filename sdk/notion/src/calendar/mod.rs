//! Days as people say them: `today`, `last_month`, `+7d`, `end of month`.
//!
//! What such a word means depends on where and when it is said, so a [`Calendar`] has the time of the call, a time zone,
//! and the day on which a week begins. Days are those of the civil calendar; a day of 23 or 25 hours is one day. A word
//! that means a span has no place where one day is wanted: whoever writes `last_month` into a due date is asked which
//! day.

mod unit;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

pub use self::unit::Unit;
pub use self::words::Shift;
use self::words::Word;
use crate::Error;

/// A time, a place and a first day of the week: what relative dates are read by.
#[derive(Clone, Debug)]
pub struct Calendar {
    now: Timestamp,
    zone: TimeZone,
    week_start: Weekday,
    /// What the words that were read have come to, for whoever tells the caller.
    told: RefCell<BTreeMap<String, String>>,
}

/// What a word comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A day.
    Day(Date),
    /// A time of a day, by the clocks of the calendar's zone.
    Time(DateTime),
    /// Days from the first to the last.
    Span(Date, Date),
}

impl Calendar {
    /// A calendar at a time, in milliseconds since 1970.
    ///
    /// The zone comes with its rules, as a file of the IANA database has them (RFC 9636): whoever asks has no database of
    /// its own to look into, and two that ask with the same rules are answered the same. Without rules it is UTC.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a time beyond the calendar and for rules that are none.
    pub fn new(now_ms: u64, zone: &str, rules: &[u8], week_start: Weekday) -> Result<Self, Error> {
        let zone = match rules {
            [] => TimeZone::UTC,
            rules => TimeZone::tzif(zone, rules).map_err(|error| {
                Error::invalid_input(format!("The rules of the time zone `{zone}` can't be read: {error}."))
            })?,
        };
        Self::of(now_ms, zone, week_start)
    }

    /// The same in UTC, with weeks from Monday on.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a time beyond the calendar.
    pub fn utc(now_ms: u64) -> Result<Self, Error> {
        Self::of(now_ms, TimeZone::UTC, Weekday::Monday)
    }

    fn of(now_ms: u64, zone: TimeZone, week_start: Weekday) -> Result<Self, Error> {
        let now = i64::try_from(now_ms).ok().and_then(|now| Timestamp::from_millisecond(now).ok());
        let now = now.ok_or_else(|| Error::invalid_input("The time of the call is beyond the calendar."))?;
        Ok(Self { now, zone, week_start, told: RefCell::default() })
    }

    /// A calendar in the place of one that is not known yet, to see whether one is needed.
    pub(crate) fn stand_in() -> Self {
        let now = Timestamp::UNIX_EPOCH;
        Self { now, zone: TimeZone::UTC, week_start: Weekday::Monday, told: RefCell::default() }
    }

    /// The day that it is now.
    #[must_use]
    pub fn today(&self) -> Date {
        self.zone.to_datetime(self.now).date()
    }

    /// The first and the last day of a unit: of the one that today is in for 0, the last one for -1, the next for 1. None
    /// beyond the calendar.
    ///
    /// ```
    /// use toolbay_sdk_notion::calendar::{Calendar, Unit};
    /// use toolbay_sdk_notion::jiff::civil::date;
    ///
    /// let calendar = Calendar::utc(1_767_225_600_000)?; // 2026-01-01, a Thursday
    /// assert_eq!(calendar.span(Unit::Month, -1), Some((date(2025, 12, 1), date(2025, 12, 31))));
    /// assert_eq!(calendar.span(Unit::Week, 0), Some((date(2025, 12, 29), date(2026, 1, 4))));
    /// # Ok::<(), toolbay_sdk_notion::Error>(())
    /// ```
    #[must_use]
    pub fn span(&self, unit: Unit, count: i64) -> Option<(Date, Date)> {
        unit.span(self.today(), count, self.week_start)
    }

    /// The time that it is now, as ISO 8601 writes it: by this zone's clocks, to the minute, with their offset.
    #[must_use]
    pub fn now(&self) -> Option<String> {
        self.written(self.zone.to_datetime(self.now))
    }

    /// The day on which a week begins.
    #[must_use]
    pub fn week_start(&self) -> Weekday {
        self.week_start
    }

    /// The zone's name of IANA.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// True where the clocks are those of UTC.
    #[must_use]
    pub fn is_utc(&self) -> bool {
        self.zone == TimeZone::UTC || self.zone() == "UTC"
    }

    /// The day on which a time is, in this zone.
    #[must_use]
    pub fn day_of(&self, time: Timestamp) -> Date {
        self.zone.to_datetime(time).date()
    }

    /// When a day begins in this zone: at midnight, or where clocks skip it, at the first time after.
    #[must_use]
    pub fn start_of(&self, day: Date) -> Option<Timestamp> {
        self.zone.to_timestamp(day.to_datetime(civil::Time::midnight())).ok()
    }

    /// What a relative date means; none for a text that is none. What it came to is kept for [`Calendar::take_told`].
    ///
    /// | said | means |
    /// | --- | --- |
    /// | `today`, `yesterday`, `tomorrow`, `now` | as they say |
    /// | `+7d`, `-2w`, `+1m`, `+1q`, `+1y`, `today+7d`, `3 days ago`, `in 2 weeks` | so many days, weeks, months … from today |
    /// | `start of month`, `end of next quarter`, `end of month + 5d` | a day of a unit |
    /// | `this_week`, `last_month`, `next_quarter` | a whole unit of the calendar |
    /// | `past_week`, `past_month`, `past 30 days`, `next 2 weeks` | from so long ago until today, or from today on |
    /// | `2026-W48`, `2026-11`, `2026-Q4`, `2026` | a week of ISO 8601, a month, a quarter, a year |
    ///
    /// Behind what means a day a time may stand: `tomorrow 09:30`.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<When> {
        let when = Word::read(text)?.resolved(self)?;
        let meaning = match when {
            When::Day(day) => day.to_string(),
            When::Time(time) => self.written(time)?,
            When::Span(first, last) => format!("{first} to {last}"),
        };
        self.told.borrow_mut().insert(text.trim().to_owned(), meaning);
        Some(when)
    }

    /// The clocks of this zone at a time.
    pub(crate) fn clock_at(&self, time: Timestamp) -> DateTime {
        self.zone.to_datetime(time)
    }

    /// A time of this zone's clocks as ISO 8601 writes it, to the minute and with its offset.
    pub(crate) fn written(&self, time: DateTime) -> Option<String> {
        let stamp = self.zone.to_timestamp(time).ok()?;
        Some(with_offset(self.zone.to_datetime(stamp), self.zone.to_offset(stamp).seconds()))
    }

    /// A sentence about what the words that were read have come to; none where none was read.
    #[must_use]
    pub fn take_told(&self) -> Option<String> {
        let told = self.told.take();
        if told.is_empty() {
            return None;
        }
        let words: Vec<String> =
            told.iter().map(|(word, meaning)| format!("`{word}` is {meaning}")).collect();
        Some(format!("{} ({}).", words.join(", "), self.zone()))
    }
}

/// True for what [`Calendar::read`] takes.
pub(crate) fn is_date(text: &str) -> bool {
    Word::read(text).is_some()
}

/// True for what [`Calendar::read`] would take for a relative date, years and months aside: those may be numbers and texts.
#[must_use]
pub fn is_relative(text: &str) -> bool {
    Word::read(text).is_some_and(|word| word.is_relative())
}

/// The week of a day as ISO 8601 writes it, whatever the day on which weeks begin elsewhere. [`Calendar::read`] reads it.
///
/// ```
/// use toolbay_sdk_notion::calendar::iso_week;
/// use toolbay_sdk_notion::jiff::civil::date;
///
/// assert_eq!(iso_week(date(2027, 1, 1)), "2026-W53");
/// ```
#[must_use]
pub fn iso_week(day: Date) -> String {
    Unit::Week.label(Unit::Week.start(day, Weekday::Monday))
}

fn with_offset(time: DateTime, seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!(
        "{}T{:02}:{:02}{sign}{:02}:{:02}",
        time.date(),
        time.hour(),
        time.minute(),
        minutes / 60,
        minutes % 60
    )
}

/// The way that people write these, to end a hint with.
pub(crate) const EXAMPLES: &str = "`today`, `+7d`, `end of month`";

#[cfg(test)]
mod tests;
