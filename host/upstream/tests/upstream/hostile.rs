//! Servers at their worst: each costs its own calls, nobody else's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use toolbay_kernel::Code;

use crate::world::{World, program};

#[tokio::test]
async fn an_answer_without_end_and_none_at_all_end_with_the_calls_time() {
    let world = World::with_program(&[]).await;
    for tool in ["files_huge", "files_never"] {
        let lost = world.call(tool, json!({})).await.unwrap_err();
        // One is asked again, and its program begun anew, until the call's time is over.
        let is_told = [Code::UpstreamFailed, Code::LimitExceeded, Code::Unavailable].contains(&lost.code);
        assert!(is_told, "{tool}: {lost:?}");
        let begun = Instant::now();
        while world.call("files_echo", json!({"text": "here"})).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", world.upstreams.health());
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn one_that_shows_no_sign_of_life_is_begun_again() {
    let world = World::with_program(&[]).await;
    assert_eq!(world.call("files_freeze", json!({})).await.unwrap_err().code, Code::UpstreamFailed);
    let begun = Instant::now();
    while world.call("files_echo", json!({"text": "here"})).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", world.upstreams.health());
    }
    world.stop().await;
}

#[tokio::test]
async fn thousands_of_tools_are_served_and_no_more() {
    let world = World::with_program(&[("FIXTURE_TOOLS", "6000")]).await;
    assert_eq!(world.tools().len(), 5_000);
    world.is_alive().await;
    world.stop().await;
}

#[tokio::test]
async fn what_ignores_its_end_is_killed_with_what_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let environment = [("FIXTURE_STUBBORN", "1"), ("FIXTURE_LEAVES_CHILD", pid.to_str().unwrap())];
    let world = World::start(vec![program(folder.path(), "files", &environment)], Arc::default());
    world.has("files_echo").await;
    let child: u32 = std::fs::read_to_string(&pid).unwrap().parse().unwrap();
    let is_there = || {
        let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z ")
    };
    assert!(is_there());
    world.stop().await;
    let begun = Instant::now();
    while is_there() {
        assert!(begun.elapsed() < Duration::from_secs(10), "what it started is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn one_that_never_answers_keeps_no_other_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["files", "other"].map(|name| program(folder.path(), name, &[]));
    let world = Arc::new(World::start(names.into(), Arc::default()));
    world.has("files_echo").await;
    world.has("other_echo").await;
    let hanging: Vec<_> = (0..80)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.call("other_never", json!({})).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    world.is_alive().await;
    assert!(hanging.iter().all(|call| !call.is_finished()), "{:?}", begun.elapsed());
    for call in hanging {
        let refused = call.await.unwrap().unwrap_err();
        assert!(matches!(refused.code, Code::UpstreamFailed | Code::RateLimited), "{refused:?}");
    }
    Arc::into_inner(world).unwrap().stop().await;
}
