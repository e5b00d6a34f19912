use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{DATABASE, OTHER, SOURCE, database, host, run, source};

fn changing(sources: &[&str]) -> MockHost {
    host(sources)
        .on("PATCH /v1/data_sources/{id}", source())
        .on("PATCH /v1/databases/{id}", database(sources))
}

/// An answer to a query with as many rows.
fn rows(count: usize, next: Option<&str>) -> Value {
    let rows: Vec<Value> =
        (0..count).map(|number| json!({ "object": "page", "id": format!("r{number}") })).collect();
    json!({ "results": rows, "next_cursor": next, "has_more": next.is_some() })
}

fn bodies(host: &MockHost) -> Vec<(String, Value)> {
    let requests = host.requests().into_iter().filter(|request| request.method.as_str() == "PATCH");
    requests.map(|request| (request.path.render().expect("a path"), request.body.expect("a body"))).collect()
}

#[test]
fn columns_are_added_changed_renamed_and_removed_in_one_request() {
    let host = changing(&[SOURCE]).on("POST /v1/data_sources/{id}/query", rows(0, None));
    let properties = json!({
        "Due": "date", "Status": ["Waiting"], "Points": null, "Tasks": { "rename": "Subtasks" },
    });
    let answer = run(&host, "update_database", json!({ "database_id": DATABASE, "properties": properties }));
    assert_eq!(
        answer.expect("changed"),
        json!({
            "id": SOURCE, "url": "https://app.notion.com/p/source", "added": ["Due"], "changed": ["Status"],
            "removed": ["Points"], "renamed": { "Tasks": "Subtasks" },
        })
    );
    let [(path, body)] = <[_; 1]>::try_from(bodies(&host)).expect("one request");
    assert_eq!(path, format!("/v1/data_sources/{SOURCE}"));
    let columns = &body["properties"];
    assert_eq!(columns["Points"], Value::Null);
    assert_eq!(columns["Tasks"]["name"], "Subtasks");
    let options = columns["Status"]["select"]["options"].as_array().expect("options");
    let names: Vec<&Value> = options.iter().map(|option| &option["name"]).collect();
    assert_eq!(names, ["To do", "Done", "Waiting"], "options that are there stay");
    assert!(columns["Due"].get("date").is_some());
}

#[test]
fn the_options_that_stay_are_those_of_a_fresh_schema() {
    let mut later = source();
    later["properties"]["Status"]["select"]["options"][0]["name"] = json!("Meanwhile");
    let host = MockHost::new()
        .on("GET /v1/data_sources/{id}", source())
        .on("GET /v1/data_sources/{id}", later)
        .on("GET /v1/databases/{id}", database(&[SOURCE]))
        .on("PATCH /v1/data_sources/{id}", source());
    let arguments = json!({ "database_id": SOURCE, "properties": { "Status": ["Waiting"] } });
    run(&host, "update_database", arguments).expect("changed");
    assert!(bodies(&host)[0].1.to_string().contains("Meanwhile"));
    let ages: Vec<_> = host
        .requests()
        .into_iter()
        .filter(|request| request.path.segments().get(1).is_some_and(|segment| segment == "data_sources"))
        .map(|request| request.max_age)
        .collect();
    assert_eq!(ages.get(1), Some(&None), "the schema was not read past the cache");
}

#[test]
fn the_only_data_source_is_called_like_its_database() {
    let host = changing(&[SOURCE]);
    let arguments =
        json!({ "database_id": DATABASE, "title": "New", "description": "Why", "icon": "\u{1f525}" });
    let answer = run(&host, "update_database", arguments).expect("changed");
    assert_eq!(answer["id"], DATABASE);
    let bodies = bodies(&host);
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].1["title"].to_string().contains("New") && bodies[0].1.get("icon").is_none());
    assert!(bodies[1].1["title"].to_string().contains("New"));
    assert_eq!(bodies[1].1["icon"]["emoji"], "\u{1f525}");
    assert!(bodies[1].1["description"].to_string().contains("Why"));
}

#[test]
fn of_several_data_sources_one_must_be_named_for_columns() {
    let host = changing(&[SOURCE, OTHER]);
    let columns = json!({ "database_id": DATABASE, "properties": { "Due": "date" } });
    let problem = run(&host, "update_database", columns).expect_err("which?");
    assert!(problem.hint.expect("a hint").contains(OTHER));
    run(&host, "update_database", json!({ "database_id": DATABASE, "title": "New" }))
        .expect("the database's");
    run(&host, "update_database", json!({ "database_id": SOURCE, "title": "One" }))
        .expect("the data source's");
    let paths: Vec<String> = bodies(&host).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, [format!("/v1/databases/{DATABASE}"), format!("/v1/data_sources/{SOURCE}")]);
    let problem = run(&host, "update_database", json!({ "database_id": SOURCE, "description": "x" }));
    assert!(problem.expect_err("the database's").hint.expect("a hint").contains(DATABASE));
}

#[test]
fn nothing_to_change_and_unknown_columns_are_refused() {
    let host = changing(&[SOURCE]);
    assert!(run(&host, "update_database", json!({ "database_id": DATABASE })).is_err());
    let arguments = json!({ "database_id": DATABASE, "properties": { "Statsu": null } });
    let problem = run(&host, "update_database", arguments).expect_err("no such column");
    assert!(problem.hint.expect("a hint").contains("`Status`"));
    assert!(bodies(&host).is_empty());
}

#[test]
fn what_costs_values_is_refused_with_their_number_until_it_is_confirmed() {
    for (properties, said) in [
        (json!({ "Points": null }), "Removing the column `Points` empties the value of 3 rows."),
        (
            json!({ "Points": "text" }),
            "Making the column `Points` (number) a rich_text converts or empties the values of 3 rows.",
        ),
        (
            json!({ "Status": { "remove_options": ["Done"] } }),
            "Removing the option `Done` of `Status` empties the value of 3 rows.",
        ),
        (
            json!({ "Tasks": { "type": "relation", "data_source_id": SOURCE } }),
            "Relating the column `Tasks` to another database",
        ),
    ] {
        let host = changing(&[SOURCE]).on("POST /v1/data_sources/{id}/query", rows(3, None));
        let mut arguments = json!({ "database_id": DATABASE, "properties": properties });
        let problem = run(&host, "update_database", arguments.clone()).expect_err("not confirmed");
        assert!(problem.message.contains(said), "{problem}");
        assert!(problem.hint.is_some_and(|hint| hint.contains("`confirm`")));
        assert!(bodies(&host).is_empty(), "nothing is written before");
        let host = changing(&[SOURCE])
            .on("POST /v1/data_sources/{id}/query", rows(3, None))
            .on("POST /v1/data_sources/{id}/query", rows(1, None));
        arguments["confirm"] = true.into();
        let answer = run(&host, "update_database", arguments).expect("confirmed");
        assert!(answer["notes"][0].as_str().is_some_and(|note| note.contains("3 rows")), "{answer}");
    }
}

#[test]
fn a_count_that_is_cut_short_says_at_least() {
    let host = changing(&[SOURCE]).on("POST /v1/data_sources/{id}/query", rows(100, Some("next")));
    let arguments = json!({ "database_id": DATABASE, "properties": { "Points": null } });
    let problem = run(&host, "update_database", arguments).expect_err("not confirmed");
    assert!(problem.message.contains("at least 500 rows"), "{problem}");
}

#[test]
fn a_name_that_is_only_alike_changes_nothing() {
    let host = changing(&[SOURCE]);
    for properties in
        [json!({ "points": "text" }), json!({ "POINTS": null }), json!({ "po_ints": { "rename": "X" } })]
    {
        let arguments = json!({ "database_id": DATABASE, "properties": properties, "confirm": true });
        let problem = run(&host, "update_database", arguments).expect_err("only alike");
        assert!(problem.hint.is_some_and(|hint| hint.contains("`Points`")));
    }
    assert!(bodies(&host).is_empty());
}

#[test]
fn an_option_is_renamed_in_place_where_notion_does_it() {
    let mut renamed = source();
    renamed["properties"]["Status"]["select"]["options"][1]["name"] = json!("Finished");
    let host = MockHost::new()
        .on("GET /v1/data_sources/{id}", source())
        .on("GET /v1/data_sources/{id}", source())
        .on("GET /v1/data_sources/{id}", source())
        .on("GET /v1/data_sources/{id}", renamed)
        .on("GET /v1/databases/{id}", database(&[SOURCE]))
        .on("PATCH /v1/data_sources/{id}", source());
    let properties = json!({ "Status": { "options": [{ "name": "Done", "rename": "Finished" }] } });
    let arguments = json!({ "database_id": SOURCE, "properties": properties });
    let answer = run(&host, "update_database", arguments).expect("renamed");
    assert_eq!(answer["notes"], json!(["The option `Done` of `Status` is called `Finished` now."]));
    assert_eq!(
        bodies(&host).last().map(|(_, body)| body["properties"]["Status"]["select"]["options"].clone()),
        Some(json!([{ "id": "o1", "name": "To do" }, { "id": "o2", "name": "Finished" }]))
    );
}

#[test]
fn where_notion_reads_past_an_options_new_name_its_rows_are_moved() {
    let row = |number: u8| {
        json!({ "object": "page", "id": format!("r{number}"), "properties": {
        "Status": { "id": "s", "type": "select", "select": { "id": "o2", "name": "Done" } },
    } })
    };
    let found = json!({ "results": [row(1), row(2)], "next_cursor": null });
    let host = host(&[SOURCE])
        .on("POST /v1/data_sources/{id}/query", found)
        .on("POST /v1/data_sources/{id}/query", rows(0, None))
        .on("PATCH /v1/data_sources/{id}", source())
        .on("PATCH /v1/pages/{id}", json!({ "object": "page", "id": "r" }));
    let properties = json!({ "Status": { "options": [{ "name": "Done", "rename": "Finished" }] } });
    let answer = run(&host, "update_database", json!({ "database_id": SOURCE, "properties": properties }));
    let note = answer.expect("renamed")["notes"][0].as_str().map(str::to_owned).expect("a note");
    assert!(note.starts_with("2 rows were moved from the option `Done` of `Status` to `Finished`"), "{note}");
    let bodies = bodies(&host);
    let moved: Vec<&Value> =
        bodies.iter().filter(|(path, _)| path.contains("/pages/")).map(|(_, body)| body).collect();
    assert_eq!(moved, [&json!({ "properties": { "Status": { "select": { "name": "Finished" } } } }); 2]);
}

#[test]
fn two_options_become_one_only_when_that_is_confirmed() {
    let found = rows(1, None);
    let host = changing(&[SOURCE]).on("POST /v1/data_sources/{id}/query", found);
    let properties = json!({ "Status": { "options": [{ "name": "Done", "rename": "To do" }] } });
    let arguments = json!({ "database_id": SOURCE, "properties": properties });
    let problem = run(&host, "update_database", arguments).expect_err("a merge");
    assert!(problem.message.contains("Merging the option `Done` of `Status` into `To do`"), "{problem}");
    assert!(bodies(&host).is_empty());
}

#[test]
fn what_notion_cant_remove_of_a_database_is_refused_before_anything_is_written() {
    for what in ["icon", "cover"] {
        let host = changing(&[SOURCE]);
        let arguments = json!({ "database_id": DATABASE, "title": "New", what: null });
        let problem = run(&host, "update_database", arguments).expect_err(what);
        assert!(problem.message.contains(what) && bodies(&host).is_empty(), "{problem}");
    }
    let host = changing(&[SOURCE, OTHER]);
    run(&host, "update_database", json!({ "database_id": SOURCE, "icon": null })).expect("the data source's");
    assert_eq!(bodies(&host)[0].1, json!({ "icon": null }));
}

#[test]
fn a_column_that_takes_another_databases_column_with_it_needs_confirmation_and_is_told() {
    let mut two_way = source();
    two_way["properties"]["Tasks"]["relation"] = json!({
        "data_source_id": OTHER, "type": "dual_property",
        "dual_property": { "synced_property_name": "Back", "synced_property_id": "b" },
    });
    let host = || {
        MockHost::new()
            .on("GET /v1/data_sources/{id}", two_way.clone())
            .on("GET /v1/databases/{id}", database(&[SOURCE]))
            .on("POST /v1/data_sources/{id}/query", rows(0, None))
            .on("PATCH /v1/data_sources/{id}", source())
    };
    for definition in [
        json!(null),
        json!("text"),
        json!({ "type": "relation", "data_source_id": SOURCE }),
        json!({ "two_way": false }),
    ] {
        let host = host();
        let mut arguments = json!({ "database_id": SOURCE, "properties": { "Tasks": definition } });
        let problem = run(&host, "update_database", arguments.clone()).expect_err("not confirmed");
        assert!(problem.message.contains("the column `Back` of the related database"), "{problem}");
        assert!(bodies(&host).is_empty());
        arguments["confirm"] = true.into();
        let answer = run(&host, "update_database", arguments).expect("confirmed");
        assert!(answer["notes"].to_string().contains("removed the column `Back`"), "{answer}");
    }
    let host = host();
    let renamed = json!({ "database_id": SOURCE, "properties": { "Tasks": { "rename": "Subtasks" } } });
    run(&host, "update_database", renamed).expect("nothing is lost");
}

#[test]
fn an_option_that_only_rows_in_the_trash_have_is_a_loss_too() {
    let host = changing(&[SOURCE]).on_with("POST /v1/data_sources/{id}/query", |request| {
        let is_trash = request.body.as_ref().is_some_and(|body| body["in_trash"] == true);
        Ok(Response { status: 200, body: rows(usize::from(is_trash), None) })
    });
    let properties = json!({ "Status": { "remove_options": ["Done"] } });
    let arguments = json!({ "database_id": SOURCE, "properties": properties });
    let problem = run(&host, "update_database", arguments).expect_err("not confirmed");
    assert!(problem.message.contains("empties the value of 1 row"), "{problem}");
}

#[test]
fn a_change_that_changes_nothing_is_not_written_and_says_so() {
    for (options, is_noted) in [(json!([]), true), (json!(["Done"]), true), (json!(["To do", "Done"]), false)]
    {
        let host = changing(&[SOURCE]);
        let properties = json!({ "Status": { "options": options } });
        let answer =
            run(&host, "update_database", json!({ "database_id": SOURCE, "properties": properties }));
        let answer = answer.expect("nothing to do");
        assert_eq!(answer["unchanged"], json!(["Status"]), "{answer}");
        assert_eq!(answer["notes"].to_string().contains("only added"), is_noted, "{answer}");
        assert!(bodies(&host).is_empty());
    }
}

#[test]
fn titles_are_literal_and_a_description_that_was_read_as_markdown_says_so() {
    let host = changing(&[SOURCE]);
    let arguments = json!({ "database_id": DATABASE, "title": "Proj *x*", "description": "x *y* z" });
    let answer = run(&host, "update_database", arguments).expect("changed");
    for (_, body) in bodies(&host) {
        assert_eq!(body["title"], json!([{ "type": "text", "text": { "content": "Proj *x*" } }]));
    }
    assert!(answer["notes"][0].as_str().is_some_and(|note| note.contains("`description`")), "{answer}");
}

#[test]
fn a_second_data_source_that_was_added_meanwhile_is_seen() {
    let fresh = MockHost::new()
        .on("GET /v1/data_sources/{id}", super::not_found())
        .on_with(&format!("GET /v1/data_sources/{SOURCE}"), |_| Ok(Response { status: 200, body: source() }))
        .on_with("GET /v1/databases/{id}", |request| {
            let ids: &[&str] = if request.max_age.is_some() { &[SOURCE] } else { &[SOURCE, OTHER] };
            Ok(Response { status: 200, body: database(ids) })
        })
        .on("PATCH /v1/data_sources/{id}", source());
    let columns = json!({ "database_id": DATABASE, "properties": { "Due": "date" } });
    assert!(run(&fresh, "update_database", columns).is_err(), "which of two?");
    run(&fresh, "update_database", json!({ "database_id": SOURCE, "title": "X", "icon": "\u{1f525}" }))
        .expect("the data source's");
    let paths: Vec<String> = bodies(&fresh).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, [format!("/v1/data_sources/{SOURCE}")], "the database keeps its name");
}
