use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const ADA: &str = "11111111-1111-1111-1111-111111111111";

fn person(id: &str, name: Option<&str>, email: Option<&str>) -> Value {
    let person = email.map_or_else(|| json!({}), |email| json!({ "email": email }));
    json!({ "object": "user", "id": id, "name": name, "avatar_url": null, "type": "person", "person": person })
}

fn bot(id: &str) -> Value {
    json!({ "object": "user", "id": id, "name": "Toolbay", "avatar_url": null, "type": "bot", "bot": {
        "owner": { "type": "user", "user": person(ADA, Some("Ada"), Some("ada@example.com")) },
        "workspace_name": "Acme", "workspace_id": "w", "workspace_limits": {},
    } })
}

fn page(users: &[Value], next: Option<&str>) -> Value {
    json!({ "object": "list", "results": users, "next_cursor": next, "has_more": next.is_some(), "type": "user" })
}

fn run(host: &MockHost, arguments: Value) -> Result<Value, Problem> {
    host.run(&PLUGIN, "list_users", arguments).map(|answer| answer.value().expect("data"))
}

#[test]
fn users_are_small_rows_and_the_list_goes_on_where_it_ended() {
    let host = MockHost::new()
        .on(
            "GET /v1/users",
            page(&[person(ADA, Some("Ada"), Some("ada@example.com")), bot("b")], Some("n 1")),
        )
        .on("GET /v1/users", page(&[person("c", None, None)], Some("n2")));
    let answer = run(&host, json!({ "limit": 3 })).expect("a list");
    assert_eq!(
        answer,
        json!({
            "users": [
                { "id": ADA, "name": "Ada", "email": "ada@example.com" },
                { "id": "b", "name": "Toolbay", "type": "bot" },
                { "id": "c" },
            ],
            "next_cursor": "n2",
        })
    );
    assert_eq!(host.sent(), ["GET /v1/users?page_size=3", "GET /v1/users?page_size=1&start_cursor=n 1"]);
}

#[test]
fn a_search_looks_through_all_pages_by_name_and_email() {
    let host = MockHost::new()
        .on("GET /v1/users", page(&[person("a", Some("Ada"), Some("x@example.com")), bot("b")], Some("n")))
        .on(
            "GET /v1/users",
            page(&[person("c", None, Some("ADA@example.com")), person("d", None, None)], None),
        );
    let answer = run(&host, json!({ "query": " adA " })).expect("a list");
    assert_eq!(
        answer,
        json!({ "users": [
            { "id": "a", "name": "Ada", "email": "x@example.com" },
            { "id": "c", "email": "ADA@example.com" },
        ] })
    );
    assert!(host.requests().iter().all(|request| request.max_age.is_some()), "a recent list will do");
}

#[test]
fn a_list_that_never_ends_is_left_after_twenty_pages() {
    let host = MockHost::new().on("GET /v1/users", page(&[bot("b")], Some("same")));
    let answer = run(&host, json!({ "query": "nobody" })).expect("a list");
    assert_eq!(answer, json!({ "users": [], "next_cursor": "same" }));
    assert_eq!(host.sent().len(), 20);
}

#[test]
fn me_is_the_bot_with_its_workspace_and_owner() {
    let host = MockHost::new().on("GET /v1/users/me", bot("b"));
    let answer = run(&host, json!({ "me": true })).expect("me");
    assert_eq!(
        answer,
        json!({ "users": [{
            "id": "b", "name": "Toolbay", "type": "bot", "workspace": "Acme",
            "owner": { "id": ADA, "name": "Ada", "email": "ada@example.com" },
        }] })
    );
    assert_eq!(host.sent(), ["GET /v1/users/me"]);
}

#[test]
fn one_user_is_read_by_id() {
    let host = MockHost::new()
        .on("GET /v1/users/{user_id}", person(ADA, Some("Ada"), None))
        .on("GET /v1/users/{user_id}", Problem::not_found("Notion: Could not find user."));
    let arguments = json!({ "user_id": ADA.replace('-', "").to_uppercase() });
    assert_eq!(
        run(&host, arguments.clone()).expect("Ada"),
        json!({ "users": [{ "id": ADA, "name": "Ada" }] })
    );
    assert_eq!(host.sent(), [format!("GET /v1/users/{ADA}")]);
    let problem = run(&host, arguments).expect_err("gone");
    assert!(problem.message.contains(ADA) && problem.hint.is_some_and(|hint| hint.contains("`query`")));
}

#[test]
fn two_ways_to_ask_and_what_is_no_id_are_refused_before_anything_is_asked() {
    let host = MockHost::new();
    for (arguments, hint) in [
        (json!({ "query": "ada", "me": true }), "one of them"),
        (json!({ "query": "ada", "user_id": ADA }), "one of them"),
        (json!({ "me": true, "cursor": "zzz" }), "`cursor`"),
        (json!({ "user_id": ADA, "cursor": "zzz" }), "`cursor`"),
        (json!({ "user_id": "Ada" }), "32 hexadecimal digits"),
    ] {
        let problem = run(&host, arguments).expect_err(hint);
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
    }
    assert!(host.sent().is_empty());
}
