//! What a model gets wrong in a working day: a wrong member, a wrong name, a wrong shape. Each is refused with a hint that
//! can be acted on, and nothing is written; or it is read as it was meant, and then the answer shows that. None is an ok
//! that isn't true.
//!
//! `slips.jsonl` has them, one a line. `$name` stands for an id of the demo workspace.

use std::collections::BTreeMap;

use notion_emulator::{Seed, SeedIds};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

/// A call that is slightly wrong, and what has to come of it.
#[derive(Deserialize)]
struct Slip {
    what: String,
    tool: String,
    arguments: Value,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// Nothing is written, and message or hint name these.
    Refused(Vec<String>),
    /// The answer has these values at these pointers.
    Answered(BTreeMap<String, Value>),
    /// The first task has these values at these pointers of `get_page`'s answer afterwards.
    Page(BTreeMap<String, Value>),
    /// The answer has these words, wherever they are.
    Noted(Vec<String>),
}

fn slips(ids: &SeedIds) -> Vec<Slip> {
    let names = [
        ("$tasks_database", &ids.tasks_database),
        ("$tasks_data_source", &ids.tasks_data_source),
        ("$root_page", &ids.root_page),
        ("$task_0", &ids.tasks[0]),
        ("$project_1", &ids.projects[1]),
        ("$block_1", &ids.blocks[1]),
    ];
    let text = names.iter().fold(include_str!("slips.jsonl").to_owned(), |text, (name, id)| {
        text.replace(&format!("\"{name}\""), &json!(id).to_string())
    });
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_is_refused_with_what_would_be_right_or_read_as_it_was_meant() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let slips = slips(&ids);
    let mut wrong = Vec::new();
    for slip in &slips {
        host.emulator.reset(Seed::Default);
        let before = host.emulator.writes().len();
        let (_, envelope) = host.call(&slip.tool, slip.arguments.clone()).await;
        let written = host.emulator.writes().len() - before;
        if let Err(fault) = judge(&host, &ids, &envelope, written, &slip.outcome).await {
            wrong.push(format!("{} ({}): {fault}: {envelope}", slip.what, slip.tool));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), slips.len(), wrong.join("\n\n"));
    host.stop().await;
}

async fn judge(
    host: &TestHost,
    ids: &SeedIds,
    envelope: &Value,
    written: usize,
    outcome: &Outcome,
) -> Result<(), String> {
    if let Outcome::Refused(names) = outcome {
        let problems = problems(envelope);
        if problems.is_empty() {
            return Err("an ok that isn't true".to_owned());
        }
        if written > 0 {
            return Err(format!("refused, after {written} writes"));
        }
        // What was not run has nothing to mend.
        let is_mistake = |problem: &&Value| problem["code"] != "skipped";
        if problems
            .iter()
            .filter(is_mistake)
            .any(|problem| problem["hint"].as_str().is_none_or(str::is_empty))
        {
            return Err("no hint".to_owned());
        }
        return says(&json!(problems), names);
    }
    if envelope["ok"] != json!(true) {
        return Err("refused, and it could be read".to_owned());
    }
    match outcome {
        Outcome::Answered(values) => has(&envelope["result"], values),
        Outcome::Page(values) => {
            has(&host.result("get_page", json!({"page_id": ids.tasks[0]})).await, values)
        }
        Outcome::Noted(words) => says(&envelope["result"], words),
        Outcome::Refused(_) => Ok(()),
    }
}

/// The problem of a refused call, or those of a bulk's operations: a bulk that wrote nothing answers with its results.
fn problems(envelope: &Value) -> Vec<Value> {
    if envelope["ok"] == json!(false) {
        return vec![envelope["error"].clone()];
    }
    let results = envelope["result"]["results"].as_array().cloned().unwrap_or_default();
    results.into_iter().map(|result| result["error"].clone()).filter(Value::is_object).collect()
}

fn says(answer: &Value, words: &[String]) -> Result<(), String> {
    let said = answer.to_string();
    match words.iter().find(|word| !said.contains(word.as_str())) {
        Some(word) => Err(format!("nothing names {word}")),
        None => Ok(()),
    }
}

fn has(answer: &Value, values: &BTreeMap<String, Value>) -> Result<(), String> {
    match values.iter().find(|(pointer, value)| answer.pointer(pointer) != Some(value)) {
        Some((pointer, value)) => Err(format!("{pointer} is {:?}, not {value}", answer.pointer(pointer))),
        None => Ok(()),
    }
}
