use std::collections::HashSet;

use serde_json::json;

use super::*;

const ID: &str = "59833787-2cf9-4fdf-8782-e53db20768a5";

fn ask(
    method: Method,
    path: &str,
    query: &[(&str, &str)],
    body: Option<Value>,
) -> Result<NotionRequest, Problem> {
    let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    resolve(Request { egress: NAME, method, path: path.to_owned(), query, body, max_age: None })
}

fn refused(method: Method, path: &str) -> (Code, String) {
    let body = matches!(method, Method::Post | Method::Patch).then(|| json!({}));
    let problem = ask(method, path, &[], body).unwrap_err();
    (problem.code, format!("{}; {}", problem.message, problem.hint.unwrap_or_default()))
}

#[test]
fn the_table_is_sound() {
    let mut seen = HashSet::new();
    for entry in ROUTES {
        assert!(seen.insert((entry.method, entry.template)), "{entry} is there twice");
        assert!(entry.template.starts_with("/v1/"));
        match entry.method {
            Method::Get => assert_eq!(entry.access, Access::Reads, "{entry}"),
            Method::Delete => assert_eq!(entry.access, Access::Destroys, "{entry}"),
            Method::Patch => assert_eq!(entry.access, Access::Writes, "{entry}"),
            Method::Post => {}
            other => panic!("Notion has no {}", other.as_str()),
        }
        if matches!(entry.method, Method::Get | Method::Delete) {
            assert!(matches!(entry.body, Body::None), "{entry}");
        }
        // Whatever a body can trash is held against the flags.
        if entry.method == Method::Patch && entry.body.keys().contains(&"in_trash") {
            assert_ne!(entry.raised_by, access::RaisedBy::Nothing, "{entry}");
        }
    }
}

/// What a route reaches is decided route by route; whoever adds one here has looked at what its answers show.
#[test]
fn few_routes_are_beyond_parts_of_a_workspace() {
    let of = |reach: Reach| {
        let routes = ROUTES.iter().filter(|entry| entry.reach == reach);
        routes.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        of(Reach::Workspace),
        [
            "GET /v1/users",
            "GET /v1/users/me",
            "GET /v1/users/{user_id}",
            "POST /v1/file_uploads",
            "GET /v1/file_uploads/{file_upload_id}",
            "POST /v1/file_uploads/{file_upload_id}/complete",
            "GET /v1/custom_emojis",
        ]
    );
    assert_eq!(of(Reach::Everything), ["POST /v1/search"]);
    assert_eq!(of(Reach::Undecided), ["POST /v1/blocks/meeting_notes/query", "GET /v1/file_uploads"]);
    for entry in ROUTES.iter().filter(|entry| entry.reach == Reach::Objects) {
        // One that names nothing in its path does in its query or body, or has an answer that is decided about.
        let names = entry.template.contains('{') || !entry.query.is_empty() || !entry.body.keys().is_empty();
        assert!(names, "{entry}");
    }
}

#[test]
fn every_route_resolves_to_itself() {
    for entry in ROUTES {
        let path = entry.template.split('/').map(|word| if word.starts_with('{') { ID } else { word });
        let path = path.collect::<Vec<_>>().join("/");
        let body = matches!(entry.body, Body::Required(_)).then(|| json!({}));
        let resolved = ask(entry.method, &path, &[], body).unwrap();
        assert_eq!((resolved.route.template, resolved.route.access), (entry.template, entry.access));
        assert_eq!(format!("/{}", resolved.segments.join("/")), path);
    }
}

/// Each of these has once carried a credential somewhere, or made a check and a request disagree.
#[test]
fn paths_that_lead_astray_are_refused() {
    let astray = [
        "@evil.com/",
        "../x",
        "//evil.com/x",
        "\\\\evil.com\\x",
        "/\\evil.com/x",
        "https://evil.com",
        " https://evil.com",
        "https:evil",
        "javascript:alert(1)",
        "%2e%2e/admin",
        ".%2e/x",
        "%2E%2E%2fadmin",
        "..%2f",
        "%252e%252e",
        "..;/",
        "pa\tges",
        "pa\nges",
        "pages//x",
        "pages/",
        "pages#frag/../x",
        "pages?x=/../y",
        "pages;../x",
        "pages/%00",
        "pages/\0",
        "\u{ff0f}\u{ff0f}evil.com",
        "./pages",
        "v1/pages:80",
        "",
    ];
    for text in astray {
        for prefix in [
            "",
            "/",
            "/v1/",
            "/v1/pages/",
            &format!("/v1/pages/{ID}/"),
            &format!("/v1/pages/{ID}/properties/"),
        ] {
            for method in [Method::Get, Method::Post, Method::Patch, Method::Delete] {
                let path = format!("{prefix}{text}");
                let (code, words) = refused(method, &path);
                assert_eq!(code, Code::InvalidInput, "{path:?}: {words}");
                assert!(!words.contains(['\t', '\0']), "{words:?}");
            }
        }
    }
    let (code, words) = refused(Method::Get, &format!("/v1/{}", "a".repeat(10_000)));
    assert_eq!(code, Code::InvalidInput);
    assert!(words.len() < 300);
}

#[test]
fn ids_are_normalised_and_nothing_else_is_taken_for_one() {
    for id in [ID, "598337872cf94fdf8782e53db20768a5", "598337872CF94FDF8782E53DB20768A5"] {
        let resolved = ask(Method::Get, &format!("/v1/pages/{id}"), &[], None).unwrap();
        assert_eq!(resolved.segments, ["v1", "pages", ID]);
    }
    for other in [
        "abc",
        "598337872cf94fdf8782e53db20768a",
        "5983-37872cf94fdf8782e53db20768a5xxxx",
        "My-page-598337872cf94fdf8782e53db20768a5",
    ] {
        let (code, words) = refused(Method::Get, &format!("/v1/pages/{other}"));
        assert_eq!(code, Code::InvalidInput);
        assert!(words.contains("is not a page_id; an id has 32 hexadecimal digits"), "{words}");
    }
}

#[test]
fn unknown_routes_are_refused_with_what_was_meant() {
    use Method::{Delete, Get, Patch, Post};
    let rows = [
        (Post, format!("/v1/databases/{ID}/query"), "POST /v1/data_sources/{data_source_id}/query"),
        (Get, "/v1/databases".to_owned(), "POST /v1/search"),
        (Get, "/v1/pages".to_owned(), "this path has POST /v1/pages"),
        (Get, "/v1/search".to_owned(), "this path has POST /v1/search"),
        (Get, format!("/v1/pages/{ID}/children"), "/v1/blocks/{page_id}/children"),
        (Delete, format!("/v1/pages/{ID}"), "PATCH /v1/pages/{id} with {\"in_trash\": true}"),
        (Get, format!("/v1/block/{ID}"), "did you mean GET /v1/blocks/{block_id} or PATCH"),
        (Get, "/v1/blocks/meeting_notes".to_owned(), "this path has POST /v1/blocks/meeting_notes"),
        (Post, "/v1/oauth/token".to_owned(), "tools never see a credential"),
        (Post, "/v1/oauth/revoke".to_owned(), "tools never see a credential"),
        (Get, "/v1/agents".to_owned(), "agents are not offered"),
        (Post, format!("/v1/file_uploads/{ID}/send"), "external_url"),
        (Get, "/v2/pages".to_owned(), "every path begins with /v1/"),
        (Patch, "/v1/something/else".to_owned(), "there are routes below /v1/ for users, pages"),
        (Get, "/v1".to_owned(), "there are routes below /v1/"),
    ];
    for (method, path, hint) in rows {
        let (code, words) = refused(method, &path);
        assert_eq!(code, Code::Forbidden, "{path}: {words}");
        assert!(words.contains(hint), "{path}: {words}");
    }
}

#[test]
fn the_body_can_make_a_route_stronger() {
    let access = |path: &str, body| ask(Method::Patch, path, &[], Some(body)).unwrap().route.access;
    let (page, block) = (format!("/v1/pages/{ID}"), format!("/v1/blocks/{ID}"));
    let (markdown, source) = (format!("{page}/markdown"), format!("/v1/data_sources/{ID}"));
    assert_eq!(access(&page, json!({"properties": {}})), Access::Writes);
    assert_eq!(access(&page, json!({"in_trash": false})), Access::Writes);
    assert_eq!(access(&page, json!({"in_trash": true})), Access::Destroys);
    assert_eq!(access(&page, json!({"erase_content": true})), Access::Destroys);
    assert_eq!(access(&block, json!({"in_trash": true})), Access::Destroys);
    assert_eq!(access(&format!("/v1/databases/{ID}"), json!({"in_trash": true})), Access::Destroys);
    assert_eq!(access(&source, json!({"properties": {"Old": null}})), Access::Destroys);
    assert_eq!(access(&source, json!({"properties": {"New": {"number": {}}}})), Access::Writes);
    assert_eq!(
        access(&markdown, json!({"type": "replace_content", "replace_content": {"new_str": ""}})),
        Access::Destroys
    );
    assert_eq!(
        access(&markdown, json!({"type": "update_content", "update_content": {"content_updates": []}})),
        Access::Writes
    );
}

#[test]
fn queries_have_known_keys_and_bounded_values() {
    let query = |pairs: &[(&str, &str)]| ask(Method::Get, "/v1/comments", pairs, None);
    assert_eq!(query(&[("block_id", ID), ("page_size", "100")]).unwrap().query.len(), 2);
    let long = "x".repeat(MAX_QUERY_VALUE + 1);
    for (pairs, words) in [
        (vec![("block", ID)], "takes no query parameter `block`"),
        (vec![("page_size", "101")], "whole number from 1 to 100, not `101`"),
        (vec![("page_size", "0")], "whole number"),
        (vec![("page_size", "ten")], "whole number"),
        (vec![("block_id", ID), ("block_id", ID)], "twice"),
        (vec![("start_cursor", "a\r\nb")], "control characters"),
        (vec![("start_cursor", long.as_str())], "longer than"),
    ] {
        let problem = query(&pairs).unwrap_err();
        assert_eq!(problem.code, Code::InvalidInput);
        assert!(problem.message.contains(words), "{problem:?}");
    }
    let several = vec![("filter_properties", "title"); MAX_QUERY_PAIRS];
    let page = format!("/v1/pages/{ID}");
    assert!(ask(Method::Get, &page, &several, None).is_ok());
    assert!(
        ask(Method::Get, &page, &[several.as_slice(), &[("filter_properties", "x")]].concat(), None).is_err()
    );
}

#[test]
fn bodies_are_objects_of_known_keys_and_bounded_size() {
    let page = format!("/v1/pages/{ID}");
    let says = |method, path: &str, body| {
        let problem = ask(method, path, &[], body).unwrap_err();
        (problem.code, format!("{}; {}", problem.message, problem.hint.unwrap_or_default()))
    };
    for (method, path, body, words) in [
        (Method::Get, page.as_str(), Some(json!({})), "takes no body"),
        (Method::Patch, &page, None, "needs a body"),
        (
            Method::Patch,
            &page,
            Some(json!("{}")),
            "the body is a string; the body is an object, not JSON inside a string",
        ),
        (Method::Patch, &page, Some(Value::Null), "the body is null"),
        (
            Method::Patch,
            &page,
            Some(json!({"archived": true})),
            "takes no `archived` in its body; since version 2026-03-11 it is `in_trash`",
        ),
        (Method::Patch, &page, Some(json!({"propertis": {}})), "did you mean `properties`?"),
        (
            Method::Patch,
            &format!("/v1/blocks/{ID}/children"),
            Some(json!({"children": [], "after": ID})),
            "it is `position`",
        ),
    ] {
        let (code, said) = says(method, path, body);
        assert_eq!(code, Code::InvalidInput);
        assert!(said.contains(words), "{said}");
    }
    assert!(ask(Method::Post, "/v1/search", &[], None).is_ok());

    let of_size = |size: usize| Some(json!({"icon": "x".repeat(size - r#"{"icon":""}"#.len())}));
    assert!(ask(Method::Patch, &page, &[], of_size(MAX_BODY)).is_ok());
    assert_eq!(says(Method::Patch, &page, of_size(MAX_BODY + 1)).0, Code::LimitExceeded);
}

/// An id of any form: Notion's own, without dashes, or a word, as tasks have.
#[test]
fn every_read_of_an_object_takes_that_object_alone() {
    let answer = |text: &str| toolbay_kernel::Body::of_text(text.to_owned()).unwrap();
    for entry in ROUTES.iter().filter(|entry| entry.method == Method::Get && entry.is_of_one_object()) {
        let is_uuid = !entry.template.contains("{task_id}");
        let id = if is_uuid { ID } else { "task_0123456789abcdef0123456789abcdef" };
        let path = entry.template.split('/').map(|word| if word.starts_with('{') { id } else { word });
        let request = ask(Method::Get, &path.collect::<Vec<_>>().join("/"), &[], None).unwrap();
        assert!(answers(&request, &answer(&json!({"object": "x", "id": id}).to_string())), "{entry}");
        if is_uuid {
            let undashed = json!({"id": id.replace('-', "").to_uppercase()}).to_string();
            assert!(answers(&request, &answer(&undashed)), "{entry}");
        }
        for other in [
            json!({"id": "01234567-89ab-4def-8123-456789abcdef"}),
            json!({"object": "x"}),
            json!({"id": 1}),
            json!([id]),
            json!(id),
            json!(null),
        ] {
            assert!(!answers(&request, &answer(&other.to_string())), "{entry}: {other}");
        }
    }
}
