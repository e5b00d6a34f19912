//! Columns as callers write them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{describe, normalise};
use crate::Error;
use crate::Schema;

const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

fn map(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

fn schema() -> Schema {
    Schema::of_data_source(&json!({ "properties": {
        "Name": { "id": "title", "type": "title", "title": {} },
        "Price": { "id": "a", "type": "number", "number": { "format": "euro" } },
        "Stage": { "id": "b", "type": "select", "select": { "options": [
            { "id": "1", "name": "High", "color": "red" }, { "id": "2", "name": "Low", "color": "gray" },
        ] } },
        "Project": { "id": "c", "type": "relation", "description": "What for", "relation": {
            "data_source_id": ID, "database_id": "x", "type": "dual_property",
            "dual_property": { "synced_property_id": "s", "synced_property_name": "Tasks" },
        } },
        "Total": { "id": "d", "type": "rollup", "rollup": {
            "relation_property_name": "Project", "relation_property_id": "c", "rollup_property_name": "Cost",
            "rollup_property_id": "z", "function": "sum",
        } },
        "Twice": { "id": "e", "type": "formula", "formula": { "expression": "prop(\"Price\") * 2" } },
        "No": { "id": "f", "type": "unique_id", "unique_id": { "prefix": "TASK" } },
        "Made": { "id": "g", "type": "created_time", "created_time": {} },
    } }))
    .expect("a schema")
}

fn new(given: Value) -> Result<Value, Error> {
    normalise(&map(given), None).map(|made| Value::Object(made.columns))
}

fn change(given: Value) -> Result<Value, Error> {
    normalise(&map(given), Some(&schema())).map(|made| Value::Object(made.columns))
}

#[test]
fn a_new_column_of_each_type_is_what_notion_takes() {
    for (given, expected) in [
        (json!("number"), json!({ "number": {} })),
        (json!("text"), json!({ "rich_text": {} })),
        (json!("Multi-Select"), json!({ "multi_select": {} })),
        (json!("created time"), json!({ "created_time": {} })),
        (json!({ "type": "number", "format": "Euro" }), json!({ "number": { "format": "euro" } })),
        (json!({ "number": { "format": "percent" } }), json!({ "number": { "format": "percent" } })),
        (json!(["a", "b"]), json!({ "multi_select": { "options": [{ "name": "a" }, { "name": "b" }] } })),
        (
            json!({ "type": "status", "options": ["To do", { "name": "Done", "color": "Green" }] }),
            json!({ "status": { "options": [{ "name": "To do" }, { "name": "Done", "color": "green" }] } }),
        ),
        (
            json!({ "type": "relation", "database_id": ID.replace('-', ""), "two_way": "Tasks" }),
            json!({ "relation": {
                "data_source_id": ID, "type": "dual_property", "dual_property": { "synced_property_name": "Tasks" },
            } }),
        ),
        (
            json!({ "relation": { "data_source_id": ID, "single_property": {} } }),
            json!({ "relation": { "data_source_id": ID, "type": "single_property", "single_property": {} } }),
        ),
        (json!({ "type": "formula", "expression": "1" }), json!({ "formula": { "expression": "1" } })),
        (json!({ "type": "id", "prefix": "BUG" }), json!({ "unique_id": { "prefix": "BUG" } })),
        (json!({ "type": "date", "description": "When" }), json!({ "date": {}, "description": "When" })),
    ] {
        let columns =
            new(json!({ "Name": "title", "X": given })).unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(columns["X"], expected);
        assert_eq!(columns["Name"], json!({ "title": {} }));
    }
}

#[test]
fn a_new_data_source_has_a_title_and_makes_rollups_after_their_relations() {
    let columns = new(json!({
        "Twice": { "type": "formula", "expression": "1" },
        "Total": { "type": "rollup", "relation": "Project", "property": "Cost", "function": "Sum" },
        "Project": { "type": "relation", "data_source_id": ID },
    }))
    .expect("columns");
    let names: Vec<String> = map(columns.clone()).keys().cloned().collect();
    assert_eq!(names, ["Project", "Name", "Total", "Twice"]);
    assert_eq!(
        columns["Total"],
        json!({ "rollup": { "relation_property_name": "Project", "rollup_property_name": "Cost", "function": "sum" } })
    );
}

#[test]
fn options_are_added_without_losing_any() {
    let kept = json!([{ "id": "1", "name": "High" }, { "id": "2", "name": "Low" }, { "name": "Mid", "color": "blue" }]);
    for given in [
        json!({ "options": ["High", { "name": "Mid", "color": "blue" }] }),
        json!({ "type": "select", "options": [{ "name": "Mid", "color": "blue" }] }),
        json!([{ "name": "Mid", "color": "blue" }]),
        json!({ "select": { "options": [{ "name": "Mid", "color": "blue" }] } }),
    ] {
        assert_eq!(
            change(json!({ "Stage": given })).unwrap_or_else(|error| panic!("{given}: {error}")),
            json!({ "Stage": { "select": { "options": kept } } })
        );
    }
    assert_eq!(
        change(json!({ "Stage": { "remove_options": ["Low"] } })).expect("removed"),
        json!({ "Stage": { "select": { "options": [{ "id": "1", "name": "High" }] } } })
    );
}

#[test]
fn columns_are_renamed_removed_retyped_and_added() {
    for (given, expected) in [
        (json!({ "Price": { "rename": "Cost" } }), json!({ "Price": { "name": "Cost" } })),
        (json!({ "Name": { "rename": "Task" } }), json!({ "Name": { "name": "Task" } })),
        (json!({ "Price": null }), json!({ "Price": null })),
        (json!({ "Price": "text" }), json!({ "Price": { "rich_text": {} } })),
        (
            json!({ "Price": { "rename": "Kind", "type": "select", "options": ["a"] } }),
            json!({ "Price": { "select": { "options": [{ "name": "a" }] }, "name": "Kind" } }),
        ),
        (json!({ "New": "checkbox" }), json!({ "New": { "checkbox": {} } })),
        (
            json!({ "Total": { "function": "average" } }),
            json!({ "Total": { "rollup": {
                "relation_property_id": "c", "rollup_property_id": "z", "function": "average",
            } } }),
        ),
    ] {
        assert_eq!(change(given.clone()).unwrap_or_else(|error| panic!("{given}: {error}")), expected);
    }
}

#[test]
fn what_notion_cannot_make_is_refused_with_what_it_can() {
    for (given, hint) in [
        (json!({ "X": "numbr" }), "`number`"),
        (json!({ "X": null }), "nearest first"),
        (json!({ "X": { "rename": "Y" } }), "nearest first"),
        (json!({ "X": {} }), "Give `type`"),
        (json!({ "X": 3 }), "Give one"),
        (json!({ "X": { "type": "number", "options": ["a"] } }), "format"),
        (json!({ "X": { "type": "select", "options": ["a, b"] } }), "without commas"),
        (json!({ "X": { "type": "select", "options": [{ "name": "a", "color": "mauve" }] } }), "`pink`"),
        (json!({ "X": { "type": "relation" } }), "`database_id`"),
        (json!({ "X": { "type": "relation", "database_id": "Tasks" } }), "32 hexadecimal digits"),
        (json!({ "X": { "type": "rollup", "relation": "Proj", "property": "Cost" } }), "`Project`"),
        (
            json!({ "X": { "type": "rollup", "relation": "Project", "property": "Cost", "function": "total" } }),
            "`sum`",
        ),
        (json!({ "X": { "type": "formula" } }), "`expression`"),
        (json!({ "X": "title" }), "Rename it"),
        (json!({ "Name": null }), "Rename it"),
        (json!({ "Name": "number" }), "Rename it"),
        (json!({ "Price": "title" }), "Rename it"),
        (json!({ "Stage": { "remove_options": ["None"] } }), "`High`"),
        (json!({ "Price": { "rename": "" } }), "New name"),
        (json!({ "Price": "number", " Price": "text" }), "once"),
        (json!({ "price": "text" }), "Write `Price` exactly"),
        (json!({ "PRICE": null }), "There is `Price`"),
        (json!({ "price": { "rename": "Cost" } }), "There is `Price`"),
        (json!({ "Price": { "type": "text", "new": true } }), "Leave `new` out"),
        (json!({ "Price": { "rename": "Stage" } }), "Choose another name"),
        (json!({ "Price": { "type": "number", "weight": 3 } }), "It takes"),
        (json!({ "Stage": { "options": ["high"] } }), "\"new\": true"),
        (json!({ "Stage": { "remove_options": ["low"] } }), "There is `Low`"),
        (json!({ "Stage": { "options": [{ "name": "High", "color": "blue" }] } }), "leave `color` out"),
        (json!({ "Stage": { "options": [{ "name": "High", "new_name": "Urgent" }] } }), "`rename`"),
        (json!({ "Stage": { "options": [{ "name": "High", "colour": "blue" }] } }), "`color`"),
        (json!({ "Stage": { "options": [{ "name": "X", "weight": 3 }] } }), "`description`"),
        (json!({ "Stage": { "options": [{ "name": "X", "group": "Done" }] } }), "in Notion"),
        (
            json!({ "X": { "type": "status", "options": [{ "name": "Doing", "group": "In progress" }] } }),
            "in Notion",
        ),
        (json!({ "Stage": { "options": [{ "name": "Highest", "rename": "Urgent" }] } }), "`High`"),
        (json!({ "Stage": { "options": ["High"], "remove_options": ["High"] } }), "Say either"),
    ] {
        let error = change(given.clone()).expect_err(&given.to_string());
        assert!(error.hint.as_ref().is_some_and(|text| text.contains(hint)), "{given}: {error}");
    }
    assert!(new(json!({ "A": "title", "B": "title" })).is_err());
}

#[test]
fn what_is_described_can_be_given_back() {
    let described = describe(&schema());
    assert_eq!(
        Value::Object(described.clone()),
        json!({
            "Name": "title",
            "Price": { "type": "number", "format": "euro" },
            "Stage": { "type": "select", "options": ["High", "Low"] },
            "Project": { "type": "relation", "data_source_id": ID, "two_way": "Tasks", "description": "What for" },
            "Total": { "type": "rollup", "relation": "Project", "property": "Cost", "function": "sum" },
            "Twice": { "type": "formula", "expression": "prop(\"Price\") * 2" },
            "No": { "type": "unique_id", "prefix": "TASK" },
            "Made": "created_time",
        })
    );
    let made = normalise(&described, None).expect("all of it is taken").columns;
    let definitions: Map<String, Value> = made
        .iter()
        .map(|(name, column)| {
            let kind = column.as_object().and_then(|column| column.keys().next()).expect("a type");
            let mut property = column.clone();
            property["type"] = json!(kind);
            (name.clone(), property)
        })
        .collect();
    let again = Schema::of_data_source(&json!({ "properties": definitions })).expect("a schema");
    let again = describe(&again);
    assert!(described.iter().all(|(name, column)| again.get(name) == Some(column)), "{again:?}");
    assert!(change(Value::Object(described)).is_ok());
}

#[test]
fn what_notion_answers_can_be_given_back() {
    let definitions: Map<String, Value> = schema()
        .properties()
        .iter()
        .map(|property| {
            let kind = property.kind.name();
            let settings = property.settings.clone();
            (
                property.name.clone(),
                json!({ "id": property.id, "name": property.name, "type": kind, kind: settings }),
            )
        })
        .collect();
    let made = normalise(&definitions, None).expect("Notion's own form").columns;
    assert_eq!(made["Project"]["relation"]["dual_property"]["synced_property_name"], "Tasks");
    assert_eq!(made["Stage"]["select"]["options"][0], json!({ "name": "High", "color": "red" }));
    assert!(normalise(&definitions, Some(&schema())).is_ok());
}

#[test]
fn an_option_is_renamed_by_its_name_or_its_id_and_a_second_of_that_name_is_a_merge() {
    for (given, merges) in [
        (json!({ "name": "Low", "rename": "Least" }), false),
        (json!({ "id": "2", "name": "Least" }), false),
        (json!({ "name": "Low", "rename": "High" }), true),
    ] {
        let made =
            normalise(&map(json!({ "Stage": { "options": [given] } })), Some(&schema())).expect("renamed");
        let [rename] = <[_; 1]>::try_from(made.renames).expect("one");
        assert_eq!((rename.column.as_str(), rename.from.as_str(), rename.merges), ("Stage", "Low", merges));
    }
}

#[test]
fn another_column_or_option_of_a_like_name_is_made_on_purpose() {
    let column = change(json!({ "price": { "type": "text", "new": true } })).expect("beside it");
    assert_eq!(column, json!({ "price": { "rich_text": {} } }));
    let options =
        change(json!({ "Stage": { "options": [{ "name": "high", "new": true }] } })).expect("beside it");
    assert_eq!(options["Stage"]["select"]["options"][2], json!({ "name": "high" }));
}

#[test]
fn what_is_not_said_of_a_relation_stays() {
    let given = json!({ "Project": { "description": "Why" } });
    let relation = change(given).expect("kept")["Project"]["relation"].clone();
    assert_eq!(relation["dual_property"]["synced_property_name"], "Tasks");
}

#[test]
fn what_a_change_does_and_costs_is_known_before_it_is_made() {
    let given = json!({
        "New": "date", "No": null, "Made": null, "Price": "text", "Stage": { "remove_options": ["Low"] },
        "Name": { "rename": "Task" }, "Twice": { "type": "formula", "expression": "prop(\"Price\") * 2" },
    });
    let columns = map(change(given).expect("columns"));
    let changes = super::changes(&schema(), &columns);
    assert_eq!((changes.added, changes.changed), (vec!["New".to_owned()], vec!["Stage".to_owned()]));
    let mut removed = changes.removed;
    removed.sort();
    assert_eq!(removed, ["Made", "No"]);
    assert_eq!(changes.renamed, [("Name".to_owned(), "Task".to_owned())]);
    assert_eq!(changes.retyped, [("Price".to_owned(), "number".to_owned(), "rich_text".to_owned())]);
    let losses = super::losses(&schema(), &columns);
    let deeds: Vec<&str> = losses.iter().map(|loss| loss.deed.as_str()).collect();
    assert_eq!(
        deeds,
        [
            "Making the column `Price` (number) a rich_text",
            "Removing the option `Low` of `Stage`",
            "Removing the column `No`",
        ]
    );
    assert_eq!(losses[1].filter, Some(json!({ "property": "Stage", "select": { "equals": "Low" } })));
}

proptest! {
    #[test]
    fn no_column_and_no_option_changes_by_a_name_that_is_only_alike(
        letters in "[a-z]{2,6}",
        spelling in 0_usize..5,
        deed in 0_usize..5,
    ) {
        let name = format!("A {letters}");
        let alike = match spelling {
            0 => name.to_uppercase(),
            1 => name.to_lowercase(),
            2 => name.replace(' ', "_"),
            3 => name.replace(' ', ""),
            _ => name.replace(' ', "  "),
        };
        let schema = Schema::of_data_source(&json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            (name.as_str()): { "id": "x", "type": "rich_text", "rich_text": {} },
            "Choice": { "id": "y", "type": "select", "select": { "options": [{ "id": "1", "name": name }] } },
        } })).expect("a schema");
        let given = |name: &str| match deed {
            0 => json!({ (name): "number" }),
            1 => json!({ (name): null }),
            2 => json!({ (name): { "rename": "Other" } }),
            3 => json!({ "Choice": { "remove_options": [name] } }),
            _ => json!({ "Choice": { "options": [{ "name": name, "rename": "Other" }] } }),
        };
        prop_assert!(normalise(&map(given(&name)), Some(&schema)).is_ok());
        let blanks = format!(" {name} ");
        prop_assert!(normalise(&map(given(&blanks)), Some(&schema)).is_ok());
        let error = normalise(&map(given(&alike)), Some(&schema)).expect_err("only alike");
        prop_assert!(error.hint.is_some_and(|hint| hint.contains(&name)));
    }
}
