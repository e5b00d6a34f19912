//! Who made an object and when, and who changed it last.

use time::OffsetDateTime;

/// Who made an object and when, and who changed it last.
#[derive(Clone, Debug)]
pub(crate) struct Stamps {
    pub(crate) created_time: OffsetDateTime,
    pub(crate) created_by: String,
    pub(crate) last_edited_time: OffsetDateTime,
    pub(crate) last_edited_by: String,
}

impl Stamps {
    pub(crate) fn new(now: OffsetDateTime, by: &str) -> Stamps {
        Stamps {
            created_time: now,
            created_by: by.to_owned(),
            last_edited_time: now,
            last_edited_by: by.to_owned(),
        }
    }

    pub(crate) fn touch(&mut self, now: OffsetDateTime, by: &str) {
        self.last_edited_time = now;
        self.last_edited_by = by.to_owned();
    }
}
