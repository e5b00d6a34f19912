//! One request to the collector: sent, and sent again where that may help.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use prost::bytes::Bytes;
use reqwest::Response;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::traces::EndedSpan;

use crate::counts::Counts;
use crate::settings::TracesSettings;
use crate::wire::Wire;

/// Time for one request, as OpenTelemetry has it as default.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// How often one request is sent again.
const MAX_RETRIES: u32 = 3;

/// The wait before the first of these; doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Longest wait that a collector may ask for.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Causes of an error that the log tells.
const MAX_CAUSES: usize = 5;

/// Bytes of an answer that are read.
const MAX_ANSWER: usize = 64 * 1024;

/// Sends batches, one after the other.
pub(crate) struct Delivery {
    settings: TracesSettings,
    wire: Wire,
    counts: Arc<Counts>,
    /// The host ends: nothing is waited for.
    closing: CancellationToken,
    /// Whether the last batch was taken, so that the log has one line for each change.
    was_taken: bool,
}

/// Why a batch wasn't taken.
struct NotTaken {
    why: String,
    /// Whether it may be taken later, and after what time where the collector says so.
    again: Option<Option<Duration>>,
}

impl Delivery {
    pub(crate) fn new(settings: TracesSettings, counts: Arc<Counts>, closing: CancellationToken) -> Self {
        Self { wire: Wire::new(&settings), settings, counts, closing, was_taken: true }
    }

    /// Sends a batch, or drops it.
    pub(crate) async fn deliver(&mut self, spans: Vec<EndedSpan>) {
        let count = u64::try_from(spans.len()).unwrap_or(u64::MAX);
        let body = Bytes::from(self.wire.request(spans).encode_to_vec());
        let refused = match self.send(body).await {
            Ok(refused) => refused.min(count),
            Err(why) => {
                if std::mem::replace(&mut self.was_taken, false) {
                    tracing::warn!(why, "traces.not_taken");
                }
                self.counts.dropped.fetch_add(count, Ordering::Relaxed);
                return;
            }
        };
        if !std::mem::replace(&mut self.was_taken, true) {
            tracing::info!("traces.taken_again");
        }
        self.counts.dropped.fetch_add(refused, Ordering::Relaxed);
        self.counts.sent.fetch_add(count - refused, Ordering::Relaxed);
    }

    /// How many of its spans the collector refused, or why it took none.
    async fn send(&self, body: Bytes) -> Result<u64, String> {
        let mut wait = FIRST_WAIT;
        for _ in 0..MAX_RETRIES {
            let NotTaken { why, again } = match self.ask(body.clone()).await {
                Ok(refused) => return Ok(refused),
                Err(not_taken) => not_taken,
            };
            let Some(asked) = again else { return Err(why) };
            let resting = tokio::time::sleep(asked.unwrap_or(wait).min(MAX_WAIT));
            if self.closing.run_until_cancelled(resting).await.is_none() {
                return Err(why);
            }
            wait = wait.saturating_mul(2);
        }
        self.ask(body).await.map_err(|not_taken| not_taken.why)
    }

    async fn ask(&self, body: Bytes) -> Result<u64, NotTaken> {
        let request = self
            .settings
            .client
            .post(self.settings.endpoint.clone())
            .headers(self.settings.headers.0.clone())
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"))
            .timeout(REQUEST_TIME)
            .body(body);
        // The address may hold a key, and the error the address.
        let response = request
            .send()
            .await
            .map_err(|error| NotTaken { why: with_causes(&error.without_url()), again: Some(None) })?;
        let status = response.status();
        if !status.is_success() {
            let again = is_passing(status).then(|| asked_wait(&response));
            return Err(NotTaken { why: format!("the collector answered {status}"), again });
        }
        let answer = read(response).await;
        let partial = ExportTraceServiceResponse::decode(answer).ok().and_then(|told| told.partial_success);
        Ok(partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok()).unwrap_or(0))
    }
}

/// Whether the same may be taken later (OTLP, "Retryable Response Codes").
fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// An error with what caused it, down to the system's own words.
fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    for _ in 0..MAX_CAUSES {
        let Some(deeper) = cause else { break };
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    words
}

fn asked_wait(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An answer that is no longer than one can be; nothing of another one.
async fn read(mut response: Response) -> Bytes {
    let mut answer = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        if answer.len() + piece.len() > MAX_ANSWER {
            return Bytes::new();
        }
        answer.extend_from_slice(&piece);
    }
    answer.into()
}
