//! The gate's last steps: a place in the budget, the credential, the sending, and what its outcome means.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use time::OffsetDateTime;

use crate::call::Call;
use crate::effects::{Begun, WriteName};
use crate::gate::{EffectGate, NotionResponse, ResolvedRequest};
use crate::id::ConnectionId;
use crate::ports::Sent;
use crate::problem::{Code, Problem};
use crate::recovery::{Probe, Verdict};
use crate::run::{Pending, Recorder};

/// How often one effect is sent again after an answer that allows it. Notion's own client allows two.
const MAX_RETRIES: u32 = 3;

/// The first wait before a resend; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// Pages of a list that a look reads.
const MAX_LOOKS: usize = 5;

/// What a request is recorded as.
#[derive(Clone, Copy)]
pub(crate) struct Intent<'a> {
    pub(crate) recorder: &'a Recorder,
    pub(crate) pending: &'a Pending,
}

impl Intent<'static> {
    /// A request of the host's own, which is read again where it is needed again.
    pub(crate) fn none() -> Self {
        static OFF: Recorder = Recorder::Off;
        static NOTHING: Pending = Pending::nothing();
        Self { recorder: &OFF, pending: &NOTHING }
    }
}

/// What one sending came to.
enum Attempt {
    Answered(NotionResponse),
    Refused(Problem),
    /// It may have been carried out.
    Unknown(Unknown),
    /// The credential was refused.
    Unauthorized(SecretString, Problem),
    /// It was certainly not carried out, or does no harm twice: to be sent again after this time, or after a growing one.
    Again(Problem, Option<Duration>),
}

impl EffectGate {
    /// Sends until there is an answer, or no sense in going on.
    pub(crate) async fn deliver(
        &self,
        call: &Call,
        connection: ConnectionId,
        request: &ResolvedRequest,
        intent: Intent<'_>,
    ) -> Result<NotionResponse, Problem> {
        let mut retries = Retries::until(call.effects_until());
        let mut is_renewed = false;
        loop {
            let (problem, wait) = match self.attempt(call, connection, request, intent).await? {
                Attempt::Answered(response) => return Ok(response),
                Attempt::Refused(problem) => return Err(problem),
                Attempt::Unknown(lost) => return self.find_out(call, connection, request, lost).await,
                Attempt::Unauthorized(refused, problem) => {
                    let renewing = self.credentials.renew(connection, &refused);
                    if is_renewed || intent.recorder.while_it_runs(renewing).await??.is_none() {
                        return Err(problem);
                    }
                    is_renewed = true;
                    continue;
                }
                Attempt::Again(problem, wait) => (problem, wait),
            };
            let Some(wait) = retries.next(wait) else { return Err(problem) };
            tracing::debug!(call = %call.id(), route = %request.route, wait_ms = wait.as_millis(), "gate.resend");
            intent.recorder.while_it_runs(tokio::time::sleep(wait)).await?;
        }
    }

    /// Sends once, within the budget, and in the journal before the first byte.
    async fn attempt(
        &self,
        call: &Call,
        connection: ConnectionId,
        request: &ResolvedRequest,
        intent: Intent<'_>,
    ) -> Result<Attempt, Problem> {
        let until = call.effects_until();
        let permit = self.limiter.acquire(connection, call.execution.priority, until);
        // Held to the end, so that a request that waits for this slot finds the pause that Notion asked for.
        let _permit = intent.recorder.while_it_runs(permit).await??;
        let Some(credential) = self.credentials.credential(connection).await? else {
            return Err(Problem::new(Code::NotFound, "the connection has been removed"));
        };
        intent.recorder.sending(intent.pending, request).await?;
        let sent_at = OffsetDateTime::now_utc();
        let begun = call.effects.begin(request);
        let sent = self.transport.send(request, &credential, until).await;
        if matches!(sent, Sent::Unauthorized(_) | Sent::Busy { .. } | Sent::NotSent(_)) {
            intent.recorder.put_off(intent.pending).await?;
        }
        Ok(match sent {
            Sent::Answered(response) => {
                self.claim(request, &response);
                begun.carried_out(response.id());
                Attempt::Answered(response)
            }
            Sent::Unknown(problem) if request.writes() => {
                Attempt::Unknown(Unknown { problem, begun, sent_at })
            }
            Sent::Unknown(problem) => Attempt::Again(problem, None),
            Sent::Refused(problem) => {
                begun.not_carried_out(problem.code);
                Attempt::Refused(problem)
            }
            Sent::Unauthorized(problem) => {
                begun.not_carried_out(problem.code);
                Attempt::Unauthorized(credential, problem)
            }
            Sent::Busy { wait, problem, retryable } => {
                self.limiter.pause(connection, wait);
                begun.not_carried_out(problem.code);
                if retryable { Attempt::Again(problem, Some(wait)) } else { Attempt::Refused(problem) }
            }
            Sent::NotSent(problem) => {
                begun.not_carried_out(problem.code);
                Attempt::Again(problem, None)
            }
        })
    }

    /// Looks what became of a write whose answer was lost, where that can be seen.
    async fn find_out(
        &self,
        call: &Call,
        connection: ConnectionId,
        request: &ResolvedRequest,
        lost: Unknown,
    ) -> Result<NotionResponse, Problem> {
        let Unknown { problem, begun, sent_at } = lost;
        let recovery = self.routes.recovery(request, sent_at, Some(&problem));
        if let Some(probe) = recovery.probe
            && recovery.since.is_none_or(|since| self.knows_since(since))
            && let Ok(Some(response)) = self.look(call, connection, request, probe.as_ref()).await
        {
            begun.carried_out(response.id());
            return Ok(response);
        }
        drop(begun);
        Err(outcome_unknown(request, problem))
    }

    /// Reads where a probe says; none when what it looks for can't be seen.
    pub(crate) async fn look(
        &self,
        call: &Call,
        connection: ConnectionId,
        lost: &ResolvedRequest,
        probe: &dyn Probe,
    ) -> Result<Option<NotionResponse>, Problem> {
        let mut look = probe.look();
        for _ in 0..MAX_LOOKS {
            call.spend_effect()?;
            // Boxed, because delivering may look.
            let seen = Box::pin(self.deliver(call, connection, &look, Intent::none())).await;
            match probe.judge(&seen, &|id| self.is_claimed(id)) {
                Verdict::CarriedOut(response) => {
                    // Whatever made it, it is no other write's.
                    self.claim(lost, &response);
                    return Ok(Some(response));
                }
                // Another write may have found it at the same time.
                Verdict::Made(response) => return Ok(self.claim(lost, &response).then_some(response)),
                Verdict::NotSeen => return seen.map(|_| None),
                Verdict::LookOn(further) => look = further,
            }
        }
        Ok(None)
    }
}

/// A write whose answer was lost.
struct Unknown {
    problem: Problem,
    begun: Begun,
    sent_at: OffsetDateTime,
}

/// How often, and after what time, an effect is sent again.
struct Retries {
    until: Instant,
    left: u32,
    backoff: Duration,
}

impl Retries {
    fn until(until: Instant) -> Self {
        Self { until, left: MAX_RETRIES, backoff: FIRST_BACKOFF }
    }

    /// The wait before the next sending: the one that was asked for, or one that doubles. None when there is no time for
    /// it, or it was sent often enough.
    fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        let wait = asked.unwrap_or(self.backoff);
        self.left = self.left.checked_sub(1)?;
        self.backoff = self.backoff.saturating_mul(2);
        (Instant::now() + wait < self.until).then_some(wait)
    }
}

fn outcome_unknown(request: &ResolvedRequest, problem: Problem) -> Problem {
    let named = WriteName::of(request).in_words();
    let message = format!("{named} may or may not have been carried out: {}", problem.message);
    let hint = problem.hint.unwrap_or_else(|| "Look at Notion before you repeat it.".to_owned());
    Problem { details: problem.details, ..Problem::new(Code::OutcomeUnknown, message) }.hint(hint)
}
