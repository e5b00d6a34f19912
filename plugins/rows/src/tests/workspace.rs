//! A mock host in front of the emulator of Notion, so that tests see what Notion would do with each request.

#![expect(
    clippy::disallowed_types,
    reason = "the mock host is synchronous, and so is its way to the emulator"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use notion_emulator::{Emulator, Fault, Options, SeedIds};
use tokio::runtime::Runtime;
use toolbay_sdk::Code;
use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const ROUTES: [&str; 8] = [
    "GET /v1/data_sources/{data_source_id}",
    "GET /v1/databases/{database_id}",
    "GET /v1/pages/{page_id}",
    "GET /v1/pages/{page_id}/properties/{property_id}",
    "GET /v1/users",
    "POST /v1/data_sources/{data_source_id}/query",
    "POST /v1/pages",
    "PATCH /v1/pages/{page_id}",
];

/// The emulator's demo: "Tasks" with a relation to "Projects", both with rows.
pub(super) struct Workspace {
    pub(super) emulator: Arc<Emulator>,
    pub(super) ids: SeedIds,
    _runtime: Runtime,
}

impl Workspace {
    pub(super) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let options = Options { rate_limit: None, ..Options::default() };
        let emulator = runtime.block_on(Emulator::start(options)).expect("an emulator");
        Self { ids: emulator.ids(), emulator: Arc::new(emulator), _runtime: runtime }
    }

    /// A host whose Notion is the emulator.
    pub(super) fn host(&self) -> MockHost {
        let routes = ROUTES.iter().chain(["PATCH /v1/blocks/{block_id}/children"].iter());
        routes.fold(MockHost::new(), |host, route| {
            let emulator = Arc::clone(&self.emulator);
            host.on_with(route, move |request| forward(&emulator, request))
        })
    }

    pub(super) fn run(&self, tool: &str, arguments: Value) -> Result<Value, Problem> {
        run(&self.host(), tool, arguments)
    }

    pub(super) fn fault(&self, fault: Fault) {
        self.emulator.fault(fault);
    }

    /// Plants rows that are called "Row 1", "Row 2" and so on; answers their ids.
    pub(super) fn rows(&self, data_source_id: &str, count: usize) -> Vec<String> {
        let body = json!({ "rows": [{ "data_source_id": data_source_id, "count": count, "title": "Row" }] });
        let planted = self.emulator.plant(&body).expect("planted");
        serde_json::from_value(planted["rows"].clone()).expect("ids")
    }

    pub(super) fn page(&self, id: &str) -> Value {
        forward(&self.emulator, &Request::get(["v1", "pages", id])).expect("a page").body
    }

    /// The ids that a relation of a page has, all of them.
    pub(super) fn related(&self, id: &str, property: &str) -> Vec<String> {
        let property = self.page(id)["properties"][property]["id"].as_str().expect("an id").to_owned();
        let path = Path::parse(&format!("/v1/pages/{id}/properties/{property}")).expect("a path");
        let request = Request::get(path).query("page_size", 100);
        let items = forward(&self.emulator, &request).expect("items").body;
        let items = items["results"].as_array().expect("results");
        items.iter().map(|item| item["relation"]["id"].as_str().expect("an id").to_owned()).collect()
    }

    /// How many rows have a title.
    pub(super) fn count(&self, data_source_id: &str, title: &str) -> usize {
        let body = json!({ "filter": { "property": "Name", "title": { "equals": title } } });
        let request = Request::post(["v1", "data_sources", data_source_id, "query"], body);
        let answer = forward(&self.emulator, &request).expect("rows").body;
        answer["results"].as_array().expect("results").len()
    }
}

pub(super) fn run(host: &MockHost, tool: &str, arguments: Value) -> Result<Value, Problem> {
    Ok(host.run(&PLUGIN, tool, arguments)?.value().expect("data"))
}

/// The requests that change something.
pub(super) fn writes(host: &MockHost) -> Vec<String> {
    let changes = |line: &String| line.starts_with("PATCH") || line.starts_with("POST /v1/pages");
    host.sent().into_iter().filter(changes).collect()
}

pub(super) fn forward(emulator: &Emulator, request: &Request) -> Result<Response, Problem> {
    let is_read = matches!(request.method, toolbay_sdk::Method::Get)
        || request.path.segments().last().is_some_and(|last| last == "query");
    let raw = exchange(emulator, request);
    let text = String::from_utf8_lossy(&raw);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return Err(match is_read {
            true => Problem::upstream_failed("Notion closed the connection."),
            false => Problem::outcome_unknown("Notion closed the connection."),
        });
    };
    let status: u16 = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let body: Value = serde_json::from_str(body).expect("JSON");
    if (200..300).contains(&status) {
        return Ok(Response { status, body });
    }
    let code = match status {
        404 => Code::NotFound,
        409 => Code::Conflict,
        429 => Code::RateLimited,
        500.. => Code::UpstreamFailed,
        _ => Code::InvalidInput,
    };
    let message = body["message"].as_str().unwrap_or_default();
    Err(Problem::new(code, message).details(json!({ "notion": { "status": status, "code": body["code"] } })))
}

fn exchange(emulator: &Emulator, request: &Request) -> Vec<u8> {
    let url = emulator.url();
    let address = url.strip_prefix("http://").expect("an address");
    let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
    let query: Vec<String> =
        request.query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let path = request.path.render().expect("a path");
    let target = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    let head = format!(
        "{} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Notion-Version: 2026-03-11\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        request.method,
        emulator.token(),
        body.len()
    );
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("sent");
    let mut answer = Vec::new();
    // A connection that breaks off is an answer too.
    stream.read_to_end(&mut answer).ok();
    answer
}

fn escaped(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}
