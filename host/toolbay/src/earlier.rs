//! What an earlier process has made, for a gate that must not take it for what its own writes make.

use std::time::Duration;

use time::OffsetDateTime;
use toolbay_kernel::audit::Act;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::recovery::Earlier;
use toolbay_store::{AuditQuery, AuditScope, MAX_AUDIT_EVENTS, Store};

/// How far back it matters: longer than a look takes something for new.
const LATELY: Duration = Duration::from_secs(600);

/// Pages of the audit that are read; what more calls have made in that time isn't known.
const MAX_PAGES: usize = 30;

/// Reads it from the audit.
///
/// # Errors
///
/// When the store fails.
pub(crate) async fn earlier(store: &Store) -> Result<Earlier, StoreError> {
    let since = OffsetDateTime::now_utc() - LATELY;
    let mut earlier = Earlier::default();
    let mut before = None;
    for _ in 0..MAX_PAGES {
        let query = AuditQuery { before, ..AuditQuery::newest(AuditScope::Everything, MAX_AUDIT_EVENTS) };
        let events = store.audit(query).await?;
        let Some(last) = events.last() else { break };
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
                | Act::Job { .. }
                | Act::Key { .. }
                | Act::Audit { .. } => continue,
            };
            earlier.until = earlier.until.max(Some(recorded.at));
            earlier.ids.extend(made);
        }
        if is_all {
            break;
        }
    }
    Ok(earlier)
}
