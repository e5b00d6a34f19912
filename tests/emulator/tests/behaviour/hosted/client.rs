//! A client of a few lines: it registers, asks a person, exchanges, renews, and sends messages.

use std::collections::BTreeMap;

use notion_emulator::{Emulator, HostedMcp, Options};
use reqwest::header::HeaderMap;
use reqwest::redirect;
use serde_json::{Value, json};

pub(super) const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// The example of RFC 7636.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(super) const MODERN: &str = "2026-07-28";
pub(super) const LEGACY: &str = "2025-11-25";

pub(super) struct World {
    pub(super) emulator: Emulator,
    pub(super) http: reqwest::Client,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// A client that was registered, and the tokens that it has.
pub(super) struct Pair {
    pub(super) client_id: String,
    pub(super) body: Value,
}

impl Pair {
    pub(super) fn access(&self) -> &str {
        self.body["access_token"].as_str().unwrap()
    }

    pub(super) fn refresh(&self) -> &str {
        self.body["refresh_token"].as_str().unwrap()
    }
}

impl Answer {
    pub(super) async fn of(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    pub(super) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// A refusal of OAuth.
    #[track_caller]
    pub(super) fn denied(&self, status: u16, error: &str) {
        assert_eq!((self.status, self.json()["error"].as_str()), (status, Some(error)), "{}", self.text);
    }

    /// An error of JSON-RPC.
    #[track_caller]
    pub(super) fn refused(&self, status: u16, code: i64) -> Value {
        assert_eq!(
            (self.status, self.json()["error"]["code"].as_i64()),
            (status, Some(code)),
            "{}",
            self.text
        );
        self.json()
    }
}

impl World {
    pub(super) async fn start() -> World {
        World::with(Options { rate_limit: None, ..Options::default() }).await
    }

    pub(super) async fn with(options: Options) -> World {
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        World { emulator: Emulator::start(options).await.unwrap(), http }
    }

    pub(super) fn hosted(&self) -> HostedMcp<'_> {
        self.emulator.hosted()
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.url())
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.http.get(self.at(path)).send().await.unwrap()).await
    }

    pub(super) async fn control(&self, path: &str, body: Value) -> Value {
        let sent = self.http.post(self.at(&format!("/_emulator/{path}"))).json(&body).send().await;
        Answer::of(sent.unwrap()).await.ok()
    }

    pub(super) async fn register(&self, method: &str) -> Value {
        let body = json!({
            "client_name": "A test",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": method,
        });
        let answer = Answer::of(self.http.post(self.at("/register")).json(&body).send().await.unwrap()).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    }

    /// What a good authorization request has.
    pub(super) fn request(&self, client_id: &str) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("client_id", client_id.to_owned()),
            ("redirect_uri", CALLBACK.to_owned()),
            ("response_type", "code".to_owned()),
            ("state", "s t".to_owned()),
            ("code_challenge", CHALLENGE.to_owned()),
            ("code_challenge_method", "S256".to_owned()),
            ("resource", self.hosted().url()),
        ])
    }

    pub(super) async fn authorize(&self, parameters: &BTreeMap<&'static str, String>) -> Answer {
        let sent = self.http.get(self.at("/authorize")).query(parameters).send().await;
        Answer::of(sent.unwrap()).await
    }

    /// A code for the person of the consent.
    pub(super) async fn code(&self, client_id: &str) -> String {
        let answer = self.authorize(&self.request(client_id)).await;
        let went = returned(&answer);
        assert_eq!(went["state"], "s t");
        went["code"].clone()
    }

    pub(super) fn exchange(&self, client_id: &str, code: &str) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", client_id.to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", CALLBACK.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
            ("resource", self.hosted().url()),
        ])
    }

    pub(super) async fn form(&self, path: &str, parameters: &BTreeMap<&'static str, String>) -> Answer {
        Answer::of(as_form(self.http.post(self.at(path)), parameters).send().await.unwrap()).await
    }

    /// Registers a public client and has it connected.
    pub(super) async fn connect(&self) -> Pair {
        let client = self.register("none").await;
        let client_id = client["client_id"].as_str().unwrap().to_owned();
        let code = self.code(&client_id).await;
        let body = self.form("/token", &self.exchange(&client_id, &code)).await.ok();
        Pair { client_id, body }
    }

    pub(super) fn renewal(&self, pair: &Pair) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", pair.client_id.clone()),
            ("refresh_token", pair.refresh().to_owned()),
            ("resource", self.hosted().url()),
        ])
    }

    pub(super) async fn renew(&self, pair: &Pair) -> Answer {
        self.form("/token", &self.renewal(pair)).await
    }

    /// The status that the MCP endpoint has for an access token.
    pub(super) async fn status(&self, pair: &Pair) -> u16 {
        self.modern(pair, "tools/list", json!({})).await.status
    }

    pub(super) fn post(&self, token: &str) -> reqwest::RequestBuilder {
        self.http
            .post(self.hosted().url())
            .bearer_auth(token)
            .header("accept", "application/json, text/event-stream")
    }

    /// A request of the revision without sessions, as it has to be.
    pub(super) fn modern_request(
        &self,
        pair: &Pair,
        method: &str,
        mut params: Value,
    ) -> reqwest::RequestBuilder {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(MODERN);
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let mut request =
            self.post(pair.access()).header("mcp-protocol-version", MODERN).header("mcp-method", method);
        if let Some(name) = params["name"].as_str() {
            request = request.header("mcp-name", name);
        }
        request.json(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
    }

    pub(super) async fn modern(&self, pair: &Pair, method: &str, params: Value) -> Answer {
        Answer::of(self.modern_request(pair, method, params).send().await.unwrap()).await
    }

    /// What a tool answers, without asking for progress.
    pub(super) async fn call(&self, pair: &Pair, tool: &str, arguments: Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        let answer = self.modern(pair, "tools/call", params).await.ok();
        let result = answer["result"].clone();
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, result["structuredContent"]);
        result
    }

    /// A session, begun; its id.
    pub(super) async fn session(&self, pair: &Pair, version: &str) -> String {
        let params = json!({
            "protocolVersion": version,
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        });
        let body = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
        let begun = Answer::of(self.post(pair.access()).json(&body).send().await.unwrap()).await;
        let id = begun.header("mcp-session-id").to_owned();
        assert_eq!(begun.ok()["result"]["protocolVersion"], version);
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let told = self.in_session(pair, &id, version).json(&ready).send().await.unwrap();
        assert_eq!(told.status().as_u16(), 202);
        id
    }

    pub(super) fn in_session(&self, pair: &Pair, session: &str, version: &str) -> reqwest::RequestBuilder {
        self.post(pair.access()).header("mcp-session-id", session).header("mcp-protocol-version", version)
    }
}

/// A request with a form.
pub(super) fn as_form(
    request: reqwest::RequestBuilder,
    parameters: &BTreeMap<&'static str, String>,
) -> reqwest::RequestBuilder {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(form)
}

pub(super) fn asks(method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method })
}

/// The parameters with which a browser is sent back.
#[track_caller]
pub(super) fn returned(answer: &Answer) -> BTreeMap<String, String> {
    assert_eq!(answer.status, 302, "{}", answer.text);
    let address = reqwest::Url::parse(answer.header("location")).unwrap();
    assert_eq!(address.as_str().split('?').next(), Some(CALLBACK));
    address.query_pairs().into_owned().collect()
}
