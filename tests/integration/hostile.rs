//! Hostile guests: each costs its own call or its own install and answers a clear error, and a well-behaved tool beside
//! it goes on.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{TestHost, packed};

#[tokio::test(flavor = "multi_thread")]
async fn each_hostile_tool_costs_its_own_call() {
    let host = TestHost::start(&["hostile", "echo"]).await;
    let cases = [
        ("recursion", json!({})),
        ("trap", json!({})),
        ("panic_with_secret", json!({"secret": "canary"})),
        ("giant_output", json!({"mebibytes": 20})),
        ("wrong_output", json!({})),
        ("deep_json", json!({"depth": 100_000})),
        ("reenter", json!({})),
    ];
    let mut seen = Vec::new();
    for (tool, arguments) in cases {
        let error = host.error(tool, arguments).await;
        let text = error.to_string();
        assert!(!text.contains("canary"), "{text}");
        assert!(text.len() < 5_000, "{tool} answers {} bytes", text.len());
        seen.push(
            json!({"tool": tool, "code": error["code"], "message": error["message"], "hint": error["hint"]}),
        );
        assert_eq!(host.result("echo", json!({"message": tool})).await["message"], tool);
    }
    insta::assert_json_snapshot!("each_hostile_tool", seen);

    // Which of its limits a busy guest meets first depends on how busy the machine is: CPU, host calls, or time.
    for (tool, arguments) in
        [("spin", json!({})), ("host_call_flood", json!({"function": "clock", "times": 1_000_000_000}))]
    {
        assert_eq!(host.error(tool, arguments).await["code"], "limit_exceeded", "{tool}");
        assert_eq!(host.result("echo", json!({"message": tool})).await["message"], tool);
    }

    // These are stopped at a limit and can still answer.
    let taken = host.result("memory_bomb", json!({})).await;
    assert!(taken["mebibytes"].as_u64().unwrap() <= 64, "{taken}");
    host.result("log_flood", json!({"times": 100_000, "bytes": 1_000})).await;
    let big = host.error("big_problem", json!({"mebibytes": 5})).await;
    assert!(big.to_string().len() < 10_000);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spinning_calls_do_not_stop_the_others() {
    let host = TestHost::start(&["hostile", "echo"]).await;
    let spinning: Vec<_> = (0..8)
        .map(|_| {
            let request = host.request("POST", "/v1/tools/spin").json(&json!({}));
            tokio::spawn(async move { request.send().await.unwrap().json::<Value>().await.unwrap() })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    for round in 0..200 {
        let message = format!("round {round}");
        assert_eq!(host.result("echo", json!({"message": message})).await["message"], message);
    }
    for call in spinning {
        let envelope = call.await.unwrap();
        assert_eq!(envelope["ok"], false);
        assert_eq!(envelope["error"]["code"], "limit_exceeded", "{envelope:#}");
    }
    host.stop().await;
}

/// Components that must not get as far as a call.
#[tokio::test(flavor = "multi_thread")]
async fn each_hostile_file_costs_its_own_install() {
    let host = TestHost::start(&["echo"]).await;
    let echo = packed("echo");
    let truncated = &echo[..echo.len() / 2];
    let files: [(&str, &[u8]); 4] = [
        ("garbage", b"\0asm but then garbage follows"),
        ("empty", b""),
        ("truncated", truncated),
        ("module", b"\0asm\x01\0\0\0"),
    ];
    for (name, bytes) in files {
        host.drop_file(&format!("{name}.wasm"), bytes);
    }
    host.drop_file("huge.wasm", &vec![0; 16 << 20]);
    host.soon("all are reported", async || host.host().folder.reports().len() == 6).await;
    for report in host.host().folder.reports().iter().filter(|report| !report.file.ends_with("echo.wasm")) {
        assert!(report.reason.is_some() && report.fix.is_some(), "{report:?}");
    }
    assert_eq!(host.result("echo", json!({"message": "fine"})).await["message"], "fine");
    host.stop().await;
}
