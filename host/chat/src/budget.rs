//! What a turn may spend.

use std::time::Duration;

use tokio::time::Instant;
use toolbay_kernel::chat::ChatEnd;

use crate::settings::ChatSettings;

/// Calls of one turn.
const MAX_CALLS: u32 = 64;

/// Bytes of a token, where nobody counts: those of English text. Other languages and JSON have fewer, and the tokens that are
/// estimated are fewer then than those that are paid, but never without bound.
const BYTES_OF_A_TOKEN: usize = 4;

/// What a turn has spent so far.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) rounds: u32,
    pub(crate) tokens: u64,
    /// Whether a part of the tokens is the host's estimate.
    pub(crate) is_estimated: bool,
    pub(crate) deadline: Instant,
    calls: u32,
    max_rounds: u32,
    max_tokens: u64,
}

impl Budget {
    /// The budget of a turn that begins now.
    pub(crate) fn begin(settings: &ChatSettings) -> Self {
        Self {
            rounds: 0,
            tokens: 0,
            is_estimated: false,
            deadline: Instant::now() + settings.time,
            calls: 0,
            max_rounds: settings.max_rounds,
            max_tokens: settings.max_tokens,
        }
    }

    /// Why the model isn't asked again with a prompt of so many bytes; none when it may be.
    pub(crate) fn ends_before_round(&self, prompt_bytes: usize) -> Option<ChatEnd> {
        if self.rounds >= self.max_rounds {
            return Some(ChatEnd::MaxRounds);
        }
        if self.tokens_left() <= estimate(prompt_bytes) {
            return Some(ChatEnd::MaxTokens);
        }
        self.is_late().then_some(ChatEnd::MaxTime)
    }

    /// Why no further call is made; none when one may be.
    pub(crate) fn ends_before_call(&self) -> Option<ChatEnd> {
        if self.calls >= MAX_CALLS {
            return Some(ChatEnd::MaxCalls);
        }
        self.is_late().then_some(ChatEnd::MaxTime)
    }

    /// Tokens that a reply to a prompt of so many bytes may have.
    pub(crate) fn of_reply(&self, prompt_bytes: usize) -> u64 {
        self.tokens_left().saturating_sub(estimate(prompt_bytes)).max(1)
    }

    /// Counts a round: what the server says that it took, or else what it must have been.
    pub(crate) fn spend_round(&mut self, counted: Option<u64>, bytes: usize) {
        self.rounds += 1;
        self.is_estimated |= counted.is_none();
        self.tokens = self.tokens.saturating_add(counted.unwrap_or_else(|| estimate(bytes)));
    }

    /// Counts a call.
    pub(crate) fn spend_call(&mut self) {
        self.calls += 1;
    }

    /// The time that is left.
    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn tokens_left(&self) -> u64 {
        self.max_tokens.saturating_sub(self.tokens)
    }

    fn is_late(&self) -> bool {
        self.time_left().is_zero()
    }
}

fn estimate(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(BYTES_OF_A_TOKEN)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_ends_a_turn_and_what_nobody_counts_is_estimated() {
        let settings = ChatSettings { max_rounds: 3, max_tokens: 100, ..ChatSettings::default() };
        let mut budget = Budget::begin(&settings);
        assert_eq!(budget.ends_before_round(40), None);
        assert_eq!(budget.of_reply(40), 90);
        assert_eq!(budget.ends_before_round(400), Some(ChatEnd::MaxTokens), "the prompt alone is too large");
        budget.spend_round(Some(20), 1_000_000);
        assert_eq!((budget.tokens, budget.is_estimated), (20, false));
        budget.spend_round(None, 240);
        assert_eq!((budget.tokens, budget.is_estimated), (80, true));
        assert_eq!(budget.ends_before_round(80), Some(ChatEnd::MaxTokens));
        budget.spend_round(Some(1), 0);
        assert_eq!(budget.ends_before_round(0), Some(ChatEnd::MaxRounds));
        for _ in 0..MAX_CALLS {
            assert_eq!(budget.ends_before_call(), None);
            budget.spend_call();
        }
        assert_eq!(budget.ends_before_call(), Some(ChatEnd::MaxCalls));
        let late = Budget::begin(&ChatSettings { time: Duration::ZERO, ..settings });
        assert_eq!(late.ends_before_round(0), Some(ChatEnd::MaxTime));
        assert_eq!(late.ends_before_call(), Some(ChatEnd::MaxTime));
    }
}
