//! Holds principals to how often they may call.
//!
//! The times of the calls that count are remembered, so that no stretch of a rate's period has more of them, wherever it
//! begins. A call that is refused doesn't count. Each process counts for itself.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::json;

use crate::id::PrincipalId;
use crate::name::ToolName;
use crate::principal::Principal;
use crate::problem::{Code, Problem};
use crate::rate::Rate;

/// Counts with calls that may have aged are looked through when there are as many more.
const SWEPT_AT: usize = 1_024;

/// What is counted: all calls of a principal, or those of one tool.
type Counted = (PrincipalId, Option<ToolName>);

/// The calls that count.
#[derive(Default)]
pub(crate) struct Throttle {
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    calls: HashMap<Counted, Calls>,
    swept_at: usize,
}

struct Calls {
    times: VecDeque<Instant>,
    period: Duration,
}

/// A call that would be one too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TooOften {
    /// The tool whose rate it is; none for that of all calls.
    tool: Option<ToolName>,
    rate: Rate,
    /// When the call would be let in.
    pub(crate) wait: Duration,
}

impl Throttle {
    /// Counts a call that begins now: among those of the tool, and among all of the principal's when it is one of its own,
    /// not made by another call.
    ///
    /// # Errors
    ///
    /// When it would be one too many; then it isn't counted.
    pub(crate) fn count(
        &self,
        principal: &Principal,
        tool: &ToolName,
        is_outermost: bool,
        now: Instant,
    ) -> Result<(), TooOften> {
        let rates = &principal.rates;
        let of_all = rates.calls.filter(|_| is_outermost).map(|rate| (None, rate));
        let of_tool = rates.tools.get(tool).map(|rate| (Some(tool.clone()), *rate));
        if of_all.is_none() && of_tool.is_none() {
            return Ok(());
        }
        let who = rates.counted_as.unwrap_or(principal.id);
        let counted = || of_all.iter().chain(&of_tool).map(|(tool, rate)| ((who, tool.clone()), *rate));
        let mut counts = self.counts.lock();
        let too_often = counted().filter_map(|(key, rate)| {
            let wait = counts.calls.get(&key)?.wait(rate, now)?;
            Some(TooOften { tool: key.1, rate, wait })
        });
        if let Some(longest) = too_often.max_by_key(|too_often| too_often.wait) {
            return Err(longest);
        }
        for (key, rate) in counted() {
            let none = || Calls { times: VecDeque::new(), period: rate.period() };
            let calls = counts.calls.entry(key).or_insert_with(none);
            calls.period = rate.period();
            calls.forget_before(now);
            calls.times.push_back(now);
        }
        counts.sweep(now);
        Ok(())
    }
}

impl Counts {
    /// Forgets those whose calls have all aged: a token that is gone leaves nothing behind.
    fn sweep(&mut self, now: Instant) {
        if self.calls.len() < self.swept_at + SWEPT_AT {
            return;
        }
        self.calls.retain(|_, calls| {
            calls.forget_before(now);
            !calls.times.is_empty()
        });
        self.swept_at = self.calls.len();
    }
}

impl Calls {
    /// How long a call has to wait; none when it may begin now.
    fn wait(&self, rate: Rate, now: Instant) -> Option<Duration> {
        // The call that must have aged for one more to be let in.
        let place = self.times.len().checked_sub(rate.calls())?;
        let free_at = *self.times.get(place)? + rate.period();
        (now < free_at).then(|| free_at - now)
    }

    fn forget_before(&mut self, now: Instant) {
        while self.times.front().is_some_and(|first| now.duration_since(*first) >= self.period) {
            self.times.pop_front();
        }
    }
}

impl From<TooOften> for Problem {
    fn from(TooOften { tool, rate, wait }: TooOften) -> Self {
        let what = match tool {
            Some(tool) => format!("`{tool}` may be called {rate} by this token"),
            None => format!("this token may make calls {rate}"),
        };
        let seconds = u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1);
        Self::new(Code::RateLimited, what)
            .hint(format!("try again in {seconds} s"))
            .details(json!({"retry_after_seconds": seconds}))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rate::Rates;

    fn principal(calls: Option<&str>, tools: &[(&str, &str)]) -> Principal {
        let tools: BTreeMap<ToolName, Rate> =
            tools.iter().map(|(tool, rate)| (tool.parse().unwrap(), rate.parse().unwrap())).collect();
        let rates = Rates { calls: calls.map(|rate| rate.parse().unwrap()), tools, counted_as: None };
        Principal { rates, ..Principal::operator() }
    }

    fn tool(name: &str) -> ToolName {
        name.parse().unwrap()
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn no_stretch_of_the_period_has_more_calls() {
        let (throttle, principal, begin) =
            (Throttle::default(), principal(Some("3/minute"), &[]), Instant::now());
        let mut let_in: Vec<u64> = Vec::new();
        for second in 0..200 {
            if throttle.count(&principal, &tool("a"), true, begin + seconds(second)).is_ok() {
                let_in.push(second);
            }
        }
        assert_eq!(let_in, [0, 1, 2, 60, 61, 62, 120, 121, 122, 180, 181, 182]);
    }

    #[test]
    fn the_wait_is_told_and_true() {
        let (throttle, principal, begin) =
            (Throttle::default(), principal(Some("2/minute"), &[]), Instant::now());
        let count = |at: u64| throttle.count(&principal, &tool("a"), true, begin + seconds(at));
        count(0).unwrap();
        count(10).unwrap();
        let refused = count(15).unwrap_err();
        assert_eq!(refused.wait, seconds(45));
        let problem = Problem::from(refused);
        assert_eq!(problem.code, Code::RateLimited);
        assert_eq!(problem.details.unwrap()["retry_after_seconds"], 45);
        // What was refused doesn't count.
        count(60).unwrap();
        assert_eq!(count(61).unwrap_err().wait, seconds(9));
    }

    #[test]
    fn a_tools_rate_counts_its_calls_alone_also_those_by_other_calls() {
        let (throttle, principal, now) =
            (Throttle::default(), principal(Some("2/minute"), &[("a", "1/minute")]), Instant::now());
        assert!(throttle.count(&principal, &tool("a"), false, now).is_ok());
        let refused = throttle.count(&principal, &tool("a"), true, now).unwrap_err();
        assert_eq!(refused.tool, Some(tool("a")));
        for _ in 0..3 {
            assert!(throttle.count(&principal, &tool("b"), false, now).is_ok());
        }
        assert!(throttle.count(&principal, &tool("b"), true, now).is_ok());
        assert!(throttle.count(&principal, &tool("b"), true, now).is_ok());
        assert_eq!(throttle.count(&principal, &tool("b"), true, now).unwrap_err().tool, None);
    }

    #[test]
    fn principals_are_counted_apart_and_forgotten() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let of = |id| Principal { id, ..principal(Some("1/second"), &[]) };
        for _ in 0..3 * SWEPT_AT {
            let id = PrincipalId::new();
            assert!(throttle.count(&of(id), &tool("a"), true, now).is_ok());
            assert!(throttle.count(&of(id), &tool("a"), true, now).is_err());
        }
        for _ in 0..3 * SWEPT_AT {
            throttle.count(&of(PrincipalId::new()), &tool("a"), true, now + seconds(2)).unwrap();
        }
        assert!(throttle.counts.lock().calls.len() <= 4 * SWEPT_AT);
    }
}
