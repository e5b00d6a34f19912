//! What a crash left open: it is looked for, and each run ends with what is known.
//!
//! A host that dies leaves runs that nobody has, and writes that were sent and have no outcome. Whoever asks again goes on
//! with such a run; where nobody does, the host itself looks what became of its writes, at its start and from time to time, so
//! that the journal and the audit say it. It sends nothing but reads.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::audit::{self, Act, Actor, CallEnded, Event};
use crate::bound::Bound;
use crate::call::Call;
use crate::dispatcher::Dispatcher;
use crate::effects::Effects;
use crate::gate::Settled;
use crate::id::{CallId, RunId};
use crate::limits::Spending;
use crate::ports::StoreError;
use crate::principal::{Allowed, Principal};
use crate::problem::{Code, Problem};
use crate::progress::Silent;
use crate::run::{
    Budget, Entry, EntryOutcome, Execution, Interrupted, Position, Priority, Reopened, Runs, SentWrite,
    done_by,
};
use crate::surface::Surface;
use crate::traces::Trace;

/// Time between two looks for runs that nobody has.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How long a run is taken for.
const LEASE: Duration = Duration::from_secs(60);

/// Runs that are taken at once: few, since whoever asks for one of them waits meanwhile.
const AT_ONCE: u32 = 4;

/// Looks for what a crash left open.
pub struct Settling {
    door: Dispatcher,
    runs: Arc<dyn Runs>,
    /// How long after it was sent a write may still be carried out.
    settle_time: Duration,
}

impl Settling {
    /// Looks through this door.
    #[must_use]
    pub fn new(door: Dispatcher, runs: Arc<dyn Runs>) -> Self {
        let settle_time = door.gate().settle_time();
        Self { door, runs, settle_time }
    }

    /// Looks at once and from time to time, until the host stops.
    pub async fn keep(self, stop: CancellationToken) {
        let mut looking = tokio::time::interval(LOOK_EVERY);
        looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(looking.tick()).await.is_some() {
            if let Some(Err(error)) = stop.run_until_cancelled(self.look()).await {
                tracing::error!(%error, "run.not_settled");
            }
        }
    }

    /// Looks for all that nobody has, once.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn look(&self) -> Result<(), StoreError> {
        let mut seen: Vec<RunId> = Vec::new();
        loop {
            let taken = self.runs.take_interrupted(LEASE, AT_ONCE).await?;
            let mut has_new = false;
            for run in taken {
                // What was given back is taken again, after all others.
                if seen.contains(&run.lease.run) {
                    self.runs.settle(run.lease, &[], &[], None).await?;
                    continue;
                }
                has_new = true;
                seen.push(run.lease.run);
                let id = run.lease.run;
                // One that can't be read keeps nobody else waiting.
                if let Err(error) = self.settle(run).await {
                    tracing::error!(run = %id, %error, "run.not_settled");
                }
            }
            if !has_new {
                return Ok(());
            }
        }
    }

    /// Ends a run with what is known of its writes; one of which something may become known later is given back.
    async fn settle(&self, run: Interrupted) -> Result<(), StoreError> {
        let lease = run.lease;
        let (mut entries, mut reopened) = (Vec::new(), Vec::new());
        let mut is_early = false;
        let open = self.runs.open_writes(lease.run).await?;
        if !open.is_empty() {
            let call = self.call_of_host(&run).await?;
            for write in open {
                match self.door.gate().settle(&call, &write.write.request, write.sent_at).await {
                    Some(Settled { told, effect }) => {
                        tracing::info!(run = %lease.run, route = effect.route, done = told.is_some(), "run.write_settled");
                        if told.is_none() {
                            reopened.push(Reopened { position: write.position.clone(), is_sent: false });
                        }
                        let outcome = told.ok_or_else(not_carried_out);
                        let event =
                            Event { call: Some(call_of(lease.run)), ..call.event(Act::Effect(effect)) };
                        entries.push(entry(write, outcome, event));
                    }
                    None => is_early |= OffsetDateTime::now_utc() < write.sent_at + self.settle_time,
                }
            }
        }
        let recorded = match is_early {
            true => self.runs.settle(lease, &entries, &reopened, None).await,
            false => {
                let ended = self.ended(&run, &entries).await?;
                self.runs.settle(lease, &entries, &reopened, Some(&ended)).await
            }
        };
        if !matches!(recorded, Ok(true)) {
            // Somebody else has the run by now, and looks for themselves.
            for entry in &entries {
                if let Some(Event { act: Act::Effect(effect), .. }) = &entry.event {
                    self.door.gate().unclaim(&effect.ids);
                }
            }
        }
        recorded.map(drop)
    }

    /// A call by which the host itself looks what became of another one's writes. It may read all that the connection shows.
    async fn call_of_host(&self, run: &Interrupted) -> Result<Call, StoreError> {
        let principal = Arc::new(Principal { strongest: Access::Reads, ..Principal::operator() });
        let connection = match run.connection {
            Some(id) => self.door.connections().connection(&Allowed::All, id).await?,
            None => None,
        };
        let budget = Budget::begin(self.door.limits(), Spending::Job, CancellationToken::new());
        Ok(Call {
            id: CallId::new(),
            tool: run.tool.clone(),
            bound: Bound::of(Access::Reads, &principal, None, false),
            principal,
            surface: Surface::Host,
            connection,
            permissions: Arc::default(),
            provider_digest: None,
            progress: Arc::new(Silent),
            budget: Arc::new(budget),
            execution: Execution { priority: Priority::Background, ..Execution::interactive() },
            position: Position::within(None),
            nesting: 0,
            check: None,
            effects: Effects::within(None),
            host: Arc::new(self.door.clone()),
            tally: None,
            trace: Trace::default(),
            _slot: None,
        })
    }

    /// The last event of a run that its host didn't survive.
    async fn ended(&self, run: &Interrupted, settled: &[Entry]) -> Result<Event, StoreError> {
        let done = done_by(self.runs.as_ref(), run.lease.run, settled).await?;
        let code = if done.unknown > 0 { Code::OutcomeUnknown } else { Code::Cancelled };
        let summary = audit::summary(run.tool.as_str(), Some(code), done.for_audit().as_deref());
        Ok(Event {
            by: Actor::host(),
            call: Some(call_of(run.lease.run)),
            connection: run.connection,
            act: Act::CallEnded(CallEnded {
                tool: run.tool.clone(),
                code: Some(code),
                summary: format!("{summary}; the host ended while it ran"),
                touched: done.touched(),
                effects: 0,
                duration_ms: 0,
            }),
        })
    }
}

fn entry(write: SentWrite, outcome: EntryOutcome, event: Event) -> Entry {
    Entry {
        position: write.position,
        digest: write.digest,
        provider: write.provider,
        write: Some(write.write),
        outcome: Some(outcome),
        event: Some(event),
    }
}

/// The call whose run it is: a run has its id.
fn call_of(run: RunId) -> CallId {
    CallId::from(run.uuid())
}

/// What stands in the place of its answer; whoever goes on with the run asks for it again.
fn not_carried_out() -> Problem {
    Problem::new(Code::Cancelled, "The host ended before it was carried out.").hint("Ask for it again.")
}
