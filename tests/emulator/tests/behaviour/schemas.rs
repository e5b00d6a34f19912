//! Schemas of data sources: properties made, renamed, retyped, removed.

use notion_emulator::{Options, Seed};
use serde_json::{Value, json};

use crate::client::App;

struct Table {
    app: App,
    source: String,
}

impl Table {
    async fn with(properties: Value) -> Table {
        let app = App::start().await;
        let parent = json!({"type": "page_id", "page_id": app.emulator.ids().root_page});
        let body = json!({"parent": parent, "initial_data_source": {"properties": properties}});
        let database = app.post("/v1/databases", body).await.ok();
        let source = database["data_sources"][0]["id"].as_str().unwrap().to_owned();
        Table { app, source }
    }

    async fn change(&self, properties: Value) -> crate::client::Reply {
        self.app.patch(&format!("/v1/data_sources/{}", self.source), json!({"properties": properties})).await
    }

    async fn row(&self, properties: Value) -> Value {
        let body = json!({"parent": {"data_source_id": self.source}, "properties": properties});
        self.app.post("/v1/pages", body).await.ok()
    }

    async fn read(&self, row: &Value) -> Value {
        self.app.get(&format!("/v1/pages/{}", row["id"].as_str().unwrap())).await.ok()["properties"].clone()
    }
}

fn text(content: &str) -> Value {
    json!([{"text": {"content": content}}])
}

#[tokio::test]
async fn a_two_way_relation_is_one_property_in_each_data_source() {
    let table = Table::with(json!({"Name": {"title": {}}})).await;
    let tasks = table.app.emulator.ids().tasks_data_source;
    let task = table.app.emulator.ids().tasks[0].clone();
    let back = async |name: &str| {
        let source = table.app.get(&format!("/v1/data_sources/{tasks}")).await.ok();
        source["properties"].get(name).cloned()
    };
    let dual =
        json!({"relation": {"data_source_id": tasks, "dual_property": {"synced_property_name": "Rows"}}});
    table.change(json!({"Task": dual})).await.ok();
    assert_eq!(back("Rows").await.unwrap()["relation"]["data_source_id"], json!(table.source));
    let row = table.row(json!({"Task": {"relation": [{"id": task}]}})).await;
    let seen = table.app.get(&format!("/v1/pages/{task}")).await.ok();
    assert_eq!(seen["properties"]["Rows"]["relation"][0]["id"], row["id"]);

    // A new name is known on the other side, and in rollups; a formula names the column by its id.
    table
        .change(json!({"Count": {"rollup": {
            "relation_property_name": "Task", "rollup_property_name": "Estimate", "function": "sum",
        }}}))
        .await
        .ok();
    let labelled =
        table.change(json!({"Label": {"formula": {"expression": "upper(prop(\"Name\"))"}}})).await.ok();
    let expression = labelled["properties"]["Label"]["formula"]["expression"].clone();
    assert!(expression.as_str().unwrap().starts_with("upper({{notion:block_property:title:"), "{expression}");
    let changed = table.change(json!({"Task": {"name": "Job"}, "Name": {"name": "Title"}})).await.ok();
    assert_eq!(back("Rows").await.unwrap()["relation"]["dual_property"]["synced_property_name"], "Job");
    assert_eq!(changed["properties"]["Count"]["rollup"]["relation_property_name"], "Job");
    assert_eq!(changed["properties"]["Label"]["formula"]["expression"], expression);

    // To one way and back: the other side goes, and comes with what the relation holds.
    let single = json!({"relation": {"data_source_id": tasks, "single_property": {}}});
    table.change(json!({"Job": single})).await.ok();
    assert_eq!(back("Rows").await, None);
    table.change(json!({"Job": dual})).await.ok();
    let seen = table.app.get(&format!("/v1/pages/{task}")).await.ok();
    assert_eq!(seen["properties"]["Rows"]["relation"][0]["id"], row["id"]);
    table.change(json!({"Job": null})).await.ok();
    assert_eq!(back("Rows").await, None);
}

#[tokio::test]
async fn a_change_of_type_keeps_what_can_be_read_and_empties_the_rest() {
    let options = json!({"options": [{"name": "a"}, {"name": "b"}]});
    let table = Table::with(json!({
        "Name": {"title": {}}, "Text": {"rich_text": {}}, "Number": {"number": {}}, "Tags": {"multi_select": options},
        "Who": {"people": {}},
    }))
    .await;
    let row = table
        .row(json!({
            "Text": {"rich_text": text("12.5")}, "Number": {"number": 7},
            "Tags": {"multi_select": [{"name": "b"}, {"name": "a"}]},
            "Who": {"people": [{"id": table.app.emulator.ids().ada}]},
        }))
        .await;
    table.change(json!({
        "Text": {"number": {}}, "Number": {"rich_text": {}}, "Tags": {"select": {}}, "Who": {"rich_text": {}},
    })).await.ok();
    let properties = table.read(&row).await;
    assert_eq!(properties["Text"]["number"], 12.5);
    assert_eq!(properties["Number"]["rich_text"][0]["plain_text"], "7");
    assert_eq!(properties["Tags"]["select"]["name"], "b");
    assert_eq!(properties["Who"]["rich_text"], json!([]));
    for refused in
        [json!({"Name": {"rich_text": {}}}), json!({"Text": {"status": {}}}), json!({"Name": null})]
    {
        table.change(refused).await.refused(400, "validation_error");
    }
}

#[tokio::test]
async fn what_a_schema_cannot_hold_is_refused() {
    let table = Table::with(json!({"Name": {"title": {}}, "Number": {"number": {}}})).await;
    let tasks = table.app.emulator.ids().tasks_data_source;
    table.change(json!({"Task": {"relation": {"data_source_id": tasks, "single_property": {}}}})).await.ok();
    let rollup = |property: &str, function: &str| {
        json!({"Roll": {"rollup": {
            "relation_property_name": "Task", "rollup_property_name": property, "function": function,
        }}})
    };
    for refused in [
        json!({"Price": {"number": {"format": "doubloon"}}}),
        json!({"Pick": {"select": {"options": [{"name": "a, b"}]}}}),
        json!({"Pick": {"select": {"options": [{"name": "a"}, {"name": "a"}]}}}),
        json!({"Pick": {"select": {"options": (0..101).map(|n| json!({"name": n.to_string()})).collect::<Vec<_>>()}}}),
        json!({"Number": {"name": "Name"}}),
        json!({"Second": {"title": {}}}),
        json!({"Nothing": null}),
        json!({"Formula": {"formula": {"expression": "prop(\"Nope\")"}}}),
        json!({"Formula": {"formula": {"expression": "nothing()"}}}),
        rollup("Name", "sum"),
        rollup("Done", "earliest_date"),
        rollup("Nope", "count"),
        json!({"Push": {"button": {}}}),
    ] {
        table.change(refused.clone()).await.refused(400, "validation_error");
    }
    table.change(rollup("Estimate", "sum")).await.ok();
    assert_eq!(table.app.emulator.writes().len(), 3);
}

#[tokio::test]
async fn a_filter_must_fit_what_formulas_and_rollups_result_in() {
    let app = App::with(Options { rate_limit: None, seed: Seed::Gallery, ..Options::default() }).await;
    let source = app.emulator.ids().gallery["everything_source"].clone();
    let query = async |filter: Value| {
        app.post(&format!("/v1/data_sources/{source}/query"), json!({"filter": filter})).await
    };
    for (filter, count) in [
        (json!({"property": "Formula: number", "formula": {"number": {"less_than": 0}}}), 1),
        (json!({"property": "Formula: text", "formula": {"string": {"ends_with": "row!"}}}), 1),
        (json!({"property": "Formula: truth", "formula": {"checkbox": {"equals": true}}}), 1),
        (json!({"property": "Formula: date", "formula": {"date": {"after": "2026-05-02"}}}), 1),
        (json!({"property": "Rollup: sum", "rollup": {"number": {"greater_than": 100}}}), 1),
        (json!({"property": "Rollup: earliest_date", "rollup": {"date": {"is_not_empty": true}}}), 2),
        (json!({"property": "Rollup: show_original", "rollup": {"any": {"select": {"equals": "a"}}}}), 2),
        (json!({"property": "Verification", "verification": {"status": "verified"}}), 1),
        (json!({"property": "Files", "files": {"is_not_empty": true}}), 1),
        (json!({"property": "One way", "relation": {"is_empty": true}}), 6),
        (json!({"property": "Created by", "created_by": {"contains": "me"}}), 8),
        (json!({"property": "ID", "unique_id": {"greater_than": 0}}), 8),
        (json!({"property": "Name", "title": {"equals": "twin"}}), 2),
    ] {
        let list = query(filter.clone()).await.ok();
        assert_eq!(list["results"].as_array().unwrap().len(), count, "{filter}");
    }
    for filter in [
        json!({"property": "Formula: number", "formula": {"string": {"equals": "1"}}}),
        json!({"property": "Rollup: sum", "rollup": {"any": {"number": {"equals": 1}}}}),
        json!({"property": "Rollup: show_original", "rollup": {"number": {"equals": 1}}}),
        json!({"property": "Rollup: count_per_group", "rollup": {"number": {"equals": 1}}}),
        json!({"property": "Button", "button": {}}),
    ] {
        query(filter).await.refused(400, "validation_error");
    }
}

#[tokio::test]
async fn an_option_that_is_gone_leaves_a_select_empty_and_a_status_at_its_default() {
    let table = Table::with(json!({
        "Name": {"title": {}}, "Pick": {"select": {"options": [{"name": "a"}, {"name": "b"}]}}, "State": {"status": {}},
    }))
    .await;
    let row =
        table.row(json!({"Pick": {"select": {"name": "b"}}, "State": {"status": {"name": "Done"}}})).await;
    table.change(json!({
        "Pick": {"select": {"options": [{"name": "a"}]}}, "State": {"status": {"options": [{"name": "Not started"}]}},
    })).await.ok();
    let properties = table.read(&row).await;
    assert_eq!(properties["Pick"]["select"], Value::Null);
    assert_eq!(properties["State"]["status"]["name"], "Not started");
}

#[tokio::test]
async fn a_hosted_file_that_is_sent_back_stays() {
    let app = App::with(Options { rate_limit: None, seed: Seed::Gallery, ..Options::default() }).await;
    let path = format!("/v1/pages/{}", app.emulator.ids().gallery["full_row"]);
    let files = app.get(&path).await.ok()["properties"]["Files"]["files"].clone();
    let sent = json!({"properties": {"Files": {"files": [files[1]]}}});
    let back = app.patch(&path, sent).await.ok();
    assert_eq!(back["properties"]["Files"]["files"], json!([files[1]]));
    let foreign = json!({"name": "x", "file": {"url": "https://example.com/x"}});
    let foreign = json!({"properties": {"Files": {"files": [foreign]}}});
    app.patch(&path, foreign).await.refused(400, "validation_error");
}
