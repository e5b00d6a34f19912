//! The log levels that legacy clients asked for with `logging/setLevel`.
#![expect(
    deprecated,
    reason = "the protocol deprecates logging, and clients of every released revision use it"
)]

use std::time::Duration;

use moka::future::Cache;
use rmcp::model::LoggingLevel;
use toolbay_kernel::PrincipalId;
use toolbay_kernel::progress::LogLevel;

/// Principals whose level is remembered; the ones that were idle longest are forgotten first.
const MAX_PRINCIPALS: u64 = 10_000;

/// How long a level is remembered after it was last needed.
const IDLE: Duration = Duration::from_secs(3_600);

/// The level of each principal that has set one. A client has no identity of its own without a session; its principal
/// has, and a level decides only about lines of that principal's own calls.
pub(super) struct Levels {
    of: Cache<PrincipalId, LoggingLevel>,
}

impl Levels {
    pub(super) fn new() -> Self {
        Self { of: Cache::builder().max_capacity(MAX_PRINCIPALS).time_to_idle(IDLE).build() }
    }

    pub(super) async fn set(&self, principal: PrincipalId, level: LoggingLevel) {
        self.of.insert(principal, level).await;
    }

    pub(super) async fn get(&self, principal: PrincipalId) -> Option<LoggingLevel> {
        self.of.get(&principal).await
    }
}

/// The level of a tool's line in the words of MCP.
pub(super) fn published(level: LogLevel) -> LoggingLevel {
    match level {
        LogLevel::Trace | LogLevel::Debug => LoggingLevel::Debug,
        LogLevel::Info => LoggingLevel::Info,
        LogLevel::Warn => LoggingLevel::Warning,
        LogLevel::Error => LoggingLevel::Error,
    }
}

/// Whether a line of this level is wanted by who asked for that level.
pub(super) fn reaches(level: LoggingLevel, wanted: LoggingLevel) -> bool {
    severity(level) >= severity(wanted)
}

fn severity(level: LoggingLevel) -> u8 {
    match level {
        LoggingLevel::Debug => 0,
        LoggingLevel::Info => 1,
        LoggingLevel::Notice => 2,
        LoggingLevel::Warning => 3,
        LoggingLevel::Error => 4,
        LoggingLevel::Critical => 5,
        LoggingLevel::Alert => 6,
        LoggingLevel::Emergency => 7,
    }
}
