//! The adapter, on a Redis server that it starts itself: with `TOOLBAY_TEST_REDIS=1`, else only what needs none.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the whole program is a test: failing fast is right")]

mod away;
mod kept;
mod server;
mod windows;
