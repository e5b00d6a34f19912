//! Round trips: what a tool writes, the reading tool gives back, for every type of property and of block, whatever the
//! values. Every exchange is recorded, so that it can be validated against the types of Notion's own client: set
//! `TOOLBAY_TEST_EXCHANGES` to a file for that.

use std::env;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;

use notion_emulator::Seed;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

/// Sets of values that are tried in each test.
const SETS: usize = 24;

/// The seed of the values; a failure prints it, and `TOOLBAY_TEST_SEED` replays it.
fn runner() -> (TestRunner, u64) {
    let given = env::var("TOOLBAY_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| u64::from(std::process::id()) ^ 0x9E37_79B9);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    (TestRunner::new_with_rng(ProptestConfig::default(), random), seed)
}

fn one<T: std::fmt::Debug>(strategy: &BoxedStrategy<T>, runner: &mut TestRunner) -> T {
    strategy.new_tree(runner).unwrap().current()
}

fn record(host: &TestHost) {
    host.emulator.record(true);
}

/// Appends what was exchanged to the file that the environment names, as lines of JSON: in one write, since other tests
/// do the same.
fn keep_exchanges(host: &TestHost) {
    let Some(file) = env::var_os("TOOLBAY_TEST_EXCHANGES") else { return };
    let mut lines = String::new();
    for exchange in host.emulator.exchanges() {
        let _ = writeln!(lines, "{}", serde_json::to_string(&exchange).unwrap());
    }
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}

/// Characters that break what is careless: emoji beyond the basic plane, right-to-left, combining marks, markdown's own.
fn words() -> BoxedStrategy<String> {
    let word = prop_oneof![
        4 => "[a-zA-Z0-9]{1,8}",
        1 => Just("\u{1f468}\u{200d}\u{1f52c}".to_owned()),
        1 => Just("\u{645}\u{631}\u{62d}\u{628}\u{627}".to_owned()),
        1 => Just("e\u{301}t\u{e9}".to_owned()),
        1 => Just("2 * 3 * 4".to_owned()),
        1 => Just("a_b_c".to_owned()),
        1 => Just("C:\\temp [x] `y` <z>".to_owned()),
    ];
    prop::collection::vec(word, 1..6).prop_map(|words| words.join(" ")).boxed()
}

fn inline_markdown() -> BoxedStrategy<String> {
    let plain = "[a-zA-Z0-9]{1,8}( [a-zA-Z0-9]{1,8}){0,3}";
    let part = prop_oneof![
        3 => plain.prop_map(String::from),
        1 => plain.prop_map(|text| format!("**{text}**")),
        1 => plain.prop_map(|text| format!("`{text}`")),
        1 => plain.prop_map(|text| format!("[{text}](https://example.com/{})", text.len())),
        1 => Just("\u{1f600}".to_owned()),
    ];
    prop::collection::vec(part, 1..5).prop_map(|parts| parts.join(" and ")).boxed()
}

fn subset(of: Vec<String>) -> BoxedStrategy<Value> {
    let most = of.len();
    prop::sample::subsequence(of, 1..=most).prop_map(|chosen| json!(chosen)).boxed()
}

fn dates() -> BoxedStrategy<Value> {
    let day = (2_000..2_040_u32, 1..=12_u32, 1..=28_u32).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}"));
    let time = (0..24_u32, 0..60_u32, prop::sample::select(vec!["Z", "+02:00", "-05:30"]));
    prop_oneof![
        day.clone().prop_map(Value::from),
        (day.clone(), 1..9_u32).prop_map(|(start, years)| {
            let end = format!("{}{}", start[..4].parse::<u32>().unwrap() + years, &start[4..]);
            json!(format!("{start}/{end}"))
        }),
        (day, time)
            .prop_map(|(day, (hour, minute, zone))| json!(format!("{day}T{hour:02}:{minute:02}:00{zone}"))),
    ]
    .boxed()
}

fn values(projects: Vec<String>) -> BoxedStrategy<Map<String, Value>> {
    let options = || ["Red", "Green, dark", "Blau \u{1f535}"].map(|name| name.replace(',', "")).to_vec();
    let member = |name: &'static str, values: BoxedStrategy<Value>| {
        prop::option::weighted(0.8, values)
            .prop_map(move |value| value.map(|value| (name.to_owned(), value)))
            .boxed()
    };
    let members = vec![
        member("Text", inline_markdown().prop_map(Value::from).boxed()),
        member(
            "Number",
            prop_oneof![any::<i32>().prop_map(Value::from), (-1e9..1e9).prop_map(Value::from)].boxed(),
        ),
        member("Choice", prop::sample::select(options()).prop_map(Value::from).boxed()),
        member("Tags", subset(options())),
        member("State", prop::sample::select(vec!["To do", "Doing", "Done"]).prop_map(Value::from).boxed()),
        member("When", dates()),
        member("Who", Just(json!(["Ada Lovelace"])).boxed()),
        member("Ready", any::<bool>().prop_map(Value::from).boxed()),
        member(
            "Site",
            "https://example\\.com/[a-z0-9]{0,12}(\\?q=[a-z]{1,5})?".prop_map(Value::from).boxed(),
        ),
        member("Mail", "[a-z]{1,8}@example\\.com".prop_map(Value::from).boxed()),
        member("Phone", "\\+44 [0-9]{4} [0-9]{6}".prop_map(Value::from).boxed()),
        member("Project", subset(projects)),
        member("Papers", "https://example\\.com/[a-z]{1,10}\\.pdf".prop_map(|url| json!([url])).boxed()),
    ];
    members.prop_map(|members| members.into_iter().flatten().collect()).boxed()
}

#[tokio::test(flavor = "multi_thread")]
async fn property_values_come_back_as_they_were_given() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    record(&host);
    let database = host
        .result(
            "create_database",
            json!({"parent_page_id": ids.root_page, "title": "Everything", "properties": {
                "Title": "title", "Text": "rich_text", "Number": "number",
                "Choice": {"type": "select", "options": ["Red", "Green dark", "Blau \u{1f535}"]},
                "Tags": {"type": "multi_select", "options": ["Red", "Green dark", "Blau \u{1f535}"]},
                "State": {"type": "status", "options": ["To do", "Doing", "Done"]},
                "When": "date", "Who": "people", "Ready": "checkbox", "Site": "url", "Mail": "email",
                "Phone": "phone_number", "Papers": "files",
                "Project": {"type": "relation", "database_id": ids.projects_database},
            }}),
        )
        .await;
    let (mut runner, seed) = runner();
    let (titles, values) = (words(), values(ids.projects.clone()));
    for _ in 0..SETS {
        let (title, given) = (one(&titles, &mut runner), one(&values, &mut runner));
        let mut properties = given.clone();
        properties.insert("Title".to_owned(), json!(title));
        let arguments = json!({"database_id": database["id"], "properties": properties});
        let page = host.result("create_page", arguments).await;
        let read = host.result("get_page", json!({"page_id": page["id"]})).await;
        assert_eq!(read["title"], json!(title), "TOOLBAY_TEST_SEED={seed}");
        compare(&given, &read["properties"], seed);

        // And over values that are there: what is not given stays, what is null goes.
        let change = one(&values, &mut runner);
        let mut arguments = change.clone();
        let emptied: Vec<String> = given
            .keys()
            .filter(|name| !change.contains_key(*name) && !matches!(name.as_str(), "State" | "Ready"))
            .take(2)
            .cloned()
            .collect();
        arguments.extend(emptied.iter().map(|name| (name.clone(), Value::Null)));
        host.result("update_page", json!({"page_id": page["id"], "properties": arguments})).await;
        let mut expected = given;
        expected.extend(change);
        expected.retain(|name, _| !emptied.contains(name));
        let read = host.result("get_page", json!({"page_id": page["id"]})).await;
        compare(&expected, &read["properties"], seed);
    }
    keep_exchanges(&host);
    host.stop().await;
}

/// What was given, as it must be read: numbers by value, options and relations in any order, what is not given empty.
fn compare(given: &Map<String, Value>, read: &Value, seed: u64) {
    for (name, value) in given {
        let found = &read[name];
        let equal = match (value, found) {
            (Value::Number(value), Value::Number(found)) => value.as_f64() == found.as_f64(),
            (Value::Array(value), Value::Array(found)) => sorted(value) == sorted(found),
            (Value::Array(value), single) if value.len() == 1 => value[0] == *single,
            (Value::String(value), Value::String(found)) if name == "When" => same_moment(value, found),
            _ => value == found,
        };
        assert!(equal, "`{name}`: {value} came back as {found}; TOOLBAY_TEST_SEED={seed}");
    }
    let given_or_set = |name: &str| given.contains_key(name) || matches!(name, "State" | "Ready");
    let unexpected: Vec<&String> =
        read.as_object().unwrap().keys().filter(|name| !given_or_set(name)).collect();
    assert!(
        unexpected.is_empty(),
        "not given and not empty: {unexpected:?} in {read}; TOOLBAY_TEST_SEED={seed}"
    );
}

fn sorted(values: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

/// Notion writes times its own way: `Z` as `+00:00`, with milliseconds.
fn same_moment(given: &str, read: &str) -> bool {
    let plain = |text: &str| text.replace(".000", "").replace("+00:00", "Z");
    plain(given) == plain(read)
}

/// Blocks of every kind that can be made, with generated texts; nested where they can be.
fn blocks() -> BoxedStrategy<Vec<Value>> {
    let text = inline_markdown();
    let textual =
        |kind: &'static str| text.clone().prop_map(move |text| json!({"type": kind, "text": text})).boxed();
    let leaf = prop_oneof![
        textual("paragraph"),
        textual("heading_1"),
        textual("heading_2"),
        textual("heading_3"),
        textual("bulleted_list_item"),
        textual("numbered_list_item"),
        textual("quote"),
        textual("toggle"),
        textual("callout"),
        (text.clone(), any::<bool>()).prop_map(|(text, checked)| {
            if checked {
                json!({"type": "to_do", "text": text, "checked": true})
            } else {
                json!({"type": "to_do", "text": text})
            }
        }),
        "[a-z(){} \\n]{1,40}[a-z]".prop_map(|text| json!({"type": "code", "text": text, "language": "rust"})),
        "[a-z]\\^[0-9]".prop_map(|text| json!({"type": "equation", "expression": text})),
        Just(json!({"type": "divider"})),
        Just(json!({"type": "table_of_contents"})),
        "[a-z]{1,9}"
            .prop_map(|name| json!({"type": "bookmark", "url": format!("https://example.com/{name}")})),
        "[a-z]{1,9}".prop_map(|name| json!({"type": "embed", "url": format!("https://example.com/{name}")})),
        "[a-z]{1,9}"
            .prop_map(|name| json!({"type": "image", "url": format!("https://example.com/{name}.png")})),
        "[a-z]{1,9}"
            .prop_map(|name| json!({"type": "video", "url": format!("https://example.com/{name}.mp4")})),
        "[a-z]{1,9}"
            .prop_map(|name| json!({"type": "pdf", "url": format!("https://example.com/{name}.pdf")})),
    ];
    let nested = leaf.prop_recursive(3, 24, 4, |inner| {
        let children = prop::collection::vec(inner, 1..4);
        let parents = prop::sample::select(vec![
            "bulleted_list_item",
            "numbered_list_item",
            "toggle",
            "quote",
            "to_do",
        ]);
        (parents, "[a-z]{1,12}", children)
            .prop_map(|(kind, text, children)| json!({"type": kind, "text": text, "children": children}))
    });
    prop::collection::vec(nested, 1..8).boxed()
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_come_back_as_they_were_given() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    record(&host);
    let (mut runner, seed) = runner();
    let strategy = blocks();
    for _ in 0..SETS {
        let given = one(&strategy, &mut runner);
        let page =
            host.result("create_page", json!({"parent_page_id": ids.root_page, "title": "Blocks"})).await;
        host.result("append_blocks", json!({"block_id": page["id"], "blocks": given})).await;
        let listed = host.result("list_blocks", json!({"block_id": page["id"], "depth": 8})).await;
        assert_eq!(without_ids(&listed["blocks"]), json!(given), "TOOLBAY_TEST_SEED={seed}");
    }
    keep_exchanges(&host);
    host.stop().await;
}

fn without_ids(blocks: &Value) -> Value {
    let strip = |block: &Value| {
        let mut block = block.as_object().unwrap().clone();
        block.shift_remove("id");
        if let Some(children) = block.get_mut("children") {
            *children = without_ids(children);
        }
        Value::Object(block)
    };
    blocks.as_array().unwrap().iter().map(strip).collect()
}

/// Every kind of block that Notion knows, also those that can only be read, is read and said to be what it is.
#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_block_is_read() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.reset(Seed::Gallery);
    record(&host);
    let page = &ids.gallery["blocks_page"];
    let listed = host.result("list_blocks", json!({"block_id": page, "depth": 4, "limit": 1_000})).await;
    let full = host.result("list_blocks", json!({"block_id": page, "detail": "full"})).await;
    let kinds = |blocks: &Value| -> Vec<String> {
        blocks.as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&listed["blocks"]), kinds(&full["blocks"]));
    let text = host.result("fetch", json!({"id": page})).await;
    assert!(!text["text"].as_str().unwrap().is_empty());
    keep_exchanges(&host);
    host.stop().await;
}
