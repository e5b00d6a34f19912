//! Units of the calendar, and the spans of days that they make.

use jiff::Span;
use jiff::civil::{Date, Weekday};

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// From midnight to midnight.
    Day,
    /// Seven days from the first day of the week on.
    Week,
    /// As the calendar has it.
    Month,
    /// Three months from January, April, July or October on.
    Quarter,
    /// From the first of January on.
    Year,
}

/// What units are called.
const NAMES: [(Unit, &[&str]); 5] = [
    (Unit::Day, &["day", "days", "d"]),
    (Unit::Week, &["week", "weeks", "w"]),
    (Unit::Month, &["month", "months", "m"]),
    (Unit::Quarter, &["quarter", "quarters", "q"]),
    (Unit::Year, &["year", "years", "y"]),
];

impl Unit {
    /// The unit that a word in small letters means: `week`, `weeks`, `w`.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        NAMES.iter().find(|(_, names)| names.contains(&word)).map(|(unit, _)| *unit)
    }

    /// The first day of the unit that a day is in.
    #[must_use]
    pub fn start(self, day: Date, week_start: Weekday) -> Date {
        match self {
            Self::Day => day,
            // The earliest days of all have no Monday before them.
            Self::Week => moved(day, 0, -i64::from(day.weekday().since(week_start))).unwrap_or(day),
            Self::Month => day.first_of_month(),
            Self::Quarter => {
                let month = day.month() - (day.month() - 1) % 3;
                Date::new(day.year(), month, 1).unwrap_or(day)
            }
            Self::Year => day.first_of_year(),
        }
    }

    /// The day so many units later, or earlier. A month after the 31st of January is the last of February; none beyond
    /// the calendar.
    #[must_use]
    pub fn later(self, day: Date, count: i64) -> Option<Date> {
        match self {
            Self::Day => moved(day, 0, count),
            Self::Week => moved(day, 0, count.checked_mul(7)?),
            Self::Month => moved(day, count, 0),
            Self::Quarter => moved(day, count.checked_mul(3)?, 0),
            Self::Year => moved(day, count.checked_mul(12)?, 0),
        }
    }

    /// The first and the last day of the unit so many after the one that a day is in.
    #[must_use]
    pub fn span(self, day: Date, count: i64, week_start: Weekday) -> Option<(Date, Date)> {
        let first = self.later(self.start(day, week_start), count)?;
        let last = Self::Day.later(self.later(first, 1)?, -1)?;
        Some((first, last))
    }

    /// What the unit that begins on a day is called, as ISO 8601 writes it: `2026-11-29`, `2026-W48`, `2026-11`,
    /// `2026-Q4`, `2026`. A week that doesn't begin on a Monday has no number, and is called by its first day.
    #[must_use]
    pub fn label(self, first: Date) -> String {
        match self {
            Self::Week if first.weekday() == Weekday::Monday => {
                let week = first.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Day | Self::Week => first.to_string(),
            Self::Month => format!("{:04}-{:02}", first.year(), first.month()),
            Self::Quarter => format!("{:04}-Q{}", first.year(), (first.month() - 1) / 3 + 1),
            Self::Year => format!("{:04}", first.year()),
        }
    }
}

fn moved(day: Date, months: i64, days: i64) -> Option<Date> {
    let span = Span::new().try_months(months).ok()?.try_days(days).ok()?;
    // What people write has four digits of a year, and so has ISO 8601.
    day.checked_add(span).ok().filter(|day| (0..=9999).contains(&day.year()))
}
