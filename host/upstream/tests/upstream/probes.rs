//! Writes whose answer was lost, and that a tool of the same server shows.

use std::sync::Arc;

use serde_json::{Value, json};
use time::OffsetDateTime;
use toolbay_kernel::recovery::Verdict;
use toolbay_kernel::{Code, Problem};
use toolbay_upstream::{Health, ProbeSettings, Shows, Template};

use crate::world::{World, program};

fn template(value: Value) -> Template {
    Template::parse(value).unwrap()
}

fn probe(read: &str, arguments: Value, shows: Shows) -> ProbeSettings {
    ProbeSettings { read: read.to_owned(), arguments: template(arguments), shows }
}

fn last_is(text: &str) -> Shows {
    Shows::Equals { pointer: "/last".to_owned(), value: template(json!(text)) }
}

/// A world in which `write-and-die` is looked for so.
async fn world(folder: &tempfile::TempDir, probe: ProbeSettings) -> World {
    let log = folder.path().join("log").display().to_string();
    let mut settings = program(folder.path(), "files", &[("FIXTURE_LOG", &log)]);
    settings.probes.insert("write-and-die".to_owned(), probe);
    let world = World::start(vec![settings], Arc::default()).logging_in(folder.path());
    world.has("files_echo").await;
    world
}

async fn lost(probe: ProbeSettings) -> Result<Value, Problem> {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&folder, probe).await;
    let answer = world.call("files_write_and_die", json!({"text": "once"})).await;
    assert_eq!(world.log(), ["write once"], "it is never sent twice");
    world.stop().await;
    answer
}

#[tokio::test]
async fn a_write_that_the_named_tool_shows_was_carried_out() {
    let answer = lost(probe("written", json!({}), last_is("write {/text}"))).await.unwrap();
    // It tells that it was done, and not what somebody may read who may read.
    assert_eq!(
        answer,
        json!(["It was carried out. Its answer was lost, and `files_written` shows that it was."])
    );
    let contains = Shows::Contains(template(json!("write {/text}")));
    assert!(lost(probe("written", json!({"text": "{/text}"}), contains)).await.is_ok());
}

#[tokio::test]
async fn what_it_does_not_show_stays_unknown_and_the_caller_is_told_that_it_was_asked() {
    let unknown = lost(probe("written", json!({}), last_is("write twice"))).await.unwrap_err();
    assert_eq!(unknown.code, Code::OutcomeUnknown);
    assert!(unknown.hint.unwrap().contains("`files_written` was asked whether it was, and couldn't tell"));
    let failed = lost(probe("fail", json!({}), last_is("write {/text}"))).await.unwrap_err();
    assert_eq!(failed.code, Code::OutcomeUnknown);
}

#[tokio::test]
async fn only_a_published_tool_that_reads_is_asked_and_with_arguments_that_are_there() {
    for (read, arguments) in
        [("write", json!({})), ("none", json!({})), ("written", json!({"text": "{/other}"}))]
    {
        let unknown = lost(probe(read, arguments, last_is("write {/text}"))).await.unwrap_err();
        assert_eq!(unknown.code, Code::OutcomeUnknown, "{read}");
        assert!(unknown.hint.unwrap().contains("can't be asked whether it was"), "{read}");
    }
}

#[tokio::test]
async fn a_write_of_an_earlier_process_is_looked_for_where_that_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&folder, probe("written", json!({}), last_is("write {/text}"))).await;
    world.call("files_write", json!({"text": "before"})).await.unwrap();
    let egress = world.upstreams.outside().egress;
    let words = |tool: &str| json!(["upstream", "files", tool, {"text": "before"}]);
    let known = egress.recalled(&words("write-and-die")).unwrap();
    assert_eq!(known.payload.in_words(), words("write-and-die"));
    let look = egress.recovery(&known, OffsetDateTime::now_utc(), None).probe.unwrap();
    let seen = toolbay_kernel::gate::Response {
        status: 200,
        body: json!({"content": [], "structuredContent": {"last": "write before"}}).into(),
    };
    assert!(matches!(look.judge(&Ok(seen), &|_| false), Verdict::CarriedOut(_)));
    for other in [words("write"), json!(["upstream", "none", "write-and-die", {}]), json!({"path": "/v1"})] {
        assert!(egress.recalled(&other).is_none(), "{other}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_server_has_been_what_its_calls_were() {
    let world = World::with_program(&[]).await;
    for _ in 0..3 {
        world.is_alive().await;
    }
    world.call("files_write_and_die", json!({"text": "once"})).await.unwrap_err();
    world.is_alive().await;
    let (_, report) = world.upstreams.reports().remove(0);
    assert_eq!((report.health, report.timed), (Health::Connected, 4));
    assert!(report.median.is_some() && report.since <= OffsetDateTime::now_utc());
    // By which of the two it was noticed last is the system's.
    let why = report.last_failure.unwrap().why;
    assert!(why.contains("before it answered") || why.contains("no sign of life"), "{why}");
    world.stop().await;
}

#[tokio::test]
async fn a_look_at_a_server_lists_its_tools_and_leaves_it() {
    let folder = tempfile::tempdir().unwrap();
    let launcher = [std::path::PathBuf::from(env!("CARGO_BIN_EXE_toolbay-upstream-fixture"))];
    let seen = toolbay_upstream::look(program(folder.path(), "files", &[]), &launcher).await.unwrap();
    let tool = seen.tools.iter().find(|tool| tool.their_name == "write-and-die").unwrap();
    assert_eq!((tool.name.as_str(), tool.access.as_str()), ("files_write_and_die", "writes"));
    let away = program(folder.path(), "files", &[("FIXTURE_FAILS", "1")]);
    assert!(toolbay_upstream::look(away, &launcher).await.unwrap_err().contains("no database"));
}
