//! A Redis server of a test's own, on a free port of this machine, with a folder that goes with it.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;
use tokio::time::sleep;
use toolbay_kernel::rate_windows::{RateWindow, RateWindows};
use toolbay_kernel::run::Priority;
use toolbay_redis::RedisWindows;

pub(crate) const PASSWORD: &str = "canary-redis-password";

/// The shell around the server waits for the end of its input, which comes when this process ends, however it ends, or when the test ends
/// the server; then it kills it by its id.
const SUPERVISOR: &str = r#"
set -eu
redis-server "$@" > /dev/null &
server=$!
trap '{ kill -KILL "$server"; wait "$server"; } 2>/dev/null || true' EXIT
trap : HUP INT PIPE TERM
cat > /dev/null || true
"#;

pub(crate) struct RedisServer {
    port: u16,
    folder: TempDir,
    supervisor: Option<Child>,
}

/// A new server, where one was asked for.
pub(crate) async fn server() -> Option<RedisServer> {
    match std::env::var("TOOLBAY_TEST_REDIS") {
        Ok(value) if value == "1" => {}
        Ok(value) => panic!("TOOLBAY_TEST_REDIS is `{value}`; set it to 1, or not at all"),
        Err(_) => return None,
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = RedisServer { port, folder: tempfile::tempdir().unwrap(), supervisor: None };
    server.start().await;
    Some(server)
}

impl RedisServer {
    /// Starts it, with what it has kept.
    pub(crate) async fn start(&mut self) {
        let port = self.port.to_string();
        let arguments = ["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"];
        let supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "redis-for-tests"])
            .args(arguments)
            .args(["--requirepass", PASSWORD])
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        self.supervisor = Some(supervisor);
        let end = Instant::now() + Duration::from_secs(30);
        while self.connection().await.is_err() {
            assert!(Instant::now() < end, "the Redis server didn't start; is it installed?");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it as a crash does.
    pub(crate) fn crash(&mut self) {
        let Some(mut supervisor) = self.supervisor.take() else { return };
        // The end of its input ends it.
        drop(supervisor.stdin.take().map(|mut input| input.flush()));
        supervisor.wait().unwrap();
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}/1", self.port)
    }

    /// The windows as one more host sees them.
    pub(crate) fn windows(&self) -> Arc<RedisWindows> {
        Arc::new(RedisWindows::new(&self.url().parse().unwrap(), None))
    }

    /// A way behind the adapter's back.
    pub(crate) async fn connection(&self) -> redis::RedisResult<MultiplexedConnection> {
        redis::Client::open(self.url())?.get_multiplexed_async_connection().await
    }

    pub(crate) async fn ask<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut asked = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            asked.arg(word);
        });
        asked.query_async(&mut self.connection().await.unwrap()).await.unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.crash();
    }
}

/// A window of ten places in a minute.
pub(crate) fn window() -> RateWindow {
    RateWindow {
        key: "a".to_owned(),
        priority: Priority::Interactive,
        length: Duration::from_secs(60),
        places: 10,
        burst: 10,
        interval: Duration::ZERO,
        longest_use: Duration::from_secs(30),
    }
}

/// Takes a permit, from when the server answers.
pub(crate) async fn take_soon(windows: &RedisWindows) -> toolbay_kernel::rate_windows::Taken {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match windows.take(&window(), 1, None).await {
            Ok(taken) => return taken,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}
