//! JSON sent as text: whatever an argument is, as a whole or any part of it, the text that says it in JSON means it, wherever
//! no text could be meant.

use notion_emulator::Seed;
use serde_json::{Map, Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;
use crate::nothing_dropped::{calls, refused};

/// The pointers of all values that text can stand for, the value itself first: whatever is no text already.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    if !value.is_string() {
        found.push(at.to_owned());
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{number}"), found);
            }
        }
        _ => {}
    }
}

/// Without times, without ids but those that the arguments name, and writes in an order of their own: those of independent
/// operations are made side by side.
fn settled(value: &Value, arguments: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| settled(item, arguments)).collect();
            if items.iter().any(|item| item.get("route").is_some()) {
                items.sort_by_key(Value::to_string);
            }
            items.into()
        }
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| {
                !matches!(
                    name.as_str(),
                    "created_time" | "last_edited_time" | "job_id" | "at" | "request_id" | "seq"
                )
            });
            kept.map(|(name, member)| (name.clone(), settled(member, arguments)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::String(text) if is_id(text) && !arguments.to_string().contains(text.as_str()) => {
            json!("an id")
        }
        other => other.clone(),
    }
}

fn is_id(text: &str) -> bool {
    let end = text.len().saturating_sub(32);
    let undashed = text.replace('-', "");
    let is_hexadecimal = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hexadecimal(&undashed) || text.get(end..).is_some_and(is_hexadecimal)
}

/// What a call answers, and what it has written.
async fn outcome(host: &TestHost, tool: &str, given: Value, arguments: &Value) -> (Value, Value) {
    host.emulator.reset(Seed::Default);
    let (_, mut envelope) = host.call(tool, given).await;
    envelope["result"] = settled(&envelope["result"], arguments);
    (envelope, settled(&json!(host.emulator.writes()), arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_as_text_means_what_it_says_at_every_depth() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let (mut wrong, mut taken, mut all) = (Vec::new(), 0, 0);
    for (tool, arguments) in calls(&ids) {
        let (plain, written) = outcome(&host, &tool, arguments.clone(), &arguments).await;
        if let Some(fault) = refused(&plain) {
            wrong.push(format!("{tool}: the call itself is refused: {fault}"));
            continue;
        }
        let mut found = Vec::new();
        places(&arguments, "", &mut found);
        // What a job does is not done when it answers.
        found.retain(|place| tool != "job_start" || !place.starts_with("/args/"));
        for place in found {
            let mut given = arguments.clone();
            for layers in 1..=2 {
                let slot = given.pointer_mut(&place).unwrap();
                *slot = Value::String(slot.to_string());
                all += 1;
                let (envelope, own) = outcome(&host, &tool, given.clone(), &arguments).await;
                match refused(&envelope) {
                    Some(fault) if own.as_array().is_some_and(|writes| !writes.is_empty()) => {
                        wrong.push(format!("{tool} `{place}` x{layers}: refused after a write: {fault}"));
                    }
                    Some(fault) if fault["hint"].as_str().is_none_or(str::is_empty) => {
                        wrong.push(format!("{tool} `{place}` x{layers}: refused without a hint: {fault}"));
                    }
                    Some(_) => {}
                    None if envelope["result"] == plain["result"] && own == written => taken += 1,
                    None => wrong.push(format!(
                        "{tool} `{place}` x{layers}: ok, and not the same: {}\n    {own}\n    and not {}\n    {written}",
                        envelope["result"], plain["result"]
                    )),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {all} places:\n{}", wrong.len(), wrong.join("\n"));
    // What is refused is refused with a hint; most is taken for what it is.
    assert!(taken * 100 >= all * 80, "only {taken} of {all} are taken");
    host.stop().await;
}
