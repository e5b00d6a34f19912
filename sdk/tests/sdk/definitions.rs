//! What the host is told about tools.

use std::collections::BTreeMap;

use toolbay_sdk::mock::assert_small_definitions;
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Greet {
    /// Who to greet,
    /// by first name.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// How loud, from 0 to 255.
    volume: Option<u8>,
    /// In which manner.
    #[serde(default)]
    manner: Manner,
    /// Others to greet.
    #[serde(default)]
    others: Vec<Person>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Manner {
    #[default]
    Plain,
    VeryFormal,
}

#[derive(Deserialize, JsonSchema)]
struct Person {
    /// The person's name.
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct Greeting {
    /// The words to say.
    text: String,
    /// When, in milliseconds since 1970.
    at_ms: u64,
}

/// Greets somebody
/// by name.
///
/// Also others:
/// - friends
/// - family
///
/// # Errors
///
/// Nobody who calls the tool reads this.
#[tool(reads)]
fn greet(call: &Call, input: Greet) -> Result<Greeting, Problem> {
    let mut names = vec![input.name];
    names.extend(input.others.into_iter().map(|other| other.name));
    let mark = "!".repeat(usize::from(input.volume.unwrap_or(1)));
    let word = match input.manner {
        Manner::Plain => "Hello",
        Manner::VeryFormal => "Good day",
    };
    Ok(Greeting { text: format!("{word}, {}{mark}", names.join(", ")), at_ms: call.now_ms() })
}

#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
struct Labels(BTreeMap<String, String>);

#[derive(Deserialize, JsonSchema)]
struct SetLabels {
    /// The page.
    page_id: String,
    /// Labels by name.
    labels: Labels,
}

/// Replaces the labels of a page.
#[tool(
    destroys,
    idempotent,
    name = "labels_set",
    title = "Set labels",
    route = "PATCH /v1/pages/{page_id}/labels"
)]
fn set_labels(_call: &Call, input: SetLabels) -> Result<Value, Problem> {
    Ok(json!({ "page_id": input.page_id, "count": input.labels.0.len() }))
}

/// Anything.
#[derive(Deserialize, JsonSchema)]
struct Anything {
    #[serde(flatten)]
    fields: BTreeMap<String, Value>,
}

/// Counts what it is given.
#[tool(writes)]
fn count_fields(_call: &Call, input: Anything) -> Result<Answer, Problem> {
    Ok(Answer::of(&input.fields.len())?.text("counted"))
}

#[derive(Serialize, JsonSchema)]
struct Tree {
    /// The branches.
    branches: Vec<Tree>,
}

/// Grows a tree.
#[tool(reads)]
fn grow(_call: &Call) -> Result<Tree, Problem> {
    Ok(Tree { branches: vec![Tree { branches: Vec::new() }] })
}

plugin!(greet, set_labels, count_fields, grow);

#[test]
fn definitions_are_as_recorded() {
    let definitions = serde_json::to_string_pretty(&PLUGIN.definitions()).unwrap();
    let recorded = include_str!("definitions.json");
    assert_eq!(definitions.trim(), recorded.trim(), "if this was meant, record it:\n{definitions}");
}

#[test]
fn the_recorded_tools_run() {
    let host = toolbay_sdk::mock::MockHost::new().with_time(7);
    let data = |tool, arguments| host.run(&PLUGIN, tool, arguments).unwrap().value().unwrap();
    assert_eq!(
        data(
            "greet",
            json!({"name": "Ada", "manner": "very_formal", "others": [{"name": "Bo"}], "volume": 2})
        ),
        json!({"text": "Good day, Ada, Bo!!", "at_ms": 7})
    );
    assert_eq!(
        data("labels_set", json!({"page_id": "p", "labels": {"a": "b"}})),
        json!({"page_id": "p", "count": 1})
    );
    assert_eq!(data("count_fields", json!({"a": 1, "b": 2})), json!(2));
    assert_eq!(data("grow", json!({})), json!({"branches": [{"branches": []}]}));
}

#[test]
fn definitions_that_are_too_large_are_named() {
    let largest = PLUGIN.definitions().into_iter().map(|definition| {
        json!({"name": definition.name, "description": definition.description, "inputSchema": definition.input_schema})
            .to_string()
            .len()
    });
    let largest = largest.max().unwrap();
    assert_small_definitions(&PLUGIN, largest);
    let refused = std::panic::catch_unwind(|| assert_small_definitions(&PLUGIN, largest - 1)).unwrap_err();
    let said = refused.downcast_ref::<String>().unwrap();
    assert!(said.ends_with(&format!("has {largest} bytes")), "{said}");
}
