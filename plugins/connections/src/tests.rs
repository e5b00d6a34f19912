use toolbay_sdk::Connection;
use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

#[test]
fn the_callers_connections_are_answered_without_asking_notion() {
    let connection = |id: &str, name: &str, workspace: Option<&str>| Connection {
        id: id.to_owned(),
        name: name.to_owned(),
        workspace_name: workspace.map(str::to_owned),
    };
    let host = MockHost::new()
        .with_connections(vec![connection("c1", "default", None), connection("c2", "team", Some("Acme"))]);
    let answer = host.run(&PLUGIN, "connections", json!({})).expect("a list").value();
    assert_eq!(
        answer,
        Some(json!({ "connections": [
            { "id": "c1", "name": "default" },
            { "id": "c2", "name": "team", "workspace": "Acme" },
        ] }))
    );
    assert!(host.sent().is_empty());
}

#[test]
fn nobody_is_connected_at_first() {
    let answer = MockHost::new().run(&PLUGIN, "connections", json!({})).expect("a list").value();
    assert_eq!(answer, Some(json!({ "connections": [] })));
}
