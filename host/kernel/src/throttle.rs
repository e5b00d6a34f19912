//! Holds principals to how often they may call.
//!
//! The times of the calls that count are remembered, so that no stretch of a rate's period has more of them, wherever it
//! begins. A call that is refused doesn't count. Where several hosts share a store, a call needs a permit of the rate's window too, which
//! they share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::json;

use crate::id::PrincipalId;
use crate::name::ToolName;
use crate::principal::Principal;
use crate::problem::{Code, Problem};
use crate::rate::Rate;
use crate::rate_windows::RateWindow;
use crate::run::Priority;
use crate::shared_permits::{Permission, SharedPermits};

/// A call counts from its beginning.
const PRIORITY: Priority = Priority::Interactive;

/// Counts with calls that may have aged are looked through when there are as many more.
const SWEPT_AT: usize = 1_024;

/// What is counted: all calls of a principal, or those of one tool.
type Counted = (PrincipalId, Option<ToolName>);

/// The calls that count.
#[derive(Default)]
pub(crate) struct Throttle {
    counts: Mutex<Counts>,
    shared: OnceLock<Arc<SharedPermits>>,
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
    /// The calls that other hosts let in count too from now on.
    pub(crate) fn share(&self, permits: Arc<SharedPermits>) {
        // It is set once, where the host is wired.
        let _first = self.shared.set(permits);
    }

    /// Counts a call that begins now: among those of the tool, and among all of the principal's when it is one of its own,
    /// not made by another call.
    ///
    /// # Errors
    ///
    /// When it would be one too many; then it isn't counted.
    pub(crate) async fn count(
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
        let counted: Vec<(Counted, Rate)> =
            of_all.into_iter().chain(of_tool).map(|(tool, rate)| ((who, tool), rate)).collect();
        self.count_here(&counted, now)?;
        let Some(shared) = self.shared.get() else { return Ok(()) };
        let windows: Vec<RateWindow> = counted.iter().map(|(key, rate)| window(key, *rate)).collect();
        for (position, window) in windows.iter().enumerate() {
            let wait = match shared.take(window, 1).await {
                Permission::Given | Permission::Away => continue,
                Permission::Wait(wait) | Permission::Paused(wait) => wait,
            };
            for before in windows.iter().take(position) {
                shared.unused(&before.key, PRIORITY, before.length);
            }
            self.uncount(&counted, now);
            let of = counted.get(position).map(|((_, tool), rate)| (tool.clone(), *rate));
            return match of {
                Some((tool, rate)) => Err(TooOften { tool, rate, wait }),
                None => Ok(()),
            };
        }
        windows.iter().for_each(|window| shared.used(&window.key, PRIORITY, window.length));
        Ok(())
    }

    /// Counts a call among those of this host.
    fn count_here(&self, counted: &[(Counted, Rate)], now: Instant) -> Result<(), TooOften> {
        let mut counts = self.counts.lock();
        let too_often = counted.iter().filter_map(|(key, rate)| {
            let wait = counts.calls.get(key)?.wait(self.bound(key, *rate), rate.period(), now)?;
            Some(TooOften { tool: key.1.clone(), rate: *rate, wait })
        });
        if let Some(longest) = too_often.max_by_key(|too_often| too_often.wait) {
            return Err(longest);
        }
        for (key, rate) in counted {
            let none = || Calls { times: VecDeque::new(), period: rate.period() };
            let calls = counts.calls.entry(key.clone()).or_insert_with(none);
            calls.period = rate.period();
            calls.forget_before(now);
            calls.times.push_back(now);
        }
        counts.sweep(now);
        Ok(())
    }

    /// The calls that this host may let in, whatever others do.
    fn bound(&self, key: &Counted, rate: Rate) -> usize {
        let all = rate.calls();
        let shared = self.shared.get().filter(|shared| shared.is_cautious(&name(key), PRIORITY));
        shared.map_or(all, |shared| {
            let share = shared.share(u32::try_from(all).unwrap_or(u32::MAX));
            usize::try_from(share).unwrap_or(all).min(all)
        })
    }

    fn uncount(&self, counted: &[(Counted, Rate)], at: Instant) {
        let mut counts = self.counts.lock();
        for (key, _) in counted {
            if let Some(calls) = counts.calls.get_mut(key)
                && let Some(place) = calls.times.iter().rposition(|time| *time == at)
            {
                calls.times.remove(place);
            }
        }
    }
}

/// What hosts call it among themselves.
fn name((who, tool): &Counted) -> String {
    match tool {
        Some(tool) => format!("calls:{who}:{tool}"),
        None => format!("calls:{who}"),
    }
}

/// The window of a rate: as many calls as there may be, at any time in it.
fn window(key: &Counted, rate: Rate) -> RateWindow {
    let places = u32::try_from(rate.calls()).unwrap_or(u32::MAX);
    RateWindow {
        key: name(key),
        priority: PRIORITY,
        length: rate.period(),
        places,
        burst: places,
        interval: Duration::ZERO,
        longest_use: Duration::ZERO,
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
    fn wait(&self, bound: usize, period: Duration, now: Instant) -> Option<Duration> {
        // The call that must have aged for one more to be let in.
        let place = self.times.len().checked_sub(bound)?;
        let free_at = *self.times.get(place)? + period;
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

    #[tokio::test]
    async fn no_stretch_of_the_period_has_more_calls() {
        let (throttle, principal, begin) =
            (Throttle::default(), principal(Some("3/minute"), &[]), Instant::now());
        let mut let_in: Vec<u64> = Vec::new();
        for second in 0..200 {
            if throttle.count(&principal, &tool("a"), true, begin + seconds(second)).await.is_ok() {
                let_in.push(second);
            }
        }
        assert_eq!(let_in, [0, 1, 2, 60, 61, 62, 120, 121, 122, 180, 181, 182]);
    }

    #[tokio::test]
    async fn the_wait_is_told_and_true() {
        let (throttle, principal, begin) =
            (Throttle::default(), principal(Some("2/minute"), &[]), Instant::now());
        let count = async |at: u64| throttle.count(&principal, &tool("a"), true, begin + seconds(at)).await;
        count(0).await.unwrap();
        count(10).await.unwrap();
        let refused = count(15).await.unwrap_err();
        assert_eq!(refused.wait, seconds(45));
        let problem = Problem::from(refused);
        assert_eq!(problem.code, Code::RateLimited);
        assert_eq!(problem.details.unwrap()["retry_after_seconds"], 45);
        // What was refused doesn't count.
        count(60).await.unwrap();
        assert_eq!(count(61).await.unwrap_err().wait, seconds(9));
    }

    #[tokio::test]
    async fn a_tools_rate_counts_its_calls_alone_also_those_by_other_calls() {
        let (throttle, principal, now) =
            (Throttle::default(), principal(Some("2/minute"), &[("a", "1/minute")]), Instant::now());
        assert!(throttle.count(&principal, &tool("a"), false, now).await.is_ok());
        let refused = throttle.count(&principal, &tool("a"), true, now).await.unwrap_err();
        assert_eq!(refused.tool, Some(tool("a")));
        for _ in 0..3 {
            assert!(throttle.count(&principal, &tool("b"), false, now).await.is_ok());
        }
        assert!(throttle.count(&principal, &tool("b"), true, now).await.is_ok());
        assert!(throttle.count(&principal, &tool("b"), true, now).await.is_ok());
        assert_eq!(throttle.count(&principal, &tool("b"), true, now).await.unwrap_err().tool, None);
    }

    #[tokio::test]
    async fn principals_are_counted_apart_and_forgotten() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let of = |id| Principal { id, ..principal(Some("1/second"), &[]) };
        for _ in 0..3 * SWEPT_AT {
            let id = PrincipalId::new();
            assert!(throttle.count(&of(id), &tool("a"), true, now).await.is_ok());
            assert!(throttle.count(&of(id), &tool("a"), true, now).await.is_err());
        }
        for _ in 0..3 * SWEPT_AT {
            throttle.count(&of(PrincipalId::new()), &tool("a"), true, now + seconds(2)).await.unwrap();
        }
        assert!(throttle.counts.lock().calls.len() <= 4 * SWEPT_AT);
    }
}
