//! What the compiler's process takes to look at a plugin, for tests and measurements.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::hostile_schemas::plugin;

/// What compiling a plugin took.
pub(crate) struct Figures {
    pub(crate) time: Duration,
    /// The most memory that it had at a time.
    pub(crate) peak_kib: u64,
}

/// Has the compiler's process look at a plugin.
pub(crate) fn inspect(folder: &Path, name: &str, schema: &Value) -> Figures {
    let input = folder.join(format!("{name}.wasm"));
    std::fs::write(&input, plugin(name, schema)).unwrap();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_toolbay-sandbox-compiler"))
        .args([OsStr::new("--input"), input.as_os_str(), OsStr::new("--output"), folder.as_os_str()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    while child.try_wait().unwrap().is_none() {
        // The system keeps the highest value, so that looking now and then misses little.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak_kib = peak.unwrap_or(peak_kib);
        std::thread::sleep(Duration::from_millis(2));
    }
    Figures { time: begun.elapsed(), peak_kib }
}
