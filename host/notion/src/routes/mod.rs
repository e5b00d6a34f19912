//! The routes of Notion, and the way from a provider's request to one made of validated parts alone.

mod access;
mod path;
mod reach;
mod refusal;
mod seen;
mod table;
mod target;
#[cfg(test)]
mod tests;

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use toolbay_kernel::gate::{Method, Request};
use toolbay_kernel::json::Object;
use toolbay_kernel::nearest::nearest;
use toolbay_kernel::{Access, Code, Problem};

pub(crate) use self::path::normalise_id;
use self::path::quoted;
pub(crate) use self::reach::Reach;
pub(crate) use self::seen::Seen;
use self::table::{Body, ROUTES};
pub(crate) use self::table::{Cache, Entry};
use crate::request::{NAME, NotionRequest, NotionRoute};

/// Largest body, in bytes of JSON. Notion's 500 KB are 512,000 bytes; one more is refused there with 413.
pub const MAX_BODY: usize = 512_000;

/// Most pairs of a query: a page's hundred properties, named one by one, and the rest.
const MAX_QUERY_PAIRS: usize = 110;

/// Longest value of a query, in bytes; Notion's cursors and property ids are far shorter.
const MAX_QUERY_VALUE: usize = 512;

/// Largest page of a list.
const MAX_PAGE: u32 = 100;

/// Finds the route of a request and rebuilds the request from validated parts.
///
/// # Errors
///
/// `forbidden` for a route that isn't in the table, `invalid_input` for a path or query that can't be right.
pub(crate) fn resolve(request: Request) -> Result<NotionRequest, Problem> {
    let Request { egress: _, method, path, query, body, max_age: _ } = request;
    let segments = path::parse(method, &path)?;
    let entry = ROUTES
        .iter()
        .find(|entry| entry.method == method && entry.fits(&segments))
        .ok_or_else(|| refusal::unknown_route(method, &segments))?;
    let segments = entry.normalised(segments)?;
    let query =
        query.into_iter().try_fold(Vec::new(), |accepted, pair| entry.with_query_pair(accepted, pair))?;
    let body = entry.checked_body(body)?;
    let access = access::access(entry.access_with(body.as_ref()));
    let target = match access {
        Access::Reads => String::new(),
        Access::Writes | Access::Destroys => target::of(entry, &segments, body.as_ref()),
    };
    Ok(NotionRequest {
        entry,
        route: NotionRoute { method, template: entry.template, access },
        segments,
        query,
        body: body.map(Value::Object),
        target,
    })
}

/// A request that reads.
pub(crate) fn read(segments: &[String], query: Vec<(String, String)>) -> Result<NotionRequest, Problem> {
    let path = format!("/{}", segments.join("/"));
    resolve(Request { egress: NAME, method: Method::Get, path, query, body: None, max_age: None })
}

/// Whether an answer of 2xx is one to this request: it shows the object that was asked for, or what was made. Anything else
/// was said by somebody who isn't Notion, or broke on the way, and then nobody knows what was done.
pub(crate) fn answers(request: &NotionRequest, answer: &toolbay_kernel::Body) -> bool {
    let entry = request.entry;
    let wanted = request.segments.get(2).filter(|_| entry.is_of_one_object());
    if !request.writes() {
        return wanted.is_none_or(|wanted| shows(answer.text(), wanted));
    }
    let answer = answer.value();
    let id = |thing: &Value| thing.get("id").and_then(Value::as_str).and_then(path::normalise_id);
    if answer.get("object").and_then(Value::as_str) == Some("async_task") {
        return answer.get("id").is_some_and(Value::is_string);
    }
    if let Some(wanted) = wanted {
        let in_trash = |value: &Value| value.get("in_trash").and_then(Value::as_bool);
        let said = request.body.as_ref().and_then(in_trash);
        let is_so = said.is_none() || in_trash(answer).is_none() || in_trash(answer) == said;
        return id(answer).as_ref() == Some(wanted) && is_so;
    }
    match entry.seen {
        Seen::AsChildren => {
            let results = answer.get("results").and_then(Value::as_array);
            results.is_some_and(|results| results.iter().all(|block| id(block).is_some()))
        }
        _ => id(answer).is_some(),
    }
}

/// Whether an answer is the object with this id. Nothing else of it is read: a guest does that.
fn shows(answer: &str, wanted: &str) -> bool {
    #[derive(Deserialize)]
    struct Shown {
        id: String,
    }
    let shown: Result<Object<Shown>, _> = serde_json::from_str(answer);
    // Ids of tasks are no UUIDs.
    shown.is_ok_and(|Object(Shown { id })| {
        id == wanted || path::normalise_id(&id).is_some_and(|id| id == wanted)
    })
}

impl Entry {
    /// Whether its answer is the object that its path names, as it is or has become.
    pub(crate) fn is_of_one_object(&self) -> bool {
        let mut segments = self.template_segments().skip(2);
        segments.next().is_some_and(|id| id.starts_with('{'))
            && segments.next().is_none_or(|last| last == "move")
    }

    /// The ids among a path's segments.
    pub(crate) fn ids(&self, segments: &[String]) -> Vec<String> {
        let is_id = |template: &str| template.starts_with('{') && !is_other_parameter(template);
        let segments = self.template_segments().zip(segments);
        segments.filter(|(template, _)| is_id(template)).map(|(_, id)| id.clone()).collect()
    }

    fn normalised(&self, segments: Vec<String>) -> Result<Vec<String>, Problem> {
        self.template_segments()
            .zip(segments)
            .map(|(template, segment)| match template {
                parameter if is_other_parameter(parameter) => Ok(segment),
                parameter if parameter.starts_with('{') => {
                    path::normalise_id(&segment).ok_or_else(|| not_an_id(parameter, &segment))
                }
                _ => Ok(segment),
            })
            .collect()
    }

    fn with_query_pair(
        &self,
        mut accepted: Vec<(String, String)>,
        (key, value): (String, String),
    ) -> Result<Vec<(String, String)>, Problem> {
        let wrong = |what: String| Problem::new(Code::InvalidInput, what);
        if !self.query.contains(&key.as_str()) {
            return Err(wrong(format!("{self} takes no query parameter {}", quoted(&key))).hint(choices(
                &key,
                self.query,
                "it takes no query",
            )));
        }
        if accepted.len() >= MAX_QUERY_PAIRS {
            return Err(wrong(format!("the query has more than {MAX_QUERY_PAIRS} pairs")));
        }
        if key != "filter_properties" && accepted.iter().any(|(known, _)| *known == key) {
            return Err(wrong(format!("the query names `{key}` twice")));
        }
        if value.len() > MAX_QUERY_VALUE || value.chars().any(char::is_control) {
            return Err(wrong(format!(
                "the value of `{key}` in the query is longer than {MAX_QUERY_VALUE} bytes or has control characters"
            )));
        }
        if key == "page_size" && !value.parse().is_ok_and(|size| (1..=MAX_PAGE).contains(&size)) {
            return Err(wrong(format!(
                "`page_size` is a whole number from 1 to {MAX_PAGE}, not {}",
                quoted(&value)
            )));
        }
        accepted.push((key, value));
        Ok(accepted)
    }

    fn checked_body(&self, body: Option<Value>) -> Result<Option<Map<String, Value>>, Problem> {
        let body = match (self.body, body) {
            (Body::None | Body::Optional(_), None) => return Ok(None),
            (Body::None, Some(_)) => {
                return Err(Problem::new(Code::InvalidInput, format!("{self} takes no body"))
                    .hint("leave the body out; what a list is narrowed by goes into the query"));
            }
            (Body::Required(keys), None) => {
                return Err(Problem::new(Code::InvalidInput, format!("{self} needs a body"))
                    .hint(format!("an object with some of {}", keys.join(", "))));
            }
            (Body::Optional(_) | Body::Required(_), Some(Value::Object(body))) => body,
            (Body::Optional(_) | Body::Required(_), Some(other)) => {
                return Err(Problem::new(Code::InvalidInput, format!("the body is {}", kind_of(&other)))
                    .hint("the body is an object, not JSON inside a string"));
            }
        };
        if let Some(key) = body.keys().find(|key| !self.body.keys().contains(&key.as_str())) {
            return Err(Problem::new(
                Code::InvalidInput,
                format!("{self} takes no `{}` in its body", key_text(key)),
            )
            .hint(
                replaced_key(key)
                    .map_or_else(|| choices(key, self.body.keys(), "it takes no body"), str::to_owned),
            ));
        }
        if !fits_into(&body, MAX_BODY) {
            return Err(Problem::new(
                Code::LimitExceeded,
                format!("the body is larger than {MAX_BODY} bytes"),
            )
            .hint("Notion takes 500 KB in one request: send the rest with further requests"));
        }
        Ok(Some(body))
    }
}

impl std::fmt::Display for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.method.as_str(), self.template)
    }
}

/// Parameters that aren't the id of an object.
fn is_other_parameter(template: &str) -> bool {
    matches!(template, "{property_id}" | "{task_id}")
}

fn not_an_id(parameter: &str, segment: &str) -> Problem {
    let name = parameter.trim_matches(['{', '}']);
    Problem::new(Code::InvalidInput, format!("{} is not a {name}", quoted(segment)))
        .hint("an id has 32 hexadecimal digits, with or without dashes; in a URL of Notion it is the last 32 characters of the path")
}

fn key_text(key: &str) -> String {
    quoted(key).trim_matches('`').to_owned()
}

/// What version 2026-03-11 has in the place of keys that models remember.
fn replaced_key(key: &str) -> Option<&'static str> {
    match key {
        "archived" => Some("since version 2026-03-11 it is `in_trash`"),
        "after" => Some(
            "since version 2026-03-11 it is `position`: {\"type\":\"after_block\",\"after_block\":{\"id\":\"<block id>\"}}",
        ),
        _ => None,
    }
}

fn choices(wanted: &str, known: &[&str], none: &str) -> String {
    if known.is_empty() {
        return none.to_owned();
    }
    nearest(wanted, known.iter().copied())
        .map_or_else(|| format!("it takes {}", known.join(", ")), |near| format!("did you mean `{near}`?"))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Whether the body's JSON has at most `max` bytes; stops counting there.
fn fits_into(body: &Map<String, Value>, max: usize) -> bool {
    struct Remaining(usize);
    impl io::Write for Remaining {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    serde_json::to_writer(Remaining(max), body).is_ok()
}

/// A route as `examples/routes.rs` prints it, for the comparison with what Notion publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteDescription {
    /// Such as `GET`.
    pub method: &'static str,
    /// Such as `/v1/pages/{page_id}`.
    pub path: &'static str,
    /// What it does unless the body makes it stronger.
    pub access: Access,
    /// Keys that its query may have.
    pub query: &'static [&'static str],
    /// Keys that its body may have; none when it takes no body.
    pub body: Option<&'static [&'static str]>,
    /// Whether it needs a body.
    pub body_required: bool,
}

/// Every route of the table.
#[must_use]
pub fn routes() -> Vec<RouteDescription> {
    let describe = |entry: &Entry| RouteDescription {
        method: entry.method.as_str(),
        path: entry.template,
        access: entry.access,
        query: entry.query,
        body: match entry.body {
            Body::None => None,
            Body::Optional(keys) | Body::Required(keys) => Some(keys),
        },
        body_required: matches!(entry.body, Body::Required(_)),
    };
    ROUTES.iter().map(describe).collect()
}

/// The one request that the host makes for itself: who does this credential belong to?
pub(crate) fn own_user() -> Result<NotionRequest, Problem> {
    read(&["v1", "users", "me"].map(str::to_owned), Vec::new())
}
