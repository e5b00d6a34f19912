//! `GET /v1/changes`: a stream of what has changed, for whoever asks.
//!
//! The stream says that something is worth asking for again, and nothing of it: what there is to see is decided where it is asked for.
//! Each second it looks whether whoever listens may still do what they might when they began, and ends if not.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};
use toolbay_kernel::activity::{Heard, News};
use toolbay_kernel::{Code, Principal, PrincipalId, Problem};

use crate::Gateway;
use crate::envelope::Refusal;
use crate::session;
use crate::slots::{Slot, Slots};

/// Streams of one principal at the same time: a dozen tabs. More are a fault or a flood.
const MAX_OF_ONE: usize = 16;

/// Those of everybody: each costs a connection, a few KiB, and a look at the store each second.
const MAX: usize = 1_024;

/// Time between two comments on a silent stream: below the 60 s after which common proxies drop one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Time between two looks whether whoever listens is still allowed to.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Time between two tellings of the same.
const APART: Duration = Duration::from_millis(500);

/// Events that wait to be sent. Who reads none of so many isn't there any more.
const WAITING: usize = 16;

/// The places of those who listen.
pub(crate) type Listeners = Arc<Slots<PrincipalId>>;

/// All places.
pub(crate) fn listeners() -> Listeners {
    Slots::new(MAX_OF_ONE, MAX)
}

/// Begins a stream.
pub(crate) async fn listen(
    gateway: &Arc<Gateway>,
    listeners: &Listeners,
    principal: &Arc<Principal>,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let slot = listeners.take(principal.id).ok_or_else(|| {
        Problem::new(Code::RateLimited, "Too many streams of yours are open.")
            .hint(format!("Close some: {MAX_OF_ONE} may be open at the same time."))
    })?;
    let standing = Standing::of(gateway, principal, headers).await?;
    let heard = gateway.activity.changes().listen(principal.id, principal.administers).await;
    let catalog = gateway.catalogs.changes();
    let (tell, events) = mpsc::channel(WAITING);
    let listening = Listening {
        gateway: Arc::clone(gateway),
        hears_all: principal.administers,
        standing,
        heard: heard.map_err(Problem::from)?,
        catalog,
        tell,
        _slot: slot,
    };
    tokio::spawn(listening.tell());
    // The head goes at once with this, also through proxies that wait for a first byte.
    let begun = stream::iter([Event::default().comment("listening")]);
    let told = stream::unfold(events, |mut events| async move { Some((events.recv().await?, events)) });
    let events = futures_util::StreamExt::chain(begun, told);
    let events = futures_util::StreamExt::map(events, Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Proxies that collect answers would keep the news to themselves.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// By what somebody listens, and what they might do when they began.
struct Standing {
    id: PrincipalId,
    cookie: Option<SecretString>,
    principal: Arc<Principal>,
}

impl Standing {
    async fn of(gateway: &Gateway, principal: &Principal, headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut cookie = session::cookie(gateway, headers);
        if let Some(brought) = &cookie {
            let session = gateway.identity.session(brought).await?;
            // Who asks with a token isn't held to a session of somebody else that their browser has too.
            if session.is_none_or(|session| session.principal.id != principal.id) {
                cookie = None;
            }
        }
        let found = look(gateway, principal.id, cookie.as_ref()).await?;
        let principal = found.ok_or_else(|| {
            Problem::new(Code::Unauthenticated, "What this request was allowed by is no longer in force.")
                .hint("Sign in again, or send a token that is good.")
        })?;
        Ok(Self { id: principal.id, cookie, principal })
    }

    /// Whether nothing has changed about it. While the store doesn't answer, nobody knows of a change.
    async fn holds(&self, gateway: &Gateway) -> bool {
        match look(gateway, self.id, self.cookie.as_ref()).await {
            Ok(Some(now)) => *now == *self.principal,
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(%error, "changes.not_looked_at");
                true
            }
        }
    }
}

/// Who somebody is by now; none when they are nobody here any more.
async fn look(
    gateway: &Gateway,
    id: PrincipalId,
    cookie: Option<&SecretString>,
) -> Result<Option<Arc<Principal>>, Problem> {
    match cookie {
        Some(cookie) => Ok(gateway.identity.session(cookie).await?.map(|session| session.principal)),
        None => Ok(gateway.principals.principal(id).await?),
    }
}

/// One who listens.
struct Listening {
    gateway: Arc<Gateway>,
    hears_all: bool,
    standing: Standing,
    heard: Heard,
    catalog: watch::Receiver<u64>,
    tell: mpsc::Sender<Event>,
    _slot: Slot<PrincipalId>,
}

impl Listening {
    /// Tells what happens, until the reader has gone or doesn't read, the host stops, or they may do something else than at the start.
    async fn tell(mut self) {
        let mut looking = tokio::time::interval(LOOK_EVERY);
        looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known = *self.heard.news.borrow_and_update();
        let mut due = VecDeque::new();
        let mut next = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = self.gateway.stopping.cancelled() => return,
                () = self.tell.closed() => return,
                _ = looking.tick() => {
                    if !self.standing.holds(&self.gateway).await {
                        let _unread = self.tell.try_send(event("signed-out", &json!({})));
                        return;
                    }
                }
                // Several changes in a short time are told as one.
                () = tokio::time::sleep_until(next), if !due.is_empty() => {
                    next = Instant::now() + APART;
                    for (name, data) in due.drain(..) {
                        if self.tell.try_send(event(name, &data)).is_err() {
                            return;
                        }
                    }
                }
                changed = self.catalog.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    add(&mut due, "catalog", json!({}));
                    if self.hears_all {
                        add(&mut due, "plugins", json!({}));
                        add(&mut due, "upstreams", json!({}));
                    }
                }
                changed = self.heard.news.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let news = *self.heard.news.borrow_and_update();
                    self.note(&mut due, known, news);
                    known = news;
                }
            }
        }
    }

    fn note(&self, due: &mut VecDeque<(&'static str, Value)>, known: News, news: News) {
        if news.own > known.own || news.others > known.others {
            let own = news.own > known.own
                || due.iter().any(|(name, data)| *name == "activity" && data["own"] == true);
            due.retain(|(name, _)| *name != "activity");
            due.push_back(("activity", json!({"own": own})));
        }
        if news.jobs > known.jobs {
            add(due, "jobs", json!({}));
        }
        if self.hears_all && news.plugins > known.plugins {
            add(due, "plugins", json!({}));
        }
        if self.hears_all && news.upstreams > known.upstreams {
            add(due, "upstreams", json!({}));
        }
    }
}

/// Notes an event that is to be told, once.
fn add(due: &mut VecDeque<(&'static str, Value)>, name: &'static str, data: Value) {
    if due.iter().all(|(known, _)| *known != name) {
        due.push_back((name, data));
    }
}

fn event(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}
