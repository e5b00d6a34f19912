//! The ports against a Notion that can be written to, and that can hide what it has done.

use std::time::{Duration, Instant};

use notion_emulator::{Emulator, Fault, FaultKind, Options};
use secrecy::SecretString;
use serde_json::{Value, json};
use toolbay_kernel::Code;
use toolbay_kernel::Egress as _;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::{Method, Request};
use toolbay_notion::{NAME, Notion, NotionSettings};

struct World {
    emulator: Emulator,
    notion: Notion,
}

impl World {
    async fn start() -> Self {
        let emulator = Emulator::start(Options::default()).await.unwrap();
        let notion = Notion::new(&NotionSettings::at(emulator.url().parse().unwrap())).unwrap();
        Self { emulator, notion }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Sent {
        let request =
            Request { egress: NAME, method, path: path.to_owned(), query: Vec::new(), body, max_age: None };
        let request = self.notion.resolve(request).unwrap();
        let token = SecretString::from(self.emulator.token());
        self.notion.send(&request, Some(&token), Instant::now() + Duration::from_secs(30)).await
    }

    async fn answer(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        match self.send(method, path, body).await {
            Sent::Answered(response) => response.body.value().clone(),
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Creates a page below the root page.
    async fn create(&self, title: &str) -> Sent {
        let body = json!({
            "parent": {"page_id": self.emulator.ids().root_page},
            "properties": {"title": {"title": [{"text": {"content": title}}]}},
        });
        self.send(Method::Post, "/v1/pages", Some(body)).await
    }
}

#[tokio::test]
async fn a_page_is_created_read_changed_and_trashed() {
    let world = World::start().await;
    let Sent::Answered(created) = world.create("From a tool").await else { panic!("not created") };
    let page = format!("/v1/pages/{}", created.body.value()["id"].as_str().unwrap());
    assert_eq!(world.answer(Method::Get, &page, None).await["id"], created.body.value()["id"]);

    let body = json!({"type": "insert_content", "insert_content": {"content": "# Heading"}});
    world.answer(Method::Patch, &format!("{page}/markdown"), Some(body)).await;
    let markdown = world.answer(Method::Get, &format!("{page}/markdown"), None).await;
    assert!(markdown["markdown"].as_str().unwrap().contains("# Heading"), "{markdown}");

    let trashed = world.answer(Method::Patch, &page, Some(json!({"in_trash": true}))).await;
    assert_eq!(trashed["in_trash"], true);
    assert_eq!(world.emulator.writes().len(), 3);
}

#[tokio::test]
async fn rows_are_queried_and_a_database_id_is_explained() {
    let world = World::start().await;
    let ids = world.emulator.ids();
    let query = |id: &str| format!("/v1/data_sources/{id}/query");
    let rows =
        world.answer(Method::Post, &query(&ids.tasks_data_source), Some(json!({"page_size": 2}))).await;
    assert_eq!(rows["results"].as_array().unwrap().len(), 2);

    let Sent::Refused(problem) = world.send(Method::Post, &query(&ids.tasks_database), None).await else {
        panic!("not refused")
    };
    assert_eq!(problem.code, Code::NotFound);
    assert!(problem.hint.as_deref().unwrap().contains("lists its data sources"), "{problem:?}");
}

#[tokio::test]
async fn a_workspace_is_named_for_its_token_alone() {
    let world = World::start().await;
    let workspace = world.notion.workspace(&SecretString::from(world.emulator.token())).await.unwrap();
    assert!(workspace.name.is_some() && workspace.bot_name.is_some(), "{workspace:?}");
    let stranger = SecretString::from("ntn_59833787stranger");
    assert_eq!(world.notion.workspace(&stranger).await.unwrap_err().code, Code::Forbidden);
}

/// Whether a write was carried out can't be seen from the outcome: `applied` comes from the emulator's own record.
#[tokio::test]
async fn a_hidden_write_is_unknown_and_made_once() {
    let status = |status, guidance| FaultKind::ApplyThenStatus { status, guidance };
    for (fault, applied) in [
        (FaultKind::DropBefore, 0),
        (FaultKind::ApplyThenDrop, 1),
        (status(502, false), 1),
        (status(503, false), 1),
        (status(503, true), 1),
        (status(504, false), 1),
        (FaultKind::Garbage, 1),
        (FaultKind::Huge { bytes: 11 * 1024 * 1024 }, 1),
    ] {
        let world = World::start().await;
        world.emulator.fault(Fault::new("POST /v1/pages", fault.clone()));
        let Sent::Unknown(problem) = world.create("Once").await else { panic!("{fault:?} is not unknown") };
        let writes = world.emulator.writes();
        assert_eq!(writes.len(), applied, "{fault:?}");
        if fault == status(503, true) {
            let saved = format!("The change was saved as {}", writes[0].created[0]);
            assert!(problem.hint.as_deref().unwrap().contains(&saved), "{problem:?}");
        }
    }
}

#[tokio::test]
async fn what_was_refused_was_not_carried_out() {
    let world = World::start().await;
    let wait = |seconds| Duration::from_secs(seconds);
    let limited = |reason: &str| FaultKind::RateLimited { retry_after_seconds: 7, reason: reason.to_owned() };
    for (fault, expected) in [
        (limited("public_api_request_rate_limit"), Some((wait(7), true))),
        (limited("public_api_request_blocked"), Some((wait(7), false))),
        (FaultKind::Overloaded { retry_after_seconds: 3 }, Some((wait(3), true))),
        (FaultKind::Refuse { status: 409, code: "conflict_error".to_owned(), message: None }, None),
    ] {
        world.emulator.fault(Fault::new("POST /v1/pages", fault.clone()));
        let got = match world.create("Never").await {
            Sent::Busy { wait, retryable, .. } => Some((wait, retryable)),
            Sent::Refused(problem) => {
                assert_eq!(problem.code, Code::Conflict);
                None
            }
            other => panic!("{fault:?}: {other:?}"),
        };
        assert_eq!(got, expected);
    }
    assert_eq!(world.emulator.writes().len(), 0);
}
