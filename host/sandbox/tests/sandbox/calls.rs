//! Well-behaved plugins: what the contract offers is there, and only what was granted.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use toolbay_kernel::{CapabilityName, Code};
use toolbay_sandbox::Calendar;
use toolbay_sandbox::calendar::Weekday;

use crate::capabilities::{NOTION_DESTROY, NOTION_WRITE};
use crate::guests::{Hand, fixture, least_manifest};
use crate::host::{Heard, Host, Setup};

#[tokio::test]
async fn a_dropped_plugin_answers() {
    let host = Host::with(&[("echo.wasm", &fixture("echo"))]).await;
    let report = host.report("echo.wasm");
    assert_eq!((report.status.as_str(), report.name.as_str(), report.reason), ("live", "echo", None));
    let answer = host.call("echo", json!({"message": "ab", "repeat": 3})).await.unwrap();
    assert_eq!(answer, json!({"message": "ababab"}));
}

#[tokio::test]
async fn a_plugin_of_another_toolchain_answers() {
    let component = Hand::default().component(&least_manifest(""));
    let host = Host::with(&[("hand.wasm", &component)]).await;
    assert_eq!(host.report("hand.wasm").reason, None);
    assert_eq!(host.call("hand", json!({})).await.unwrap(), json!({}));
}

#[tokio::test]
async fn nothing_survives_a_call() {
    // Counts in its memory, and traps when it has counted before.
    let counting = Hand {
        in_call:
            "(if (i32.load (i32.const 2048)) (then unreachable)) (i32.store (i32.const 2048) (i32.const 1))"
                .into(),
        ..Hand::default()
    };
    let host = Host::with(&[("hand.wasm", &counting.component(&least_manifest("")))]).await;
    for _ in 0..20 {
        assert_eq!(host.call("hand", json!({})).await.unwrap(), json!({}));
    }
}

#[tokio::test]
async fn state_settings_and_surroundings_reach_the_guest() {
    let setup = Setup {
        settings: HashMap::from([("probe".parse().unwrap(), json!({"colour": "blue"}))]),
        calendar: Calendar { time_zone: "Asia/Kathmandu".parse().unwrap(), week_start: Weekday::Sunday },
        ..Setup::default()
    };
    let host = setup.start();
    host.put("probe.wasm", &fixture("probe"));
    host.folder.refresh().await;
    assert_eq!(host.call("probe_settings", json!({})).await.unwrap(), json!({"colour": "blue"}));

    let first = host.call("probe_state", json!({"key": "a", "value": "1"})).await.unwrap();
    assert_eq!(first, json!({"after": "1", "keys": ["a"]}));
    let second = host.call("probe_state", json!({"key": "a"})).await.unwrap();
    assert_eq!(second, json!({"before": "1", "keys": []}));

    let told = host.call("probe_ambient", json!({})).await.unwrap();
    assert_eq!(told["tool"], "probe_ambient");
    assert_eq!(told["random"].as_array().unwrap().len(), 16);
    assert!(told["now_ms"].as_u64().unwrap() > 1_700_000_000_000);
    // 5:45 ahead of UTC, all the year.
    assert_eq!((&told["time_zone"], &told["week_start"]), (&json!("Asia/Kathmandu"), &json!("Sunday")));
    assert!(told["now"].as_str().is_some_and(|now| now.ends_with("+05:45")), "{told}");
    assert!(told["remaining_ms"].as_u64().unwrap() <= 40_000);

    let heard = Arc::new(Heard::default());
    host.call_heard("probe_progress", json!({"steps": 3}), Arc::clone(&heard)).await.unwrap();
    assert_eq!(*heard.progress.lock(), [(1, Some(3)), (2, Some(3)), (3, Some(3))]);
    host.call_heard("probe_log", json!({"message": "hello"}), Arc::clone(&heard)).await.unwrap();
    assert_eq!(*heard.lines.lock(), ["hello"; 5]);
}

#[tokio::test]
async fn a_capability_needs_the_manifest_and_the_grant() {
    let host = Host::with(&[("probe.wasm", &fixture("probe")), ("echo.wasm", &fixture("echo"))]).await;
    let read = json!({"path": "/v1/users/me"});
    // Granted by the drop.
    assert_eq!(host.call("probe_notion_get", read.clone()).await.unwrap()["status"], 200);
    // More than the host takes at once: the SDK sends a hundred after the other.
    let many = host.call("probe_notion_get_all", json!({"paths": vec!["/v1/users/me"; 250]})).await.unwrap();
    assert_eq!(many["answers"].as_array().map(Vec::len), Some(250));
    let all = host.call("probe_notion_get_all", json!({"paths": vec!["/v1/users/me"; 20]})).await.unwrap();
    assert_eq!(all["answers"].as_array().unwrap().len(), 20);
    assert_eq!(host.world.egress.sent().len(), 271);

    // Asked for, and not granted yet: refused with the command that grants it.
    let write = json!({"page": {}});
    let refusal = host.call("probe_write", write.clone()).await.unwrap_err();
    assert_eq!(refusal.code, Code::Forbidden);
    assert!(refusal.hint.unwrap().contains("toolbay plugin grant probe notion.write"));
    let report = host.report("probe.wasm");
    assert_eq!(
        report.missing.iter().copied().collect::<Vec<_>>(),
        [NOTION_WRITE, NOTION_DESTROY, CapabilityName::TOOLS_CALL]
    );
    assert_eq!(report.fix.unwrap(), "toolbay plugin grant probe notion.write notion.destroy tools.call");

    // A new grant is in force with the next look.
    host.grant("probe", NOTION_WRITE);
    host.grant("probe", CapabilityName::TOOLS_CALL);
    host.folder.refresh().await;
    assert_eq!(host.call("probe_write", write).await.unwrap()["status"], 200);
    let invoked = json!({"tool": "echo", "arguments": {"message": "m"}, "times": 3});
    let answer = host.call("probe_tools", invoked).await.unwrap();
    assert_eq!(answer, json!({"answers": vec![json!({"message": "m"}); 3]}));
    let other = json!({"tool": "probe_settings", "arguments": {}});
    assert_eq!(host.call("probe_tools", other).await.unwrap_err().code, Code::Forbidden);
}
