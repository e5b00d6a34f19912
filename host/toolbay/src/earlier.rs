//! What calls of an earlier process have made, for a gate that must not take it for what its own writes make.

use std::time::Duration;

use time::OffsetDateTime;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::recovery::Earlier;
use toolbay_store::{AuditQuery, MAX_AUDIT_ROWS, Store};

/// How far back it matters: longer than a look takes something for new.
const LATELY: Duration = Duration::from_secs(600);

/// Pages of the audit log that are read; what more calls have made in that time isn't known.
const MAX_PAGES: usize = 10;

/// Reads it from the audit log.
///
/// # Errors
///
/// When the store fails.
pub(crate) async fn earlier(store: &Store) -> Result<Earlier, StoreError> {
    let since = OffsetDateTime::now_utc() - LATELY;
    let mut earlier = Earlier::default();
    let mut before = None;
    for _ in 0..MAX_PAGES {
        let query = AuditQuery { limit: MAX_AUDIT_ROWS, before, principal: None, tool: None };
        let rows = store.audit(query).await?;
        let Some(last) = rows.last() else { break };
        before = Some(last.start.call);
        let is_all = last.started_at < since;
        for row in rows {
            let at = row.end.as_ref().map_or(row.started_at, |(ended_at, _)| *ended_at);
            if at < since {
                continue;
            }
            earlier.until = earlier.until.max(Some(at));
            earlier.ids.extend(row.end.into_iter().flat_map(|(_, end)| end.touched));
        }
        if is_all {
            break;
        }
    }
    Ok(earlier)
}
