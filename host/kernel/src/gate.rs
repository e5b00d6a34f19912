//! The one gate: every effect passes [`EffectGate::send`].
//!
//! The steps stand in this order: resolve, capability, access, what the journal has of it, cache, and then `delivery` and `sending`:
//! limiter, credential, the intent in the journal, send, its outcome in the journal. The intent comes last before the first byte: what
//! waits for a slot in the budget hasn't been sent, and a host that ends meanwhile has nothing to look for. What is outside, the egresses know. No other code holds a credential for it.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::access::Access;
use crate::audit::{Act, Effect};
use crate::cache::{CacheOwner, GateCache};
use crate::call::Call;
use crate::check::Check;
use crate::claims::Claims;
use crate::delivery::Seen;
use crate::digest::{self, digest};
use crate::effects::MAX_TOUCHED;
use crate::egress::Egress;
use crate::facts::Facts;
use crate::metrics::EffectCounts;
use crate::narrowing::NOT_NARROWED;
use crate::ports::Credentials;
use crate::principal::Connection;
use crate::problem::{Code, Problem};
use crate::recovery::Earlier;
pub use crate::request::{CachePolicy, Method, Payload, Request, ResolvedRequest, Response};
use crate::run::{Begun, Pending};
pub use crate::sending::Outside;
use crate::sending::{Intent, Means, Sending};
use crate::within::Within;

/// Objects that checks have seen and that are remembered.
const MAX_SEEN: u64 = 10_000;

/// How long they are: as long as the checks of one batch take.
const SEEN_FOR: Duration = Duration::from_secs(10);

/// How long after it was sent a write may still be carried out: twice the 60 seconds after which Notion gives up.
pub const SETTLE_TIME: Duration = Duration::from_secs(120);

/// Longest id of a request in the outside's own records, in bytes; Notion's has 36.
const MAX_REQUEST_ID: usize = 64;

/// The gate. It holds the only way to a credential.
pub struct EffectGate {
    outsides: Vec<Outside>,
    means: Means,
    cache: GateCache,
    facts: Facts,
    /// What checks have just seen, so that many writes to one object look at it once.
    seen: Cache<(CacheOwner, String), ()>,
}

impl EffectGate {
    /// A gate to these outsides.
    #[must_use]
    pub fn new(credentials: Arc<dyn Credentials>, outsides: Vec<Outside>) -> Self {
        let seen = Cache::builder().max_capacity(MAX_SEEN).time_to_live(SEEN_FOR).build();
        let means = Means { credentials, claims: Claims::new(), settle_time: SETTLE_TIME };
        Self { outsides, means, cache: GateCache::new(), facts: Facts::new(), seen }
    }

    /// The same, for a process that follows another one: what that has made isn't taken for what a write of this one made.
    #[must_use]
    pub fn after(mut self, earlier: Earlier) -> Self {
        self.means.claims.add_earlier(earlier);
        self
    }

    /// The same, with another time after which a write that can't be seen was not carried out.
    #[must_use]
    pub fn settling_in(mut self, time: Duration) -> Self {
        self.means.settle_time = time;
        self
    }

    /// How long after it was sent a write may still be carried out.
    pub(crate) fn settle_time(&self) -> Duration {
        self.means.settle_time
    }

    /// Sends one request to the outside on behalf of a call.
    ///
    /// A read is sent again after an answer that may have been lost; a write only when it was certainly not carried
    /// out.
    ///
    /// # Errors
    ///
    /// `forbidden` without capability or route, `rate_limited` when the budget doesn't allow it within the call's time,
    /// `outcome_unknown` when a write may have been carried out and no look could tell, and the outside's own refusals.
    pub async fn send(&self, call: &Call, position: String, request: Request) -> Result<Response, Problem> {
        let outside = self.outside(request.egress)?;
        let max_age = request.max_age;
        let request = &outside.egress.resolve(request)?;
        call.permissions().check(request.capability, &request.route())?;
        call.check_access(request.access, &request.route())?;
        let keys = &outside.egress.keys(request, call.connection_if_any())?;
        let sending = Sending { call, outside, means: &self.means, keys, request, intent: Intent::none() };
        if let Some(check) = &call.check {
            return self.checked(sending, check, max_age).await;
        }

        // Held until its outcome is recorded: a call that stops waits for that.
        let _under_way = request.writes().then(|| call.budget.under_way.begin());
        let recorder = &call.execution.recorder;
        match recorder.begin(call.asked(position, || request.payload.in_words())).await? {
            Begun::Recorded(told) => self.recorded(sending, told),
            Begun::Live(pending) => {
                let intent = Intent { recorder, pending: &pending };
                let answer = match self.judge(sending).await {
                    Ok(()) => self.ask_within(Sending { intent, ..sending }, max_age).await,
                    Err(refusal) => Err(refusal),
                };
                kept(sending, pending, answer).await
            }
            Begun::Lost(pending, sent_at) => {
                let intent = Intent { recorder, pending: &pending };
                let answer = self.resume(Sending { intent, ..sending }, sent_at).await;
                kept(sending, pending, answer).await
            }
        }
    }

    /// Looks what became of a write that a journal has without an outcome, on behalf of the host; none when that can't be told.
    pub(crate) async fn settle(
        &self,
        call: &Call,
        words: &Value,
        sent_at: OffsetDateTime,
    ) -> Option<Settled> {
        let known = self.outsides.iter().find_map(|outside| Some((outside, outside.egress.recalled(words)?)));
        let (outside, request) = known?;
        let keys = outside.egress.keys(&request, call.connection_if_any()).ok()?;
        let intent = Intent::none();
        let sending = Sending { call, outside, means: &self.means, keys: &keys, request: &request, intent };
        let seen = match self.look_for_lost(sending, sent_at, false).await {
            Seen::CarriedOut(response) => {
                self.forget_what_changed(&sending, true);
                Ok(response)
            }
            Seen::NotCarriedOut => Err(Problem::new(Code::Cancelled, "it was not carried out")),
            Seen::CantTell => return None,
        };
        let effect = effect(sending, &digest(words), seen.as_ref());
        Some(Settled { told: seen.as_ref().ok().map(Response::for_journal), effect })
    }

    /// What a look found was not recorded: a later look may find it for the same write.
    pub(crate) fn unclaim(&self, ids: &[String]) {
        self.means.claims.release(ids);
    }

    /// The object that a text names and nothing else, by its id, for the first outside that knows such.
    pub(crate) fn object_in(&self, text: &str) -> Option<String> {
        self.outsides.iter().find_map(|outside| outside.egress.object_in(text))
    }

    /// Whether a connection shows a call's principal an object. It is the host that looks and not the tool, so no capability
    /// is asked for, and the answer goes no further.
    ///
    /// # Errors
    ///
    /// What keeps it from looking. An object that isn't there, or not for the caller, isn't shown.
    pub(crate) async fn shows(
        &self,
        call: &Call,
        connection: &Connection,
        object: &str,
    ) -> Result<bool, Problem> {
        for outside in &self.outsides {
            for request in outside.egress.showing(object) {
                let request = &outside.egress.resolve(request)?;
                let keys = &outside.egress.keys(request, Some(connection))?;
                let intent = Intent::none();
                let sending = Sending { call, outside, means: &self.means, keys, request, intent };
                match self.ask_within(sending, None).await {
                    Ok(_) => return Ok(true),
                    Err(problem) if is_refusal(&problem) => {}
                    Err(problem) => return Err(problem),
                }
            }
        }
        Ok(false)
    }

    /// Refuses a write of a call that may not destroy, where what is there makes it one that destroys. A write that was recorded
    /// was judged before, when things were as they were then.
    async fn judge(&self, sending: Sending<'_>) -> Result<(), Problem> {
        let Sending { call, outside, request, .. } = sending;
        if request.access != Access::Writes || call.bound.most == Access::Destroys {
            return Ok(());
        }
        let Some(doubt) = outside.egress.doubt(request) else { return Ok(()) };
        let seen = self.ask_within(Sending { request: &doubt, ..sending }, None).await?;
        call.check_access(outside.egress.judged(request, &seen), &request.route())
    }

    /// What was measured of each egress.
    pub(crate) fn measured(&self) -> Vec<(&'static str, EffectCounts)> {
        self.outsides.iter().map(|outside| (outside.egress.name(), outside.metrics.counts())).collect()
    }

    /// The egress of a name, if there is one.
    pub(crate) fn egress(&self, name: &str) -> Option<&dyn Egress> {
        self.outside(name).ok().map(|outside| outside.egress.as_ref())
    }

    fn outside(&self, egress: &str) -> Result<&Outside, Problem> {
        self.outsides
            .iter()
            .find(|outside| outside.egress.name() == egress)
            .ok_or_else(|| Problem::new(Code::Forbidden, format!("there is no way to `{egress}` here")))
    }

    /// Answers a read of a check, and ends the check at its first write. A write whose object isn't there is refused as
    /// the outside would refuse it.
    async fn checked(
        &self,
        sending: Sending<'_>,
        check: &Check,
        max_age: Option<Duration>,
    ) -> Result<Response, Problem> {
        let owner = owner(&sending);
        if !sending.request.writes() {
            check.looks();
            let answer = self.ask_within(sending, max_age).await;
            if answer.is_ok() {
                self.seen.insert((owner, sending.request.address.clone()), ());
            }
            return answer;
        }
        if let Some(mut within) = self.within(&sending)? {
            check.looks();
            within.admit(sending).await?;
        }
        self.judge(sending).await?;
        for needed in sending.outside.egress.needed(sending.request) {
            let key = (owner, needed.address.clone());
            if !self.seen.contains_key(&key) {
                check.looks();
                match self.ask_within(Sending { request: &needed, ..sending }, None).await {
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
    fn recorded(&self, sending: Sending<'_>, told: Result<Value, Problem>) -> Result<Response, Problem> {
        let told = told.and_then(Response::of_journal);
        let begun = sending.call.effects.begin(sending.request);
        match &told {
            Ok(response) => {
                let named = sending.named(response);
                self.means.claims.claim(&named);
                begun.carried_out(named.object.as_deref());
            }
            Err(problem) if problem.code == Code::OutcomeUnknown => drop(begun),
            Err(problem) => begun.not_carried_out(problem.code),
        }
        told
    }

    /// Goes on with a write of an earlier run that nobody knows the outcome of: looks what became of it, and repeats it
    /// only where that changes nothing.
    async fn resume(&self, sending: Sending<'_>, sent_at: OffsetDateTime) -> Result<Response, Problem> {
        let Sending { call, outside, request, .. } = sending;
        match self.look_for_lost(sending, sent_at, true).await {
            Seen::CarriedOut(response) => {
                self.forget_what_changed(&sending, true);
                call.effects.begin(request).carried_out(sending.named(&response).object.as_deref());
                return match self.within(&sending)? {
                    None => Ok(response),
                    // What was carried out is told, whatever may be shown of it.
                    Some(mut within) => {
                        let done = bare(&response);
                        Ok(within.shown(sending, Ok(response), None).await.unwrap_or(done))
                    }
                };
            }
            Seen::NotCarriedOut => return self.ask_within(sending, None).await,
            Seen::CantTell if request.is_repeatable => {
                // Until the second one is answered, nobody knows of the first.
                let first = call.effects.begin(request);
                sending.intent.pending.may_be_done();
                match self.ask_within(sending, None).await {
                    Ok(response) => {
                        first.not_carried_out(Code::OutcomeUnknown);
                        return Ok(response);
                    }
                    Err(problem) if problem.code == Code::OutcomeUnknown => return Err(problem),
                    Err(_) => drop(first),
                }
            }
            Seen::CantTell => drop(call.effects.begin(request)),
        }
        let (name, title) = (request.summary.in_words(), outside.egress.title());
        Err(Problem::new(
            Code::OutcomeUnknown,
            format!("The host was interrupted after it had sent {name} to {title}, which may or may not have been carried out."),
        )
        .hint(format!("Look at {title} before asking for it again.")))
    }

    /// What became of a write of an earlier execution. What it may have made is believed only where everything is known that this
    /// installation has made since.
    async fn look_for_lost(&self, sending: Sending<'_>, sent_at: OffsetDateTime, waits: bool) -> Seen {
        let recovery = sending.outside.egress.recovery(sending.request, sent_at, None);
        match recovery.since {
            Some(since) if !self.means.claims.cover(since) => Seen::CantTell,
            _ => sending.look_for(sent_at, waits).await,
        }
    }

    /// Answers what the principal may see, who may be narrowed to parts of the workspace. What is kept in the cache is what
    /// the outside said: each answer is held against the parts of whoever gets it.
    async fn ask_within(&self, sending: Sending<'_>, max_age: Option<Duration>) -> Result<Response, Problem> {
        let Some(mut within) = self.within(&sending)? else { return self.ask(sending, max_age).await };
        let credential = sending.credential().await?;
        let request = &within.narrowing.opened(sending.request, credential.as_ref())?;
        let sending = Sending { request, ..sending };
        if !within.narrowing.is_told_by_its_answer(request) {
            within.admit(sending).await?;
        }
        let answer = self.ask(sending, max_age).await;
        let done = answer.as_ref().ok().filter(|_| request.writes()).map(bare);
        let shown = within.shown(sending, answer, credential.as_ref()).await;
        match (shown, done) {
            // What was carried out is told, whatever may be shown of it.
            (Err(problem), Some(done)) => {
                tracing::warn!(%problem, "gate.answer_not_shown");
                Ok(done)
            }
            (shown, _) => shown,
        }
    }

    /// What keeps this principal within their parts; none for one who isn't narrowed.
    fn within<'a>(&'a self, sending: &Sending<'a>) -> Result<Option<Within<'a>>, Problem> {
        let parts = &sending.call.principal().parts;
        if parts.is_everything() {
            return Ok(None);
        }
        let Some(narrowing) = sending.outside.egress.narrowing() else {
            let message = format!("{} is {NOT_NARROWED}", sending.outside.egress.title());
            return Err(Problem::new(Code::Forbidden, message));
        };
        let writes = sending.request.writes();
        Ok(Some(Within::new(narrowing, parts, &self.facts, &self.cache, owner(sending), writes)))
    }

    /// Answers from the cache, or sends.
    async fn ask(&self, sending: Sending<'_>, max_age: Option<Duration>) -> Result<Response, Problem> {
        let key = self.cache.key(owner(&sending), sending.request);
        if let (Some(key), Some(max_age)) = (&key, max_age)
            && let Some(answer) = self.cache.recall(key, max_age)
        {
            sending.outside.metrics.remembered();
            return answer;
        }
        sending.call.spend_effect()?;
        let answer = sending.deliver().await;
        match key {
            Some(key) => self.cache.keep(key, &answer),
            None => self.forget_what_changed(&sending, answer.is_ok()),
        }
        answer
    }

    /// Forgets what may be wrong after this: what was kept was changed, or the outside refused a write that may have been
    /// made from it.
    fn forget_what_changed(&self, sending: &Sending<'_>, is_done: bool) {
        let request = sending.request;
        if request.writes()
            && let Some(narrowing) = sending.outside.egress.narrowing()
        {
            self.facts.forget(owner(sending), narrowing.kinds(), &request.ids);
        }
        if request.cache == CachePolicy::Changes || (request.writes() && !is_done) {
            self.cache.forget(owner(sending));
        }
    }
}

/// Whether the outside has said no, and would say so again.
fn is_refusal(problem: &Problem) -> bool {
    matches!(problem.code, Code::NotFound | Code::InvalidInput | Code::Forbidden)
}

/// An answer to a write as it can be told to anybody who made it: what it is and its id.
fn bare(answer: &Response) -> Response {
    let told = answer.body.value();
    let members = ["object", "id", "request_id"].into_iter();
    let known: Map<String, Value> =
        members.filter_map(|key| Some((key.to_owned(), told.get(key)?.clone()))).collect();
    Response { status: answer.status, body: Value::Object(known).into() }
}

/// Whose answers an effect gets and makes out of date.
fn owner(sending: &Sending<'_>) -> CacheOwner {
    CacheOwner { egress: sending.outside.egress.name(), connection: sending.keys.credential }
}

/// Whether a text may be in the audit as an id: whoever answers could put anything there.
fn is_an_id(text: &str) -> bool {
    (1..=MAX_REQUEST_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Records what came of it, and passes it on.
async fn kept(
    sending: Sending<'_>,
    pending: Pending,
    answer: Result<Response, Problem>,
) -> Result<Response, Problem> {
    let Sending { call, .. } = sending;
    let outcome = || answer.as_ref().map(Response::for_journal).map_err(Problem::clone);
    let event = |digest: &str| call.event(Act::Effect(effect(sending, digest, answer.as_ref())));
    call.execution.recorder.done(pending, outcome, event).await?;
    answer
}

/// What the audit has of a write and of what came of it.
fn effect(sending: Sending<'_>, digest: &str, answer: Result<&Response, &Problem>) -> Effect {
    let Sending { call, outside, request, .. } = sending;
    let mut ids = answer.map(|response| sending.named(response).ids).unwrap_or_default();
    ids.truncate(MAX_TOUCHED);
    // Who is narrowed to parts reads refusals that the host has put together.
    let is_of_outside = answer.is_ok() || call.principal().parts.is_everything();
    Effect {
        tool: call.tool().clone(),
        egress: outside.egress.name().to_owned(),
        route: request.route(),
        target: request.summary.target.clone(),
        digest: digest.to_owned(),
        code: answer.err().map(|problem| problem.code),
        ids,
        answer_digest: answer.ok().map(|response| digest::of_text(response.body.text())),
        request_id: outside.egress.request_id(answer).filter(|id| is_of_outside && is_an_id(id)),
    }
}

/// What became of a write that a journal has without an outcome.
pub(crate) struct Settled {
    /// What stands for its answer, when it was carried out.
    pub(crate) told: Option<Value>,
    pub(crate) effect: Effect,
}
