//! SQLite files.

use std::time::{Duration, Instant};

use serde_json::json;
use toolbay_kernel::Code;
use toolbay_sql::{OwnFiles, Place};

use crate::world::{World, settings};

const PEOPLE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, born REAL, photo BLOB); \
                      INSERT INTO people VALUES (1, 'Ada', 1815.5, x'00ff'), (2, 'Bob', NULL, NULL);";

#[tokio::test]
async fn values_go_in_and_come_out_as_they_are() {
    let world = World::sqlite(PEOPLE);
    assert_eq!(
        world.rows("SELECT * FROM people ORDER BY id").await.unwrap(),
        json!([[1, "Ada", 1815.5, {"blob": "AP8="}], [2, "Bob", null, null]])
    );
    let asked = json!({"statements": [{
        "sql": "SELECT $2, $1, $2, typeof($3), typeof($4), $5, typeof($6)",
        "parameters": ["it's", 9_007_199_254_740_993_i64, 1.0, null, {"blob": "AAE="}, true],
    }], "max_rows": null});
    let told = world.ask("query", "main", asked).await.unwrap();
    let int = 9_007_199_254_740_993_i64;
    assert_eq!(
        told["outcomes"][0]["rows"],
        json!([[int, "it's", int, "real", "null", {"blob": "AAE="}, "integer"]])
    );
    for (sql, parameters) in [
        ("SELECT $1", json!([])),
        ("SELECT $2", json!([1])),
        ("SELECT 1", json!([1])),
        ("SELECT $0", json!([1])),
    ] {
        let asked = json!({"statements": [{"sql": sql, "parameters": parameters}], "max_rows": null});
        assert_eq!(world.ask("query", "main", asked).await.unwrap_err().code, Code::InvalidInput, "{sql}");
    }
    let infinite = world.rows("SELECT 9e999, -9e999").await.unwrap();
    assert_eq!(infinite, json!([[{"real": "inf"}, {"real": "-inf"}]]));
}

#[tokio::test]
async fn a_transaction_is_carried_out_whole_or_not_at_all() {
    let world = World::sqlite(PEOPLE);
    let told = world
        .run(
            "write",
            &[
                "INSERT INTO people (name) VALUES ('Cy'), ('Di')",
                "UPDATE people SET born = 1 RETURNING id",
                "SELECT count(*) FROM people",
            ],
        )
        .await
        .unwrap();
    assert_eq!(told["outcomes"][0]["changes"], 2);
    assert_eq!(told["outcomes"][1]["rows"], json!([[1], [2], [3], [4]]));
    assert_eq!(
        told["outcomes"][2],
        json!({"columns": ["count(*)"], "rows": [[4]], "more": false, "changes": 0})
    );
    // The second one breaks a rule, and the first one with it.
    let refused = world
        .run(
            "destroy",
            &["DELETE FROM people WHERE id > 1", "INSERT INTO people (id, name) VALUES (9, 'Ada')"],
        )
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.contains("UNIQUE constraint failed: people.name"), "{refused}");
    assert_eq!(world.number("SELECT count(*) FROM people"), 4);
    // Both are calls that could write, and recorded as such.
    assert_eq!(world.store.calls().len(), 2);
}

#[tokio::test]
async fn a_write_needs_a_tool_a_database_and_a_capability_for_it() {
    let world = World::sqlite(PEOPLE);
    for (tool, sql) in [
        ("query", "INSERT INTO people (name) VALUES ('x')"),
        ("query", "WITH x AS (SELECT 1) DELETE FROM people"),
        ("query_of_a_writer", "DELETE FROM people"),
        (
            "query_of_a_writer",
            "WITH x(n) AS (SELECT 'x') INSERT INTO people (name) SELECT n FROM x RETURNING id",
        ),
        ("read", "UPDATE people SET name = 'x'"),
        ("write", "DELETE FROM people"),
        ("write", "INSERT OR REPLACE INTO people (id, name) VALUES (1, 'x')"),
        ("write", "DROP TABLE people"),
    ] {
        let refused = world.run(tool, &[sql]).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden, "{tool}: {sql}: {refused}");
        assert!(refused.hint.is_some());
    }
    assert_eq!(world.number("SELECT count(*) FROM people WHERE name <> 'x'"), 2);
    assert!(world.store.journal.lock().is_empty(), "nothing was sent");
    let reader = World::sqlite_with(PEOPLE, |settings| settings.writes = false);
    let refused = reader.run("destroy", &["DELETE FROM people"]).await.unwrap_err();
    assert!(refused.hint.unwrap().contains("writes = true"));
    let unknown = reader.ask("query", "man", json!({"statements": [], "max_rows": null})).await.unwrap_err();
    assert_eq!((unknown.code, unknown.hint.as_deref()), (Code::NotFound, Some("Did you mean `main`?")));
    // Which there are, is told.
    let listed = reader.ask("query", "", json!(null)).await.unwrap();
    assert_eq!(listed, json!({"databases": [{"name": "main", "engine": "sqlite", "writes": false}]}));
}

#[tokio::test]
async fn tables_indexes_and_views_are_made_changed_and_dropped() {
    let world = World::sqlite("");
    world
        .run("write", &[
            "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT, c INTEGER REFERENCES a (id) ON DELETE CASCADE)",
            "CREATE UNIQUE INDEX i ON a (b)",
            "CREATE VIEW v AS SELECT upper(b) AS b FROM a",
            "INSERT INTO a (b, c) VALUES ('x', 1), ('y', 1)",
            "CREATE TABLE copied AS SELECT * FROM a",
        ])
        .await
        .unwrap();
    assert_eq!(world.rows("SELECT b FROM v ORDER BY b").await.unwrap(), json!([["X"], ["Y"]]));
    assert_eq!(
        world.rows("SELECT name, type FROM pragma_table_info('a')").await.unwrap(),
        json!([["id", "INTEGER"], ["b", "TEXT"], ["c", "INTEGER"]])
    );
    world
        .run("destroy", &["ALTER TABLE a ADD COLUMN d TEXT", "ALTER TABLE a RENAME COLUMN d TO e"])
        .await
        .unwrap();
    world
        .run("destroy", &["ALTER TABLE a DROP COLUMN e", "ALTER TABLE copied RENAME TO other"])
        .await
        .unwrap();
    world.run("destroy", &["DELETE FROM a WHERE id = 1"]).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM a"), 0, "the other row was removed with it");
    world.run("destroy", &["DROP VIEW v", "DROP INDEX i", "DROP TABLE a", "DROP TABLE other"]).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM sqlite_schema WHERE name <> 'sqlite_sequence'"), 0);
}

#[tokio::test]
async fn triggers_of_the_schema_work_for_who_may_write() {
    let world = World::sqlite(
        "CREATE TABLE a (b); CREATE TABLE log (b); INSERT INTO log VALUES (0); \
         CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM log; INSERT INTO log VALUES (new.b); END;",
    );
    world.run("write", &["INSERT INTO a VALUES (7)"]).await.unwrap();
    assert_eq!(world.number("SELECT sum(b) FROM log"), 7);
}

#[tokio::test]
async fn a_file_in_use_is_waited_for_and_then_said_to_be() {
    let world = World::sqlite_with(PEOPLE, |settings| settings.time = Duration::from_millis(400));
    let other = rusqlite::Connection::open(world.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Readers read on.
    world.is_alive().await;
    let begun = Instant::now();
    let refused = world.run("write", &["INSERT INTO people (name) VALUES ('x')"]).await.unwrap_err();
    assert_eq!(refused.code, Code::RateLimited, "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(7));
    other.execute_batch("ROLLBACK").unwrap();
    world.run("write", &["INSERT INTO people (name) VALUES ('x')"]).await.unwrap();
}

#[tokio::test]
async fn a_file_with_a_log_beside_it_is_read_and_written() {
    let world = World::sqlite(&format!("PRAGMA journal_mode = WAL; {PEOPLE}"));
    world.run("write", &["INSERT INTO people (name) VALUES ('x')"]).await.unwrap();
    let writer = rusqlite::Connection::open(world.file()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM people").unwrap();
    assert_eq!(world.rows("SELECT count(*) FROM people").await.unwrap(), json!([[3]]));
}

#[tokio::test]
async fn what_is_no_database_or_not_for_tools_is_refused_without_its_path() {
    let world = World::sqlite("");
    let folder = world.folder.path();
    std::fs::create_dir(folder.join("data")).unwrap();
    rusqlite::Connection::open(folder.join("data/toolbay.db"))
        .unwrap()
        .execute_batch("CREATE TABLE a (b)")
        .unwrap();
    std::os::unix::fs::symlink(folder.join("data/toolbay.db"), folder.join("link.db")).unwrap();
    std::fs::write(folder.join("text.db"), "no database".repeat(100)).unwrap();
    std::process::Command::new("mkfifo").arg(folder.join("pipe.db")).status().unwrap();
    // A copy of a store elsewhere is one all the same.
    rusqlite::Connection::open(folder.join("copy.db"))
        .unwrap()
        .execute_batch(
            "CREATE TABLE _sqlx_migrations (a); CREATE TABLE data_keys (a); CREATE TABLE run_providers (a)",
        )
        .unwrap();
    for (file, why) in [
        ("none.db", "isn't there"),
        ("data/toolbay.db", "Toolbay's own"),
        ("link.db", "Toolbay's own"),
        ("copy.db", "Toolbay's own"),
        ("text.db", "no SQLite database"),
        ("pipe.db", "no file"),
    ] {
        let file = folder.join(file);
        let own = OwnFiles { data_dir: folder.join("data"), store: None };
        let other =
            World::with_own(tempfile::tempdir().unwrap(), vec![settings(Place::Sqlite(file.clone()))], own);
        for tool in ["query", "destroy"] {
            let refused = other.run(tool, &["SELECT 1"]).await.unwrap_err();
            assert_eq!(refused.code, Code::Unavailable, "{file:?}");
            assert!(refused.message.contains(why), "{refused}");
            assert!(!format!("{refused:?}").contains(&*folder.to_string_lossy()), "{refused:?}");
        }
    }
}
