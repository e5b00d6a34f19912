//! File descriptors: how many this process may have, and whether they are enough.
//!
//! A connection takes one. Without any left a host accepts nobody, opens no file and reaches no database, so the connections
//! end where the others begin.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use toolbay_gateway::ServerLimits;

/// What everything but the clients' connections takes: a dozen connections of either database and their files, those to
/// Notion, a hundred files of plugins that are being installed with the pipes of their compilers, and the runtime's own.
const BESIDE_CONNECTIONS: usize = 256;

/// Raises the process's limit as far as it may be, and fits the bounds into it.
pub(crate) fn fit(limits: ServerLimits) -> ServerLimits {
    let Some(available) = raise() else { return limits };
    let fitted = fitted(&limits, available);
    if fitted != limits {
        tracing::warn!(
            descriptors = available,
            wanted = wanted(&limits),
            connections = fitted.connections,
            connections_of_one = fitted.connections_of_one,
            "host.few_descriptors: it takes fewer connections than it could; raise the limit of open files (ulimit -Hn, \
             LimitNOFILE)"
        );
    }
    fitted
}

/// What a host with these bounds wants.
pub(crate) fn wanted(limits: &ServerLimits) -> usize {
    limits.connections + BESIDE_CONNECTIONS
}

/// What this process could have at most; none where there is no limit.
pub(crate) fn most() -> Option<usize> {
    getrlimit(Resource::Nofile).maximum.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// What this process may have; none where there is no limit.
fn raise() -> Option<usize> {
    let before = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: before.maximum, maximum: before.maximum };
    // Some systems say that there is no limit, and refuse to set that: the one in force stays.
    if before.current != before.maximum
        && let Err(error) = setrlimit(Resource::Nofile, raised)
    {
        tracing::debug!(%error, "host.descriptors_not_raised");
    }
    getrlimit(Resource::Nofile).current.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// The bounds that leave everything else its descriptors. One address never gets more than half of the connections, and there
/// is always at least one.
fn fitted(limits: &ServerLimits, available: usize) -> ServerLimits {
    let connections = limits.connections.min(available.saturating_sub(BESIDE_CONNECTIONS)).max(1);
    let of_one = if connections < limits.connections { (connections / 2).max(1) } else { connections };
    ServerLimits { connections, connections_of_one: limits.connections_of_one.min(of_one), ..limits.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_end_where_the_other_descriptors_begin() {
        let limits = ServerLimits::default();
        assert_eq!(fitted(&limits, 1_000_000), limits);
        assert_eq!(fitted(&limits, limits.connections + BESIDE_CONNECTIONS), limits);
        let bounds = |available| {
            let fitted = fitted(&limits, available);
            (fitted.connections, fitted.connections_of_one)
        };
        assert_eq!(bounds(1_024), (768, 256));
        assert_eq!(bounds(300), (44, 22));
        assert_eq!(bounds(64), (1, 1));
    }
}
