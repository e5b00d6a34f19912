//! What callers write, through Notion's form and back.

use serde_json::{Map, Value, json};

use super::{IdsOnly, NewOptions, Property, Schema, normalise, normalise_value};
use crate::NotionId;
use crate::{Error, ErrorKind};

const PAGE: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

pub(super) fn schema() -> Schema {
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

pub(super) fn property(name: &str) -> Property {
    schema().find(name).expect(name).clone()
}

fn one(name: &str, value: Value) -> Result<Value, Error> {
    normalise_value(&property(name), &value, &IdsOnly, NewOptions::Add)
}

#[test]
fn each_form_of_a_value_means_the_same() {
    for (name, plain, typed, own) in [
        (
            "Status",
            json!("Done"),
            json!({ "type": "select", "value": "Done" }),
            json!({ "type": "select", "select": { "name": "Done" } }),
        ),
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
    assert_eq!(one("Done", Value::Null).expect("unchecked"), json!({ "checkbox": false }));
    assert!(one("Status", Value::Null).is_err(), "Notion would take its default instead");
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
        ("Place", json!({ "name": "Vienna" }), "\"lat\""),
        ("Points", json!(9_007_199_254_740_993_i64), "text property"),
        ("Due", json!("2026-01-10/2026-01-11T09:00"), "both"),
        ("Due", json!({ "start": "2026-01-10", "time_zone": "Europe/Vienna" }), "time_zone"),
        ("Notes", json!("![a picture](https://example.com/a.png)"), "content"),
    ] {
        let error = one(name, value).expect_err(name);
        assert!(error.message.contains(name) || error.message.contains("option"), "{error}");
        assert!(error.hint.as_ref().is_some_and(|text| text.contains(hint)), "{error}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let given = json!({ "Staus": "Done", "status": "Finished", "Points": 3, "Sum": 1 });
    let error = normalise(&schema(), given.as_object().expect("an object"), &IdsOnly, NewOptions::Add)
        .expect_err("three are wrong");
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    let hint = error.hint.expect("a hint");
    for part in ["`Staus`", "nearest first: `Status`", "`Finished`", "Leave `Sum` out"] {
        assert!(hint.contains(part), "{part} is not in: {hint}");
    }
}

#[test]
fn one_property_under_two_names_is_refused() {
    let given = json!({ "Due": "2026-01-10", "due": "2026-01-11" });
    assert!(normalise(&schema(), given.as_object().expect("an object"), &IdsOnly, NewOptions::Add).is_err());
}

#[test]
fn an_unknown_option_is_refused_unless_new_ones_are_allowed() {
    for (name, value) in [("Stage", json!("Hihg")), ("Tags", json!(["red", "rde"]))] {
        let refused = normalise_value(&property(name), &value, &IdsOnly, NewOptions::Refuse).expect_err(name);
        assert!(
            refused.hint.as_ref().is_some_and(|hint| hint.contains("`High`") || hint.contains("`red`")),
            "{refused}"
        );
        assert!(one(name, value).is_ok());
    }
    let colored = json!({ "name": "New", "color": "red" });
    assert_eq!(one("Stage", colored.clone()).expect("new"), json!({ "select": colored }));
    let known = json!({ "name": "high", "color": "red" });
    assert_eq!(one("Stage", known).expect("known"), json!({ "select": { "name": "High" } }));
}

#[test]
fn a_title_is_its_characters_and_rich_text_is_markdown() {
    let text = "2 * 3 * 4 is **not** `code`";
    let title = one("Name", json!(text)).expect("a title");
    assert_eq!(title, json!({ "title": [{ "type": "text", "text": { "content": text } }] }));
    let notes = one("Notes", json!("a **bold** move")).expect("markdown");
    assert_eq!(notes["rich_text"][1]["annotations"]["bold"], true);
}

#[test]
fn a_file_that_notion_hosts_stays_hosted() {
    let url = "https://prod-files-secure.s3.us-west-2.amazonaws.com/a/plan.pdf?X-Amz-Signature=1";
    assert_eq!(
        one("Files", json!([url])).expect("a file"),
        json!({ "files": [{ "name": "plan.pdf", "type": "file", "file": { "url": url } }] })
    );
    let elsewhere = "https://example.com/prod-files-secure.s3.amazonaws.com/a.pdf";
    assert_eq!(one("Files", json!([elsewhere])).expect("a link")["files"][0]["type"], "external");
}

#[test]
fn verification_keeps_only_what_can_be_set() {
    let schema = json!({ "properties": { "Ok": { "type": "verification", "verification": {} } } });
    let schema = Schema::of_data_source(&schema).expect("a schema");
    let given =
        |value: Value| normalise_value(schema.find("Ok").expect("Ok"), &value, &IdsOnly, NewOptions::Refuse);
    let verified = json!({ "state": "verified", "verified_by": null, "date": null });
    assert_eq!(given(verified).expect("verified"), json!({ "verification": { "state": "verified" } }));
    // Who verified is Notion's to say: somebody else's name would be dropped in silence.
    assert!(given(json!({ "state": "verified", "verified_by": { "id": "u" } })).is_err());
}
