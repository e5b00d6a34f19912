//! The steps of a recorded call at which a test may end the process, as a loss of power would.
//!
//! Only a build with debug assertions has them. `TOOLBAY_TEST_FAIL_POINT=sent:2` ends it when the second answer to a write has come and
//! nothing was made of it yet, counted from the first call that is recorded.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailPoint {
    /// A transaction of the store is about to be committed.
    Committing,
    /// It is committed, and nobody knows yet.
    Committed,
    /// A write is recorded, and about to be sent.
    Sending,
    /// Its answer has come, and isn't recorded.
    Sent,
    /// The call's end is recorded, and nobody was answered.
    Answering,
}

/// Which passage of which step ends the process.
struct Wanted {
    point: FailPoint,
    passage: u32,
}

static IS_COUNTED: AtomicBool = AtomicBool::new(false);
static PASSAGES: AtomicU32 = AtomicU32::new(0);

impl FailPoint {
    const ALL: [(&str, Self); 5] = [
        ("committing", Self::Committing),
        ("committed", Self::Committed),
        ("sending", Self::Sending),
        ("sent", Self::Sent),
        ("answering", Self::Answering),
    ];

    /// Ends the process if a test wants it to end here.
    pub fn pass(self) {
        if cfg!(debug_assertions)
            && IS_COUNTED.load(Ordering::Relaxed)
            && let Some(wanted) = wanted()
            && wanted.point == self
            && PASSAGES.fetch_add(1, Ordering::Relaxed) + 1 == wanted.passage
        {
            std::process::abort();
        }
    }

    /// A call is about to be recorded: from here on passages count.
    pub(crate) fn count() {
        if cfg!(debug_assertions) {
            IS_COUNTED.store(true, Ordering::Relaxed);
        }
    }
}

fn wanted() -> Option<&'static Wanted> {
    static WANTED: OnceLock<Option<Wanted>> = OnceLock::new();
    let read = || {
        let text = std::env::var("TOOLBAY_TEST_FAIL_POINT").ok()?;
        let (name, passage) = text.split_once(':')?;
        let (_, point) = FailPoint::ALL.into_iter().find(|(known, _)| *known == name)?;
        Some(Wanted { point, passage: passage.parse().ok()? })
    };
    WANTED.get_or_init(read).as_ref()
}
