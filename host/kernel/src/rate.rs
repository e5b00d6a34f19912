//! How often somebody may call: `10/minute`.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::PrincipalId;
use crate::name::ToolName;

/// The most calls of a rate: the time of each is remembered for as long as it counts.
pub const MAX_CALLS: u32 = 10_000;

/// The time in which calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    Second,
    Minute,
    Hour,
    Day,
}

impl Period {
    const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    /// The period as a rate has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// How long it is.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        })
    }
}

/// So many calls in each stretch of a period's length, wherever it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Rate {
    calls: NonZeroU32,
    period: Period,
}

impl Rate {
    /// How many calls there may be.
    #[must_use]
    pub fn calls(self) -> usize {
        usize::try_from(self.calls.get()).unwrap_or(usize::MAX)
    }

    /// In which time.
    #[must_use]
    pub fn period(self) -> Duration {
        self.period.duration()
    }
}

/// A text that is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no rate, such as 10/minute: 1 to {MAX_CALLS} calls a second, minute, hour or day")]
pub struct NotARate(String);

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        let wrong = || NotARate(text.to_owned());
        let (calls, period) = text.split_once('/').ok_or_else(wrong)?;
        let is_number = !calls.is_empty() && calls.bytes().all(|byte| byte.is_ascii_digit());
        let calls: u32 =
            calls.parse().ok().filter(|calls| is_number && *calls <= MAX_CALLS).ok_or_else(wrong)?;
        let period = Period::ALL.into_iter().find(|known| known.as_str() == period).ok_or_else(wrong)?;
        Ok(Self { calls: NonZeroU32::new(calls).ok_or_else(wrong)?, period })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.calls, self.period.as_str())
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl TryFrom<String> for Rate {
    type Error = NotARate;

    fn try_from(text: String) -> Result<Self, NotARate> {
        text.parse()
    }
}

/// How often a principal may call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// All tools together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Rate>,
    /// Single tools.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<ToolName, Rate>,
    /// Among whose calls these count; none for a principal who acts for themselves. So what somebody allows several clients is
    /// no more than what they have.
    #[serde(skip)]
    pub counted_as: Option<PrincipalId>,
}

impl Rates {
    /// Each rate as it is listed: that of all calls, and `TOOL=RATE`.
    #[must_use]
    pub fn listed(&self) -> Vec<String> {
        let all = self.calls.map(|rate| rate.to_string());
        all.into_iter().chain(self.tools.iter().map(|(tool, rate)| format!("{tool}={rate}"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rate_reads_as_it_is_written() {
        for text in ["1/second", "10/minute", "10000/hour", "3/day"] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!(rate.to_string(), text);
            assert_eq!(serde_json::to_value(rate).unwrap(), json!(text));
            assert_eq!(serde_json::from_value::<Rate>(json!(text)).unwrap(), rate);
        }
        let rate: Rate = "10/minute".parse().unwrap();
        assert_eq!((rate.calls(), rate.period()), (10, Duration::from_secs(60)));
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "10",
            "/minute",
            "0/minute",
            "-1/minute",
            "+1/minute",
            "1/week",
            "1/Minute",
            "10001/day",
            "1 /day",
        ] {
            let error = text.parse::<Rate>().unwrap_err();
            assert!(error.to_string().contains("10/minute"), "{error}");
        }
    }

    #[test]
    fn no_rates_are_an_empty_object() {
        assert_eq!(serde_json::to_value(Rates::default()).unwrap(), json!({}));
        let rates: Rates =
            serde_json::from_value(json!({"calls": "60/minute", "tools": {"trash": "1/day"}})).unwrap();
        assert_eq!(rates.tools.len(), 1);
        assert_eq!(rates.listed(), ["60/minute", "trash=1/day"]);
    }
}
