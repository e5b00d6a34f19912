//! Schemas that are small and mean much: each is refused in words, or its cost is bounded, and the host beside it goes on.

use std::ffi::OsStr;
use std::pin::{Pin, pin};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use toolbay_kernel::Code;

use crate::guests::{Hand, fixture, least_manifest};
use crate::host::Host;

/// What becomes of a schema.
enum Fate {
    /// It is refused, and these words say why.
    Refused(&'static str),
    /// It is taken.
    Taken,
}
use Fate::{Refused, Taken};

fn of_x(x: &Value, definitions: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": {"x": x}, "$defs": definitions})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Definitions that each are made of references to the one before.
fn chain(length: usize, step: impl Fn(Value) -> Value) -> Value {
    let mut definitions = Map::from_iter([("a0".to_owned(), json!({"type": "integer"}))]);
    for number in 1..=length {
        definitions.insert(format!("a{number}"), step(reference(&format!("a{}", number - 1))));
    }
    of_x(&reference(&format!("a{length}")), definitions)
}

fn choice_of(branches: usize, branch: impl Fn(usize) -> Value) -> Value {
    let branches: Vec<Value> = (0..branches).map(branch).collect();
    of_x(&reference("t"), Map::from_iter([("t".to_owned(), json!({"oneOf": branches}))]))
}

fn tower(levels: usize, step: impl Fn(Value) -> Value) -> Value {
    let top = (0..levels).fold(json!({"type": "integer"}), |inner, _| step(inner));
    of_x(&top, Map::new())
}

fn hostile() -> Vec<(&'static str, Value, Fate)> {
    let list = |_| json!({"type": "object", "properties": {"a": {"type": "array", "items": reference("t")}}});
    let own_list = |number| json!({"type": "object", "properties": {format!("p{number}"): {"type": "array", "items": reference("t")}}});
    let wide = |count| Map::from_iter((0..count).map(|number| (format!("{number}"), json!({}))));
    let object = |properties: Map<String, Value>| json!({"type": "object", "properties": properties});
    vec![
        (
            "doubled-references",
            chain(25, |before| json!({"allOf": [before, before]})),
            Refused("inside the other"),
        ),
        (
            "doubled-twelve-times",
            chain(15, |before| json!({"allOf": [before, before]})),
            Refused("steps; at most"),
        ),
        ("multiplying-choices", choice_of(300, list), Refused("steps; at most")),
        ("multiplying-when-published", choice_of(300, own_list), Refused("larger than 128 KiB")),
        ("wide", object(wide(100_000)), Refused("bytes of the 65536 allowed")),
        ("many-properties", object(wide(1_500)), Refused("more than 1000 properties")),
        ("deep", tower(40, |inner| json!({"properties": {"a": inner}})), Refused("deeper than")),
        (
            "huge-enumeration",
            object(Map::from_iter([("x".to_owned(), json!({"enum": vec![0; 9_000]}))])),
            Refused("more than 8000 values"),
        ),
        (
            "growing-pattern",
            of_x(&json!({"pattern": "(((a{1,50}){1,50}){1,50}){1,50}"}), Map::new()),
            Refused("not a valid JSON Schema"),
        ),
        ("backtracking-pattern", of_x(&json!({"pattern": "^(a+)+$"}), Map::new()), Taken),
        ("long-chain", chain(1_500, |before| before), Refused("inside the other")),
        ("long-chain-through-values", chain(700, |before| json!({"properties": {"a": before}})), Taken),
        ("endless", chain(3, |_| reference("a3")), Refused("never end")),
        (
            "unique-items",
            of_x(
                &json!({"type": "array", "uniqueItems": true, "items": {"type": "array", "uniqueItems": true}}),
                Map::new(),
            ),
            Taken,
        ),
        (
            "choices-of-compositions",
            chain(9, |before| json!({"anyOf": [{"allOf": [before, before]}, {"allOf": [before]}]})),
            Refused("steps; at most"),
        ),
        ("giant-description", json!({"type": "object", "description": "x".repeat(60_000)}), Taken),
        ("tower-of-not", tower(25, |inner| json!({"not": inner})), Taken),
        (
            "tower-of-unevaluated",
            tower(14, |inner| json!({"allOf": [inner], "unevaluatedProperties": {"type": "integer"}})),
            Refused("steps; at most"),
        ),
        (
            "dynamic-reference",
            of_x(&json!({"$dynamicRef": "#x"}), Map::new()),
            Refused("`$dynamicRef` is not supported"),
        ),
        (
            "tiny-fractions",
            of_x(&json!({"type": "array", "items": {"multipleOf": 1e-300}}), Map::new()),
            Taken,
        ),
    ]
}

/// A plugin whose tool `hand` has this schema.
fn plugin(name: &str, schema: &Value) -> Vec<u8> {
    let manifest = least_manifest("").replace("name = \"hand\"", &format!("name = \"{name}\""));
    let schema = schema.to_string();
    Hand { pages: 4 + schema.len() as u64 / 65_536, schema, ..Hand::default() }.component(&manifest)
}

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

/// What compiling a plugin took.
struct Figures {
    time: Duration,
    peak_kib: u64,
}

/// Has the compiler's process look at a plugin.
fn compile(folder: &std::path::Path, name: &str, schema: &Value) -> Figures {
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

#[test]
#[cfg(target_os = "linux")]
fn looking_at_a_hostile_schema_costs_a_moment_and_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let plain = compile(folder.path(), "plain", &json!({"type": "object"}));
    for (name, schema, _) in hostile() {
        let Figures { time, peak_kib } = compile(folder.path(), name, &schema);
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
    let small = pin!(host.call("hand", of(3)));
    let Poll::Ready(refusal) = poll_once(small) else { panic!("what is small is not checked at once") };
    assert_eq!(refusal.unwrap_err().code, Code::InvalidInput);
    let mut large = pin!(host.call("hand", of(2_000)));
    assert!(poll_once(large.as_mut()).is_pending(), "what is large keeps the others waiting");
    host.is_alive().await;
    assert_eq!(large.await.unwrap_err().code, Code::InvalidInput);
}
