//! Writing the log without holding anybody up.
//!
//! Lines are added to one buffer, and a thread writes what has come together: under load that is one system call for hundreds
//! of lines, and nobody is woken for each. The buffer is bounded. When whoever reads the log is too slow, or has stopped, lines
//! are dropped and counted, and the count is the next line that can be written.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Bytes that wait to be written: some ten thousand lines.
const MAX_WAITING: usize = 2 * 1024 * 1024;

/// How long lines are gathered before they are written. Nobody reads a log faster.
const GATHER: Duration = Duration::from_millis(20);

/// How long a process that ends waits for whoever reads its log.
const MAX_FLUSH: Duration = Duration::from_secs(2);

/// How the log's own lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

/// Takes whole lines. Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Told when there is something to write, and when there won't be any more.
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    is_over: bool,
}

/// Writes what is still waiting when it is dropped.
pub(crate) struct Flush {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread that writes into `into`.
    pub(super) fn start(into: impl Write + Send + 'static, form: Form) -> (Self, Flush) {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        // Without the thread there is no log, and no reason not to serve.
        let thread =
            std::thread::Builder::new().name("log".to_owned()).spawn(move || own.write_all(into, form)).ok();
        (Self { shared: Arc::clone(&shared) }, Flush { shared, thread })
    }
}

impl Shared {
    fn take(&self, line: &[u8]) {
        let mut waiting = self.waiting.lock();
        if waiting.lines.len() + line.len() > MAX_WAITING {
            waiting.dropped += 1;
            return;
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        if was_empty {
            self.changed.notify_one();
        }
    }

    fn write_all(&self, mut into: impl Write, form: Form) {
        let mut lines = Vec::new();
        loop {
            let (dropped, is_over) = {
                let mut waiting = self.waiting.lock();
                while waiting.lines.is_empty() && !waiting.is_over {
                    self.changed.wait(&mut waiting);
                }
                if !waiting.is_over {
                    self.changed.wait_for(&mut waiting, GATHER);
                }
                std::mem::swap(&mut waiting.lines, &mut lines);
                (std::mem::take(&mut waiting.dropped), waiting.is_over)
            };
            // A log that nobody reads any more is no reason for anything.
            let _unread = into.write_all(&lines).and_then(|()| into.flush());
            lines.clear();
            if dropped > 0 {
                let _unread = writeln!(into, "{}", told(dropped, form));
            }
            if is_over {
                return;
            }
        }
    }
}

/// The line about lines that are missing.
fn told(dropped: u64, form: Form) -> String {
    match form {
        Form::Text => format!("WARN log.lines_dropped: whoever reads the log is too slow count={dropped}"),
        Form::Json => format!(
            r#"{{"level":"WARN","fields":{{"message":"log.lines_dropped: whoever reads the log is too slow","count":{dropped}}},"target":"toolbay::logging"}}"#
        ),
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.shared.waiting.lock().is_over = true;
        self.shared.changed.notify_one();
        let Some(thread) = self.thread.take() else { return };
        let end = std::time::Instant::now() + MAX_FLUSH;
        // A pipe that nobody empties must not keep the process from ending.
        while !thread.is_finished() && std::time::Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.shared)
    }
}

/// One event's line, which comes in one piece.
pub(super) struct Line<'a>(&'a Shared);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.take(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written, by somebody who reads only while the lock is free.
    #[derive(Clone, Default)]
    struct Reader(Arc<Mutex<Vec<u8>>>);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Reader {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().clone()).unwrap()
        }
    }

    #[test]
    fn every_line_is_written_in_order_before_the_end() {
        let reader = Reader::default();
        let (writer, flush) = Writer::start(reader.clone(), Form::Json);
        let lines: Vec<String> = (0..1_000).map(|number| format!("line {number}\n")).collect();
        for line in &lines {
            writer.make_writer().write_all(line.as_bytes()).unwrap();
        }
        drop(flush);
        assert_eq!(reader.text(), lines.concat());
    }

    #[test]
    fn who_logs_waits_for_no_reader_and_what_is_dropped_is_counted() {
        let reader = Reader::default();
        let (writer, flush) = Writer::start(reader.clone(), Form::Json);
        let stuck = reader.0.lock();
        let line = [b"x".repeat(1_023), b"\n".to_vec()].concat();
        let count = 3 * MAX_WAITING / line.len();
        for _ in 0..count {
            writer.make_writer().write_all(&line).unwrap();
        }
        drop(stuck);
        drop(flush);
        let text = reader.text();
        let written = text.lines().filter(|line| line.starts_with('x')).count();
        let told: u64 = text
            .lines()
            .filter(|line| !line.starts_with('x'))
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["fields"]["count"].as_u64().unwrap()
            })
            .sum();
        assert!(told > 0 && written > 0);
        assert_eq!(written + usize::try_from(told).unwrap(), count);
    }
}
