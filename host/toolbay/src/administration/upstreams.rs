//! The MCP servers behind this host, as administration needs them.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use toolbay_kernel::administration::{
    NewServer, UpstreamRecord, UpstreamServers, UpstreamTransport, is_credential,
};
use toolbay_kernel::audit::{Act, Actor, Event, UpstreamChange};
use toolbay_kernel::ports::AuditLog as _;
use toolbay_kernel::upstream::{UpstreamClients, UpstreamName, UpstreamTools as _};
use toolbay_kernel::{Code, Connecting, Problem, System};
use toolbay_store::Store;
use toolbay_upstream::{UpstreamSettings, Upstreams};

use crate::configuration::{Configuration, NamedSecret, NewUpstream, Place};
use crate::files;
use crate::upstream_entry::UpstreamEntries;
use crate::upstream_health;

/// Where the tokens of servers are that were given over REST, in the data folder: the configuration file names them.
const TOKENS: &str = "upstream-tokens";

/// How long a server that is to be added may take to list its tools: others wait meanwhile to come and go.
const LOOK_TIME: Duration = Duration::from_secs(60);

/// The servers of a host, and the file that names them.
pub(crate) struct ServersOfHost {
    upstreams: Arc<Upstreams>,
    connecting: Connecting,
    store: Arc<Store>,
    entries: UpstreamEntries,
    tokens: PathBuf,
    /// Held while a server comes or goes: one change of the file at a time.
    changing: Arc<Mutex<()>>,
}

impl ServersOfHost {
    pub(crate) fn new(
        configuration: &Configuration,
        upstreams: &Arc<Upstreams>,
        connecting: &Connecting,
        store: &Arc<Store>,
    ) -> Self {
        Self {
            upstreams: Arc::clone(upstreams),
            connecting: connecting.clone(),
            store: Arc::clone(store),
            entries: UpstreamEntries::of(configuration),
            tokens: configuration.data_dir.join(TOKENS),
            changing: Arc::default(),
        }
    }

    fn token_file(&self, name: &UpstreamName) -> PathBuf {
        self.tokens.join(name.as_str())
    }

    /// Keeps the header by which the host is let in, for its user alone.
    fn keep_token(&self, name: &UpstreamName, token: &SecretString) -> Result<NamedSecret, Problem> {
        let path = self.token_file(name);
        let mut folder = std::fs::DirBuilder::new();
        let written = folder.recursive(true).mode(0o700).create(&self.tokens).and_then(|()| {
            files::write_private(&path, format!("Bearer {}", token.expose_secret()).as_bytes())
        });
        written.map_err(|error| Problem::new(Code::Failed, "the token can't be kept").caused_by(error))?;
        Ok(NamedSecret::in_file("Authorization", path))
    }

    fn forget_token(&self, name: &UpstreamName) {
        // Most servers have none.
        let _absent = std::fs::remove_file(self.token_file(name));
    }

    /// How many tools a server lists. One that people have accounts at is asked for its authorization server instead: it lists nothing
    /// to who has none.
    async fn ask(&self, settings: &UpstreamSettings) -> Result<usize, Problem> {
        let clients: Arc<dyn UpstreamClients> = Arc::clone(&self.store) as _;
        let name = &settings.name;
        let accounts = Upstreams::authorization_servers(std::slice::from_ref(settings), &clients);
        if let Some((_, server)) = accounts.into_iter().next() {
            return server.prepare().await.map(|()| 0).map_err(|error| {
                let message = format!("{name} isn't added: its authorization server can't be used: {error}.");
                Problem::new(Code::UpstreamFailed, message)
                    .hint("The host's log says more (upstream.authorization_not_found).")
            });
        }
        let looking = tokio::time::timeout(LOOK_TIME, toolbay_upstream::look(settings.clone(), &[]));
        let looked = looking
            .await
            .unwrap_or_else(|_| Err(format!("it has not listed its tools within {} s", LOOK_TIME.as_secs())));
        let seen = looked.map_err(|why| {
            Problem::new(Code::UpstreamFailed, format!("{name} isn't added: {why}."))
                .hint("Check the address and the token.")
        })?;
        Ok(seen.tools.len())
    }

    async fn record(&self, server: &UpstreamName, change: UpstreamChange, by: &Actor) -> Result<(), Problem> {
        let event = Event::of_host(by, Act::Upstream { upstream: server.clone(), change });
        Ok(self.store.append(&event).await?)
    }

    async fn add_kept(&self, name: &UpstreamName, new: &NewUpstream, by: &Actor) -> Result<usize, Problem> {
        let settings = self.entries.settings(name, new)?;
        let tools = self.ask(&settings).await?;
        // What one of its name has said before says nothing of this one.
        self.store.forget(name).await?;
        let former = self.entries.add(name, new)?;
        let added = UpstreamChange::Added { place: settings.place() };
        if let Err(problem) = self.record(name, added, by).await {
            self.entries.restore(&former);
            return Err(problem);
        }
        let clients: Arc<dyn UpstreamClients> = Arc::clone(&self.store) as _;
        for (name, server) in Upstreams::authorization_servers(std::slice::from_ref(&settings), &clients) {
            self.connecting.open(System::Upstream(name), server);
        }
        self.upstreams
            .add(settings)
            .await
            .map_err(|error| Problem::new(Code::Conflict, error.to_string()))?;
        Ok(tools)
    }
}

#[async_trait]
impl UpstreamServers for ServersOfHost {
    fn servers(&self) -> Vec<UpstreamRecord> {
        let health = upstream_health::of(&self.upstreams);
        let mut servers: Vec<UpstreamRecord> = self
            .upstreams
            .settings()
            .into_iter()
            .filter_map(|settings| {
                let health = health.iter().find(|health| health.name == settings.name.as_str())?.clone();
                Some(UpstreamRecord {
                    transport: settings.transport_in_words(),
                    place: settings.place(),
                    start_url: settings.start_url().cloned(),
                    name: settings.name,
                    health,
                })
            })
            .collect();
        servers.sort_by(|one, other| one.name.cmp(&other.name));
        servers
    }

    async fn add(&self, new: NewServer, by: &Actor) -> Result<usize, Problem> {
        let _one_at_a_time = self.changing.lock().await;
        let NewServer { name, url, transport, has_accounts, token, allow_private } = new;
        if self.upstreams.settings().iter().any(|known| known.name == name) {
            return Err(Problem::new(Code::Conflict, format!("There is an MCP server `{name}` already."))
                .hint("Choose another name, or remove that one first."));
        }
        let token = token.filter(|token| !token.expose_secret().is_empty());
        if token.as_ref().is_some_and(|token| !is_credential(token)) {
            return Err(Problem::new(Code::InvalidInput, "A token has 1 to 4096 visible ASCII characters."));
        }
        let new = NewUpstream {
            place: match transport {
                UpstreamTransport::StreamableHttp => Place::StreamableHttp(url),
                UpstreamTransport::Sse => Place::Sse(url),
            },
            headers: match &token {
                Some(token) => vec![self.keep_token(&name, token)?],
                None => Vec::new(),
            },
            environment: Vec::new(),
            reads: Vec::new(),
            allow_private,
            has_accounts,
        };
        let added = self.add_kept(&name, &new, by).await;
        if added.is_err() && token.is_some() {
            self.forget_token(&name);
        }
        added
    }

    async fn remove(&self, server: &UpstreamName, by: &Actor) -> Result<(), Problem> {
        let _one_at_a_time = self.changing.lock().await;
        let is_there = self.upstreams.settings().iter().any(|known| known.name == *server);
        if !is_there {
            return Err(Problem::new(Code::NotFound, format!("There is no MCP server `{server}`."))
                .hint("GET /v1/administration/upstreams lists those that there are."));
        }
        let former = self.entries.remove(server)?;
        if let Err(problem) = self.record(server, UpstreamChange::Removed, by).await {
            self.entries.restore(&former);
            return Err(problem);
        }
        self.connecting.close(&System::Upstream(server.clone()));
        self.upstreams.remove(server).await;
        self.forget_token(server);
        Ok(())
    }
}
