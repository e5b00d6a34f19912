//! What all connections share.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use crate::clock::Clock;
use crate::faults::Queue;
use crate::hosted::state::Hosted;
use crate::identifiers::Minter;
use crate::model::Workspace;
use crate::model::found::Found;
use crate::oauth::grants::Grants;
use crate::options::Options;
use crate::ratelimit::Limiter;
use crate::requests::Requests;
use crate::seed::{self, SeedIds};

/// How many older workspaces are kept for lagging reads.
const HISTORY_LIMIT: usize = 10_000;

/// One write that was applied.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Write {
    /// Its place among all writes, from one.
    pub seq: u64,
    /// When, by the emulator's clock.
    pub at: String,
    /// The bot that made it.
    pub token: String,
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The operation, such as `POST /v1/pages`.
    pub route: String,
    /// The body as it was sent.
    pub body: Value,
    /// The ids of what it made.
    pub created: Vec<String>,
    /// The ids of what it changed.
    pub changed: Vec<String>,
}

/// Everything that changes.
pub(crate) struct State {
    pub(crate) workspace: Arc<Workspace>,
    /// Each workspace with the moment when a write replaced it.
    history: VecDeque<(Instant, Arc<Workspace>)>,
    pub(crate) writes: Vec<Write>,
    pub(crate) faults: Queue,
    pub(crate) limiter: Limiter,
    pub(crate) requests: Requests,
    pub(crate) clock: Clock,
    pub(crate) request_ids: Minter,
    pub(crate) ids: SeedIds,
    pub(crate) oauth: Grants,
    pub(crate) hosted: Hosted,
}

impl State {
    pub(crate) fn new(options: &Options) -> State {
        let clock = Clock::at(options.now);
        let (workspace, ids) = seed::build(options, options.seed, clock.now());
        State {
            workspace: Arc::new(workspace),
            history: VecDeque::new(),
            writes: Vec::new(),
            faults: Queue::default(),
            limiter: Limiter::new(options.rate_limit, options.rate_limit_window),
            requests: Requests::default(),
            clock,
            request_ids: Minter::new(options.id_seed ^ 0x5EED_0000),
            ids,
            oauth: Grants::new(options.id_seed),
            hosted: Hosted::new(options.id_seed, &options.hosted_client),
        }
    }

    /// Puts a new workspace in the place of the old one.
    pub(crate) fn commit(&mut self, mut workspace: Workspace) {
        // A write that searched before it changed something must not leave what it found.
        workspace.found = Found::default();
        let old = std::mem::replace(&mut self.workspace, Arc::new(workspace));
        if self.faults.lags() {
            self.history.push_back((Instant::now(), old));
            if self.history.len() > HISTORY_LIMIT {
                self.history.pop_front();
            }
        } else {
            self.history.clear();
        }
    }

    /// The workspace as it was some time ago.
    pub(crate) fn lagging(&self, lag: Duration) -> Arc<Workspace> {
        let now = Instant::now();
        self.history
            .iter()
            .find(|(replaced, _)| now.saturating_duration_since(*replaced) < lag)
            .map_or_else(|| Arc::clone(&self.workspace), |(_, workspace)| Arc::clone(workspace))
    }
}
