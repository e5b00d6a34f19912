//! HTTP as an outside of the gate.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use reqwest::Client;
use reqwest::header::{ACCEPT_ENCODING, HeaderValue};
use secrecy::SecretString;
use toolbay_kernel::egress::{BudgetKey, Keys, Sent};
use toolbay_kernel::gate::{Method, Outside, Request, ResolvedRequest};
use toolbay_kernel::ports::{Limiter, Permit};
use toolbay_kernel::run::Priority;
use toolbay_kernel::{Code, Connection, Egress, Problem, Redaction};

use crate::limiter::Budgets;
use crate::placement::{self, NotPlaced, Placement};
use crate::reach::{Reach, SetUpError};
use crate::request::{HttpRequest, NAME};
use crate::resolver::is_not_public;
use crate::settings::HttpSettings;
use crate::{answer, client, refusal};

/// Longest wait for an answer, to its last byte.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Longest silence of a server that answers.
const MAX_SILENCE: Duration = Duration::from_secs(10);

/// Shortest time in which a request is still sent: with less, a write's outcome would only become unknown.
const SHORTEST_TIME: Duration = Duration::from_millis(500);

/// Time for DNS, TCP and TLS. A failure in it is known to have come before the request. The silence of a server is counted from the
/// beginning too: this is shorter, or that would always end first, and leave it open whether anything was sent.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How long an idle connection is kept: shorter than servers keep theirs, so that few requests meet one that is being closed.
const IDLE_TIME: Duration = Duration::from_secs(20);

/// Idle connections to one host.
const KEPT: usize = 8;

/// The web, as far as plugins may ask it.
pub struct Http {
    settings: HttpSettings,
    budgets: Budgets,
    /// None where no plugin may ask anything: to read the certificates of the system takes time.
    clients: Option<Clients>,
}

/// What sends.
struct Clients {
    public: Client,
    /// To hosts that the operator says may be private.
    private: Client,
}

impl Http {
    /// The web, as the operator lets plugins ask it. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// When TLS can't be set up.
    pub fn new(settings: HttpSettings) -> Result<Self, SetUpError> {
        let client = |reach| -> Result<Client, SetUpError> {
            Ok(client::builder(reach, settings.names.clone())?
                .http1_only()
                .connect_timeout(CONNECT_TIME)
                .read_timeout(MAX_SILENCE)
                .pool_idle_timeout(IDLE_TIME)
                .pool_max_idle_per_host(KEPT)
                .tcp_nodelay(true)
                .build()?)
        };
        let clients = if settings.plugins.is_empty() {
            None
        } else {
            Some(Clients { public: client(Reach::PublicByEither)?, private: client(Reach::Everywhere)? })
        };
        Ok(Self { settings, budgets: Budgets::default(), clients })
    }

    /// It with its budgets, for the gate.
    #[must_use]
    pub fn outside(self: &Arc<Self>) -> Outside {
        Outside::new(Arc::clone(self) as _, Arc::clone(self) as _)
    }

    async fn ask(&self, request: &HttpRequest, deadline: Instant) -> Sent {
        let host = self.settings.host(&request.address.authority());
        let reach = if host.allow_private { Reach::Everywhere } else { Reach::PublicByEither };
        // A name is held against the same by the resolver, a literal address only here.
        if !reach.takes(request.address.url()) {
            return Sent::Refused(refusal::private(request));
        }
        // A server of the web doesn't choose what is asked inside, also where the plugin itself might ask it.
        let is_led_inside = request.from.as_ref().is_some_and(|from| !self.settings.host(from).allow_private);
        if host.allow_private && is_led_inside {
            return Sent::Refused(refusal::led_inside(request));
        }
        let Some(clients) = &self.clients else { return Sent::Refused(refusal::not_granted(request)) };
        let client = if host.allow_private { &clients.private } else { &clients.public };
        let (mut sendable, redaction) = match self.sendable(request, deadline).await {
            Ok(made) => made,
            Err(NotPlaced::Late) => return Sent::NotSent(refusal::no_time(request)),
            Err(error) => return Sent::Refused(refusal::not_placed(request, error)),
        };
        let time = deadline.saturating_duration_since(Instant::now()).min(MAX_TIME);
        if time < SHORTEST_TIME {
            return Sent::NotSent(refusal::no_time(request));
        }
        *sendable.timeout_mut() = Some(time);
        match client.execute(sendable).await {
            Ok(response) => {
                let status = response.status().as_u16();
                tracing::debug!(route = request.route(), plugin = request.plugin, status, "http.answered");
                if let Some(wait) = answer::pause_beside(&response, request) {
                    self.budgets.pause(&request.address.authority(), host, wait);
                }
                answer::classify(response, request, redaction).await
            }
            Err(error) => unanswered(request, error, &redaction),
        }
    }

    /// The request as it is sent, with the operator's secrets in it, and what takes those out of the answer.
    async fn sendable(
        &self,
        request: &HttpRequest,
        deadline: Instant,
    ) -> Result<(reqwest::Request, Redaction), NotPlaced> {
        let mut sendable = reqwest::Request::new(method(request.method), request.address.url().clone());
        *sendable.headers_mut() = request.headers.clone();
        sendable.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        *sendable.body_mut() = request.body.clone().map(Into::into);
        let all = self.settings.plugins.get(&request.plugin).into_iter();
        let all: Vec<Placement> = all.flat_map(|plugin| &plugin.placements).cloned().collect();
        if all.is_empty() {
            return Ok((sendable, Redaction::default()));
        }
        let is_placed = |placement: &&Placement| request.from.is_none() && placement.is_for(&request.address);
        let placements: Vec<Placement> = all.iter().filter(is_placed).cloned().collect();
        let (known, named) = (self.settings.secrets.clone(), placements.clone());
        // Secrets may be in files. Also those of other requests are looked for: a server may show again what it was given before.
        let reading = tokio::task::spawn_blocking(move || {
            let mut secrets = placement::read(&named, &known)?;
            placement::read_beside(&all, &known, &mut secrets);
            Ok::<_, NotPlaced>(secrets)
        });
        let until = deadline.min(Instant::now() + MAX_TIME);
        let read = tokio::time::timeout_at(until.into(), reading).await.map_err(|_| NotPlaced::Late)?;
        let secrets = read.map_err(|_| NotPlaced::Header)??;
        for placement in &placements {
            placement.place(&mut sendable, &secrets)?;
        }
        Ok((sendable, Redaction::of(secrets.into_values())))
    }
}

#[async_trait]
impl Egress for Http {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "the HTTP server"
    }

    /// Its host alone: which parts of a path are ids, only the plugin knows.
    fn template<'a>(&self, request: &'a ResolvedRequest) -> Cow<'a, str> {
        request
            .payload::<HttpRequest>()
            .map_or(Cow::Borrowed(""), |request| Cow::Owned(request.address.authority()))
    }

    fn resolve(&self, request: Request) -> Result<ResolvedRequest, Problem> {
        Ok(HttpRequest::read(request)?.resolved())
    }

    /// The operator's own word is held against the request here, after the manifest's: both are needed.
    fn keys(&self, request: &ResolvedRequest, _connection: Option<&Connection>) -> Result<Keys, Problem> {
        let request: &HttpRequest = request.payload().ok_or_else(not_ours)?;
        let plugin = self.settings.plugins.get(&request.plugin);
        if !plugin.is_some_and(|plugin| plugin.places.covers(&request.route())) {
            return Err(refusal::not_granted(request));
        }
        Ok(Keys { budget: BudgetKey::Named(request.address.authority()), credential: None })
    }

    async fn send(
        &self,
        request: &ResolvedRequest,
        _credential: Option<&SecretString>,
        deadline: Instant,
    ) -> Sent {
        match request.payload::<HttpRequest>() {
            Some(request) => self.ask(request, deadline).await,
            None => Sent::Refused(not_ours()),
        }
    }
}

#[async_trait]
impl Limiter for Http {
    async fn acquire(
        &self,
        budget: &BudgetKey,
        _priority: Priority,
        deadline: Instant,
    ) -> Result<Permit, Problem> {
        let BudgetKey::Named(host) = budget else { return Ok(Permit::unbounded()) };
        self.budgets.acquire(host, self.settings.host(host), deadline).await
    }

    fn pause(&self, budget: &BudgetKey, wait: Duration) {
        if let BudgetKey::Named(host) = budget {
            self.budgets.pause(host, self.settings.host(host), wait);
        }
    }
}

/// A failure before any answer: certainly without effect only when there was no connection yet.
fn unanswered(request: &HttpRequest, error: reqwest::Error, redaction: &Redaction) -> Sent {
    if is_not_public(&error) {
        return Sent::Refused(refusal::private(request));
    }
    let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
    // Its address has the operator's secrets.
    let causes = redaction.text(&causes(&error.without_url()));
    tracing::warn!(route = request.route(), plugin = request.plugin, error = causes, "http.unanswered");
    if is_connect {
        Sent::NotSent(refusal::unreachable(request))
    } else if is_timeout {
        Sent::Unknown(refusal::unanswered(request, "did not answer in time"))
    } else {
        Sent::Unknown(refusal::unanswered(request, "gave no answer that can be read"))
    }
}

/// An error with its causes, which its own text leaves out.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn not_ours() -> Problem {
    Problem::new(Code::Failed, "The request is not one over HTTP.")
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Options => reqwest::Method::OPTIONS,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}
