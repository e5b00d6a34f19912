//! The time that objects get, real or set by a test, and the two forms that Notion writes it in.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// The emulator's clock: real by default, frozen once a test sets it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    frozen: Option<OffsetDateTime>,
}

impl Clock {
    /// One that stands at a time, or goes.
    pub(crate) fn at(frozen: Option<OffsetDateTime>) -> Self {
        Self { frozen }
    }

    pub(crate) fn now(self) -> OffsetDateTime {
        self.frozen.unwrap_or_else(OffsetDateTime::now_utc).to_offset(UtcOffset::UTC)
    }

    pub(crate) fn set(&mut self, now: Option<OffsetDateTime>) {
        self.frozen = now;
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.frozen = Some(self.now().saturating_add(by));
    }
}

/// Pages, blocks and comments carry times that are cut to the minute (recorded), which is why
/// `last_edited_time` can't serve as an optimistic lock.
pub(crate) fn to_minute(moment: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:00.000Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute()
    )
}

/// Everything else carries milliseconds.
pub(crate) fn to_millisecond(moment: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
        moment.millisecond()
    )
}

pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
