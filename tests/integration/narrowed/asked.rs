//! Random requests: every route of the table, and the tools that people use most, on whatever is in the tree.

use serde_json::{Value, json};

use super::tree::{Kind, Random, Tree};

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) tool: &'static str,
    pub(super) arguments: Value,
    /// What has to be there for it, by index: the object of its path.
    pub(super) object: Option<usize>,
    /// Whether it only reads that object, so that it has to succeed when that is inside.
    pub(super) is_plain: bool,
}

fn request(method: &str, path: String, query: Value, body: Value, object: usize, is_plain: bool) -> Asked {
    let mut arguments = json!({"method": method, "path": path, "query": query});
    if !body.is_null() {
        arguments["body"] = body;
    }
    Asked { tool: "notion_request", arguments, object: Some(object), is_plain }
}

/// A request of this route; none where a random one makes no sense.
pub(super) fn of_route(method: &str, template: &str, tree: &Tree, random: &mut Random) -> Option<Asked> {
    let kinds: &[Kind] = match template.split('/').nth(2)? {
        "pages" if template.ends_with("/markdown") && method == "GET" => {
            &[Kind::Page, Kind::Row, Kind::Block]
        }
        "pages" => &[Kind::Page, Kind::Row],
        "blocks" => &[Kind::Block, Kind::Page, Kind::Database],
        "databases" => &[Kind::Database],
        "data_sources" => &[Kind::DataSource],
        "views" => &[Kind::View],
        "comments" => &[Kind::Comment],
        _ => &[Kind::Page],
    };
    let object = tree.any(random, kinds);
    let id = tree.things[object].id.clone();
    let other = |random: &mut Random, kinds: &[Kind]| tree.things[tree.any(random, kinds)].id.clone();
    let page_size = 1 + random.below(20);
    let text = json!([{"text": {"content": "written"}}, {"mention": {"page": {"id": other(random, &[Kind::Page])}}}]);
    let plain = json!([{"text": {"content": "written"}}]);
    let path = template
        .replace("{page_id}", &id)
        .replace("{block_id}", &id)
        .replace("{database_id}", &id)
        .replace("{data_source_id}", &id)
        .replace("{view_id}", &id)
        .replace("{comment_id}", &id);
    let ask = |query: Value, body: Value, is_plain: bool| {
        Some(request(method, path.clone(), query, body, object, is_plain))
    };
    let none = || json!({});
    match (method, template) {
        ("GET", "/v1/pages/{page_id}/properties/{property_id}") => {
            let property =
                *random.one(&["title", "Name", "Rel", "Titles", "Many", "Said", "More", "Notes"])?;
            let path = path.replace("{property_id}", property);
            Some(request(method, path, json!({"page_size": page_size}), Value::Null, object, false))
        }
        ("GET", "/v1/blocks/{block_id}/children") => ask(json!({"page_size": 100}), Value::Null, true),
        ("GET", "/v1/comments") => {
            let object = tree.any(random, &[Kind::Page, Kind::Block, Kind::Row]);
            let query = json!({"block_id": tree.things[object].id});
            Some(request(method, path, query, Value::Null, object, true))
        }
        ("GET", "/v1/views") => {
            let (key, kinds) = if random.is_one_in(2) {
                ("database_id", [Kind::Database])
            } else {
                ("data_source_id", [Kind::DataSource])
            };
            let object = tree.any(random, &kinds);
            Some(request(method, path, json!({key: tree.things[object].id}), Value::Null, object, true))
        }
        ("GET", template)
            if template.contains("{file_upload_id}")
                || template.contains("{query_id}")
                || template.contains("{task_id}") =>
        {
            None
        }
        ("GET", "/v1/users/{user_id}") => None,
        ("GET", template) => ask(none(), Value::Null, template.split('/').count() == 4),
        ("POST", "/v1/search") => {
            let word = if random.is_one_in(2) {
                String::new()
            } else {
                tree.things[random.below(tree.things.len())].word.clone()
            };
            ask(none(), json!({"query": word, "page_size": page_size}), false)
        }
        ("POST", "/v1/pages") => {
            let (key, kind) = if random.is_one_in(2) {
                ("page_id", Kind::Page)
            } else {
                ("data_source_id", Kind::DataSource)
            };
            let object = tree.any(random, &[kind]);
            let title = if kind == Kind::Page { "title" } else { "Name" };
            let mut properties = json!({ title: {"title": plain} });
            if kind == Kind::DataSource && random.is_one_in(2) {
                properties["Rel"] = json!({"relation": [{"id": other(random, &[Kind::Row])}]});
            }
            let parent = if random.is_one_in(12) {
                json!({"workspace": true})
            } else {
                json!({ key: tree.things[object].id })
            };
            let mut body = json!({"parent": parent, "properties": properties});
            if random.is_one_in(2) {
                body["children"] = json!([{"paragraph": {"rich_text": text}}]);
            }
            Some(request(method, path, none(), body, object, false))
        }
        ("PATCH", "/v1/pages/{page_id}") => match random.below(3) {
            0 => ask(
                none(),
                json!({"properties": {"Rel": {"relation": [{"id": other(random, &[Kind::Row])}]}}}),
                false,
            ),
            1 => ask(none(), json!({"properties": {"Rel": {"relation": []}}}), false),
            _ => ask(none(), json!({"icon": {"emoji": "💡"}}), false),
        },
        ("POST", "/v1/pages/{page_id}/move") => None,
        ("PATCH", "/v1/pages/{page_id}/markdown") => {
            let mention = format!(
                "see <mention-page url=\"https://app.notion.com/p/{}\"/>",
                other(random, &[Kind::Page]).replace('-', "")
            );
            let content = if random.is_one_in(2) { mention } else { "see".to_owned() };
            ask(none(), json!({"type": "insert_content", "insert_content": {"content": content}}), false)
        }
        ("PATCH", "/v1/blocks/{block_id}/children") => {
            // A copy within its own original would have no end.
            let is_page = tree.things[object].kind != Kind::Block;
            let child = match random.below(3) {
                0 if is_page => {
                    json!({"synced_block": {"synced_from": {"type": "block_id", "block_id": other(random, &[Kind::Block])}}})
                }
                1 => json!({"link_to_page": {"page_id": other(random, &[Kind::Page])}}),
                _ => json!({"paragraph": {"rich_text": text}}),
            };
            ask(none(), json!({"children": [child]}), false)
        }
        ("PATCH", "/v1/blocks/{block_id}") => ask(none(), json!({"toggle": {"rich_text": text}}), false),
        ("POST", "/v1/databases") => {
            let object = tree.any(random, &[Kind::Page]);
            let target = other(random, &[Kind::DataSource]);
            let properties = json!({"Name": {"title": {}}, "R": {"relation": {"data_source_id": target, "single_property": {}}}});
            let body = json!({"parent": {"page_id": tree.things[object].id}, "title": plain, "initial_data_source": {"properties": properties}});
            Some(request(method, path, none(), body, object, false))
        }
        ("PATCH", "/v1/databases/{database_id}") => ask(none(), json!({"is_inline": true}), false),
        ("POST", "/v1/data_sources") => {
            let object = tree.any(random, &[Kind::Database]);
            let body = json!({"parent": {"database_id": tree.things[object].id}, "properties": {"Name": {"title": {}}}});
            Some(request(method, path, none(), body, object, false))
        }
        ("PATCH", "/v1/data_sources/{data_source_id}") => match random.below(3) {
            0 => ask(none(), json!({"properties": {"Rel": null}}), false),
            _ => ask(none(), json!({"icon": {"emoji": "💡"}}), false),
        },
        ("POST", "/v1/data_sources/{data_source_id}/query") => {
            let word = tree.things[random.below(tree.things.len())].word.clone();
            let filter = match random.below(5) {
                0 => json!({"property": "Titles", "rollup": {"any": {"rich_text": {"contains": word}}}}),
                1 => json!({"property": "Said", "formula": {"string": {"contains": word}}}),
                2 => json!({"property": "Rel", "relation": {"contains": other(random, &[Kind::Row])}}),
                _ => Value::Null,
            };
            if filter.is_null() {
                ask(none(), json!({"page_size": 100}), true)
            } else {
                ask(none(), json!({"filter": filter, "page_size": page_size}), false)
            }
        }
        ("POST", "/v1/views") => {
            let body = json!({"data_source_id": id_of_source(tree, random), "name": "v", "type": "table", "database_id": other(random, &[Kind::Database])});
            Some(Asked { object: None, ..request(method, path, none(), body, object, false) })
        }
        ("PATCH", "/v1/views/{view_id}") => ask(none(), json!({"type": null}), false).map(|mut asked| {
            asked.arguments["body"] = json!({"sorts": [{"property": "Titles", "direction": "ascending"}]});
            asked
        }),
        ("POST", "/v1/views/{view_id}/queries") => ask(none(), json!({"page_size": 100}), true),
        ("POST", "/v1/comments") => {
            let object = tree.any(random, &[Kind::Page, Kind::Row]);
            let body = json!({"parent": {"page_id": tree.things[object].id}, "rich_text": text});
            Some(request(method, path, none(), body, object, false))
        }
        ("PATCH", "/v1/comments/{comment_id}") => ask(none(), json!({"rich_text": text}), false),
        ("POST", "/v1/file_uploads") => {
            let body = json!({"mode": "external_url", "external_url": "https://example.com/a.png", "filename": "a.png"});
            Some(Asked { object: None, ..request(method, path, none(), body, object, false) })
        }
        // What destroys is asked at the end, of what is outside alone.
        _ => None,
    }
}

fn id_of_source(tree: &Tree, random: &mut Random) -> String {
    tree.things[tree.any(random, &[Kind::DataSource])].id.clone()
}

/// A call of a tool.
pub(super) fn of_tool(tree: &Tree, random: &mut Random) -> Asked {
    let kind = *random
        .one(&[Kind::Page, Kind::Row, Kind::Database, Kind::DataSource, Kind::Block, Kind::View])
        .unwrap();
    let object = tree.any(random, &[kind]);
    let thing = &tree.things[object];
    let id = &thing.id;
    let (tool, arguments) = match (kind, random.below(4)) {
        (_, 0) => ("search", json!({"query": thing.word})),
        (Kind::Page | Kind::Row, 1) => ("get_page", json!({"page_id": id, "content": true})),
        (Kind::Page | Kind::Row, 2) => ("fetch", json!({"id": id})),
        (Kind::Page | Kind::Row, _) => ("list_comments", json!({"page_id": id})),
        (Kind::Database | Kind::DataSource, 1) => ("query", json!({"database_id": id})),
        (Kind::Database | Kind::DataSource, 2) => {
            ("get_database", json!({"database_id": id, "templates": true}))
        }
        (Kind::Database | Kind::DataSource, _) => ("list_views", json!({"database_id": id})),
        (Kind::View, _) => ("query_view", json!({"view_id": id})),
        (_, _) => ("list_blocks", json!({"block_id": id, "depth": 3})),
    };
    Asked { tool, arguments, object: (tool != "search").then_some(object), is_plain: false }
}
