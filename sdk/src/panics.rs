//! What a plugin says before a panic ends it.

use std::panic::PanicHookInfo;

use crate::bindings::toolbay::plugin::logging;

/// Tells the host of each panic, of which it would see nothing but an unreachable instruction.
pub fn report_panics() {
    std::panic::set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let (file, line) = info.location().map_or(("", 0), |location| (location.file(), location.line()));
    logging::panicked(info.payload_as_str().unwrap_or_default(), file, line);
}
