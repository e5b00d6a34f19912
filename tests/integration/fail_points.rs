//! A host that ends at every step of a recorded call, one after the other: each write is there once, and each key gets its answer.
//!
//! The first execution of a call ends at the first passage of a step, the one that goes on with it at the second, and so forth, until
//! one comes through. `script/crash --steps` also ends each passage as the first thing that goes wrong.

use std::env;
use std::time::Duration;

use serde_json::{Value, json};

use crate::crash::applied;
use crate::harness::{Killable, TOKEN, TestHost, port_of_its_own};

const STEPS: [&str; 5] = ["committing", "committed", "sending", "sent", "answering"];

/// Passages of one step that no call of these has.
const TOO_MANY: u32 = 60;

/// Longest that one call is asked for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A call that writes, by the words that it writes.
struct Case {
    tool: &'static str,
    arguments: fn(&Ground, &str) -> Value,
    /// How many things it writes; the words of the first are those of the call.
    writes: usize,
}

/// What the calls work on.
struct Ground {
    tasks: String,
    page: String,
}

const CASES: [Case; 8] = [
    Case { tool: "create_page", arguments: |ground, mark| row(ground, mark), writes: 1 },
    Case {
        tool: "append_blocks",
        arguments: |ground, mark| json!({"block_id": ground.page, "markdown": mark}),
        writes: 1,
    },
    Case {
        tool: "create_comment",
        arguments: |ground, mark| json!({"page_id": ground.page, "text": mark}),
        writes: 1,
    },
    Case { tool: "upsert", arguments: |ground, mark| upsert(ground, mark), writes: 1 },
    Case {
        tool: "update_page",
        arguments: |ground, mark| json!({"page_id": ground.page, "properties": {"title": mark}}),
        writes: 1,
    },
    Case { tool: "bulk", arguments: |ground, mark| bulk(ground, mark), writes: 3 },
    Case {
        tool: "job_start",
        arguments: |ground, mark| json!({"kind": "bulk", "args": bulk(ground, mark)}),
        writes: 3,
    },
    // The last: what it works on is gone then.
    Case { tool: "trash", arguments: |ground, _| json!({"id": ground.page}), writes: 0 },
];

fn row(ground: &Ground, mark: &str) -> Value {
    json!({"database_id": ground.tasks, "properties": {"Name": mark}})
}

fn upsert(ground: &Ground, mark: &str) -> Value {
    let unique = json!({"property": "Name", "value": mark});
    json!({"database_id": ground.tasks, "unique": unique, "properties": {"Estimate": 1}})
}

fn bulk(ground: &Ground, mark: &str) -> Value {
    let ops: Vec<Value> =
        (0..3).map(|number| json!({"op": "create_page", "args": row(ground, &nth(mark, number))})).collect();
    json!({"mode": "continue_on_error", "ops": ops})
}

/// The words of one of several writes of a call.
fn nth(mark: &str, number: usize) -> String {
    if number == 0 { mark.to_owned() } else { mark.replace("-end", &format!("-{number}-end")) }
}

/// A host at an address, and a client that asks again as long as it isn't answered.
struct Asking<'h> {
    host: &'h TestHost,
    address: String,
}

impl Asking<'_> {
    /// Asks for a call of a host, until it is answered or the host has ended.
    async fn ask(
        &self,
        killable: &mut Killable,
        tool: &str,
        arguments: &Value,
        key: Option<&str>,
    ) -> Option<Value> {
        let url = format!("http://{}/v1/tools/{tool}", self.address);
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let mut request = self.host.client.post(&url).bearer_auth(TOKEN).json(arguments);
            if let Some(key) = key {
                request = request.header("Idempotency-Key", key);
            }
            let told = match request.send().await {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    answer.json::<Value>().await.ok().map(|told| (status, told))
                }
                Err(_) => None,
            };
            match told {
                Some((200, told)) => return Some(told["result"].clone()),
                Some((409 | 429 | 499 | 502 | 503 | 504, _)) => {}
                Some((status, told)) => panic!("{tool} {arguments}: {status} {told:#}"),
                // It takes a moment until a process is seen to have ended.
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
            if killable.has_ended() {
                return None;
            }
            assert!(tokio::time::Instant::now() < end, "{tool} {arguments} isn't answered");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A call to its end, that of its job included.
    async fn complete(
        &self,
        killable: &mut Killable,
        case: &Case,
        arguments: &Value,
        key: &str,
    ) -> Option<Value> {
        let told = self.ask(killable, case.tool, arguments, Some(key)).await?;
        if case.tool != "job_start" {
            return Some(told);
        }
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let job = self.ask(killable, "job_get", &json!({"job_id": told["job_id"]}), None).await?;
            match job["status"].as_str() {
                Some("succeeded") => return Some(job["output"].clone()),
                Some("queued" | "running") => {}
                _ => panic!("a job ended so: {job:#}"),
            }
            assert!(tokio::time::Instant::now() < end, "a job is stuck: {job:#}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Makes a page; answers its id.
    async fn page(&self, title: &str) -> String {
        let mut killable = Killable::start_at(self.host, &self.address).await;
        let arguments = json!({"parent_page_id": self.host.emulator.ids().root_page, "title": title});
        let made = self.ask(&mut killable, "create_page", &arguments, Some(title)).await.unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// The call is answered in the end, and what it writes is there once.
    fn check(&self, case: &Case, mark: &str, told: &Value, step: &str) {
        let applied = applied(&self.host.emulator);
        for number in 0..case.writes {
            let times = applied.get(&nth(mark, number)).copied().unwrap_or(0);
            assert_eq!(times, 1, "{} at {step}: write {number}; told {told:#}", case.tool);
        }
        if let Some(results) = told["results"].as_array() {
            assert!(results.iter().all(|result| result["ok"] == true), "{} at {step}: {told:#}", case.tool);
        }
    }
}

/// Each execution ends one passage later than the one before it. Answers how often the host has ended.
async fn later_and_later(asking: &Asking<'_>, case: &Case, arguments: &Value, mark: &str, step: &str) -> u32 {
    let key = format!("{step} {mark}");
    for passage in 1..TOO_MANY {
        let point = format!("{step}:{passage}");
        let mut killable = Killable::start_to_fail(asking.host, &asking.address, &point).await;
        if let Some(told) = asking.complete(&mut killable, case, arguments, &key).await {
            asking.check(case, mark, &told, &point);
            return passage - 1;
        }
    }
    panic!("{} at {step} comes to no end", case.tool);
}

/// The host ends once, at a passage. False when the call doesn't pass there so often.
async fn once(asking: &Asking<'_>, case: &Case, arguments: &Value, mark: &str, point: &str) -> bool {
    let key = format!("{point} {mark}");
    let mut killable = Killable::start_to_fail(asking.host, &asking.address, point).await;
    let told = asking.complete(&mut killable, case, arguments, &key).await;
    drop(killable);
    let is_passed = told.is_none();
    let told = match told {
        Some(told) => told,
        None => {
            let mut killable = Killable::start_at(asking.host, &asking.address).await;
            asking.complete(&mut killable, case, arguments, &key).await.unwrap()
        }
    };
    asking.check(case, mark, &told, point);
    is_passed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_host_that_ends_at_any_step_of_a_call_loses_nothing_and_does_nothing_twice() {
    let is_whole = env::var("TOOLBAY_TEST_STEPS").is_ok_and(|value| value == "all");
    let mut host = TestHost::start(&["rows", "pages", "blocks", "comments"]).await;
    host.stop_host().await;
    let asking = Asking { host: &host, address: format!("127.0.0.1:{}", port_of_its_own()) };
    let mut ends = 0;
    for (number, case) in CASES.iter().enumerate() {
        // CI has one case of each kind of run, and `script/crash --steps` all.
        if !is_whole && !["create_comment", "bulk", "job_start"].contains(&case.tool) {
            continue;
        }
        let page = asking.page(&format!("Page {number}")).await;
        let mut ground = Ground { tasks: host.emulator.ids().tasks_database.clone(), page };
        for step in STEPS {
            let mark = format!("mark-{number}-{step}-end");
            if case.tool == "trash" {
                ground.page = asking.page(&format!("To trash {step}")).await;
            }
            let ended = later_and_later(&asking, case, &(case.arguments)(&ground, &mark), &mark, step).await;
            ends += ended;
            println!("{}: {step}, {ended} ends", case.tool);
            if !is_whole {
                continue;
            }
            for passage in 1..TOO_MANY {
                let point = format!("{step}:{passage}");
                let mark = format!("mark-{number}-{step}-once-{passage}-end");
                if case.tool == "trash" {
                    ground.page = asking.page(&format!("To trash {point}")).await;
                }
                if !once(&asking, case, &(case.arguments)(&ground, &mark), &mark, &point).await {
                    break;
                }
                ends += 1;
            }
        }
    }
    println!("the host ended {ends} times at a step");
    assert!(ends > 30, "the steps are not where they were");
    host.stop().await;
}
