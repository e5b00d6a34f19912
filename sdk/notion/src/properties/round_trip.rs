//! Values through Notion's form and back, over generated ones.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::plain::plain;
use super::same::same;
use super::tests::property;
use super::{IdsOnly, NewOptions, normalise_value};
use crate::Error;
use crate::{NotionId, rich_text};

fn normal(name: &str, value: &Value) -> Result<Value, Error> {
    normalise_value(&property(name), value, &IdsOnly, NewOptions::Add)
}

/// What Notion would answer for a value that was written.
fn answered(name: &str, normal: &Value) -> Value {
    let mut answered = normal.clone();
    answered["type"] = json!(property(name).kind.name());
    answered
}

/// Texts with everything that is hard: emoji, right-to-left script, line ends, and the signs of markdown.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{1,12}",
        1 => "[*_~`$<>\\[\\]()!#|\\\\&\" \n-]{1,9}",
        1 => proptest::sample::select(vec![
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", "\u{5E9}\u{5DC}\u{5D5}\u{5DD}", "\u{202E}abc", "e\u{301}", "2 * 3 * 4",
            "**bold**", "[a](https://example.com)", "$5 and $6", "snake_case_name", "a\\*b", "https://example.com/a_b_c",
        ]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn day() -> impl Strategy<Value = String> {
    (1_i64..=9_999, 1_i64..=12, 1_i64..=28)
        .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
}

/// A property and a plain value in the form that a reader gets.
fn simple() -> impl Strategy<Value = (&'static str, Value)> {
    let ids = || proptest::collection::btree_set(any::<u128>(), 1..20);
    let ids = || {
        ids().prop_map(|ids| ids.into_iter().map(|bits| json!(NotionId::from_u128(bits))).collect::<Value>())
    };
    prop_oneof![
        text().prop_map(|text| ("Name", json!(text))),
        (text(), 1_usize..100).prop_map(|(text, times)| ("Name", json!(text.repeat(times)))),
        ("[\\p{L}0-9 .,;?()/-]{1,40}", 1_usize..100)
            .prop_map(|(text, times)| ("Notes", json!(text.repeat(times)))),
        (-(1_i64 << 53)..=1 << 53).prop_map(|number| ("Points", json!(number))),
        (-1e15_f64..1e15).prop_map(|number| ("Points", json!(number))),
        any::<bool>().prop_map(|checked| ("Done", json!(checked))),
        "[A-Z][A-Za-z0-9 -]{0,20}[a-z]".prop_map(|name| ("Stage", json!(name))),
        proptest::sample::select(vec!["To do", "In progress", "Done"])
            .prop_map(|name| ("Status", json!(name))),
        proptest::collection::btree_set("[a-z]{1,9}", 1..20).prop_map(|names| ("Tags", json!(names))),
        day().prop_map(|day| ("Due", json!(day))),
        (day(), 0..24, 0..60).prop_map(|(day, hour, minute)| {
            ("Due", json!(format!("{day}T{hour:02}:{minute:02}:00Z/{day}T23:59:59.5Z")))
        }),
        day().prop_map(|day| (
            "Due",
            json!({ "start": format!("{day}T09:30:00"), "time_zone": "Europe/Vienna" })
        )),
        "https://[a-z]{1,9}\\.example/[a-z]{0,9}".prop_map(|link| ("Link", json!(link))),
        "[a-z]{1,9}@[a-z]{1,9}\\.example".prop_map(|address| ("Mail", json!(address))),
        "\\+[0-9]{1,15}".prop_map(|number| ("Phone", json!(number))),
        ids().prop_map(|ids| ("Tasks", ids)),
        ids().prop_map(|ids| ("Owners", ids)),
        "https://[a-z]{1,9}\\.example/[a-z]{1,9}".prop_map(|link| ("Files", json!([link]))),
        ("[A-Z]{1,9}", "https://[a-z]{1,9}\\.example/[a-z]{1,9}")
            .prop_map(|(name, url)| ("Files", json!([{ "name": name, "url": url }]))),
        (-90.0_f64..90.0, -180.0_f64..180.0)
            .prop_map(|(lat, lon)| ("Place", json!({ "lat": lat, "lon": lon }))),
    ]
}

/// Any JSON, with the words of property values among its keys and texts.
fn anything() -> impl Strategy<Value = Value> {
    let words = vec![
        "type",
        "id",
        "name",
        "title",
        "rich_text",
        "plain_text",
        "text",
        "content",
        "select",
        "multi_select",
        "date",
        "start",
        "end",
        "time_zone",
        "people",
        "relation",
        "files",
        "external",
        "file",
        "url",
        "formula",
        "rollup",
        "array",
        "number",
        "string",
        "boolean",
        "unique_id",
        "prefix",
        "verification",
        "state",
        "created_by",
        "2026-01-10T09:30:00.000+00:00",
        "T",
        "\u{1F600}",
        "",
        "place",
        "value",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(words.clone()).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let entry = (proptest::sample::select(words.clone()), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..5).prop_map(Value::Array),
            proptest::collection::vec(entry, 0..5).prop_map(|entries| {
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>().into()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_plain_value_comes_back_as_it_was_given((name, given) in simple()) {
        let normal_form = normal(name, &given).expect("a fitting value");
        let answer = answered(name, &normal_form);
        // Names that differ from an option only in case are that option.
        let is_option = property(name).options.iter().any(|option| given.as_str().is_some_and(|name| name.eq_ignore_ascii_case(option)));
        if !is_option {
            prop_assert_eq!(plain(&answer), Some(given));
        }
        let again = plain(&answer).expect("a value");
        prop_assert_eq!(normal(name, &again).expect("a plain value"), normal_form.clone());
        let undecided = name == "Place" || given_zone(&normal_form);
        prop_assert!(undecided || !is_short(&normal_form) || same(&normal_form, &answer));
    }

    #[test]
    fn rich_text_says_the_same_however_often_it_is_read_and_written(markdown in text()) {
        let Ok(first) = normal("Notes", &json!(markdown)) else { return Ok(()) };
        let Some(read) = plain(&answered("Notes", &first)) else { return Ok(()) };
        prop_assert_eq!(normal("Notes", &read).expect("what was read"), first);
    }

    #[test]
    fn every_character_of_a_text_survives_reading_and_writing(text in text(), times in 1_usize..60) {
        let text = text.repeat(times);
        let own = json!({ "rich_text": rich_text::from_text(&text).expect("short enough") });
        let read = plain(&answered("Notes", &own)).expect("a text");
        let written = normal("Notes", &read).expect("what was read");
        prop_assert_eq!(rich_text::plain_text(&written["rich_text"]), text);
        prop_assert!(rich_text::is_plain(&written["rich_text"]));
    }

    #[test]
    fn any_answer_is_read(property in anything()) {
        let _ = plain(&property);
        let _ = crate::flatten::properties(&json!({ "properties": { "X": property } }));
    }

    #[test]
    fn any_value_is_taken_or_refused(given in anything()) {
        for name in ["Name", "Notes", "Points", "Due", "Owners", "Done", "Tasks", "Files", "Place", "Stage", "Tags", "Status"] {
            if let Ok(first) = normal(name, &given) {
                prop_assert!(first.get(property(name).kind.name()).is_some());
            }
        }
    }
}

fn given_zone(normal: &Value) -> bool {
    normal.pointer("/date/time_zone").is_some()
}

/// Notion cuts long texts and lists in its answers, so that nobody can tell whether they are the same.
fn is_short(normal: &Value) -> bool {
    normal
        .as_object()
        .into_iter()
        .flatten()
        .all(|(_, value)| value.as_array().is_none_or(|elements| elements.len() < 25))
}
