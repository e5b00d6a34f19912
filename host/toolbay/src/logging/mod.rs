//! The log: on standard error, since standard output belongs to answers and to MCP over stdio.
//!
//! On a terminal it is for people, elsewhere one JSON object a line. A line is formatted where something happens and written by
//! a thread of the log's own ([`writer`]): whoever logs waits for nobody who reads.

pub(crate) mod levels;
mod writer;

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

pub(crate) use levels::{Level, Levels};
pub(crate) use writer::Flush;
use writer::{Form, Writer};

/// Starts the log, with these levels, and `default` where they say nothing. What it has taken is written when the answer is
/// dropped.
pub(crate) fn start(levels: &Levels, default: LevelFilter) -> Flush {
    let is_terminal = std::io::stderr().is_terminal();
    let (writer, flush) = Writer::start(std::io::stderr(), if is_terminal { Form::Text } else { Form::Json });
    let layer = fmt::layer().with_writer(writer);
    let layer = if is_terminal {
        let colour = std::env::var_os("NO_COLOR").is_none();
        layer.with_ansi(colour).with_target(false).boxed()
    } else {
        layer.json().with_current_span(false).with_span_list(false).boxed()
    };
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter(levels, default)));
    // A second start happens when a test calls two commands; the first log goes on.
    let _already_started = subscriber.try_init();
    flush
}

/// Where the protocol's library logs addresses of upstream servers, whatever their level: an operator's address may hold a key.
const ADDRESSES: [&str; 3] =
    ["rmcp::transport::worker", "rmcp::transport::streamable_http_client", "rmcp::transport::common"];

/// Where the library of PostgreSQL logs what a server notices, in words that whoever made a function there has chosen.
const NOTICES: &str = "sqlx::postgres::notice";

fn filter(levels: &Levels, default: LevelFilter) -> Targets {
    let general = levels.level.map_or(default, Level::filter);
    let base = Targets::new().with_default(general);
    // The protocol's library logs each refusal of a request at `warn`, with words of the caller's choosing, and at `info` all that an MCP
    // server says of itself.
    let is_for_finding_faults = levels.level.is_some() && general > LevelFilter::INFO;
    let quiet =
        if is_for_finding_faults { base } else { base.with_target("rmcp", general.min(LevelFilter::ERROR)) };
    let of_areas = levels.areas.iter();
    let levels = quiet.with_targets(of_areas.flat_map(|(area, level)| {
        let level = level.filter();
        area.targets().map(move |target| (target.to_owned(), level))
    }));
    levels
        .with_targets(ADDRESSES.map(|target| (target, LevelFilter::OFF)))
        .with_target(NOTICES, LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use tracing::Level as At;

    use super::*;

    #[test]
    fn an_area_has_its_own_level_and_everything_else_the_general_one() {
        let passes = |text: &str, target: &str, level: At| {
            filter(&text.parse().unwrap(), LevelFilter::INFO).would_enable(target, &level)
        };
        assert!(passes("warn,gate=debug", "toolbay_kernel::gate", At::DEBUG));
        assert!(!passes("warn,gate=debug", "toolbay_kernel::dispatcher", At::INFO));
        assert!(passes("calls=off", "toolbay_kernel::gate", At::INFO));
        assert!(!passes("calls=off", "toolbay_kernel::dispatcher", At::ERROR));
        assert!(!passes("calls=info", "rmcp::service", At::WARN), "quiet unless a level is named");
        assert!(!passes("info", "rmcp::service", At::INFO), "it logs what strangers say of themselves");
        assert!(passes("info,mcp=info", "rmcp::service", At::INFO), "who asks for it gets it");
        assert!(!passes("off", "rmcp::service", At::ERROR));
        assert!(passes("trace", "rmcp::service", At::TRACE));
        assert!(!passes("trace", "rmcp::transport::streamable_http_client", At::ERROR), "it logs addresses");
        assert!(!passes("trace", "sqlx::postgres::notice", At::ERROR), "a server chooses its words");
        assert!(
            passes("info,host=warn", "toolbay_gateway::trace", At::INFO),
            "the program is not all of the host"
        );
        assert!(!passes("info,host=warn", "toolbay::command::serve", At::INFO));
        assert!(!passes("info,plugins=warn", "toolbay::plugin", At::INFO));
        assert!(passes("toolbay_sandbox::compile=trace", "toolbay_sandbox::compile::cache", At::TRACE));
    }
}
