//! What legacy clients over HTTP have under way, by session.
//!
//! Each message of theirs is a request of HTTP by itself. A session is the name by which a later one finds an earlier one:
//! a `notifications/cancelled` the call that it stops, a `DELETE` everything. It is given out at `initialize`, at random,
//! and nothing is behind it but what is under way at this moment. So it outlives no process and needs none, costs nothing
//! while its client is idle, and a client may go on under a name that this process has never heard.
//!
//! A name counts together with its principal: under somebody else's, there is nothing to find.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::{Mutex, MutexGuard};
use rmcp::model::RequestId;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::PrincipalId;
use uuid::Uuid;

use super::version::names_modern_version;

/// The header that names a session.
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Longest name of a session, in bytes: other hosts give out longer ones than ours, and a client may keep one.
const MAX_NAME: usize = 256;

/// Cancellations that are remembered for requests that are still on their way, for one session.
const MAX_EARLY: usize = 64;

/// A fresh name.
pub(super) fn fresh_name() -> Option<HeaderValue> {
    HeaderValue::try_from(Uuid::new_v4().simple().to_string()).ok()
}

/// A session: its name, and whose it is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Session {
    principal: PrincipalId,
    name: Arc<str>,
}

impl Session {
    /// The session that a legacy request names; none when it names none, or nothing that can be a name.
    pub(super) fn named(principal: PrincipalId, headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(SESSION_ID).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let name = value.to_str().ok().filter(|name| (1..=MAX_NAME).contains(&name.len()))?;
        // The modern era has no sessions, and wants the header ignored.
        (!names_modern_version(headers)).then(|| Self { principal, name: name.into() })
    }
}

/// Everything that is under way in a session.
#[derive(Default)]
pub(super) struct Sessions {
    open: Mutex<HashMap<Session, UnderWay>>,
}

#[derive(Default)]
struct UnderWay {
    /// Requests whose message has not been read yet. The longer it is, the sooner its cancellation overtakes it.
    arriving: usize,
    /// What was cancelled while requests were arriving, and had not begun.
    early: Vec<RequestId>,
    running: Vec<Running>,
    next: u64,
}

struct Running {
    place: u64,
    /// None for a stream that only listens, which nobody can cancel by an id.
    request: Option<RequestId>,
    stop: CancellationToken,
}

impl UnderWay {
    fn is_nothing(&self) -> bool {
        self.arriving == 0 && self.running.is_empty()
    }
}

impl Sessions {
    /// A request of the session whose message is about to be read.
    pub(super) fn arrival(self: &Arc<Self>, session: Session) -> Arrival {
        self.open().entry(session.clone()).or_default().arriving += 1;
        Arrival { sessions: Arc::clone(self), session, has_arrived: AtomicBool::new(false) }
    }

    /// Lets `stop` end what runs until the guard is dropped: a request by its id, a stream with its session.
    pub(super) fn begin(
        self: &Arc<Self>,
        session: Session,
        request: Option<RequestId>,
        stop: CancellationToken,
    ) -> Guard {
        let mut open = self.open();
        let under_way = open.entry(session.clone()).or_default();
        if let Some(early) = under_way.early.iter().position(|early| Some(early) == request.as_ref()) {
            under_way.early.swap_remove(early);
            stop.cancel();
        }
        let place = under_way.next;
        under_way.next += 1;
        under_way.running.push(Running { place, request, stop });
        Guard { sessions: Arc::clone(self), session, place }
    }

    /// Stops a request of the session.
    pub(super) fn cancel(&self, session: &Session, request: &RequestId) {
        let mut open = self.open();
        let Some(under_way) = open.get_mut(session) else { return };
        let mut is_running = false;
        for running in under_way.running.iter().filter(|running| running.request.as_ref() == Some(request)) {
            running.stop.cancel();
            is_running = true;
        }
        if !is_running && under_way.arriving > 0 && under_way.early.len() < MAX_EARLY {
            under_way.early.push(request.clone());
        }
    }

    /// Stops everything of the session.
    pub(super) fn end(&self, session: &Session) {
        let open = self.open();
        for running in open.get(session).into_iter().flat_map(|under_way| &under_way.running) {
            running.stop.cancel();
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Session, UnderWay>> {
        self.open.lock()
    }

    fn change(&self, session: &Session, change: impl FnOnce(&mut UnderWay)) {
        let mut open = self.open();
        let Some(under_way) = open.get_mut(session) else { return };
        change(under_way);
        if under_way.arriving == 0 {
            under_way.early.clear();
        }
        if under_way.is_nothing() {
            open.remove(session);
        }
    }
}

/// A request that is on its way.
pub(super) struct Arrival {
    sessions: Arc<Sessions>,
    session: Session,
    has_arrived: AtomicBool,
}

impl Arrival {
    /// The session that it belongs to.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// The request has been read and begins.
    pub(super) fn begin(&self, request: RequestId, stop: CancellationToken) -> Guard {
        let guard = self.sessions.begin(self.session.clone(), Some(request), stop);
        self.arrived();
        guard
    }

    /// The message is here, whatever it is.
    pub(super) fn arrived(&self) {
        if !self.has_arrived.swap(true, Ordering::Relaxed) {
            self.sessions.change(&self.session, |under_way| {
                under_way.arriving = under_way.arriving.saturating_sub(1);
            });
        }
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.arrived();
    }
}

/// Something that runs in a session, until this is dropped.
pub(super) struct Guard {
    sessions: Arc<Sessions>,
    session: Session,
    place: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.sessions.change(&self.session, |under_way| {
            under_way.running.retain(|running| running.place != self.place);
        });
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::NumberOrString;

    use super::*;

    fn session(principal: &str, name: &'static str) -> Session {
        let mut headers = HeaderMap::new();
        headers.insert(SESSION_ID, HeaderValue::from_static(name));
        Session::named(PrincipalId::of_environment(principal), &headers).unwrap()
    }

    fn id(number: i64) -> RequestId {
        NumberOrString::Number(number)
    }

    #[test]
    fn a_cancellation_finds_its_own_request_alone() {
        let sessions = Arc::new(Sessions::default());
        let [mine, twin, other, stranger] = [
            (session("ada", "s1"), id(7)),
            (session("ada", "s2"), id(7)),
            (session("ada", "s1"), id(8)),
            (session("bob", "s1"), id(7)),
        ]
        .map(|(session, request)| {
            let stop = CancellationToken::new();
            (sessions.begin(session, Some(request), stop.clone()), stop)
        });
        sessions.cancel(&session("ada", "s1"), &id(7));
        assert!(mine.1.is_cancelled());
        for (_, stop) in [&twin, &other, &stranger] {
            assert!(!stop.is_cancelled());
        }
        sessions.cancel(&session("ada", "s1"), &NumberOrString::String("8".into()));
        assert!(!other.1.is_cancelled(), "a text is no number");
        sessions.end(&session("bob", "s1"));
        assert!(stranger.1.is_cancelled() && !other.1.is_cancelled() && !twin.1.is_cancelled());
        drop((mine, twin, other, stranger));
        assert!(sessions.open().is_empty(), "nothing is kept of a session where nothing runs");
    }

    #[test]
    fn a_cancellation_that_overtakes_its_request_stops_it_as_it_begins() {
        let sessions = Arc::new(Sessions::default());
        let ada = session("ada", "s1");
        let arrival = sessions.arrival(ada.clone());
        sessions.cancel(&ada, &id(7));
        let stop = CancellationToken::new();
        let guard = arrival.begin(id(7), stop.clone());
        assert!(stop.is_cancelled());
        drop((arrival, guard));
        // Who cancels what is over, and asks anew under the same id, means the new one.
        sessions.cancel(&ada, &id(7));
        let stop = CancellationToken::new();
        let _guard = sessions.arrival(ada).begin(id(7), stop.clone());
        assert!(!stop.is_cancelled());
    }

    #[test]
    fn only_legacy_requests_that_name_one_session_have_one() {
        let named = |values: &[&str], version: Option<&str>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(SESSION_ID, HeaderValue::from_str(value).unwrap());
            }
            if let Some(version) = version {
                headers.insert("mcp-protocol-version", HeaderValue::from_str(version).unwrap());
            }
            Session::named(PrincipalId::of_environment("ada"), &headers).is_some()
        };
        assert!(named(&["a"], None) && named(&["a"], Some("2025-06-18")));
        assert!(!named(&[], None) && !named(&["a", "b"], None) && !named(&[""], None));
        assert!(!named(&["a"], Some("2026-07-28")));
        assert!(!named(&["a".repeat(MAX_NAME + 1).as_str()], None));
    }
}
