//! One call, with all that is known of it: its events, the calls that it made, what they wrote, and its job.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use time::OffsetDateTime;

use super::Activity;
use super::port::KeptWrite;
use crate::audit::{Act, Actor, CallEnded, Effect, RecordedEvent};
use crate::dispatcher::Dispatcher;
use crate::id::{CallId, ConnectionId, JobId, RunId};
use crate::jobs::NewJob;
use crate::name::ToolName;
use crate::ports::StoreError;
use crate::principal::{Allowed, Principal};
use crate::problem::{Code, Problem};
use crate::request::Response;
use crate::surface::Surface;

/// Events of the call itself that are told.
const MAX_EVENTS: u32 = 1_000;

/// Events that are looked at for the calls that it made.
const MAX_LOOKED_AT: u32 = 5_000;

/// Effects that are told, and calls that it made.
const MAX_TOLD: usize = 500;

/// Writes that are told with what was written, and the most of each.
const MAX_WRITES: u32 = 200;
const MAX_WRITTEN_BYTES: u32 = 16 * 1024;

/// Calls from one to the one around it all.
const MAX_DEPTH: usize = 8;

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub principal: &'a Principal,
    /// Whether what everybody did is theirs to see.
    pub administers: bool,
}

/// What is known of a call.
#[derive(Debug, Clone)]
pub struct CallDetail {
    pub call: CallId,
    pub by: Actor,
    pub tool: ToolName,
    pub connection: Option<ConnectionId>,
    /// The name of the connection, where it is still there for whoever looks.
    pub connection_name: Option<String>,
    /// The call that made it, or that started its job.
    pub parent: Option<CallId>,
    pub started_at: OffsetDateTime,
    /// None while it runs, and when its host didn't survive it.
    pub ended: Option<(OffsetDateTime, CallEnded)>,
    /// The job that it started, or that it is a run of.
    pub job: Option<JobId>,
    /// What it was called with, where that is kept; only for whoever called.
    pub arguments: Option<Value>,
    /// What it and the calls that it made wrote, oldest first.
    pub effects: Vec<EffectDetail>,
    /// The calls that it made, oldest first.
    pub calls: Vec<NestedCall>,
    /// Whether there are more effects or calls than are told.
    pub has_more: bool,
    /// Its own events, oldest first.
    pub events: Vec<RecordedEvent>,
}

/// A write.
#[derive(Debug, Clone)]
pub struct EffectDetail {
    /// The event's number.
    pub seq: i64,
    pub at: OffsetDateTime,
    /// The call that made it.
    pub call: CallId,
    pub effect: Effect,
    /// Where a person looks at each of the effect's ids, in their order.
    pub places: Vec<Option<String>>,
    /// What was to be written.
    pub sent: Option<Value>,
    /// What was there afterwards, as the outside answered.
    pub after: Option<Value>,
}

/// A call that another one made.
#[derive(Debug, Clone)]
pub struct NestedCall {
    pub call: CallId,
    pub tool: ToolName,
    pub surface: Surface,
    pub started_at: OffsetDateTime,
    /// None while it runs.
    pub ended: Option<CallEnded>,
}

/// What belongs to a call, from the events of its principal.
#[derive(Default)]
struct Belonging {
    effects: Vec<EffectDetail>,
    calls: Vec<NestedCall>,
    has_more: bool,
}

impl Activity {
    /// What is known of a call, by its own id or that of its job. One of another principal isn't there, but for who administers.
    ///
    /// # Errors
    ///
    /// `not_found` when nothing is known of it.
    pub async fn call(
        &self,
        door: &Dispatcher,
        reader: Reader<'_>,
        id: CallId,
    ) -> Result<CallDetail, Problem> {
        let store = &self.inner.store;
        let mut call = id;
        let mut events = store.events_of_call(call, MAX_EVENTS).await?;
        if events.is_empty()
            && let Some(job) = store.kept_job(JobId::from(id.uuid())).await?
        {
            call = job.started_by;
            events = store.events_of_call(call, MAX_EVENTS).await?;
        }
        let may_see = |by: &Actor| reader.administers || by.principal == reader.principal.id;
        let begun = events.iter().find_map(begun).filter(|begun| may_see(&begun.by)).ok_or_else(not_found)?;
        let ended = events.iter().find_map(ended);
        let job = self.job_of(call, &begun).await?;
        // What a job does comes after the call that started it.
        let until = ended.as_ref().filter(|_| job.is_none()).map_or(i64::MAX, |(seq, _, _)| *seq);
        let Belonging { mut effects, calls, mut has_more } = self.belonging(call, &begun, until).await?;
        let known: HashSet<i64> = effects.iter().map(|effect| effect.seq).collect();
        effects.extend(events.iter().filter(|event| !known.contains(&event.seq)).filter_map(effect));
        effects.sort_by_key(|effect| effect.seq);
        has_more |= effects.len() > MAX_TOLD;
        effects.truncate(MAX_TOLD);
        let connection_name = self.connection_name(door, reader, begun.connection).await?;
        for effect in &mut effects {
            let egress = door.gate().egress(&effect.effect.egress);
            let place = |id: &String| egress.and_then(|egress| egress.place_of(&effect.effect.route, id));
            effect.places = effect.effect.ids.iter().map(place).collect();
        }
        // What they may no longer reach isn't told from a record either, and what the outside said isn't held against the parts of
        // whoever is narrowed to some.
        let reaches = begun.connection.is_none() || connection_name.is_some();
        if reader.administers || (reaches && reader.principal.parts.is_everything()) {
            self.tell_written(door, self.run_of(call, &begun).await?, &mut effects).await?;
            if let Some(job) = &job {
                self.tell_written(door, job.id.into(), &mut effects).await?;
            }
        }
        let is_own = begun.by.principal == reader.principal.id;
        let arguments = job.as_ref().filter(|job| is_own && reaches && job.tool == begun.tool);
        Ok(CallDetail {
            call,
            tool: begun.tool,
            connection: begun.connection,
            connection_name,
            parent: begun.parent,
            started_at: begun.at,
            ended: ended.map(|(_, at, ended)| (at, ended)),
            arguments: arguments.map(|job| job.arguments.clone()),
            job: job.map(|job| job.id),
            by: begun.by,
            effects,
            calls,
            has_more,
            events,
        })
    }

    /// The job that a call started, or that it is a run of, as long as it is kept.
    async fn job_of(&self, call: CallId, begun: &Begun) -> Result<Option<NewJob>, StoreError> {
        let starting = match (begun.by.surface, begun.parent) {
            (Surface::Job, Some(parent)) => parent,
            _ => call,
        };
        let job = self.inner.store.kept_job(JobId::started_by(starting.into())).await?;
        Ok(job.filter(|job| job.principal == begun.by.principal))
    }

    /// The run whose journal has what a call wrote: that of the outermost call around it.
    async fn run_of(&self, call: CallId, begun: &Begun) -> Result<RunId, StoreError> {
        let (mut outermost, mut parent) = (call, begun.parent.filter(|_| begun.by.surface == Surface::Tool));
        for _ in 0..MAX_DEPTH {
            let Some(around) = parent else { break };
            let events = self.inner.store.events_of_call(around, 1).await?;
            let Some(begun) = events.iter().find_map(self::begun) else { break };
            outermost = around;
            parent = begun.parent.filter(|_| begun.by.surface == Surface::Tool);
            if let (Surface::Job, Some(starting)) = (begun.by.surface, begun.parent) {
                return Ok(JobId::started_by(starting.into()).into());
            }
        }
        Ok(outermost.into())
    }

    /// The calls that a call made, and what all of them wrote.
    async fn belonging(&self, call: CallId, begun: &Begun, until: i64) -> Result<Belonging, StoreError> {
        let looked_at =
            self.inner.store.calls_between(begun.by.principal, begun.seq, until, MAX_LOOKED_AT).await?;
        let mut belonging = Belonging::default();
        let mut below: HashMap<CallId, usize> = HashMap::new();
        for event in &looked_at {
            if let Some(inner) = self::begun(event) {
                let is_below = |parent: &CallId| *parent == call || below.contains_key(parent);
                if inner.parent.as_ref().is_some_and(is_below) && inner.call != call {
                    below.insert(inner.call, belonging.calls.len());
                    let Begun { call, tool, by, at, .. } = inner;
                    belonging.calls.push(NestedCall {
                        call,
                        tool,
                        surface: by.surface,
                        started_at: at,
                        ended: None,
                    });
                }
            } else if let Some((_, _, ended)) = self::ended(event) {
                let own = event.event.call.and_then(|call| below.get(&call));
                if let Some(own) = own.and_then(|index| belonging.calls.get_mut(*index)) {
                    own.ended = Some(ended);
                }
            } else if event.event.call.is_some_and(|own| own == call || below.contains_key(&own)) {
                belonging.effects.extend(effect(event));
            }
        }
        // A job that has come to its end does nothing more, however much others do after it.
        let is_over = belonging.calls.iter().any(|call| call.surface == Surface::Job)
            && belonging.calls.iter().all(|call| call.ended.is_some());
        let is_cut = looked_at.len() >= MAX_LOOKED_AT as usize && !is_over;
        belonging.has_more = is_cut || belonging.calls.len() > MAX_TOLD;
        belonging.calls.truncate(MAX_TOLD);
        Ok(belonging)
    }

    /// Tells what effects wrote, as far as the journal of a run has it and their egress lets it be told.
    async fn tell_written(
        &self,
        door: &Dispatcher,
        run: RunId,
        effects: &mut [EffectDetail],
    ) -> Result<(), StoreError> {
        if effects.is_empty() {
            return Ok(());
        }
        let mut kept = self.inner.store.kept_writes(run, MAX_WRITES, MAX_WRITTEN_BYTES).await?;
        for told in effects.iter_mut().filter(|effect| effect.sent.is_none()) {
            let Effect { digest, code, egress, .. } = &told.effect;
            let Some(index) = kept.iter().position(|write| write.is_of(digest, *code)) else { continue };
            let KeptWrite { request, outcome, .. } = kept.remove(index);
            let egress = door.gate().egress(egress);
            let Some(sent) = request.as_ref().and_then(|words| egress?.written(words)) else { continue };
            told.sent = Some(sent);
            let answer = outcome.and_then(Result::ok).and_then(|told| Response::of_journal(told).ok());
            told.after = answer.map(|answer| answer.body.value().clone()).filter(|after| !after.is_null());
        }
        Ok(())
    }

    /// The name of a connection: for who administers of any, else of one that they may use.
    async fn connection_name(
        &self,
        door: &Dispatcher,
        reader: Reader<'_>,
        connection: Option<ConnectionId>,
    ) -> Result<Option<String>, StoreError> {
        let Some(id) = connection else { return Ok(None) };
        let named = Allowed::Only([id].into());
        let allowed = if reader.administers { &named } else { &reader.principal.connections };
        let found = door.connections().connection(allowed, id).await?;
        Ok(found.map(|connection| connection.name))
    }
}

/// How a call began.
struct Begun {
    seq: i64,
    at: OffsetDateTime,
    call: CallId,
    by: Actor,
    connection: Option<ConnectionId>,
    tool: ToolName,
    parent: Option<CallId>,
}

fn begun(recorded: &RecordedEvent) -> Option<Begun> {
    let (Act::CallStarted(started), Some(call)) = (&recorded.event.act, recorded.event.call) else {
        return None;
    };
    Some(Begun {
        seq: recorded.seq,
        at: recorded.at,
        call,
        by: recorded.event.by.clone(),
        connection: recorded.event.connection,
        tool: started.tool.clone(),
        parent: started.parent,
    })
}

fn ended(recorded: &RecordedEvent) -> Option<(i64, OffsetDateTime, CallEnded)> {
    match &recorded.event.act {
        Act::CallEnded(ended) => Some((recorded.seq, recorded.at, ended.clone())),
        _ => None,
    }
}

fn effect(recorded: &RecordedEvent) -> Option<EffectDetail> {
    let (Act::Effect(effect), Some(call)) = (&recorded.event.act, recorded.event.call) else { return None };
    Some(EffectDetail {
        seq: recorded.seq,
        at: recorded.at,
        call,
        effect: effect.clone(),
        places: Vec::new(),
        sent: None,
        after: None,
    })
}

fn not_found() -> Problem {
    Problem::new(Code::NotFound, "There is no such call.")
        .hint("Calls that could write are kept here; another caller's are not shown.")
}
