//! So many days, weeks or months further: `+7d`, whatever the date is.

use jiff::civil::Date;

use super::Unit;
use super::words::only_steps;

/// A distance of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift(Vec<(Unit, i64)>);

impl Shift {
    /// Reads `+7d`, `-2w`, `1 month`, `+1m - 1d`; none for what is no distance.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        only_steps(text).filter(|steps| !steps.is_empty()).map(Self)
    }

    /// The day that is so far from a day; none beyond the calendar.
    #[must_use]
    pub fn applied(&self, day: Date) -> Option<Date> {
        self.0.iter().try_fold(day, |day, (unit, count)| unit.later(day, *count))
    }
}
