//! How the MCP servers of a host are, in the form in which it is told to commands and operators.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toolbay_kernel::administration::UpstreamHealth;
use toolbay_kernel::printable;
use toolbay_upstream::{Health, Upstreams};

/// Longest failure that is told, in bytes.
const MAX_WORDS: usize = 300;

/// How each server is now.
pub(crate) fn of(upstreams: &Upstreams) -> Vec<UpstreamHealth> {
    let reports = upstreams.reports().into_iter();
    reports
        .map(|(name, report)| {
            let failure = report.last_failure;
            UpstreamHealth {
                name: name.to_string(),
                state: state(&report.health).to_owned(),
                since: second(report.since),
                last_failure: failure.as_ref().map(|failure| printable::line(&failure.why, MAX_WORDS)),
                last_failure_at: failure.map(|failure| second(failure.at)),
                p50_ms: report.median.map(|median| u64::try_from(median.as_millis()).unwrap_or(u64::MAX)),
                calls: report.timed,
                changed: report.changed,
            }
        })
        .collect()
}

fn state(health: &Health) -> &'static str {
    match health {
        Health::Untried => "untried",
        Health::Connected => "connected",
        Health::Away { .. } => "away",
    }
}

fn second(moment: OffsetDateTime) -> String {
    let moment = moment.replace_nanosecond(0).unwrap_or(moment);
    moment.format(&Rfc3339).unwrap_or_default()
}
