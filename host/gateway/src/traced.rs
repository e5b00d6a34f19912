//! The trace that a caller says its call belongs to, and the span of a call over REST.

use axum::extract::Request;
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Map, Value};
use toolbay_kernel::traces::{Attribute, Span, TraceContext};
use toolbay_kernel::{Code, Surface, Traces};

use crate::envelope::{Failed, REQUEST_ID};

/// Header and member of `_meta` alike.
const TRACEPARENT: &str = "traceparent";

/// The trace that a request's headers name. What is malformed, or there twice, names none.
pub(crate) fn of_headers(headers: &HeaderMap) -> Option<TraceContext> {
    let mut given = headers.get_all(TRACEPARENT).iter();
    match (given.next(), given.next()) {
        (Some(given), None) => given.to_str().ok()?.parse().ok(),
        _ => None,
    }
}

/// The trace that a message of MCP names in its metadata.
pub(crate) fn of_meta(meta: Option<&Map<String, Value>>) -> Option<TraceContext> {
    meta?.get(TRACEPARENT)?.as_str()?.parse().ok()
}

/// Begins the span of a call over REST, by the template of its address.
pub(crate) fn begin(traces: &Traces, surface: Surface, template: &str, request: &Request) -> Span {
    if !traces.are_on() {
        return Span::none();
    }
    let method = request.method();
    let parent = of_headers(request.headers());
    let mut span = traces.enter(surface, parent, || format!("{method} {template}"));
    if span.is_kept() {
        span.say(Attribute::Method, method.to_string());
        span.say(Attribute::Route, template.to_owned());
    }
    span
}

/// Ends it with its answer.
pub(crate) fn end(mut span: Span, response: &Response) {
    if !span.is_kept() {
        return;
    }
    span.say(Attribute::Status, u64::from(response.status().as_u16()));
    if let Some(id) = response.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()) {
        span.say(Attribute::RequestId, id.to_owned());
    }
    let failed: Option<Code> = response.extensions().get::<Failed>().map(|Failed(code)| *code);
    span.end(failed.map_or(Ok(()), Err));
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_malformed_or_there_twice_names_no_trace() {
        let mut headers = HeaderMap::new();
        assert_eq!(of_headers(&headers), None);
        headers.insert(TRACEPARENT, HeaderValue::from_static(GOOD));
        assert_eq!(of_headers(&headers).unwrap().to_string(), GOOD);
        headers.append(TRACEPARENT, HeaderValue::from_static(GOOD));
        assert_eq!(of_headers(&headers), None);
        headers.insert(TRACEPARENT, HeaderValue::from_static("00-1"));
        assert_eq!(of_headers(&headers), None);
        for (meta, is_named) in [(json!({"traceparent": GOOD}), true), (json!({"traceparent": 1}), false)] {
            assert_eq!(of_meta(meta.as_object()).is_some(), is_named);
        }
    }
}
