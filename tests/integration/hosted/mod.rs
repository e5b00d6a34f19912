//! An MCP server that people have accounts at, as Notion's hosted one: connecting, renewing, calling, and its proxy.

mod flow;
mod life;
mod proxy;

use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toolbay::configuration::UpstreamLayer;
use toolbay_kernel::administration::AdministrationStore as _;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::principal::Allowed;
use url::Url;

use crate::harness::{TOKEN, TestHost, port_of_its_own};

/// A host before the emulator's hosted server, and a browser that goes nowhere by itself.
pub(crate) struct Hosted {
    pub(crate) host: TestHost,
    browser: reqwest::Client,
}

/// What a front end holds of an authorization that has begun.
pub(crate) struct Begun {
    page: Url,
    cookie: String,
    state: String,
}

impl Hosted {
    pub(crate) async fn start() -> Self {
        Self::start_with("oauth = true").await
    }

    /// With these settings of the upstream.
    pub(crate) async fn start_with(settings: &str) -> Self {
        let host = TestHost::start_with(&[], |configuration| {
            configuration.listen = ([127, 0, 0, 1], port_of_its_own()).into();
            configuration.public_url = format!("http://{}", configuration.listen).parse().unwrap();
            let url = configuration.notion_api_url.join("/mcp").unwrap();
            let text = format!("url = \"{url}\"\nallow_private = true\n{settings}");
            let layer: UpstreamLayer = toml::from_str(&text).unwrap();
            let name = "notion".parse().unwrap();
            let public = &configuration.public_url;
            configuration.upstreams = vec![layer.resolve(&name, &configuration.data_dir, public).unwrap()];
        })
        .await;
        let browser =
            reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { host, browser }
    }

    /// Begins as a front end does.
    pub(crate) async fn begin(&self, token: &str) -> Begun {
        let url = format!("{}/integrations/notion/oauth/mcp/start", self.host.url);
        let answer = self.browser.get(url).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        let page = body["authorizeUrl"].as_str().unwrap().parse().unwrap();
        Begun { page, cookie, state: body["state"].as_str().unwrap().to_owned() }
    }

    /// The person agrees, or whatever the emulator was told; where the browser is sent.
    pub(crate) async fn agree(&self, begun: &Begun) -> Url {
        let answer = self.browser.get(begun.page.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 302, "{}", answer.text().await.unwrap());
        answer.headers()[LOCATION].to_str().unwrap().parse().unwrap()
    }

    /// The browser comes back.
    pub(crate) async fn come_back(&self, to: &Url, begun: &Begun) -> (u16, Value) {
        let request =
            self.browser.get(to.clone()).header(COOKIE, &begun.cookie).header(ACCEPT, "application/json");
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub(crate) async fn connect_as(&self, token: &str) -> Value {
        let begun = self.begin(token).await;
        let back = self.agree(&begun).await;
        let (status, envelope) = self.come_back(&back, &begun).await;
        assert_eq!((status, &envelope["ok"]), (200, &json!(true)), "{envelope:#}");
        envelope["result"].clone()
    }

    /// Connects an account, and waits until its tools are there.
    pub(crate) async fn connect(&self) -> Value {
        let connected = self.connect_as(TOKEN).await;
        self.host.soon("its tools", async || self.host.publishes(SEARCH)).await;
        connected
    }

    /// A token that may do everything, on these connections.
    pub(crate) async fn token(&self, name: &str) -> String {
        let new = toolbay_kernel::administration::NewToken {
            name: name.to_owned(),
            tools: Allowed::All,
            connections: Allowed::Only([].into()),
            default_connection: None,
            strongest: toolbay_kernel::Access::Destroys,
            parts: toolbay_kernel::Parts::everything(),
            rates: toolbay_kernel::rate::Rates::default(),
            expires_at: None,
            administers: false,
        };
        let store = &self.host.host().store;
        let (secret, _) = store.create_token(&new, &Actor::operator()).await.unwrap().unwrap();
        secret.expose_secret().to_owned()
    }

    pub(crate) async fn call_as(&self, token: &str, tool: &str, arguments: Value) -> (u16, Value) {
        let url = format!("{}/v1/tools/{tool}", self.host.url);
        let answer = self.host.client.post(url).bearer_auth(token).json(&arguments).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Requests for tokens by a refresh token, so far.
    pub(crate) fn renewals(&self) -> usize {
        let requests = self.host.emulator.hosted().token_requests();
        requests.iter().filter(|request| request.grant_type.as_deref() == Some("refresh_token")).count()
    }

    pub(crate) fn root(&self) -> String {
        self.host.emulator.ids().root_page.to_string()
    }

    pub(crate) async fn stop(self) {
        self.host.stop().await;
    }
}

/// A tool that reads.
pub(crate) const SEARCH: &str = "notion_notion_search";

/// A tool that writes.
pub(crate) const COMMENT: &str = "notion_notion_create_comment";
