//! Moments, as the commands print them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment as RFC 3339.
pub(in crate::command) fn at(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.unix_timestamp().to_string())
}

/// The moment of an event, as RFC 3339.
pub(super) fn at_ms(milliseconds: i64) -> String {
    let nanoseconds = i128::from(milliseconds) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_or_else(|_| milliseconds.to_string(), at)
}
