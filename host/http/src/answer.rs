//! What an answer means for the request: carried out, refused, not now, or unknown.
//!
//! A plugin that reads gets whatever was answered, also a 404: it may be what it wanted to know. A write that was answered with
//! anything but 2xx, or 303 to what there is to read now, was not carried out, or nobody knows: that is a problem, so that a call which
//! ends well has done what it says.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, LOCATION, RETRY_AFTER};
use serde_json::{Value, json};
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::{self, Method};
use toolbay_kernel::{Problem, Redaction, aside};

use crate::redirect::{self, Next};
use crate::request::HttpRequest;
use crate::{headers, refusal};

/// Largest body of an answer, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Largest body that says why not, in bytes; the rest isn't read.
const MAX_REFUSAL: usize = 64 * 1024;

/// Bytes of all headers of an answer.
const MAX_HEADERS: usize = 64 * 1024;

/// The wait when a server names none.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// Longest wait that is believed: a broken answer must not shut a host for a day.
const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// Why a body can't be read.
enum Incomplete {
    TooLarge,
    Encoded,
    Broken,
}

/// How long the server wants no further request, where the answer to this one isn't what says so: a write that was answered like that
/// may have been carried out.
pub(crate) fn pause_beside(response: &Response, request: &HttpRequest) -> Option<Duration> {
    if response.status().as_u16() != 503 || !request.writes() {
        return None;
    }
    wait(response.headers().get(RETRY_AFTER)?.to_str().ok()?)
}

/// Reads the answer and says what it means.
pub(crate) async fn classify(response: Response, request: &HttpRequest, redaction: Redaction) -> Sent {
    let status = response.status().as_u16();
    let header_bytes: usize =
        response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if header_bytes > MAX_HEADERS {
        return Sent::Unknown(refusal::unanswered(request, "answered with more headers than are read"));
    }
    let text = |name| {
        response.headers().get(name).and_then(|value: &reqwest::header::HeaderValue| value.to_str().ok())
    };
    let location = text(LOCATION).map(|location| redaction.text(location));
    let retry_after = text(RETRY_AFTER).and_then(wait);
    let writes = request.writes();
    match status {
        200..=299 => answered(response, request, redaction, None).await,
        // Its own answer, with where to read on: what became of that reading would say nothing of the write.
        303 if writes => answered(response, request, redaction, None).await,
        // It says both: that the thing is elsewhere, and what to read after it was done.
        302 if writes => Sent::Unknown(refusal::moved_or_done(request, status, location.as_deref())),
        300..=399 if writes => Sent::Refused(refusal::moved(request, status, location.as_deref())),
        300..=399 => {
            let next = location.and_then(|location| redirect::next(request, status, &location));
            answered(response, request, redaction, next).await
        }
        429 => busy(request, status, retry_after.unwrap_or(DEFAULT_WAIT)),
        // Of a write nobody knows it: who answers for an overloaded server may not know what that has done.
        503 if retry_after.is_some() && !writes => busy(request, status, retry_after.unwrap_or(DEFAULT_WAIT)),
        // Somebody gave up waiting: the server may have it.
        408 | 425 | 499 => Sent::Unknown(failed(response, request, &redaction).await),
        400..=499 if writes => {
            let said = said(response, &redaction).await;
            Sent::Refused(refusal::refused(request, status, said.as_deref()))
        }
        // Also what it doesn't know how to do: asked again, it won't know it either.
        400..=499 | 501 if !writes => answered(response, request, redaction, None).await,
        _ => Sent::Unknown(failed(response, request, &redaction).await),
    }
}

async fn answered(
    mut response: Response,
    request: &HttpRequest,
    redaction: Redaction,
    next: Option<Next>,
) -> Sent {
    let status = response.status().as_u16();
    let lost = |retried: Problem, what: &str| {
        Sent::Unknown(if request.writes() { refusal::untold(request, status, what) } else { retried })
    };
    let body = match read(&mut response, request.method, MAX_ANSWER).await {
        Ok(body) => body,
        // For good: the same question has the same answer.
        Err(Incomplete::TooLarge) if !request.writes() => {
            return Sent::Refused(refusal::too_large(request, MAX_ANSWER));
        }
        Err(Incomplete::Encoded) if !request.writes() => return Sent::Refused(refusal::encoded(request)),
        Err(Incomplete::TooLarge) => {
            return lost(refusal::too_large(request, MAX_ANSWER), "is too large to be read");
        }
        Err(Incomplete::Encoded) => {
            return lost(refusal::encoded(request), "is in an encoding that it was not asked for");
        }
        Err(Incomplete::Broken) => {
            return lost(refusal::unanswered(request, "broke off its answer"), "broke off");
        }
    };
    let headers: Vec<(String, String)> = headers::to_read(response.headers())
        .into_iter()
        .map(|(name, value)| (name, redaction.text(&value)))
        .collect();
    let told = aside::run(body.len(), move || told(headers, redaction.bytes(body), next)).await;
    match told {
        Ok(told) => Sent::Answered(gate::Response { status, body: told.into() }),
        Err(problem) => Sent::Unknown(problem),
    }
}

/// What the sandbox makes a guest's answer of.
fn told(headers: Vec<(String, String)>, body: Vec<u8>, next: Option<Next>) -> Value {
    match String::from_utf8(body) {
        Ok(text) => json!({ "headers": headers, "text": text, "next": next }),
        Err(bytes) => {
            json!({ "headers": headers, "base64": STANDARD.encode(bytes.as_bytes()), "next": next })
        }
    }
}

fn busy(request: &HttpRequest, status: u16, wait: Duration) -> Sent {
    let wait = wait.min(MAX_WAIT);
    Sent::Busy { wait, problem: refusal::busy(request, status, wait), retryable: true }
}

async fn failed(response: Response, request: &HttpRequest, redaction: &Redaction) -> Problem {
    let status = response.status().as_u16();
    let said = said(response, redaction).await;
    refusal::failed(request, status, said.as_deref())
}

/// The beginning of what a server says of its refusal, when it is text.
async fn said(mut response: Response, redaction: &Redaction) -> Option<String> {
    if is_encoded(&response) {
        return None;
    }
    let mut body = Vec::new();
    let is_cut = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                body.extend_from_slice(chunk.get(..MAX_REFUSAL.saturating_sub(body.len()).min(chunk.len()))?);
                if body.len() >= MAX_REFUSAL {
                    break true;
                }
            }
            Ok(None) => break false,
            // What a slow server hasn't said until the request's time is over, nobody waits for.
            Err(_) => break true,
        }
    };
    let mut body = redaction.bytes(body);
    if is_cut {
        // Of a secret that was cut nothing is found.
        body.truncate(body.len().saturating_sub(redaction.longest()));
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    (!text.is_empty()).then_some(text)
}

async fn read(response: &mut Response, method: Method, max: usize) -> Result<Vec<u8>, Incomplete> {
    if method == Method::Head {
        return Ok(Vec::new());
    }
    if is_encoded(response) {
        return Err(Incomplete::Encoded);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Incomplete::Broken)? {
        if body.len() + chunk.len() > max {
            return Err(Incomplete::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether a body isn't what it is: a few bytes may stand for gigabytes, and secrets in it can't be seen.
fn is_encoded(response: &Response) -> bool {
    let encodings = response.headers().get_all(CONTENT_ENCODING).iter();
    encodings.into_iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// How long a server asks to wait: seconds, or a date.
fn wait(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        assert_eq!(wait(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        assert!(wait(&later).is_some_and(|wait| (90..=100).contains(&wait.as_secs())));
        for other in ["", "soon", "-1", "1.5"] {
            assert_eq!(wait(other), None, "{other}");
        }
    }
}
