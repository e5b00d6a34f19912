//! Connecting a workspace through Notion, and the life of the connection: everything that happens between a browser, this
//! host and the authorization server.

mod connecting;
mod life;
mod secrets;
mod workspaces;

use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Response, redirect};
use secrecy::SecretString;
use serde_json::{Value, json};
use toolbay::configuration::OAuth;
use toolbay_kernel::administration::NewToken;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, ConnectionId, Parts};
use url::Url;

use crate::harness::{TOKEN, TestHost};

const TOKEN_ROUTE: &str = "POST /v1/oauth/token";

/// A host with the emulator's public integration, and a browser that goes nowhere by itself.
struct Connectable {
    host: TestHost,
    browser: reqwest::Client,
}

/// What a browser holds between the start and the callback.
struct BegunAuthorization {
    /// Where Notion's page is.
    page: Url,
    /// `name=value`.
    cookie: String,
}

/// The integration that the emulator serves.
fn emulated(public: &Url) -> OAuth {
    OAuth {
        client_id: "emulator-client".to_owned(),
        client_secret: SecretString::from("secret_emulator_client"),
        redirect_uri: public.join("/oauth/callback").unwrap(),
    }
}

/// A port that was free a moment ago: the address that people come back to has to be known before the host starts.
fn free_address() -> std::net::SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Connectable {
    /// Without another connection.
    async fn start() -> Self {
        Self::start_with(|configuration| configuration.secrets.notion_token = None).await
    }

    async fn start_with(configure: impl FnOnce(&mut toolbay::Configuration)) -> Self {
        let host = TestHost::start_with(&["probe"], |configuration| {
            configuration.listen = free_address();
            configuration.public_url = format!("http://{}", configuration.listen).parse().unwrap();
            configuration.oauth = Some(emulated(&configuration.public_url));
            configure(configuration);
        })
        .await;
        let browser =
            reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { host, browser }
    }

    async fn ask_to_start(&self, token: Option<&str>, query: &[(&str, &str)]) -> Response {
        let url = Url::parse_with_params(&format!("{}/oauth/start", self.host.url), query).unwrap();
        let request = self.browser.get(url).header(ACCEPT, "application/json");
        token.into_iter().fold(request, |request, token| request.bearer_auth(token)).send().await.unwrap()
    }

    async fn begin(&self, token: &str, query: &[(&str, &str)]) -> BegunAuthorization {
        let answer = self.ask_to_start(Some(token), query).await;
        let cookie = header(&answer, SET_COOKIE.as_str());
        assert_eq!(answer.status(), 200);
        let envelope: Value = answer.json().await.unwrap();
        let page = envelope["result"]["authorize_url"].as_str().unwrap().parse().unwrap();
        BegunAuthorization { page, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    /// The person agrees, or whatever the emulator was told; where the browser is sent.
    async fn agree(&self, begun: &BegunAuthorization) -> Url {
        let answer = self.browser.get(begun.page.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 302);
        header(&answer, LOCATION.as_str()).parse().unwrap()
    }

    async fn come_back(&self, to: &Url, cookie: Option<&str>) -> Response {
        let request = self.browser.get(to.clone());
        let request = cookie.into_iter().fold(request, |request, cookie| request.header(COOKIE, cookie));
        request.send().await.unwrap()
    }

    /// The whole of it; the answer to who wants to be sent nowhere.
    async fn connect_as(&self, token: &str, query: &[(&str, &str)]) -> Value {
        let begun = self.begin(token, query).await;
        let back = self.agree(&begun).await;
        let answer = self.come_back(&back, Some(&begun.cookie)).await;
        let envelope: Value = answer.json().await.unwrap();
        assert_eq!(envelope["ok"], json!(true), "{envelope:#}");
        envelope["result"].clone()
    }

    async fn connect(&self) -> Value {
        self.connect_as(TOKEN, &[]).await
    }

    async fn me(&self, connection: &Value) -> (u16, Value) {
        let arguments =
            json!({"path": "/v1/users/me", "connection_id": connection["connection_id"].as_str().unwrap()});
        self.host.call("probe_notion_get", arguments).await
    }

    async fn assert_works(&self, connection: &Value) {
        let (status, envelope) = self.me(connection).await;
        assert_eq!((status, &envelope["result"]["body"]["object"]), (200, &json!("user")), "{envelope:#}");
    }

    /// How often the authorization server was asked for a pair since the last time.
    fn exchanges(&self) -> u64 {
        let asked = self.host.emulator.requests().of(TOKEN_ROUTE);
        self.host.emulator.forget_requests();
        asked
    }

    async fn connections(&self) -> Vec<Value> {
        self.host.get("/v1/connections").await["result"]["connections"].as_array().unwrap().clone()
    }

    async fn stop(self) {
        self.host.stop().await;
    }
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers()[name].to_str().unwrap().to_owned()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn error(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let envelope: Value = answer.json().await.unwrap();
    (status, envelope["error"].clone())
}

fn token(name: &str, connections: Allowed<ConnectionId>) -> NewToken {
    NewToken {
        name: name.to_owned(),
        tools: Allowed::All,
        connections,
        default_connection: None,
        strongest: Access::Destroys,
        parts: Parts::everything(),
        rates: Rates::default(),
        expires_at: None,
        administers: false,
    }
}
