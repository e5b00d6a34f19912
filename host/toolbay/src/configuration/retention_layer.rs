//! What `toolbay.toml` says about how long runs and conversations are kept.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;
use toolbay_kernel::run::Retention;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// `[retention]` in `toolbay.toml`: days after the end of a run, or the last turn of a conversation.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionLayer {
    /// Of calls that could write [default: 30].
    pub calls_days: Option<NonZeroU32>,
    /// Of jobs [default: 7].
    pub jobs_days: Option<NonZeroU32>,
    /// Of conversations [default: 90].
    pub conversations_days: Option<NonZeroU32>,
}

impl RetentionLayer {
    /// What is kept how long.
    pub(super) fn resolve(self) -> Retention {
        let days = |days: Option<NonZeroU32>| days.map(|days| DAY.saturating_mul(days.get()));
        let default = Retention::default();
        Retention {
            calls: days(self.calls_days).unwrap_or(default.calls),
            jobs: days(self.jobs_days).unwrap_or(default.jobs),
            conversations: days(self.conversations_days).unwrap_or(default.conversations),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_default() {
        let layer: RetentionLayer = toml::from_str("calls_days = 90").unwrap();
        let retention = layer.resolve();
        assert_eq!((retention.calls, retention.jobs, retention.conversations), (DAY * 90, DAY * 7, DAY * 90));
        assert!(toml::from_str::<RetentionLayer>("jobs_days = 0").is_err());
        assert!(toml::from_str::<RetentionLayer>("weeks = 1").is_err());
    }
}
