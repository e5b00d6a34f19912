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
            { "id": "c2", "name": "team", "workspace_name": "Acme" },
        ] }))
    );
    assert!(host.sent().is_empty());
}

#[test]
fn nobody_is_connected_at_first() {
    let answer = MockHost::new().run(&PLUGIN, "connections", json!({})).expect("a list").value();
    assert_eq!(answer, Some(json!({ "connections": [] })));
}

#[test]
fn many_connections_come_in_pages() {
    let connection = |number: usize| Connection {
        id: format!("c{number}"),
        name: format!("team-{number:03}"),
        workspace_name: None,
    };
    let host = MockHost::new().with_connections((0..120).map(connection).collect());
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let arguments = json!({ "limit": 50, "cursor": cursor });
        let answer = host.run(&PLUGIN, "connections", arguments).expect("a page").value().expect("data");
        let page = answer["connections"].as_array().expect("a list").clone();
        assert!(page.len() <= 50);
        seen.extend(page);
        cursor = answer["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 120);
    assert_eq!(seen[119]["name"], "team-119");
}
