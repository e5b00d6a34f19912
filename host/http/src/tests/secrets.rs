//! The operator's secrets: where they go, and where they are never seen.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use toolbay_kernel::egress::{Egress as _, Sent};
use toolbay_kernel::gate::{Method, Payload as _};

use super::world::{PRIVATE, Server, World, answer, request, told};
use crate::egress::Http;
use crate::request::HttpRequest;
use crate::settings::Placed;

const SECRET: &str = "canary-weather-0123456789";

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn everywhere(server: &Server) -> Placed {
    Placed {
        to: format!("http://api.example:{}/v1/*", server.port),
        headers: pairs(&[("Authorization", "Bearer {weather}")]),
        query: pairs(&[("key", "{weather}")]),
        body: pairs(&[("/auth/key", "{weather}")]),
    }
}

/// Repeats the whole request in body, headers and status line.
async fn echoing(status: &'static str) -> Server {
    Server::start(move |asked| {
        let line = asked.lines().next().unwrap_or_default();
        let headers = format!("etag: {line}\r\nlocation: /v2?{line}\r\n").replace(" HTTP", "");
        answer(status, &headers.replace(' ', "-").replace(":-", ": "), asked.as_bytes())
    })
    .await
}

#[tokio::test]
async fn a_server_gets_the_secret_and_the_plugin_sees_none_of_its_echoes() {
    for (method, status) in [
        (Method::Get, "200 OK"),
        (Method::Get, "404 Not Found"),
        (Method::Get, "302 Found"),
        (Method::Get, "500 Error"),
        (Method::Post, "200 OK"),
        (Method::Post, "303 See Other"),
        (Method::Post, "307 Temporary"),
        (Method::Post, "302 Found"),
        (Method::Post, "400 Bad Request"),
        (Method::Post, "503 Unavailable"),
        (Method::Post, "429 Busy"),
    ] {
        let server = echoing(status).await;
        let mut placed = everywhere(&server);
        let mut more = json!({"headers": [["authorization", "guest"]]});
        if method == Method::Post {
            more["text"] = json!({"auth": {"key": "guest"}}).to_string().into();
        } else {
            placed.body.clear();
        }
        let url = format!("http://api.example:{}/v1/x?key=guest", server.port);
        let sent = World::with(&server, &[placed]).send(request(method, &url, more)).await.unwrap();
        let asked = server.asked();
        assert!(asked[0].contains(&format!("Bearer {SECRET}")), "{asked:?}");
        assert!(
            asked[0].contains(&format!("/v1/x?key={SECRET}")) && !asked[0].contains("guest"),
            "{asked:?}"
        );
        assert_eq!(asked[0].matches(SECRET).count(), if method == Method::Post { 3 } else { 2 });
        let seen = match sent {
            Sent::Answered(response) => response.body.text().to_owned(),
            Sent::Refused(problem) | Sent::Unknown(problem) | Sent::Busy { problem, .. } => {
                serde_json::to_string(&problem).unwrap()
            }
            other => panic!("{other:?}"),
        };
        assert!(!seen.contains("canary") && !seen.contains("0123456789"), "{status}: {seen}");
    }
}

#[tokio::test]
async fn a_secret_isnt_taken_along_to_another_place_or_host() {
    let server = echoing("200 OK").await;
    let (host, other) = (format!("api.example:{}", server.port), format!("other.example:{}", server.port));
    let mut placed = everywhere(&server);
    placed.body.clear();
    let mut world = World::of(&[format!("http://{host}/*"), format!("http://{other}/*")], &[placed]);
    world.settings.treat(&host, PRIVATE).unwrap();
    world.settings.treat(&other, PRIVATE).unwrap();
    for url in [format!("http://{host}/v2/x"), format!("http://{other}/v1/x")] {
        world.ask(Method::Get, &url).await.unwrap();
    }
    assert!(server.asked().iter().all(|asked| !asked.contains("canary")), "{:?}", server.asked());
    // Nor to the place that it is for, where another host has chosen what is asked there.
    let url = format!("http://{host}/v1/x");
    world.send(request(Method::Get, &url, json!({ "from": other }))).await.unwrap();
    assert!(server.asked().iter().all(|asked| !asked.contains("canary")), "{:?}", server.asked());
    let led = world.send(request(Method::Get, &url, json!({"from": "public.example"}))).await.unwrap();
    assert!(matches!(led, Sent::Refused(_)) && server.asked().len() == 3, "{led:?}");
    // A redirect to another host is a request of its own, whose address has nothing of the first one's secrets.
    let redirecting = echoing("302 Found").await;
    let placed = Placed { body: BTreeMap::new(), ..everywhere(&redirecting) };
    let url = format!("http://api.example:{}/v1/x", redirecting.port);
    let (_, body) = told(World::with(&redirecting, &[placed]).ask(Method::Get, &url).await.unwrap());
    assert!(body["next"]["url"].as_str().is_some_and(|url| !url.contains("canary")), "{body}");
}

#[tokio::test]
async fn a_secret_that_another_request_had_is_looked_for_too() {
    let server = Server::answering("200 OK", "", SECRET.as_bytes()).await;
    let placed = Placed { body: BTreeMap::new(), ..everywhere(&server) };
    let url = format!("http://api.example:{}/v2/x", server.port);
    let (_, body) = told(World::with(&server, &[placed]).ask(Method::Get, &url).await.unwrap());
    assert_eq!(body["text"], "[redacted]");
    assert!(!server.asked()[0].contains("canary"));
}

#[tokio::test]
async fn nothing_is_told_of_a_secret_in_which_an_answer_broke_off() {
    let broken = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 1000\r\n\r\nno: canary-weather-0123";
    let server = Server::start(move |_| broken.to_vec()).await;
    let placed = Placed { body: BTreeMap::new(), ..everywhere(&server) };
    let url = format!("http://api.example:{}/v1/x", server.port);
    let sent = World::with(&server, &[placed]).ask(Method::Post, &url).await.unwrap();
    let Sent::Refused(problem) = sent else { panic!("{sent:?}") };
    assert_eq!(*problem.details.unwrap(), json!({"http": {"status": 400}}));
}

#[tokio::test]
async fn a_journal_and_its_digests_have_the_request_without_secrets() {
    let server = Server::answering("200 OK", "", b"").await;
    let world = World::with(&server, &[everywhere(&server)]);
    let http = Http::new(world.settings.clone()).unwrap();
    let url = format!("http://api.example:{}/v1/x", server.port);
    let body = json!({"auth": {}}).to_string();
    let resolved = http.resolve(request(Method::Post, &url, json!({ "text": body }))).unwrap();
    let words = resolved.payload::<HttpRequest>().unwrap().in_words();
    assert_eq!(words, json!(["http", "a", "POST", url, [], {"text": body}, null]));
    assert!(!format!("{resolved:?}{:?}", world.settings).contains("canary"));
}

#[tokio::test]
async fn a_secret_that_is_not_there_keeps_the_request_here() {
    let server = Server::answering("200 OK", "", b"").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weather");
    let mut placed = everywhere(&server);
    placed.body.clear();
    let mut world = World::with(&server, &[placed]);
    world.settings.add_secret("weather", toolbay_kernel::Secret::File(file.clone())).unwrap();
    let url = format!("http://api.example:{}/v1/x", server.port);
    for (value, is_sent) in [
        (None, false),
        (Some("short"), false),
        (Some("a\r\nHost: b.example"), false),
        (Some("canary-rotated\n"), true),
    ] {
        if let Some(value) = value {
            std::fs::write(&file, value).unwrap();
        }
        let sent = world.ask(Method::Get, &url).await.unwrap();
        assert_eq!(matches!(sent, Sent::Answered(_)), is_sent, "{value:?}: {sent:?}");
        let told: Value = json!(format!("{sent:?}"));
        assert!(!told.to_string().contains("short\""), "{told}");
    }
    let asked = server.asked();
    assert!(asked.len() == 1 && asked[0].contains("Bearer canary-rotated"), "{asked:?}");
}
