//! Traces: what a collector gets of a call, from the surface to each effect, in whichever host that runs.

mod collector;

use notion_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

use self::collector::{Collector, Told, traces};
use crate::harness::{TOKEN, TestHost};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn traceparent() -> String {
    format!("00-{TRACE}-{SPAN}-01")
}

/// A tool over REST, by somebody who says where the call is in a trace.
async fn called(host: &TestHost, tool: &str, arguments: &Value, traceparent: &str) -> Value {
    let request = host.request("POST", &format!("/v1/tools/{tool}")).header("traceparent", traceparent);
    request.json(arguments).send().await.unwrap().json().await.unwrap()
}

impl Collector {
    /// The spans, as soon as the one of this kind is there; those within it have ended before it.
    async fn spans_with(&self, host: &TestHost, is_wanted: impl Fn(&Told) -> bool) -> Vec<Told> {
        host.soon("the spans are taken", async || self.spans().iter().any(&is_wanted)).await;
        self.spans()
    }
}

/// The one span of a name.
fn only<'a>(spans: &'a [Told], name: &str) -> &'a Told {
    let mut named = spans.iter().filter(|span| span.name == name);
    match (named.next(), named.next()) {
        (Some(span), None) => span,
        _ => panic!("not one `{name}`: {spans:#?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_over_rest_is_a_tree_below_the_span_of_its_caller() {
    let collector = Collector::start("200 OK").await;
    let host = TestHost::start_with(&["search"], |configuration| collector.configure(configuration)).await;
    let answer = called(&host, "search", &json!({"query": "canary-of-arguments"}), &traceparent()).await;
    assert_eq!(answer["ok"], true, "{answer:#}");
    let spans = collector.spans_with(&host, |span| span.kind == 2).await;
    let surface = only(&spans, "POST /v1/tools/{name}");
    assert_eq!((surface.trace.as_str(), surface.parent.as_str(), surface.kind), (TRACE, SPAN, 2));
    assert_eq!(
        (surface.attribute("http.response.status_code"), surface.attribute("toolbay.surface")),
        ("200", "rest")
    );
    let request_id = answer["meta"]["request_id"].as_str().unwrap();
    let tool = only(&spans, "tool search");
    assert_eq!((&tool.trace, &tool.parent, tool.kind), (&surface.trace, &surface.id, 1));
    for span in [surface, tool] {
        assert_eq!(span.attribute("toolbay.request_id"), request_id);
        assert_eq!((span.attribute("toolbay.outcome"), span.is_error), ("ok", false));
    }
    assert_eq!(tool.attribute("gen_ai.tool.name"), "search");
    let effect = only(&spans, "POST /v1/search");
    assert_eq!((&effect.trace, &effect.parent, effect.kind), (&tool.trace, &tool.id, 3));
    for (name, value) in [
        ("toolbay.egress", "notion"),
        ("toolbay.access", "reads"),
        ("http.request.method", "POST"),
        ("http.route", "/v1/search"),
        ("http.response.status_code", "200"),
        ("toolbay.attempts", "1"),
        ("toolbay.outcome", "ok"),
    ] {
        assert_eq!(effect.attribute(name), value, "{name}");
    }

    // A request that makes no call makes no span.
    host.get("/v1/tools").await;
    host.stop().await;
    assert_eq!(collector.spans().len(), 3, "{:#?}", collector.spans());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_over_mcp_names_its_trace_in_its_metadata() {
    let collector = Collector::start("200 OK").await;
    let host =
        TestHost::start_with(&["probe", "echo"], |configuration| collector.configure(configuration)).await;
    let params = json!({
        "name": "probe_tools",
        "arguments": {"tool": "echo", "arguments": {"message": "canary-of-arguments"}},
        "_meta": {"traceparent": traceparent()},
    });
    let answer = host.modern("tools/call", params.clone()).await;
    assert_eq!(answer["result"]["isError"], false, "{answer:#}");
    let spans = collector.spans_with(&host, |span| span.kind == 2).await;
    let surface = only(&spans, "tools/call probe_tools");
    assert_eq!((surface.trace.as_str(), surface.parent.as_str()), (TRACE, SPAN));
    assert_eq!(
        (surface.attribute("mcp.method.name"), surface.attribute("toolbay.surface")),
        ("tools/call", "mcp")
    );
    let outer = only(&spans, "tool probe_tools");
    let inner = only(&spans, "tool echo");
    assert_eq!((&outer.parent, &inner.parent), (&surface.id, &outer.id));
    assert_eq!(inner.attribute("toolbay.surface"), "tool");

    // To a client that listens, and in the header where the metadata say nothing.
    let mut slow = params.clone();
    slow["_meta"]["progressToken"] = json!("p");
    host.legacy("tools/call", slow).await;
    let request = host
        .request("POST", "/mcp")
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2025-11-25")
        .header("traceparent", traceparent());
    let call = json!({"name": "nothing_such", "arguments": {}});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call});
    request.json(&message).send().await.unwrap();
    let spans = collector.spans_with(&host, |span| span.name == "tools/call").await;
    assert!(spans.iter().all(|span| span.trace == TRACE), "{spans:#?}");
    // What a caller invents names nothing.
    let refused = only(&spans, "tools/call");
    assert_eq!((refused.attribute("toolbay.outcome"), refused.is_error), ("not_found", false));
    assert_eq!(only(&spans, "tool").attribute("gen_ai.tool.name"), "");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_place_in_a_trace_is_none_and_one_that_is_not_kept_elsewhere_is_not_kept_here() {
    let collector = Collector::start("200 OK").await;
    let host = TestHost::start_with(&["echo"], |configuration| collector.configure(configuration)).await;
    called(&host, "echo", &json!({"message": "m"}), &traceparent().replace("-01", "-00")).await;
    called(&host, "echo", &json!({"message": "m"}), "00-nothing-such-01").await;
    let spans = collector.spans_with(&host, |span| span.kind == 2).await;
    let surface = only(&spans, "POST /v1/tools/{name}");
    assert_eq!(surface.parent, "");
    assert!(surface.trace != TRACE && surface.trace.len() == 32);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_in_the_trace_of_the_call_that_started_it_whichever_host_runs_it() {
    let collector = Collector::start("200 OK").await;
    let mut host = TestHost::start_with(&["pages"], |configuration| collector.configure(configuration)).await;
    let page = json!({"database_id": host.emulator.ids().tasks_database, "title": "Row 0"});
    // Sent once and three times again.
    let kind = FaultKind::RateLimited { retry_after_seconds: 0, reason: "integration".to_owned() };
    host.emulator.fault(Fault::new("POST /v1/pages", kind).times(4));
    let job = json!({"kind": "create_page", "args": page});
    let started = called(&host, "job_start", &job, &traceparent()).await;
    let get = async || {
        host.result("job_get", json!({"job_id": started["result"]["job_id"]})).await["status"].clone()
    };
    host.soon("the job waits", async || get().await == "waiting").await;
    host.restart().await;
    let get = async || {
        host.result("job_get", json!({"job_id": started["result"]["job_id"]})).await["status"].clone()
    };
    host.soon("the job has ended", async || get().await == "succeeded").await;
    host.stop().await;

    let spans = collector.spans();
    let starting = only(&spans, "tool job_start");
    assert_eq!(starting.trace, TRACE);
    let runs: Vec<_> = spans.iter().filter(|span| span.name == "tool create_page").collect();
    let [first, .., last] = runs.as_slice() else { panic!("{spans:#?}") };
    for run in [first, last] {
        assert_eq!((run.trace.as_str(), &run.parent, run.kind), (TRACE, &starting.id, 5));
        assert_eq!(run.links, std::slice::from_ref(&starting.id));
    }
    assert_eq!((first.attribute("toolbay.outcome"), first.is_error), ("rate_limited", true));
    assert_eq!(last.attribute("toolbay.outcome"), "ok");
    assert_ne!(first.instance, last.instance, "each host has a name of its own");
    let attempts = spans.iter().filter(|span| span.name == "POST /v1/pages" && span.parent == first.id);
    assert_eq!(attempts.map(|span| span.attribute("toolbay.attempts")).collect::<Vec<_>>(), ["4"]);
    let carried_out =
        spans.iter().find(|span| span.name == "POST /v1/pages" && span.parent == last.id).unwrap();
    assert_eq!((carried_out.instance.as_str(), carried_out.is_error), (last.instance.as_str(), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_argument_is_in_what_a_collector_gets() {
    let collector = Collector::start("200 OK").await;
    let host =
        TestHost::start_with(&["pages", "probe"], |configuration| collector.configure(configuration)).await;
    let (ids, notion) = (host.emulator.ids(), host.emulator.token().to_owned());
    let title = "canary-of-arguments";
    host.result("create_page", json!({"database_id": ids.tasks_database, "title": title})).await;
    host.error("create_page", json!({"database_id": title, "title": title})).await;
    host.error(title, json!({})).await;
    host.call("probe_notion_get", json!({"path": format!("/v1/pages/{title}")})).await;
    host.stop().await;
    let taken = collector.taken();
    assert!(!collector.spans().is_empty());
    for request in &taken {
        assert!(request.head.contains("x-key: of-the-collector"), "{}", request.head);
        let told = String::from_utf8_lossy(&request.body);
        for secret in [TOKEN, notion.as_str(), title, &ids.tasks_database, "of-the-collector"] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_takes_nothing_costs_spans_and_no_call() {
    let collector = Collector::start("400 Bad Request").await;
    let host = TestHost::start_with(&["echo"], |configuration| collector.configure(configuration)).await;
    host.result("echo", json!({"message": "m"})).await;
    let dropped = async || host.host().gateway.dispatcher.traces().counts().unwrap().dropped;
    host.soon("the spans are dropped", async || dropped().await == 2).await;
    assert_eq!(collector.taken().len(), 1, "what is refused isn't sent again");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_traces_unless_somebody_says_where_they_go() {
    assert!(traces(&[]).is_none());
    let collector = Collector::start("200 OK").await;
    let host = TestHost::start(&["echo"]).await;
    let answer = called(&host, "echo", &json!({"message": "m"}), &traceparent()).await;
    assert_eq!(answer["ok"], true);
    assert!(!host.host().gateway.dispatcher.traces().are_on());
    host.stop().await;
    assert!(collector.taken().is_empty());
}
