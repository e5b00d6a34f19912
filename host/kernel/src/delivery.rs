//! The gate's last steps: a place in the budget, the credential, the sending, and what its outcome means.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::call::Call;
use crate::effects::{Begun, WriteName};
use crate::gate::{EffectGate, NotionResponse, ResolvedRequest};
use crate::id::ConnectionId;
use crate::jobs::{Pending, Recording};
use crate::ports::Sent;
use crate::problem::{Code, Problem};
use crate::recovery::{Probe, Verdict};

/// How often one effect is sent again after an answer that allows it. Notion's own client allows two.
const MOST_RETRIES: u32 = 3;

/// The first wait before a resend; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// Pages of a list that a look reads.
const MOST_LOOKS: usize = 5;

/// A request of a job: to be in the journal before it is sent.
pub(crate) struct Intent<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) pending: &'a Pending,
}

impl EffectGate {
    /// Sends until there is an answer, or no sense in going on.
    pub(crate) async fn deliver(
        &self,
        call: &Call,
        connection: ConnectionId,
        request: &ResolvedRequest,
        intent: Option<&Intent<'_>>,
    ) -> Result<NotionResponse, Problem> {
        let mut backoff = FIRST_BACKOFF;
        let mut retries = 0;
        let mut is_renewed = false;
        let until = call.effects_until();
        loop {
            let permit = self.limiter.acquire(connection, call.urgency(), until);
            let permit = while_it_runs(intent, permit).await??;
            let Some(credential) = self.credentials.credential(connection).await? else {
                return Err(Problem::new(Code::NotFound, "the connection has been removed"));
            };
            if let Some(intent) = intent.filter(|_| request.writes()) {
                intent.recording.sending(intent.pending, request).await?;
            }
            let sent_at = OffsetDateTime::now_utc();
            let begun = call.effects.begin(request);
            let sent = self.transport.send(request, &credential, until).await;
            if let Some(intent) = intent
                && matches!(sent, Sent::Unauthorized(_) | Sent::Busy { .. } | Sent::NotSent(_))
            {
                intent.recording.put_off(intent.pending).await?;
            }
            let (problem, wait) = match sent {
                Sent::Answered(response) => {
                    self.claim(request, &response);
                    begun.carried_out(response.id());
                    return Ok(response);
                }
                Sent::Unknown(problem) if request.writes() => {
                    drop(permit);
                    return self
                        .find_out(call, connection, request, Unknown { problem, begun, sent_at })
                        .await;
                }
                Sent::Unknown(problem) => (problem, backoff),
                Sent::Refused(problem) => {
                    begun.not_carried_out(problem.code);
                    return Err(problem);
                }
                Sent::Unauthorized(problem) => {
                    drop(permit);
                    begun.not_carried_out(problem.code);
                    if is_renewed {
                        return Err(problem);
                    }
                    is_renewed = true;
                    let renewed = self.credentials.renew(connection, &credential);
                    match while_it_runs(intent, renewed).await?? {
                        Some(_) => continue,
                        None => return Err(problem),
                    }
                }
                Sent::Busy { wait, problem, retryable } => {
                    self.limiter.pause(connection, wait);
                    begun.not_carried_out(problem.code);
                    if !retryable {
                        return Err(problem);
                    }
                    (problem, wait)
                }
                Sent::NotSent(problem) => {
                    begun.not_carried_out(problem.code);
                    (problem, backoff)
                }
            };
            // Only now, so that a request that waited for this place finds the pause that Notion asked for.
            drop(permit);
            if retries == MOST_RETRIES || Instant::now() + wait >= until {
                return Err(problem);
            }
            tracing::debug!(call = %call.id(), route = %request.route, retries, wait_ms = wait.as_millis(), "gate.resend");
            while_it_runs(intent, tokio::time::sleep(wait)).await?;
            backoff = backoff.saturating_mul(2);
            retries += 1;
        }
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
        for _ in 0..MOST_LOOKS {
            call.spend_effect()?;
            // Boxed, because delivering may look.
            let seen = Box::pin(self.deliver(call, connection, &look, None)).await;
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

/// Waits, but not for a job that does nothing more.
async fn while_it_runs<T>(intent: Option<&Intent<'_>>, work: impl Future<Output = T>) -> Result<T, Problem> {
    match intent {
        None => Ok(work.await),
        Some(intent) => intent.recording.while_it_runs(work).await,
    }
}

fn outcome_unknown(request: &ResolvedRequest, problem: Problem) -> Problem {
    let named = WriteName::of(request).in_words();
    let message = format!("{named} may or may not have been carried out: {}", problem.message);
    let hint = problem.hint.unwrap_or_else(|| "Look at Notion before you repeat it.".to_owned());
    Problem { details: problem.details, ..Problem::new(Code::OutcomeUnknown, message) }.hint(hint)
}
