//! Plugins: installed, replaced, granted and removed while the host runs.

use serde_json::{Value, json};
use toolbay_kernel::audit::{Act, GrantChange, PluginChange};

use super::{Desk, SignedIn, answered, code, named};
use crate::harness::packed;

async fn install(operator: &SignedIn<'_>, component: Vec<u8>) -> (u16, Value) {
    let request = operator.request("POST", "/v1/administration/plugins");
    answered(request.header("Content-Type", "application/wasm").body(component)).await
}

/// The same plugin as another version: its manifest is text in the file.
fn as_version(mut component: Vec<u8>, version: &str) -> Vec<u8> {
    let (old, new) = (b"version = \"0.1.0\"", format!("version = \"{version}\""));
    assert_eq!(old.len(), new.len());
    let at = component.windows(old.len()).position(|text| text == old).expect("a version");
    component[at..at + new.len()].copy_from_slice(new.as_bytes());
    component
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_changes_what_a_running_plugin_may_do() {
    let desk = Desk::start_with(&["probe"], |configuration| configuration.grants.clear()).await;
    let operator = desk.operator().await;
    let page = desk.host.new_page("Granted");
    let write = async || operator.ask("POST", "/v1/tools/probe_write", Some(&page)).await;
    let (status, refusal) = write().await;
    assert_eq!((status, code(&refusal)), (403, "forbidden"), "{refusal:#}");
    let asked = |listed: &Value, capability: &str| {
        let plugin = named(listed, "plugins", "probe");
        let asked = plugin["asked"].as_array().unwrap().iter();
        asked.clone().find(|one| one["capability"] == capability).unwrap().clone()
    };
    let listed = operator.get("/v1/administration/plugins").await;
    let write_asked = asked(&listed, "notion.write");
    assert_eq!((&write_asked["granted"], &write_asked["from_configuration"]), (&json!(false), &json!(false)));
    assert!(write_asked["in_words"].as_str().unwrap().contains("Notion"));
    let read_asked = asked(&listed, "notion.read");
    assert_eq!((&read_asked["granted"], &read_asked["from_configuration"]), (&json!(true), &json!(true)));
    let plugin = named(&listed, "plugins", "probe");
    assert!(plugin["missing"].as_array().unwrap().contains(&json!("notion.write")));
    assert_eq!(plugin["limits"]["memory_mib"], 64);

    let grants = "/v1/administration/plugins/probe/grants";
    let granted = operator.post(grants, &json!({"capability": "notion.write"})).await;
    assert_eq!(granted, json!({"granted": true}));
    assert_eq!(
        operator.post(grants, &json!({"capability": "notion.write"})).await,
        json!({"granted": false})
    );
    desk.host.soon("the grant is in force", async || write().await.0 == 200).await;
    let revoked = operator.delete(&format!("{grants}/notion.write")).await;
    assert_eq!(revoked, json!({"revoked": true}));
    desk.host.soon("the grant is gone", async || write().await.0 == 403).await;

    for (path, body, expected) in [
        (grants, json!({"capability": "notion.wirte"}), 400),
        (grants, json!({"capability": "http"}), 409),
        (grants, json!({"capability": "state", "more": 1}), 400),
        ("/v1/administration/plugins/nobody/grants", json!({"capability": "state"}), 404),
    ] {
        let (status, envelope) = operator.ask("POST", path, Some(&body)).await;
        assert_eq!(status, expected, "{path} {body}: {envelope:#}");
    }
    let kept = operator.ask("DELETE", &format!("{grants}/notion.read"), None).await;
    assert_eq!((kept.0, code(&kept.1)), (409, "conflict"), "what the configuration grants stays: {}", kept.1);

    let changes = desk.changes().await.into_iter().filter_map(|(by, surface, act)| match act {
        Act::Grant { capability, change, .. } => {
            Some((by, surface, capability, change == GrantChange::Granted))
        }
        _ => None,
    });
    let of = |granted| ("operator".to_owned(), "console", "notion.write".to_owned(), granted);
    assert_eq!(changes.collect::<Vec<_>>(), [of(true), of(false)]);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_installed_replaced_and_removed() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    let (status, envelope) = install(&operator, packed("echo")).await;
    assert_eq!(
        (status, &envelope["result"]),
        (200, &json!({"name": "echo", "version": "0.1.0"})),
        "{envelope:#}"
    );
    assert!(desk.host.publishes("echo"), "it is there when the answer comes");
    let first = operator.get("/v1/administration/plugins").await;
    let echo = named(&first, "plugins", "echo");
    assert_eq!(
        (&echo["status"], &echo["from"], &echo["before"]),
        (&json!("live"), &json!("folder"), &Value::Null)
    );

    let (status, envelope) = install(&operator, as_version(packed("echo"), "0.2.0")).await;
    assert_eq!((status, &envelope["result"]["version"]), (200, &json!("0.2.0")), "{envelope:#}");
    let second = operator.get("/v1/administration/plugins").await;
    let echo = named(&second, "plugins", "echo");
    assert_eq!(
        (&echo["version"], &echo["before"]["version"]),
        (&json!("0.2.0"), &json!("0.1.0")),
        "{echo:#}"
    );
    assert!(echo["before"]["tools"].as_array().unwrap().contains(&json!("echo")), "{echo:#}");

    for (component, kind, expected) in [
        (b"this is no component".to_vec(), "application/wasm", 400),
        (packed("echo"), "application/json", 415),
        (vec![0; 8 * 1024 * 1024 + 1], "application/wasm", 413),
    ] {
        let request = operator.request("POST", "/v1/administration/plugins");
        let (status, envelope) = answered(request.header("Content-Type", kind).body(component)).await;
        assert_eq!(status, expected, "{envelope:#}");
    }
    assert_eq!(operator.delete("/v1/administration/plugins/echo").await, json!({"removed": "echo"}));
    assert!(!desk.host.publishes("echo"));
    let again = operator.ask("DELETE", "/v1/administration/plugins/echo", None).await;
    assert_eq!((again.0, code(&again.1)), (404, "not_found"));
    let outside = operator.ask("DELETE", "/v1/administration/plugins/..%2Ftoolbay", None).await;
    assert_eq!(outside.0, 404);

    let changes: Vec<(String, &str, Option<String>)> = desk
        .changes()
        .await
        .into_iter()
        .filter_map(|(by, surface, act)| match act {
            Act::Plugin { plugin, change } if plugin.as_str() == "echo" => Some((
                by,
                surface,
                match change {
                    PluginChange::Installed { version, .. } => Some(version),
                    PluginChange::Removed => None,
                },
            )),
            _ => None,
        })
        .collect();
    let of = |version: Option<&str>| ("operator".to_owned(), "console", version.map(str::to_owned));
    assert_eq!(changes, [of(Some("0.1.0")), of(Some("0.2.0")), of(None)]);
    desk.stop().await;
}
