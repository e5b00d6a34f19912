//! Each filter on answers of every kind, with a few objects inside and a few outside.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use toolbay_kernel::Parts;
use toolbay_kernel::gate::{Method, Request};
use toolbay_kernel::narrowing::{Above, Fact, Object};

use super::*;
use crate::narrowing::admit::admit;
use crate::narrowing::objects::{ANY, BLOCK, DATA_SOURCE, DATABASE, PAGE, VIEW, told};
use crate::request::NAME;
use crate::routes::resolve;

/// The part.
const PART: &str = "11111111-1111-4111-8111-111111111111";
/// A page, a database and its data source in it.
const IN_PAGE: &str = "22222222-2222-4222-8222-222222222222";
const IN_DATABASE: &str = "33333333-3333-4333-8333-333333333333";
const IN_SOURCE: &str = "44444444-4444-4444-8444-444444444444";
/// The same outside; the data source inside leads to the one outside.
const OUT_PAGE: &str = "55555555-5555-4555-8555-555555555555";
const OUT_SOURCE: &str = "66666666-6666-4666-8666-666666666666";
const OUT_DATABASE: &str = "77777777-7777-4777-8777-777777777777";
/// A data source inside that leads to itself alone.
const CLOSED_SOURCE: &str = "88888888-8888-4888-8888-888888888888";
const NEW: &str = "99999999-9999-4999-8999-999999999999";
const PERSON: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

fn facts() -> HashMap<Object, Arc<Fact>> {
    let mut facts = HashMap::new();
    let mut place = |id: &str, above: Above| {
        for kind in [PAGE, BLOCK, DATABASE, DATA_SOURCE, VIEW, ANY] {
            let fact = Fact { above: above.clone(), needs: Vec::new(), detail: Value::Null };
            facts.insert(Object::place(kind, id), Arc::new(fact));
        }
    };
    let below = |id: &str| Above::Object(Object::place(PAGE, id));
    for (id, above) in [
        (PART, Above::Nothing),
        (IN_PAGE, below(PART)),
        (IN_DATABASE, below(PART)),
        (OUT_PAGE, Above::Nothing),
        (OUT_DATABASE, below(OUT_PAGE)),
    ] {
        place(id, above);
    }
    for source in [
        source(IN_SOURCE, IN_DATABASE, OUT_SOURCE),
        source(OUT_SOURCE, OUT_DATABASE, OUT_SOURCE),
        source(CLOSED_SOURCE, IN_DATABASE, CLOSED_SOURCE),
    ] {
        facts.extend(told(&source).into_iter().map(|(object, fact)| (object, Arc::new(fact))));
    }
    facts
}

fn source(id: &str, database: &str, target: &str) -> Value {
    json!({"object": "data_source", "id": id, "parent": {"type": "database_id", "database_id": database},
    "title": [run("Source")], "properties": {
        "Name": {"id": "title", "name": "Name", "type": "title", "title": {}},
        "Rel": {"id": "r", "name": "Rel", "type": "relation", "relation": {"data_source_id": target, "database_id": OUT_DATABASE,
            "type": "dual_property", "dual_property": {"synced_property_name": "Secret back"}}},
        "Roll": {"id": "o", "name": "Roll", "type": "rollup", "rollup": {"relation_property_id": "r", "rollup_property_name": "Secret column", "function": "sum"}},
        "Form": {"id": "f", "name": "Form", "type": "formula", "formula": {"expression": "prop(\"Secret column\")"}},
        "New": {"id": "n", "name": "New", "type": "brand_new", "brand_new": {"shows": "Secret"}},
    }})
}

fn run(text: &str) -> Value {
    json!({"type": "text", "text": {"content": text, "link": null}, "plain_text": text, "href": null})
}

fn mention(id: &str) -> Value {
    json!({"type": "mention", "mention": {"type": "page", "page": {"id": id}}, "plain_text": "Title", "href": format!("https://app.notion.com/p/{id}")})
}

fn request(method: Method, path: &str, body: Option<Value>) -> NotionRequest {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let query = query.into_iter().flat_map(|query| query.split('&'));
    let query = query
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    resolve(Request {
        egress: NAME,
        method,
        path: path.to_owned(),
        query: query.collect(),
        body,
        max_age: None,
    })
    .unwrap()
}

/// What is seen of an answer, with nothing missing.
fn seen(path: &str, answer: Value) -> Result<Value, Denied> {
    let (facts, parts) = (facts(), Parts::below([PART.to_owned()]));
    let view = View::new(&parts, &facts);
    let request = request(Method::Get, path, None);
    let is_told = request.entry.is_of_one_object()
        && request.entry.cache == crate::routes::Cache::None
        && !objects::named(&request).is_empty();
    let response = Response { status: 200, body: answer.into() };
    let seen = shown(&request, &[response], &view, None, is_told);
    assert!(view.into_missing().is_empty());
    seen.map(|response| response.body.value().clone())
}

fn page(id: &str, parent: Value, properties: Value) -> Value {
    json!({"object": "page", "id": id, "parent": parent, "properties": properties, "brand_new": "Secret", "in_trash": false})
}

fn in_page(id: &str) -> Value {
    json!({"type": "page_id", "page_id": id})
}

#[test]
fn a_page_is_seen_by_where_it_is() {
    let path = format!("/v1/pages/{NEW}");
    let inside = seen(&path, page(NEW, in_page(IN_PAGE), json!({}))).unwrap();
    assert_eq!(inside["parent"], in_page(IN_PAGE));
    assert!(!inside.to_string().contains("Secret"), "what isn't known is left out");
    assert_eq!(
        seen(&path, page(NEW, in_page(OUT_PAGE), json!({}))),
        Err(Denied::Absent(Object::place(PAGE, NEW)))
    );
    let part = seen(&format!("/v1/pages/{PART}"), page(PART, in_page(OUT_PAGE), json!({}))).unwrap();
    assert_eq!(part["parent"], json!({"type": "workspace", "workspace": true}));
}

#[test]
fn values_show_nothing_from_outside() {
    let row = |source: &str| json!({"type": "data_source_id", "data_source_id": source, "database_id": IN_DATABASE});
    let values = |notes: Value| {
        json!({
            "Name": {"id": "title", "type": "title", "title": notes},
            "Rel": {"id": "r", "type": "relation", "relation": [{"id": IN_PAGE}, {"id": OUT_PAGE}], "has_more": true},
            "Roll": {"id": "o", "type": "rollup", "rollup": {"type": "number", "number": 7, "function": "sum"}},
            "Form": {"id": "f", "type": "formula", "formula": {"type": "number", "number": 8}},
            "Owner": {"id": "p", "type": "people", "people": [{"object": "user", "id": PERSON}]},
            "New": {"id": "n", "type": "brand_new", "brand_new": "Secret"},
        })
    };
    let path = format!("/v1/pages/{NEW}");
    let open = seen(
        &path,
        page(NEW, row(IN_SOURCE), values(json!([run("a "), mention(OUT_PAGE), mention(IN_PAGE)]))),
    )
    .unwrap();
    let value = |name: &str| open["properties"][name].clone();
    assert_eq!(
        value("Rel"),
        json!({"id": "r", "type": "relation", "relation": [{"id": IN_PAGE}], "has_more": false})
    );
    assert_eq!(value("Roll")["rollup"], json!({"type": "unsupported", "unsupported": {}, "function": "sum"}));
    assert_eq!(value("Form")["formula"]["type"], "unsupported");
    assert_eq!(value("New")["brand_new"], Value::Null);
    assert_eq!(value("Owner")["people"][0]["id"], PERSON);
    let title = value("Name")["title"].clone();
    assert_eq!(
        (title[1]["plain_text"].clone(), title[1]["href"].clone()),
        (json!("(no access)"), Value::Null)
    );
    assert_eq!(title[2]["plain_text"], "Title");
    assert!(!open.to_string().contains(OUT_PAGE));

    let closed = seen(&path, page(NEW, row(CLOSED_SOURCE), values(json!([run("a")])))).unwrap();
    assert_eq!(closed["properties"]["Roll"]["rollup"]["number"], 7);
    assert_eq!(closed["properties"]["Form"]["formula"]["number"], 8);
}

/// A formula's text could be that of a mention.
#[test]
fn a_formulas_text_is_seen_where_all_that_it_could_be_made_of_is() {
    let row = json!({"type": "data_source_id", "data_source_id": CLOSED_SOURCE});
    let form = json!({"id": "f", "type": "formula", "formula": {"type": "string", "string": "text"}});
    let path = format!("/v1/pages/{NEW}");
    let values = json!({"Name": {"id": "title", "type": "title", "title": [run("a")]}, "Form": form});
    // It has a relation, though to itself.
    let related = seen(&path, page(NEW, row, values)).unwrap();
    assert_eq!(related["properties"]["Form"]["formula"]["type"], "unsupported");
}

#[test]
fn a_list_has_what_is_inside() {
    let answer = json!({"object": "list", "type": "page_or_data_source", "page_or_data_source": {}, "has_more": true, "next_cursor": OUT_PAGE, "results": [
        page(NEW, in_page(IN_PAGE), json!({})), page(OUT_PAGE, in_page(OUT_PAGE), json!({})),
        source(OUT_SOURCE, OUT_DATABASE, OUT_SOURCE), {"object": "brand_new", "id": IN_PAGE},
    ]});
    let (facts, parts) = (facts(), Parts::below([PART.to_owned()]));
    let view = View::new(&parts, &facts);
    let request = request(Method::Post, "/v1/search", Some(json!({"page_size": 2})));
    let answers = [Response { status: 200, body: answer.into() }];
    let next = more(&request, &answers, &view).unwrap();
    assert_eq!(next.body.unwrap(), json!({"page_size": 2, "start_cursor": OUT_PAGE}));
    let seen = shown(&request, &answers, &view, Some(Seal::of(&"secret".to_owned().into())), false).unwrap();
    let seen = seen.body.value();
    assert_eq!(seen["results"].as_array().unwrap().len(), 1);
    assert_eq!(seen["has_more"], true);
    assert!(seen["next_cursor"].is_string() && !seen.to_string().contains(OUT_PAGE), "{seen:#}");
}

#[test]
fn blocks_show_nothing_from_outside() {
    let block = |kind: &str, content: Value| json!({"object": "block", "id": NEW, "parent": in_page(IN_PAGE), "type": kind, kind: content});
    let path = format!("/v1/blocks/{NEW}");
    let text =
        seen(&path, block("paragraph", json!({"rich_text": [mention(OUT_PAGE)], "color": "red"}))).unwrap();
    assert_eq!(text["paragraph"]["rich_text"][0]["plain_text"], "(no access)");
    assert_eq!(text["paragraph"]["color"], "red");
    let row = seen(&path, block("table_row", json!({"cells": [[run("a")], [mention(OUT_PAGE)]]}))).unwrap();
    assert_eq!(row["table_row"]["cells"][1][0]["plain_text"], "(no access)");
    let link = seen(&path, block("link_to_page", json!({"type": "page_id", "page_id": OUT_PAGE}))).unwrap();
    assert_eq!((link["type"].clone(), link.get("link_to_page")), (json!("unsupported"), None));
    let inside = seen(&path, block("link_to_page", json!({"type": "page_id", "page_id": IN_PAGE}))).unwrap();
    assert_eq!(inside["link_to_page"]["page_id"], IN_PAGE);
    let copy = block("synced_block", json!({"synced_from": {"type": "block_id", "block_id": OUT_PAGE}}));
    assert_eq!(seen(&path, copy), Err(Denied::Absent(Object::place(BLOCK, NEW))));
}

#[test]
fn schemas_show_nothing_of_what_they_lead_to() {
    let open =
        seen(&format!("/v1/data_sources/{IN_SOURCE}"), source(IN_SOURCE, IN_DATABASE, OUT_SOURCE)).unwrap();
    assert!(!open.to_string().contains("Secret"), "{open:#}");
    assert!(!open.to_string().contains(OUT_SOURCE) && !open.to_string().contains(OUT_DATABASE));
    assert_eq!(open["properties"]["Rel"]["relation"], json!({}));
    assert_eq!(open["properties"]["Roll"]["rollup"], json!({"function": "sum"}));
    let closed =
        seen(&format!("/v1/data_sources/{CLOSED_SOURCE}"), source(CLOSED_SOURCE, IN_DATABASE, CLOSED_SOURCE))
            .unwrap();
    assert_eq!(closed["properties"]["Rel"]["relation"]["data_source_id"], CLOSED_SOURCE);
    assert_eq!(closed["properties"]["Roll"]["rollup"]["rollup_property_name"], "Secret column");
    assert_eq!(closed["properties"]["New"]["brand_new"], json!({}));
    let database = json!({"object": "database", "id": IN_DATABASE, "parent": in_page(PART), "title": [mention(OUT_PAGE)],
        "data_sources": [{"id": IN_SOURCE, "name": "a"}, {"id": OUT_SOURCE, "name": "Secret"}]});
    let database = seen(&format!("/v1/databases/{IN_DATABASE}"), database).unwrap();
    assert_eq!(database["data_sources"], json!([{"id": IN_SOURCE, "name": "a"}]));
    assert_eq!(database["title"][0]["plain_text"], "(no access)");
}

#[test]
fn markdown_and_comments_show_nothing_from_outside() {
    let markdown = format!(
        "a <mention-page url=\"https://app.notion.com/p/{OUT_PAGE}\">Secret</mention-page>\n<page url=\"{IN_PAGE}\">In</page>"
    );
    let answer = json!({"object": "page_markdown", "id": IN_PAGE, "markdown": markdown, "truncated": false, "unknown_block_ids": [IN_PAGE, OUT_PAGE]});
    let text = seen(&format!("/v1/pages/{IN_PAGE}/markdown"), answer).unwrap();
    assert_eq!(text["markdown"], format!("a (no access)\n<page url=\"{IN_PAGE}\">In</page>"));
    assert_eq!(text["unknown_block_ids"], json!([IN_PAGE]));
    let comment = json!({"object": "comment", "id": NEW, "parent": in_page(IN_PAGE), "rich_text": [mention(OUT_PAGE)], "brand_new": "Secret"});
    let text = seen(&format!("/v1/comments/{NEW}"), comment).unwrap().to_string();
    assert!(!text.contains("Secret") && !text.contains(OUT_PAGE), "{text}");
}

#[test]
fn an_answer_that_nobody_has_decided_about_is_refused() {
    let odd = json!({"object": "brand_new", "id": PART});
    assert!(matches!(seen("/v1/async_tasks/t1", odd), Err(Denied::Refused(_))));
    let task = json!({"object": "async_task", "id": "t1", "status": "succeeded", "result": page(OUT_PAGE, in_page(OUT_PAGE), json!({"Secret": {}}))});
    let task = seen("/v1/async_tasks/t1", task).unwrap();
    assert_eq!((task["status"].clone(), task["result"].clone()), (json!("succeeded"), Value::Null));
}

/// What may be asked of the data source that leads outside, and what may be written.
#[test]
fn requests_are_held_against_what_they_name() {
    let (facts, parts) = (facts(), Parts::below([PART.to_owned()]));
    let asked = |method, path: String, body: Option<Value>| {
        let view = View::new(&parts, &facts);
        let outcome = admit(&request(method, &path, body), &view);
        assert!(view.into_missing().is_empty(), "{path}");
        match outcome {
            Ok(()) => "sent",
            Err(Denied::Absent(_)) => "not there",
            Err(Denied::Refused(problem)) => {
                assert!(problem.message.contains(NOT_NARROWED), "{}", problem.message);
                "refused"
            }
        }
    };
    use Method::{Get, Patch, Post};
    let query =
        |source: &str, body: Value| asked(Post, format!("/v1/data_sources/{source}/query"), Some(body));
    assert_eq!(query(IN_SOURCE, json!({})), "sent");
    assert_eq!(query(OUT_SOURCE, json!({})), "not there");
    assert_eq!(query(IN_SOURCE, json!({"filter": {"property": "Name", "title": {"equals": "x"}}})), "sent");
    assert_eq!(
        query(IN_SOURCE, json!({"filter": {"or": [{"property": "Roll", "number": {"equals": 1}}]}})),
        "refused"
    );
    assert_eq!(
        query(IN_SOURCE, json!({"sorts": [{"property": "Form", "direction": "ascending"}]})),
        "refused"
    );
    assert_eq!(
        query(IN_SOURCE, json!({"filter": {"property": "r", "relation": {"is_empty": true}}})),
        "refused"
    );
    assert_eq!(query(IN_SOURCE, json!({"filter": {"property": "?", "number": {"equals": 1}}})), "refused");
    assert_eq!(
        query(CLOSED_SOURCE, json!({"filter": {"property": "Roll", "number": {"equals": 1}}})),
        "sent"
    );
    assert_eq!(
        query(CLOSED_SOURCE, json!({"filter": {"property": "Rel", "relation": {"contains": OUT_PAGE}}})),
        "not there"
    );

    let make = |parent: Value| {
        asked(Post, "/v1/pages".to_owned(), Some(json!({"parent": parent, "properties": {}})))
    };
    assert_eq!(make(in_page(IN_PAGE)), "sent");
    assert_eq!(make(in_page(OUT_PAGE)), "not there");
    assert_eq!(make(json!({"workspace": true})), "refused");
    assert_eq!(asked(Post, "/v1/pages".to_owned(), Some(json!({"properties": {}}))), "refused");
    assert_eq!(
        asked(Post, "/v1/comments".to_owned(), Some(json!({"discussion_id": NEW, "rich_text": []}))),
        "refused"
    );
    assert_eq!(asked(Get, format!("/v1/comments?block_id={OUT_PAGE}"), None), "not there");
    assert_eq!(asked(Get, "/v1/comments".to_owned(), None), "refused");
    assert_eq!(asked(Get, "/v1/file_uploads".to_owned(), None), "refused");
    assert_eq!(asked(Post, "/v1/blocks/meeting_notes/query".to_owned(), None), "refused");
    let schema = |body: Value| asked(Patch, format!("/v1/data_sources/{IN_SOURCE}"), Some(body));
    assert_eq!(schema(json!({"properties": {"Rel": null}})), "refused");
    assert_eq!(schema(json!({"properties": {"Name": {"name": "Title"}}})), "sent");
    assert_eq!(
        schema(json!({"properties": {"More": {"relation": {"data_source_id": OUT_SOURCE}}}})),
        "not there"
    );
    assert_eq!(
        asked(Post, format!("/v1/pages/{IN_PAGE}/move"), Some(json!({"parent": in_page(OUT_PAGE)}))),
        "not there"
    );
    assert_eq!(
        asked(Patch, format!("/v1/databases/{IN_DATABASE}"), Some(json!({"parent": {"workspace": true}}))),
        "refused"
    );
    let content = format!("<page url=\"{OUT_PAGE}\">moved</page>");
    let insert = json!({"type": "insert_content", "insert_content": {"content": content}});
    assert_eq!(asked(Patch, format!("/v1/pages/{IN_PAGE}/markdown"), Some(insert)), "not there");
}

/// Writing a row's relation that leads outside would take away what the writer doesn't see.
#[test]
fn a_relation_that_leads_outside_is_not_written() {
    let (mut facts, parts) = (facts(), Parts::below([PART.to_owned()]));
    for (row, source) in [(NEW, IN_SOURCE), (PERSON, CLOSED_SOURCE)] {
        let above = Above::Object(Object::place(DATA_SOURCE, source));
        facts.insert(
            Object::place(PAGE, row),
            Arc::new(Fact { above, needs: Vec::new(), detail: Value::Null }),
        );
    }
    let view = View::new(&parts, &facts);
    let write = |row: &str, values: Value| {
        admit(
            &request(Method::Patch, &format!("/v1/pages/{row}"), Some(json!({"properties": values}))),
            &view,
        )
    };
    assert!(matches!(write(NEW, json!({"Rel": {"relation": []}})), Err(Denied::Refused(_))));
    assert!(matches!(write(NEW, json!({"unknown": {"relation": []}})), Err(Denied::Refused(_))));
    assert_eq!(write(NEW, json!({"Count": {"number": 1}})), Ok(()));
    assert_eq!(write(PERSON, json!({"Rel": {"relation": [{"id": IN_PAGE}]}})), Ok(()));
    assert!(view.into_missing().is_empty());
}
