//! Every interface of the contract, used by a real plugin.

use serde_json::json;

use crate::harness::TestHost;

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_uses_everything_that_it_was_granted() {
    let host = TestHost::start_with(&["probe", "echo"], |configuration| {
        configuration.settings.insert("probe".parse().unwrap(), json!({"colour": "green"}));
    })
    .await;
    let ids = host.emulator.ids();

    let page = host.result("probe_notion_get", json!({"path": format!("/v1/pages/{}", ids.root_page)})).await;
    assert_eq!((&page["status"], &page["body"]["object"]), (&json!(200), &json!("page")));
    let paths =
        [format!("/v1/pages/{}", ids.root_page), "/v1/pages/00000000-0000-0000-0000-000000000000".to_owned()];
    let both = host.result("probe_notion_get_all", json!({"paths": paths})).await;
    assert_eq!(both["answers"][0]["answer"]["status"], 200);
    assert_eq!(both["answers"][1]["problem"], "not_found");

    let body = json!({
        "parent": {"type": "page_id", "page_id": ids.root_page},
        "properties": {"title": {"title": [{"text": {"content": "Made by a plugin"}}]}}
    });
    let made = host.result("probe_write", json!({"page": body})).await;
    let id = made["body"]["id"].as_str().unwrap();
    assert_eq!(host.emulator.writes().len(), 1);
    assert_eq!(host.result("probe_destroy", json!({"block_id": id})).await, json!({"removed": true}));

    let kept = host.result("probe_state", json!({"key": "a", "value": "1"})).await;
    assert_eq!(kept, json!({"after": "1", "keys": ["a"]}));
    let kept = host.result("probe_state", json!({"key": "a"})).await;
    assert_eq!(kept, json!({"before": "1", "keys": []}));

    assert_eq!(host.result("probe_settings", json!({})).await, json!({"colour": "green"}));
    let ambient = host.result("probe_ambient", json!({})).await;
    assert_eq!(ambient["tool"], "probe_ambient");
    assert!(ambient["now_ms"].as_u64().unwrap() > 1_700_000_000_000);
    assert_ne!(ambient["random"], host.result("probe_ambient", json!({})).await["random"]);

    let invoked =
        host.result("probe_tools", json!({"tool": "echo", "arguments": {"message": "hi"}, "times": 3})).await;
    assert_eq!(invoked["answers"], json!([{"message": "hi"}, {"message": "hi"}, {"message": "hi"}]));
    let refused = host.error("probe_tools", json!({"tool": "probe_ambient", "arguments": {}})).await;
    assert_eq!(refused["code"], "forbidden");
    assert_eq!(host.result("probe_progress", json!({"steps": 3})).await, json!({"steps": 3}));
    assert_eq!(host.result("probe_log", json!({"message": "hello"})).await, json!({"lines": 5}));
    host.stop().await;
}
