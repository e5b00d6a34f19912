//! A host around databases: a door, a gate and a store that live in memory, and a provider that passes on whatever a test asks for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use toolbay_kernel::capability::Scope;
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::gate::{Method, Request};
use toolbay_kernel::sql::EGRESS;
use toolbay_kernel::{
    Access, Answer, Call, CatalogHandle, Dispatcher, EffectGate, Invocation, Limits, Permissions, Principal,
    Problem, Provider, Surface, ToolDefinition, ToolName,
};
use toolbay_sql::{DatabaseSettings, Databases, OwnFiles, Place, SQL_READ, SQL_WRITE};
use toolbay_testing::MemoryStore;

/// A running host.
pub(crate) struct World {
    pub(crate) door: Dispatcher,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) folder: tempfile::TempDir,
}

/// A database called `main`.
pub(crate) fn settings(place: Place) -> DatabaseSettings {
    DatabaseSettings {
        name: "main".parse().unwrap(),
        place,
        writes: true,
        connections: 2,
        time: Duration::from_secs(2),
    }
}

impl World {
    /// A host with these databases.
    pub(crate) fn with(folder: tempfile::TempDir, settings: Vec<DatabaseSettings>) -> Self {
        let own = OwnFiles { data_dir: folder.path().join("data"), store: None };
        Self::with_own(folder, settings, own)
    }

    /// The same, with other files of its own.
    pub(crate) fn with_own(
        folder: tempfile::TempDir,
        settings: Vec<DatabaseSettings>,
        own: OwnFiles,
    ) -> Self {
        let store = Arc::new(MemoryStore::default());
        let databases = Databases::new(settings, own);
        let gate = EffectGate::new(store.clone(), vec![databases.outside()]).settling_in(Duration::ZERO);
        let catalogs = CatalogHandle::new();
        catalogs.source().publish(vec![Offered::new(Arc::new(Passer::new()), &definitions()).unwrap()]);
        let limits = Limits {
            call_time: Duration::from_secs(8),
            answer_time: Duration::from_secs(1),
            ..Limits::default()
        };
        let door = Dispatcher::new(catalogs, store.clone(), store.clone(), gate, limits);
        Self { door, store, folder }
    }

    /// A host with a new SQLite file, in which this was carried out.
    pub(crate) fn sqlite(sql: &str) -> Self {
        Self::sqlite_with(sql, |_| {})
    }

    /// The same, with a say in its settings.
    pub(crate) fn sqlite_with(sql: &str, change: impl FnOnce(&mut DatabaseSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let mut settings = settings(Place::Sqlite(path));
        change(&mut settings);
        Self::with(folder, vec![settings])
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("main.db")
    }

    /// One number, read beside the host.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        rusqlite::Connection::open(self.file()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Statements without parameters, by a tool of this access.
    pub(crate) async fn run(&self, tool: &str, sql: &[&str]) -> Result<Value, Problem> {
        let statements: Vec<Value> = sql.iter().map(|sql| json!({"sql": sql, "parameters": []})).collect();
        self.ask(tool, "main", json!({"statements": statements, "max_rows": null})).await
    }

    /// The rows of one statement, as a query.
    pub(crate) async fn rows(&self, sql: &str) -> Result<Value, Problem> {
        Ok(self.run("query", &[sql]).await?["outcomes"][0]["rows"].clone())
    }

    /// Whatever a plugin could ask for.
    pub(crate) async fn ask(&self, tool: &str, database: &str, body: Value) -> Result<Value, Problem> {
        let arguments = json!({"database": database, "body": body});
        let principal = Arc::new(Principal::operator());
        let invocation = Invocation::new(tool, arguments, principal, Surface::CommandLine);
        Ok(self.door.call(invocation).await.result?.data.unwrap())
    }

    /// A well-behaved call goes through.
    pub(crate) async fn is_alive(&self) {
        assert_eq!(self.rows("SELECT 1").await.unwrap(), json!([[1]]));
    }
}

/// Passes on what a test asks for, as a plugin with all capabilities.
struct Passer {
    permissions: Arc<Permissions>,
}

impl Passer {
    fn new() -> Self {
        let permissions = Permissions {
            provider: "passer".to_owned(),
            asked: [(SQL_READ, Scope::All), (SQL_WRITE, Scope::All)].into_iter().collect(),
            granted: [SQL_READ, SQL_WRITE].into(),
        };
        Self { permissions: Arc::new(permissions) }
    }
}

/// `query` asks as `query` does; the others execute, each bounded by what it declares.
fn definitions() -> Vec<ToolDefinition> {
    let tool = |name: &str, access| ToolDefinition {
        name: name.parse().unwrap(),
        title: name.to_owned(),
        description: "Passes on.".to_owned(),
        input_schema: json!({"type": "object"}),
        output_schema: None,
        access,
        least: access,
        idempotent: false,
        routes: Vec::new(),
        background: false,
    };
    vec![
        tool("query", Access::Reads),
        tool("read", Access::Reads),
        tool("write", Access::Writes),
        tool("destroy", Access::Destroys),
        tool("query_of_a_writer", Access::Destroys),
    ]
}

#[async_trait]
impl Provider for Passer {
    fn name(&self) -> &str {
        "passer"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    async fn call(&self, tool: &ToolName, mut arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        let method = if tool.as_str().starts_with("query") { Method::Get } else { Method::Post };
        let path = format!("/{}", arguments["database"].as_str().unwrap());
        let body = Some(arguments["body"].take());
        let request = Request { egress: EGRESS, method, path, query: Vec::new(), body, max_age: None };
        Ok(Answer::data(call.send(request).await?.body.value().clone()))
    }
}
