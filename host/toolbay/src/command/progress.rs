//! How far a command is, for somebody who waits at a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on a terminal that says how far it is; nothing elsewhere.
pub(super) struct Line {
    bar: ProgressBar,
    unit: &'static str,
}

impl Line {
    /// A line about what is done, counted in this unit.
    pub(super) fn new(what: &'static str, unit: &'static str) -> Self {
        // Hidden by itself where standard error is no terminal.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, unit }
    }

    pub(super) fn at(&self, done: u64, total: Option<u64>) {
        if let Some(total) = total
            && self.bar.length().is_none()
        {
            self.bar.set_length(total);
            let template = format!("{{msg}} {{pos}} of {{len}} {}, {{eta}} left", self.unit);
            if let Ok(style) = ProgressStyle::with_template(&template) {
                self.bar.set_style(style);
            }
        }
        self.bar.set_position(done);
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
