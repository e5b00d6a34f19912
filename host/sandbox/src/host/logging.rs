//! `toolbay:plugin/logging`: lines for the host's log, and for callers that asked to see them.
//!
//! A plugin that talks too much isn't ended for it: what is over the bounds is dropped, and the log says so once.
//!
//! # What a panic says
//!
//! Its message holds whatever the plugin had at hand: arguments, rows, what the operator wrote in its settings, what it kept
//! for another caller. So it goes to the log of the operator alone, who sees all of that anyway. The caller is told where in
//! the plugin's source it was, which its author needs and which says nothing of anybody.

use toolbay_kernel::printable;
use toolbay_kernel::progress::LogLevel;

use super::{Panic, Running};
use crate::bindings::toolbay::plugin::logging;
use crate::limits::{LOG_LINE_BYTES, PANIC_PLACE_BYTES};

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

    fn panic_piece(
        &mut self,
        text: logging::PanicText,
        length: u32,
        words: logging::PanicWords,
    ) -> wasmtime::Result<()> {
        self.count()?;
        let text = match text {
            logging::PanicText::Message => &mut self.panic_texts.message,
            logging::PanicText::File => &mut self.panic_texts.file,
        };
        let words = [words.0, words.1, words.2, words.3, words.4, words.5, words.6, words.7];
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let room = LOG_LINE_BYTES.saturating_sub(text.len());
        text.extend(words.into_iter().flat_map(u64::to_le_bytes).take(length.min(room)));
        Ok(())
    }

    fn panicked(&mut self, line: u32) -> wasmtime::Result<()> {
        self.count()?;
        let texts = std::mem::take(&mut self.panic_texts);
        // The last character may have been cut.
        let (message, file) = (String::from_utf8_lossy(&texts.message), String::from_utf8_lossy(&texts.file));
        let message = printable::line(&message, LOG_LINE_BYTES);
        if let Some(Running { plugin, call, .. }) = &self.running {
            let (call, tool) = (call.id(), call.tool());
            let at = printable::line(&format!("{file}:{line}"), LOG_LINE_BYTES);
            tracing::warn!(target: "toolbay::plugin", %plugin, %tool, %call, "panicked at {at}: {message}");
        }
        let at = printable::line(&format!("{}:{line}", within_its_crate(&file)), PANIC_PLACE_BYTES);
        self.panic = Some(Panic { at, message });
        Ok(())
    }
}

/// A path of a plugin's source without the folders of whoever built it: what a crate that isn't in the plugin's workspace is
/// compiled by is an absolute path.
fn within_its_crate(file: &str) -> &str {
    let is_absolute = file.starts_with('/') || file.contains(":\\");
    if !is_absolute {
        return file;
    }
    let folders = file.rfind("/src/").or_else(|| file.rfind("\\src\\"));
    let before = folders.and_then(|at| file.get(..at)).and_then(|before| before.rfind(['/', '\\']));
    before.or_else(|| file.rfind(['/', '\\'])).and_then(|at| file.get(at + 1..)).unwrap_or_default()
}

fn write(running: &Running, level: logging::Level, line: &str) {
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

#[cfg(test)]
mod tests {
    use super::within_its_crate;

    #[test]
    fn a_path_says_nothing_of_who_built_the_plugin() {
        for (file, shown) in [
            ("src/lib.rs", "src/lib.rs"),
            ("plugins/pages/src/trash.rs", "plugins/pages/src/trash.rs"),
            (
                "/home/ada/.cargo/registry/src/index-0/serde_json-1.0.1/src/de.rs",
                "serde_json-1.0.1/src/de.rs",
            ),
            ("/home/ada/notes/sdk/src/call/mod.rs", "sdk/src/call/mod.rs"),
            ("/rustc/0123/library/core/src/option.rs", "core/src/option.rs"),
            ("C:\\ada\\sdk\\src\\lib.rs", "sdk\\src\\lib.rs"),
            ("/home/ada/main.rs", "main.rs"),
        ] {
            assert_eq!(within_its_crate(file), shown);
        }
    }
}
