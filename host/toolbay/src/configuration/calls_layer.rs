//! What `toolbay.toml` says about calls that are asked for again.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;
use toolbay_kernel::Limits;
use toolbay_kernel::gate::SETTLE_TIME;

/// Longest time, in minutes: a day.
const MAX_MINUTES: u32 = 24 * 60;

/// `[calls]` in `toolbay.toml`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallsLayer {
    /// How long after its caller left a call without a key is the same when it is asked for again; 0 turns that off [default: 10].
    pub resend_minutes: Option<Minutes>,
    /// How long after it was sent Notion may still carry out a write: one that can't be seen after that was not carried
    /// out [default: 120].
    pub settle_seconds: Option<NonZeroU32>,
}

/// Minutes, at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct Minutes(u32);

impl TryFrom<u32> for Minutes {
    type Error = String;

    fn try_from(minutes: u32) -> Result<Self, String> {
        if minutes <= MAX_MINUTES { Ok(Self(minutes)) } else { Err(format!("at most {MAX_MINUTES} minutes")) }
    }
}

impl CallsLayer {
    /// How long after it was sent a write may still be carried out.
    pub(super) fn settle_time(self) -> Duration {
        self.settle_seconds.map_or(SETTLE_TIME, |seconds| Duration::from_secs(u64::from(seconds.get())))
    }

    /// The bounds that are in force.
    pub(super) fn resolve(self) -> Limits {
        let default = Limits::default();
        let said = self.resend_minutes.map(|Minutes(minutes)| Duration::from_secs(u64::from(minutes) * 60));
        Limits { resend_time: said.unwrap_or(default.resend_time), ..default }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_default_and_nothing_turns_it_off() {
        let resolved = |text: &str| toml::from_str::<CallsLayer>(text).unwrap().resolve().resend_time;
        assert_eq!(resolved(""), Duration::from_secs(600));
        assert_eq!(resolved("resend_minutes = 0"), Duration::ZERO);
        assert_eq!(resolved("resend_minutes = 3"), Duration::from_secs(180));
        for bad in ["resend_minutes = -1", "resend_minutes = 1441", "resend = 3"] {
            assert!(toml::from_str::<CallsLayer>(bad).is_err(), "{bad}");
        }
    }
}
