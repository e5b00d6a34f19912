//! Answers as events, and streams of news.

use std::time::Duration;

use notion_emulator::{Answers, Fault, FaultKind, HostedSettings};
use serde_json::{Value, json};

use super::client::{LEGACY, World};

/// The messages of a stream, as they come.
struct Heard {
    response: reqwest::Response,
    text: String,
}

impl Heard {
    fn of(response: reqwest::Response) -> Heard {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Heard { response, text: String::new() }
    }

    /// The next message; none at the end, an error where the connection broke.
    async fn next(&mut self) -> Result<Option<Value>, reqwest::Error> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                let message = data.map(|data| serde_json::from_str(data).unwrap());
                self.text = rest.to_owned();
                if message.is_some() {
                    return Ok(message);
                }
                continue;
            }
            match self.response.chunk().await? {
                Some(bytes) => self.text.push_str(std::str::from_utf8(&bytes).unwrap()),
                None => return Ok(None),
            }
        }
    }
}

impl World {
    fn pages(&self, count: usize) -> Value {
        let pages: Vec<Value> =
            (1..=count).map(|n| json!({ "properties": { "title": format!("Page {n}") } })).collect();
        json!({
            "name": "notion-create-pages",
            "arguments": { "parent": { "page_id": self.emulator.ids().root_page }, "pages": pages },
            "_meta": { "progressToken": "p" },
        })
    }
}

#[tokio::test]
async fn a_long_call_tells_its_steps_before_its_result() {
    let world = World::start().await;
    let pair = world.connect().await;
    world.hosted().set(HostedSettings { step_ms: 20, ..HostedSettings::default() });
    let sent = world.modern_request(&pair, "tools/call", world.pages(3)).send().await.unwrap();
    assert_eq!(sent.headers()["x-accel-buffering"], "no");
    let mut heard = Heard::of(sent);
    for step in 1..=3 {
        let message = heard.next().await.unwrap().unwrap();
        assert_eq!(message["method"], "notifications/progress");
        assert_eq!(message["params"]["progressToken"], "p");
        assert_eq!((&message["params"]["progress"], &message["params"]["total"]), (&json!(step), &json!(3)));
        // It comes when the step is done, not at the end.
        assert!(world.emulator.writes().len() <= step + 1);
    }
    let last = heard.next().await.unwrap().unwrap();
    assert_eq!(last["result"]["structuredContent"]["pages"].as_array().unwrap().len(), 3);
    assert!(heard.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_call_before_its_next_step() {
    let world = World::start().await;
    let pair = world.connect().await;
    world.hosted().set(HostedSettings { step_ms: 50, ..HostedSettings::default() });
    let sent = world.modern_request(&pair, "tools/call", world.pages(100)).send().await.unwrap();
    let mut heard = Heard::of(sent);
    heard.next().await.unwrap().unwrap();
    drop(heard);
    let mut before = 0;
    // It comes to rest: two looks in a row see the same.
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = world.emulator.writes().len();
        if now == before {
            break;
        }
        before = now;
    }
    assert!((1..100).contains(&before), "{before}");
}

#[tokio::test]
async fn without_a_token_for_progress_the_answer_is_one_object_unless_events_are_wanted() {
    let world = World::start().await;
    let pair = world.connect().await;
    let mut params = world.pages(1);
    params.as_object_mut().unwrap().remove("_meta");
    let plain = world.modern_request(&pair, "tools/call", params.clone()).send().await.unwrap();
    assert_eq!(plain.headers()["content-type"], "application/json");
    world.hosted().set(HostedSettings { answers: Answers::Stream, ..HostedSettings::default() });
    let mut heard = Heard::of(world.modern_request(&pair, "tools/call", params).send().await.unwrap());
    assert!(heard.next().await.unwrap().unwrap()["result"].is_object());
    world.hosted().set(HostedSettings { answers: Answers::Json, ..HostedSettings::default() });
    let plain = world.modern_request(&pair, "tools/call", world.pages(1)).send().await.unwrap();
    assert_eq!(plain.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn events_can_break_off_after_the_work_was_done() {
    let world = World::start().await;
    let pair = world.connect().await;
    world.emulator.fault(Fault::new("POST /mcp notion-create-pages", FaultKind::ApplyThenDrop));
    let mut heard =
        Heard::of(world.modern_request(&pair, "tools/call", world.pages(2)).send().await.unwrap());
    heard.next().await.unwrap().unwrap();
    heard.next().await.unwrap().unwrap();
    assert!(heard.next().await.is_err());
    assert_eq!(world.emulator.writes().len(), 2);
}

#[tokio::test]
async fn a_fault_that_hides_the_answer_hides_that_of_a_long_call_too() {
    let world = World::start().await;
    let pair = world.connect().await;
    let hidden = FaultKind::ApplyThenStatus { status: 504, guidance: false };
    world.emulator.fault(Fault::new("POST /mcp notion-create-pages", hidden));
    let sent = world.modern_request(&pair, "tools/call", world.pages(2)).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 504);
    assert_eq!(world.emulator.writes().len(), 2);
}

#[tokio::test]
async fn a_listening_client_hears_that_the_tools_changed() {
    let world = World::start().await;
    let pair = world.connect().await;
    let session = world.session(&pair, LEGACY).await;
    let listen = |accept: &'static str| {
        let request =
            world.http.get(world.hosted().url()).bearer_auth(pair.access()).header("accept", accept);
        request.header("mcp-session-id", &session).header("mcp-protocol-version", LEGACY).send()
    };
    assert_eq!(listen("application/json").await.unwrap().status().as_u16(), 406);
    let mut older = Heard::of(listen("text/event-stream").await.unwrap());
    assert_eq!(listen("text/event-stream").await.unwrap().status().as_u16(), 409);
    let wanted = json!({ "notifications": { "toolsListChanged": true } });
    let sent = world.modern_request(&pair, "subscriptions/listen", wanted).send().await.unwrap();
    let mut newer = Heard::of(sent);
    let first = newer.next().await.unwrap().unwrap();
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(first["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 1);

    world.control("hosted", json!({ "hidden_tools": ["notion-move-pages"] })).await;
    for heard in [&mut older, &mut newer] {
        let news = heard.next().await.unwrap().unwrap();
        assert_eq!(news["method"], "notifications/tools/list_changed");
    }
    let tools = world.modern(&pair, "tools/list", json!({})).await.text;
    assert!(!tools.contains("notion-move-pages") && tools.contains("notion-search"));
    world.hosted().forget_sessions();
    assert!(older.next().await.unwrap().is_none());
}
