//! A guest that computes keeps nobody waiting, and ends when its caller goes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use toolbay_kernel::{Code, Invocation, Principal, Surface};

use crate::capabilities::NOTION_WRITE;
use crate::guests::fixture;
use crate::host::{Host, Setup};

/// A host of whose plugins one computes for ten seconds at a time.
async fn slow_host(calls_of_a_plugin: usize) -> Arc<Host> {
    let mut setup = Setup::default();
    setup.limits.guest.cpu = Duration::from_secs(10);
    setup.limits.calls_of_a_plugin = calls_of_a_plugin;
    setup.limits.wait_for_a_slot = Duration::from_millis(100);
    let host = setup.start();
    host.put("echo.wasm", &fixture("echo"));
    host.put("hostile.wasm", &fixture("hostile"));
    host.folder.refresh().await;
    Arc::new(host)
}

fn spin(host: &Arc<Host>) -> tokio::task::JoinHandle<Option<Code>> {
    let host = Arc::clone(host);
    tokio::spawn(async move { host.call("spin", json!({})).await.err().map(|problem| problem.code) })
}

// One thread, so that a guest that didn't give way would keep everybody else from running at all.
#[tokio::test(flavor = "current_thread")]
async fn others_run_beside_guests_that_spin() {
    let host = slow_host(64).await;
    let spinning: Vec<_> = (0..6).map(|_| spin(&host)).collect();
    for _ in 0..200 {
        host.is_alive().await;
    }
    assert!(
        spinning.iter().all(|call| !call.is_finished()),
        "the well-behaved had to wait for the others' end"
    );
    for call in spinning {
        call.abort();
    }
}

#[tokio::test]
async fn a_guest_ends_with_its_caller() {
    let host = slow_host(1).await;
    for _ in 0..3 {
        // One place: each round finds it free only because the guest before was ended.
        let spinning = spin(&host);
        while !matches!(host.call("trap", json!({})).await.unwrap_err().code, Code::RateLimited) {
            tokio::task::yield_now().await;
        }
        spinning.abort();
        assert!(spinning.await.unwrap_err().is_cancelled());
        while host.call("trap", json!({})).await.unwrap_err().code == Code::RateLimited {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_cancelled_call_answers_at_once_and_frees_its_place() {
    let host = slow_host(1).await;
    let invocation =
        Invocation::new("spin", json!({}), Arc::new(Principal::operator()), Surface::CommandLine);
    let cancel = invocation.cancel.clone();
    let running = {
        let door = host.door.clone();
        tokio::spawn(async move { door.call(invocation).await })
    };
    while !matches!(host.call("trap", json!({})).await.unwrap_err().code, Code::RateLimited) {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    assert_eq!(running.await.unwrap().result.unwrap_err().code, Code::Cancelled);
    while host.call("trap", json!({})).await.unwrap_err().code == Code::RateLimited {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_guest_in_the_slow_lane_still_reaches_the_world() {
    let host = Setup::default().start();
    host.put("hostile.wasm", &fixture("hostile"));
    host.grant("hostile", NOTION_WRITE);
    host.folder.refresh().await;
    // The first call is moved to the slow lane after its effect; the second begins there.
    for round in 1..=2 {
        let problem = host.call("spin_after_effect", json!({"page": {}})).await.unwrap_err();
        assert_eq!(problem.code, Code::LimitExceeded);
        assert_eq!(host.world.egress.sent().len(), round);
    }
}
