//! Conditions on dates. A day may be relative, and a span is compared by its first and its last day.

use std::str::FromStr;

use jiff::civil::Date;
use serde_json::Value;

use super::condition::Subject;
use super::operator::Family;
use super::tree::Tree;
use super::value;
use crate::calendar::{self, When};
use crate::properties::{Kind, Moment};
use crate::{Calendar, Error};

impl Subject<'_> {
    /// Compares with a day, a time, or what one is called.
    pub(super) fn dated(&self, operator: &'static str, text: &str) -> Result<Tree, Error> {
        match Moment::from_str(text) {
            Ok(moment) if moment.is_day() && self.is_timestamp() => {
                if let Some(calendar) = self.lookup.calendar() {
                    return self.on_days(operator, moment.day(), moment.day(), calendar);
                }
            }
            Ok(_) => {}
            // Nobody asks for the time for what is no date at all.
            Err(_) if calendar::is_date(text) => {
                if let Some(calendar) = self.lookup.calendar()
                    && let Some(when) = calendar.read(text)
                {
                    return match when {
                        When::Day(day) => self.on_days(operator, day, day, calendar),
                        When::Span(first, last) => self.on_days(operator, first, last, calendar),
                        When::Time(time) => {
                            let time = calendar
                                .written(time)
                                .ok_or_else(|| self.refuse("is beyond the calendar"))?;
                            Ok(self.one(operator, Value::String(time)))
                        }
                    };
                }
            }
            Err(_) => {}
        }
        Ok(self.one(operator, value::operand(self, &Value::from(text))?))
    }

    /// Compares with the days from a first to a last one.
    ///
    /// A date is compared as a day: most are days, and Notion compares a time with a day by the day. Timestamps are times
    /// in UTC, so the days of another zone begin and end at a time.
    fn on_days(
        &self,
        operator: &'static str,
        first: Date,
        last: Date,
        calendar: &Calendar,
    ) -> Result<Tree, Error> {
        let is_exact = !self.is_timestamp() || calendar.is_utc();
        let day = |operator, day: Date| self.one(operator, Value::String(day.to_string()));
        let time = |operator, day: Option<Date>| {
            let time = day.and_then(|day| calendar.start_of(day));
            let time = time.ok_or_else(|| self.refuse("is beyond the calendar"))?;
            Ok::<_, Error>(self.one(operator, Value::String(time.to_string())))
        };
        let next = last.tomorrow().ok();
        Ok(match operator {
            "before" if is_exact => day("before", first),
            "before" => time("before", Some(first))?,
            "on_or_after" if is_exact => day("on_or_after", first),
            "on_or_after" => time("on_or_after", Some(first))?,
            "after" if is_exact => day("after", last),
            "after" => time("on_or_after", next)?,
            "on_or_before" if is_exact => day("on_or_before", last),
            "on_or_before" => time("before", next)?,
            _ if is_exact && first == last => day("equals", first),
            _ => {
                self.refuse_range()?;
                match is_exact {
                    true => Tree::All(vec![day("on_or_after", first), day("on_or_before", last)]),
                    false => Tree::All(vec![time("on_or_after", Some(first))?, time("before", next)?]),
                }
            }
        })
    }

    /// Notion asks for `any` and `none` of several values with one condition: two would each be met by another value.
    pub(super) fn refuse_range(&self) -> Result<(), Error> {
        if !self.is_of_several() {
            return Ok(());
        }
        Err(Error::invalid_input(format!(
            "Notion cannot look for a value of `{}` within a range: another value could meet each end.",
            self.property.name
        ))
        .hint(match self.family {
            Family::Date => {
                "Give one condition, such as {\"on_or_after\": \"2026-01-01\"}, or one of `this_week`, `past_week`, `past_month`, \
                 `past_year`, `next_week`, `next_month`, `next_year`."
            }
            _ => "Give one condition, such as {\">=\": 3}.",
        }))
    }

    /// Whether what is compared is one of several values.
    pub(super) fn is_of_several(&self) -> bool {
        self.path.iter().any(|key| matches!(*key, "any" | "none"))
    }

    /// Whether what is compared is a time that Notion set.
    fn is_timestamp(&self) -> bool {
        matches!(self.property.kind, Kind::CreatedTime | Kind::LastEditedTime)
    }
}
