//! Who may do what: clients that find this host, people who sign in and decide, and the tokens that come of it.

mod attacks;
mod flow;
mod isolation;
mod people;
mod replayed;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Response, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use toolbay::configuration::OAuth;
use toolbay_http::Reach;
use toolbay_kernel::connecting::People;
use url::Url;

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

/// A form, as browsers and clients send it.
trait SendForm {
    fn form(self, fields: &[(&str, &str)]) -> Self;
}

impl SendForm for reqwest::RequestBuilder {
    fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    }
}

/// Where clients of these tests come back to. Nothing is there: the browser reads the address and goes no further.
const BACK: &str = "http://127.0.0.1:7/callback";

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A host whose people sign in at the emulator's Notion.
struct World {
    host: TestHost,
    http: reqwest::Client,
}

/// A browser: it keeps cookies, and goes where it is told, one step at a time.
struct Browser<'a> {
    world: &'a World,
    cookies: Mutex<HashMap<String, String>>,
}

/// Tokens of a client.
#[derive(Debug, Clone)]
struct Tokens {
    access: String,
    refresh: String,
    scope: String,
}

impl World {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(configure: impl FnOnce(&mut toolbay::Configuration)) -> Self {
        Self::start_of(&["probe", "pages"], configure).await
    }

    async fn start_with_every_plugin() -> Self {
        Self::start_of(&BUILT_IN, |_| {}).await
    }

    async fn start_of(plugins: &[&str], configure: impl FnOnce(&mut toolbay::Configuration)) -> Self {
        let host = TestHost::start_with(plugins, |configuration| {
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            configuration.listen = free;
            configuration.public_url = format!("http://{free}").parse().unwrap();
            configuration.secrets.notion_token = None;
            configuration.documents = Reach::ThisMachine;
            configuration.people = People::Anybody;
            configuration.oauth = Some(OAuth {
                client_id: "emulator-client".to_owned(),
                client_secret: SecretString::from("secret_emulator_client"),
                redirect_uri: configuration.public_url.join("/oauth/callback").unwrap(),
            });
            configure(configuration);
        })
        .await;
        let http = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { host, http }
    }

    fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookies: Mutex::default() }
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.host.url)
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(self.address(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    async fn register(&self, metadata: Value) -> (u16, Value) {
        let answer = self.http.post(self.address("/oauth/register")).json(&metadata).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// A public client that registered itself.
    async fn client(&self) -> String {
        let metadata = json!({
            "client_name": "Test client",
            "redirect_uris": [BACK],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        });
        let (status, client) = self.register(metadata).await;
        assert_eq!(status, 201, "{client}");
        client["client_id"].as_str().unwrap().to_owned()
    }

    /// Where a client sends the browser.
    fn authorize_url(&self, client: &str, more: &[(&str, &str)]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let resource = self.address("/mcp");
        let mut parameters = vec![
            ("client_id", client),
            ("response_type", "code"),
            ("redirect_uri", BACK),
            ("state", "the-state"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("scope", "reads writes"),
            ("resource", &resource),
        ];
        for (name, value) in more {
            parameters.retain(|(known, _)| known != name);
            if !value.is_empty() {
                parameters.push((name, value));
            }
        }
        Url::parse_with_params(&self.address("/oauth/authorize"), parameters).unwrap().into()
    }

    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.http.post(self.address("/oauth/token")).form(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn exchange(&self, client: &str, code: &str) -> Tokens {
        let (status, answer) = self.token(&code_form(client, code)).await;
        assert_eq!(status, 200, "{answer}");
        Tokens::of(&answer)
    }

    async fn refresh(&self, client: &str, refresh: &str) -> (u16, Value) {
        let form = [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", refresh)];
        self.token(&form).await
    }

    /// A call by a token, over REST.
    async fn call(&self, token: &str, tool: &str, arguments: Value) -> (u16, Value) {
        let request = self.http.post(self.address(&format!("/v1/tools/{tool}"))).bearer_auth(token);
        let answer = request.json(&arguments).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Whether a token lets anybody in.
    async fn lets_in(&self, token: &str) -> bool {
        let answer = self.http.get(self.address("/v1/connections")).bearer_auth(token).send().await.unwrap();
        answer.status() == 200
    }

    /// The whole way of a person who has never been here: their tokens.
    async fn authorized(&self, client: &str) -> Tokens {
        let browser = self.browser();
        let back = browser.through_notion(&self.authorize_url(client, &[])).await;
        self.exchange(client, &parameter(&back, "code").unwrap()).await
    }

    async fn operator_link(&self) -> String {
        let link = self.host.host().gateway.identity.link().await.unwrap();
        self.address(&format!("/sign-in?link={}", link.expose_secret()))
    }

    async fn stop(self) {
        self.host.stop().await;
    }
}

fn code_form<'a>(client: &'a str, code: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
}

impl Tokens {
    fn of(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer["token_type"], "Bearer");
        Self { access: text("access_token"), refresh: text("refresh_token"), scope: text("scope") }
    }
}

impl Browser<'_> {
    async fn get(&self, url: &str) -> Response {
        self.send(self.world.http.get(url)).await
    }

    /// Sends a form as a page of the host would.
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.world.http.post(self.world.address(path)).form(form);
        self.send(
            request.header("Origin", self.world.host.url.clone()).header("Sec-Fetch-Site", "same-origin"),
        )
        .await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Response {
        let cookies: Vec<String> =
            self.cookies.lock().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) };
        let answer = request.header("Accept", "text/html").send().await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.contains("HttpOnly; SameSite=Lax"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.lock().remove(name);
            } else {
                self.cookies.lock().insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Opens a client's address: the name of the request that waits, and the page.
    async fn asked(&self, url: &str) -> (String, String) {
        let answer = self.get(url).await;
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
        let page = location(&answer);
        let page = Url::parse(&self.world.address(&page)).unwrap();
        let request = parameter(&page, "request").unwrap();
        let answer = self.get(page.as_str()).await;
        assert_eq!(answer.status(), 200);
        (request, answer.text().await.unwrap())
    }

    /// Decides, and answers where the browser goes.
    async fn decide(&self, form: &[(&str, &str)]) -> Url {
        let answer = self.post("/oauth/authorize", form).await;
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
        location(&answer).parse().unwrap()
    }

    /// Allows the client, goes to Notion, agrees there, and comes back: where the client is told.
    async fn through_notion(&self, url: &str) -> Url {
        let (request, _) = self.asked(url).await;
        let form = [("request", &*request), ("decision", "connect"), ("access", "writes")];
        let notion = self.decide(&form).await;
        self.agree(&notion).await
    }

    /// Agrees at Notion's page, and answers where the host sends the browser.
    async fn agree(&self, notion: &Url) -> Url {
        let answer = self.world.http.get(notion.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 302);
        let answer = self.get(&location(&answer)).await;
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
        let to = location(&answer);
        Url::parse(&to).unwrap_or_else(|_| self.world.address(&to).parse().unwrap())
    }

    async fn sign_in_as_operator(&self) {
        let link: Url = self.world.operator_link().await.parse().unwrap();
        let link = parameter(&link, "link").unwrap();
        let answer = self.post("/sign-in", &[("link", &link)]).await;
        assert_eq!((answer.status().as_u16(), location(&answer).as_str()), (303, "/console"));
    }

    async fn text(&self, path: &str) -> String {
        self.get(&self.world.address(path)).await.text().await.unwrap()
    }
}

async fn revoke(world: &World, form: &[(&str, &str)]) {
    let answer = world.http.post(world.address("/oauth/revoke")).form(form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

fn location(answer: &Response) -> String {
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let rest = &page[at..];
    rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}
