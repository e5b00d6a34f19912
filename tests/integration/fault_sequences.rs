//! Seeded sequences of faults × every class of write, with a key and without: nothing is lost, nothing is done twice, and no answer says
//! "not done" of something that was.
//!
//! `TOOLBAY_TEST_SEQUENCES` runs more of them; one that fails names its seed, and `TOOLBAY_TEST_SEED` begins there.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use notion_emulator::{Fault, FaultKind};
use serde_json::{Value, json};
use toolbay_kernel::Limits;

use crate::faults::{Attempt, PLUGINS, attempts};
use crate::harness::TestHost;

/// Sequences of a run in CI.
const SEQUENCES: u64 = 120;

/// Hosts that run side by side, each with a Notion of its own.
const HOSTS: u64 = 4;

/// How long after it was sent a write of this emulator may still be carried out.
const SETTLE_TIME: Duration = Duration::from_millis(400);

/// How often a call is repeated under its key.
const REPEATS: usize = 8;

struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn fault(random: &mut Random) -> FaultKind {
    let refuse = |status, code: &str| FaultKind::Refuse { status, code: code.to_owned(), message: None };
    match random.next(18) {
        0 => FaultKind::DropBefore,
        1 | 2 => FaultKind::ApplyThenDrop,
        3 => FaultKind::ApplyThenStatus { status: 502, guidance: false },
        4 => FaultKind::ApplyThenStatus { status: 503, guidance: true },
        5 => FaultKind::ApplyThenStatus { status: 503, guidance: false },
        6 => FaultKind::ApplyThenStatus { status: 504, guidance: false },
        7 => FaultKind::Garbage,
        8 => FaultKind::ApplyThenWithout { members: vec!["id".to_owned()] },
        9 => FaultKind::ApplyThenBody { body: json!([1]) },
        10 => FaultKind::ApplyThenDelay { delay_ms: 3_500 },
        11 => FaultKind::Delay { delay_ms: 150 },
        12 => refuse(500, "internal_server_error"),
        13 => refuse(503, "service_unavailable"),
        14 => refuse(409, "conflict_error"),
        15 => FaultKind::ReadLag { lag_ms: 150 },
        16 => FaultKind::Overloaded { retry_after_seconds: 1 },
        _ => FaultKind::RateLimited {
            retry_after_seconds: 1,
            reason: "public_api_request_rate_limit".to_owned(),
        },
    }
}

/// How often a write with this text was applied.
fn applied(host: &TestHost, mark: &str) -> usize {
    let quoted = format!("{mark}\"");
    host.emulator.writes().iter().filter(|write| write.body.to_string().contains(&quoted)).count()
}

/// What was told of each mark: done, not done, or unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Done,
    NotDone,
    Unknown,
}

fn told(attempt: &Attempt, envelope: &Value) -> Vec<Told> {
    let of_error = |error: &Value| match error["code"].as_str() {
        Some("outcome_unknown") => Told::Unknown,
        // What a call did before it was refused is counted.
        _ if error["details"]["done"]["writes"].as_u64().unwrap_or(0) > 0 => Told::Unknown,
        _ => Told::NotDone,
    };
    if envelope["ok"] != json!(true) {
        return vec![of_error(&envelope["error"]); attempt.marks.len()];
    }
    let Some(results) = envelope["result"]["results"].as_array() else {
        return vec![Told::Done; attempt.marks.len()];
    };
    let of_number = |number: usize| {
        let result = results
            .iter()
            .find(|result| result["number"] == json!(number) || result["index"] == json!(number));
        match result {
            None => Told::Done,
            Some(result) if result["error"].is_null() => Told::Done,
            Some(result) => {
                // A problem that several operations share is said once.
                let said = result["error"]["message"].as_str().unwrap_or_default();
                let at = said
                    .strip_prefix("As ops.")
                    .and_then(|rest| rest.strip_suffix('.')?.parse::<usize>().ok());
                of_error(&at.and_then(|at| results.get(at)).unwrap_or(result)["error"])
            }
        }
    };
    (0..attempt.marks.len()).map(of_number).collect()
}

/// One sequence; answers its operations and those that stayed unknown.
async fn sequence(host: &TestHost, seed: u64) -> (usize, usize) {
    let mut random = Random(seed ^ 0x9E37_79B9_7F4A_7C15);
    random.next(2);
    let mut all = attempts(host, &format!("sequence {seed}"));
    let chosen = usize::try_from(random.next(all.len() as u64)).unwrap();
    let attempt = all.swap_remove(chosen);
    let is_keyed = random.next(3) > 0;
    let mut kinds = Vec::new();
    for _ in 0..=random.next(3) {
        let kind = fault(&mut random);
        kinds.push(kind.clone());
        host.emulator.fault(Fault::new(attempt.route, kind));
    }
    let context = || format!("TOOLBAY_TEST_SEED={seed}: {} keyed {is_keyed} under {kinds:?}", attempt.tool);
    let key = format!("sequence-{seed}");
    let mut last = Value::Null;
    for turn in 0..REPEATS {
        let mut request =
            host.request("POST", &format!("/v1/tools/{}", attempt.tool)).json(&attempt.arguments);
        if is_keyed {
            request = request.header("Idempotency-Key", &key);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        last = answer.json().await.unwrap();
        for (mark, told) in attempt.marks.iter().zip(told(&attempt, &last)) {
            let times = applied(host, mark);
            assert!(times <= 1, "{mark} was done {times} times; {}", context());
            match told {
                Told::Done => assert_eq!(times, 1, "{mark} is said to be done; {}: {last:#}", context()),
                Told::NotDone => {
                    assert_eq!(times, 0, "{mark} is said not to be done; {}: {last:#}", context());
                }
                Told::Unknown => {}
            }
        }
        if status == 200 || !is_keyed {
            break;
        }
        // A refusal that is the call's last word is told again.
        if last["meta"]["replayed_of"].is_string() || turn + 1 == REPEATS {
            break;
        }
        tokio::time::sleep(SETTLE_TIME / 2).await;
    }
    host.emulator.clear_faults();
    let unknown = told(&attempt, &last).into_iter().filter(|told| *told == Told::Unknown).count();
    if unknown > 0 {
        println!("{unknown} unknown: {}", context());
    }
    (attempt.marks.len(), unknown)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_is_true_under_seeded_sequences_of_faults() {
    let number = |name: &str| env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let count = number("TOOLBAY_TEST_SEQUENCES").unwrap_or(SEQUENCES);
    let first = number("TOOLBAY_TEST_SEED").unwrap_or_else(|| u64::from(std::process::id()) * 1_000_000);
    println!("TOOLBAY_TEST_SEED={first}");
    let next = Arc::new(AtomicU64::new(first));
    let mut hosts = tokio::task::JoinSet::new();
    for _ in 0..HOSTS.min(count) {
        let next = Arc::clone(&next);
        hosts.spawn(async move {
            let host = TestHost::start_with(&PLUGINS, |configuration| {
                configuration.limits = Limits { call_time: Duration::from_secs(8), ..Limits::default() };
                configuration.settle_time = SETTLE_TIME;
            })
            .await;
            let (mut operations, mut unknown) = (0, 0);
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= first + count {
                    break;
                }
                let (done, lost) = sequence(&host, seed).await;
                (operations, unknown) = (operations + done, unknown + lost);
            }
            host.stop().await;
            (operations, unknown)
        });
    }
    let (mut operations, mut unknown) = (0, 0);
    while let Some(ended) = hosts.join_next().await {
        let (done, lost) = ended.unwrap();
        (operations, unknown) = (operations + done, unknown + lost);
    }
    println!("sequences {count}, operations {operations}, unknown {unknown}");
}
