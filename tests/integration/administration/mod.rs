//! Administration over REST, by the session of a browser and by a token: the same addresses, and nothing around the kernel.

mod connecting;
mod plugins;
mod refused;
mod session;
mod tokens;
mod upstreams;

use std::path::PathBuf;

use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{RequestBuilder, Response, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use toolbay::configuration::OAuth;
use toolbay_kernel::audit::{Act, Event};
use toolbay_kernel::connecting::People;

use crate::harness::TestHost;

/// What the configuration file says before anything is administered.
const FILE: &str = "# Mine.\n[retention]\ncalls_days = 30\n";

/// A host with a configuration file, and clients that go nowhere by themselves.
struct Desk {
    host: TestHost,
    http: reqwest::Client,
    folder: tempfile::TempDir,
}

/// Somebody who is signed in in a browser.
struct SignedIn<'a> {
    desk: &'a Desk,
    cookie: String,
    form_token: String,
}

impl Desk {
    async fn start(plugins: &[&str]) -> Self {
        Self::start_with(plugins, |_| {}).await
    }

    async fn start_with(plugins: &[&str], configure: impl FnOnce(&mut toolbay::Configuration)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("toolbay.toml");
        std::fs::write(&file, FILE).unwrap();
        let host = TestHost::start_with(plugins, |configuration| {
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            configuration.listen = free;
            configuration.public_url = format!("http://{free}").parse().unwrap();
            configuration.people = People::Anybody;
            configuration.file = Some(file);
            configuration.oauth = Some(OAuth {
                client_id: "emulator-client".to_owned(),
                client_secret: SecretString::from("secret_emulator_client"),
                redirect_uri: configuration.public_url.join("/oauth/callback").unwrap(),
            });
            configure(configuration);
        })
        .await;
        let http = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { host, http, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("toolbay.toml")
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.host.url))
    }

    /// By a token: status and envelope.
    async fn by_token(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = self.request(method, path).bearer_auth(token);
        answered(body.into_iter().fold(request, |request, body| request.json(body))).await
    }

    /// Signs in at the page for that, by a field of its form; the cookie.
    async fn cookie(&self, field: &str, value: &str) -> String {
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair(field, value).finish();
        let request = self.request("POST", "/sign-in").header("Sec-Fetch-Site", "same-origin");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 303);
        answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    async fn sign_in(&self, field: &str, value: &str) -> SignedIn<'_> {
        let cookie = self.cookie(field, value).await;
        let mut signed = SignedIn { desk: self, cookie, form_token: String::new() };
        let session = signed.get("/v1/session").await;
        signed.form_token = session["form_token"].as_str().unwrap().to_owned();
        signed
    }

    async fn operator(&self) -> SignedIn<'_> {
        let link = self.host.host().gateway.identity.link().await.unwrap();
        self.sign_in("link", link.expose_secret()).await
    }

    /// The events that are no calls', with who made them, by which way in.
    async fn changes(&self) -> Vec<(String, &'static str, Act)> {
        let is_change =
            |event: &Event| !matches!(event.act, Act::CallStarted(_) | Act::CallEnded(_) | Act::Effect(_));
        let events = self.host.events().await.into_iter().filter(is_change);
        events.map(|event| (event.by.name, event.by.surface.as_str(), event.act)).collect()
    }

    async fn stop(self) {
        self.host.stop().await;
    }
}

impl SignedIn<'_> {
    /// A request of a page of this host.
    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let request = self.desk.request(method, path).header(COOKIE, &self.cookie);
        request.header("Sec-Fetch-Site", "same-origin").header("X-Form-Token", &self.form_token)
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = self.request(method, path);
        answered(body.into_iter().fold(request, |request, body| request.json(body))).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, envelope) = self.ask("GET", path, None).await;
        assert_eq!(status, 200, "{path}: {envelope:#}");
        envelope["result"].clone()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, envelope) = self.ask("POST", path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {envelope:#}");
        envelope["result"].clone()
    }

    async fn delete(&self, path: &str) -> Value {
        let (status, envelope) = self.ask("DELETE", path, None).await;
        assert_eq!(status, 200, "{path}: {envelope:#}");
        envelope["result"].clone()
    }
}

async fn answered(request: RequestBuilder) -> (u16, Value) {
    let answer: Response = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// The code of a refusal.
fn code(envelope: &Value) -> &str {
    envelope["error"]["code"].as_str().unwrap_or_default()
}

/// A token by its name, of a listing.
fn named<'a>(listed: &'a Value, of: &str, name: &str) -> &'a Value {
    let found = listed[of].as_array().unwrap().iter().find(|one| one["name"] == json!(name));
    found.unwrap_or_else(|| panic!("no {name} in {listed:#}"))
}
