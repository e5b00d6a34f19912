//! Arguments in a body.

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};
use toolbay_kernel::{Code, Problem, aside, json};

use crate::collected::{Uncollected, collect};
use crate::envelope::Refusal;
use crate::trace::took_too_long;

/// Largest body, in bytes: the door takes 1 MiB of arguments, and JSON may be written with spaces.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// Reads a JSON body. None at all is the empty object, so that a tool without arguments is called without one.
pub(crate) async fn read(request: Request<Body>) -> Result<Value, Refusal> {
    let is_json = declares_json(request.headers());
    let body = collect(request.into_body(), MAX_BODY).await.map_err(|why| unread(why, MAX_BODY))?;
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    if !is_json {
        let problem = Problem::new(Code::InvalidInput, "the body must be JSON")
            .hint("send `Content-Type: application/json`");
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
    }
    // The parser stops at 128 levels; the door allows fewer.
    let read = aside::run(body.len(), move || json::parse(&body)).await?;
    read.map_err(|error| Refusal::invalid(format!("the body is not valid JSON: {error}")))
}

/// Reads a body of bytes that is declared as this kind.
pub(crate) async fn read_bytes(request: Request<Body>, kind: &str, max: usize) -> Result<Bytes, Refusal> {
    let declared = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !declared.is_some_and(|declared| declared.trim().eq_ignore_ascii_case(kind)) {
        let problem = Problem::new(Code::InvalidInput, format!("the body must be {kind}"))
            .hint(format!("send `Content-Type: {kind}`"));
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
    }
    collect(request.into_body(), max).await.map_err(|why| unread(why, max))
}

/// Refuses a body where the arguments are in the query: what is ignored is misunderstood.
pub(crate) fn refuse(headers: &HeaderMap) -> Result<(), Refusal> {
    let is_empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0");
    if is_empty && !headers.contains_key(header::TRANSFER_ENCODING) {
        return Ok(());
    }
    Err(Refusal::invalid("this address takes its arguments in path and query, not in a body"))
}

fn unread(why: Uncollected, max: usize) -> Refusal {
    match why {
        Uncollected::TooSlow => took_too_long(),
        Uncollected::BrokeOff => Refusal::invalid("the body broke off"),
        Uncollected::TooLarge => {
            let message = format!("a body may have {} KiB", max / 1024);
            let problem =
                Problem::new(Code::LimitExceeded, message).hint("split the work over several calls");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, problem)
        }
    }
}

/// Whether the body is declared as JSON in UTF-8. A page of a foreign origin can't send that without being asked for
/// permission first.
fn declares_json(headers: &HeaderMap) -> bool {
    let Some(Ok(declared)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let mut parts = declared.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|kind| {
        kind.eq_ignore_ascii_case("application/json")
            || (kind.len() > 17 && kind.is_ascii() && {
                let kind = kind.to_ascii_lowercase();
                kind.starts_with("application/") && kind.ends_with("+json")
            })
    });
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    is_json && is_utf8
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_json_in_utf8_is_json() {
        let declares = |kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
            declares_json(&headers)
        };
        for good in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
        {
            assert!(declares(good), "{good}");
        }
        for bad in [
            "text/plain",
            "application/jsonp",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
            "",
        ] {
            assert!(!declares(bad), "{bad}");
        }
        assert!(!declares_json(&HeaderMap::new()));
    }
}
