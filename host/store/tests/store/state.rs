use std::sync::Arc;

use serde_json::{Value, json};
use toolbay_kernel::ports::PluginState as _;
use toolbay_kernel::{ConnectionId, PluginName};
use toolbay_store::{MAX_STATE_KEY, MAX_STATE_VALUE};

use crate::harness::store;

fn plugin(name: &str) -> PluginName {
    name.parse().unwrap()
}

#[tokio::test]
async fn values_come_back_as_they_were_and_to_their_owner_alone() {
    let (store, installation) = store().await;
    let (notes, here) = (plugin("notes"), ConnectionId::new());
    let value = json!({"z": 1, "a": [null, true, 1.5, -9_007_199_254_740_993_i64, "\0 ☂ \u{1F600}"], "": {}});
    assert_eq!(store.get(&notes, here, "k").await.unwrap(), None);
    assert!(store.put(&notes, here, "k", &value, 10).await.unwrap());
    let beside = installation.open().await;
    let read = beside.get(&notes, here, "k").await.unwrap().unwrap();
    assert_eq!(read.to_string(), value.to_string());
    assert!(store.put(&notes, here, "k", &Value::Null, 10).await.unwrap());
    assert_eq!(beside.get(&notes, here, "k").await.unwrap(), Some(Value::Null));

    assert_eq!(store.get(&plugin("other"), here, "k").await.unwrap(), None);
    assert_eq!(store.get(&notes, ConnectionId::new(), "k").await.unwrap(), None);
    store.remove(&plugin("other"), here, "k").await.unwrap();
    assert!(store.get(&notes, here, "k").await.unwrap().is_some());
    store.remove(&notes, here, "k").await.unwrap();
    store.remove(&notes, here, "k").await.unwrap();
    assert_eq!(store.get(&notes, here, "k").await.unwrap(), None);
}

#[tokio::test]
async fn keys_are_found_by_prefix_and_a_wildcard_is_a_character() {
    let (store, _installation) = store().await;
    let (notes, here) = (plugin("notes"), ConnectionId::new());
    for key in ["b", "a%", "a_1", "a", "ab", "A", "é1", "é", "☂"] {
        assert!(store.put(&notes, here, key, &json!(key), 100).await.unwrap());
    }
    let keys = async |prefix: &str, max| store.keys(&notes, here, prefix, max).await.unwrap();
    assert_eq!(keys("", 100).await, ["A", "a", "a%", "a_1", "ab", "b", "é", "é1", "☂"]);
    assert_eq!(keys("a", 100).await, ["a", "a%", "a_1", "ab"]);
    assert_eq!(keys("a", 2).await, ["a", "a%"]);
    assert_eq!(keys("a%", 100).await, ["a%"]);
    assert_eq!(keys("_", 100).await, [""; 0]);
    assert_eq!(keys("é", 100).await, ["é", "é1"]);
    assert_eq!(keys("", 0).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_holds_also_for_calls_at_the_same_time() {
    let (store, installation) = store().await;
    let beside = installation.open().await;
    let notes = plugin("notes");
    let mut here = ConnectionId::new();
    // Several rounds, since the first ones wait for connections to the database more than for each other.
    for _ in 0..10 {
        here = ConnectionId::new();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..16 {
            let store = Arc::clone(if number % 2 == 0 { &store } else { &beside });
            let notes = notes.clone();
            tasks.spawn(async move {
                store.put(&notes, here, &format!("k{number}"), &json!(number), 5).await.unwrap()
            });
        }
        let accepted = tasks.join_all().await.into_iter().filter(|accepted| *accepted).count();
        assert_eq!(accepted, 5);
    }
    let keys = store.keys(&notes, here, "", 100).await.unwrap();
    assert_eq!(keys.len(), 5);
    // A key that is there may be set again; another connection has room of its own.
    assert!(store.put(&notes, here, &keys[0], &json!("again"), 5).await.unwrap());
    assert!(store.put(&notes, ConnectionId::new(), "k", &json!(0), 5).await.unwrap());
    store.remove(&notes, here, &keys[0]).await.unwrap();
    assert!(store.put(&notes, here, "next", &json!(0), 5).await.unwrap());
}

#[tokio::test]
async fn what_would_swell_the_database_is_refused() {
    let (store, _installation) = store().await;
    let (notes, here) = (plugin("notes"), ConnectionId::new());
    let long = "k".repeat(MAX_STATE_KEY);
    assert!(store.put(&notes, here, &long, &json!(1), 10).await.unwrap());
    for key in [format!("{long}k"), "a\0b".to_owned()] {
        assert!(store.put(&notes, here, &key, &json!(1), 10).await.is_err());
        assert!(store.get(&notes, here, &key).await.is_err());
        assert!(store.keys(&notes, here, &key, 10).await.is_err());
        assert!(store.remove(&notes, here, &key).await.is_err());
    }
    let large = json!("x".repeat(MAX_STATE_VALUE - 2));
    assert!(store.put(&notes, here, "large", &large, 10).await.unwrap());
    assert!(store.put(&notes, here, "larger", &json!("x".repeat(MAX_STATE_VALUE)), 10).await.is_err());
    assert_eq!(store.keys(&notes, here, "large", 10).await.unwrap(), ["large"]);
}
