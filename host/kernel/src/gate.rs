//! The one gate: every effect passes [`EffectGate::send`].
//!
//! The steps stand in the order of the design's picture: capability, route, journal, memory, limiter, credential, send. So
//! far the journal is kept for jobs; other calls are not resumed. No other code holds a Notion credential.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::call::Call;
use crate::digest::digest;
use crate::id::ConnectionId;
use crate::jobs::{Begun, Pending, Recording};
use crate::memory::{GateMemory, Memory};
use crate::ports::{Credentials, Limiter, RouteTable, Sent, Transport};
use crate::problem::{Code, Problem};
pub use crate::request::{Method, NotionRequest, NotionResponse, NotionRoute, ResolvedRequest};
use crate::tool::Effect;

/// How often one effect is sent again after an answer that allows it. Notion's own client allows two.
const MOST_RETRIES: u32 = 3;

/// The first wait before a resend; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// The gate. It holds the only way to a credential.
pub struct EffectGate {
    routes: Arc<dyn RouteTable>,
    limiter: Arc<dyn Limiter>,
    credentials: Arc<dyn Credentials>,
    transport: Arc<dyn Transport>,
    memory: GateMemory,
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
        Self { routes, limiter, credentials, transport, memory: GateMemory::new() }
    }

    /// Sends one request to Notion on behalf of a call.
    ///
    /// A read is sent again after an answer that may have been lost; a write only when it was certainly not carried
    /// out.
    ///
    /// # Errors
    ///
    /// `forbidden` without capability or route, `rate_limited` when the budget doesn't allow it within the call's time,
    /// `outcome_unknown` when a write may have been carried out, and Notion's own refusals.
    pub async fn send(
        &self,
        call: &Call,
        position: String,
        request: NotionRequest,
    ) -> Result<NotionResponse, Problem> {
        let max_age = request.max_age;
        let request = self.routes.resolve(request)?;
        call.permissions().check_notion(&request.route)?;
        call.check_effect(request.route.effect, &request.route.to_string())?;
        let connection = call.connection()?.id;
        if let Some(check) = &call.check {
            if request.route.effect != Effect::Reads {
                return check.end().await;
            }
            check.looks();
        }

        let Some(recording) = &call.recording else {
            return self.ask(call, connection, &request, max_age, None).await;
        };
        match recording.begin(position, digest(&request.in_words()), request.route.repeats()).await? {
            Begun::Recorded(told) => {
                let response = NotionResponse::of_journal(told?)?;
                note_what_changed(call, &request, &response);
                Ok(response)
            }
            Begun::Live(pending) => {
                let intent = Intent { recording, pending: &pending };
                let answer = self.ask(call, connection, &request, max_age, Some(&intent)).await;
                let told = answer.as_ref().map(NotionResponse::for_journal).map_err(Problem::clone);
                recording.done(pending, told).await?;
                answer
            }
        }
    }

    /// Answers from memory, or sends.
    async fn ask(
        &self,
        call: &Call,
        connection: ConnectionId,
        request: &ResolvedRequest,
        max_age: Option<Duration>,
        intent: Option<&Intent<'_>>,
    ) -> Result<NotionResponse, Problem> {
        let place = self.memory.place(connection, request);
        if let (Some(place), Some(max_age)) = (&place, max_age)
            && let Some(answer) = self.memory.recall(place, max_age)
        {
            return answer;
        }
        call.spend_effect()?;
        let answer = self.deliver(call, connection, request, intent).await;
        match place {
            Some(place) => self.memory.keep(place, &answer),
            None if changes_what_is_kept(request, &answer) => self.memory.forget(connection),
            None => {}
        }
        answer
    }

    /// Sends until there is an answer, or no sense in going on.
    async fn deliver(
        &self,
        call: &Call,
        connection: ConnectionId,
        request: &ResolvedRequest,
        intent: Option<&Intent<'_>>,
    ) -> Result<NotionResponse, Problem> {
        let mut backoff = FIRST_BACKOFF;
        let mut retries = 0;
        let mut is_renewed = false;
        loop {
            let permit = self.limiter.acquire(connection, call.urgency(), call.deadline());
            let permit = while_it_runs(intent, permit).await??;
            let Some(credential) = self.credentials.credential(connection).await? else {
                return Err(Problem::new(Code::NotFound, "the connection has been removed"));
            };
            if let Some(intent) = intent
                && request.route.effect != Effect::Reads
            {
                intent.recording.sending(intent.pending).await?;
            }
            let sent = self.transport.send(request, &credential, call.deadline()).await;
            if let Some(intent) = intent
                && matches!(sent, Sent::Unauthorized(_) | Sent::Busy { .. } | Sent::NotSent(_))
            {
                intent.recording.put_off(intent.pending).await?;
            }
            let (problem, wait) = match sent {
                Sent::Answered(response) => {
                    note_what_changed(call, request, &response);
                    return Ok(response);
                }
                Sent::Refused(problem) => return Err(problem),
                Sent::Unauthorized(problem) if is_renewed => return Err(problem),
                Sent::Unauthorized(problem) => {
                    drop(permit);
                    is_renewed = true;
                    let renewed = self.credentials.renew(connection, &credential);
                    match while_it_runs(intent, renewed).await?? {
                        Some(_) => continue,
                        None => return Err(problem),
                    }
                }
                Sent::Busy { wait, problem, retryable } => {
                    self.limiter.pause(connection, wait);
                    if !retryable {
                        return Err(problem);
                    }
                    (problem, wait)
                }
                Sent::NotSent(problem) => (problem, backoff),
                Sent::Unknown(problem) if request.route.effect == Effect::Reads => (problem, backoff),
                Sent::Unknown(problem) => return Err(outcome_unknown(request, problem)),
            };
            // Only now, so that a request that waited for this place finds the pause that Notion asked for.
            drop(permit);
            if retries == MOST_RETRIES || Instant::now() + wait >= call.deadline() {
                return Err(problem);
            }
            tracing::debug!(call = %call.id(), route = %request.route, retries, wait_ms = wait.as_millis(), "gate.resend");
            while_it_runs(intent, tokio::time::sleep(wait)).await?;
            backoff = backoff.saturating_mul(2);
            retries += 1;
        }
    }
}

/// A request of a job: to be in the journal before it is sent.
struct Intent<'a> {
    recording: &'a Recording,
    pending: &'a Pending,
}

/// Waits, but not for a job that does nothing more.
async fn while_it_runs<T>(intent: Option<&Intent<'_>>, work: impl Future<Output = T>) -> Result<T, Problem> {
    match intent {
        None => Ok(work.await),
        Some(intent) => intent.recording.while_it_runs(work).await,
    }
}

/// Whether what the gate remembers may be wrong after this: a schema was changed, or Notion refused a write that may have
/// been made from an old one.
fn changes_what_is_kept(request: &ResolvedRequest, answer: &Result<NotionResponse, Problem>) -> bool {
    request.route.memory == Memory::Changes || (request.route.effect != Effect::Reads && answer.is_err())
}

/// Keeps the ids that a write touched, for the audit row.
fn note_what_changed(call: &Call, request: &ResolvedRequest, response: &NotionResponse) {
    if request.route.effect == Effect::Reads {
        return;
    }
    let answered = response.body.get("id").and_then(Value::as_str);
    call.touch(
        request.segments.iter().map(String::as_str).filter(|segment| segment.len() >= 32).chain(answered),
    );
}

fn outcome_unknown(request: &ResolvedRequest, problem: Problem) -> Problem {
    let hint = format!(
        "{} may have been carried out; look at Notion before repeating it. {}",
        request.route,
        problem.hint.unwrap_or_default()
    );
    Problem { code: Code::OutcomeUnknown, hint: Some(hint.trim_end().to_owned()), ..problem }
}
