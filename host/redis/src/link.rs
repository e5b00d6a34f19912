//! The one connection to a server. It is made when it is needed, and left when anything fails: what is asked next makes another one.
//!
//! A connection that has become silent is no failure to the system for many minutes. So each answer has a bound, and a connection that was idle
//! for a while is tried before it is trusted.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisResult};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use toolbay_kernel::ports::StoreError;

use crate::fault::{failed, silent};
use crate::question::Question;

/// How long connecting may take, and an answer. Requests wait for it, and [`SharedPermits`](toolbay_kernel::SharedPermits) waits no longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long all of a question may take: waiting for others that connect, connecting, and the answer.
pub(crate) const LONGEST: Duration = Duration::from_secs(3);

/// After so long without a question a connection is tried first: something on the way may have dropped it.
const TRUSTED: Duration = Duration::from_secs(20);

pub(crate) struct Link {
    client: Client,
    kept: Mutex<Option<Open>>,
}

/// A connection that is open.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) connection: MultiplexedConnection,
    /// Which run of the server's program it leads to. What a server knew before it was started is worth nothing.
    pub(crate) run: Arc<str>,
    opened: Instant,
    asked: Instant,
}

impl Link {
    pub(crate) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self { client, kept: Mutex::default() })
    }

    /// Asks, in bounded time.
    ///
    /// # Errors
    ///
    /// When there is no answer, or it is a refusal.
    pub(crate) async fn ask(self: &Arc<Self>, question: Question) -> Result<Vec<i64>, StoreError> {
        let link = Arc::clone(self);
        // In a task of its own: who asks may leave, and whether the connection still answers has to be found out all the same.
        let asking = tokio::spawn(async move { timeout(LONGEST, link.answer(&question)).await });
        match asking.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(silent(format_args!("no answer within {} s", LONGEST.as_secs()))),
            Err(ended) => Err(silent(ended)),
        }
    }

    /// The connection, for what is no question of the windows.
    pub(crate) async fn open(&self) -> Result<Open, StoreError> {
        let mut kept = self.kept.lock().await;
        if let Some(open) = kept.as_mut() {
            if open.asked.elapsed() < TRUSTED || open.answers().await {
                open.asked = Instant::now();
                return Ok(open.clone());
            }
            *kept = None;
        }
        let open = match timeout(PATIENCE, Open::to(&self.client)).await {
            Ok(opened) => opened.map_err(|error| failed(&error))?,
            Err(_) => return Err(silent(format_args!("no connection within {} s", PATIENCE.as_secs()))),
        };
        *kept = Some(open.clone());
        Ok(open)
    }

    async fn answer(&self, question: &Question) -> Result<Vec<i64>, StoreError> {
        let mut open = self.open().await?;
        let why = match timeout(PATIENCE, question.put_to(&mut open)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => failed(&error),
            Err(_) => silent(format_args!("no answer within {} s", PATIENCE.as_secs())),
        };
        // A refusal too: where another server has become the one that takes writes, the address leads there now.
        self.leave(&open).await;
        Err(why)
    }

    /// Leaves a connection, unless another one has been made meanwhile.
    async fn leave(&self, left: &Open) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|open| open.opened == left.opened) {
            *kept = None;
        }
    }
}

impl Open {
    async fn to(client: &Client) -> RedisResult<Self> {
        let bounds = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let mut connection = client.get_multiplexed_async_connection_with_config(&bounds).await?;
        let told: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let Some(run) = told_of(&told, "run_id") else {
            return Err((ErrorKind::UnexpectedReturnType, "the server doesn't say its `run_id`").into());
        };
        Ok(Self { connection, run: run.into(), opened: Instant::now(), asked: Instant::now() })
    }

    async fn answers(&mut self) -> bool {
        let ping = redis::cmd("PING");
        let asked = ping.query_async::<String>(&mut self.connection);
        matches!(timeout(PATIENCE, asked).await, Ok(Ok(_)))
    }
}

/// A value of what `INFO` tells.
pub(crate) fn told_of<'a>(told: &'a str, name: &str) -> Option<&'a str> {
    told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}
