//! What ends a statement: its time, the memory that it takes, and a caller who has left.

use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::{Connection, InterruptHandle};

use crate::failure::Failure;

/// Steps of SQLite's machine between two looks: some microseconds, unless a step works on a large value.
const STEPS: c_int = 1_000;

/// Memory of all SQLite connections of this process together, in bytes. What a statement sorts and collects is kept in memory: temporary
/// files would fill a disk.
const MAX_MEMORY: i64 = 256 * 1024 * 1024;

/// Why a statement was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Time,
    Left,
    Memory,
}

/// Watches the statements of one request.
pub(super) struct Watch {
    until: Instant,
    has_left: AtomicBool,
    end: Mutex<Option<End>>,
    /// What ends a step that takes long, such as a count, while there are statements.
    running: Mutex<Option<InterruptHandle>>,
}

/// Ends a request's statements when it is dropped: nobody waits for them any more.
pub(super) struct Leaves(Arc<Watch>);

impl Drop for Leaves {
    fn drop(&mut self) {
        self.0.has_left.store(true, Ordering::Relaxed);
        self.0.interrupt();
    }
}

impl Watch {
    pub(super) fn new(until: Instant) -> Self {
        Self { until, has_left: AtomicBool::new(false), end: Mutex::new(None), running: Mutex::new(None) }
    }

    pub(super) fn leave_on_drop(self: &Arc<Self>) -> Leaves {
        Leaves(Arc::clone(self))
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Looks at each of a connection's statements from now on.
    pub(super) fn put(self: &Arc<Self>, connection: &Connection) -> rusqlite::Result<()> {
        *self.running.lock() = Some(connection.get_interrupt_handle());
        let watch = Arc::clone(self);
        connection.progress_handler(STEPS, Some(move || watch.must_end()))
    }

    pub(super) fn remove(&self, connection: &Connection) -> rusqlite::Result<()> {
        *self.running.lock() = None;
        connection.progress_handler(0, None::<fn() -> bool>)
    }

    /// Ends what is running, where it must end.
    pub(super) fn interrupt(&self) {
        if self.must_end()
            && let Some(running) = &*self.running.lock()
        {
            running.interrupt();
        }
    }

    /// Refuses to go on where a statement would be ended.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.must_end() { Err(self.failure()) } else { Ok(()) }
    }

    /// Why a statement was ended.
    pub(super) fn failure(&self) -> Failure {
        match *self.end.lock() {
            Some(End::Left) => Failure::Left,
            Some(End::Memory) => Failure::Memory,
            Some(End::Time) | None => Failure::Time,
        }
    }

    /// Whether a statement must end.
    pub(super) fn must_end(&self) -> bool {
        let end = if self.has_left.load(Ordering::Relaxed) {
            End::Left
        } else if Instant::now() >= self.until {
            End::Time
        } else if memory_used() > MAX_MEMORY {
            End::Memory
        } else {
            return false;
        };
        self.end.lock().get_or_insert(end);
        true
    }
}

/// Bytes that SQLite holds in this process.
#[expect(unsafe_code, reason = "no safe function asks for it")]
fn memory_used() -> i64 {
    // SAFETY: it takes nothing, and SQLite guards the number that it answers.
    unsafe { rusqlite::ffi::sqlite3_memory_used() }
}
