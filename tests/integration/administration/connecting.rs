//! Connections: added by an operator, and begun by whoever is signed in.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::json;
use toolbay_kernel::audit::{Act, ConnectionChange};
use url::Url;

use super::{Desk, code, named};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_added_once_its_token_has_opened_the_workspace() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    let path = "/v1/administration/connections";
    for (body, expected) in [
        (json!({"name": "acme", "token": "ntn_canary"}), 403),
        (json!({"name": "acme", "token": "two words"}), 400),
        (json!({"name": "", "token": "ntn_x"}), 400),
        (json!({"name": "default", "token": desk.host.emulator.token()}), 400),
        (json!({"name": "acme"}), 400),
        (json!({"name": "acme", "token": 7}), 400),
    ] {
        let (status, envelope) = operator.ask("POST", path, Some(&body)).await;
        assert_eq!(status, expected, "{body}: {envelope:#}");
        assert!(!envelope.to_string().contains("canary"));
    }
    let added = operator.post(path, &json!({"name": "acme", "token": desk.host.emulator.token()})).await;
    assert!(added["workspace_name"].is_string(), "{added:#}");
    let listed = operator.get(path).await;
    let acme = named(&listed, "connections", "acme");
    assert_eq!(
        (&acme["kind"], &acme["system"], &acme["id"]),
        (&json!("token"), &json!("notion"), &added["id"])
    );
    let me = json!({"path": "/v1/users/me", "connection_id": added["id"]});
    assert_eq!(operator.post("/v1/tools/probe_notion_get", &me).await["body"]["object"], "user");
    let twice = json!({"name": "acme", "token": desk.host.emulator.token()});
    let (status, envelope) = operator.ask("POST", path, Some(&twice)).await;
    assert_eq!((status, code(&envelope)), (409, "conflict"));
    let (by, surface, act) = desk.changes().await.pop().unwrap();
    assert_eq!((by.as_str(), surface), ("operator", "console"));
    assert!(matches!(act, Act::Connection { change: ConnectionChange::Added, .. }), "{act:?}");
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_connects_comes_back_to_the_console_with_what_came_of_it() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    let begin = async |body| {
        let answer = operator.request("POST", "/v1/connections/authorize").json(&body).send().await.unwrap();
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let envelope: serde_json::Value = answer.json().await.unwrap();
        let page: Url = envelope["result"]["authorize_url"].as_str().unwrap().parse().unwrap();
        (page, cookie)
    };
    let come_back = async |to: &str, cookie: &str| -> Url {
        let answer =
            desk.http.get(to).header(COOKIE, cookie).header("Accept", "text/html").send().await.unwrap();
        assert_eq!(answer.status(), 303);
        answer.headers()[LOCATION].to_str().unwrap().parse().unwrap()
    };
    let (page, cookie) = begin(json!({"return_to": "/console/connections?from=here"})).await;
    let agreed = desk.http.get(page).send().await.unwrap();
    let back = come_back(agreed.headers()[LOCATION].to_str().unwrap(), &cookie).await;
    let connected = back.query_pairs().find(|(name, _)| name == "connected").unwrap().1.into_owned();
    assert_eq!(
        back.as_str(),
        format!("{}/console/connections?from=here&connected={connected}", desk.host.url)
    );
    let listed = operator.get("/v1/administration/connections").await;
    assert!(listed["connections"].as_array().unwrap().iter().any(|one| one["id"] == json!(connected)));

    let (page, cookie) = begin(json!({"return_to": "/console"})).await;
    let state = page.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let refused = format!("{}/oauth/callback?error=access_denied&state={state}", desk.host.url);
    let back = come_back(&refused, &cookie).await;
    assert_eq!(back.as_str(), format!("{}/console?problem=forbidden", desk.host.url));

    for (body, expected) in [
        (json!({"return_to": "/account"}), 400),
        (json!({"return_to": "https://evil.example/console"}), 400),
        (json!({"upstream": "nobody"}), 404),
        (json!({"where": "x"}), 400),
    ] {
        let (status, envelope) = operator.ask("POST", "/v1/connections/authorize", Some(&body)).await;
        assert_eq!(status, expected, "{body}: {envelope:#}");
    }
    desk.stop().await;
}
