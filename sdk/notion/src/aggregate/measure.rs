//! What is computed of one column, over the rows of a group.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::asked::Function;
use super::value;
use crate::calendar::Calendar;
use crate::decimal::{Decimal, Sum};
use crate::properties::{Kind, Moment, Property};
use crate::{Error, excerpt};

/// A function of a column.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub(super) function: Function,
    pub(super) property: Property,
}

/// What it has come to so far.
#[derive(Clone, Debug)]
pub(super) enum State {
    Sum { sum: Sum, count: u64 },
    Extreme(Option<Extreme>),
    Count(u64),
}

/// The smallest or largest so far.
#[derive(Clone, Debug)]
pub(super) enum Extreme {
    Number(Number),
    Moment(Moment, String),
}

impl Measure {
    /// # Errors
    ///
    /// `InvalidInput` for a column that can't have such values.
    pub(super) fn new(function: Function, property: Property) -> Result<Self, Error> {
        let is_computed = matches!(property.kind, Kind::Formula | Kind::Rollup);
        let is_number = property.kind == Kind::Number;
        let is_ordered = is_number
            || matches!(
                property.kind,
                Kind::Date | Kind::CreatedTime | Kind::LastEditedTime | Kind::UniqueId
            );
        let (fits, wanted) = match function {
            Function::Sum | Function::Average => (is_number || is_computed, "numbers"),
            Function::Min | Function::Max => (is_ordered || is_computed, "numbers and dates"),
            Function::Count | Function::Empty | Function::NotEmpty => (true, ""),
        };
        if fits {
            return Ok(Self { function, property });
        }
        Err(Error::invalid_input(format!(
            "There is no {} of `{}` ({}).",
            function.name(),
            excerpt(&property.name),
            property.kind
        ))
        .hint(format!(
            "It is computed of {wanted}. Count rows by `{}` with `group_by`, or with \"not_empty {}\".",
            excerpt(&property.name),
            excerpt(&property.name)
        )))
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.function.name(), self.property.name)
    }

    pub(super) fn start(&self) -> State {
        match self.function {
            Function::Sum | Function::Average => State::Sum { sum: Sum::default(), count: 0 },
            Function::Min | Function::Max => State::Extreme(None),
            Function::Count | Function::Empty | Function::NotEmpty => State::Count(0),
        }
    }

    /// Takes in a row's value.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a computed value that is neither number nor date.
    pub(super) fn add(
        &self,
        state: &mut State,
        given: Option<&Value>,
        calendar: &Calendar,
    ) -> Result<(), Error> {
        let is_empty = value::is_empty(given);
        match state {
            State::Count(count) => {
                let counts = match self.function {
                    Function::Empty => is_empty,
                    Function::NotEmpty => !is_empty,
                    _ => true,
                };
                *count += u64::from(counts);
            }
            _ if is_empty => {}
            State::Sum { sum, count } => {
                let number = given.and_then(number).ok_or_else(|| self.refuse())?;
                sum.add(&number);
                *count += 1;
            }
            State::Extreme(extreme) => {
                let found = given.and_then(Extreme::of).ok_or_else(|| self.refuse())?;
                let wanted = if self.function == Function::Min { Ordering::Less } else { Ordering::Greater };
                let is_further = match extreme {
                    None => true,
                    Some(so_far) => found.compare(so_far, calendar).ok_or_else(|| self.refuse())? == wanted,
                };
                if is_further {
                    *extreme = Some(found);
                }
            }
        }
        Ok(())
    }

    fn refuse(&self) -> Error {
        Error::invalid_input(format!(
            "`{}` ({}) has values of which there is no {}.",
            excerpt(&self.property.name),
            self.property.kind,
            self.function.name()
        ))
        .hint("Choose a column of numbers, or of dates for min and max; or group by this one.")
    }

    pub(super) fn result(&self, state: &State) -> Value {
        match state {
            State::Sum { sum, count } if self.function == Function::Average => sum.divided(*count),
            State::Sum { sum, .. } => sum.value(),
            State::Extreme(None) => Value::Null,
            State::Extreme(Some(Extreme::Number(number))) => Value::Number(number.clone()),
            State::Extreme(Some(Extreme::Moment(_, text))) => Value::String(text.clone()),
            State::Count(count) => Value::from(*count),
        }
    }
}

impl State {
    pub(super) fn is_rounded(&self) -> bool {
        matches!(self, Self::Sum { sum, .. } if sum.is_rounded())
    }
}

/// The number of a row; that of an id is behind its prefix.
fn number(given: &Value) -> Option<Number> {
    match given.pointer("/unique_id/number") {
        Some(Value::Number(number)) => Some(number.clone()),
        _ => value::number(given),
    }
}

impl Extreme {
    fn of(given: &Value) -> Option<Self> {
        if let Some((moment, text)) = value::moment(given) {
            return Some(Self::Moment(moment, text));
        }
        number(given).map(Self::Number)
    }

    /// Days begin where the calendar has them begin; none for a number beside a date.
    fn compare(&self, other: &Self, calendar: &Calendar) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => {
                let exact = Decimal::of(one).zip(Decimal::of(two)).and_then(|(one, two)| one.compare(two));
                exact.or_else(|| one.as_f64()?.partial_cmp(&two.as_f64()?))
            }
            (Self::Moment(one, _), Self::Moment(two, _)) => {
                if one.is_day() && two.is_day() {
                    return Some(one.day().cmp(&two.day()));
                }
                let time = |moment: &Moment| moment.timestamp().or_else(|| calendar.start_of(moment.day()));
                Some(time(one)?.cmp(&time(two)?))
            }
            _ => None,
        }
    }
}
