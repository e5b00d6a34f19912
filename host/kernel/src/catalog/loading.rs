//! How far a source is with what it found at its start.

use serde_json::json;

use crate::problem::{Code, Problem};

/// Seconds after which it is worth asking again: a plugin takes about as long to compile.
const ASK_AGAIN_SECONDS: u64 = 2;

/// How much of what was there at the start has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loading {
    /// What is published or refused by now.
    pub read: usize,
    /// What there is; zero as long as nobody has looked.
    pub all: usize,
}

impl Loading {
    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self { read: self.read + other.read, all: self.all + other.all }
    }

    /// The refusal of something that may still come.
    #[must_use]
    pub fn problem(self, what: &str) -> Problem {
        let Self { read, all } = self;
        let message = match all {
            0 => format!("{what}: the host has just started, and reads its plugins"),
            _ => format!("{what}: the host has just started, and has compiled {read} of {all} plugins"),
        };
        Problem::new(Code::Unavailable, message)
            .hint(format!("ask again in {ASK_AGAIN_SECONDS} s; tools are there as they come"))
            .details(json!({
                "retry_after_seconds": ASK_AGAIN_SECONDS,
                "plugins_compiled": read,
                "plugins": all,
            }))
    }
}
