//! `toolbay:plugin/logging`: lines for the host's log, and for callers that asked to see them.
//!
//! A plugin that talks too much isn't ended for it: what is over the bounds is dropped, and the log says so once.

use toolbay_kernel::printable;
use toolbay_kernel::progress::LogLevel;

use crate::bindings::toolbay::plugin::logging;
use crate::limits::LOG_LINE_BYTES;

impl logging::Host for super::CallState {
    fn log(&mut self, level: logging::Level, message: String) -> wasmtime::Result<()> {
        self.count()?;
        // A guest that is asked for its tools is heard by nobody.
        let Some(running) = &self.running else { return Ok(()) };
        let Some(left) = self.log_lines_left.checked_sub(1) else { return Ok(()) };
        let line = printable::line(&message, LOG_LINE_BYTES);
        match self.log_bytes_left.checked_sub(line.len()) {
            Some(bytes_left) if left > 0 => {
                self.log_lines_left = left;
                self.log_bytes_left = bytes_left;
                write(running, level, &line);
            }
            _ => {
                self.log_lines_left = 0;
                write(running, logging::Level::Warn, "(this call has logged too much; the rest is dropped)");
            }
        }
        Ok(())
    }
}

fn write(running: &super::Running, level: logging::Level, line: &str) {
    let (plugin, call) = (&running.plugin, running.call.id());
    let level = match level {
        logging::Level::Trace => {
            tracing::trace!(target: "toolbay::plugin", %plugin, %call, "{line}");
            LogLevel::Trace
        }
        logging::Level::Debug => {
            tracing::debug!(target: "toolbay::plugin", %plugin, %call, "{line}");
            LogLevel::Debug
        }
        logging::Level::Info => {
            tracing::info!(target: "toolbay::plugin", %plugin, %call, "{line}");
            LogLevel::Info
        }
        logging::Level::Warn => {
            tracing::warn!(target: "toolbay::plugin", %plugin, %call, "{line}");
            LogLevel::Warn
        }
        logging::Level::Error => {
            // An error of the plugin is the operator's warning: the host is well.
            tracing::warn!(target: "toolbay::plugin", %plugin, %call, "{line}");
            LogLevel::Error
        }
    };
    running.call.progress().log(level, line);
}
