//! What a client prefers: the header `Prefer` of RFC 7240.
//!
//! `respond-async` says that the client takes a job in the place of the answer, `wait` how many seconds it waits for the
//! answer before that. All else is none that this host knows, and is left aside, as the RFC asks.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The request's header.
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The answer's header.
pub(crate) const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// A client's preference for an answer later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RespondAsync {
    /// How long it waits before it wants to be answered with a job; none is as long as a call may take.
    wait: Option<u32>,
}

impl RespondAsync {
    /// What the headers say; none where the client wants its answer at once.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(PREFER);
        let preferences: Vec<(String, String)> =
            lines.iter().filter_map(|line| line.to_str().ok()).flat_map(preferences).collect();
        // Of one that is there twice the first counts.
        let first =
            |wanted: &str| preferences.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        first("respond-async")?;
        Some(Self { wait: first("wait").and_then(|seconds| seconds.parse().ok()) })
    }

    /// How long the client waits for the answer.
    pub(crate) fn wait(self) -> Duration {
        self.wait.map_or(Duration::MAX, |seconds| Duration::from_secs(seconds.into()))
    }

    /// What was applied, in words of the header.
    pub(crate) fn applied(self) -> HeaderValue {
        let words = match self.wait {
            None => "respond-async".to_owned(),
            Some(seconds) => format!("respond-async, wait={seconds}"),
        };
        HeaderValue::try_from(words).unwrap_or_else(|_| HeaderValue::from_static("respond-async"))
    }
}

/// The preferences of a line, in lower case, each with its value; parameters are left aside. A comma within quotes ends no
/// preference.
fn preferences(line: &str) -> Vec<(String, String)> {
    let mut is_quoted = false;
    let parts = line.split(|character| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    });
    parts
        .filter_map(|part| {
            let preference = part.split(';').next()?;
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let value = value.trim().trim_matches('"').to_owned();
            Some((name.trim().to_ascii_lowercase(), value)).filter(|(name, _)| !name.is_empty())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Option<RespondAsync> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(PREFER, HeaderValue::from_str(line).unwrap());
        }
        RespondAsync::of(&headers)
    }

    #[test]
    fn the_header_reads_as_its_rfc_has_it() {
        let waits = |wait| Some(RespondAsync { wait });
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["return=minimal, wait=10"]), None);
        assert_eq!(read(&["respond-async"]), waits(None));
        assert_eq!(read(&["Respond-Async, WAIT = \"10\""]), waits(Some(10)));
        assert_eq!(read(&["wait=3", "foo=\"a, b\"; x, respond-async; y=1, wait=9"]), waits(Some(3)));
        assert_eq!(read(&["x=\"respond-async, wait=1\""]), None);
        for no_number in ["respond-async, wait=soon", "respond-async, wait=-1", "respond-async,wait"] {
            assert_eq!(read(&[no_number]), waits(None), "{no_number}");
        }
    }

    #[test]
    fn what_was_applied_is_said() {
        assert_eq!(RespondAsync { wait: None }.applied(), "respond-async");
        assert_eq!(RespondAsync { wait: Some(5) }.applied(), "respond-async, wait=5");
        assert_eq!(RespondAsync { wait: Some(5) }.wait(), Duration::from_secs(5));
    }
}
