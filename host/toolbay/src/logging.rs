//! The log: on standard error, since standard output belongs to answers and to MCP over stdio.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts the log. `TOOLBAY_LOG` filters it, as `RUST_LOG` would: `debug`, or `toolbay_sandbox=trace,info`.
///
/// On a terminal it is for people, elsewhere one JSON object a line.
pub(crate) fn start(default: &str) {
    let filter = EnvFilter::try_from_env("TOOLBAY_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let is_terminal = std::io::stderr().is_terminal();
    let colour = is_terminal && std::env::var_os("NO_COLOR").is_none();
    // A second start happens when a test calls two commands; the first log goes on.
    let _already_started = if is_terminal {
        subscriber.with_ansi(colour).with_target(false).try_init()
    } else {
        subscriber.json().try_init()
    };
}
