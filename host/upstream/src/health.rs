//! How a server is, and how it has been.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;
use time::OffsetDateTime;

/// Calls whose time is remembered.
const MAX_TIMED: usize = 64;

/// How a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nobody has needed it yet.
    Untried,
    /// It answers.
    Connected,
    /// It can't be reached, and why.
    Away { why: String },
}

/// How a server is and has been, as an operator reads it.
#[derive(Debug, Clone)]
pub struct HealthReport {
    pub health: Health,
    /// Since when it is so, whatever the reason has been in between.
    pub since: OffsetDateTime,
    /// What went wrong last, also when all is well since.
    pub last_failure: Option<PastFailure>,
    /// The time in which half of the last calls were answered; none without calls.
    pub median: Option<Duration>,
    /// How many calls that is of, at most 64.
    pub timed: usize,
    /// Tools of which it says something else than was accepted.
    pub changed: usize,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastFailure {
    pub at: OffsetDateTime,
    pub why: String,
}

/// Notes how a server is.
pub(crate) struct HealthRecord {
    kept: Mutex<Kept>,
}

struct Kept {
    health: Health,
    since: OffsetDateTime,
    last_failure: Option<PastFailure>,
    timed: VecDeque<Duration>,
    changed: usize,
}

impl HealthRecord {
    pub(crate) fn new() -> Self {
        let kept = Kept {
            health: Health::Untried,
            since: OffsetDateTime::now_utc(),
            last_failure: None,
            timed: VecDeque::new(),
            changed: 0,
        };
        Self { kept: Mutex::new(kept) }
    }

    /// A conversation has begun.
    pub(crate) fn connected(&self) {
        self.kept.lock().is(Health::Connected);
    }

    /// It can't be reached.
    pub(crate) fn away(&self, why: String) {
        let mut kept = self.kept.lock();
        kept.failed(why.clone());
        kept.is(Health::Away { why });
    }

    /// It has answered a call.
    pub(crate) fn answered(&self, time: Duration) {
        let mut kept = self.kept.lock();
        if kept.timed.len() >= MAX_TIMED {
            kept.timed.pop_front();
        }
        kept.timed.push_back(time);
    }

    /// A call went wrong, and not by what was asked.
    pub(crate) fn failed(&self, why: String) {
        self.kept.lock().failed(why);
    }

    /// So many of its tools wait to be accepted.
    pub(crate) fn changed(&self, tools: usize) {
        self.kept.lock().changed = tools;
    }

    pub(crate) fn health(&self) -> Health {
        self.kept.lock().health.clone()
    }

    pub(crate) fn report(&self) -> HealthReport {
        let kept = self.kept.lock();
        let mut times: Vec<Duration> = kept.timed.iter().copied().collect();
        times.sort_unstable();
        HealthReport {
            health: kept.health.clone(),
            since: kept.since,
            last_failure: kept.last_failure.clone(),
            median: times.get(times.len().saturating_sub(1) / 2).copied(),
            timed: times.len(),
            changed: kept.changed,
        }
    }
}

impl Kept {
    fn is(&mut self, health: Health) {
        if std::mem::discriminant(&self.health) != std::mem::discriminant(&health) {
            self.since = OffsetDateTime::now_utc();
        }
        self.health = health;
    }

    fn failed(&mut self, why: String) {
        self.last_failure = Some(PastFailure { at: OffsetDateTime::now_utc(), why });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_lasts_while_its_reason_changes_and_a_failure_is_remembered() {
        let record = HealthRecord::new();
        record.away("no route".to_owned());
        let first = record.report();
        record.away("no answer".to_owned());
        let second = record.report();
        assert_eq!(second.since, first.since);
        assert_eq!(second.health, Health::Away { why: "no answer".to_owned() });
        record.connected();
        let third = record.report();
        assert!(third.since >= second.since && third.health == Health::Connected);
        assert_eq!(third.last_failure, second.last_failure);
        assert_eq!(third.last_failure.map(|failure| failure.why).as_deref(), Some("no answer"));
    }

    #[test]
    fn the_median_is_of_the_last_calls() {
        let record = HealthRecord::new();
        assert_eq!((record.report().median, record.report().timed), (None, 0));
        for milliseconds in 1..=200 {
            record.answered(Duration::from_millis(milliseconds));
        }
        // Of 137 to 200.
        assert_eq!(
            (record.report().median, record.report().timed),
            (Some(Duration::from_millis(168)), MAX_TIMED)
        );
    }
}
