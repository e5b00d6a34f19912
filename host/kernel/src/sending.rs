//! One effect, sent once: a slot in the budget, the credential, the intent in the journal, the sending, and what its
//! outcome means.

use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use time::OffsetDateTime;

use crate::call::Call;
use crate::claims::Claims;
use crate::effect_span::EffectSpan;
use crate::effects::OpenWrite;
use crate::egress::{Egress, Keys, Named, Sent};
use crate::fail_point::FailPoint;
use crate::metrics::EffectMetrics;
use crate::ports::{Credentials, Limiter};
use crate::problem::{Code, Problem};
use crate::request::{ResolvedRequest, Response};
use crate::run::{Pending, Recorder};

/// An egress with what keeps it within its budgets, and what is measured of it.
pub struct Outside {
    pub egress: Arc<dyn Egress>,
    pub limiter: Arc<dyn Limiter>,
    pub(crate) metrics: EffectMetrics,
}

impl Outside {
    /// An egress within these budgets.
    #[must_use]
    pub fn new(egress: Arc<dyn Egress>, limiter: Arc<dyn Limiter>) -> Self {
        Self { egress, limiter, metrics: EffectMetrics::default() }
    }
}

/// What every effect is sent with, whatever its egress.
pub(crate) struct Means {
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) claims: Claims,
    /// How long after it was sent a write may still be carried out. A look before that doesn't prove that it wasn't.
    pub(crate) settle_time: Duration,
}

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

/// One effect on its way.
#[derive(Clone, Copy)]
pub(crate) struct Sending<'a> {
    pub(crate) call: &'a Call,
    pub(crate) outside: &'a Outside,
    pub(crate) means: &'a Means,
    pub(crate) keys: &'a Keys,
    pub(crate) request: &'a ResolvedRequest,
    pub(crate) intent: Intent<'a>,
}

/// What one sending came to.
pub(crate) enum Attempt {
    Answered(Response),
    Refused(Problem),
    /// A write that may have been carried out.
    Unknown(Unknown),
    /// The credential was refused.
    Unauthorized(Option<SecretString>, Problem),
    /// It was certainly not carried out, or does no harm twice: to be sent again after this time, or after a growing one.
    Again(Problem, Option<Duration>),
}

/// A write whose answer was lost.
pub(crate) struct Unknown {
    pub(crate) problem: Problem,
    pub(crate) begun: OpenWrite,
    pub(crate) sent_at: OffsetDateTime,
    /// The same by a clock that nobody sets.
    pub(crate) sent: Instant,
}

impl Sending<'_> {
    /// Sends once, within the budget, and in the journal before the first byte.
    pub(crate) async fn attempt(&self, span: &EffectSpan) -> Result<Attempt, Problem> {
        let Self { call, outside, request, intent, .. } = self;
        let until = call.effects_until();
        let asked = Instant::now();
        let permit = outside.limiter.acquire(&self.keys.budget, call.execution.priority, until);
        // Held to the end, so that a request that waits for this slot finds the pause that was asked for.
        let _permit = intent.recorder.while_it_runs(self.as_long_as_wanted(permit)).await???;
        outside.metrics.waited(asked.elapsed());
        span.waited(asked.elapsed());
        let credential = self.credential().await?;
        if request.writes() {
            call.budget.go_on()?;
        }
        intent.recorder.sending(intent.pending, request).await?;
        let (sent_at, at) = (OffsetDateTime::now_utc(), Instant::now());
        let begun = call.effects.begin(request);
        if request.writes() {
            FailPoint::Sending.pass();
        }
        span.is_sent();
        let sent = match span.context() {
            None => outside.egress.send(request, credential.as_ref(), until).await,
            Some(context) => outside.egress.send_traced(request, credential.as_ref(), until, &context).await,
        };
        outside.metrics.sent(request.writes(), &sent, at.elapsed());
        if request.writes() {
            FailPoint::Sent.pass();
        }
        if matches!(sent, Sent::Unauthorized(_) | Sent::Busy { .. } | Sent::NotSent(_)) {
            intent.recorder.put_off(intent.pending).await?;
        }
        Ok(match sent {
            Sent::Answered(response) => {
                let named = self.named(&response);
                self.means.claims.claim(&named);
                begun.carried_out(named.object.as_deref());
                Attempt::Answered(response)
            }
            Sent::Unknown(problem) if request.writes() => {
                Attempt::Unknown(Unknown { problem, begun, sent_at, sent: at })
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
                outside.limiter.pause(&self.keys.budget, wait);
                begun.not_carried_out(problem.code);
                if retryable { Attempt::Again(problem, Some(wait)) } else { Attempt::Refused(problem) }
            }
            Sent::NotSent(problem) => {
                begun.not_carried_out(problem.code);
                Attempt::Again(problem, None)
            }
        })
    }

    /// Waits for what comes before the sending; a write isn't waited for once the caller has left.
    pub(crate) async fn as_long_as_wanted<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        if self.request.writes() { self.call.budget.unless_left(work).await } else { Ok(work.await) }
    }

    /// The credential that it is sent with.
    pub(crate) async fn credential(&self) -> Result<Option<SecretString>, Problem> {
        let Some(connection) = self.keys.credential else { return Ok(None) };
        match self.means.credentials.fresh(connection).await? {
            Some(credential) => Ok(Some(credential)),
            None => Err(Problem::new(Code::NotFound, "the connection has been removed")),
        }
    }

    /// What an answer names of what was written; nothing for a read.
    pub(crate) fn named(&self, response: &Response) -> Named {
        if self.request.writes() {
            self.outside.egress.named(self.request, response)
        } else {
            Named::default()
        }
    }
}
