//! What has come together is sent together.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::traces::EndedSpan;

use crate::delivery::Delivery;

/// Spans of one request, as OpenTelemetry has it as default.
const MAX_BATCH: usize = 512;

/// How long spans are gathered before they are sent.
const GATHER: Duration = Duration::from_secs(1);

/// Sends what comes until it is closed, and then what still waits.
pub(crate) async fn send_all(
    mut taken: mpsc::Receiver<EndedSpan>,
    mut delivery: Delivery,
    closing: CancellationToken,
) {
    let mut spans = Vec::new();
    loop {
        tokio::select! {
            biased;
            // What waits comes all the same, and then nothing.
            () = closing.cancelled(), if !taken.is_closed() => {
                taken.close();
                continue;
            }
            count = taken.recv_many(&mut spans, MAX_BATCH) => if count == 0 { return },
        }
        let mut gathered = std::pin::pin!(tokio::time::sleep(GATHER));
        while spans.len() < MAX_BATCH && !taken.is_closed() {
            let room = MAX_BATCH - spans.len();
            tokio::select! {
                biased;
                () = closing.cancelled() => taken.close(),
                () = &mut gathered => break,
                count = taken.recv_many(&mut spans, room) => if count == 0 { break },
            }
        }
        delivery.deliver(std::mem::take(&mut spans)).await;
    }
}
