//! A rate, as the operator writes it: `600/minute`.

use std::fmt::{Display, Formatter};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

/// So many in a time. As many may come at once, after as long a time of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    count: NonZeroU32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Rate {
    /// So many a minute.
    #[must_use]
    pub const fn a_minute(count: NonZeroU32) -> Self {
        Self { count, unit: Unit::Minute }
    }

    /// The time in which it counts.
    pub(crate) fn time(self) -> Duration {
        match self.unit {
            Unit::Second => Duration::from_secs(1),
            Unit::Minute => Duration::from_secs(60),
            Unit::Hour => Duration::from_secs(3_600),
        }
    }

    /// The time that one of them takes.
    pub(crate) fn time_of_one(self) -> Duration {
        self.time() / self.count.get()
    }
}

impl FromStr for Rate {
    type Err = NoRate;

    fn from_str(text: &str) -> Result<Self, NoRate> {
        let no_rate = || NoRate(text.to_owned());
        let (count, unit) = text.split_once('/').ok_or_else(no_rate)?;
        let unit = match unit.trim() {
            "second" => Unit::Second,
            "minute" => Unit::Minute,
            "hour" => Unit::Hour,
            _ => return Err(no_rate()),
        };
        Ok(Self { count: count.trim().parse().map_err(|_| no_rate())?, unit })
    }
}

impl TryFrom<String> for Rate {
    type Error = NoRate;

    fn try_from(text: String) -> Result<Self, NoRate> {
        text.parse()
    }
}

impl Display for Rate {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let unit = match self.unit {
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
        };
        write!(formatter, "{}/{unit}", self.count)
    }
}

/// What stands in the place of a rate.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a rate, such as 600/minute; there are second, minute and hour")]
pub struct NoRate(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_time() {
        for (text, time_of_one) in [
            ("600/minute", Duration::from_millis(100)),
            ("1/hour", Duration::from_secs(3_600)),
            ("50/second", Duration::from_millis(20)),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!((rate.time_of_one(), rate.to_string().as_str()), (time_of_one, text));
        }
        assert_eq!(" 5 / minute ".parse(), Ok(Rate::a_minute(NonZeroU32::new(5).unwrap())));
        for bad in [
            "",
            "600",
            "0/minute",
            "-1/minute",
            "1/day",
            "minute/1",
            "1/",
            "/minute",
            "1/minute/1",
            "1.5/hour",
        ] {
            assert_eq!(bad.parse::<Rate>(), Err(NoRate(bad.to_owned())));
        }
    }
}
