//! The bundled tools for SQL databases, on a host with one, without one, and on one that is killed.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use toolbay_sandbox::PluginStatus;
use toolbay_sql::{DEFAULT_TIME, DatabaseSettings, Place};

use crate::harness::{Killable, TOKEN, TestHost, command, port_of_its_own};

fn database(path: &Path) -> DatabaseSettings {
    DatabaseSettings {
        name: "main".parse().unwrap(),
        place: Place::Sqlite(path.to_owned()),
        writes: true,
        connections: 4,
        time: DEFAULT_TIME,
    }
}

/// A host with the tools and an empty database.
async fn host(folder: &Path) -> TestHost {
    let path = empty(folder);
    TestHost::start_with(&["sql"], |configuration| {
        configuration.databases = vec![database(&path)];
        // No workspace: databases are the operator's, and no connection leads to them.
        configuration.secrets.notion_token = None;
    })
    .await
}

fn empty(folder: &Path) -> PathBuf {
    let path = folder.join("main.db");
    std::fs::write(&path, "").unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_made_written_described_and_read_by_tools() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path()).await;
    let columns = json!([
        {"name": "id", "type": "INTEGER", "primary_key": true},
        {"name": "name", "type": "TEXT", "required": true, "unique": true},
        {"name": "boss", "type": "INTEGER", "references": "people(id)"},
    ]);
    host.result("create_table", json!({"table": "people", "columns": columns})).await;
    let insert = json!({"sql": "INSERT INTO people (name, boss) VALUES ($1, NULL), ($2, 1) RETURNING id", "parameters": ["Ada", "it's"]});
    assert_eq!(
        host.result("write_query", insert.clone()).await,
        json!({"columns": ["id"], "rows": [[1], [2]], "changes": 2})
    );
    assert_eq!(host.error("write_query", insert).await["code"], "conflict");
    assert_eq!(
        host.result(
            "read_query",
            json!({"sql": "SELECT name FROM people WHERE boss = $1", "parameters": [1]})
        )
        .await,
        json!({"columns": ["name"], "rows": [["it's"]]})
    );
    assert_eq!(
        host.result("list_tables", json!({})).await,
        json!({"databases": [{"database": "main", "engine": "sqlite", "writes": true, "tables": ["people"]}]})
    );
    assert_eq!(
        host.result("describe_table", json!({"table": "people"})).await,
        json!({
            "database": "main",
            "columns": [
                {"name": "id", "type": "INTEGER", "primary_key": true},
                {"name": "name", "type": "TEXT", "required": true},
                {"name": "boss", "type": "INTEGER"},
            ],
            "foreign_keys": ["FOREIGN KEY (boss) REFERENCES people (id)"],
            "indexes": ["UNIQUE sqlite_autoindex_people_1 (name)"],
        })
    );
    for (tool, sql) in [
        ("read_query", "DELETE FROM people"),
        ("read_query", "WITH x AS (SELECT 1) INSERT INTO people (name) SELECT 'x' RETURNING id"),
        ("write_query", "ATTACH '/tmp/x' AS y"),
    ] {
        let error = host.error(tool, json!({"sql": sql})).await;
        assert_eq!(error["code"], "forbidden", "{sql}: {error}");
    }
    // The same key is the same write.
    let keyed = json!({"sql": "INSERT INTO people (name) VALUES ('Cy')", "idempotency_key": "cy"});
    for _ in 0..2 {
        assert_eq!(host.result("write_query", keyed.clone()).await["changes"], 1);
    }
    assert_eq!(
        host.result("write_query", json!({"sql": "DELETE FROM people WHERE id > 1"})).await["changes"],
        2
    );
    // What was written is in the audit, by database and kind; no statement is, which may hold anything.
    let audit = command(&host, &["--json", "audit", "list"]).output().unwrap();
    let audit = String::from_utf8(audit.stdout).unwrap();
    assert!(audit.contains("EXECUTE main") && !audit.contains("Ada") && !audit.contains("people"), "{audit}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_nothing_is_listed_that_could_not_work() {
    let host = TestHost::start(&["sql", "echo"]).await;
    assert!(host.publishes("echo") && !host.publishes("read_query") && !host.publishes("list_tables"));
    let reports = host.host().folder.reports();
    let report = reports.iter().find(|report| report.name == "sql").unwrap();
    assert_eq!(report.status, PluginStatus::Idle);
    assert!(report.fix.as_ref().unwrap().contains("[databases.NAME]"), "{report:?}");
    host.stop().await;
}

/// The keyed write of a host that ended at a step, asked again of the one that follows it; and how many rows there are then.
async fn asked_again_after(point: &str) -> (Value, Value) {
    let folder = tempfile::tempdir().unwrap();
    let mut host = host(folder.path()).await;
    let columns = json!([{"name": "b", "type": "INTEGER"}]);
    host.result("create_table", json!({"table": "a", "columns": columns})).await;
    host.stop_host().await;
    let file = host.plugin_dir.parent().unwrap().join("toolbay.toml");
    let text = format!(
        "{}[grants]\nsql = [\"sql.read\", \"sql.write\"]\n[databases.main]\nurl = \"sqlite://{}\"\nwrites = true\n",
        std::fs::read_to_string(&file).unwrap(),
        folder.path().join("main.db").display()
    );
    std::fs::write(&file, text).unwrap();
    let ask = async |killable: &Killable, tool: &str, arguments: Value| {
        let request = host.client.post(format!("{}/v1/tools/{tool}", killable.url)).bearer_auth(TOKEN);
        request.json(&arguments).send().await?.json::<Value>().await
    };
    let insert = || json!({"sql": "INSERT INTO a VALUES (1)", "idempotency_key": "once"});
    let address = format!("127.0.0.1:{}", port_of_its_own());
    let killable = Killable::start_to_fail(&host, &address, point).await;
    assert!(ask(&killable, "write_query", insert()).await.is_err(), "it has ended before it answered");
    drop(killable);
    let killable = Killable::start(&host).await;
    let told = ask(&killable, "write_query", insert()).await.unwrap();
    let found = ask(&killable, "read_query", json!({"sql": "SELECT count(*) FROM a"})).await.unwrap();
    killable.kill();
    host.stop().await;
    (told, found["result"]["rows"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_a_host_that_was_killed_is_never_sent_again() {
    for (point, rows) in [("sending:1", 0), ("sent:1", 1)] {
        let (told, found) = asked_again_after(point).await;
        assert_eq!(told["error"]["code"], "outcome_unknown", "{point}: {told:#}");
        assert_eq!(found, json!([[rows]]), "{point}");
    }
}
