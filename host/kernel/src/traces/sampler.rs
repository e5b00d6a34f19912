//! Which traces are kept, by the names that OpenTelemetry has for it.

use std::str::FromStr;

use super::context::{TraceContext, TraceId};

/// Bits of a trace's id that are random in every version of W3C Trace Context.
const RANDOM_BITS: u32 = 56;

/// Decides where a trace enters the host. Below that, what was decided holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampler {
    /// How many of those that begin here.
    share: Share,
    /// Whether those that began elsewhere are kept where they are kept there.
    follows: bool,
}

/// A share of all traces. All hosts with the same one keep the same traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u64);

/// A text that names no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a share of traces is a number from 0 to 1, such as 0.1")]
pub struct NotAShare;

impl Share {
    const ALL: Self = Self(1 << RANDOM_BITS);
    const NONE: Self = Self(0);

    fn has(self, trace: TraceId) -> bool {
        let random = trace.get() & u128::from(Self::ALL.0 - 1);
        random < u128::from(self.0)
    }

    /// The share as a number from 0 to 1.
    #[must_use]
    pub fn ratio(self) -> f64 {
        self.0 as f64 / Self::ALL.0 as f64
    }
}

impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        text.parse::<f64>().map_err(|_| NotAShare).and_then(Self::try_from)
    }
}

impl TryFrom<f64> for Share {
    type Error = NotAShare;

    fn try_from(ratio: f64) -> Result<Self, NotAShare> {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(NotAShare);
        }
        // Between 0 and 2^56, and a fraction of a trace is none.
        Ok(Self((ratio * Self::ALL.0 as f64) as u64))
    }
}

impl Default for Sampler {
    /// What OpenTelemetry has as default: all that begin here, and of others those that are kept there.
    fn default() -> Self {
        Self { share: Share::ALL, follows: true }
    }
}

impl Sampler {
    /// Every name.
    pub const NAMES: [&str; 6] = [
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ];

    /// The sampler of a name. Those by ratio keep all where no share is given; the others know none.
    #[must_use]
    pub fn named(name: &str, share: Option<Share>) -> Option<Self> {
        let (name, follows) = match name.strip_prefix("parentbased_") {
            Some(root) => (root, true),
            None => (name, false),
        };
        let share = match name {
            "always_on" => Share::ALL,
            "always_off" => Share::NONE,
            "traceidratio" => share.unwrap_or(Share::ALL),
            _ => return None,
        };
        Some(Self { share, follows })
    }

    /// How many of the traces that begin here are kept.
    #[must_use]
    pub fn share(&self) -> Share {
        self.share
    }

    /// Whether those that began elsewhere are kept where they are kept there.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follows
    }

    pub(super) fn keeps(&self, trace: TraceId, parent: Option<&TraceContext>) -> bool {
        match parent.filter(|_| self.follows) {
            Some(parent) => parent.is_sampled(),
            None => self.share.has(trace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(id: u128) -> TraceId {
        TraceId::new(id).unwrap()
    }

    #[test]
    fn a_share_is_of_the_random_part_of_an_id() {
        let half: Share = "0.5".parse().unwrap();
        assert!(half.has(trace((0xabcd << 64) | 1)));
        assert!(!half.has(trace(1 << 55)));
        assert!(Share::ALL.has(trace(u128::MAX)) && !Share::NONE.has(trace(1)));
        assert!((half.ratio() - 0.5).abs() < f64::EPSILON);
        for bad in ["", "1.1", "-0.1", "NaN", "half"] {
            assert_eq!(bad.parse::<Share>(), Err(NotAShare), "{bad}");
        }
    }

    #[test]
    fn who_follows_does_what_was_decided_elsewhere() {
        let parent =
            |flags| -> TraceContext { format!("00-{:032x}-0000000000000001-{flags}", 1).parse().unwrap() };
        let keeps = |name: &str, flags| {
            let parent = parent(flags);
            Sampler::named(name, None).unwrap().keeps(parent.trace(), Some(&parent))
        };
        assert!(keeps("parentbased_always_off", "01") && !keeps("parentbased_always_on", "00"));
        assert!(keeps("always_on", "00") && !keeps("always_off", "01"));
        assert!(Sampler::NAMES.iter().all(|name| Sampler::named(name, None).is_some()));
        assert_eq!(Sampler::named("jaeger_remote", None), None);
        assert_eq!(Sampler::named("parentbased_always_on", None), Some(Sampler::default()));
    }
}
