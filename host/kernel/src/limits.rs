//! The bounds of a call, with the reason for each number.

use std::time::Duration;

/// Which bounds a call has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spending {
    /// Those of a call that somebody waits for.
    #[default]
    Call,
    /// Those of a job.
    Job,
}

/// Bounds that the door keeps. The sandbox has more of its own, for what only a guest can exhaust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Time from door to answer. GPT Actions give up after 45 s, so 40 s leaves the answer time to travel.
    pub call_time: Duration,
    /// The end of a call's time in which its requests are no longer waited for: a provider whose last request hung still
    /// tells what it has done before. At most a quarter of the call's time.
    pub answer_time: Duration,
    /// Bytes of arguments, as JSON. Notion takes 500 KB in one request; twice that covers what a tool splits up.
    pub argument_bytes: usize,
    /// Levels of arrays and objects in the arguments. Notion's own blocks nest far less; a parser's stack ends later.
    pub argument_depth: usize,
    /// Bytes of an answer, as JSON, pictures and sound included.
    pub answer_bytes: usize,
    /// Effects of one call, with those of the tools that it calls. Notion's budget and the call's time end most calls
    /// earlier; this is room for a bulk of a thousand operations on a plan that allows them.
    pub effects: u32,
    /// Time of one run of a job: enough for all its effects with the background's share of the 180 requests a minute that
    /// most plans have.
    pub job_time: Duration,
    /// Effects of one job, with those of the tools that it calls.
    pub job_effects: u32,
    /// Calls of one principal that run at the same time; the next one is refused, not queued, so that a flood shows.
    pub concurrent_calls: usize,
    /// Tools that call tools that call tools: how deep.
    pub nesting: u8,
    /// How long after its caller left a call that can write is found to be the same when it is asked for again. Nothing turns
    /// it off.
    pub resend_time: Duration,
}

impl Limits {
    /// Time and effects.
    pub(crate) fn of(&self, spending: Spending) -> (Duration, u32) {
        match spending {
            Spending::Call => (self.call_time, self.effects),
            Spending::Job => (self.job_time, self.job_effects),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_time: Duration::from_secs(40),
            answer_time: Duration::from_secs(2),
            argument_bytes: 1024 * 1024,
            argument_depth: 64,
            answer_bytes: 4 * 1024 * 1024,
            effects: 2_000,
            job_time: Duration::from_secs(3 * 3_600),
            job_effects: 20_000,
            concurrent_calls: 256,
            nesting: 4,
            resend_time: Duration::from_secs(600),
        }
    }
}
