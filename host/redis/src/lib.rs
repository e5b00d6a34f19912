//! Rate windows of several hosts in Redis, where `REDIS_URL` names a server.
//!
//! They are the port's ([`RateWindows`](toolbay_kernel::rate_windows::RateWindows)), with the same decisions as in PostgreSQL: what one host
//! takes counts for all. Nothing else is kept in Redis, and nothing rests on it. A host that gets no answer goes on with a share of its own
//! ([`SharedPermits`](toolbay_kernel::SharedPermits)), and a server that has forgotten says so.
//!
//! # What lies there
//!
//! Ids of connections and tokens, numbers and times; never a name, a content or a secret. Each key begins with `toolbay:` and expires by
//! itself.

mod fault;
mod link;
mod look;
mod question;
mod url;
mod windows;

pub use crate::look::{RedisLook, look};
pub use crate::url::{NotARedisUrl, RedisUrl};
pub use crate::windows::RedisWindows;
