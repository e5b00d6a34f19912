//! Clients that keep the host waiting, many at once: good ones are served meanwhile, each slow one is closed within its
//! limit, and a shutdown waits for none of them.
//!
//! The suite has a few hundred with short limits; `script/slow-clients` has 5,000 with those of the host, and prints a table.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use toolbay_gateway::{EdgeSettings, Loopback, RateSettings, ServerLimits, ServerSettings};

use crate::harness::{Host, OPERATOR};
use crate::server::serve_on;

/// Where good clients ask from; slow ones have other addresses.
const GOOD: &str = "127.0.0.1";

/// Good clients at the same time.
const GOOD_CLIENTS: usize = 8;

/// What a client beyond its limit may take until it is seen to be closed, on a machine that has other work.
const LATE: Duration = Duration::from_secs(10);

/// How a client is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slow {
    Silent,
    PartialHead,
    PartialBody,
    NeverReading,
}

impl Slow {
    const ALL: [Self; 4] = [Self::Silent, Self::PartialHead, Self::PartialBody, Self::NeverReading];

    /// What it sends.
    fn sent(self) -> String {
        let head =
            format!("POST /v1/tools/add HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {OPERATOR}\r\n");
        match self {
            Self::Silent => String::new(),
            Self::PartialHead => head,
            Self::PartialBody => {
                format!("{head}Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{{\"a\":")
            }
            // More than what lies between the host and a client can hold.
            Self::NeverReading => "GET /openapi/full.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(400),
        }
    }

    /// The time within which it is closed.
    fn limit(self, limits: &ServerLimits) -> Duration {
        match self {
            Self::Silent | Self::PartialHead => limits.first_head,
            Self::PartialBody => limits.body_idle,
            Self::NeverReading => limits.write_idle,
        }
    }
}

/// How many there are, from how many addresses, and the limits that they meet.
struct Scale {
    clients: usize,
    addresses: usize,
    limits: ServerLimits,
}

impl Scale {
    fn of_suite() -> Self {
        let short = Duration::from_secs(2);
        let limits = ServerLimits {
            first_head: short,
            body_idle: short,
            write_idle: short,
            drain: Duration::from_secs(1),
            ..ServerLimits::default()
        };
        Self { clients: 240, addresses: 4, limits }
    }

    /// As many as somebody asks for, with the limits of the host.
    fn of_script() -> Option<Self> {
        let clients = std::env::var("TOOLBAY_TEST_SLOW_CLIENTS").ok()?.parse().unwrap();
        Some(Self { clients, addresses: 25, limits: ServerLimits::default() })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_disturb_nobody_and_are_closed_and_hold_up_no_shutdown() {
    let scale = Scale::of_script().unwrap_or_else(Scale::of_suite);
    let settings = ServerSettings {
        limits: scale.limits.clone(),
        loopback: Loopback::Counted,
        ..ServerSettings::default()
    };
    // Connections are what this is about: with rates, nobody could ask as often as good clients do here.
    let rates = RateSettings { address: None, wrong_tokens: None, principal: None };
    let host = Host::behind(EdgeSettings { rates, ..EdgeSettings::default() });
    // Loopback would buffer some megabytes for each connection, which no other network does.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(64 * 1024).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1024).unwrap();
    let running = serve_on(listener, CancellationToken::new(), host.router.clone(), settings);

    let alone = Good::start(running.address).await_for(Duration::from_secs(1)).await;
    let good = Good::start(running.address);
    let begun = Instant::now();
    let mut slow = open(&scale, running.address).await;
    let opened = begun.elapsed();
    let mut table = String::new();
    let mut closed = Vec::new();
    while let Some(one) = slow.join_next().await {
        closed.push(one.unwrap());
    }
    let beside = good.stop().await;
    for kind in Slow::ALL {
        let mut times: Vec<Duration> =
            closed.iter().filter(|(of, _)| *of == kind).map(|(_, time)| *time).collect();
        times.sort_unstable();
        let (first, last) = (times[0], times[times.len() - 1]);
        let limit = kind.limit(&scale.limits);
        writeln!(
            table,
            "{:<14} {:>6} {limit:>10.1?} {first:>12.1?} {:>12.1?} {last:>12.1?}",
            format!("{kind:?}"),
            times.len(),
            times[times.len() / 2]
        )
        .unwrap();
        assert!(first >= limit / 2, "{kind:?} was closed after {first:?}, before its limit of {limit:?}");
        assert!(
            last <= limit + LATE,
            "{kind:?} was closed after {last:?}, long after its limit of {limit:?}"
        );
    }
    assert!(beside.slowest < LATE, "a good client waited {:?}", beside.slowest);

    // Another round of them, and then a stop: it takes the time to drain, and not that of whoever is slowest.
    let _slow = open(&scale, running.address).await;
    let stopping = Instant::now();
    running.shutdown.cancel();
    running.server.await.unwrap();
    let stopped = stopping.elapsed();
    assert!(stopped < scale.limits.drain + Duration::from_secs(4), "the shutdown took {stopped:?}");

    println!(
        "\n{} slow clients from {} addresses, opened within {opened:.1?}\n\n\
         {:<14} {:>6} {:>10} {:>12} {:>12} {:>12}\n{table}\n\
         good clients     calls   median     99 in 100    slowest\n{alone}\n{beside}\n\n\
         shutdown with {} slow clients: {stopped:.1?}\n",
        scale.clients,
        scale.addresses,
        "slow client",
        "count",
        "limit",
        "first closed",
        "median",
        "last closed",
        scale.clients,
    );
}

/// Opens all of them; each tells when it was closed.
async fn open(scale: &Scale, to: SocketAddr) -> JoinSet<(Slow, Duration)> {
    let mut slow = JoinSet::new();
    for number in 0..scale.clients {
        let kind = Slow::ALL[number % Slow::ALL.len()];
        let from = format!("127.0.0.{}:0", 2 + number / Slow::ALL.len() % scale.addresses);
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        socket.bind(from.parse().unwrap()).unwrap();
        let mut stream = socket.connect(to).await.unwrap();
        stream.write_all(kind.sent().as_bytes()).await.unwrap();
        slow.spawn(async move { (kind, closed(kind, stream).await) });
    }
    slow
}

/// The time until a client is closed.
async fn closed(kind: Slow, mut stream: TcpStream) -> Duration {
    let begun = Instant::now();
    if kind == Slow::NeverReading {
        // It looks whether the connection still is, and reads nothing.
        while stream.take_error().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    } else {
        // A reset is an end, too.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    begun.elapsed()
}

/// Clients that mean well and call a tool over and over.
struct Good {
    stop: CancellationToken,
    clients: Vec<JoinHandle<Vec<Duration>>>,
}

impl Good {
    fn start(host: SocketAddr) -> Self {
        let stop = CancellationToken::new();
        let clients = (0..GOOD_CLIENTS).map(|_| tokio::spawn(calls(host, stop.clone()))).collect();
        Self { stop, clients }
    }

    async fn await_for(self, time: Duration) -> Times {
        tokio::time::sleep(time).await;
        self.stop().await
    }

    async fn stop(self) -> Times {
        self.stop.cancel();
        let mut times = Vec::new();
        for client in self.clients {
            times.extend(client.await.unwrap());
        }
        times.sort_unstable();
        let at = |share: usize| times[times.len() * share / 100];
        Times { calls: times.len(), median: at(50), most: at(99), slowest: times[times.len() - 1] }
    }
}

/// Calls until it is stopped: every tenth over a new connection, since a host that is full refuses new ones first.
async fn calls(host: SocketAddr, stop: CancellationToken) -> Vec<Duration> {
    let body = r#"{"a":1,"b":2}"#;
    let request = format!(
        "POST /v1/tools/add HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {OPERATOR}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut times = Vec::new();
    while !stop.is_cancelled() {
        let mut begun = Instant::now();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{GOOD}:0").parse().unwrap()).unwrap();
        let mut stream = socket.connect(host).await.unwrap();
        for _ in 0..10 {
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"}}") {
                assert_ne!(
                    stream.read_buf(&mut answer).await.unwrap(),
                    0,
                    "the connection of a good client was closed"
                );
            }
            assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&answer));
            times.push(begun.elapsed());
            begun = Instant::now();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    times
}

/// How long good clients waited for their answers.
struct Times {
    calls: usize,
    median: Duration,
    most: Duration,
    slowest: Duration,
}

impl std::fmt::Display for Times {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { calls, median, most, slowest } = self;
        write!(formatter, "{:<14} {calls:>7} {median:>8.1?} {most:>13.1?} {slowest:>10.1?}", "")
    }
}
