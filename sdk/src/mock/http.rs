//! The scripted web: hosts that a test answers for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::script::Replies;
use crate::Problem;
use crate::http::{Body, Request, Response};

/// What the mock host answers over HTTP: a `Value` (as JSON, with status 200), a [`Response`] or a [`Problem`].
#[derive(Clone, Debug)]
pub struct HttpReply(pub(super) Result<Response, Problem>);

impl From<Value> for HttpReply {
    fn from(body: Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self::from(Response { status: 200, headers, body: Body::Text(body.to_string()) })
    }
}

impl From<Response> for HttpReply {
    fn from(response: Response) -> Self {
        Self(Ok(response))
    }
}

impl From<Problem> for HttpReply {
    fn from(problem: Problem) -> Self {
        Self(Err(problem))
    }
}

/// The scripted part of the web, and what was asked of it.
#[derive(Debug, Default)]
pub(super) struct Web {
    /// By place, such as `GET api.example.com/v1/*`.
    places: BTreeMap<String, Replies<HttpReply>>,
    pub(super) requests: Vec<Request>,
}

impl Web {
    #[expect(clippy::panic, reason = "a test that scripts its host wrongly must fail, and say why")]
    pub(super) fn add(&mut self, place: &str, reply: HttpReply) {
        let is_place = place.split_once(' ').is_some_and(|(method, address)| {
            method.bytes().all(|byte| byte.is_ascii_uppercase()) && address.contains('/')
        });
        if !is_place {
            panic!(
                "`{place}` is not a place: write a method, a host and a path, such as `GET api.example.com/v1/*`"
            );
        }
        self.places.entry(place.to_owned()).or_default().push(reply);
    }

    /// The next answer of the place with the fewest stars that covers a request.
    pub(super) fn next(&mut self, subject: &str) -> Option<HttpReply> {
        let covering = self.places.iter_mut().filter(|(place, _)| covers(place, subject));
        let (_, replies) = covering.min_by_key(|(place, _)| place.matches('*').count())?;
        replies.next()
    }

    pub(super) fn known(&self) -> Vec<String> {
        self.places.keys().cloned().collect()
    }
}

/// A request as places are held against it, such as `GET api.example.com/v1/x`: without its query, `https` goes without saying. It is taken
/// as it is written: what the host reads as the same, such as another case or the scheme's own port, is another address here, and
/// nothing is refused that the host refuses.
pub(super) fn subject(request: &Request) -> String {
    let address = request.url.split(['?', '#']).next().unwrap_or_default();
    let address = address.strip_prefix("https://").unwrap_or(address);
    let begin = if address.starts_with("http://") { "http://".len() } else { 0 };
    let path = if address.get(begin..).is_some_and(|rest| rest.contains('/')) { "" } else { "/" };
    format!("{} {address}{path}", request.method)
}

/// Whether a place covers a request: a star stands for a segment, at the end for all that follows.
pub(super) fn covers(place: &str, subject: &str) -> bool {
    let (mut wanted, mut given) = (place.split('/').enumerate().peekable(), subject.split('/'));
    while let Some((number, want)) = wanted.next() {
        let Some(have) = given.next() else { return false };
        match want {
            "*" if number > 0 && wanted.peek().is_none() => return true,
            "*" if number > 0 && !have.is_empty() => {}
            _ if want == have => {}
            _ => return false,
        }
    }
    given.next().is_none()
}
