//! What a tool answers can be given back, to every tool that takes such a thing: nothing changes, or an equal copy is made, and
//! what can't be taken over is named.

use std::collections::BTreeMap;

use notion_emulator::Seed;
use serde_json::{Map, Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;
use crate::nothing_dropped::refused;

/// A host over one of everything that Notion can hold, and what is found to be wrong.
struct Trial {
    host: TestHost,
    ids: BTreeMap<String, String>,
    root: String,
    wrong: Vec<String>,
}

impl Trial {
    async fn start() -> Self {
        let host = TestHost::start(&BUILT_IN).await;
        let ids = host.emulator.reset(Seed::Gallery);
        Self { host, root: ids.root_page, ids: ids.gallery, wrong: Vec::new() }
    }

    fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }

    /// The result of a call that must not be refused.
    async fn taken(&mut self, what: &str, tool: &str, arguments: Value) -> Option<Value> {
        let (_, envelope) = self.host.call(tool, arguments).await;
        match refused(&envelope) {
            Some(fault) => {
                self.wrong.push(format!("{what} -> {tool}: refused: {} {}", fault["message"], fault["hint"]));
                None
            }
            None => Some(envelope["result"].clone()),
        }
    }

    fn expect(&mut self, what: &str, found: &Value, wanted: &Value) {
        if found != wanted {
            self.wrong.push(format!("{what}:\n    {found}\n    and not\n    {wanted}"));
        }
    }

    async fn end(self) {
        assert!(self.wrong.is_empty(), "{}:\n{}", self.wrong.len(), self.wrong.join("\n"));
        self.host.stop().await;
    }
}

/// Properties that Notion sets, or computes, itself.
fn is_read_only(name: &str) -> bool {
    ["Formula", "Rollup", "Created", "Edited", "ID", "Button"].iter().any(|own| name.starts_with(own))
}

/// All that a person can set in a row, as the page has it.
async fn state(host: &TestHost, page: &str) -> Value {
    let page = host.result("get_page", json!({"page_id": page})).await;
    let properties = page["properties"].as_object().cloned().unwrap_or_default();
    let mut kept: Map<String, Value> =
        properties.into_iter().filter(|(name, _)| !is_read_only(name)).collect();
    if let Some(verification) = kept.get_mut("Verification").and_then(Value::as_object_mut) {
        verification.shift_remove("verified_by");
    }
    // Files that Notion hosts have another link in every answer.
    if let Some(files) = kept.get_mut("Files") {
        let text = files.to_string();
        *files = json!(text.contains("plan.pdf") && text.contains("drawing.png"));
    }
    json!({"title": page["title"], "properties": kept})
}

/// A row's values as each tool answers them.
async fn answers(trial: &Trial, row: &str, title: &str) -> Vec<(&'static str, Map<String, Value>)> {
    let host = &trial.host;
    let everything = trial.id("everything");
    let properties = |answer: &Value| answer["properties"].as_object().cloned().unwrap_or_default();
    let compact = host.result("get_page", json!({"page_id": row})).await;
    let full = host.result("get_page", json!({"page_id": row, "detail": "full"})).await;
    let only = json!({"database_id": everything, "filter": {"Name": title}});
    let table = host.result("query", only.clone()).await;
    let cells = table["rows"][0].as_array().unwrap().iter().cloned();
    let columns = table["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    let mut shared = table["in_all_rows"].as_object().cloned().unwrap_or_default();
    shared.extend(columns.zip(cells).skip(1));
    let mut whole = only;
    whole["detail"] = json!("full");
    let queried = host.result("query", whole).await;
    let rows = queried["rows"].as_array().or_else(|| queried["results"].as_array()).unwrap();
    let fetched = host.result("fetch", json!({"id": row})).await;
    let raw = json!({"method": "GET", "path": format!("/v1/pages/{row}")});
    let raw = host.result("notion_request", raw).await;
    vec![
        ("get_page", properties(&compact)),
        ("get_page in full", properties(&full)),
        ("query", shared),
        ("query in full", properties(&rows[0])),
        ("fetch", properties(&fetched["metadata"])),
        ("notion_request", properties(&raw["body"])),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn values_given_back_change_nothing() {
    let mut trial = Trial::start().await;
    for row in ["full_row", "many_row", "empty_row", "long_title_row"] {
        let id = trial.id(row).to_owned();
        let before = state(&trial.host, &id).await;
        let Some(title) = before["title"].as_str().map(str::to_owned) else { continue };
        for (from, values) in answers(&trial, &id, &title).await {
            let what = format!("{row} of {from}");
            let everything = trial.id("everything").to_owned();
            let update = json!({"page_id": id, "properties": values});
            let upsert = json!({
                "database_id": everything, "unique": {"property": "Name", "value": title}, "properties": values,
            });
            let both = json!({"mode": "continue_on_error", "ops": [
                {"op": "update_page", "args": update}, {"op": "upsert", "args": upsert},
            ]});
            for (tool, arguments) in [("update_page", update), ("upsert", upsert), ("bulk", both)] {
                trial.taken(&what, tool, arguments).await;
                let after = state(&trial.host, &id).await;
                trial.expect(&format!("{what} -> {tool}"), &after, &before);
            }
        }
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_given_to_a_new_row_make_an_equal_one_and_what_notion_sets_is_named() {
    let mut trial = Trial::start().await;
    for row in ["full_row", "many_row"] {
        let id = trial.id(row).to_owned();
        let before = state(&trial.host, &id).await;
        let title = before["title"].as_str().unwrap().to_owned();
        for (from, mut values) in answers(&trial, &id, &title).await {
            let what = format!("{row} of {from}");
            values.shift_remove("Name");
            // A name that two people have is refused with the ids of both, and so are the names that tables have of files
            // that Notion hosts: in a new row nothing tells what they mean.
            let mut wanted = before["properties"].clone();
            for (name, is_ambiguous) in [("People", row == "full_row"), ("Files", from == "query")] {
                if is_ambiguous && values.get(name).is_some_and(|value| value[0].is_string()) {
                    values.shift_remove(name);
                    wanted.as_object_mut().unwrap().shift_remove(name);
                }
            }
            // Of a long list Notion shows 25, and the answer says so.
            let is_part = row == "many_row" && !from.starts_with("get_page");
            let everything = trial.id("everything").to_owned();
            let make =
                json!({"database_id": everything, "title": format!("Copy {what}"), "properties": values});
            let upsert = json!({
                "database_id": everything, "properties": values,
                "unique": {"property": "Name", "value": format!("Upserted {what}")},
            });
            let mut again = make.clone();
            again["title"] = json!(format!("Bulk {what}"));
            let bulk = json!({"mode": "continue_on_error", "ops": [{"op": "create_page", "args": again}]});
            for (tool, arguments) in [("create_page", make), ("upsert", upsert), ("bulk", bulk)] {
                let Some(made) = trial.taken(&what, tool, arguments).await else { continue };
                let made = if tool == "bulk" { made["results"][0]["result"].clone() } else { made };
                if !made.to_string().contains("`Created") || !made.to_string().contains("`ID`") {
                    trial.wrong.push(format!("{what} -> {tool}: read-only values are not named: {made}"));
                }
                let after = state(&trial.host, made["id"].as_str().unwrap()).await;
                if !is_part {
                    trial.expect(&format!("{what} -> {tool}"), &after["properties"], &wanted);
                }
            }
        }
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_given_back_never_stands_for_the_whole() {
    let mut trial = Trial::start().await;
    let everything = trial.id("everything").to_owned();
    let long = "word ".repeat(700);
    let id = trial.id("full_row").to_owned();
    trial.host.result("update_page", json!({"page_id": id, "properties": {"Text": long}})).await;
    let before = state(&trial.host, &id).await;
    let name = before["title"].as_str().unwrap().to_owned();
    for (from, values) in answers(&trial, &id, &name).await {
        let Some(text) = values.get("Text") else { continue };
        let values = json!({"Text": text});
        let upsert = json!({"database_id": everything, "unique": {"property": "Name", "value": name}, "properties": values});
        for (tool, arguments) in
            [("update_page", json!({"page_id": id, "properties": values})), ("upsert", upsert)]
        {
            let Some(result) = trial.taken(from, tool, arguments).await else { continue };
            let after = state(&trial.host, &id).await;
            trial.expect(&format!("{from} -> {tool}"), &after, &before);
            if text.as_str().is_some_and(|text| text.ends_with("..."))
                && !result.to_string().contains("whole")
            {
                trial.wrong.push(format!("{from} -> {tool}: nothing is said of the part: {result}"));
            }
        }
    }
    trial.end().await;
}

/// A configuration without the names that Notion puts beside ids, or leaves out.
fn unnamed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| !name.ends_with("property_name"));
            kept.map(|(name, member)| (name.clone(), unnamed(member))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// A view without what is its own.
fn likeness(view: &Value) -> Value {
    let mut view = view.as_object().cloned().unwrap_or_default();
    for own in ["id", "url", "name", "created_time", "last_edited_time", "request_id"] {
        view.shift_remove(own);
    }
    if let Some(configuration) = view.get_mut("configuration") {
        *configuration = unnamed(configuration);
    }
    Value::Object(view)
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_views_given_back_change_nothing_and_make_an_equal_view() {
    let mut trial = Trial::start().await;
    let everything = trial.id("everything").to_owned();
    let kinds =
        ["table", "board", "list", "calendar", "timeline", "gallery", "form", "chart", "map", "filtered"];
    for kind in kinds {
        let id = trial.id(&format!("{kind}_view")).to_owned();
        for detail in ["compact", "full"] {
            let what = format!("{kind} view {detail}");
            let read = async |host: &TestHost, id: &str| {
                let view = host.result("list_views", json!({"view_id": id, "detail": "full"})).await;
                view["views"][0].clone()
            };
            let before = read(&trial.host, &id).await;
            let shown = trial.host.result("list_views", json!({"view_id": id, "detail": detail})).await;
            let shown = shown["views"][0].clone();
            let mut settings = Map::new();
            for name in ["filter", "sorts", "configuration"] {
                settings.extend(shown.get(name).map(|value| (name.to_owned(), value.clone())));
            }
            let mut update = settings.clone();
            update.insert("view_id".to_owned(), json!(id));
            update.insert("name".to_owned(), shown["name"].clone());
            if trial.taken(&what, "update_view", json!(update)).await.is_some() {
                let after = read(&trial.host, &id).await;
                trial.expect(&format!("{what} -> update_view"), &likeness(&after), &likeness(&before));
            }
            let mut create = settings.clone();
            create.insert("database_id".to_owned(), json!(everything));
            create.insert("name".to_owned(), json!("Again"));
            create.insert("type".to_owned(), shown["type"].clone());
            if let Some(made) = trial.taken(&what, "create_view", json!(create)).await {
                let after = read(&trial.host, made["id"].as_str().unwrap()).await;
                for name in ["filter", "sorts", "configuration"] {
                    trial.expect(
                        &format!("{what} -> create_view `{name}`"),
                        &unnamed(&after[name]),
                        &unnamed(&before[name]),
                    );
                }
            }
            let mut query = Map::from_iter([("database_id".to_owned(), json!(everything))]);
            for name in ["filter", "sorts"] {
                query.extend(settings.get(name).map(|value| (name.to_owned(), value.clone())));
            }
            trial.taken(&what, "query", json!(query)).await;
        }
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn icons_and_covers_given_back_are_kept() {
    let mut trial = Trial::start().await;
    let root = trial.root.clone();
    let emoji = trial.ids.get("emoji_bufo").cloned().unwrap_or_default();
    let picture = "https://example.com/a.png";
    for icon in [
        json!("\u{1f4a1}"),
        json!(picture),
        json!(emoji),
        json!({"type": "icon", "icon": {"name": "pizza", "color": "blue"}}),
    ] {
        let arguments = json!({"parent_page_id": root, "title": "With icon", "icon": icon, "cover": picture});
        let page = trial.host.result("create_page", arguments).await;
        let read = json!({"page_id": page["id"], "detail": "full"});
        let full = trial.host.result("get_page", read.clone()).await;
        let (icon, cover) = (full["icon"].clone(), full["cover"].clone());
        let what = icon["type"].to_string();
        trial.taken(&what, "update_page", json!({"page_id": page["id"], "icon": icon, "cover": cover})).await;
        let after = trial.host.result("get_page", read).await;
        trial.expect(
            &format!("{what} -> update_page"),
            &json!([after["icon"], after["cover"]]),
            &json!([icon, cover]),
        );
        let arguments = json!({"parent_page_id": root, "title": "Copy", "icon": icon, "cover": cover});
        if let Some(made) = trial.taken(&what, "create_page", arguments.clone()).await {
            let made = trial.host.result("get_page", json!({"page_id": made["id"], "detail": "full"})).await;
            trial.expect(
                &format!("{what} -> create_page"),
                &json!([made["icon"], made["cover"]]),
                &json!([icon, cover]),
            );
        }
        let mut database = arguments;
        database["properties"] = json!({"Count": "number"});
        trial.taken(&what, "create_database", database).await;
    }
    trial.end().await;
}

/// Blocks without ids and without what can't be made.
fn made_of(blocks: &Value) -> Value {
    let strip = |block: &Value| {
        let mut block = block.as_object().cloned().unwrap_or_default();
        for own in ["id", "start", "format"] {
            block.shift_remove(own);
        }
        if let Some(children) = block.get_mut("children") {
            *children = made_of(children);
        }
        Value::Object(block)
    };
    let can_be_made = |block: &&Value| {
        let kind = block["type"].as_str().unwrap_or_default();
        let is_mirror = kind == "synced_block";
        let read_only = ["child_page", "child_database", "unsupported", "link_preview", "meeting_notes"];
        !is_mirror && !read_only.contains(&kind) && !block.to_string().contains("hosted_file")
    };
    blocks.as_array().into_iter().flatten().filter(can_be_made).map(strip).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_markdown_given_back_make_the_same_content() {
    let mut trial = Trial::start().await;
    let (page, root) = (trial.id("blocks_page").to_owned(), trial.root.clone());
    let list = async |host: &TestHost, id: &Value, detail: &str| {
        let arguments = json!({"block_id": id, "depth": 8, "limit": 1_000, "detail": detail});
        host.result("list_blocks", arguments).await["blocks"].clone()
    };
    let compact = list(&trial.host, &json!(page), "compact").await;
    let mut wanted = made_of(&compact);
    // Instead of pages and databases there are links to them, and a bookmark instead of a preview.
    let inside = ["child_page", "child_database"].map(|kind| {
        let block = compact.as_array().unwrap().iter().find(|block| block["type"] == kind).unwrap();
        let name = if kind == "child_page" { "page_id" } else { "database_id" };
        json!({"type": "link_to_page", name: block["id"]})
    });
    let bookmark = json!({"type": "bookmark", "url": "https://github.com/example/example/pull/1"});
    wanted.as_array_mut().unwrap().extend(inside.into_iter().chain([bookmark]));
    for detail in ["compact", "full"] {
        let blocks = list(&trial.host, &json!(page), detail).await;
        let what = format!("blocks {detail}");
        let target =
            trial.host.result("create_page", json!({"parent_page_id": root, "title": "A copy"})).await;
        let append = json!({"block_id": target["id"], "blocks": blocks});
        if trial.taken(&what, "append_blocks", append).await.is_some() {
            let copied = list(&trial.host, &target["id"], "compact").await;
            trial.expect(&format!("{what} -> append_blocks"), &made_of(&copied), &wanted);
        }
        let make = json!({"parent_page_id": root, "title": "A copy", "blocks": blocks});
        if let Some(made) = trial.taken(&what, "create_page", make).await {
            let copied = list(&trial.host, &made["id"], "compact").await;
            trial.expect(&format!("{what} -> create_page"), &made_of(&copied), &wanted);
        }
        for block in blocks.as_array().unwrap() {
            let kind = block["type"].as_str().unwrap();
            let has_something = block
                .as_object()
                .unwrap()
                .keys()
                .any(|name| !["id", "type", "children", "has_children", "rows"].contains(&name.as_str()));
            let never = [
                "child_page",
                "child_database",
                "unsupported",
                "link_preview",
                "meeting_notes",
                "divider",
                "breadcrumb",
                "column_list",
                "tab",
                "link_to_page",
                "synced_block",
                "table_row",
            ];
            if !has_something || never.contains(&kind) || block.to_string().contains("hosted_file") {
                continue;
            }
            if detail == "full" && block[kind].get("file").is_some() {
                continue;
            }
            let arguments = json!({"block_id": block["id"], "block": block});
            trial.taken(&format!("{what} `{kind}`"), "update_block", arguments).await;
        }
        let after = list(&trial.host, &json!(page), "compact").await;
        trial.expect(&format!("{what} -> update_block"), &after, &compact);
    }
    trial.end().await;
}
