//! Programs of this machine.

use std::sync::Arc;

use serde_json::json;
use toolbay_kernel::Code;
use toolbay_upstream::Health;

use crate::world::{Heard, World, program};

#[tokio::test]
async fn a_programs_tools_are_listed_called_and_bounded_as_they_say() {
    let world = World::with_program(&[]).await;
    let tools = world.tools();
    assert_eq!(tools["files_echo"], ("reads", "Says it again.".to_owned()));
    assert_eq!(tools["files_write"].0, "writes", "what isn't said to read, writes");
    assert_eq!(tools["files_destroy"].0, "destroys");
    assert!(tools.contains_key("files_write_and_die"));
    world.is_alive().await;
    assert_eq!(world.call("files_write", json!({"text": "one"})).await.unwrap(), json!(["written"]));
    assert_eq!(world.log(), ["write one"]);
    // Arguments are held against the schema here, before anything is sent.
    assert_eq!(world.call("files_echo", json!({"text": 1.5})).await.unwrap_err().code, Code::InvalidInput);
    let failed = world.call("files_fail", json!({})).await.unwrap_err();
    assert_eq!(failed.code, Code::Failed);
    assert!(failed.message.ends_with("the tool failed: no such file"), "{failed}");
    // A write that failed is told as that, and not as one that was carried out.
    let failed = world.call("files_write_fail", json!({})).await.unwrap_err();
    assert_eq!((failed.code, failed.details), (Code::Failed, None));
    // A word against the call may come after the work.
    let lost = world.call("files_write_wrong", json!({"text": "two"})).await.unwrap_err();
    assert_eq!((lost.code, world.log().last().unwrap().as_str()), (Code::OutcomeUnknown, "write two"));
    world.stop().await;
}

#[tokio::test]
async fn progress_is_passed_on_and_a_caller_that_leaves_cancels() {
    let world = World::with_program(&[]).await;
    let heard = Arc::new(Heard::default());
    world.call_heard("files_slow", json!({}), heard.clone()).await.unwrap();
    let told = |done| (done, Some(3), "on it".to_owned());
    assert_eq!(*heard.0.lock(), [told(1), told(2), told(3)]);
    drop(
        tokio::time::timeout(std::time::Duration::from_millis(300), world.call("files_never", json!({})))
            .await,
    );
    world.until(|world| world.log() == ["cancelled"]).await;
    world.stop().await;
}

#[tokio::test]
async fn a_program_sees_nothing_of_the_hosts_environment() {
    let world = World::with_program(&[("OWN", "mine")]).await;
    let seen = world.call("files_environment", json!({})).await.unwrap()["environment"].clone();
    let mut names: Vec<&String> = seen.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["FIXTURE_LOG", "OWN", "PATH"]);
    world.stop().await;
}

#[tokio::test]
async fn what_a_program_was_given_is_in_nothing_that_it_says() {
    let secret = "canary-0123456789";
    let word = format!("My token is {secret}.");
    let world = World::with_program(&[("API_TOKEN", secret), ("FIXTURE_WORD", &word)]).await;
    assert_eq!(world.tools()["files_echo"].1, "My token is [redacted].");
    let seen = world.call("files_environment", json!({})).await.unwrap()["environment"].clone();
    assert_eq!(seen["API_TOKEN"], "[redacted]");
    assert!(!seen.to_string().contains(secret), "{seen}");
    let escaped = json!({"text": format!("\"{secret}\"\n")});
    assert_eq!(world.call("files_echo", escaped).await.unwrap(), json!(["\"[redacted]\"\n"]));
    world.stop().await;
}

#[tokio::test]
async fn a_write_is_in_the_journal_before_it_is_sent_and_never_sent_twice() {
    let world = World::with_program(&[]).await;
    let lost = world.call("files_write_and_die", json!({"text": "once"})).await.unwrap_err();
    assert_eq!(lost.code, Code::OutcomeUnknown, "{lost:?}");
    assert_eq!(world.log(), ["write once"]);
    let calls = world.store.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(world.store.journal.lock().len(), 1, "its intent");
    // It comes back.
    world.is_alive().await;
    assert!(matches!(world.upstreams.health()[0].1, Health::Connected));
    world.stop().await;
}

#[tokio::test]
async fn a_program_that_cannot_start_says_why_and_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let broken = program(folder.path(), "broken", &[("FIXTURE_FAILS", "1")]);
    let world = World::start(vec![broken], Arc::default());
    world
        .until(|world| match &world.upstreams.health()[0].1 {
            Health::Away { why } => why.contains("no database") && !why.contains('\u{1b}'),
            _ => false,
        })
        .await;
    world.stop().await;
}

#[tokio::test]
async fn what_was_known_is_published_before_a_server_is_reached() {
    let world = World::with_program(&[]).await;
    let (known, tools) = (Arc::clone(&world.known), world.tools());
    world.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let away = program(folder.path(), "files", &[("FIXTURE_FAILS", "1")]);
    let world = World::start(vec![away], known);
    world.has("files_echo").await;
    assert_eq!(world.tools(), tools);
    let refusal = world.call("files_echo", json!({"text": "x"})).await.unwrap_err();
    assert_eq!(refusal.code, Code::Unavailable);
    assert!(refusal.message.contains("`files` is away") && refusal.hint.is_some(), "{refusal:?}");
    world.stop().await;
}
