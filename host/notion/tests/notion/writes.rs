//! Every route that writes × answers that no Notion gives: what doesn't show what was done is an unknown outcome.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use toolbay_kernel::Access;
use toolbay_kernel::Egress as _;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::{Method, Request};
use toolbay_notion::{NAME, Notion, NotionSettings, RouteDescription, routes};

use crate::wire::Wire;
use crate::{CANARY, ID};

fn request(route: &RouteDescription) -> Request {
    let method = route.method.parse::<Method>().unwrap();
    let segments = route.path.split('/').map(|part| if part.starts_with('{') { ID } else { part });
    Request {
        egress: NAME,
        method,
        path: segments.collect::<Vec<_>>().join("/"),
        query: Vec::new(),
        body: route.body.map(|_| json!({})),
        max_age: None,
    }
}

/// JSON that an odd upstream might answer, some of it nearly right.
fn answers() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z]{0,4}".prop_map(Value::from),
        Just(json!(ID)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let name = prop_oneof![Just("id"), Just("results"), Just("object"), Just("x")];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map(name, inner, 0..3).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

fn has_id(thing: &Value) -> bool {
    thing["id"] == ID
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_does_not_show_what_was_done_is_an_unknown_outcome(answer in answers()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::answering("200 OK", "", &answer.to_string()).await;
            let notion = Notion::new(&NotionSettings::at(wire.url.clone())).unwrap();
            for route in routes() {
                let resolved = notion.resolve(request(&route)).unwrap();
                let until = Instant::now() + Duration::from_secs(30);
                let sent = notion.send(&resolved, Some(&SecretString::from(CANARY)), until).await;
                let parts: Vec<&str> = route.path.split('/').skip(3).collect();
                let is_of_one = match parts.as_slice() {
                    [id] | [id, "move"] => id.starts_with('{'),
                    _ => false,
                };
                let shows = match (resolved.access, route.path) {
                    _ if is_of_one => has_id(&answer),
                    (Access::Reads, _) => true,
                    (_, "/v1/blocks/{block_id}/children") => {
                        answer["results"].as_array().is_some_and(|results| results.iter().all(has_id))
                    }
                    _ => has_id(&answer),
                };
                match sent {
                    Sent::Answered(_) => assert!(shows, "{route:?}: {answer}"),
                    Sent::Unknown(_) => assert!(!shows, "{route:?}: {answer}"),
                    other => panic!("{route:?}: {answer}: {other:?}"),
                }
            }
        });
    }
}

#[test]
fn every_write_says_what_it_changes_and_nothing_of_what_was_written() {
    let notion = Notion::new(&NotionSettings::at("http://localhost".parse().unwrap())).unwrap();
    for route in routes() {
        let mut request = request(&route);
        let keys = route.body.unwrap_or_default();
        let body =
            keys.iter().map(|key| ((*key).to_owned(), json!({"page_id": ID, "x": "canary"}))).collect();
        request.body = route.body.map(|_| Value::Object(body));
        let resolved = notion.resolve(request).unwrap();
        let target = &resolved.summary.target;
        assert_eq!(target.is_empty(), resolved.access == Access::Reads, "{route:?}");
        assert!(!target.contains("canary"), "{target}");
    }
    let target = |method, path: &str, body: Value| {
        let request = Request {
            egress: NAME,
            method,
            path: path.to_owned(),
            query: Vec::new(),
            body: Some(body),
            max_age: None,
        };
        notion.resolve(request).unwrap().summary.target
    };
    assert_eq!(target(Method::Patch, &format!("/v1/pages/{ID}"), json!({})), format!("page {ID}"));
    assert_eq!(
        target(Method::Post, "/v1/pages", json!({"parent": {"data_source_id": ID}})),
        format!("a new page in data source {ID}")
    );
    assert_eq!(
        target(Method::Patch, &format!("/v1/blocks/{ID}/children"), json!({"children": []})),
        format!("new blocks in block {ID}")
    );
    assert_eq!(
        target(Method::Post, "/v1/comments", json!({"discussion_id": ID})),
        format!("a new comment in discussion {ID}")
    );
}
