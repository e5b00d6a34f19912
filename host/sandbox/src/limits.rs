//! The bounds of a guest, with the reason for each number. What the door bounds stands in the kernel.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Largest component, in bytes. A Rust plugin has 50 to 500 KB; language runtimes that need 12 MB and more want a
/// decision of the operator that doesn't exist yet.
pub const MAX_COMPONENT: usize = 8 * 1024 * 1024;

/// What one call of a plugin may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestLimits {
    /// Bytes of linear memory, all memories together.
    pub memory_bytes: usize,
    /// CPU time of the thread that runs the guest; waiting costs nothing.
    pub cpu: Duration,
    /// Bytes of an answer: its data as JSON text and its other content.
    pub output_bytes: usize,
}

impl Default for GuestLimits {
    fn default() -> Self {
        Self { memory_bytes: 64 * 1024 * 1024, cpu: Duration::from_secs(5), output_bytes: 4 * 1024 * 1024 }
    }
}

impl GuestLimits {
    /// The most that a manifest can ask for.
    #[must_use]
    pub fn highest() -> Self {
        Self { memory_bytes: 256 * 1024 * 1024, cpu: Duration::from_secs(30), output_bytes: 4 * 1024 * 1024 }
    }

    /// The smaller of each.
    #[must_use]
    pub fn at_most(self, other: Self) -> Self {
        Self {
            memory_bytes: self.memory_bytes.min(other.memory_bytes),
            cpu: self.cpu.min(other.cpu),
            output_bytes: self.output_bytes.min(other.output_bytes),
        }
    }
}

/// What the host gives to all plugins together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxLimits {
    /// No call gets more than this, whatever its plugin's manifest asks for.
    pub guest: GuestLimits,
    /// Guests that exist at the same time: the size of the pool. Each holds about 8 GiB of address space, of which
    /// 47 bits give 128 TiB, and no memory until it is used.
    pub guests: usize,
    /// Calls of one plugin that run at the same time, so that one plugin can't take the whole pool.
    pub calls_of_a_plugin: usize,
    /// Bytes of linear memory of all running calls of one plugin together.
    pub memory_of_a_plugin: usize,
    /// How long a call waits for a slot before it is told that there is none. Short, since a tool that waits for a
    /// tool holds a slot itself.
    pub wait_for_a_slot: Duration,
    /// Threads for guests that have used more than a moment of CPU time.
    pub slow_lane_threads: usize,
}

impl Default for SandboxLimits {
    fn default() -> Self {
        Self {
            guest: GuestLimits::highest(),
            guests: 1_000,
            calls_of_a_plugin: 64,
            memory_of_a_plugin: 512 * 1024 * 1024,
            wait_for_a_slot: Duration::from_secs(5),
            slow_lane_threads: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

/// Time between two ticks of the epoch: a guest gives way to others this often.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// CPU time after which a guest that a tick interrupts goes on in the slow lane. A small guest's whole life takes a
/// hundredth of it.
pub(crate) const MOMENT: Duration = Duration::from_millis(5);

/// How long a tool that needed the slow lane starts there.
pub(crate) const SLOW_FOR: Duration = Duration::from_secs(10);

/// Bytes of WebAssembly stack. Measured to be enough for parsers at their own depth limits.
pub(crate) const STACK_BYTES: usize = 256 * 1024;

/// Bytes that a guest may hand over in one host call, and in an answer.
pub(crate) const HOST_CALL_BYTES: usize = 8 * 1024 * 1024;

/// Handles that a guest may hold. The contract has no resources, so that any would do.
pub(crate) const HANDLES: usize = 100;

/// Elements of a table; a Rust guest has one for each function whose address is taken.
pub(crate) const TABLE_ELEMENTS: usize = 10_000;

/// Core instances of one guest: wit-component makes three.
pub(crate) const CORE_INSTANCES: usize = 16;

/// Tables of one guest.
pub(crate) const TABLES: usize = 8;

/// Linear memories of one guest.
pub(crate) const MEMORIES: usize = 2;

/// Calls of host functions in one call: ends a guest that floods the host faster than its CPU time does.
pub(crate) const HOST_CALLS: u32 = 100_000;

/// Requests or invocations in one `send-all` or `invoke-all`; the door allows no more effects in a whole call.
pub(crate) const BATCH: usize = 100;

/// How many of a batch are on their way at the same time.
pub(crate) const BATCH_AT_ONCE: usize = 8;

/// Random bytes in one call of `random-bytes`.
pub(crate) const RANDOM_BYTES: u32 = 1_024;

/// Lines of log in one call; later ones are dropped.
pub(crate) const LOG_LINES: u32 = 1_000;

/// Bytes of log in one call; later ones are dropped.
pub(crate) const LOG_BYTES: usize = 64 * 1024;

/// Bytes of one line of log; the rest is cut.
pub(crate) const LOG_LINE_BYTES: usize = 4 * 1024;

/// Bytes of the place of a panic, a path and a line, as a caller is told it.
pub(crate) const PANIC_PLACE_BYTES: usize = 200;

/// Bytes of a progress message.
pub(crate) const PROGRESS_BYTES: usize = 512;

/// Bytes of a key of a plugin's state.
pub(crate) const STATE_KEY_BYTES: usize = 256;

/// Bytes of a value of a plugin's state, as JSON.
pub(crate) const STATE_VALUE_BYTES: usize = 64 * 1024;

/// Keys that a plugin may keep on one connection.
pub(crate) const STATE_KEYS: u32 = 1_000;

/// Bytes of the details of a guest's problem, as JSON.
pub(crate) const DETAILS_BYTES: usize = 16 * 1024;

/// Values in one JSON text of a guest. A parsed value takes some 72 bytes, however short its text: without this bound
/// 4 MiB of `0,` would take 150 MiB of the host.
pub(crate) const JSON_VALUES: usize = 250_000;

/// Levels of arrays and objects in one JSON text of a guest.
pub(crate) const JSON_DEPTH: usize = 64;

/// Tools of one plugin.
pub(crate) const TOOLS: usize = 64;

/// Parts of an answer that aren't JSON.
pub(crate) const CONTENT_PARTS: usize = 32;

/// CPU time of a guest that is asked for its tools when it is installed.
pub(crate) const INSTALL_CPU: Duration = Duration::from_secs(2);
