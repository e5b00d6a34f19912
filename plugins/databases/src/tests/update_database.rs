use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{DATABASE, OTHER, SOURCE, database, host, run, source};

fn changing(sources: &[&str]) -> MockHost {
    host(sources)
        .on("PATCH /v1/data_sources/{id}", source())
        .on("PATCH /v1/databases/{id}", database(sources))
}

fn bodies(host: &MockHost) -> Vec<(String, Value)> {
    let requests = host.requests().into_iter().filter(|request| request.method.as_str() == "PATCH");
    requests.map(|request| (request.path.render().expect("a path"), request.body.expect("a body"))).collect()
}

#[test]
fn columns_are_added_changed_renamed_and_removed_in_one_request() {
    let host = changing(&[SOURCE]);
    let properties = json!({
        "Due": "date", "Status": ["Waiting"], "Points": null, "Tasks": { "rename": "Subtasks" },
    });
    let answer = run(&host, "update_database", json!({ "database_id": DATABASE, "properties": properties }));
    assert_eq!(answer.expect("changed")["id"], SOURCE);
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
    let arguments = json!({ "database_id": DATABASE, "title": "New", "description": "Why", "icon": null });
    let answer = run(&host, "update_database", arguments).expect("changed");
    assert_eq!(answer["id"], DATABASE);
    let bodies = bodies(&host);
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].1["title"].to_string().contains("New") && bodies[0].1.get("icon").is_none());
    assert!(bodies[1].1["title"].to_string().contains("New"));
    assert_eq!(bodies[1].1["icon"], Value::Null);
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
