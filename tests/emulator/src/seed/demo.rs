//! The demo workspace.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::Refusal;
use crate::handlers::{append, comments, data_sources, databases, pages_create};
use crate::json::Peek;
use crate::model::Workspace;
use crate::seed::ids::SeedIds;
use crate::seed::make::{rich, with};

/// Name, status, budget.
const PROJECTS: [(&str, &str, u32); 3] =
    [("Engine", "In progress", 12_000), ("Notes", "Not started", 3_500), ("Archive", "Done", 800)];

/// Name, status, priority, tags, due, estimate, done, project.
type Task = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    Option<&'static str>,
    f64,
    bool,
    usize,
);

const TASKS: [Task; 6] = [
    ("Draw the mill", "Done", "High", &["design"], Some("2026-01-12"), 3.0, true, 0),
    ("Order the gears", "In progress", "High", &["parts", "money"], Some("2026-02-01"), 1.5, false, 0),
    ("Test the store", "Not started", "Medium", &["design"], Some("2026-03-15"), 8.0, false, 0),
    ("Translate the memoir", "In progress", "Low", &["writing"], None, 13.0, false, 1),
    ("Write note G", "Not started", "High", &["writing", "design"], Some("2026-04-02"), 21.0, false, 1),
    ("File the letters", "Done", "Low", &[], None, 2.0, true, 2),
];

pub(crate) fn plant(workspace: &mut Workspace, owner: &Call, ids: &mut SeedIds) -> Result<(), Refusal> {
    blocks(workspace, owner, ids)?;
    schemas(workspace, owner, ids)?;
    rows(workspace, owner, ids)?;
    let body =
        json!({"parent": {"page_id": ids.root_page}, "rich_text": rich("Shall we begin with the mill?")});
    ids.comment = id_of(&comments::create(&with(owner, body, &[]), workspace)?.body);
    let template = json!({
        "parent": {"data_source_id": ids.tasks_data_source},
        "properties": {"Name": {"title": rich("New task")}, "Priority": {"select": {"name": "Medium"}}},
        "children": [{"heading_2": {"rich_text": rich("Why")}}, {"to_do": {"rich_text": rich("First step")}}],
    });
    ids.template = id_of(&pages_create::create(&with(owner, template, &[]), workspace)?.body);
    if let Some(page) = workspace.page_mut(&ids.template) {
        page.is_template = true;
    }
    Ok(())
}

fn id_of(object: &Value) -> String {
    object.text("id").unwrap_or_default().to_owned()
}

fn blocks(workspace: &mut Workspace, owner: &Call, ids: &mut SeedIds) -> Result<(), Refusal> {
    let children = json!([
        {"heading_1": {"rich_text": rich("Welcome")}},
        {"paragraph": {"rich_text": [
            {"text": {"content": "This page is a "}},
            {"text": {"content": "demo"}, "annotations": {"bold": true}},
            {"text": {"content": ". See "}},
            {"text": {"content": "the guide", "link": {"url": "https://example.com/guide"}}},
            {"text": {"content": "."}},
        ]}},
        {"bulleted_list_item": {"rich_text": rich("First"), "children": [
            {"bulleted_list_item": {"rich_text": rich("Inside the first")}},
        ]}},
        {"bulleted_list_item": {"rich_text": rich("Second")}},
        {"to_do": {"rich_text": rich("Try a tool"), "checked": false}},
        {"code": {"rich_text": rich("fn main() {}"), "language": "rust"}},
        {"divider": {}},
    ]);
    ids.blocks = append::append(owner, workspace, &ids.root_page, &children, &append::Place::End)?;
    Ok(())
}

fn schemas(workspace: &mut Workspace, owner: &Call, ids: &mut SeedIds) -> Result<(), Refusal> {
    let database = |workspace: &mut Workspace, title: &str, properties: Value, root: &str| {
        let body = json!({
            "parent": {"type": "page_id", "page_id": root},
            "title": rich(title),
            "initial_data_source": {"properties": properties},
        });
        databases::create(&with(owner, body, &[]), workspace).map(|answer| answer.body)
    };
    let projects = database(
        workspace,
        "Projects",
        json!({"Name": {"title": {}}, "Status": {"status": {}}, "Budget": {"number": {"format": "dollar"}}}),
        &ids.root_page,
    )?;
    ids.projects_database = id_of(&projects);
    ids.projects_data_source = projects.items("data_sources").first().map(id_of).unwrap_or_default();
    let tasks = database(workspace, "Tasks", task_schema(&ids.projects_data_source), &ids.root_page)?;
    ids.tasks_database = id_of(&tasks);
    ids.tasks_data_source = tasks.items("data_sources").first().map(id_of).unwrap_or_default();
    let progress = json!({"properties": {"Progress": {"rollup": {
        "relation_property_name": "Tasks", "rollup_property_name": "Done", "function": "percent_checked",
    }}}});
    data_sources::update(
        &with(owner, progress, &[("data_source_id", &ids.projects_data_source)]),
        workspace,
    )?;
    for view in workspace.views.values() {
        if view.database_id == ids.tasks_database {
            ids.tasks_view = view.id.clone();
        } else {
            ids.projects_view = view.id.clone();
        }
    }
    Ok(())
}

fn task_schema(projects: &str) -> Value {
    json!({
        "Name": {"title": {}},
        "Status": {"status": {}},
        "Priority": {"select": {"options": [
            {"name": "High", "color": "red"}, {"name": "Medium", "color": "yellow"}, {"name": "Low", "color": "gray"},
        ]}},
        "Tags": {"multi_select": {"options": [
            {"name": "design", "color": "blue"}, {"name": "parts", "color": "green"},
            {"name": "money", "color": "orange"}, {"name": "writing", "color": "purple"},
        ]}},
        "Due": {"date": {}},
        "Estimate": {"number": {"format": "number"}},
        "Done": {"checkbox": {}},
        "Owner": {"people": {}},
        "Link": {"url": {}},
        "Email": {"email": {}},
        "Phone": {"phone_number": {}},
        "Notes": {"rich_text": {}},
        "Project": {"relation": {"data_source_id": projects, "dual_property": {"synced_property_name": "Tasks"}}},
        "ID": {"unique_id": {"prefix": "TASK"}},
        "Created": {"created_time": {}},
        "Edited": {"last_edited_time": {}},
    })
}

fn rows(workspace: &mut Workspace, owner: &Call, ids: &mut SeedIds) -> Result<(), Refusal> {
    for (name, status, budget) in PROJECTS {
        let body = json!({
            "parent": {"data_source_id": ids.projects_data_source},
            "properties": {
                "Name": {"title": rich(name)},
                "Status": {"status": {"name": status}},
                "Budget": {"number": budget},
            },
        });
        ids.projects.push(id_of(&pages_create::create(&with(owner, body, &[]), workspace)?.body));
    }
    for (name, status, priority, tags, due, estimate, done, project) in TASKS {
        let tags: Vec<Value> = tags.iter().map(|tag| json!({"name": tag})).collect();
        let project = ids.projects.get(project).cloned().unwrap_or_default();
        let body = json!({
            "parent": {"data_source_id": ids.tasks_data_source},
            "properties": {
                "Name": {"title": rich(name)},
                "Status": {"status": {"name": status}},
                "Priority": {"select": {"name": priority}},
                "Tags": {"multi_select": tags},
                "Due": {"date": due.map(|start| json!({"start": start}))},
                "Estimate": {"number": estimate},
                "Done": {"checkbox": done},
                "Owner": {"people": if done { json!([{"id": ids.ada}]) } else { json!([]) }},
                "Link": {"url": format!("https://example.com/tasks/{}", ids.tasks.len() + 1)},
                "Email": {"email": "ada@example.com"},
                "Phone": {"phone_number": "+44 20 0000 0000"},
                "Notes": {"rich_text": rich("From the seed.")},
                "Project": {"relation": [{"id": project}]},
            },
        });
        ids.tasks.push(id_of(&pages_create::create(&with(owner, body, &[]), workspace)?.body));
    }
    Ok(())
}
