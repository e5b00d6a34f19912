//! What the operating system says of this process, under the names that Prometheus's own clients use.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Clock ticks a second in `/proc`: 100 on every architecture that Linux has (`proc_pid_stat(5)`, `sysconf(_SC_CLK_TCK)`).
const TICKS: f64 = 100.0;

/// What is known; nothing where there is no `/proc`.
#[derive(Debug, Default)]
pub(super) struct Process {
    cpu_seconds: Option<f64>,
    resident_bytes: Option<f64>,
    threads: Option<f64>,
    descriptors: Option<f64>,
}

impl Process {
    pub(super) fn read() -> Self {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        // The name before the parenthesis may have spaces (`proc_pid_stat(5)`); the fields count from 3 behind it.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<f64>().ok());
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kibibytes =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
        Self {
            cpu_seconds: field(14).zip(field(15)).map(|(user, system)| (user + system) / TICKS),
            resident_bytes: kibibytes.and_then(|text| text.parse::<f64>().ok()).map(|kib| kib * 1024.0),
            threads: field(20),
            descriptors: std::fs::read_dir("/proc/self/fd").ok().map(|open| open.count() as f64),
        }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        if let Some(seconds) = self.cpu_seconds {
            let help = "CPU time of the process in seconds, user and system";
            let metric = encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
            ConstCounter::new(seconds).encode(metric)?;
        }
        for (name, help, value) in [
            (
                "process_resident_memory_bytes",
                "Memory of the process that is resident, in bytes",
                self.resident_bytes,
            ),
            ("process_threads", "Threads of the process", self.threads),
            ("process_open_fds", "File descriptors that the process has open", self.descriptors),
        ] {
            if let Some(value) = value {
                let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
                ConstGauge::new(value).encode(metric)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_says_all_of_it() {
        let process = Process::read();
        assert!(process.cpu_seconds.is_some_and(|seconds| seconds < 10_000.0), "{process:?}");
        assert!(process.resident_bytes.is_some_and(|bytes| bytes > 1_000_000.0), "{process:?}");
        assert!(process.threads.is_some_and(|threads| threads >= 1.0), "{process:?}");
        assert!(process.descriptors.is_some_and(|open| open >= 3.0), "{process:?}");
    }
}
