//! Sending until there is an answer: retries, a credential that is renewed, and a look at what became of a write whose
//! answer was lost.

use std::time::{Duration, Instant};

use secrecy::SecretString;

use crate::problem::{Code, Problem};
use crate::recovery::{Probe, Verdict};
use crate::request::Response;
use crate::sending::{Attempt, Intent, Sending, Unknown};

/// How often one effect is sent again after an answer that allows it. Notion's own client allows two.
const MAX_RETRIES: u32 = 3;

/// The first wait before a resend; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// Pages of a list that a look reads.
const MAX_LOOKS: usize = 5;

impl Sending<'_> {
    /// Sends until there is an answer, or no sense in going on.
    pub(crate) async fn deliver(&self) -> Result<Response, Problem> {
        let mut retries = Retries::until(self.call.effects_until());
        let mut is_renewed = false;
        loop {
            match self.attempt().await? {
                Attempt::Answered(response) => return Ok(response),
                Attempt::Refused(problem) => return Err(problem),
                Attempt::Unknown(lost) => return self.find_out(lost).await,
                Attempt::Unauthorized(refused, problem) => {
                    if is_renewed || !self.renew(refused).await? {
                        return Err(problem);
                    }
                    is_renewed = true;
                }
                Attempt::Again(problem, asked) => match retries.next(asked) {
                    Some(wait) => self.wait(wait).await?,
                    None => return Err(problem),
                },
            }
        }
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
        self.intent.recorder.while_it_runs(tokio::time::sleep(wait)).await
    }

    /// Looks what became of a write whose answer was lost, where that can be seen.
    async fn find_out(&self, lost: Unknown) -> Result<Response, Problem> {
        let Unknown { problem, begun, sent_at } = lost;
        let recovery = self.outside.egress.recovery(self.request, sent_at, Some(&problem));
        if let Some(probe) = recovery.probe
            && recovery.since.is_none_or(|since| self.means.claims.know_since(since))
            && let Ok(Some(response)) = self.look(probe.as_ref()).await
        {
            begun.carried_out(self.named(&response).object.as_deref());
            return Ok(response);
        }
        drop(begun);
        Err(self.outcome_unknown(problem))
    }

    /// Reads where a probe says; none when what it looks for can't be seen.
    pub(crate) async fn look(&self, probe: &dyn Probe) -> Result<Option<Response>, Problem> {
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
                    return Ok(Some(response));
                }
                // Another write may have found it at the same time.
                Verdict::Made(response) => {
                    return Ok(claims.claim(&self.named(&response)).then_some(response));
                }
                Verdict::NotSeen => return seen.map(|_| None),
                Verdict::LookOn(further) => look = further,
            }
        }
        Ok(None)
    }

    fn outcome_unknown(&self, problem: Problem) -> Problem {
        let named = self.request.summary.in_words();
        let message = format!("{named} may or may not have been carried out: {}", problem.message);
        let look = || format!("Look at {} before you repeat it.", self.outside.egress.title());
        let hint = problem.hint.unwrap_or_else(look);
        Problem { details: problem.details, ..Problem::new(Code::OutcomeUnknown, message) }.hint(hint)
    }
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
