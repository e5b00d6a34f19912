//! The one gate: every effect passes [`EffectGate::send`].
//!
//! The steps stand in the order of the design's picture: capability, route, journal, memory, and then `delivery`: limiter,
//! credential, send. So far the journal is kept for jobs; other calls are not resumed. No other code holds a Notion
//! credential.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use serde_json::Value;
use time::OffsetDateTime;

use crate::cache::GateCache;
use crate::call::Call;
use crate::check::Check;
use crate::delivery::Intent;
use crate::effects::WriteName;
use crate::id::ConnectionId;
use crate::ports::{Credentials, Limiter, RouteTable, Transport};
use crate::problem::{Code, Problem};
use crate::recovery::{Earlier, below};
pub use crate::request::{CachePolicy, Method, NotionRequest, NotionResponse, NotionRoute, ResolvedRequest};
use crate::run::{Begun, Pending, Recorder};

/// Ids of what writes were answered with that are remembered.
const MAX_ANSWERED: u64 = 100_000;

/// How long they are: longer than any probe asks for what is new.
const ANSWERED_FOR: Duration = Duration::from_secs(3_600);

/// Objects that checks have seen and that are remembered.
const MAX_SEEN: u64 = 10_000;

/// How long they are: as long as the checks of one batch take.
const SEEN_FOR: Duration = Duration::from_secs(10);

/// The gate. It holds the only way to a credential.
pub struct EffectGate {
    pub(crate) routes: Arc<dyn RouteTable>,
    pub(crate) limiter: Arc<dyn Limiter>,
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) transport: Arc<dyn Transport>,
    cache: GateCache,
    /// Ids of what writes were answered with: a probe doesn't take one of these for what another write has made.
    answered: Cache<String, ()>,
    /// What checks have just seen, so that many writes to one object look at it once.
    seen: Cache<(ConnectionId, Vec<String>), ()>,
    /// The last call of an earlier process: of what that made, not everything is known.
    earlier: Option<OffsetDateTime>,
}

impl EffectGate {
    /// A gate over these ports.
    #[must_use]
    pub fn new(
        routes: Arc<dyn RouteTable>,
        limiter: Arc<dyn Limiter>,
        credentials: Arc<dyn Credentials>,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let answered = Cache::builder().max_capacity(MAX_ANSWERED).time_to_live(ANSWERED_FOR).build();
        let seen = Cache::builder().max_capacity(MAX_SEEN).time_to_live(SEEN_FOR).build();
        Self {
            routes,
            limiter,
            credentials,
            transport,
            cache: GateCache::new(),
            answered,
            seen,
            earlier: None,
        }
    }

    /// The same, for a process that follows another one: what that has made isn't taken for what a write of this one made.
    #[must_use]
    pub fn after(mut self, earlier: Earlier) -> Self {
        for id in earlier.ids {
            self.answered.insert(id, ());
        }
        self.earlier = earlier.until;
        self
    }

    /// Sends one request to Notion on behalf of a call.
    ///
    /// A read is sent again after an answer that may have been lost; a write only when it was certainly not carried
    /// out.
    ///
    /// # Errors
    ///
    /// `forbidden` without capability or route, `rate_limited` when the budget doesn't allow it within the call's time,
    /// `outcome_unknown` when a write may have been carried out and no look could tell, and Notion's own refusals.
    pub async fn send(
        &self,
        call: &Call,
        position: String,
        request: NotionRequest,
    ) -> Result<NotionResponse, Problem> {
        let max_age = request.max_age;
        let request = self.routes.resolve(request)?;
        call.permissions().check_notion(&request.route)?;
        call.check_access(request.route.effect, &request.route.to_string())?;
        let connection = call.connection()?.id;
        if let Some(check) = &call.check {
            return self.checked(call, check, connection, &request, max_age).await;
        }

        let recorder = &call.execution.recorder;
        match recorder.begin(position, || request.in_words()).await? {
            Begun::Recorded(told) => self.recorded(call, &request, told),
            Begun::Live(pending) => {
                let intent = Intent { recorder, pending: &pending };
                let answer = self.ask(call, connection, &request, max_age, intent).await;
                kept(recorder, pending, answer).await
            }
            Begun::Lost(pending, sent_at) => {
                let intent = Intent { recorder, pending: &pending };
                let answer = self.resume(call, connection, &request, intent, sent_at).await;
                kept(recorder, pending, answer).await
            }
        }
    }

    /// Answers a read of a check, and ends the check at its first write. A write whose object isn't there is refused as
    /// Notion would refuse it.
    async fn checked(
        &self,
        call: &Call,
        check: &Check,
        connection: ConnectionId,
        request: &ResolvedRequest,
        max_age: Option<Duration>,
    ) -> Result<NotionResponse, Problem> {
        if !request.writes() {
            check.looks();
            let answer = self.ask(call, connection, request, max_age, Intent::none()).await;
            if answer.is_ok() {
                self.seen.insert((connection, request.segments.clone()), ());
            }
            return answer;
        }
        for needed in self.routes.needed(request) {
            let key = (connection, needed.segments.clone());
            if !self.seen.contains_key(&key) {
                check.looks();
                match self.ask(call, connection, &needed, None, Intent::none()).await {
                    Err(refusal) if matches!(refusal.code, Code::NotFound | Code::InvalidInput) => {
                        return Err(refusal);
                    }
                    // What else went wrong says nothing about the write.
                    Err(_) => {}
                    Ok(_) => self.seen.insert(key, ()),
                }
            }
        }
        check.end().await
    }

    /// What an earlier run was told, which counts as done by this one: it answers for the whole job.
    fn recorded(
        &self,
        call: &Call,
        request: &ResolvedRequest,
        told: Result<Value, Problem>,
    ) -> Result<NotionResponse, Problem> {
        let told = told.and_then(NotionResponse::of_journal);
        let begun = call.effects.begin(request);
        match &told {
            Ok(response) => {
                self.claim(request, response);
                begun.carried_out(response.id());
            }
            Err(problem) if problem.code == Code::OutcomeUnknown => drop(begun),
            Err(problem) => begun.not_carried_out(problem.code),
        }
        told
    }

    /// Goes on with a write of an earlier run that nobody knows the outcome of: looks what became of it, and repeats it
    /// only where that changes nothing.
    async fn resume(
        &self,
        call: &Call,
        connection: ConnectionId,
        request: &ResolvedRequest,
        intent: Intent<'_>,
        sent_at: OffsetDateTime,
    ) -> Result<NotionResponse, Problem> {
        let recovery = self.routes.recovery(request, sent_at, None);
        if let Some(probe) = recovery.probe
            && let Ok(Some(response)) = self.look(call, connection, request, probe.as_ref()).await
        {
            self.forget_what_changed(connection, request, true);
            call.effects.begin(request).carried_out(response.id());
            return Ok(response);
        }
        if recovery.repeats {
            return self.ask(call, connection, request, None, intent).await;
        }
        drop(call.effects.begin(request));
        let name = WriteName::of(request).in_words();
        Err(Problem::new(
            Code::OutcomeUnknown,
            format!("The host was interrupted after it had sent {name} to Notion, which may or may not have been carried out."),
        )
        .hint("Look at Notion before asking for it again."))
    }

    /// Answers from memory, or sends.
    async fn ask(
        &self,
        call: &Call,
        connection: ConnectionId,
        request: &ResolvedRequest,
        max_age: Option<Duration>,
        intent: Intent<'_>,
    ) -> Result<NotionResponse, Problem> {
        let key = self.cache.key(connection, request);
        if let (Some(key), Some(max_age)) = (&key, max_age)
            && let Some(answer) = self.cache.recall(key, max_age)
        {
            return answer;
        }
        call.spend_effect()?;
        let answer = self.deliver(call, connection, request, intent).await;
        match key {
            Some(key) => self.cache.keep(key, &answer),
            None => self.forget_what_changed(connection, request, answer.is_ok()),
        }
        answer
    }

    /// Takes what an answer shows as that of one write; false when it was another's already.
    pub(crate) fn claim(&self, request: &ResolvedRequest, response: &NotionResponse) -> bool {
        let mut is_own = true;
        // Every id is kept, also after one that was known.
        for id in response.ids().filter(|_| request.writes()) {
            is_own &= self.answered.entry(id.to_owned()).or_insert(()).is_fresh();
        }
        if request.writes() {
            for id in self.routes.unnamed(request, response) {
                self.answered.insert(below(&id), ());
            }
        }
        is_own
    }

    /// Whether everything is known that this installation has made since then.
    pub(crate) fn knows_since(&self, since: OffsetDateTime) -> bool {
        self.earlier.is_none_or(|until| until < since)
    }

    pub(crate) fn is_claimed(&self, id: &str) -> bool {
        self.answered.contains_key(id)
    }

    /// Forgets what may be wrong after this: a schema was changed, or Notion refused a write that may have been made from
    /// an old one.
    fn forget_what_changed(&self, connection: ConnectionId, request: &ResolvedRequest, is_done: bool) {
        if request.route.cache == CachePolicy::Changes || (request.writes() && !is_done) {
            self.cache.forget(connection);
        }
    }
}

/// Records what came of it, and passes it on.
async fn kept(
    recorder: &Recorder,
    pending: Pending,
    answer: Result<NotionResponse, Problem>,
) -> Result<NotionResponse, Problem> {
    let told = || answer.as_ref().map(NotionResponse::for_journal).map_err(Problem::clone);
    recorder.done(pending, told).await?;
    answer
}
