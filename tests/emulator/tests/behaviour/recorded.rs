//! What recordings of the real Notion show, a test for each fact.

use std::time::Duration;

use notion_emulator::{Fault, FaultKind, Options, Seed};
use serde_json::{Value, json};

use crate::client::App;

async fn gallery() -> App {
    App::with(Options { rate_limit: None, seed: Seed::Gallery, ..Options::default() }).await
}

fn words(text: &str) -> Value {
    json!([{"text": {"content": text}}])
}

fn paragraphs(texts: &[&str]) -> Value {
    texts.iter().map(|text| json!({"paragraph": {"rich_text": words(text)}})).collect()
}

async fn page(app: &App, children: Value) -> String {
    let body = json!({
        "parent": {"page_id": app.emulator.ids().root_page}, "children": children,
        "properties": {"title": {"title": words("Page")}},
    });
    app.post("/v1/pages", body).await.ok()["id"].as_str().unwrap().to_owned()
}

/// A database of its own with some columns, as its data source's id.
async fn table(app: &App, properties: Value) -> String {
    let body = json!({
        "parent": {"page_id": app.emulator.ids().root_page}, "title": words("Table"),
        "initial_data_source": {"properties": properties},
    });
    app.post("/v1/databases", body).await.ok()["data_sources"][0]["id"].as_str().unwrap().to_owned()
}

async fn row(app: &App, source: &str, properties: Value) -> Value {
    app.post("/v1/pages", json!({"parent": {"data_source_id": source}, "properties": properties})).await.ok()
}

async fn found(app: &App, source: &str, filter: Value) -> usize {
    let list = app.post(&format!("/v1/data_sources/{source}/query"), json!({"filter": filter})).await.ok();
    list["results"].as_array().unwrap().len()
}

fn texts(list: &Value) -> Vec<String> {
    let blocks = list["results"].as_array().unwrap();
    blocks
        .iter()
        .map(|block| block["paragraph"]["rich_text"][0]["plain_text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_append_in_the_middle_answers_with_the_new_blocks_and_the_siblings_that_follow() {
    let app = App::start().await;
    let id = page(&app, paragraphs(&["a", "b", "c"])).await;
    let path = format!("/v1/blocks/{id}/children");
    let first = app.get(&path).await.ok()["results"][0]["id"].clone();
    let after = json!({"type": "after_block", "after_block": {"id": first}});
    let append = |text: &str, position: Value| json!({"children": paragraphs(&[text]), "position": position});
    assert_eq!(texts(&app.patch(&path, append("x", after.clone())).await.ok()), ["x", "b", "c"]);
    let start = json!({"type": "start"});
    assert_eq!(texts(&app.patch(&path, append("y", start)).await.ok()), ["y", "a", "x", "b", "c"]);
    assert_eq!(texts(&app.patch(&path, append("z", json!({"type": "end"}))).await.ok()), ["z"]);
    assert_eq!(texts(&app.patch(&path, json!({"children": paragraphs(&["w"])})).await.ok()), ["w"]);
    // The control for tests of clients.
    app.post("/_emulator/appends", json!({"answers": "new"})).await.ok();
    assert_eq!(texts(&app.patch(&path, append("v", after.clone())).await.ok()), ["v"]);
    app.emulator.answer_appends_alone(false);
    assert_eq!(texts(&app.patch(&path, append("u", after)).await.ok())[..3], ["u", "v", "x"]);
}

#[tokio::test]
async fn an_append_before_more_siblings_than_a_list_shows_says_that_there_are_more() {
    let app = App::start().await;
    let many: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let id = page(&app, paragraphs(&many.iter().map(String::as_str).collect::<Vec<&str>>())).await;
    let body = json!({"children": paragraphs(&["x"]), "position": {"type": "start"}});
    let list = app.patch(&format!("/v1/blocks/{id}/children"), body).await.ok();
    assert_eq!(
        (texts(&list).len(), texts(&list)[0].as_str(), list["has_more"].clone()),
        (100, "x", json!(true))
    );
}

#[tokio::test]
async fn times_are_cut_to_the_minute_in_values_and_in_filters() {
    let app = App::start().await;
    let source = table(&app, json!({"Name": {"title": {}}, "At": {"date": {}}})).await;
    let at = json!({"date": {"start": "2026-05-01T18:01:15.250Z", "end": "2026-05-01T18:02:59Z"}});
    let row = row(&app, &source, json!({"At": at})).await;
    let date = &row["properties"]["At"]["date"];
    assert_eq!(date["start"], "2026-05-01T18:01:00.000+00:00");
    assert_eq!(date["end"], "2026-05-01T18:02:00.000+00:00");
    for (operator, count) in
        [("equals", 1), ("before", 0), ("on_or_after", 1), ("after", 0), ("on_or_before", 1)]
    {
        let filter = json!({"property": "At", "date": {operator: "2026-05-01T18:01:15Z"}});
        assert_eq!(found(&app, &source, filter).await, count, "{operator}");
    }
}

#[tokio::test]
async fn months_in_filters_are_months_of_the_calendar() {
    let app = App::start().await;
    app.post("/_emulator/clock", json!({"now": "2026-08-31T12:00:00Z"})).await.ok();
    let source = table(&app, json!({"Name": {"title": {}}, "Day": {"date": {}}})).await;
    for day in ["2026-07-30", "2026-07-31", "2026-09-30", "2026-10-01", "2025-08-31", "2025-08-30"] {
        row(&app, &source, json!({"Day": {"date": {"start": day}}})).await;
    }
    for (operator, count) in [("past_month", 1), ("next_month", 1), ("past_year", 3), ("next_year", 2)] {
        let filter = json!({"property": "Day", "date": {operator: {}}});
        assert_eq!(found(&app, &source, filter).await, count, "{operator}");
    }
}

#[tokio::test]
async fn every_one_of_an_empty_rollup_does_not_match() {
    let app = gallery().await;
    let ids = app.emulator.ids().gallery;
    let filter = |quantifier: &str| {
        json!({"and": [
            {"property": "Name", "title": {"is_empty": true}},
            {"property": "Rollup: show_original", "rollup": {quantifier: {"select": {"equals": "a"}}}},
        ]})
    };
    assert_eq!(found(&app, &ids["everything_source"], filter("every")).await, 0);
    assert_eq!(found(&app, &ids["everything_source"], filter("none")).await, 1);
}

#[tokio::test]
async fn whatever_is_text_can_be_filtered_as_rich_text() {
    let app = App::start().await;
    let columns = json!({
        "Name": {"title": {}}, "Phone": {"phone_number": {}}, "Mail": {"email": {}}, "Link": {"url": {}}, "Number": {"number": {}},
    });
    let source = table(&app, columns).await;
    let values = json!({
        "Name": {"title": words("Gears")}, "Phone": {"phone_number": "123"}, "Mail": {"email": "a@x.example"},
        "Link": {"url": "https://x.example"},
    });
    row(&app, &source, values).await;
    for (property, part) in [("Name", "ear"), ("Phone", "12"), ("Mail", "a@"), ("Link", "x.ex")] {
        let filter = |part: &str| json!({"property": property, "rich_text": {"contains": part}});
        assert_eq!(found(&app, &source, filter(part)).await, 1, "{property}");
        assert_eq!(found(&app, &source, filter("other")).await, 0, "{property}");
    }
    let filter = json!({"filter": {"property": "Number", "rich_text": {"contains": "1"}}});
    app.post(&format!("/v1/data_sources/{source}/query"), filter).await.refused(400, "validation_error");
}

#[tokio::test]
async fn a_unique_id_is_compared_with_any_number() {
    let app = App::start().await;
    let source = app.emulator.ids().tasks_data_source;
    let all = found(&app, &source, json!({"property": "ID", "unique_id": {"greater_than": -1}})).await;
    assert_eq!(all, app.emulator.ids().tasks.len());
}

#[tokio::test]
async fn formulas_are_taken_as_notion_takes_them_and_read_back_with_ids() {
    let app = App::start().await;
    // The first names a column that comes later in the same body.
    let columns = json!({
        "Twice": {"formula": {"expression": "prop(\"Points\") * 2"}},
        "Age": {"formula": {"expression": "dateBetween(now(), prop(\"Made\"), \"days\")"}},
        "Long": {"formula": {"expression": "prop(\"Name\").length() > 3 and prop(\"Name\").includes(\"ear\")"}},
        "Pi": {"formula": {"expression": "round(pi * 100)"}},
        "Other": {"formula": {"expression": "replace(prop(\"Name\"), \"G\", \"B\")"}},
        "Year": {"formula": {"expression": "year(prop(\"Made\"))"}},
        "Beyond": {"formula": {"expression": "map([1, 2], current + 1)"}},
        "Points": {"number": {}}, "Name": {"title": {}}, "Made": {"created_time": {}},
    });
    let source = table(&app, columns).await;
    let path = format!("/v1/data_sources/{source}");
    let schema = app.get(&path).await.ok();
    let twice = schema["properties"]["Twice"]["formula"]["expression"].as_str().unwrap().to_owned();
    assert!(twice.starts_with("{{notion:block_property:") && twice.ends_with("}} * 2"), "{twice}");
    let row = row(&app, &source, json!({"Name": {"title": words("Gears")}, "Points": {"number": 3}})).await;
    let value = |row: &Value, name: &str| {
        let formula = &row["properties"][name]["formula"];
        formula[formula["type"].as_str().unwrap()].clone()
    };
    for (name, wanted) in [
        ("Twice", json!(6)),
        ("Age", json!(0)),
        ("Long", json!(true)),
        ("Pi", json!(314)),
        ("Other", json!("Bears")),
        ("Beyond", json!({})),
    ] {
        assert_eq!(value(&row, name), wanted, "{name}");
    }
    // What was read back can be sent, and goes on after its column was renamed.
    app.patch(&path, json!({"properties": {"Points": {"name": "Score"}}})).await.ok();
    let again = json!({"properties": {"Twice": {"formula": {"expression": twice}}}});
    let again = app.patch(&path, again).await.ok();
    assert_eq!(again["properties"]["Twice"]["formula"]["expression"], json!(twice));
    let row = app.get(&format!("/v1/pages/{}", row["id"].as_str().unwrap())).await.ok();
    assert_eq!(value(&row, "Twice"), 6);
    for expression in ["prop(\"Nope\") + 1", "1 +", "nothing(1)"] {
        let body = json!({"properties": {"Wrong": {"formula": {"expression": expression}}}});
        app.patch(&path, body).await.refused(400, "validation_error");
    }
}

#[tokio::test]
async fn a_columns_schema_can_be_sent_back_as_it_was_read() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    for source in [&ids.tasks_data_source, &ids.projects_data_source] {
        let path = format!("/v1/data_sources/{source}");
        let before = app.get(&path).await.ok()["properties"].clone();
        for (name, column) in before.as_object().unwrap() {
            let after =
                app.patch(&path, json!({"properties": {name: column}})).await.ok()["properties"].clone();
            assert_eq!(after[name], *column, "{name}");
        }
    }
}

#[tokio::test]
async fn children_may_be_none_and_make_any_heading_toggle() {
    let app = App::start().await;
    let empty =
        json!([{"column_list": {"children": [{"column": {"children": []}}, {"column": {"children": []}}]}}]);
    page(&app, empty).await;
    let heading = json!([{"heading_2": {"rich_text": words("T"), "is_toggleable": false, "children": paragraphs(&["in"])}}]);
    let id = page(&app, heading).await;
    let heading = app.get(&format!("/v1/blocks/{id}/children")).await.ok()["results"][0].clone();
    assert_eq!(
        (&heading["heading_2"]["is_toggleable"], &heading["has_children"]),
        (&json!(true), &json!(true))
    );
    let id = page(&app, paragraphs(&["a"])).await;
    let block = app.get(&format!("/v1/blocks/{id}/children")).await.ok()["results"][0]["id"].clone();
    let path = format!("/v1/blocks/{}", block.as_str().unwrap());
    app.patch(&path, json!({"paragraph": {"rich_text": words("b"), "children": []}})).await.ok();
    let one = json!({"paragraph": {"rich_text": words("b"), "children": paragraphs(&["c"])}});
    app.patch(&path, one).await.refused(400, "validation_error");
}

#[tokio::test]
async fn a_time_zone_may_stand_beside_its_own_offset() {
    let app = App::start().await;
    let source = table(&app, json!({"Name": {"title": {}}, "At": {"date": {}}})).await;
    let with = |start: &str, zone: &str| json!({"At": {"date": {"start": start, "time_zone": zone}}});
    let row = row(&app, &source, with("2026-05-01T10:00:00Z", "UTC")).await;
    assert_eq!(row["properties"]["At"]["date"]["start"], "2026-05-01T10:00:00.000+00:00");
    let other = json!({"parent": {"data_source_id": source}, "properties": with("2026-05-01T10:00:00Z", "Asia/Tokyo")});
    app.post("/v1/pages", other).await.refused(400, "validation_error");
}

#[tokio::test]
async fn an_untitled_database_is_a_new_database_with_an_untitled_data_source() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let database = app.post("/v1/databases", json!({"parent": {"page_id": root}})).await.ok();
    assert_eq!(database["title"][0]["plain_text"], "New database");
    let source = database["data_sources"][0]["id"].as_str().unwrap();
    assert_eq!(app.get(&format!("/v1/data_sources/{source}")).await.ok()["title"], json!([]));
}

#[tokio::test]
async fn a_databases_description_stands_on_its_data_source_whose_times_have_no_seconds() {
    let app = App::start().await;
    let body =
        json!({"parent": {"page_id": app.emulator.ids().root_page}, "description": words("What it is for")});
    let database = app.post("/v1/databases", body).await.ok();
    let source = database["data_sources"][0]["id"].as_str().unwrap();
    let source = app.get(&format!("/v1/data_sources/{source}")).await.ok();
    assert_eq!(source["description"], database["description"]);
    for time in ["created_time", "last_edited_time"] {
        assert!(source[time].as_str().unwrap().ends_with(":00.000Z"), "{}", source[time]);
    }
}

#[tokio::test]
async fn a_mentioned_person_is_the_whole_user() {
    let app = App::start().await;
    let ada = app.emulator.ids().ada;
    let mention = json!([{"paragraph": {"rich_text": [{"mention": {"user": {"id": ada}}}]}}]);
    let id = page(&app, mention).await;
    let list = app.get(&format!("/v1/blocks/{id}/children")).await.ok();
    let user = &list["results"][0]["paragraph"]["rich_text"][0]["mention"]["user"];
    assert_eq!(
        *user,
        app.get(&format!("/v1/users/{ada}"))
            .await
            .ok()
            .as_object()
            .map(|user| { Value::from_iter(user.clone().into_iter().filter(|(key, _)| key != "request_id")) })
            .unwrap()
    );
}

#[tokio::test]
async fn a_title_comes_whole_where_other_texts_are_cut() {
    let app = App::start().await;
    let source = table(&app, json!({"Name": {"title": {}}, "Text": {"rich_text": {}}})).await;
    let runs: Vec<Value> = (0..100)
        .map(|number| json!({"text": {"content": "x"}, "annotations": {"bold": number % 2 == 0}}))
        .collect();
    let row = row(&app, &source, json!({"Name": {"title": runs}, "Text": {"rich_text": runs}})).await;
    let length = |key: &str, kind: &str| row["properties"][key][kind].as_array().unwrap().len();
    assert_eq!((length("Name", "title"), length("Text", "rich_text")), (100, 25));
}

#[tokio::test]
async fn neighbouring_texts_of_one_style_become_one() {
    let app = App::start().await;
    let runs = json!([{"text": {"content": "x".repeat(2000)}}, {"text": {"content": "y"}}, {"text": {"content": "z"}, "annotations": {"bold": true}}]);
    let id = page(&app, json!([{"paragraph": {"rich_text": runs}}])).await;
    let list = app.get(&format!("/v1/blocks/{id}/children")).await.ok();
    let runs = list["results"][0]["paragraph"]["rich_text"].as_array().unwrap();
    let lengths: Vec<usize> = runs.iter().map(|run| run["text"]["content"].as_str().unwrap().len()).collect();
    assert_eq!(lengths, [2001, 1]);
}

#[tokio::test]
async fn an_id_of_another_variant_is_no_uuid() {
    let app = App::start().await;
    for id in ["12345678-1234-1234-1234-123456789abc", "12345678123412341234123456789abc"] {
        app.get(&format!("/v1/pages/{id}")).await.refused(400, "validation_error");
    }
    app.get("/v1/pages/12345678-1234-4234-8234-123456789abc").await.refused(404, "object_not_found");
}

#[tokio::test]
async fn a_deleted_comment_is_answered_whole() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let body = json!({"parent": {"page_id": root}, "rich_text": words("said")});
    let made = app.post("/v1/comments", body).await.ok();
    let path = format!("/v1/comments/{}", made["id"].as_str().unwrap());
    let gone = app.send("DELETE", &path, Value::Null).await.ok();
    assert_eq!((&gone["id"], &gone["rich_text"]), (&made["id"], &made["rich_text"]));
}

#[tokio::test]
async fn a_task_has_an_id_of_its_own_form_and_names_its_operation() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let insert = json!({"type": "insert_content", "insert_content": {"content": "x"}, "allow_async": true});
    let reply = app.patch(&format!("/v1/pages/{root}/markdown"), insert).await;
    assert_eq!(reply.status, 202);
    let task = reply.json();
    let id = task["id"].as_str().unwrap().to_owned();
    let digits = id.strip_prefix("task_").unwrap();
    assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(task["operation"]["name"], "PATCH /v1/pages/:page_id/markdown");
    assert_eq!(app.get(&format!("/v1/async_tasks/{id}")).await.ok()["status"], "succeeded");
    app.get("/v1/async_tasks/task_unknown").await.refused(404, "object_not_found");
}

#[tokio::test]
async fn a_rollups_own_endpoint_is_a_list_and_counts_all_references() {
    let app = gallery().await;
    let ids = app.emulator.ids().gallery;
    let row = app.get(&format!("/v1/pages/{}", ids["many_row"])).await.ok();
    // Of thirty targets with one point more each, a page counts the first 25.
    assert_eq!(row["properties"]["Rollup: sum"]["rollup"]["number"], (1..=25).sum::<i64>());
    assert_eq!(row["properties"]["Rollup: show_original"]["rollup"]["array"].as_array().unwrap().len(), 25);
    let property = row["properties"]["Rollup: sum"]["id"].as_str().unwrap();
    let path = format!("/v1/pages/{}/properties/{property}", ids["many_row"]);
    let list = app.get(&path).await.ok();
    assert_eq!((&list["object"], &list["type"]), (&json!("list"), &json!("property_item")));
    assert_eq!(list["property_item"]["rollup"]["number"], (1..=30).sum::<i64>());
    // With more pages to come, the result is not there yet.
    let part = app.get(&format!("{path}?page_size=10")).await.ok();
    assert_eq!(part["property_item"]["rollup"]["type"], "incomplete");
}

#[tokio::test]
async fn a_block_below_a_trashed_block_is_in_the_trash() {
    let app = App::start().await;
    let outer = json!([{"toggle": {"rich_text": words("T"), "children": paragraphs(&["in"])}}]);
    let id = page(&app, outer).await;
    let outer = app.get(&format!("/v1/blocks/{id}/children")).await.ok()["results"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let inner = app.get(&format!("/v1/blocks/{outer}/children")).await.ok()["results"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.send("DELETE", &format!("/v1/blocks/{outer}"), Value::Null).await.ok();
    assert_eq!(app.get(&format!("/v1/blocks/{inner}")).await.ok()["in_trash"], true);
}

#[tokio::test]
async fn a_bot_that_made_something_tells_nothing_of_its_workspace() {
    let app = App::start().await;
    let source =
        table(&app, json!({"Name": {"title": {}}, "By": {"created_by": {}}, "Last": {"last_edited_by": {}}}))
            .await;
    let row = row(&app, &source, json!({})).await;
    for (name, kind) in [("By", "created_by"), ("Last", "last_edited_by")] {
        let by = &row["properties"][name][kind];
        assert_eq!((&by["type"], &by["bot"]), (&json!("bot"), &json!({})), "{by}");
    }
    let me = app.get("/v1/users/me").await.ok();
    assert!(me["bot"]["workspace_name"].is_string(), "{me}");
}

#[tokio::test]
async fn the_address_of_one_of_notions_icons_becomes_the_icon() {
    let app = App::start().await;
    let id = page(&app, json!([])).await;
    let icon = json!({"icon": {"external": {"url": "https://www.notion.so/icons/pizza_blue.svg"}}});
    let answer = app.patch(&format!("/v1/pages/{id}"), icon).await.ok();
    assert_eq!(answer["icon"], json!({"type": "icon", "icon": {"name": "pizza", "color": "blue"}}));
    let other = json!({"icon": {"external": {"url": "https://x.example/icons/pizza_blue.svg"}}});
    assert_eq!(app.patch(&format!("/v1/pages/{id}"), other).await.ok()["icon"]["type"], "external");
}

#[tokio::test]
async fn small_things_are_as_they_were_recorded() {
    let app = gallery().await;
    let ids = app.emulator.ids().gallery;
    let query = app.post(&format!("/v1/views/{}/queries", ids["table_view"]), json!({})).await.ok();
    assert!(query["expires_at"].as_str().unwrap().ends_with("+00:00"), "{query}");
    let file = json!([{"file": {"external": {"url": "https://x.example/papers/plan%20b.pdf?x=1"}}}]);
    let id = page(&app, file).await;
    let list = app.get(&format!("/v1/blocks/{id}/children")).await.ok();
    assert_eq!(list["results"][0]["file"]["name"], "plan b.pdf");
    let import =
        json!({"mode": "external_url", "filename": "a.png", "external_url": "https://x.example/a.png"});
    let import = app.post("/v1/file_uploads", import).await.ok();
    assert!(import["status"] == "pending" && import["upload_url"].is_string(), "{import}");
    let templates = app.get(&format!("/v1/data_sources/{}/templates", ids["everything_source"])).await.ok();
    assert!(templates.get("request_id").is_none(), "{templates}");
    assert!(app.get("/v1/custom_emojis").await.ok().get("custom_emoji").is_none());
    let row = app.get(&format!("/v1/pages/{}", ids["full_row"])).await.ok();
    assert_eq!(row["properties"]["Place"]["place"]["name"], Value::Null);
    let missing = app.get("/v1/users/12345678-1234-4234-8234-123456789abc").await;
    assert!(missing.json()["additional_data"]["integration_id"].is_string(), "{}", missing.text);
}

#[tokio::test]
async fn where_a_list_starts_is_read_and_not_written() {
    let app = gallery().await;
    let ids = app.emulator.ids().gallery;
    let list = app.get(&format!("/v1/blocks/{}/children", ids["blocks_page"])).await.ok();
    let item = list["results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|block| block["type"] == "numbered_list_item")
        .unwrap();
    assert_eq!(item["numbered_list_item"]["list_start_index"], 3);
    for member in [json!({"list_start_index": 3}), json!({"list_format": "roman"})] {
        let mut content = json!({"rich_text": words("x")});
        content.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
        let body = json!({"children": [{"numbered_list_item": content}]});
        let path = format!("/v1/blocks/{}/children", app.emulator.ids().root_page);
        app.patch(&path, body).await.refused(400, "validation_error");
        let path = format!("/v1/blocks/{}", item["id"].as_str().unwrap());
        app.patch(&path, json!({"numbered_list_item": content})).await.refused(400, "validation_error");
    }
}

#[tokio::test]
async fn a_formula_or_rollup_can_be_left_uncomputed() {
    let app = gallery().await;
    let row = format!("/v1/pages/{}", app.emulator.ids().gallery["full_row"]);
    let kinds = |row: &Value| {
        [("Formula: number", "formula"), ("Rollup: sum", "rollup")]
            .map(|(name, kind)| row["properties"][name][kind]["type"].clone())
    };
    assert_eq!(kinds(&app.get(&row).await.ok()), ["number", "number"]);
    app.post("/_emulator/uncomputed", json!({"properties": ["Formula: number", "Rollup: sum"]})).await.ok();
    let unsupported = app.get(&row).await.ok();
    assert_eq!(kinds(&unsupported), ["unsupported", "unsupported"]);
    assert_eq!(unsupported["properties"]["Formula: number"]["formula"]["unsupported"], json!({}));
    app.emulator.leave_uncomputed(&[]);
    assert_eq!(kinds(&app.get(&row).await.ok()), ["number", "number"]);
}

#[tokio::test]
async fn a_write_can_be_answered_without_its_id_with_no_object_or_late() {
    let app = App::start().await;
    let body = json!({"parent": {"page_id": app.emulator.ids().root_page}, "markdown": "x"});
    let send = || app.post("/v1/pages", body.clone());
    let fault = |kind: Value| {
        let mut fault = kind;
        fault["route"] = json!("POST /v1/pages");
        app.post("/_emulator/faults", fault)
    };
    fault(json!({"kind": "apply_then_without"})).await.ok();
    let answer = send().await.ok();
    assert!(answer.get("id").is_none() && answer["object"] == "page", "{answer}");
    for other in [json!([1]), json!("done"), json!({}), Value::Null] {
        fault(json!({"kind": "apply_then_body", "body": other})).await.ok();
        assert_eq!(send().await.ok(), other);
    }
    assert_eq!(app.emulator.writes().len(), 5);
    // Whoever gives up before the answer hears nothing, and the write is there.
    let kind = FaultKind::ApplyThenDelay { delay_ms: 60_000 };
    app.emulator.fault(Fault::new("POST /v1/pages", kind));
    let late = tokio::time::timeout(Duration::from_millis(500), send()).await;
    assert!(late.is_err());
    assert_eq!(app.emulator.writes().len(), 6);
}
