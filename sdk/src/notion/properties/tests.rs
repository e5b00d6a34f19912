//! What callers write, through Notion's form and back.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::plain::plain;
use super::same::same;
use super::{IdsOnly, Property, Schema, normalise, normalise_value};
use crate::notion::NotionId;
use crate::{Code, Problem};

const PAGE: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

fn schema() -> Schema {
    let kinds = [
        ("Name", "title"),
        ("Notes", "rich_text"),
        ("Points", "number"),
        ("Due", "date"),
        ("Owners", "people"),
        ("Done", "checkbox"),
        ("Link", "url"),
        ("Mail", "email"),
        ("Phone", "phone_number"),
        ("Tasks", "relation"),
        ("Files", "files"),
        ("Sum", "formula"),
        ("Made", "created_time"),
        ("Place", "place"),
    ];
    let mut properties: Map<String, Value> = kinds
        .iter()
        .map(|(name, kind)| ((*name).to_owned(), json!({ "id": name, "type": kind, *kind: {} })))
        .collect();
    for (name, kind, options) in [
        ("Stage", "select", json!([{ "name": "High" }, { "name": "Low" }])),
        ("Tags", "multi_select", json!([{ "name": "red" }])),
        ("Status", "status", json!([{ "name": "To do" }, { "name": "In progress" }, { "name": "Done" }])),
    ] {
        properties.insert(name.to_owned(), json!({ "id": name, "type": kind, kind: { "options": options } }));
    }
    Schema::of_data_source(&json!({ "properties": properties })).expect("a schema")
}

fn property(name: &str) -> Property {
    schema().find(name).expect(name).clone()
}

fn one(name: &str, value: Value) -> Result<Value, Problem> {
    normalise_value(&property(name), &value, &IdsOnly)
}

#[test]
fn each_form_of_a_value_means_the_same() {
    for (name, plain, typed, own) in [
        (
            "Status",
            json!("done"),
            json!({ "type": "status", "value": "Done" }),
            json!({ "status": { "name": "Done" } }),
        ),
        (
            "Due",
            json!("2026-01-10"),
            json!({ "type": "date", "value": "2026-01-10" }),
            json!({ "date": { "start": "2026-01-10", "end": null } }),
        ),
        (
            "Points",
            json!("12"),
            json!({ "type": "number", "value": 12 }),
            json!({ "type": "number", "number": 12 }),
        ),
        (
            "Tags",
            json!("red, blue"),
            json!({ "type": "multi_select", "value": ["red", "blue"] }),
            json!({ "multi_select": [{ "name": "red" }, { "name": "blue" }] }),
        ),
        (
            "Tasks",
            json!(format!("https://notion.so/{}", PAGE.replace('-', ""))),
            json!({ "type": "relation", "value": [PAGE] }),
            json!({ "relation": [{ "id": PAGE }] }),
        ),
        (
            "Owners",
            json!(PAGE),
            json!({ "type": "person", "value": [PAGE] }),
            json!({ "people": [{ "object": "user", "id": PAGE }] }),
        ),
        ("Done", json!("Yes"), json!({ "type": "checkbox", "value": true }), json!({ "checkbox": true })),
        (
            "Files",
            json!("https://example.com/a/plan.pdf?x=1"),
            json!({ "type": "files", "value": [{ "name": "plan.pdf", "url": "https://example.com/a/plan.pdf?x=1" }] }),
            json!({ "files": [{ "name": "plan.pdf", "external": { "url": "https://example.com/a/plan.pdf?x=1" } }] }),
        ),
    ] {
        let expected = one(name, plain).expect(name);
        assert_eq!(one(name, typed).expect(name), expected);
        assert_eq!(one(name, own).expect(name), expected);
    }
}

#[test]
fn a_title_becomes_text_and_a_new_option_is_passed_on() {
    assert_eq!(
        one("Name", json!("A")).expect("text"),
        json!({ "title": [{ "type": "text", "text": { "content": "A" } }] })
    );
    assert_eq!(one("Stage", json!("Urgent")).expect("new"), json!({ "select": { "name": "Urgent" } }));
    assert_eq!(
        one("Place", json!({ "place": { "lat": 1.5, "lon": 2 } })).expect("own"),
        json!({ "place": { "lat": 1.5, "lon": 2 } })
    );
}

#[test]
fn null_clears_what_can_be_cleared() {
    for (name, empty) in [
        ("Notes", json!({ "rich_text": [] })),
        ("Points", json!({ "number": null })),
        ("Due", json!({ "date": null })),
        ("Stage", json!({ "select": null })),
        ("Tags", json!({ "multi_select": [] })),
        ("Tasks", json!({ "relation": [] })),
        ("Link", json!({ "url": null })),
    ] {
        assert_eq!(one(name, Value::Null).expect(name), empty);
    }
    assert_eq!(one("Link", json!("")).expect("empty text"), json!({ "url": null }));
    for name in ["Status", "Done"] {
        assert!(one(name, Value::Null).is_err(), "{name}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    for (name, value, hint) in [
        ("Status", json!("Finished"), "`In progress`"),
        ("Status", json!(null), "`To do`, `In progress`, `Done`"),
        ("Points", json!("many"), "a number"),
        ("Points", json!("NaN"), "a number"),
        ("Points", json!(true), "a number"),
        ("Done", json!(1), "true or false"),
        ("Due", json!("tomorrow"), "2026-01-10"),
        ("Due", json!({ "type": "select", "value": "x" }), "2026-01-10"),
        ("Stage", json!("a,b"), "one option"),
        ("Stage", json!(["High"]), "one option"),
        ("Tags", json!((0..101).map(|tag| tag.to_string()).collect::<Vec<_>>()), "option names"),
        ("Owners", json!("Ada"), "/v1/users"),
        ("Mail", json!("nobody"), "email"),
        ("Phone", json!("1".repeat(201)), "telephone"),
        ("Link", json!("x".repeat(2_001)), "link"),
        ("Tasks", json!(["Road map"]), "32 hexadecimal digits"),
        ("Tasks", json!((0..101_u128).map(NotionId::from_u128).collect::<Vec<_>>()), "page ids"),
        ("Files", json!("javascript:alert(1)"), "links"),
        ("Files", json!({ "name": "Plan" }), "links"),
        ("Name", json!({ "a": 1 }), "text"),
        ("Sum", json!(3), "Leave `Sum` out"),
        ("Made", json!("2026-01-10"), "Leave `Made` out"),
        ("Place", json!("Vienna"), "own object"),
    ] {
        let problem = one(name, value).expect_err(name);
        assert!(problem.message.contains(name) || problem.message.contains("option"), "{problem}");
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let given = json!({ "Staus": "Done", "status": "Finished", "Points": 3, "Sum": 1 });
    let problem =
        normalise(&schema(), given.as_object().expect("an object"), &IdsOnly).expect_err("three are wrong");
    assert_eq!(problem.code, Code::InvalidInput);
    let hint = problem.hint.expect("a hint");
    for part in ["`Staus`", "nearest first: `Status`", "`Finished`", "Leave `Sum` out"] {
        assert!(hint.contains(part), "{part} is not in: {hint}");
    }
}

#[test]
fn one_property_under_two_names_is_refused() {
    let given = json!({ "Due": "2026-01-10", "due": "2026-01-11" });
    assert!(normalise(&schema(), given.as_object().expect("an object"), &IdsOnly).is_err());
}

fn simple() -> impl Strategy<Value = (&'static str, Value)> {
    let text = "(\\PC|\u{1F600}){1,40}";
    let day = (1_i64..=9_999, 1_i64..=12, 1_i64..=28)
        .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"));
    prop_oneof![
        text.prop_map(|text| ("Name", json!(text))),
        (text, 1_usize..200).prop_map(|(text, times)| ("Notes", json!(text.repeat(times)))),
        any::<i64>().prop_map(|number| ("Points", json!(number))),
        (-1e15_f64..1e15).prop_map(|number| ("Points", json!(number))),
        any::<bool>().prop_map(|checked| ("Done", json!(checked))),
        "[A-Za-z][A-Za-z0-9 -]{0,20}[a-z]".prop_map(|name| ("Stage", json!(name))),
        proptest::sample::select(vec!["To do", "In progress", "Done"])
            .prop_map(|name| ("Status", json!(name))),
        proptest::collection::btree_set("[a-z]{1,9}", 1..20).prop_map(|names| ("Tags", json!(names))),
        day.clone().prop_map(|day| ("Due", json!(day))),
        day.prop_map(|day| ("Due", json!(format!("{day}T09:30:00Z/{day}T10:30:00.5+00:30")))),
        "https://[a-z]{1,9}\\.example/[a-z]{0,9}".prop_map(|link| ("Link", json!(link))),
        "[a-z]{1,9}@[a-z]{1,9}\\.example".prop_map(|address| ("Mail", json!(address))),
        "\\+[0-9]{1,15}".prop_map(|number| ("Phone", json!(number))),
        proptest::collection::btree_set(any::<u128>(), 1..20).prop_map(|ids| {
            ("Tasks", ids.into_iter().map(|bits| json!(NotionId::from_u128(bits))).collect())
        }),
    ]
}

proptest! {
    #[test]
    fn a_simple_value_comes_back_as_it_was_given((name, given) in simple()) {
        let property = property(name);
        let normal = normalise_value(&property, &given, &IdsOnly).expect("a fitting value");
        let mut answered = normal.clone();
        answered["type"] = json!(property.kind.name());
        // Names that differ from an option only in case are that option.
        let is_option = property.options.iter().any(|option| given.as_str().is_some_and(|name| name.eq_ignore_ascii_case(option)));
        if !is_option {
            prop_assert_eq!(plain(&answered), Some(given.clone()));
        }
        prop_assert!(same(&normal, &answered));
        let again = plain(&answered).expect("a value");
        prop_assert_eq!(normalise_value(&property, &again, &IdsOnly).expect("a plain value"), normal);
    }
}
