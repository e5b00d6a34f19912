//! What an operator's commands look at.

use tokio::time::timeout;
use toolbay_kernel::ports::{StoreError, StoreErrorKind};

use crate::fault::{failed, silent};
use crate::link::{LONGEST, Link, told_of};
use crate::question::{LOOK, Question};
use crate::url::RedisUrl;
use crate::windows::KNOWN;

/// A server that answers, and runs scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisLook {
    /// As it says itself.
    pub version: String,
    /// How it makes room when it is full, where it has a bound and would take windows that hosts count on.
    pub evicts: Option<String>,
}

/// Looks at a server, and changes nothing.
///
/// # Errors
///
/// When it doesn't answer, doesn't let the host in, or refuses what the windows need.
pub async fn look(url: &RedisUrl) -> Result<RedisLook, StoreError> {
    let link = Link::new(url.client.clone());
    link.ask(Question::new(&LOOK, KNOWN.to_owned())).await?;
    let mut open = link.open().await?;
    let info = redis::cmd("INFO");
    let told: String = match timeout(LONGEST, info.query_async(&mut open.connection)).await {
        Ok(told) => told.map_err(|error| failed(&error))?,
        Err(_) => return Err(silent("it answers one question and not the next")),
    };
    if told_of(&told, "role") == Some("slave") {
        return Err(StoreError::new(
            StoreErrorKind::Refused,
            "Redis: it is a copy of another server, and takes no writes",
        ));
    }
    let is_bounded = told_of(&told, "maxmemory").is_some_and(|bytes| bytes != "0");
    let policy = told_of(&told, "maxmemory_policy").filter(|policy| is_bounded && *policy != "noeviction");
    let version = told_of(&told, "redis_version").unwrap_or("of an unknown version");
    Ok(RedisLook { version: version.to_owned(), evicts: policy.map(str::to_owned) })
}
