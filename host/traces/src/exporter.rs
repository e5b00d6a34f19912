//! The queue of ended spans, and the task that empties it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::traces::{EndedSpan, SpanCounts, SpanSink};

use crate::batch;
use crate::counts::Counts;
use crate::delivery::Delivery;
use crate::settings::TracesSettings;

/// Spans that wait to be sent: a few megabytes, and seconds of a busy host.
const MAX_WAITING: usize = 4_096;

/// How long a host that ends waits for its last spans to be taken.
const MAX_FLUSH: Duration = Duration::from_secs(3);

/// Takes ended spans, and sends them.
pub struct Exporter {
    waiting: mpsc::Sender<EndedSpan>,
    counts: Arc<Counts>,
    closing: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Exporter {
    /// Starts the task, on the runtime of whoever asks.
    #[must_use]
    pub fn start(settings: TracesSettings) -> Arc<Self> {
        let (waiting, taken) = mpsc::channel(MAX_WAITING);
        let (counts, closing) = (Arc::<Counts>::default(), CancellationToken::new());
        let delivery = Delivery::new(settings, Arc::clone(&counts), closing.clone());
        let task = tokio::spawn(batch::send_all(taken, delivery, closing.clone()));
        Arc::new(Self { waiting, counts, closing, task: Mutex::new(Some(task)) })
    }

    /// Sends what waits, within a few seconds. What ends later is dropped.
    pub async fn close(&self) {
        self.closing.cancel();
        let Some(mut task) = self.task.lock().take() else { return };
        if tokio::time::timeout(MAX_FLUSH, &mut task).await.is_err() {
            tracing::warn!(seconds = MAX_FLUSH.as_secs(), "traces.last_spans_not_taken");
            task.abort();
        }
    }
}

impl SpanSink for Exporter {
    fn ended(&self, span: EndedSpan) {
        if self.waiting.try_send(span).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counts(&self) -> SpanCounts {
        SpanCounts {
            sent: self.counts.sent.load(Ordering::Relaxed),
            dropped: self.counts.dropped.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use toolbay_kernel::traces::SpanKind;

    use super::*;

    fn span() -> EndedSpan {
        EndedSpan {
            context: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap(),
            parent: None,
            is_parent_remote: false,
            kind: SpanKind::Internal,
            name: "tool search".to_owned(),
            begun: SystemTime::UNIX_EPOCH,
            ended: SystemTime::UNIX_EPOCH,
            attributes: Vec::new(),
            link: None,
            is_error: false,
        }
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_counted() {
        let (waiting, taken) = mpsc::channel(2);
        let exporter = Exporter {
            waiting,
            counts: Arc::default(),
            closing: CancellationToken::new(),
            task: Mutex::default(),
        };
        for _ in 0..5 {
            exporter.ended(span());
        }
        assert_eq!(exporter.counts(), SpanCounts { sent: 0, dropped: 3 });
        assert_eq!(taken.len(), 2);
    }
}
