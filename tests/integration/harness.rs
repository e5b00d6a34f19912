//! A host that a test starts, and the ways in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use notion_emulator::{Emulator, Options};
use parking_lot::Mutex;
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use toolbay::host::{Host, Purpose, compiler_of, listen};
use toolbay::{Configuration, Environment, Layer, Running};
use url::Url;

/// The bearer token of every test host.
pub(crate) const TOKEN: &str = "test-token-that-is-long-enough";

/// Longest that a host in a process of its own may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Longest that a change of the folder may take to be live.
pub(crate) const LIVE_WITHIN: Duration = Duration::from_secs(2);

/// The program under test.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_toolbay"))
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// An HTTP client, and the cryptography that the process needs before the first one.
pub(crate) fn client() -> reqwest::Client {
    // A second provider in one process finds the first.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A plugin that `script/plugins` packed.
pub(crate) fn packed(plugin: &str) -> Vec<u8> {
    let file = root().join(format!("target/plugins/{plugin}.wasm"));
    fs::read(&file).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; build it: script/plugins target/plugins plugins/*/ tests/fixtures/*/",
            file.display()
        )
    })
}

/// What earlier tests compiled: a dozen plugins take longer to compile than most tests to run. Code is kept by digest and
/// engine, so one that changed is compiled again.
mod compiled {
    use std::fs;
    use std::os::unix::fs::DirBuilderExt as _;
    use std::path::Path;

    fn shared() -> std::path::PathBuf {
        super::root().join("target/compiled-plugins")
    }

    pub(super) fn take(data_dir: &Path) {
        copy(&shared(), &data_dir.join("cache"));
    }

    pub(super) fn give(data_dir: &Path) {
        copy(&data_dir.join("cache"), &shared());
    }

    /// The names of code and of its record; whatever else is there is being written.
    fn is_whole(file: &Path) -> bool {
        file.extension().is_some_and(|extension| extension == "cwasm" || extension == "json")
    }

    /// Copies what isn't there yet. Several tests do it at the same time, so a file appears whole or not at all.
    fn copy(from: &Path, to: &Path) {
        let Ok(engines) = fs::read_dir(from) else { return };
        for engine in engines.map(Result::unwrap) {
            let folder = to.join(engine.file_name());
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).unwrap();
            for file in fs::read_dir(engine.path()).unwrap().map(Result::unwrap) {
                let target = folder.join(file.file_name());
                if !target.exists() && is_whole(&file.path()) {
                    let part = tempfile::Builder::new().suffix(".part").tempfile_in(&folder).unwrap();
                    fs::copy(file.path(), part.path()).unwrap();
                    part.persist(&target).unwrap();
                }
            }
        }
    }
}

pub(crate) struct TestHost {
    pub(crate) emulator: Emulator,
    pub(crate) url: String,
    pub(crate) plugin_dir: PathBuf,
    pub(crate) data_dir: PathBuf,
    pub(crate) client: reqwest::Client,
    configuration: Configuration,
    running: Option<Running>,
    /// Further variables of the processes that can be killed.
    killable_environment: Vec<(String, String)>,
    _data: TempDir,
}

impl TestHost {
    /// A host with these plugins, each granted everything that it asks for.
    pub(crate) async fn start(plugins: &[&str]) -> Self {
        Self::start_with(plugins, |_| {}).await
    }

    /// The same, with a say in the configuration.
    pub(crate) async fn start_with(plugins: &[&str], configure: impl FnOnce(&mut Configuration)) -> Self {
        let client = client();
        let emulator = Emulator::start(Options { rate_limit: None, ..Options::default() }).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let plugin_dir = data.path().join("plugins");
        fs::create_dir(&plugin_dir).unwrap();
        for plugin in plugins {
            fs::write(plugin_dir.join(format!("{plugin}.wasm")), packed(plugin)).unwrap();
        }
        let layer = Layer {
            data_dir: Some(data.path().join("data")),
            plugin_dir: Some(plugin_dir.clone()),
            listen: Some("127.0.0.1:0".parse().unwrap()),
            notion_api_url: Some(Url::parse(&emulator.url()).unwrap()),
            notion_requests_per_minute: Some(60_000),
            ..Layer::default()
        };
        let mut configuration = Configuration::resolve(layer, &Environment::of(&[])).unwrap();
        configuration.secrets.action_api_token = Some(SecretString::from(TOKEN));
        configuration.secrets.notion_token = Some(SecretString::from(emulator.token().to_owned()));
        for plugin in plugins {
            let all = toolbay::capabilities::registry().names().collect();
            configuration.grants.insert(plugin.parse().unwrap(), all);
        }
        configure(&mut configuration);
        let data_dir = configuration.data_dir.clone();
        compiled::take(&data_dir);
        let host =
            Host::open(&configuration, Purpose::Serve, compiler_of(program().to_owned())).await.unwrap();
        host.load().await;
        compiled::give(&data_dir);
        let running = serve(host, &configuration).await;
        Self {
            emulator,
            url: format!("http://{}", running.address),
            plugin_dir,
            data_dir,
            client,
            configuration,
            running: Some(running),
            killable_environment: killable_environment(data.path()),
            _data: data,
        }
    }

    pub(crate) fn host(&self) -> &Host {
        &self.running.as_ref().expect("the host runs").host
    }

    pub(crate) async fn stop(mut self) {
        self.stop_host().await;
        self.emulator.stop().await;
    }

    /// Stops the host alone: its folders and the emulator are there for another one.
    pub(crate) async fn stop_host(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Stops the host in order, and starts another one with its folders.
    pub(crate) async fn restart(&mut self) {
        self.stop_host().await;
        // The process goes on, and with it for some milliseconds what the last host had begun: its file is served until that has ended.
        let begun = std::time::Instant::now();
        let host = loop {
            let compiler = compiler_of(program().to_owned());
            match Host::open(&self.configuration, Purpose::Serve, compiler).await {
                Ok(host) => break host,
                Err(error) => assert!(begun.elapsed() < Duration::from_secs(5), "{error:#}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        host.load().await;
        let running = serve(host, &self.configuration).await;
        self.url = format!("http://{}", running.address);
        self.running = Some(running);
    }

    /// Drops a plugin into the folder, as a person would: whole, or not at all.
    pub(crate) fn drop_file(&self, name: &str, bytes: &[u8]) {
        let part = self.plugin_dir.join(format!("{name}.part"));
        fs::write(&part, bytes).unwrap();
        fs::rename(part, self.plugin_dir.join(name)).unwrap();
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.url)).bearer_auth(TOKEN)
    }

    /// A tool over REST: status and envelope.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> (u16, Value) {
        let answer =
            self.request("POST", &format!("/v1/tools/{tool}")).json(&arguments).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The result of a tool that has to succeed.
    pub(crate) async fn result(&self, tool: &str, arguments: Value) -> Value {
        let (status, envelope) = self.call(tool, arguments).await;
        assert_eq!((status, &envelope["ok"]), (200, &json!(true)), "{envelope:#}");
        envelope["result"].clone()
    }

    /// The error of a tool that has to fail.
    pub(crate) async fn error(&self, tool: &str, arguments: Value) -> Value {
        let (status, envelope) = self.call(tool, arguments).await;
        assert!(status >= 400 && envelope["ok"] == json!(false), "{envelope:#}");
        envelope["error"].clone()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.request("GET", path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// MCP of 2026-07-28: no session, everything in the request.
    pub(crate) async fn modern(&self, method: &str, params: Value) -> Value {
        let (status, message) = self.modern_raw(method, params).await;
        assert_eq!(status, 200, "{message:#}");
        message
    }

    pub(crate) async fn modern_raw(&self, method: &str, mut params: Value) -> (u16, Value) {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let mut request = self
            .request("POST", "/mcp")
            .header("Accept", "application/json, text/event-stream")
            .header("MCP-Protocol-Version", "2026-07-28")
            .header("Mcp-Method", method);
        if let Some(name) = params.get("name").and_then(Value::as_str) {
            request = request.header("Mcp-Name", name);
        }
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        answer_of(request.json(&message).send().await.unwrap()).await
    }

    /// MCP as clients up to 2025-11-25 speak it, after `initialize`.
    pub(crate) async fn legacy(&self, method: &str, params: Value) -> Value {
        let request = self
            .request("POST", "/mcp")
            .header("Accept", "application/json, text/event-stream")
            .header("MCP-Protocol-Version", "2025-11-25");
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let (status, message) = answer_of(request.json(&message).send().await.unwrap()).await;
        assert_eq!(status, 200, "{message:#}");
        message
    }

    /// Waits until `condition` holds, at most as long as a change of the folder may take.
    pub(crate) async fn soon(&self, what: &str, condition: impl AsyncFn() -> bool) {
        // The promise is two seconds on a quiet machine; a busy one gets the rest.
        let end = Instant::now() + LIVE_WITHIN * 10;
        while !condition().await {
            assert!(Instant::now() < end, "not within {:?}: {what}", LIVE_WITHIN * 10);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn publishes(&self, tool: &str) -> bool {
        self.host().gateway.catalogs.current().get(tool).is_some()
    }
}

async fn serve(host: Arc<Host>, configuration: &Configuration) -> Running {
    let listener = listen(configuration.listen).await.unwrap();
    host.serve(listener, configuration, configuration.server.clone()).unwrap()
}

/// A port below those that systems give out by themselves: while a host is dead, nobody else gets it.
pub(crate) fn port_of_its_own() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 15_000).unwrap();
    let ports =
        (0..15_000).map(|_| 15_000 + first.wrapping_add(NEXT.fetch_add(7, Ordering::Relaxed)) % 15_000);
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.into_iter().find(is_free).expect("a free port")
}

/// What the processes that can be killed are told beside the rest: an emulator works on no request for long; and the database, where
/// the environment names one.
fn killable_environment(folder: &Path) -> Vec<(String, String)> {
    let file = folder.join("toolbay.toml");
    fs::write(&file, "[calls]\nsettle_seconds = 1\n").unwrap();
    let mut told = vec![("TOOLBAY_CONFIG".to_owned(), file.display().to_string())];
    if let Ok(url) = std::env::var("TOOLBAY_TEST_DATABASE_URL") {
        let key = "a2V5LWthbmFyaWUta2V5LWthbmFyaWUta2V5LWthbmE=".to_owned();
        told.extend([("DATABASE_URL".to_owned(), url), ("TOKEN_ENCRYPTION_KEY".to_owned(), key)]);
    }
    told
}

/// The program with the folders and the Notion of a host.
pub(crate) fn command(host: &TestHost, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .arg("--data-dir")
        .arg(&host.data_dir)
        .arg("--plugin-dir")
        .arg(&host.plugin_dir)
        .arg("--notion-api-url")
        .arg(host.emulator.url())
        .env("NOTION_TOKEN", host.emulator.token());
    command
}

/// A host in a process of its own, with the folders of another one that has made way for it: one that can be killed.
pub(crate) struct Killable {
    pub(crate) url: String,
    child: Child,
    /// Its log, where no file has it.
    said: Arc<Mutex<String>>,
}

impl Killable {
    /// Begins a process that serves there, whatever becomes of it. Its plugins may do what they ask for.
    pub(crate) fn spawn(host: &TestHost, address: &str) -> Child {
        Self::command(host, address).spawn().unwrap()
    }

    fn command(host: &TestHost, address: &str) -> Command {
        let mut command = command(host, &["serve", "--listen", address]);
        command
            .env("NOTION_REQUESTS_PER_MINUTE", "60000")
            .env("TOOLBAY_GRANT_ON_DROP", "notion.read,notion.write,notion.destroy,tools.call,state")
            .env("ACTION_API_TOKEN", TOKEN)
            .envs(host.killable_environment.iter().cloned())
            .stderr(fs::File::create(host.data_dir.join("killable.log")).unwrap());
        command
    }

    /// Starts one, and waits until it is ready.
    pub(crate) async fn start(host: &TestHost) -> Self {
        Self::start_at(host, &format!("127.0.0.1:{}", port_of_its_own())).await
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }

    /// The same, where another one listened.
    pub(crate) async fn start_at(host: &TestHost, address: &str) -> Self {
        Self::ready(host, address, Self::command(host, address)).await
    }

    /// One that ends at a passage of a step by itself, such as `sent:2`.
    pub(crate) async fn start_to_fail(host: &TestHost, address: &str, point: &str) -> Self {
        let mut command = Self::command(host, address);
        command.env("TOOLBAY_TEST_FAIL_POINT", point);
        Self::ready(host, address, command).await
    }

    /// One that goes on where a file of its can't grow, and whose log is no file.
    pub(crate) async fn start_undisturbed(host: &TestHost) -> Self {
        let address = format!("127.0.0.1:{}", port_of_its_own());
        let plain = Self::command(host, &address);
        // What a process is told to ignore, the program in its place ignores too.
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#])
            .arg(plain.get_program())
            .args(plain.get_args());
        command
            .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .stderr(Stdio::piped());
        Self::ready(host, &address, command).await
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to a log that is no file.
    pub(crate) fn said(&self) -> String {
        self.said.lock().clone()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    async fn ready(host: &TestHost, address: &str, mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let said = Arc::<Mutex<String>>::default();
        if let Some(log) = child.stderr.take() {
            let said = Arc::clone(&said);
            std::thread::spawn(move || {
                use std::io::{BufRead, BufReader};
                for line in BufReader::new(log).lines().map_while(Result::ok) {
                    said.lock().push_str(&(line + "\n"));
                }
            });
        }
        let mut killable = Self { url: format!("http://{address}"), child, said };
        let path = format!("{}/readyz", killable.url);
        let end = Instant::now() + READY_WITHIN;
        let mut last = String::new();
        loop {
            // Whoever else listens there may never answer.
            match host.client.get(&path).timeout(Duration::from_secs(5)).send().await {
                Ok(answer) if answer.status().is_success() => return killable,
                Ok(answer) => last = answer.text().await.unwrap_or_default(),
                Err(error) => last.push_str(&error.to_string()),
            }
            let log = || fs::read_to_string(host.data_dir.join("killable.log")).unwrap_or_default();
            assert!(killable.child.try_wait().unwrap().is_none(), "the host ended: {}", log());
            assert!(Instant::now() < end, "not ready at {address}: {last}\n{}", log());
            last.truncate(2_000);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGKILL: no chance to do anything more.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

/// Also where its test fails: nobody else would end it.
impl Drop for Killable {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _may_have_ended = self.child.wait();
    }
}

/// The message of an answer, which is JSON or a stream of events that ends with it.
async fn answer_of(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let is_stream = answer
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/event-stream"));
    let text = answer.text().await.unwrap();
    if !is_stream {
        return (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}")));
    }
    let message = messages(&text).into_iter().rfind(|message| message.get("id").is_some()).unwrap();
    (status, message)
}

/// The messages of an event stream.
pub(crate) fn messages(stream: &str) -> Vec<Value> {
    stream
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str(data.trim()).ok())
        .collect()
}

/// What a client over stdio gets to a series of requests, by their ids.
pub(crate) fn over_stdio(host: &TestHost, messages: &[Value]) -> Map<String, Value> {
    use std::io::{BufRead, BufReader, Write};

    let mut child = command(host, &["mcp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut answers = Map::new();
    for message in messages {
        writeln!(input, "{message}").unwrap();
        let Some(id) = message.get("id") else { continue };
        let answer = loop {
            let answer: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            if answer.get("id") == Some(id) {
                break answer;
            }
        };
        answers.insert(id.to_string(), answer);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
    answers
}
