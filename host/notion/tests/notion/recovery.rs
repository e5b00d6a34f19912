//! What became of a write whose answer was lost: looks that see it where it is, and nothing where it isn't.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use notion_emulator::{Emulator, Options};
use secrecy::SecretString;
use serde_json::{Value, json};
use time::OffsetDateTime;
use toolbay_kernel::Egress as _;
use toolbay_kernel::Problem;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::{Method, Request, ResolvedRequest, Response};
use toolbay_kernel::recovery::Verdict;
use toolbay_notion::{NAME, Notion, NotionSettings};

struct World {
    emulator: Emulator,
    notion: Notion,
    /// What other writes have made.
    known: HashSet<String>,
}

type Write = (Method, String, Option<Value>);

impl World {
    async fn start() -> Self {
        let emulator = Emulator::start(Options { rate_limit: None, ..Options::default() }).await.unwrap();
        let notion = Notion::new(&NotionSettings::at(emulator.url().parse().unwrap())).unwrap();
        Self { emulator, notion, known: HashSet::new() }
    }

    fn resolved(&self, (method, path, body): &Write) -> ResolvedRequest {
        let request = Request {
            egress: NAME,
            method: *method,
            path: path.clone(),
            query: Vec::new(),
            body: body.clone(),
            max_age: None,
        };
        self.notion.resolve(request).unwrap()
    }

    async fn send(&self, request: &ResolvedRequest) -> Result<Response, Problem> {
        let token = SecretString::from(self.emulator.token());
        match self.notion.send(request, Some(&token), Instant::now() + Duration::from_secs(30)).await {
            Sent::Answered(response) => Ok(response),
            Sent::Refused(problem) => Err(problem),
            other => panic!("{other:?}"),
        }
    }

    async fn done(&self, write: &Write) -> Value {
        self.send(&self.resolved(write)).await.unwrap().body.value().clone()
    }

    /// What a look at a write shows that was sent at that time; none when it can't be seen.
    async fn looked(&self, write: &Write, sent_at: OffsetDateTime, said: Option<&Problem>) -> Option<Value> {
        match self.verdict(write, sent_at, said).await? {
            Verdict::CarriedOut(response) | Verdict::Made(response) => Some(response.body.value().clone()),
            Verdict::NotSeen | Verdict::Absent | Verdict::LookOn(_) => None,
        }
    }

    /// Whether a look shows that a write wasn't carried out which was sent at that time, if nobody works on it any more.
    async fn is_absent(&self, write: &Write, sent_at: OffsetDateTime) -> bool {
        matches!(self.verdict(write, sent_at, None).await, Some(Verdict::Absent))
    }

    async fn verdict(
        &self,
        write: &Write,
        sent_at: OffsetDateTime,
        said: Option<&Problem>,
    ) -> Option<Verdict> {
        let probe = self.notion.recovery(&self.resolved(write), sent_at, said).probe?;
        let mut look = probe.look();
        for _ in 0..5 {
            let seen = self.send(&look).await;
            match probe.judge(&seen, &|id| self.known.contains(id)) {
                Verdict::LookOn(further) => look = further,
                verdict => return Some(verdict),
            }
        }
        None
    }

    async fn found(&self, write: &Write) -> Option<Value> {
        self.looked(write, OffsetDateTime::now_utc(), None).await
    }
}

fn text(content: &str) -> Value {
    json!([{"type": "text", "text": {"content": content}}])
}

/// Writes that can be seen afterwards.
fn writes(world: &World) -> Vec<Write> {
    let ids = world.emulator.ids();
    let (page, task, block) = (&ids.root_page, &ids.tasks[0], &ids.blocks[0]);
    let title = |title: &str| json!({"title": text(title)});
    vec![
        (Method::Patch, format!("/v1/pages/{task}"), Some(json!({"properties": {"Name": title("Renamed")}}))),
        (Method::Patch, format!("/v1/pages/{}", ids.tasks[1]), Some(json!({"in_trash": true}))),
        (Method::Delete, format!("/v1/blocks/{}", ids.blocks[1]), None),
        (
            Method::Patch,
            format!("/v1/data_sources/{}", ids.tasks_data_source),
            Some(json!({"properties": {"Estimate": {"name": "Effort"}}})),
        ),
        (
            Method::Patch,
            format!("/v1/data_sources/{}", ids.tasks_data_source),
            Some(json!({"title": text("T2")})),
        ),
        (Method::Patch, format!("/v1/comments/{}", ids.comment), Some(json!({"rich_text": text("Changed")}))),
        (
            Method::Post,
            "/v1/pages".to_owned(),
            Some(
                json!({"parent": {"data_source_id": ids.tasks_data_source}, "properties": {"Name": title("New row")}}),
            ),
        ),
        (
            Method::Post,
            "/v1/pages".to_owned(),
            Some(json!({"parent": {"page_id": page}, "properties": {"title": title("New child")}})),
        ),
        (
            Method::Patch,
            format!("/v1/blocks/{page}/children"),
            Some(json!({"children": [
                {"object": "block", "type": "paragraph", "paragraph": {"rich_text": text("One")}},
                {"type": "to_do", "to_do": {"rich_text": text("Two"), "checked": true}},
            ]})),
        ),
        (
            Method::Post,
            "/v1/comments".to_owned(),
            Some(json!({"parent": {"page_id": page}, "rich_text": text("Said once")})),
        ),
        (Method::Patch, format!("/v1/blocks/{block}"), Some(json!({"in_trash": true}))),
        (Method::Delete, format!("/v1/comments/{}", ids.comment), None),
    ]
}

#[tokio::test]
async fn a_write_is_seen_when_it_was_carried_out_and_not_before() {
    let world = World::start().await;
    for write in writes(&world) {
        assert_eq!(world.found(&write).await, None, "before: {write:?}");
        let answered = world.done(&write).await;
        let found = world.found(&write).await.unwrap_or_else(|| panic!("not seen: {write:?}"));
        match answered["results"].as_array() {
            None => assert_eq!(found["id"], answered["id"], "{write:?}"),
            Some(results) => {
                let ids = |list: &Value| {
                    list["results"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|block| block["id"].clone())
                        .collect::<Vec<_>>()
                };
                assert_eq!(ids(&found), ids(&answered));
                assert_eq!(results.len(), 2);
            }
        }
    }
}

#[tokio::test]
async fn what_was_made_is_only_seen_when_nothing_else_can_be_it() {
    for write in writes(&World::start().await)
        .into_iter()
        .filter(|write| write.0 == Method::Post || write.1.ends_with("/children"))
    {
        // Ids are the same in each new emulator.
        let mut world = World::start().await;
        let first = world.done(&write).await;
        let hour = time::Duration::HOUR;
        let now = OffsetDateTime::now_utc();
        assert_eq!(world.looked(&write, now + hour, None).await, None, "made long before: {write:?}");
        assert_eq!(world.looked(&write, now - hour, None).await, None, "made long after: {write:?}");
        let made = |answer: &Value| -> Vec<String> {
            let one = answer["id"].as_str().map(str::to_owned);
            let many = answer["results"].as_array().into_iter().flatten();
            one.into_iter().chain(many.map(|block| block["id"].as_str().unwrap().to_owned())).collect()
        };
        world.known.extend(made(&first));
        assert_eq!(world.found(&write).await, None, "made by another write: {write:?}");
        let second = world.done(&write).await;
        assert_eq!(made(&world.found(&write).await.unwrap()), made(&second));
        world.known.clear();
        assert_eq!(world.found(&write).await, None, "there are two: {write:?}");
    }
}

/// A write that makes something is absent only where nothing is there that it could have made, whatever the clocks say.
#[tokio::test]
async fn what_is_not_there_is_absent_and_what_could_be_it_is_not() {
    for write in writes(&World::start().await)
        .into_iter()
        .filter(|write| write.0 == Method::Post || write.1.ends_with("/children"))
    {
        let mut world = World::start().await;
        let now = OffsetDateTime::now_utc();
        let day = time::Duration::hours(24);
        assert!(world.is_absent(&write, now).await, "{write:?}");
        let made = world.done(&write).await;
        for sent_at in [now, now + day, now - day, now + time::Duration::HOUR, now - time::Duration::HOUR] {
            assert!(!world.is_absent(&write, sent_at).await, "{write:?} at {sent_at}");
        }
        let one = made["id"].as_str().map(str::to_owned);
        let many = made["results"].as_array().into_iter().flatten();
        world.known.extend(one.into_iter().chain(many.map(|block| block["id"].as_str().unwrap().to_owned())));
        assert!(!world.is_absent(&write, now).await, "whoever is known to have made it: {write:?}");
    }
}

#[tokio::test]
async fn what_notion_says_that_it_saved_is_read() {
    let world = World::start().await;
    let write = writes(&world).into_iter().find(|write| write.1 == "/v1/pages").unwrap();
    let [first, second] = [world.done(&write).await, world.done(&write).await];
    assert_eq!(world.found(&write).await, None, "there are two");
    for saved in [first, second] {
        let details = json!({"notion": {"additional_data": {"committed_resource_id": saved["id"]}}});
        let said = Problem::new(toolbay_kernel::Code::UpstreamFailed, "saved").details(details);
        let found = world.looked(&write, OffsetDateTime::now_utc(), Some(&said)).await.unwrap();
        assert_eq!(found["id"], saved["id"]);
    }
}

#[tokio::test]
async fn a_change_that_notion_says_it_saved_is_seen_where_any_change_is() {
    let world = World::start().await;
    let is_change = |write: &Write| write.0 == Method::Patch;
    for write in writes(&world).into_iter().filter(is_change) {
        let id = world.done(&write).await["id"].clone();
        let details = json!({"notion": {"additional_data": {"committed_resource_id": id}}});
        let said = Problem::new(toolbay_kernel::Code::UpstreamFailed, "saved").details(details);
        let now = OffsetDateTime::now_utc();
        let seen = world.looked(&write, now, None).await.is_some();
        assert_eq!(world.looked(&write, now, Some(&said)).await.is_some(), seen, "{write:?}");
    }
}

#[tokio::test]
async fn what_adds_is_never_repeated() {
    let world = World::start().await;
    let repeats = |write: &Write| world.resolved(write).is_repeatable;
    for write in writes(&world) {
        let adds = write.0 == Method::Post || write.1.ends_with("/children");
        assert_eq!(repeats(&write), !adds, "{write:?}");
    }
    let page = format!("/v1/pages/{}", world.emulator.ids().root_page);
    let template = json!({"template": {"type": "default"}});
    assert!(!repeats(&(Method::Patch, page.clone(), Some(template))), "a template is applied once more");
    let inserted = json!({"type": "insert_content", "insert_content": {"content": "x"}});
    assert!(!repeats(&(Method::Patch, format!("{page}/markdown"), Some(inserted))));
}
