//! The calendar of the call, asked for once: all operations of a batch count from the same day.

use std::cell::OnceCell;

use toolbay_sdk::notion::Calendar;
use toolbay_sdk::prelude::*;

/// What relative dates are read by.
#[derive(Debug)]
pub(crate) struct Clock<'call> {
    call: &'call Call,
    calendar: OnceCell<Option<Calendar>>,
}

impl<'call> Clock<'call> {
    pub(crate) fn of(call: &'call Call) -> Self {
        Self { call, calendar: OnceCell::new() }
    }

    /// None where the host's calendar can't be read: then a relative date is refused as no date.
    pub(crate) fn calendar(&self) -> Option<&Calendar> {
        self.calendar.get_or_init(|| self.call.calendar().ok()).as_ref()
    }

    /// What the relative dates came to that were read since the last time.
    pub(crate) fn told(&self) -> Option<String> {
        self.calendar.get()?.as_ref()?.take_told()
    }
}
