//! Journalled writes in a store alone: what `script/bench writes` asks of group commit.
//!
//! `writers FOLDER SECONDS WRITERS...` prints for each number of writers the writes per second and the median time of one, in
//! microseconds. A write is what a call of one write records: its run opened, the intent, and its end.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use toolbay_kernel::audit::{Act, Actor, CallEnded, CallStarted, Event};
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::run::{Closing, Entry, Journal as _, Lease, NewRun, Repeat, Runs, Write};
use toolbay_kernel::{Access, CallId, PrincipalId, ToolName};
use toolbay_store::{KeySource, Store, StoreSettings};

type Failed = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let seconds: u64 = arguments.next().ok_or("how many seconds?")?.parse()?;
    let url = format!("sqlite://{}", folder.join("toolbay.db").display());
    let store = Store::open(StoreSettings::new(url, folder, KeySource::DataDir)).await?;
    for writers in arguments {
        let writers: usize = writers.parse()?;
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..writers {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < end {
                    let begun = Instant::now();
                    write(&store).await?;
                    took.push(begun.elapsed());
                }
                Ok::<_, Failed>(took)
            });
        }
        let mut took = Vec::new();
        while let Some(done) = tasks.join_next().await {
            took.extend(done??);
        }
        took.sort_unstable();
        let median = took.get(took.len() / 2).copied().unwrap_or_default();
        println!("{writers} {} {}", took.len() as u64 / seconds, median.as_micros());
    }
    Ok(())
}

async fn write(store: &Store) -> Result<(), Failed> {
    let call = CallId::new();
    let tool: ToolName = "create_page".parse()?;
    let event = |act| Event { by: Actor::operator(), call: Some(call), connection: None, act };
    let started = event(Act::CallStarted(CallStarted {
        tool: tool.clone(),
        parent: None,
        provider: "bench".to_owned(),
        access: Access::Writes,
        arguments_digest: "ab".repeat(32),
    }));
    let run = NewRun {
        call,
        principal: PrincipalId::of_environment("bench"),
        tool: tool.clone(),
        connection: None,
        lease: Duration::from_secs(30),
        fingerprint: call.to_string(),
        repeat: Repeat::Left(Duration::from_secs(600)),
        waits: false,
    };
    store.open(&run, &started).await?;
    let lease = Lease { run: call.into(), fence: 1 };
    let name =
        WriteName { method: "POST".to_owned(), route: "/v1/pages".to_owned(), target: "a page".to_owned() };
    let intent = Entry {
        position: "0".to_owned(),
        digest: "cd".repeat(32),
        provider: None,
        write: Some(Write { name, request: json!(["POST", ["v1", "pages"], [], {"properties": {}}]) }),
        outcome: None,
        event: None,
    };
    store.record(lease, std::slice::from_ref(&intent)).await?;
    let told = json!({"status": 200, "text": "{\"id\": \"x\"}"});
    let outcome = Entry { write: None, outcome: Some(Ok(told)), ..intent };
    let ended = event(Act::CallEnded(CallEnded {
        tool,
        code: None,
        summary: "create_page: succeeded".to_owned(),
        touched: Vec::new(),
        effects: 1,
        duration_ms: 1,
    }));
    let closing = Closing {
        is_success: true,
        outcome: None,
        is_left: false,
        forgets: false,
        reopened: &[],
        ended: &ended,
    };
    Runs::close(store, lease, &[outcome], closing).await?;
    Ok(())
}
