//! Sending until there is an answer: retries, a credential that is renewed, and a look at what became of a write whose
//! answer was lost.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use time::OffsetDateTime;

use crate::effect_span::EffectSpan;
use crate::effects::OpenWrite;
use crate::problem::{Code, Problem};
use crate::recovery::{Probe, Verdict};
use crate::request::Response;
use crate::sending::{Attempt, Intent, Sending, Unknown};

/// How often one effect is sent again after an answer that allows it. Notion's own client allows two.
const MAX_RETRIES: u32 = 3;

/// The first wait before a resend; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// How long after the outside can't be working on a write any more it is looked for again.
const AFTER_SETTLING: Duration = Duration::from_millis(50);

/// How long after that it is believed that what isn't there was not carried out: later, somebody may have renamed or removed it.
const PROVED_WITHIN: Duration = Duration::from_secs(900);

/// Pages of a list that a look reads.
const MAX_LOOKS: usize = 5;

impl Sending<'_> {
    /// Sends until there is an answer, or no sense in going on.
    pub(crate) async fn deliver(&self) -> Result<Response, Problem> {
        let span = EffectSpan::begin(self);
        let came = self.deliver_within(&span).await;
        span.end(&came);
        came
    }

    async fn deliver_within(&self, span: &EffectSpan) -> Result<Response, Problem> {
        let mut retries = Retries::until(self.call.effects_until());
        let mut is_renewed = false;
        // Sendings whose outcome isn't known, of a write that a further one makes the same of.
        let mut repeated: Vec<OpenWrite> = Vec::new();
        let problem = loop {
            let (problem, asked) = match self.attempt(span).await {
                Err(problem) => break problem,
                Ok(Attempt::Answered(response)) => {
                    for lost in repeated {
                        lost.not_carried_out(Code::OutcomeUnknown);
                    }
                    return Ok(response);
                }
                Ok(Attempt::Refused(problem)) => break problem,
                Ok(Attempt::Unknown(Unknown { problem, begun, sent_at, sent })) => {
                    match self.find_out(&problem, sent_at, sent).await {
                        Seen::CarriedOut(response) => {
                            begun.carried_out(self.named(&response).object.as_deref());
                            return Ok(response);
                        }
                        Seen::NotCarriedOut => begun.not_carried_out(problem.code),
                        Seen::CantTell => {
                            repeated.push(begun);
                            self.intent.pending.may_be_done();
                            if !self.request.is_repeatable {
                                break problem;
                            }
                        }
                    }
                    (problem, None)
                }
                Ok(Attempt::Unauthorized(refused, problem)) => {
                    if is_renewed {
                        break problem;
                    }
                    is_renewed = true;
                    match self.renew(refused).await {
                        Ok(true) => continue,
                        Ok(false) => break problem,
                        Err(problem) => break problem,
                    }
                }
                Ok(Attempt::Again(problem, asked)) => (problem, asked),
            };
            let Some(wait) = retries.next(asked) else { break problem };
            span.waited(wait);
            if let Err(problem) = self.wait(wait).await {
                break problem;
            }
        };
        Err(if repeated.is_empty() { problem } else { self.outcome_unknown(problem) })
    }

    /// Whether there is another credential in the place of a refused one.
    async fn renew(&self, refused: Option<SecretString>) -> Result<bool, Problem> {
        let (Some(connection), Some(refused)) = (self.keys.credential, refused) else { return Ok(false) };
        let renewing = self.means.credentials.renew(connection, &refused);
        Ok(self.intent.recorder.while_it_runs(renewing).await??.is_some())
    }

    async fn wait(&self, wait: Duration) -> Result<(), Problem> {
        let route = self.request.route();
        tracing::debug!(call = %self.call.id(), route, wait_ms = wait.as_millis(), "gate.resend");
        self.intent.recorder.while_it_runs(self.as_long_as_wanted(tokio::time::sleep(wait))).await?
    }

    /// Finds out what became of a write whose answer was lost.
    async fn find_out(&self, problem: &Problem, sent_at: OffsetDateTime, sent: Instant) -> Seen {
        let recovery = self.outside.egress.recovery(self.request, sent_at, Some(problem));
        // What an earlier process made, and this one doesn't know, would be taken for this write's.
        if recovery.since.is_none_or(|since| self.means.claims.know_since(since)) {
            self.look_until(sent_at, Some(problem), Some(sent), true).await
        } else {
            Seen::CantTell
        }
    }

    /// Looks what became of a write of an earlier execution that was sent at this time.
    pub(crate) async fn look_for(&self, sent_at: OffsetDateTime, waits: bool) -> Seen {
        self.look_until(sent_at, None, None, waits).await
    }

    /// Looks what became of a write, where that can be seen. Where nothing is there, it looks again once the outside can't be working on
    /// it any more, if the call may wait and has the time. Nothing is proved of what was sent long ago: somebody may have changed
    /// it since. A write of this execution is timed by a clock that nobody sets.
    async fn look_until(
        &self,
        sent_at: OffsetDateTime,
        said: Option<&Problem>,
        sent: Option<Instant>,
        waits: bool,
    ) -> Seen {
        let settle_time = self.means.settle_time;
        loop {
            let age = match sent {
                Some(sent) => sent.elapsed(),
                None => Duration::try_from(OffsetDateTime::now_utc() - sent_at).unwrap_or_default(),
            };
            let recovery = self.outside.egress.recovery(self.request, sent_at, said);
            let Some(probe) = recovery.probe else { return Seen::CantTell };
            match self.look(probe.as_ref()).await {
                Ok(Looked::Found(response)) => return Seen::CarriedOut(response),
                Ok(Looked::Absent) if age > settle_time + PROVED_WITHIN => return Seen::CantTell,
                Ok(Looked::Absent) if age > settle_time => return Seen::NotCarriedOut,
                Ok(Looked::Absent) if waits && !self.request.is_repeatable => {
                    let wait = settle_time.saturating_sub(age) + AFTER_SETTLING;
                    if Instant::now() + wait >= self.call.effects_until() {
                        return Seen::CantTell;
                    }
                    self.intent.recorder.reached().await;
                    let resting = self.as_long_as_wanted(tokio::time::sleep(wait));
                    if !matches!(self.intent.recorder.while_it_runs(resting).await, Ok(Ok(()))) {
                        return Seen::CantTell;
                    }
                }
                Ok(Looked::Absent | Looked::CantTell) | Err(_) => return Seen::CantTell,
            }
        }
    }

    /// Reads where a probe says.
    async fn look(&self, probe: &dyn Probe) -> Result<Looked, Problem> {
        let claims = &self.means.claims;
        let mut look = probe.look();
        for _ in 0..MAX_LOOKS {
            self.call.spend_effect()?;
            let reading = Sending { request: &look, intent: Intent::none(), ..*self };
            // Boxed, because delivering may look.
            let seen = Box::pin(reading.deliver()).await;
            match probe.judge(&seen, &|id| claims.has(id)) {
                Verdict::CarriedOut(response) => {
                    // Whatever made it, it is no other write's.
                    claims.claim(&self.named(&response));
                    return Ok(Looked::Found(response));
                }
                // Another write may have found it at the same time.
                Verdict::Made(response) => {
                    return Ok(match claims.claim(&self.named(&response)) {
                        true => Looked::Found(response),
                        false => Looked::CantTell,
                    });
                }
                Verdict::NotSeen => return seen.map(|_| Looked::CantTell),
                Verdict::Absent => return Ok(Looked::Absent),
                Verdict::LookOn(further) => look = further,
            }
        }
        Ok(Looked::CantTell)
    }

    fn outcome_unknown(&self, problem: Problem) -> Problem {
        let named = self.request.summary.in_words();
        let message = format!("{named} may or may not have been carried out: {}", problem.message);
        let look = || format!("Look at {} before you repeat it.", self.outside.egress.title());
        let hint = problem.hint.unwrap_or_else(look);
        Problem { details: problem.details, ..Problem::new(Code::OutcomeUnknown, message) }.hint(hint)
    }
}

/// What became of a write.
pub(crate) enum Seen {
    /// It was carried out; this stands for the answer that was lost.
    CarriedOut(Response),
    /// It was not, and won't be any more.
    NotCarriedOut,
    CantTell,
}

/// What one look came to.
enum Looked {
    Found(Response),
    Absent,
    CantTell,
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
        // An outside may ask for more time than there is.
        (Instant::now().checked_add(wait)? < self.until).then_some(wait)
    }
}
