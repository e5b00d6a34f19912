//! The accept loop.
//!
//! A bare `axum::serve` sets no timer, so a client that sends half a header, or nothing at all, holds its connection for
//! ever and keeps a graceful shutdown from ending. This loop bounds every state that a connection can be in.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
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

use crate::patience::Patient;
use crate::slots::{Slot, Slots};

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
    /// Time in which a client reads nothing of what it is sent.
    pub write_idle: Duration,
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
            connections: 10_000,
            connections_of_one: 256,
            buffer: 64 * 1024,
            drain: Duration::from_secs(25),
        }
    }
}

/// Serves until `shutdown` is cancelled, then lets running requests end, at most for [`ServerLimits::drain`].
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    serve_with(listener, router, shutdown, ServerLimits::default()).await;
}

/// [`serve`], with other bounds.
pub async fn serve_with(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    limits: ServerLimits,
) {
    let connections = Slots::new(limits.connections_of_one, limits.connections);
    let server = Arc::new(Server { router, shutdown, connections, http: builder(&limits), limits });
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
                if let Some(slot) = server.admit(peer.ip()) {
                    connections.spawn(Arc::clone(&server).run(stream, peer, slot));
                } else {
                    tracing::warn!(peer = %peer.ip(), "server.too_many_connections");
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
    connections: Arc<Slots<IpAddr>>,
    http: http1::Builder,
    limits: ServerLimits,
}

impl Server {
    /// Whether an address may have one more connection, and its place where addresses are counted.
    fn admit(&self, address: IpAddr) -> Option<Option<Slot<IpAddr>>> {
        let address = neighbourhood(address);
        if address.is_loopback() {
            return Some(None);
        }
        self.connections.take(address).map(Some)
    }

    async fn run(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, _slot: Option<Slot<IpAddr>>) {
        // Answers are small and whole: waiting to fill a packet only adds delay.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "server.nodelay_failed");
        }
        let has_asked = AtomicBool::new(false);
        let service = hyper::service::service_fn(|request: Request<Incoming>| {
            has_asked.store(true, Ordering::Relaxed);
            self.answer(request)
        });
        let stream = TokioIo::new(Patient::new(stream, self.limits.write_idle));
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
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
        let body_idle = self.limits.body_idle;
        self.router.clone().call(request.map(|body| TimeoutBody::new(body_idle, body)))
    }
}

/// Ends when a connection has said nothing for too long; never, once it has.
async fn silence(has_asked: &AtomicBool, patience: Duration) {
    tokio::time::sleep(patience).await;
    if has_asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

/// What counts as one address: whoever has one of IPv6 usually has the whole /64.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_ipv6_count_as_one_and_mapped_loopback_is_loopback() {
        let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        assert_eq!(neighbourhood(one), neighbourhood(other));
        assert_ne!(neighbourhood(one), neighbourhood("2001:db8:1:3::1".parse().unwrap()));
        assert!(neighbourhood("::ffff:127.0.0.1".parse().unwrap()).is_loopback());
        assert!(neighbourhood("::1".parse().unwrap()).is_loopback());
    }
}
