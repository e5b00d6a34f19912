//! Schemas that are small and mean much: each is refused in words, or its cost is bounded, and the host beside it goes on.

use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde_json::{Map, Value, json};
use toolbay_kernel::Code;

use crate::guests::fixture;
use crate::host::Host;
use crate::hostile_schemas::Fate::{Refused, Taken};
use crate::hostile_schemas::{choice_of, hostile, of_x, plugin, reference};
use crate::inspection::{Figures, inspect};

#[tokio::test]
async fn each_hostile_schema_is_refused_in_words_or_taken_at_a_bounded_cost() {
    let echo = fixture("echo");
    for (name, schema, fate) in hostile() {
        let host = Host::with(&[("echo.wasm", &echo), ("hand.wasm", &plugin(name, &schema))]).await;
        let report = host.report("hand.wasm");
        match fate {
            Refused(words) => {
                assert_eq!(report.status.as_str(), "refused", "{name}");
                let reason = report.reason.unwrap();
                assert!(reason.contains(words), "{name}: {reason}");
                assert!(report.fix.is_some_and(|fix| !fix.contains("fault of the host")), "{name}");
            }
            Taken => assert_eq!(report.reason, None, "{name}"),
        }
        host.is_alive().await;
    }
}

#[test]
#[cfg(target_os = "linux")]
fn looking_at_a_hostile_schema_costs_a_moment_and_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let plain = inspect(folder.path(), "plain", &json!({"type": "object"}));
    for (name, schema, _) in hostile() {
        let Figures { time, peak_kib } = inspect(folder.path(), name, &schema);
        // A busy machine makes all of it slower.
        assert!(
            time < plain.time * 3 + Duration::from_secs(4),
            "{name}: {time:?}, a plain one {:?}",
            plain.time
        );
        assert!(
            peak_kib < plain.peak_kib + 64 * 1024,
            "{name}: {peak_kib} KiB, a plain one {}",
            plain.peak_kib
        );
    }
}

#[tokio::test]
async fn a_value_that_would_take_too_long_is_refused_and_not_begun() {
    // Three ways at each level: harmless for a small value, for a deep one more steps than there are seconds.
    let schema = choice_of(
        3,
        |_| json!({"type": "object", "properties": {"a": {"type": "array", "items": reference("t")}}}),
    );
    let host = Host::with(&[("echo.wasm", &fixture("echo")), ("hand.wasm", &plugin("hand", &schema))]).await;
    assert_eq!(host.report("hand.wasm").reason, None);
    let mut value = json!({});
    for _ in 0..28 {
        value = json!({"a": [value]});
    }
    let refusal = host.call("hand", json!({"x": value})).await.unwrap_err();
    assert_eq!(refusal.code, Code::LimitExceeded);
    assert!(refusal.message.contains("to be checked against the tool's schema"), "{refusal:?}");
    host.is_alive().await;
}

/// Stops the runtime's clock until the answer is dropped, so that what waits for a time waits for as long as it takes.
fn stop_clock() -> mpsc::Sender<()> {
    tokio::time::pause();
    let (holding, held) = mpsc::channel::<()>();
    // A clock that is paused goes on by itself when nothing is left to do, but not while such a task runs.
    tokio::task::spawn_blocking(move || held.recv());
    holding
}

/// Polls a future once: what it does before it gives way to others.
fn poll_once<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

// One thread, so that checking on it would keep everybody else from running at all.
#[tokio::test(flavor = "current_thread")]
async fn large_values_are_checked_beside_the_others() {
    let branches: Vec<Value> = (0..40)
        .map(|number| json!({"type": "object", "properties": {"a": {"const": number}}, "required": ["a"]}))
        .collect();
    let items = json!({"type": "array", "uniqueItems": true, "items": {"anyOf": branches}});
    let host = Host::with(&[
        ("echo.wasm", &fixture("echo")),
        ("hand.wasm", &plugin("hand", &of_x(&items, Map::new()))),
    ])
    .await;
    // The last one is wrong, so that the call ends with the check.
    let of = |count| {
        let items: Vec<Value> = (1..=count)
            .map(|number| json!({"a": if number == count { 40 } else { 39 }, "b": number}))
            .collect();
        json!({"x": items})
    };
    // How long the host waits for a check isn't the point, and a busy machine may take longer.
    let _stopped = stop_clock();
    assert_eq!(host.call("hand", of(3)).await.unwrap_err().code, Code::InvalidInput);
    let mut large = pin!(host.call("hand", of(2_000)));
    assert!(poll_once(large.as_mut()).is_pending());
    // This thread serves everybody: had it checked what is large, that would have its answer by now.
    host.is_alive().await;
    assert!(poll_once(large.as_mut()).is_pending(), "what is large keeps the others waiting");
    assert_eq!(large.await.unwrap_err().code, Code::InvalidInput);
}
