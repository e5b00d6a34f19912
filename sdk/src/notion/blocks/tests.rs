use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use toolbay_sdk_notion::blocks::plan::count;
use toolbay_sdk_notion::blocks::tree::{children, put_children, take_children};

use crate::mock::MockHost;
use crate::notion::blocks::{append, compact, list, to_notion};
use crate::{Problem, Request, Response};

/// The blocks of a workspace: by id, what is in it.
#[derive(Default)]
struct Workspace {
    children: BTreeMap<String, Vec<String>>,
    blocks: BTreeMap<String, Value>,
    next: usize,
    /// The request that is refused, by its number from 1.
    refuse: Option<usize>,
    requests: usize,
}

impl Workspace {
    fn append(&mut self, parent: &str, blocks: &[Value], place: Option<usize>) -> Vec<String> {
        let mut new = Vec::new();
        for block in blocks {
            self.next += 1;
            let id = format!("b{}", self.next);
            let mut block = block.clone();
            let nested = take_children(&mut block);
            block["id"] = id.clone().into();
            block["has_children"] = (!nested.is_empty()).into();
            self.blocks.insert(id.clone(), block);
            self.append(&id, &nested, None);
            new.push(id);
        }
        if let Some(holder) = self.blocks.get_mut(parent) {
            holder["has_children"] = (!new.is_empty()).into();
        }
        let own = self.children.entry(parent.to_owned()).or_default();
        let place = place.unwrap_or(own.len());
        own.splice(place..place, new.iter().cloned());
        new
    }

    fn answer(&mut self, request: &Request) -> Result<Response, Problem> {
        self.requests += 1;
        if self.refuse == Some(self.requests) {
            return Err(Problem::conflict("Conflict occurred while saving."));
        }
        let parent = request.path.segments()[2].clone();
        let given =
            |name: &str| request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let results: Vec<Value> = match &request.body {
            Some(body) => {
                let after = body.pointer("/position/after_block/id").and_then(Value::as_str);
                let own = self.children.get(&parent).cloned().unwrap_or_default();
                let place = after.map(|after| own.iter().position(|id| id == after).unwrap() + 1);
                self.append(&parent, body["children"].as_array().unwrap(), place)
                    .iter()
                    .map(|id| json!({ "id": id }))
                    .collect()
            }
            None => {
                let own = self.children.get(&parent).cloned().unwrap_or_default();
                let start = given("start_cursor").map_or(0, |cursor| cursor.parse().unwrap());
                let size: usize = given("page_size").unwrap().parse().unwrap();
                let end = (start + size).min(own.len());
                let next = (end < own.len()).then(|| end.to_string());
                let results: Vec<Value> = own[start..end].iter().map(|id| self.blocks[id].clone()).collect();
                return Ok(Response {
                    status: 200,
                    body: json!({ "results": results, "next_cursor": next }),
                });
            }
        };
        Ok(Response { status: 200, body: json!({ "results": results }) })
    }

    /// What is in a block, compact and without ids.
    fn tree(&self, parent: &str) -> Vec<Value> {
        let own = self.children.get(parent).into_iter().flatten();
        own.map(|id| {
            let mut block = self.blocks[id].clone();
            block.as_object_mut().unwrap().remove("id");
            block.as_object_mut().unwrap().remove("has_children");
            put_children(&mut block, self.tree(id));
            block
        })
        .collect()
    }
}

fn host() -> (MockHost, Rc<RefCell<Workspace>>) {
    let workspace = Rc::new(RefCell::new(Workspace::default()));
    let (writes, reads) = (Rc::clone(&workspace), Rc::clone(&workspace));
    let host = MockHost::new()
        .on_with("PATCH /v1/blocks/{id}/children", move |request| writes.borrow_mut().answer(request))
        .on_with("GET /v1/blocks/{id}/children", move |request| reads.borrow_mut().answer(request));
    (host, workspace)
}

fn texts(number: usize) -> Vec<Value> {
    (0..number).map(|number| json!(format!("t{number}"))).collect()
}

#[test]
fn a_thousand_blocks_go_in_ten_requests_after_the_one_named() {
    let (host, workspace) = host();
    let old = to_notion(&["first".into(), "last".into()]).unwrap();
    append(&host.call(), "page", old, None).unwrap();
    let appended = append(&host.call(), "page", to_notion(&texts(1_000)).unwrap(), Some("b1")).unwrap();
    assert_eq!((appended.count, appended.ids.len(), host.sent().len()), (1_000, 1_000, 11));
    let tree: Vec<Value> =
        workspace.borrow().tree("page").iter().map(|block| compact(block)["text"].clone()).collect();
    let expected = [vec![json!("first")], texts(1_000), vec![json!("last")]].concat();
    assert_eq!(tree, expected);
}

#[test]
fn deep_and_long_blocks_arrive_in_order() {
    let (host, workspace) = host();
    let deep = json!({ "type": "toggle", "text": "1", "children": [
        { "type": "toggle", "text": "2", "children": [
            { "type": "toggle", "text": "3", "children": [
                { "type": "toggle", "text": "4", "children": [{ "type": "toggle", "text": "5", "children": texts(3) }] },
                "4b",
            ] },
            "3b",
        ] },
    ] });
    let columns = json!({ "type": "column_list", "children": [
        { "type": "column", "children": [deep] },
        { "type": "column", "children": texts(120) },
    ] });
    let rows: Vec<Value> = (0..150).map(|row| json!([row.to_string()])).collect();
    let tabs = json!({ "type": "tab", "children": [{ "text": "a", "children": [deep] }, "b"] });
    let blocks =
        to_notion(&[deep, columns, json!({ "type": "table", "rows": rows }), tabs, "end".into()]).unwrap();
    let appended = append(&host.call(), "page", blocks.clone(), None).unwrap();
    assert_eq!(workspace.borrow().tree("page"), blocks);
    assert_eq!(appended.ids.len(), 5);
    assert_eq!(appended.count, blocks.iter().map(count).sum::<usize>());
}

#[test]
fn a_failure_half_way_says_what_is_there() {
    let (host, workspace) = host();
    workspace.borrow_mut().refuse = Some(4);
    let problem = append(&host.call(), "page", to_notion(&texts(1_000)).unwrap(), None).expect_err("refused");
    assert_eq!(problem.message, "Conflict occurred while saving.");
    assert_eq!(problem.details.as_deref(), Some(&json!({ "appended": 300, "last_id": "b300" })));
    assert!(
        problem
            .hint
            .unwrap()
            .contains("300 of 1000 blocks were appended; the last one of the first level is b300")
    );

    let (host, workspace) = self::host();
    workspace.borrow_mut().refuse = Some(2);
    let long = json!({ "type": "toggle", "text": "long", "children": texts(150) });
    let problem =
        append(&host.call(), "page", to_notion(&[long, "b".into()]).unwrap(), None).expect_err("refused");
    assert_eq!(
        problem.details.as_deref(),
        Some(&json!({ "appended": 52, "last_id": "b52", "unfinished": [{ "id": "b1", "missing": 100 }] }))
    );

    let (host, workspace) = self::host();
    workspace.borrow_mut().refuse = Some(1);
    let problem = append(&host.call(), "page", to_notion(&texts(3)).unwrap(), None).expect_err("refused");
    assert_eq!((problem.hint, problem.details), (None, None), "nothing was done, so there is nothing to add");
}

#[test]
fn listing_goes_through_pages_and_levels() {
    let (host, _workspace) = host();
    let inner = json!({ "type": "toggle", "text": "x", "children": texts(150) });
    let mut blocks = texts(120);
    blocks.push(json!({ "type": "toggle", "text": "outer", "children": [inner] }));
    append(&host.call(), "page", to_notion(&blocks).unwrap(), None).unwrap();

    let listed = list(&host.call(), "page", 9, 1_000, None).unwrap();
    assert_eq!((listed.blocks.len(), listed.next_cursor), (121, None));
    let outer = &listed.blocks[120];
    let texts: Vec<String> = children(&children(outer)[0])
        .iter()
        .map(|block| compact(block)["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(texts, (0..150).map(|number| format!("t{number}")).collect::<Vec<_>>());

    let listed = list(&host.call(), "page", 1, 21, Some("100")).unwrap();
    assert_eq!(listed.blocks.len(), 21);
    assert_eq!(compact(&listed.blocks[20])["children"][0]["has_children"], true);

    let listed = list(&host.call(), "page", 0, 50, None).unwrap();
    assert_eq!((listed.blocks.len(), listed.next_cursor.as_deref()), (50, Some("50")));
}

#[test]
fn listing_is_bounded_against_blocks_without_end() {
    let endless = |request: &Request| {
        let id = request.path.segments()[2].clone();
        let child = |number: usize| json!({ "id": format!("{id}{number}"), "type": "toggle", "toggle": {}, "has_children": true });
        Ok(Response { status: 200, body: json!({ "results": [child(0), child(1)], "next_cursor": "again" }) })
    };
    let host = MockHost::new().on_with("GET /v1/blocks/{id}/children", endless);
    let listed = list(&host.call(), "page", 32, 10, None).unwrap();
    assert_eq!(listed.blocks.len(), 10);
    assert!(host.sent().len() <= 50);
}
