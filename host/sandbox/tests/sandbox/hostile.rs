//! Guests that misbehave while they run: each costs its own call, and nobody else's.

use std::sync::Arc;

use serde_json::{Value, json};
use toolbay_kernel::{CapabilityName, Code};

use crate::capabilities::NOTION_WRITE;
use crate::guests::{Hand, fixture, least_manifest};
use crate::host::{Heard, Host, Setup};

async fn host() -> Host {
    let host = Setup::default().start();
    host.put("echo.wasm", &fixture("echo"));
    host.put("hostile.wasm", &fixture("hostile"));
    host.grant("hostile", NOTION_WRITE);
    host.grant("hostile", CapabilityName::TOOLS_CALL);
    host.folder.refresh().await;
    assert_eq!(host.report("hostile.wasm").reason, None);
    host
}

#[tokio::test]
async fn each_costs_its_own_call() {
    let host = host().await;
    let cases: [(&str, Value, Code, &str); 15] = [
        ("spin", json!({}), Code::LimitExceeded, "`spin` ran out of its 0.3 s of CPU time"),
        ("recursion", json!({}), Code::Failed, "ran out of stack"),
        ("trap", json!({}), Code::Failed, "unreachable instruction"),
        (
            "panic_with_secret",
            json!({"secret": "hunter2"}),
            Code::Failed,
            "panicked at tests/fixtures/hostile/src/",
        ),
        ("giant_output", json!({"mebibytes": 5}), Code::LimitExceeded, "larger than 4096 KiB"),
        ("giant_output", json!({"mebibytes": 20}), Code::LimitExceeded, "handed over more than 8 MiB"),
        ("giant_output", json!({"mebibytes": 500}), Code::LimitExceeded, "more than its 64 MiB of memory"),
        ("not_json", json!({"garbage": "unfinished"}), Code::Failed, "not JSON"),
        ("not_json", json!({"garbage": "lone_surrogate"}), Code::Failed, "not JSON"),
        ("deep_json", json!({"depth": 100_000}), Code::Failed, "deeper than 64"),
        ("wrong_output", json!({}), Code::Failed, "other than it declares"),
        ("host_call_flood", json!({"function": "clock", "times": 1_000_000_000}), Code::LimitExceeded, ""),
        ("host_call_flood", json!({"function": "state", "times": 5_000}), Code::LimitExceeded, "1000 values"),
        ("notion_flood", json!({"times": 101}), Code::LimitExceeded, ""),
        ("reenter", json!({}), Code::LimitExceeded, "levels deep"),
    ];
    for (tool, arguments, code, message) in cases {
        let problem = host.call(tool, arguments.clone()).await.unwrap_err();
        assert_eq!(problem.code, code, "{tool} {arguments}: {problem:?}");
        assert!(problem.message.contains(message), "{tool} {arguments}: {problem:?}");
        assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        host.is_alive().await;
    }
    let problem = host.call("big_problem", json!({"mebibytes": 1})).await.unwrap_err();
    assert!(problem.message.len() <= 2_100);
    host.is_alive().await;
}

#[tokio::test]
async fn an_effect_before_the_end_is_kept_and_the_end_told() {
    let host = host().await;
    let page = json!({"page": {}});
    let spun = host.call("spin_after_effect", page.clone()).await.unwrap_err();
    assert_eq!(spun.code, Code::LimitExceeded);
    let trapped = host.call("trap_after_effect", page).await.unwrap_err();
    assert_eq!(trapped.code, Code::Failed);
    assert_eq!(host.world.egress.sent(), ["POST /v1/pages", "POST /v1/pages"]);
    host.is_alive().await;
}

#[tokio::test]
async fn memory_ends_where_the_limit_is() {
    let host = host().await;
    let taken = host.call("memory_bomb", json!({})).await.unwrap()["mebibytes"].as_u64().unwrap();
    assert!((40..=64).contains(&taken), "{taken} MiB of 64");
    host.is_alive().await;
}

#[tokio::test]
async fn calls_of_one_plugin_share_its_memory() {
    let mut setup = Setup::default();
    setup.limits.memory_of_a_plugin = 20 << 20;
    let host = setup.start();
    host.put("hostile.wasm", &fixture("hostile"));
    host.folder.refresh().await;
    for _ in 0..3 {
        // Given back by each call, or the second would find none.
        let taken = host.call("memory_bomb", json!({})).await.unwrap()["mebibytes"].as_u64().unwrap();
        assert!((10..=20).contains(&taken), "{taken} MiB of 20");
    }
}

#[tokio::test]
async fn a_log_is_bounded_and_harmless() {
    let host = host().await;
    let heard = Arc::new(Heard::default());
    let flood = json!({"times": 100, "bytes": 1_000_000});
    // It may also run out of something else meanwhile.
    let _ = host.call_heard("log_flood", flood, Arc::clone(&heard)).await;
    let flood = json!({"times": 5_000, "bytes": 10});
    host.call_heard("log_flood", flood, Arc::clone(&heard)).await.unwrap();
    let lines = std::mem::take(&mut *heard.lines.lock());
    assert!(lines.len() <= 2 * 1_000, "{}", lines.len());
    assert!(lines.iter().map(String::len).sum::<usize>() <= 2 * 64 * 1024 + 1_000);
    assert_eq!(lines.iter().filter(|line| line.contains("logged too much")).count(), 2);

    host.call_heard("terminal_escapes", json!({}), Arc::clone(&heard)).await.unwrap();
    let lines = heard.lines.lock();
    assert_eq!(lines.len(), 8);
    for line in lines.iter() {
        assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
    }
}

#[tokio::test]
async fn what_only_hand_made_guests_do() {
    let cases = [
        (
            "table.grow",
            Hand {
                more: "(table 1 funcref)".into(),
                in_call: "(if (i32.eq (table.grow 0 (ref.null func) (i32.const 100000000)) (i32.const -1)) (then unreachable))".into(),
                ..Hand::default()
            },
            "10000 table elements",
        ),
        (
            "reads beyond its memory",
            Hand { in_call: "(drop (i32.load (i32.const -8)))".into(), ..Hand::default() },
            "outside of its memory",
        ),
        (
            "divides by zero",
            Hand {
                in_call: "(drop (i32.div_u (i32.const 1) (local.get 1)))".replace("(local.get 1)", "(i32.const 0)"),
                ..Hand::default()
            },
            "divided by zero",
        ),
        (
            "answers beyond its memory",
            Hand { in_call: "(return (i32.const -16))".into(), ..Hand::default() },
            "doesn't allow",
        ),
        (
            "answers with a string of 2 GiB",
            Hand {
                in_call: "(i32.store (i32.const 268) (i32.const 2147483647))".into(),
                ..Hand::default()
            },
            "doesn't allow",
        ),
        (
            "answers with text that is not UTF-8",
            Hand { in_call: "(i32.store (i32.const 192) (i32.const -1))".into(), ..Hand::default() },
            "doesn't allow",
        ),
    ];
    let echo = fixture("echo");
    for (what, hand, message) in cases {
        let host =
            Host::with(&[("echo.wasm", &echo), ("hand.wasm", &hand.component(&least_manifest("")))]).await;
        assert_eq!(host.report("hand.wasm").reason, None, "{what}");
        let problem = host.call("hand", json!({})).await.unwrap_err();
        assert!(problem.message.contains(message), "{what}: {problem:?}");
        host.is_alive().await;
    }
}
