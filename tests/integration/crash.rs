//! A host that is killed again and again while clients write, and repeat what they were not answered under the same key.
//!
//! The emulator's list of applied writes is the judge: nothing that a client was told is missing, and nothing was done twice.
//! `script/crash` runs more of the same.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use notion_emulator::{Emulator, Fault, FaultKind};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::harness::{Killable, TOKEN, TestHost};

/// Kills of a run in CI.
const KILLS: usize = 50;

/// Clients that write at the same time.
const CLIENTS: u64 = 8;

/// Rows of one bulk.
const ROWS: usize = 6;

/// Appends to one page: a look reads five hundred blocks.
const APPENDS: u64 = 60;

/// How long after it was sent a write of this emulator may still be carried out.
const SETTLE_SECONDS: u64 = 1;

/// Longest that one call is repeated.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a client asks for. The words of each are its own, so that the emulator's list tells what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    Create,
    Append,
    Upsert,
    Comment,
    Trash,
    Update,
    Bulk,
    Job,
}

impl Wish {
    const ALL: [Self; 8] = [
        Self::Create,
        Self::Append,
        Self::Upsert,
        Self::Comment,
        Self::Trash,
        Self::Update,
        Self::Bulk,
        Self::Job,
    ];
}

/// What became of a client's wish.
#[derive(Debug)]
struct Asked {
    wish: Wish,
    /// What stands in each of its writes; for those of state, the page.
    marks: Vec<String>,
    /// The marks whose outcome was told as unknown.
    unknown: BTreeSet<String>,
}

/// A seeded sequence of numbers.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

struct World {
    client: reqwest::Client,
    url: String,
    tasks: String,
    root: String,
    is_over: AtomicBool,
    asked: Mutex<Vec<Asked>>,
    repeats: AtomicU64,
}

impl World {
    /// Asks until there is an answer: the result, or the last problem when that is an unknown outcome.
    async fn ask(&self, tool: &str, arguments: &Value, key: &str) -> Result<Value, Value> {
        let url = format!("{}/v1/tools/{tool}", self.url);
        let end = tokio::time::Instant::now() + PATIENCE;
        let mut unknown = 0;
        loop {
            let request = self.client.post(&url).bearer_auth(TOKEN).header("Idempotency-Key", key);
            let told: Option<(u16, Value)> = match request.json(arguments).send().await {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    answer.json().await.ok().map(|told| (status, told))
                }
                Err(_) => None,
            };
            match told {
                Some((200, told)) => return Ok(told["result"].clone()),
                Some((504, told)) if unknown > 4 => return Err(told["error"].clone()),
                // Its recovery goes on under the key.
                Some((504, _)) => {
                    unknown += 1;
                    tokio::time::sleep(Duration::from_millis(SETTLE_SECONDS * 1_000 / 2)).await;
                }
                // Running, put off, stopped, or of a host that is just starting.
                None | Some((409 | 429 | 499 | 502 | 503, _)) => {}
                Some((_, told)) => panic!("{tool} {arguments} under {key}: {told:#}"),
            }
            assert!(tokio::time::Instant::now() < end, "{tool} under {key} is stuck");
            self.repeats.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    async fn job(&self, arguments: &Value, key: &str) -> Result<Value, Value> {
        let started = self.ask("job_start", arguments, key).await?;
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let job = self
                .ask("job_get", &json!({"job_id": started["job_id"]}), &format!("{key} {}", uuid()))
                .await?;
            match job["status"].as_str() {
                Some("succeeded") => return Ok(job["output"].clone()),
                Some("queued" | "running" | "waiting") => {}
                _ => panic!("a job ended so: {job:#}"),
            }
            assert!(tokio::time::Instant::now() < end, "a job is stuck: {job:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn row(&self, title: &str) -> Value {
        json!({"database_id": self.tasks, "properties": {"Name": title}})
    }

    fn upsert(&self, title: &str) -> Value {
        json!({"database_id": self.tasks, "unique": {"property": "Name", "value": title}, "properties": {"Estimate": 1}})
    }

    fn bulk(&self, marks: &[String]) -> Value {
        let ops: Vec<Value> =
            marks.iter().map(|mark| json!({"op": "upsert", "args": self.upsert(mark)})).collect();
        json!({"mode": "continue_on_error", "ops": ops})
    }

    fn note(&self, wish: Wish, marks: Vec<String>, outcome: &Result<Value, Value>) {
        let unknown = match outcome {
            Err(_) => marks.iter().cloned().collect(),
            Ok(told) => {
                let results = told["results"].as_array().into_iter().flatten();
                let lost = results.filter_map(|result| {
                    let code = result["error"]["code"].as_str()?;
                    assert_eq!(code, "outcome_unknown", "{result:#}");
                    marks.get(usize::try_from(result["index"].as_u64()?).ok()?).cloned()
                });
                lost.collect()
            }
        };
        self.asked.lock().push(Asked { wish, marks, unknown });
    }

    /// One client, which asks for one thing after the other until the kills are over.
    async fn client(self: Arc<Self>, number: u64, seed: u64) {
        let mut random = Random(seed ^ (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut page = String::new();
        let mut rows: Vec<String> = Vec::new();
        for turn in 0_u64.. {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let mark = format!("mark-{number}-{turn}-end");
            let key = format!("key-{number}-{turn}");
            if turn % APPENDS == 0 {
                let arguments =
                    json!({"parent_page_id": self.root, "title": format!("Page {number} {turn}")});
                match self.ask("create_page", &arguments, &format!("{key}-page")).await {
                    Ok(made) => page = made["id"].as_str().unwrap().to_owned(),
                    Err(_) => continue,
                }
            }
            let wish = Wish::ALL[usize::try_from(random.next(8)).unwrap()];
            let one = vec![mark.clone()];
            match wish {
                Wish::Create => {
                    let told = self.ask("create_page", &self.row(&mark), &key).await;
                    if let Ok(made) = &told {
                        rows.push(made["id"].as_str().unwrap().to_owned());
                    }
                    self.note(wish, one, &told);
                }
                Wish::Append => {
                    let arguments = json!({"block_id": page, "markdown": mark});
                    let told = self.ask("append_blocks", &arguments, &key).await;
                    self.note(wish, one, &told);
                }
                Wish::Comment => {
                    let told =
                        self.ask("create_comment", &json!({"page_id": page, "text": mark}), &key).await;
                    self.note(wish, one, &told);
                }
                Wish::Upsert => {
                    let told = self.ask("upsert", &self.upsert(&mark), &key).await;
                    self.note(wish, one, &told);
                }
                Wish::Trash | Wish::Update => {
                    let Some(row) = rows.pop() else { continue };
                    let told = if wish == Wish::Trash {
                        self.ask("trash", &json!({"id": row}), &key).await
                    } else {
                        let arguments = json!({"page_id": row, "properties": {"Estimate": turn}});
                        self.ask("update_page", &arguments, &key).await
                    };
                    self.note(wish, vec![row], &told);
                }
                Wish::Bulk | Wish::Job => {
                    let marks: Vec<String> =
                        (0..ROWS).map(|row| format!("mark-{number}-{turn}-{row}-end")).collect();
                    let arguments = self.bulk(&marks);
                    let told = if wish == Wish::Bulk {
                        self.ask("bulk", &arguments, &key).await
                    } else {
                        self.job(&json!({"kind": "bulk", "args": arguments}), &key).await
                    };
                    self.note(wish, marks, &told);
                }
            }
        }
    }
}

/// A number that no other call has.
fn uuid() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// How often each mark was written; the writes of state by their page.
pub(crate) fn applied(emulator: &Emulator) -> BTreeMap<String, usize> {
    let mut applied = BTreeMap::new();
    for write in emulator.writes() {
        let body = write.body.to_string();
        let made = match write.route.as_str() {
            "PATCH /v1/pages/{page_id}" => write.path.rsplit('/').next().map(str::to_owned),
            _ => None,
        };
        let marks = body.match_indices("mark-").filter_map(|(at, _)| {
            let rest = &body[at..];
            Some(rest[..rest.find("-end")? + 4].to_owned())
        });
        // A mark stands in a value once more where text and link repeat it.
        let marks: BTreeSet<String> = made.into_iter().chain(marks).collect();
        for mark in marks {
            *applied.entry(mark).or_insert(0) += 1;
        }
    }
    applied
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_host_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice() {
    let kills = number("TOOLBAY_TEST_KILLS", KILLS as u64);
    let seed = number("TOOLBAY_TEST_SEED", u64::from(std::process::id()));
    println!("TOOLBAY_TEST_SEED={seed}");
    let mut host = TestHost::start(&["rows", "pages", "blocks", "comments"]).await;
    host.stop_host().await;
    for (route, delay_ms) in [
        ("POST /v1/pages", 15),
        ("PATCH /v1/pages/{page_id}", 10),
        ("PATCH /v1/blocks/{block_id}/children", 15),
    ] {
        host.emulator.fault(Fault::new(route, FaultKind::Delay { delay_ms }).times(1_000_000));
    }
    let mut killable = Killable::start(&host).await;
    let world = Arc::new(World {
        client: host.client.clone(),
        url: killable.url.clone(),
        tasks: host.emulator.ids().tasks_database.clone(),
        root: host.emulator.ids().root_page.clone(),
        is_over: AtomicBool::new(false),
        asked: Mutex::default(),
        repeats: AtomicU64::new(0),
    });
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(Arc::clone(&world).client(number, seed));
    }
    let mut random = Random(seed);
    let begun = std::time::Instant::now();
    for kill in 0..kills {
        tokio::time::sleep(Duration::from_millis(50 + random.next(900))).await;
        let address = killable.address();
        killable.kill();
        killable = Killable::start_at(&host, &address).await;
        if kill % 50 == 49 {
            println!("{} kills, {} writes, {:?}", kill + 1, host.emulator.writes().len(), begun.elapsed());
        }
        while let Some(ended) = clients.try_join_next() {
            ended.unwrap();
        }
    }
    world.is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    killable.kill();

    let applied = applied(&host.emulator);
    let asked = std::mem::take(&mut *world.asked.lock());
    let (mut lost, mut doubled) = (Vec::new(), Vec::new());
    let mut table: BTreeMap<Wish, [usize; 3]> = BTreeMap::new();
    for Asked { wish, marks, unknown } in &asked {
        let row = table.entry(*wish).or_default();
        row[0] += 1;
        row[1] += marks.len();
        row[2] += unknown.len();
        for mark in marks {
            let times = applied.get(mark).copied().unwrap_or(0);
            let is_of_state = matches!(wish, Wish::Trash | Wish::Update);
            if times == 0 && !unknown.contains(mark) {
                lost.push((wish, mark));
            }
            if times > 1 && !is_of_state {
                doubled.push((wish, mark, times));
            }
        }
    }
    let writes = host.emulator.writes().len();
    let operations: usize = table.values().map(|row| row[1]).sum();
    let unknown: usize = table.values().map(|row| row[2]).sum();
    println!(
        "kills {kills}, operations {operations}, applied writes {writes}, repeats {}",
        world.repeats.load(Ordering::Relaxed)
    );
    println!("lost {}, doubled {}, unknown {unknown}", lost.len(), doubled.len());
    for (wish, [calls, marks, unknown]) in &table {
        println!("{wish:?}: {calls} calls, {marks} operations, {unknown} unknown");
    }
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(doubled.is_empty(), "doubled: {doubled:?}");
    assert!(unknown * 200 <= operations, "{unknown} of {operations} are unknown");
    host.stop().await;
}
