//! The accept loop.
//!
//! A bare `axum::serve` sets no timer, so a client that sends half a header, or nothing at all, holds its connection for
//! ever and keeps a graceful shutdown from ending. This loop bounds every state that a connection can be in.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Service as _;
use tower_http::timeout::TimeoutBody;

use crate::edge::client::{Client, counted};
use crate::edge::{Loopback, TrustedProxies};
use crate::holding::Holding;
use crate::patience::{Patience, Patient};
use crate::slots::{Slot, Slots};
use crate::unread::Lent;

/// Bounds of connections, with the reason for each number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerLimits {
    /// Time for the head of a connection's first request. Nobody who means well needs longer; who sends nothing is
    /// closed, too.
    pub first_head: Duration,
    /// Time from an answer to the head of the next request. Longer than the 60 s after which common proxies drop an
    /// idle connection themselves, so that none of them sends a request into a closing one.
    pub idle: Duration,
    /// Time between two pieces of a request's body.
    pub body_idle: Duration,
    /// Time that a client may be behind with reading what it is sent: all of it in which nothing goes, and of it what goes
    /// more slowly than the least rate.
    pub write_idle: Duration,
    /// Bytes that a client has to read in a second while there are any to read. The slowest mobile networks carry more, and
    /// the largest answer is held for 17 minutes at most.
    pub least_write_rate: u32,
    /// Connections in all.
    pub connections: usize,
    /// Connections of one address, or of one /64 of IPv6. Loopback is exempt: a proxy on this machine stands for many.
    pub connections_of_one: usize,
    /// Bytes that one connection buffers, and so the longest head of a request.
    pub buffer: usize,
    /// Time for running requests to end after a shutdown began.
    pub drain: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            first_head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body_idle: Duration::from_secs(30),
            write_idle: Duration::from_secs(30),
            least_write_rate: 4_096,
            connections: 10_000,
            connections_of_one: 256,
            buffer: 64 * 1024,
            drain: Duration::from_secs(25),
        }
    }
}

/// What the accept loop has to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerSettings {
    pub limits: ServerLimits,
    /// Who may say for whom a request is.
    pub trusted_proxies: TrustedProxies,
    /// Whether loopback addresses are counted.
    pub loopback: Loopback,
}

/// Serves until `shutdown` is cancelled, then lets running requests end, at most for [`ServerLimits::drain`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    settings: ServerSettings,
) {
    let ServerSettings { limits, trusted_proxies, loopback } = settings;
    let clients = Slots::new(limits.connections_of_one, limits.connections);
    let http = builder(&limits);
    let server = Arc::new(Server { router, shutdown, clients, http, limits, trusted_proxies, loopback });
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok(_) if connections.len() >= server.limits.connections => {
                tracing::warn!(max = server.limits.connections, "server.full");
            }
            Ok((stream, peer)) => {
                let peer = peer.ip().to_canonical();
                if let Some(slot) = server.admit(peer) {
                    connections.spawn(Arc::clone(&server).run(stream, peer, slot));
                } else {
                    tracing::warn!(%peer, "server.too_many_connections");
                }
            }
            Err(error) => {
                // Out of file descriptors, or a peer that left at once: neither is a reason to stop serving.
                tracing::warn!(%error, "server.accept_failed");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(server.limits.drain, drained).await.is_err() {
        tracing::warn!(connections = connections.len(), "server.drain_cut_short");
        connections.shutdown().await;
    }
}

fn builder(limits: &ServerLimits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.idle);
    // The buffer may grow past its bound by one read, so the head has a bound of its own.
    builder.max_buf_size(limits.buffer).max_header_size(limits.buffer);
    builder
}

struct Server {
    router: Router,
    shutdown: CancellationToken,
    clients: Arc<Slots<IpAddr>>,
    http: http1::Builder,
    limits: ServerLimits,
    trusted_proxies: TrustedProxies,
    loopback: Loopback,
}

impl Server {
    /// Whether an address may have one more connection, and its place where addresses are counted. A proxy stands for many:
    /// those are counted by their requests.
    fn admit(&self, peer: IpAddr) -> Option<Option<Slot<IpAddr>>> {
        match counted(peer, self.loopback) {
            Some(address) if !self.trusted_proxies.contain(peer) => self.clients.take(address).map(Some),
            _ => Some(None),
        }
    }

    async fn run(self: Arc<Self>, stream: TcpStream, peer: IpAddr, _slot: Option<Slot<IpAddr>>) {
        // Answers are small and whole: waiting to fill a packet only adds delay.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "server.nodelay_failed");
        }
        let has_asked = AtomicBool::new(false);
        let service = hyper::service::service_fn(|request: Request<Incoming>| {
            has_asked.store(true, Ordering::Relaxed);
            self.answer(peer, request)
        });
        let patience = Patience { behind: self.limits.write_idle, least_rate: self.limits.least_write_rate };
        let stream = TokioIo::new(Patient::new(stream, patience));
        let mut connection = pin!(self.http.serve_connection(stream, service));

        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = self.shutdown.cancelled() => None,
            () = silence(&has_asked, self.limits.first_head) => return,
        };
        let ended = match ended {
            Some(ended) => ended,
            None if !has_asked.load(Ordering::Relaxed) => return,
            None => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "server.connection_ended");
        }
    }

    fn answer(
        &self,
        peer: IpAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
        let body_idle = self.limits.body_idle;
        let (head, body) = request.into_parts();
        let (body, unread) = Lent::new(body, &head.headers);
        let mut request = Request::from_parts(head, TimeoutBody::new(body_idle, body));
        let mut client = Client::of(peer, request.headers(), &self.trusted_proxies, self.loopback);
        // A proxy sends one request at a time over each connection, so what is under way for a client is what its connections
        // would be. It is until the answer has gone, or is given up.
        let slot =
            client.counted.filter(|_| client.address != peer).map(|address| self.clients.take(address));
        client.is_crowded = matches!(slot, Some(None));
        request.extensions_mut().insert(client);
        let answering = self.router.clone().call(request);
        async move {
            let response = answering.await?;
            if let Some(unread) = unread {
                unread.read_away().await;
            }
            Ok(match slot.flatten() {
                Some(slot) => response.map(|body| Body::new(Holding::new(body, slot))),
                None => response,
            })
        }
    }
}

/// Ends when a connection has said nothing for too long; never, once it has.
async fn silence(has_asked: &AtomicBool, patience: Duration) {
    tokio::time::sleep(patience).await;
    if has_asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}
