//! What a plugin asks and is answered: reads, writes, redirects.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use toolbay_kernel::audit::Act;

use super::world::{Server, answer, host, request};
use crate::harness::TestHost;

const API: &str = "http://api.example.test:PORT/v1/x";

const ALL: [&str; 5] = [
    "GET http://api.example.test:PORT/v1/*",
    "HEAD http://api.example.test:PORT/v1/*",
    "POST http://api.example.test:PORT/v1/*",
    "DELETE http://api.example.test:PORT/v1/*",
    "GET http://other.example.test:PORT/*",
];

/// The effects in the audit: what was sent, and how it ended.
async fn effects(host: &TestHost) -> Vec<(String, String, &'static str)> {
    let effect = |event: toolbay_kernel::audit::Event| match event.act {
        Act::Effect(effect) => {
            let code = effect.code.map_or("ok", toolbay_kernel::Code::as_str);
            Some((effect.egress, effect.route, code))
        }
        _ => None,
    };
    host.events().await.into_iter().filter_map(effect).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_asks_what_its_manifest_names_and_the_operator_granted() {
    let server = Server::start(|_| answer("200 OK", "content-type: text/plain\r\n", "hello")).await;
    let host = host(&server, &ALL).await;
    let told = host.result("fetch_read", request("GET", API)).await;
    assert_eq!(
        told,
        json!({"status": 200, "headers": [["content-type", "text/plain"]], "text": "hello", "bytes": 5})
    );
    let told = host.result("fetch_read", request("HEAD", API)).await;
    assert_eq!((&told["status"], &told["bytes"]), (&json!(200), &json!(0)));

    // Asked for by the manifest, and not granted.
    let refusal = host.error("fetch_write", request("POST", "http://asked.example.test:PORT/v1/x")).await;
    assert_eq!(refusal["code"], "forbidden");
    let hint = "[plugins.fetch] http = [\"POST http://asked.example.test:14085/v1/x\"]";
    assert!(refusal["hint"].as_str().unwrap().contains(hint), "{refusal}");
    // Not asked for by the manifest.
    let refusal = host.error("fetch_read", request("GET", "http://api.example.test:PORT/v2/x")).await;
    assert!(refusal["message"].as_str().unwrap().contains("doesn't ask for http"), "{refusal}");
    // Stronger than its tool says.
    for (tool, method) in [("fetch_read", "POST"), ("fetch_read", "DELETE"), ("fetch_write", "DELETE")] {
        let refusal = host.error(tool, request(method, API)).await;
        assert_eq!(refusal["code"], "forbidden", "{tool} {method}: {refusal}");
    }
    assert_eq!(server.lines(), ["GET /v1/x", "HEAD /v1/x"]);
    // Nothing of it is on a connection.
    let tools = host.get("/v1/tools").await;
    let tools = tools["result"]["tools"].as_array().unwrap();
    let read = tools.iter().find(|tool| tool["name"] == "fetch_read").unwrap();
    assert!(!read["input_schema"].to_string().contains("connection_id"), "{read}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_sent_once_and_a_call_that_ends_well_has_done_it() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => answer("201 Created", "", "made"),
        1 => answer("404 Not Found", "", "no such hook"),
        // The answer is lost.
        2 => None,
        3 => answer("502 Bad Gateway", "", "maybe"),
        _ => answer("302 Found", "location: /v1/done\r\n", ""),
    })
    .await;
    let host = host(&server, &ALL).await;
    let post = || {
        let mut arguments = request("POST", API);
        arguments["body"] = "{}".into();
        arguments
    };
    assert_eq!(host.result("fetch_write", post()).await["status"], 201);
    let refusal = host.error("fetch_write", post()).await;
    assert_eq!(refusal["code"], "not_found");
    assert_eq!(refusal["details"]["http"], json!({"status": 404, "text": "no such hook"}), "{refusal}");
    for asked in [3, 4, 5] {
        let lost = host.error("fetch_write", post()).await;
        assert_eq!(lost["code"], "outcome_unknown", "{lost}");
        assert_eq!(server.asked().len(), asked, "it was sent once");
    }
    let (http, route) = ("http".to_owned(), "POST http://api.example.test:14085/v1/x".to_owned());
    let codes = ["ok", "not_found", "outcome_unknown", "outcome_unknown", "outcome_unknown"];
    let expected: Vec<_> = codes.map(|code| (http.clone(), route.clone(), code)).into();
    assert_eq!(effects(&host).await, expected);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_under_a_key_is_told_from_the_record() {
    let server = Server::start(|_| answer("200 OK", "", "done")).await;
    let host = host(&server, &ALL).await;
    let mut keyed = request("POST", API);
    keyed["body"] = "{}".into();
    keyed["idempotency_key"] = "one".into();
    let first = host.result("fetch_write", keyed.clone()).await;
    assert_eq!(host.result("fetch_write", keyed).await, first);
    assert_eq!(server.lines(), ["POST /v1/x"]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_is_asked_again_and_told_whatever_was_answered() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => None,
        1 => answer("503 Unavailable", "", ""),
        2 => answer("429 Busy", "retry-after: 0\r\n", ""),
        3 => answer("200 OK", "", "there"),
        _ => answer("404 Not Found", "", "gone"),
    })
    .await;
    let host = host(&server, &ALL).await;
    assert_eq!(host.result("fetch_read", request("GET", API)).await["text"], "there");
    let told = host.result("fetch_read", request("GET", API)).await;
    assert_eq!((&told["status"], &told["text"]), (&json!(404), &json!("gone")));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_redirect_passes_the_gate() {
    let server = Server::start(|asked| {
        let line = asked.lines().next().unwrap();
        let to = |status: &str, location: &str| answer(status, &format!("location: {location}\r\n"), "");
        match line.split(' ').nth(1).unwrap() {
            "/v1/near" => to("302 Found", "end"),
            "/v1/far" => to("307 Temporary", "http://other.example.test:14085/end"),
            "/v1/out" => to("302 Found", "http://inside.example.test:14085/end"),
            "/v1/up" => to("302 Found", "/v2/admin"),
            "/v1/meta" => to("302 Found", "http://169.254.169.254/latest"),
            "/v1/round" => to("302 Found", "/v1/round"),
            "/v1/see" => to("303 See Other", "/v1/end"),
            "/v1/moved" => to("308 Permanent", "/v1/end"),
            _ => answer("200 OK", "", "end"),
        }
    })
    .await;
    let host = host(&server, &ALL).await;
    let at = |path: &str| {
        let mut arguments = request("GET", &format!("http://api.example.test:PORT/v1/{path}"));
        arguments["headers"] = json!([["Authorization", "Bearer own"], ["Accept", "text/plain"]]);
        arguments
    };
    assert_eq!(host.result("fetch_read", at("near")).await["text"], "end");
    assert!(server.asked().last().unwrap().contains("Bearer own"));
    assert_eq!(host.result("fetch_read", at("far")).await["text"], "end");
    let far = server.asked().pop().unwrap();
    assert!(far.contains("host: other.example.test:14085") && far.contains("text/plain"), "{far}");
    assert!(!far.contains("Bearer own"), "what was said to one host isn't another one's");
    for path in ["out", "up", "meta"] {
        let before = server.asked().len();
        assert_eq!(host.error("fetch_read", at(path)).await["code"], "forbidden", "{path}");
        assert_eq!(server.asked().len(), before + 1, "{path}");
    }
    let before = server.asked().len();
    let refusal = host.error("fetch_read", at("round")).await;
    assert!(refusal["message"].as_str().unwrap().contains("after 5 redirects"), "{refusal}");
    assert_eq!(server.asked().len(), before + 6);

    // A write has its own answer, also where that says what to read; one that would have to be sent elsewhere isn't.
    let before = server.asked().len();
    let told = host.result("fetch_write", request("POST", "http://api.example.test:PORT/v1/see")).await;
    assert_eq!((&told["status"], &told["headers"]), (&json!(303), &json!([["location", "/v1/end"]])));
    let refusal = host.error("fetch_write", request("POST", "http://api.example.test:PORT/v1/moved")).await;
    assert_eq!(refusal["code"], "conflict", "{refusal}");
    assert_eq!(server.lines()[before..], ["POST /v1/see", "POST /v1/moved"]);

    // Several at once: each its own way, the answers in their order.
    let urls: Vec<Value> = ["near", "far", "up", "end", "near"]
        .map(|path| json!(format!("http://api.example.test:14085/v1/{path}")))
        .into();
    let told = host.result("fetch_all", json!({ "urls": urls })).await;
    let firsts: Vec<&Value> = told["answers"].as_array().unwrap().iter().map(|answer| &answer[0]).collect();
    assert_eq!(firsts, [&json!(200), &json!(200), &json!("forbidden"), &json!(200), &json!(200)]);
    host.stop().await;
}
