//! What a plugin is told when its request was not carried out, or may not have been. Nothing of it is the operator's secret.

use std::time::Duration;

use serde_json::{Value, json};
use toolbay_kernel::{Code, Problem};

use crate::placement::NotPlaced;
use crate::request::HttpRequest;

/// Longest text of a server that goes with a problem, in bytes.
const MAX_QUOTED: usize = 4 * 1024;

/// The operator granted no place that covers it.
pub(crate) fn not_granted(request: &HttpRequest) -> Problem {
    let (plugin, route) = (&request.plugin, request.route());
    Problem::new(Code::Forbidden, format!("The plugin `{plugin}` has not been granted {route}."))
        .hint(format!("An operator can grant it in toolbay.toml: [plugins.{plugin}] http = [\"{route}\"]."))
}

/// Its name or address leads to this machine or a private network.
pub(crate) fn private(request: &HttpRequest) -> Problem {
    let host = request.address.authority();
    Problem::new(Code::Forbidden, format!("{host} is an address of this machine or a private network."))
        .hint(format!("An operator can allow it in toolbay.toml: [http.\"{host}\"] allow_private = true."))
}

/// A public host led to it.
pub(crate) fn led_inside(request: &HttpRequest) -> Problem {
    let (host, from) = (request.address.authority(), request.from.as_deref().unwrap_or_default());
    Problem::new(Code::Forbidden, format!("{from} leads to {host}, which is in a private network."))
        .hint(format!("Ask {host} itself."))
}

/// A secret that belongs into it can't be had, or has no place there.
pub(crate) fn not_placed(request: &HttpRequest, error: NotPlaced) -> Problem {
    match error {
        NotPlaced::Body => Problem::new(Code::InvalidInput, format!("The request can't be sent: {error}."))
            .hint("Send a JSON object with the objects in it that [[plugins.NAME.secrets]] leads through."),
        error => {
            let host = request.address.authority();
            Problem::new(
                Code::Unavailable,
                format!("The operator's secret for {host} can't be used at the moment."),
            )
            .hint("The operator finds the cause in the host's log.")
            .caused_by(error)
        }
    }
}

/// There is no time left to ask.
pub(crate) fn no_time(request: &HttpRequest) -> Problem {
    let host = request.address.authority();
    Problem::new(Code::LimitExceeded, format!("The call has no time left to ask {host}."))
        .hint("Ask for less in one call, or run the tool as a job.")
}

/// There was no connection.
pub(crate) fn unreachable(request: &HttpRequest) -> Problem {
    let host = request.address.authority();
    Problem::new(Code::UpstreamFailed, format!("{host} can't be reached."))
        .hint("Try again in a minute; the operator finds the cause in the host's log.")
}

/// It was sent, and there was no answer that could be read.
pub(crate) fn unanswered(request: &HttpRequest, what: &str) -> Problem {
    Problem::new(Code::UpstreamFailed, format!("{} {what}.", request.address.authority()))
}

/// It was carried out, but what the server said of it can't be told.
pub(crate) fn untold(request: &HttpRequest, status: u16, what: &str) -> Problem {
    let host = request.address.authority();
    Problem::new(Code::UpstreamFailed, format!("{host} answered {status}, and its answer {what}."))
        .hint(format!("{host} says that it was carried out: look there instead of sending it again."))
}

/// The answer is larger than it may be.
pub(crate) fn too_large(request: &HttpRequest, max: usize) -> Problem {
    let host = request.address.authority();
    Problem::new(Code::LimitExceeded, format!("The answer of {host} is larger than {max} bytes."))
        .hint("Ask for less at once, such as a smaller page.")
}

/// The answer is compressed, so that nobody has looked into it.
pub(crate) fn encoded(request: &HttpRequest) -> Problem {
    let host = request.address.authority();
    let message = format!("{host} answered in an encoding that it was not asked for.");
    Problem::new(Code::UpstreamFailed, message)
        .hint("Ask for the content at an address that isn't compressed.")
}

/// It wants to be asked elsewhere, which a write isn't.
pub(crate) fn moved(request: &HttpRequest, status: u16, location: Option<&str>) -> Problem {
    let host = request.address.authority();
    let message = format!("{host} answered {status}: {} was not carried out there.", request.route());
    let problem = Problem::new(Code::Conflict, message);
    match location {
        Some(location) => problem
            .hint("A write isn't sent on. Send it to the new address, if it is one that you may use.")
            .details(json!({"http": {"status": status, "location": location}})),
        None => problem.details(json!({"http": {"status": status}})),
    }
}

/// A redirect of which nobody can say whether the write was carried out before it.
pub(crate) fn moved_or_done(request: &HttpRequest, status: u16, location: Option<&str>) -> Problem {
    let host = request.address.authority();
    let message =
        format!("{host} answered {status}, which doesn't say whether {} was carried out.", request.route());
    Problem::new(Code::UpstreamFailed, message)
        .hint(format!("Look at {host} before you repeat it; what the answer leads to may say it."))
        .details(json!({"http": {"status": status, "location": location}}))
}

/// The server's own refusal.
pub(crate) fn refused(request: &HttpRequest, status: u16, said: Option<&str>) -> Problem {
    let code = match status {
        401 | 403 | 407 | 451 => Code::Forbidden,
        404 | 410 => Code::NotFound,
        409 | 412 | 423 | 428 => Code::Conflict,
        413 | 414 | 431 => Code::LimitExceeded,
        _ => Code::InvalidInput,
    };
    answered(request, code, status, said).hint(match code {
        Code::Forbidden => "An operator can give it a credential: [[plugins.NAME.secrets]] in toolbay.toml.",
        Code::NotFound => "Check the address.",
        Code::Conflict => "Read the current state and decide again.",
        Code::LimitExceeded => "Send less at once.",
        _ => "The details say what the server answered.",
    })
}

/// The server failed.
pub(crate) fn failed(request: &HttpRequest, status: u16, said: Option<&str>) -> Problem {
    answered(request, Code::UpstreamFailed, status, said)
}

/// The server has no time for it.
pub(crate) fn busy(request: &HttpRequest, status: u16, wait: Duration) -> Problem {
    let seconds = wait.as_secs().max(1);
    let host = request.address.authority();
    too_often(format!("{host} answered {status} and wants no request before {seconds} s have passed."), wait)
}

/// There is no place or no time for it in a host's budget.
pub(crate) fn too_often(message: String, wait: Duration) -> Problem {
    let seconds = wait.as_secs().max(1);
    Problem::new(Code::RateLimited, message)
        .hint(format!("Ask again in {seconds} s."))
        .details(json!({ "retry_after_seconds": seconds }))
}

fn answered(request: &HttpRequest, code: Code, status: u16, said: Option<&str>) -> Problem {
    let message = format!("{} answered {status} to {}.", request.address.authority(), request.route());
    let mut http = json!({ "status": status });
    if let (Some(said), Value::Object(http)) = (said, &mut http) {
        http.insert("text".to_owned(), quoted(said).into());
    }
    Problem::new(code, message).details(json!({ "http": http }))
}

fn quoted(said: &str) -> &str {
    let mut end = said.len().min(MAX_QUOTED);
    while !said.is_char_boundary(end) {
        end -= 1;
    }
    said.get(..end).unwrap_or_default()
}
