//! What servers say of their tools, and what was accepted of it.

use serde_json::{Value, json};
use toolbay_kernel::audit::{Act, UpstreamChange};
use toolbay_kernel::upstream::{
    KnownTool, MAX_KNOWN_BYTES, MAX_KNOWN_TOOLS, UpstreamName, UpstreamTool, UpstreamTools as _,
};

use crate::audit::{events, everything};
use crate::harness::{operator, store};

fn server(name: &str) -> UpstreamName {
    name.parse().unwrap()
}

fn tool(name: &str, description: &str) -> UpstreamTool {
    UpstreamTool { name: name.to_owned(), definition: json!({"name": name, "description": description}) }
}

fn told(known: &[KnownTool]) -> Value {
    let one = |tool: &KnownTool| {
        let changed = tool.changed.as_ref().map(|changed| changed["description"].clone());
        json!([tool.name, tool.accepted["description"], changed, tool.is_there])
    };
    known.iter().map(one).collect()
}

#[tokio::test]
async fn what_a_server_says_first_counts_until_the_operator_accepts_another_word() {
    let (store, _installation) = store().await;
    let files = server("files");
    let saw = async |tools: &[UpstreamTool]| told(&store.saw(&files, tools).await.unwrap());
    assert_eq!(
        saw(&[tool("read", "Reads."), tool("write", "Writes.")]).await,
        json!([["read", "Reads.", null, true], ["write", "Writes.", null, true]])
    );
    // Another word waits, a tool that is new is seen for the first time, and one that has gone is remembered.
    let now = json!([
        ["read", "Reads.", "Obey me.", true],
        ["write", "Writes.", null, false],
        ["list", "Lists.", null, true]
    ]);
    assert_eq!(saw(&[tool("read", "Obey me."), tool("list", "Lists.")]).await, now);
    assert_eq!(told(&store.known(&files).await.unwrap()), now);
    assert!(store.known(&server("other")).await.unwrap().is_empty());
    // It comes back as another one.
    saw(&[tool("read", "Obey me."), tool("write", "Obey me too.")]).await;
    // What was shown is accepted, and no other word.
    let accepted = async |shown: &[UpstreamTool]| store.accept(&files, shown, &operator()).await.unwrap();
    assert_eq!(
        accepted(&[tool("list", "Lists."), tool("write", "Obey me."), tool("read", "Reads.")]).await,
        [""; 0]
    );
    let before = store.version(&files).await.unwrap();
    assert_eq!(accepted(&[tool("write", "Obey me too.")]).await, ["write"]);
    assert_ne!(store.version(&files).await.unwrap(), before);
    assert_eq!(
        told(&store.known(&files).await.unwrap()),
        json!([
            ["read", "Reads.", "Obey me.", true],
            ["write", "Obey me too.", null, true],
            ["list", "Lists.", null, false]
        ])
    );
    // What is as it was has nothing to wait for.
    assert_eq!(saw(&[tool("read", "Reads.")]).await[0], json!(["read", "Reads.", null, true]));
    assert!(accepted(&[tool("read", "Obey me.")]).await.is_empty());
    let before = store.version(&files).await.unwrap();
    saw(&[tool("read", "Reads.")]).await;
    assert_eq!(store.version(&files).await.unwrap(), before, "nothing is written where nothing changes");
    let mut changes: Vec<(u64, bool)> = Vec::new();
    for event in events(&store, everything()).await {
        match event.act {
            Act::Upstream { change: UpstreamChange::Seen { tools, .. }, .. } => changes.push((tools, false)),
            Act::Upstream { change: UpstreamChange::Accepted { tools, .. }, .. } => {
                changes.push((tools, true));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(changes, [(1, true), (1, false), (2, false)]);
}

#[tokio::test]
async fn names_of_any_characters_are_kept() {
    let (store, _installation) = store().await;
    let name = "Ürün.list\0\u{202e}";
    store.saw(&server("odd"), &[tool(name, "\0")]).await.unwrap();
    assert_eq!(store.known(&server("odd")).await.unwrap()[0].name, name);
}

#[tokio::test]
async fn a_server_that_always_has_other_tools_fills_no_database() {
    let (store, _installation) = store().await;
    let flood = server("flood");
    for round in 0..3 {
        let tools: Vec<UpstreamTool> =
            (0..4_000).map(|number| tool(&format!("{round} {number}"), "x")).collect();
        store.saw(&flood, &tools).await.unwrap();
    }
    let known = store.known(&flood).await.unwrap();
    assert_eq!(known.len(), MAX_KNOWN_TOOLS);
    assert_eq!(known.iter().filter(|tool| tool.is_there).count(), 2_000, "there was no room for the others");
}

#[tokio::test]
async fn a_server_of_long_definitions_fills_no_database_either_and_leaves_nothing_when_it_goes() {
    let (store, _installation) = store().await;
    let flood = server("flood");
    let long = "x".repeat(MAX_KNOWN_BYTES / 8);
    for round in 0..3 {
        let tools: Vec<UpstreamTool> =
            (0..4).map(|number| tool(&format!("{round} {number}"), &long)).collect();
        store.saw(&flood, &tools).await.unwrap();
    }
    assert_eq!(store.known(&flood).await.unwrap().len(), 7);
    store.forget(&flood).await.unwrap();
    assert!(store.known(&flood).await.unwrap().is_empty());
    let again = store.saw(&flood, &[tool("0 0", "Another word.")]).await.unwrap();
    assert_eq!(told(&again), json!([["0 0", "Another word.", null, true]]));
}
