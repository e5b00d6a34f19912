//! Compact blocks of every type that can be created, as the writer would write them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::NotionId;
use crate::color::COLORS;
use crate::markdown::{from_rich_text, normalised, tests::rich_text};

fn id() -> impl Strategy<Value = Value> {
    any::<u128>().prop_map(|bits| json!(NotionId::from_u128(bits)))
}

/// Inline markdown in the one form that the writer gives it.
fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => "[a-z][a-z ]{0,10}[a-z]".prop_map(Value::from),
        2 => rich_text().prop_map(|elements| Value::from(from_rich_text(&Value::from(normalised(&elements))))),
        2 => prop::sample::select(vec![
            "- a", "# a", "1. a", "> a", "---", "```", "$$", "| a |", "<table>", "![a](https://b.c)", "[ ] a", "+ a",
            "a {color=\"red\"}", "{toggle=\"true\"}", "</details>", "<summary>", "===", "[a]: b", "<!-- a -->", "a | b",
            "~~~", "* a", "***", "5) a", "a\\", "a </callout>", "<page url=\"x\"/>", "a{b}", "    a", "a  ", "\ta\nb",
        ])
        .prop_map(|text| from_rich_text(&json!([{ "text": { "content": text } }])).into()),
    ]
}

fn color() -> impl Strategy<Value = Value> {
    prop::sample::select(&COLORS[..]).prop_map(Value::from)
}

fn url() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        "https://example.com/a.png",
        "http://example.com/(a)_b?c=d&e=\"f\"",
        "https://a.b/c|d\\e",
    ])
    .prop_map(Value::from)
}

/// A block with some of these members; empty texts are left out, as in the compact form.
fn block(kind: &'static str, members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| prop::option::weighted(0.6, value).prop_map(move |value| (name, value)))
        .collect();
    members
        .prop_map(move |members| {
            let mut block = Map::from_iter([("type".to_owned(), Value::from(kind))]);
            for (name, value) in members {
                if let Some(value) = value.filter(|value| *value != "") {
                    block.insert(name.to_owned(), value);
                }
            }
            Value::Object(block)
        })
        .boxed()
}

fn with(base: BoxedStrategy<Value>, name: &'static str, value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    (base, value)
        .prop_map(move |(mut block, value)| {
            block[name] = value;
            block
        })
        .boxed()
}

fn icon() -> impl Strategy<Value = Value> {
    prop_oneof![Just(json!("\u{1F680}")), Just(json!("https://example.com/i.png")), id()]
}

/// Blocks that hold nothing.
pub(super) fn leaf() -> BoxedStrategy<Value> {
    let file = |kind, name: Option<&'static str>| {
        let mut members = vec![("caption", text().boxed())];
        members.extend(name.map(|name| (name, "[a-z]{1,5}\\.pdf".prop_map(Value::from).boxed())));
        let base = block(kind, members);
        prop_oneof![with(base.clone(), "url", url().boxed()), with(base, "upload", id().boxed())].boxed()
    };
    let linked = |kind| with(block(kind, vec![("caption", text().boxed())]), "url", url().boxed());
    let code =
        prop_oneof!["[a-z`~ \t{}\\n]{1,20}", Just("```\n**a**\n````".to_owned())].prop_map(Value::from);
    let cells = prop::collection::vec(text(), 2..=2).prop_map(Value::from);
    let flag = || Just(json!(true)).boxed();
    let table = with(
        block("table", vec![("header_row", flag()), ("header_column", flag())]),
        "rows",
        prop::collection::vec(cells, 1..4).prop_map(Value::from).boxed(),
    );
    let link = prop_oneof![
        with(block("link_to_page", vec![]), "page_id", id().boxed()),
        with(block("link_to_page", vec![]), "database_id", id().boxed()),
    ];
    prop_oneof![
        block("divider", vec![]),
        block("breadcrumb", vec![]),
        block("table_of_contents", vec![("color", color().boxed())]),
        block(
            "code",
            vec![
                ("text", code.boxed()),
                (
                    "language",
                    prop::sample::select(vec!["rust", "c++", "java/c/c++/c#"]).prop_map(Value::from).boxed()
                ),
                ("caption", text().boxed()),
            ]
        ),
        with(
            block("equation", vec![]),
            "expression",
            "[a-z][a-z\\\\^{}_ ]{0,10}[a-z]".prop_map(Value::from).boxed()
        ),
        linked("bookmark"),
        linked("embed"),
        file("image", None),
        file("video", None),
        file("audio", None),
        file("pdf", None),
        file("file", Some("name")),
        link.boxed(),
        with(block("synced_block", vec![]), "synced_from", id().boxed()),
        table,
    ]
    .boxed()
}

fn words(kind: &'static str, more: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let mut members = vec![("text", text().boxed()), ("color", color().boxed())];
    members.extend(more);
    block(kind, members)
}

/// Blocks of text, without what is in them.
fn textual() -> BoxedStrategy<Value> {
    let flag = || Just(json!(true)).boxed();
    prop_oneof![
        words("paragraph", vec![("icon", icon().boxed())]),
        words("heading_1", vec![]),
        words("heading_2", vec![]),
        words("heading_3", vec![]),
        words("heading_4", vec![]),
        words("bulleted_list_item", vec![]),
        words("numbered_list_item", vec![]),
        words("to_do", vec![("checked", flag())]),
        words("toggle", vec![]),
        words("quote", vec![]),
        words("callout", vec![("icon", icon().boxed())]),
        block("template", vec![("text", text().boxed())]),
        block("synced_block", vec![]),
    ]
    .boxed()
}

/// Blocks of every type, nested.
pub(super) fn any_block() -> impl Strategy<Value = Value> {
    let toggled = prop::sample::select(vec!["heading_1", "heading_2", "heading_3", "heading_4"])
        .prop_flat_map(|kind| with(words(kind, vec![]), "toggle", Just(json!(true)).boxed()));
    prop_oneof![3 => leaf(), 5 => textual(), 1 => toggled].prop_recursive(4, 24, 4, |inner| {
        let children = || prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from).boxed();
        let in_column = prop::collection::vec(
            inner.clone().prop_filter("columns in columns", |block| block["type"] != "column_list"),
            1..3,
        );
        let column = with(
            block("column", vec![("width", Just(json!(0.25)).boxed())]),
            "children",
            in_column.prop_map(Value::from).boxed(),
        );
        let tab = with(words("paragraph", vec![("icon", icon().boxed())]), "children", children());
        prop_oneof![
            4 => with(textual(), "children", children()),
            1 => with(block("column_list", vec![]), "children", prop::collection::vec(column, 2..4).prop_map(Value::from).boxed()),
            1 => with(block("tab", vec![]), "children", prop::collection::vec(tab, 1..3).prop_map(Value::from).boxed()),
        ]
    })
}
