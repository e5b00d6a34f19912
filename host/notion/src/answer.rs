//! What an answer of Notion means for the request: carried out, refused, not now, or unknown.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate;
use toolbay_kernel::{Access, Body, Code, Problem, aside};

use crate::client::causes;
use crate::problem::Refusal;
use crate::redaction::redacted;
use crate::request::NotionRequest;
use crate::routes::answers;

/// Largest answer, in bytes. A page of a hundred rows with everything in them has one or two million.
const MAX_ANSWER: usize = 10 * 1024 * 1024;

/// Largest answer that says why not, in bytes.
const MAX_REFUSAL: usize = 256 * 1024;

/// The wait when Notion names none.
pub(crate) const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// Longest wait that is believed: a workspace's limit may last more than a minute, and a broken answer must not shut a
/// connection for a day.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// Reads the answer and says what it means.
pub(crate) async fn classify(mut response: Response, request: &NotionRequest, secret: &str) -> Sent {
    let route = request.route;
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        return carried_out(response, request, secret).await;
    }
    let retry_after =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let request_id =
        response.headers().get("x-notion-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let body = read(&mut response, MAX_REFUSAL).await.ok();
    let refusal = Refusal::read(status, request_id.as_deref(), body.as_deref().unwrap_or_default(), secret);
    // A text that can't be read only makes the message poorer; one that is another server's says nothing of Notion.
    let is_of_another = body.is_some() && !refusal.is_of_notion();
    match status {
        429 | 529 => {
            let asked = retry_after.map(Duration::from_secs).or_else(|| refusal.retry_after());
            let wait = asked.unwrap_or(DEFAULT_WAIT).min(MAX_WAIT);
            Sent::Busy { wait, problem: refusal.busy(wait), retryable: !refusal.is_blocked() }
        }
        // A proxy gave up waiting, or had no place: Notion may have it.
        408 | 425 | 499 if request.writes() => Sent::Unknown(refusal.unknown()),
        // 413 comes from the door of Notion's server, in words of its own.
        400 | 402..=412 | 414..=499 if request.writes() && is_of_another => Sent::Unknown(refusal.unknown()),
        401 => Sent::Unauthorized(refusal.refused(route)),
        400..=499 => Sent::Refused(refusal.refused(route)),
        // 3xx are here too: nothing is followed, and what answered isn't Notion's API.
        _ => Sent::Unknown(refusal.unknown()),
    }
}

async fn carried_out(mut response: Response, request: &NotionRequest, secret: &str) -> Sent {
    let route = request.route;
    let status = response.status().as_u16();
    let lost = |message: &str| {
        let problem = Problem::new(Code::UpstreamFailed, message);
        Sent::Unknown(match route.access {
            Access::Reads => problem,
            Access::Writes | Access::Destroys => {
                problem.hint("Notion answered that it was done; read it instead of repeating it.")
            }
        })
    };
    let body = match read(&mut response, MAX_ANSWER).await {
        Ok(body) => body,
        Err(Incomplete::TooLarge) if route.access == Access::Reads => {
            // For good: the same question has the same answer.
            return Sent::Refused(
                Problem::new(
                    Code::LimitExceeded,
                    format!("Notion's answer is larger than {MAX_ANSWER} bytes"),
                )
                .hint("ask for less at once: a smaller page_size, or filter_properties"),
            );
        }
        Err(Incomplete::TooLarge) => return lost("Notion's answer is too large to be read"),
        Err(Incomplete::Broken(error)) => {
            tracing::warn!(route = %route, error = causes(&error.without_url()), "notion.answer_broken");
            return lost("Notion's answer broke off");
        }
    };
    let (bytes, is_looked_into) = (body.len(), request.writes());
    let read = move || {
        let body = Body::of_text(String::from_utf8(body).ok()?).ok()?;
        if is_looked_into {
            let _ = body.value();
        }
        Some(body)
    };
    let Ok(body) = aside::run(bytes, read).await else { return lost("Notion's answer could not be read") };
    match body {
        None => lost("Notion's answer is not JSON"),
        Some(body) if !answers(request, &body) => lost(match route.access {
            Access::Reads => "Notion's answer doesn't show what was asked for",
            Access::Writes | Access::Destroys => "Notion's answer doesn't show what was done",
        }),
        Some(body) => Sent::Answered(gate::Response { status, body: redacted(body, secret) }),
    }
}

pub(crate) enum Incomplete {
    TooLarge,
    Broken(reqwest::Error),
}

/// The body, when it isn't larger than `max` bytes.
pub(crate) async fn read(response: &mut Response, max: usize) -> Result<Vec<u8>, Incomplete> {
    let is_too_large = |length: u64| usize::try_from(length).map_or(true, |length| length > max);
    if response.content_length().is_some_and(is_too_large) {
        return Err(Incomplete::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Incomplete::Broken)? {
        if body.len() + chunk.len() > max {
            return Err(Incomplete::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
