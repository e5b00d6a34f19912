//! An operation sees what those before it in the same batch have left: the state after a batch, and what is said of each
//! operation, are those of the same calls one by one.

use std::sync::Arc;

use notion_emulator::Emulator;
use proptest::prelude::*;
use serde_json::Map;
use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, forward, run};

/// Three tasks and two projects, and other tools in their simplest form.
struct World {
    workspace: Workspace,
    tasks: Vec<String>,
    projects: Vec<String>,
}

fn text(content: &Value) -> Value {
    json!([{ "text": { "content": content } }])
}

fn rows(emulator: &Emulator, data_source: &str) -> Vec<Value> {
    let request = Request::post(["v1", "data_sources", data_source, "query"], json!({ "page_size": 100 }));
    let answer = forward(emulator, &request).expect("rows").body;
    answer["results"].as_array().expect("results").clone()
}

fn title(page: &Value) -> String {
    page["properties"]["Name"]["title"][0]["plain_text"].as_str().unwrap_or_default().to_owned()
}

/// Values as Notion takes them; projects by their exact titles.
fn written(emulator: &Emulator, projects: &str, given: &Value) -> Result<Value, Problem> {
    let mut properties = Map::new();
    for (name, value) in given.as_object().into_iter().flatten() {
        let value = match name.as_str() {
            "Name" => json!({ "title": text(value) }),
            "Notes" => json!({ "rich_text": text(value) }),
            "Email" => json!({ "email": value }),
            _ => {
                let there = rows(emulator, projects);
                let id = |wanted: &Value| -> Result<Value, Problem> {
                    let is_it = |page: &&Value| {
                        Some(title(page).as_str()) == wanted.as_str() || page["id"] == *wanted
                    };
                    let found = there.iter().find(is_it);
                    found
                        .map(|page| json!({ "id": page["id"] }))
                        .ok_or_else(|| Problem::invalid_input("No related page has the title."))
                };
                let related: Result<Vec<Value>, Problem> =
                    value.as_array().expect("a list").iter().map(id).collect();
                json!({ "relation": related? })
            }
        };
        properties.insert(name.clone(), value);
    }
    Ok(Value::Object(properties))
}

impl World {
    fn new() -> Self {
        let workspace = Workspace::new();
        let tasks = workspace.rows(&workspace.ids.tasks_data_source, 3);
        let projects = workspace.rows(&workspace.ids.projects_data_source, 2);
        Self { workspace, tasks, projects }
    }

    fn host(&self) -> MockHost {
        let (emulator, ids) = (&self.workspace.emulator, &self.workspace.ids);
        let (tasks, projects) = (ids.tasks_data_source.clone(), ids.projects_data_source.clone());
        let create = {
            let (emulator, projects) = (Arc::clone(emulator), projects.clone());
            let tasks = tasks.clone();
            move |invocation: &Invocation| {
                let mut given = invocation.arguments["properties"].clone();
                given["Name"] = invocation.arguments["title"].clone();
                let properties = written(&emulator, &projects, &given)?;
                let body = json!({ "parent": { "data_source_id": tasks }, "properties": properties });
                let page = forward(&emulator, &Request::post("/v1/pages", body))?.body;
                Ok(json!({ "id": page["id"] }))
            }
        };
        let update = {
            let emulator = Arc::clone(emulator);
            move |invocation: &Invocation| {
                let properties = written(&emulator, &projects, &invocation.arguments["properties"])?;
                let id = invocation.arguments["page_id"].as_str().expect("an id");
                let request = Request::patch(["v1", "pages", id], json!({ "properties": properties }));
                forward(&emulator, &request)?;
                Ok(json!({ "id": id }))
            }
        };
        let trash = {
            let emulator = Arc::clone(emulator);
            move |invocation: &Invocation| {
                let id = invocation.arguments["id"].as_str().expect("an id");
                forward(&emulator, &Request::patch(["v1", "pages", id], json!({ "in_trash": true })))?;
                Ok(json!({ "trashed": [id] }))
            }
        };
        let query = {
            let emulator = Arc::clone(emulator);
            move |_: &Invocation| {
                let mut names: Vec<String> = rows(&emulator, &tasks).iter().map(title).collect();
                names.sort();
                Ok(json!({ "rows": names }))
            }
        };
        self.workspace
            .host()
            .on_tool_with("create_page", create)
            .on_tool_with("update_page", update)
            .on_tool_with("trash", trash)
            .on_tool_with("query", query)
    }

    fn upsert(&self, key: (&str, &str), properties: Value) -> Value {
        json!({ "op": "upsert", "args": {
            "database_id": self.workspace.ids.tasks_data_source,
            "unique": { "property": key.0, "value": key.1 }, "properties": properties,
        } })
    }

    fn project(&self, name: &str) -> Value {
        json!({ "op": "upsert", "args": {
            "database_id": self.workspace.ids.projects_data_source,
            "unique": { "property": "Name", "value": name },
        } })
    }

    fn create(&self, name: &str) -> Value {
        json!({ "op": "create_page", "args": {
            "database_id": self.workspace.ids.tasks_data_source, "title": name, "properties": {},
        } })
    }

    fn update(page: impl Into<Value>, properties: Value) -> Value {
        json!({ "op": "update_page", "args": { "page_id": page.into(), "properties": properties } })
    }

    fn link(from: impl Into<Value>, to: &str, remove: bool) -> Value {
        json!({ "op": "link", "args": {
            "from": from.into(), "to": to, "relation_property": "Project", "remove": remove,
        } })
    }

    fn bulk(&self, ops: &[Value], mode: &str) -> Vec<Value> {
        let answer = run(&self.host(), "bulk", json!({ "mode": mode, "ops": ops })).expect("an answer");
        answer["results"].as_array().expect("results").clone()
    }

    /// What each operation says, one call after the other.
    fn one_by_one(&self, ops: &[Value]) -> Vec<Value> {
        let mut results: Vec<Value> = Vec::new();
        for op in ops {
            let mut op = op.clone();
            let mut refers_to_nothing = false;
            for pointer in ["/args/page_id", "/args/from"] {
                let target = op.pointer(pointer).and_then(|value| value["$ref"].as_str());
                let Some(number) = target.and_then(|target| target.split('.').nth(1)?.parse::<usize>().ok())
                else {
                    continue;
                };
                let id = results[number]["result"]["id"].clone();
                refers_to_nothing = id.is_null();
                *op.pointer_mut(pointer).expect("the place") = id;
            }
            results.push(match refers_to_nothing {
                true => json!({ "ok": false }),
                false => self.bulk(&[op], "continue_on_error").remove(0),
            });
        }
        results
    }

    /// The rows as people see them.
    fn state(&self) -> Vec<Value> {
        let ids = &self.workspace.ids;
        let projects = rows(&self.workspace.emulator, &ids.projects_data_source);
        let name_of = |id: &Value| projects.iter().find(|page| page["id"] == *id).map(title);
        let seen = |page: &Value| {
            let properties = &page["properties"];
            let related = properties["Project"]["relation"].as_array().into_iter().flatten();
            let related: Vec<Option<String>> = related.map(|page| name_of(&page["id"])).collect();
            json!([
                title(page),
                properties["Notes"]["rich_text"][0]["plain_text"],
                properties["Email"]["email"],
                related,
            ])
        };
        let mut all: Vec<Value> =
            rows(&self.workspace.emulator, &ids.tasks_data_source).iter().map(seen).collect();
        all.extend(projects.iter().map(|page| json!(title(page))));
        all.sort_by_key(Value::to_string);
        all
    }
}

/// What is said of an operation, without ids.
fn said(result: &Value) -> Value {
    json!([result["ok"], result["result"]["action"], result["result"]["rows"]])
}

/// Runs operations in one batch, in both modes, and holds it against the same one by one.
fn hold(make: impl Fn(&World) -> Vec<Value>) -> (Vec<Value>, World) {
    let alone = World::new();
    let expected: Vec<Value> = alone.one_by_one(&make(&alone)).iter().map(said).collect();
    let mut last = None;
    for mode in ["stop_on_error", "continue_on_error"] {
        let world = World::new();
        let ops = make(&world);
        let results = world.bulk(&ops, mode);
        let words: Vec<Value> = results.iter().map(said).collect();
        assert_eq!(words, expected, "{mode}: {ops:#?} {results:#?}");
        assert_eq!(world.state(), alone.state(), "{mode}: {ops:#?}");
        last = Some((results, world));
    }
    last.expect("a run")
}

#[test]
fn a_row_that_an_earlier_operation_makes_or_renames_is_the_one_that_is_meant() {
    let (results, _) =
        hold(|world| vec![world.create("Q1"), world.upsert(("Name", "Q1"), json!({ "Notes": "x" }))]);
    assert_eq!(results[1]["result"]["id"], results[0]["result"]["id"]);
    let (results, world) = hold(|world| {
        vec![
            World::update(world.tasks[0].as_str(), json!({ "Name": "Q3" })),
            world.upsert(("Name", "Q3"), json!({})),
        ]
    });
    assert_eq!(results[1]["result"]["id"], world.tasks[0].as_str());
    let (results, _) = hold(|world| {
        vec![
            world.upsert(("Name", "A"), json!({ "Email": "e@example.com" })),
            world.upsert(("Email", "e@example.com"), json!({ "Notes": "x" })),
        ]
    });
    assert_eq!(results[0]["result"]["id"], results[1]["result"]["id"]);
}

#[test]
fn values_are_compared_with_those_that_earlier_operations_left() {
    hold(|world| {
        vec![
            World::update(world.tasks[0].as_str(), json!({ "Notes": "changed" })),
            world.upsert(("Name", "Row 1"), json!({ "Notes": "orig" })),
        ]
    });
    hold(|world| {
        vec![
            world.upsert(("Name", "S"), json!({ "Notes": "one" })),
            World::update(json!({ "$ref": "ops.0.id" }), json!({ "Notes": "two" })),
            world.upsert(("Name", "S"), json!({ "Notes": "one" })),
        ]
    });
    hold(|world| {
        vec![
            world.upsert(("Name", "Row 1"), json!({ "Email": "e@example.com" })),
            world.upsert(("Email", "e@example.com"), json!({ "Notes": "x" })),
            world.upsert(("Name", "Row 1"), json!({ "Notes": "x" })),
        ]
    });
}

#[test]
fn a_row_that_has_gone_is_created_anew() {
    for properties in [json!({}), json!({ "Notes": "x" })] {
        let (results, _) = hold(|world| {
            vec![
                json!({ "op": "trash", "args": { "id": world.tasks[0] } }),
                world.upsert(("Name", "Row 1"), properties.clone()),
            ]
        });
        assert_eq!(results[1]["result"]["action"], "created");
    }
}

#[test]
fn links_are_added_to_those_that_earlier_operations_left() {
    let (_, world) = hold(|world| {
        vec![
            World::update(world.tasks[0].as_str(), json!({ "Project": ["Row 2"] })),
            World::link(world.tasks[0].as_str(), "Row 1", false),
        ]
    });
    assert_eq!(
        world.workspace.related(&world.tasks[0], "Project"),
        [world.projects[1].clone(), world.projects[0].clone()]
    );
    hold(|world| {
        vec![
            World::link(world.tasks[0].as_str(), "Row 1", false),
            World::update(world.tasks[0].as_str(), json!({ "Project": [] })),
            World::link(world.tasks[0].as_str(), "Row 1", false),
        ]
    });
}

#[test]
fn an_exact_title_wins_over_one_that_is_alike_and_a_likeness_is_said() {
    let (results, world) = hold(|world| {
        vec![
            world.project("zulu"),
            world.project("ZULU"),
            World::link(world.tasks[0].as_str(), "ZULU", false),
            world.upsert(("Name", "T"), json!({ "Project": ["ZULU"] })),
            world.upsert(("Name", "U"), json!({ "Project": ["ROW 1"] })),
        ]
    });
    let exact = results[1]["result"]["id"].as_str().expect("an id");
    assert_eq!(world.workspace.related(&world.tasks[0], "Project"), [exact]);
    let task = results[3]["result"]["id"].as_str().expect("an id");
    assert_eq!(world.workspace.related(task, "Project"), [exact]);
    assert_eq!(results[3]["result"].get("note"), None);
    assert_eq!(results[4]["result"]["note"], "Took `Row 1` for `ROW 1`.");
    // So it is where the other is only promised.
    let (results, _) = hold(|world| {
        vec![world.project("zulu"), world.upsert(("Name", "T"), json!({ "Project": ["ZULU"] }))]
    });
    assert_eq!(results[1]["result"]["note"], "Took `zulu` for `ZULU`.");
}

/// An operation of a generated batch; numbers name rows, keys, projects and earlier operations.
#[derive(Clone, Debug)]
enum Step {
    Create(usize),
    Update(usize, Values),
    UpdateMade(usize, Values),
    Upsert(usize, Values),
    UpsertByEmail(usize, Values),
    Link(usize, usize, bool),
    LinkMade(usize, usize),
    Trash(usize),
    Project(usize),
    Query,
}

/// Name, notes, email and project, where they are given.
type Values = (Option<usize>, Option<usize>, Option<usize>, Option<usize>);

const NAMES: [&str; 4] = ["Row 1", "Row 2", "New", "new"];
const EMAILS: [&str; 2] = ["a@example.com", "b@example.com"];
const PROJECTS: [&str; 4] = ["Row 1", "Row 2", "zulu", "ZULU"];

fn values() -> impl Strategy<Value = Values> {
    let some = |count: usize| proptest::option::weighted(0.4, 0..count);
    (some(4), some(2), some(2), some(4))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_usize).prop_map(Step::Create),
        3 => (0..3_usize, values()).prop_map(|(row, values)| Step::Update(row, values)),
        2 => (0..8_usize, values()).prop_map(|(made, values)| Step::UpdateMade(made, values)),
        6 => (0..4_usize, values()).prop_map(|(name, values)| Step::Upsert(name, values)),
        2 => (0..2_usize, values()).prop_map(|(email, values)| Step::UpsertByEmail(email, values)),
        3 => (0..3_usize, 0..4_usize, any::<bool>()).prop_map(|(row, project, remove)| Step::Link(row, project, remove)),
        2 => (0..8_usize, 0..4_usize).prop_map(|(made, project)| Step::LinkMade(made, project)),
        1 => (0..3_usize).prop_map(Step::Trash),
        1 => (2..4_usize).prop_map(Step::Project),
        1 => Just(Step::Query),
    ]
}

fn given(values: &Values, key: &str, is_exact: bool) -> Value {
    let mut given = json!({});
    let (name, notes, email, project) = values;
    if let Some(name) = name.filter(|_| key != "Name") {
        given["Name"] = json!(NAMES[name]);
    }
    if let Some(notes) = notes {
        given["Notes"] = json!(format!("note {notes}"));
    }
    if let Some(email) = email.filter(|_| key != "Email") {
        given["Email"] = json!(EMAILS[email]);
    }
    if let Some(project) = project {
        // Other tools are as simple here as they can be, and know no likeness.
        given["Project"] = json!([PROJECTS[if is_exact { project % 2 } else { *project }]]);
    }
    given
}

fn ops(world: &World, steps: &[Step]) -> Vec<Value> {
    let mut ops: Vec<Value> = Vec::new();
    for step in steps {
        let made: Vec<usize> = (0..ops.len())
            .filter(|number| {
                ["upsert", "create_page"].contains(&ops[*number]["op"].as_str().expect("a name"))
            })
            .collect();
        let reference = |wanted: usize| {
            made.get(wanted % made.len().max(1)).map(|number| json!({ "$ref": format!("ops.{number}.id") }))
        };
        let op = match step {
            Step::Create(name) => Some(world.create(NAMES[*name])),
            Step::Update(row, values) => {
                Some(World::update(world.tasks[*row].as_str(), given(values, "", true)))
            }
            Step::UpdateMade(made, values) => reference(*made).map(|page| {
                World::update(page, json!({ "Notes": format!("note {}", values.1.unwrap_or(7)) }))
            }),
            Step::Upsert(name, values) => {
                Some(world.upsert(("Name", NAMES[*name]), given(values, "Name", false)))
            }
            Step::UpsertByEmail(email, values) => {
                Some(world.upsert(("Email", EMAILS[*email]), given(values, "Email", false)))
            }
            Step::Link(row, project, remove) => {
                Some(World::link(world.tasks[*row].as_str(), PROJECTS[*project], *remove))
            }
            Step::LinkMade(made, project) => {
                reference(*made).map(|page| World::link(page, PROJECTS[*project], false))
            }
            Step::Trash(row) => Some(json!({ "op": "trash", "args": { "id": world.tasks[*row] } })),
            Step::Project(name) => Some(world.project(PROJECTS[*name])),
            Step::Query => {
                Some(json!({ "op": "query", "args": { "database_id": world.workspace.ids.tasks_database } }))
            }
        };
        ops.extend(op);
    }
    ops
}

/// What the operations of a batch say and leave, and what the same calls say and leave one by one.
fn together_and_alone(steps: &[Step]) -> [(Vec<Value>, Vec<Value>); 2] {
    let (alone, together) = (World::new(), World::new());
    let expected: Vec<Value> = alone.one_by_one(&ops(&alone, steps)).iter().map(said).collect();
    let batch = ops(&together, steps);
    let results = if batch.is_empty() { Vec::new() } else { together.bulk(&batch, "continue_on_error") };
    let words: Vec<Value> = results.iter().map(said).collect();
    [(words, together.state()), (expected, alone.state())]
}

#[test]
fn an_operation_waits_for_one_that_changes_a_row_made_in_the_same_batch() {
    let email = |email| (None, None, Some(email), None);
    let [together, alone] = together_and_alone(&[
        Step::Upsert(0, email(0)),
        Step::Upsert(2, email(0)),
        Step::Project(2),
        // Its row is made by the second one; by then it is the only one of two that leaves the address.
        Step::Upsert(2, email(1)),
        Step::UpsertByEmail(0, (None, None, None, None)),
    ]);
    assert_eq!(together, alone);
}

#[test]
fn a_row_that_is_renamed_twice_is_looked_for_after_both() {
    let name = |name| (Some(name), None, None, None);
    let [together, alone] = together_and_alone(&[
        Step::UpsertByEmail(0, name(0)),
        Step::UpsertByEmail(0, name(1)),
        Step::Upsert(0, (None, None, None, None)),
    ]);
    assert_eq!(together, alone);
}

#[test]
fn a_row_is_compared_with_what_the_operations_before_a_link_to_it_have_left() {
    let notes = (None, Some(0), None, None);
    let [together, alone] = together_and_alone(&[
        Step::Upsert(1, notes),
        Step::LinkMade(0, 0),
        Step::Upsert(1, notes),
        Step::Upsert(1, (None, None, None, Some(0))),
    ]);
    assert_eq!(together, alone);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_leaves_and_says_what_the_same_calls_one_by_one_do(steps in proptest::collection::vec(step(), 2..8)) {
        let [together, alone] = together_and_alone(&steps);
        prop_assert_eq!(together, alone);
    }
}
