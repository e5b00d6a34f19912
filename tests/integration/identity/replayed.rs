//! What `ChatGPT` and Claude are documented, or were seen, to send, request by request: from the first one without a token to
//! a call that needs more than the person allowed.

use reqwest::header::{ACCEPT, USER_AGENT, WWW_AUTHENTICATE};
use serde_json::{Value, json};
use url::Url;

use super::flow::document;
use super::{SendForm as _, VERIFIER, World, hidden, parameter};

const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

/// How a client comes to be known.
enum Known {
    /// By the document at its address.
    Documented,
    /// It registers itself, with these members beside its addresses.
    Registers(Value),
    /// The operator added it, with a secret.
    Added,
}

/// A client, as this host meets it.
struct Product<'a> {
    world: &'a World,
    agent: &'static str,
    /// Where its browser comes back to.
    callback: &'static str,
    /// What it sends along with each request.
    headers: &'static [(&'static str, &'static str)],
}

struct Credentials {
    id: String,
    secret: Option<String>,
}

/// The addresses that discovery came to.
struct Discovered {
    resource: String,
    scope: String,
    server: Value,
}

const CHATGPT: (&str, &[(&str, &str)]) =
    ("openai-mcp/1.0.0", &[("x-openai-session", "v1/session"), ("x-openai-subject", "v1/subject")]);
const CLAUDE: (&str, &[(&str, &str)]) = ("Claude-User", &[]);

impl<'a> Product<'a> {
    fn new(
        world: &'a World,
        (agent, headers): (&'static str, &'static [(&'static str, &'static str)]),
        callback: &'static str,
    ) -> Self {
        Self { world, agent, callback, headers }
    }

    /// One message to the endpoint.
    async fn message(&self, version: &str, token: Option<&str>, message: &Value) -> reqwest::Response {
        let mut request = self
            .world
            .http
            .post(self.world.address("/mcp"))
            .header(USER_AGENT, self.agent)
            .header(ACCEPT, "application/json, text/event-stream");
        let method = message["method"].as_str().unwrap();
        if method != "initialize" {
            request = request.header("MCP-Protocol-Version", version);
        }
        if version == MODERN {
            request = request.header("Mcp-Method", method);
            if let Some(name) = message["params"]["name"].as_str() {
                request = request.header("Mcp-Name", name);
            }
        }
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.json(message).send().await.unwrap()
    }

    async fn result(&self, version: &str, token: &str, message: Value) -> Value {
        let answer = self.message(version, Some(token), &message).await;
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer.get("result").is_some(), "{status} {message}: {answer:#}");
        answer["result"].clone()
    }

    /// From the refusal of the first request to the server's metadata, along the addresses that they name.
    async fn discover(&self, first: &Value, version: &str) -> Discovered {
        let refused = self.message(version, None, first).await;
        assert_eq!(refused.status(), 401);
        let challenge = refused.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
        let of = |name: &str| {
            let (_, rest) = challenge.split_once(&format!("{name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        let get = async |address: &str| -> Value {
            let answer = self.world.http.get(address).header(USER_AGENT, self.agent).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{address}");
            answer.json().await.unwrap()
        };
        let resource = get(&of("resource_metadata")).await;
        let issuer = resource["authorization_servers"][0].as_str().unwrap();
        let server = get(&format!("{issuer}/.well-known/oauth-authorization-server")).await;
        // Without these the clients call a server unsupported, or fall back to addresses of each connection.
        assert_eq!(server["issuer"], issuer);
        assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(server["authorization_response_iss_parameter_supported"], true);
        assert_eq!(server["client_id_metadata_document_supported"], true);
        let methods = server["token_endpoint_auth_methods_supported"].as_array().unwrap();
        for method in ["none", "client_secret_post", "client_secret_basic"] {
            assert!(methods.contains(&json!(method)), "{method}");
        }
        // Scopes of OpenID that it offered would be asked for, and nobody could honour them.
        assert_eq!(server["scopes_supported"], json!(["reads", "writes", "destroys"]));
        Discovered { resource: resource["resource"].as_str().unwrap().to_owned(), scope: of("scope"), server }
    }

    async fn become_known(&self, known: Known, found: &Discovered) -> Credentials {
        match known {
            Known::Documented => {
                let callback = self.callback;
                let id = document(move |address| {
                    json!({"client_id": address, "client_name": "Documented", "redirect_uris": [callback],
                        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                        "token_endpoint_auth_method": "none"})
                })
                .await;
                Credentials { id, secret: None }
            }
            Known::Registers(mut metadata) => {
                metadata["redirect_uris"] = json!([self.callback]);
                metadata["grant_types"] = json!(["authorization_code", "refresh_token"]);
                metadata["response_types"] = json!(["code"]);
                let address = found.server["registration_endpoint"].as_str().unwrap();
                let request = self.world.http.post(address).header(USER_AGENT, self.agent).json(&metadata);
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 201);
                let client: Value = answer.json().await.unwrap();
                assert_eq!(client["redirect_uris"], json!([self.callback]));
                let text = |name: &str| client[name].as_str().map(str::to_owned);
                Credentials { id: text("client_id").unwrap(), secret: text("client_secret") }
            }
            Known::Added => {
                let command = ["client", "add", "Added", "--redirect-uri", self.callback, "--json"];
                let added = crate::harness::command(&self.world.host, &command).output().unwrap();
                let added: Value = serde_json::from_slice(&added.stdout).unwrap();
                let text = |name: &str| added[name].as_str().map(str::to_owned);
                Credentials { id: text("client_id").unwrap(), secret: text("client_secret") }
            }
        }
    }

    fn authorize_url(&self, client: &Credentials, found: &Discovered, scope: &str) -> String {
        let more = [("redirect_uri", self.callback), ("resource", &*found.resource), ("scope", scope)];
        let here: Url = self.world.authorize_url(&client.id, &more).parse().unwrap();
        let mut there: Url = found.server["authorization_endpoint"].as_str().unwrap().parse().unwrap();
        there.query_pairs_mut().extend_pairs(here.query_pairs());
        there.into()
    }

    /// What came back to the client's address.
    fn code(&self, back: &Url, found: &Discovered) -> String {
        assert!(back.as_str().starts_with(self.callback), "{back}");
        assert_eq!(parameter(back, "state").as_deref(), Some("the-state"));
        assert_eq!(parameter(back, "iss").as_deref(), found.server["issuer"].as_str());
        parameter(back, "code").unwrap()
    }

    async fn token(&self, client: &Credentials, found: &Discovered, form: &[(&str, &str)]) -> Value {
        let mut form = form.to_vec();
        form.extend([("client_id", &*client.id), ("resource", &found.resource)]);
        form.extend(client.secret.as_deref().map(|secret| ("client_secret", secret)));
        let address = found.server["token_endpoint"].as_str().unwrap();
        let request = self.world.http.post(address).header(USER_AGENT, self.agent).form(&form);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let tokens: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(tokens["token_type"], "Bearer");
        tokens
    }

    async fn exchanged(&self, client: &Credentials, found: &Discovered, back: &Url) -> Value {
        let code = self.code(back, found);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", self.callback),
            ("code_verifier", VERIFIER),
        ];
        self.token(client, found, &form).await
    }

    /// The whole way of a connection, and what is done with it.
    async fn connects(&self, known: Known, version: &str) {
        let probe = match version {
            MODERN => modern("server/discover", json!({})),
            _ => initialize(),
        };
        let found = self.discover(&probe, version).await;
        let client = self.become_known(known, &found).await;
        let browser = self.world.browser();
        let back = browser.through_notion(&self.authorize_url(&client, &found, &found.scope)).await;
        let tokens = self.exchanged(&client, &found, &back).await;
        assert_eq!(tokens["scope"], found.scope);
        let token = tokens["access_token"].as_str().unwrap();

        self.result(version, token, probe).await;
        if version == LEGACY {
            let message = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            assert_eq!(self.message(version, Some(token), &message).await.status(), 202);
        }
        let listed = self.result(version, token, message_of(version, "tools/list", json!({}))).await;
        let trash = self.tools_are_fit_for_a_plugin(&listed, &tokens);

        let me = json!({"name": "probe_notion_get", "arguments": {"path": "/v1/users/me"}});
        let called = self.result(version, token, message_of(version, "tools/call", me)).await;
        assert_eq!(called["isError"], false, "{called:#}");

        // More than the person allowed: the client is told what to ask for, asks, and goes on.
        let call = json!({"name": trash, "arguments": {"id": "00000000-0000-4000-8000-000000000000"}});
        let wanted = self.refused_for_scope(version, token, call.clone(), true).await;
        // With something to say meanwhile the answer is another piece of code, and the same.
        let mut observed = call.clone();
        observed["_meta"] = json!({"progressToken": 7});
        self.refused_for_scope(version, token, observed, false).await;
        let (request, page) = browser.asked(&self.authorize_url(&client, &found, &wanted)).await;
        let connection = hidden(&page, "connection");
        let form = [
            ("request", &*request),
            ("decision", "allow"),
            ("access", "destroys"),
            ("connection", &*connection),
        ];
        let back = browser.decide(&form).await;
        let tokens = self.exchanged(&client, &found, &back).await;
        assert_eq!(tokens["scope"], wanted);
        let token = tokens["access_token"].as_str().unwrap();
        let called = self.result(version, token, message_of(version, "tools/call", call)).await;
        let text = called["content"][0]["text"].as_str().unwrap();
        assert!(called["isError"] == true && !text.contains("allowed"), "the tool ran: {called:#}");

        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let renewed = self.token(&client, &found, &form).await;
        let listed = message_of(version, "tools/list", json!({}));
        self.result(version, renewed["access_token"].as_str().unwrap(), listed).await;

        // Whoever says no is told of with the host's name too.
        let (request, _) = browser.asked(&self.authorize_url(&client, &found, &found.scope)).await;
        let back = browser.decide(&[("request", &request), ("decision", "deny")]).await;
        assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
        assert_eq!(parameter(&back, "iss").as_deref(), found.server["issuer"].as_str());
    }

    /// What `ChatGPT` wants of each tool. Answers the name of one that needs more than the tokens allow.
    fn tools_are_fit_for_a_plugin(&self, listed: &Value, tokens: &Value) -> String {
        let tools = listed["tools"].as_array().unwrap();
        let scopes = |tool: &Value| tool["securitySchemes"][0]["scopes"].as_array().unwrap().len();
        for tool in tools {
            for hint in ["readOnlyHint", "destructiveHint", "openWorldHint", "idempotentHint"] {
                assert!(tool["annotations"][hint].is_boolean(), "{hint}: {tool}");
            }
            assert_eq!(tool["securitySchemes"][0]["type"], "oauth2");
            assert_eq!(tool["securitySchemes"], tool["_meta"]["securitySchemes"], "both places say the same");
            let reads = tool["annotations"]["readOnlyHint"] == true;
            assert_eq!(scopes(tool) == 1, reads, "{tool}");
        }
        let given = tokens["scope"].as_str().unwrap().split(' ').count();
        let beyond = |tool: &&Value| scopes(tool) > given && tool["name"] == "trash";
        tools.iter().find(beyond).unwrap()["name"].as_str().unwrap().to_owned()
    }

    /// The scope that the answer to a call names.
    async fn refused_for_scope(&self, version: &str, token: &str, mut call: Value, is_plain: bool) -> String {
        if !is_plain && version == MODERN {
            let progress = call["_meta"].clone();
            call = with_meta(call);
            call["_meta"]["progressToken"] = progress["progressToken"].clone();
        }
        let mut message = message_of(version, "tools/call", call.clone());
        if !is_plain {
            message["params"] = call;
        }
        let refused = self.message(version, Some(token), &message).await;
        assert_eq!(refused.status(), 403, "{message}");
        let header = refused.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
        let answer: Value = refused.json().await.unwrap();
        assert_eq!(answer["result"]["isError"], true, "{answer:#}");
        let told = answer["result"]["_meta"]["mcp/www_authenticate"][0].as_str().unwrap();
        for part in
            [r#"error="insufficient_scope""#, "error_description=\"", r#"scope="reads writes destroys""#]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(header.contains(r#"error="insufficient_scope""#) && header.contains("resource_metadata=\""));
        "reads writes destroys".to_owned()
    }
}

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": LEGACY,
        "capabilities": {"experimental": {"openai/visibility": {"enabled": true}}},
        "clientInfo": {"name": "openai-mcp", "version": "1.0.0"},
    }})
}

/// The parameters with what a modern request says of itself, and what `ChatGPT` says of its user.
fn with_meta(mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "openai-mcp", "version": "1.0.0"},
        "io.modelcontextprotocol/clientCapabilities": {},
        "openai/locale": "en-US",
        "openai/userAgent": "ChatGPT/1.2025.012",
        "openai/userLocation": {"city": "Lisbon", "country": "PT", "timezone": "Europe/Lisbon"},
        "openai/subject": "v1/subject",
        "openai/session": "v1/session",
        "openai/organization": "v1/organization",
    });
    params
}

fn modern(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": with_meta(params)})
}

fn message_of(version: &str, method: &str, params: Value) -> Value {
    match version {
        MODERN => modern(method, params),
        _ => json!({"jsonrpc": "2.0", "id": 2, "method": method, "params": params}),
    }
}

/// The stable address of its documented client, in the era that it speaks by itself.
#[tokio::test(flavor = "multi_thread")]
async fn chatgpt_connects_by_its_document() {
    let world = World::start().await;
    let chatgpt = Product::new(&world, CHATGPT, "https://chatgpt.com/connector_platform_oauth_redirect");
    chatgpt.connects(Known::Documented, MODERN).await;
    world.stop().await;
}

/// Registered once for a connection, with the address of that connection, and in the era that it falls back to.
#[tokio::test(flavor = "multi_thread")]
async fn chatgpt_connects_by_registration_and_in_the_era_that_it_falls_back_to() {
    let world = World::start().await;
    let chatgpt = Product::new(&world, CHATGPT, "https://chatgpt.com/connector/oauth/aBcD-1234");
    let metadata = json!({"client_name": "ChatGPT", "token_endpoint_auth_method": "none"});
    chatgpt.connects(Known::Registers(metadata), LEGACY).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chatgpt_connects_by_credentials_that_somebody_typed_in() {
    let world = World::start().await;
    let chatgpt = Product::new(&world, CHATGPT, "https://chatgpt.com/connector_platform_oauth_redirect");
    chatgpt.connects(Known::Added, MODERN).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_connects_by_registration_and_by_its_document() {
    let world = World::start().await;
    let claude = Product::new(&world, CLAUDE, "https://claude.ai/api/mcp/auth_callback");
    let metadata = json!({
        "client_name": "Claude", "client_uri": "https://claude.ai",
        "token_endpoint_auth_method": "client_secret_post", "scope": "reads writes",
    });
    claude.connects(Known::Registers(metadata), LEGACY).await;
    let claude = Product::new(&world, CLAUDE, "https://claude.com/api/mcp/auth_callback");
    claude.connects(Known::Documented, LEGACY).await;
    world.stop().await;
}

/// Claude Code listens on this machine for its browser.
#[tokio::test(flavor = "multi_thread")]
async fn claude_code_connects_with_an_address_of_this_machine() {
    let world = World::start().await;
    let claude = Product::new(&world, CLAUDE, "http://localhost:54545/callback");
    let metadata = json!({"client_name": "Claude Code (toolbay)", "token_endpoint_auth_method": "none"});
    claude.connects(Known::Registers(metadata), LEGACY).await;
    world.stop().await;
}
