use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, run, writes};

fn title(text: &str) -> Value {
    json!({ "Name": { "title": [{ "text": { "content": text } }] } })
}

/// Projects that are called "Project 0" and so on; answers their ids.
fn projects(workspace: &Workspace, count: usize) -> Vec<String> {
    let page = |number: usize| {
        let parent = json!({ "data_source_id": workspace.ids.projects_data_source });
        json!({ "parent": parent, "properties": title(&format!("Project {number}")) })
    };
    let pages: Vec<Value> = (0..count).map(page).collect();
    let planted = workspace.emulator.plant(&json!({ "pages": pages })).expect("planted");
    serde_json::from_value(planted["pages"].clone()).expect("ids")
}

fn task(workspace: &Workspace, name: &str, related: &[String]) -> String {
    let mut properties = title(name);
    properties["Project"] =
        json!({ "relation": related.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() });
    let page =
        json!({ "parent": { "data_source_id": workspace.ids.tasks_data_source }, "properties": properties });
    let planted = workspace.emulator.plant(&json!({ "pages": [page] })).expect("planted");
    planted["pages"][0].as_str().expect("an id").to_owned()
}

#[test]
fn a_link_as_the_specification_writes_it_keeps_the_links_that_are_there() {
    let workspace = Workspace::new();
    let projects = projects(&workspace, 3);
    let task = task(&workspace, "Paint", &projects[..1]);
    let host = workspace.host();
    let arguments = json!({
        "from": { "type": "page", "id": task }, "to": { "type": "page", "id": projects[1] }, "relation_property": "project",
    });
    let linked = run(&host, "link", arguments.clone()).expect("linked");
    assert_eq!((linked["action"].as_str(), linked["id"].as_str()), (Some("linked"), Some(task.as_str())));
    assert_eq!(workspace.related(&task, "Project"), projects[..2]);
    assert_eq!(host.sent().len(), 3, "{:?}", host.sent());
    assert_eq!(run(&host, "link", arguments).expect("again")["action"], "unchanged");
    assert_eq!(writes(&host).len(), 1);
    let away = json!({
        "database_id": workspace.ids.tasks_database, "from": "Paint", "to": ["Project 0", "Project 2"],
        "relation_property": "Project", "remove": true,
    });
    assert_eq!(run(&host, "link", away).expect("unlinked")["action"], "unlinked");
    assert_eq!(workspace.related(&task, "Project"), projects[1..2]);
}

#[test]
fn a_list_longer_than_notion_shows_is_kept_whole_and_one_too_long_is_refused() {
    let workspace = Workspace::new();
    let projects = projects(&workspace, 101);
    let task = task(&workspace, "Big", &projects[..99]);
    let link = |to: Value| {
        let host = workspace.host();
        let arguments = json!({ "from": task, "to": to, "relation_property": "Project" });
        (run(&host, "link", arguments), host)
    };
    let (linked, host) = link(json!(projects[99]));
    assert_eq!(linked.expect("the hundredth")["action"], "linked");
    assert!(host.sent().iter().any(|line| line.contains("/properties/")));
    assert_eq!(workspace.related(&task, "Project"), projects[..100]);
    let (unchanged, host) = link(json!([projects[0], projects[1]]));
    assert_eq!(unchanged.expect("seen in what Notion shows")["action"], "unchanged");
    assert!(!host.sent().iter().any(|line| line.contains("/properties/")));
    let (refused, host) = link(json!(projects[100]));
    let problem = refused.expect_err("101");
    assert_eq!(problem.code.as_str(), "limit_exceeded");
    assert!(problem.message.contains("101") && problem.hint.expect("a hint").contains("other side"));
    assert!(writes(&host).is_empty());
    let (refused, host) = link(json!(projects));
    assert!(refused.expect_err("101 targets").message.contains("101"));
    assert!(writes(&host).is_empty());
}

#[test]
fn what_names_no_page_or_no_relation_is_refused() {
    let workspace = Workspace::new();
    let project = workspace.ids.projects[0].clone();
    let task = workspace.ids.tasks[0].clone();
    task_twice(&workspace);
    let host = workspace.host();
    for (arguments, words) in [
        (json!({ "from": task, "to": project, "relation_property": "Status" }), "`Project`"),
        (json!({ "from": task, "to": "No such project", "relation_property": "Project" }), "create it first"),
        (json!({ "from": "Twice", "to": project, "relation_property": "Project" }), "`database_id`"),
        (json!({ "from": [], "to": project, "relation_property": "Project" }), "at least one"),
        (json!({ "from": task, "to": { "name": "x" }, "relation_property": "Project" }), "Write an id"),
        (
            json!({ "from": workspace.ids.root_page, "to": project, "relation_property": "Project" }),
            "Only rows",
        ),
        (
            json!({ "from": "Twice", "to": project, "relation_property": "Project", "database_id": workspace.ids.tasks_database }),
            "by its id",
        ),
        (
            json!({ "from": "Nowhere", "to": project, "relation_property": "Project", "database_id": workspace.ids.tasks_database }),
            "whole title",
        ),
        (json!({ "from": [task, project], "to": project, "relation_property": "Project" }), "one database"),
    ] {
        let problem = run(&host, "link", arguments).expect_err(words);
        assert!(problem.hint.as_ref().is_some_and(|hint| hint.contains(words)), "{words}: {problem}");
    }
    assert!(writes(&host).is_empty());
}

fn task_twice(workspace: &Workspace) {
    task(workspace, "Twice", &[]);
    task(workspace, "Twice", &[]);
}
