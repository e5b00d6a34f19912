//! Time as the tables keep it: milliseconds since 1970 in UTC.

use std::time::Duration;

use time::OffsetDateTime;

use crate::error::Fault;

/// The present.
pub(crate) fn now() -> i64 {
    to_milliseconds(OffsetDateTime::now_utc())
}

/// A time as the tables keep it.
pub(crate) fn to_milliseconds(time: OffsetDateTime) -> i64 {
    // The years that `OffsetDateTime` knows fit many times over.
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// A time that a table kept.
pub(crate) fn from_milliseconds(milliseconds: i64) -> Result<OffsetDateTime, Fault> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000)
        .map_err(|_| Fault::Damaged("a time is out of range".to_owned()))
}

/// A duration as the tables keep it.
pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
