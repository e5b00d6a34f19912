//! The numbers by which a journal knows what a call asked for.

use std::sync::atomic::{AtomicU32, Ordering};

/// Numbers what a call asks the host for, in the order in which it asks. The same call asks in the same order again.
pub(crate) struct Position {
    /// The number of the call in those around it.
    within: Option<String>,
    next: AtomicU32,
}

impl Position {
    pub(crate) fn within(outer: Option<&str>) -> Self {
        Self { within: outer.map(str::to_owned), next: AtomicU32::new(0) }
    }

    pub(crate) fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        match &self.within {
            None => number.to_string(),
            Some(outer) => format!("{outer}.{number}"),
        }
    }
}
