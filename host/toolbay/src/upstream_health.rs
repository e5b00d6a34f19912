//! How the MCP servers of a host are, in the form in which it is told to commands.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toolbay_kernel::printable;
use toolbay_upstream::{Health, Upstreams};

/// Longest failure that is told, in bytes.
const MAX_WORDS: usize = 300;

/// How one server is and has been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UpstreamHealth {
    pub(crate) name: String,
    /// `connected`, `away`, or `untried`.
    pub(crate) state: String,
    /// Since when, as RFC 3339.
    pub(crate) since: String,
    /// What went wrong last, also when all is well since.
    pub(crate) last_failure: Option<String>,
    pub(crate) last_failure_at: Option<String>,
    /// The time in which half of the last calls were answered, in milliseconds.
    pub(crate) p50_ms: Option<u64>,
    /// How many calls that is of.
    pub(crate) calls: usize,
}

impl UpstreamHealth {
    /// Whether its tools can't be called now.
    pub(crate) fn is_away(&self) -> bool {
        self.state == "away"
    }

    /// The same in a line.
    pub(crate) fn in_words(&self) -> String {
        let mut words = format!("{} {} since {}", self.name, self.state, self.since);
        if let Some(p50_ms) = self.p50_ms {
            words.push_str(&format!(", p50 {p50_ms} ms of {} calls", self.calls));
        }
        if let Some(failure) = &self.last_failure {
            let at = self.last_failure_at.as_deref().unwrap_or_default();
            words.push_str(&format!(", last failure at {at}: {failure}"));
        }
        words
    }
}

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
