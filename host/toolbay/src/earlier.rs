//! What an earlier process has made, for a gate that must not take it for what its own writes make.

use std::time::Duration;

use time::OffsetDateTime;
use toolbay_kernel::audit::Act;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::recovery::Earlier;
use toolbay_store::{AuditQuery, AuditScope, MAX_AUDIT_EVENTS, Store};

/// How far back it matters: longer than a look takes something for new.
const LATELY: Duration = Duration::from_secs(600);

/// Open writes older than this are not looked for any more.
const MAX_OPEN: Duration = Duration::from_secs(24 * 3_600);

/// How long before a write was sent things are taken for its own.
const BEFORE: Duration = Duration::from_secs(180);

/// Pages of the audit that are read; what more calls have made in that time isn't known.
const MAX_PAGES: usize = 30;

/// Reads it from the audit.
///
/// # Errors
///
/// When the store fails.
pub(crate) async fn earlier(store: &Store) -> Result<Earlier, StoreError> {
    let lately = OffsetDateTime::now_utc() - LATELY;
    // What a crash left open is looked for beside all that was made since.
    let since = match store.oldest_open_write(MAX_OPEN).await? {
        Some(sent_at) => lately.min(sent_at - BEFORE),
        None => lately,
    };
    let mut earlier = Earlier { from: Some(since), ..Earlier::default() };
    let mut before = None;
    for _ in 0..MAX_PAGES {
        let query = AuditQuery { before, ..AuditQuery::newest(AuditScope::Everything, MAX_AUDIT_EVENTS) };
        let events = store.audit(query).await?;
        let Some(last) = events.last().cloned() else {
            return Ok(Earlier { from: Some(since), ..earlier });
        };
        before = Some(last.seq);
        let is_all = last.at < since;
        for recorded in events.into_iter().filter(|recorded| recorded.at >= since) {
            let made = match recorded.event.act {
                Act::CallStarted(_) => Vec::new(),
                Act::CallEnded(ended) => ended.touched,
                Act::Effect(effect) => effect.ids,
                Act::Grant { .. }
                | Act::Token { .. }
                | Act::Client { .. }
                | Act::Consent { .. }
                | Act::Session { .. }
                | Act::Connection { .. }
                | Act::Plugin { .. }
                | Act::Upstream { .. }
                | Act::Job { .. }
                | Act::Key { .. }
                | Act::Audit { .. } => continue,
            };
            earlier.until = earlier.until.max(Some(recorded.at));
            earlier.ids.extend(made);
        }
        if is_all {
            return Ok(Earlier { from: Some(since), ..earlier });
        }
        earlier.from = Some(last.at);
    }
    Ok(earlier)
}
