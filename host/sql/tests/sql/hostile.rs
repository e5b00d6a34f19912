//! What a hostile plugin, or a model that was told to, would send to a SQLite file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use toolbay_kernel::Code;

use crate::world::World;

const TABLE: &str = "CREATE TABLE a (b); INSERT INTO a VALUES (1), (2); CREATE TABLE c (d TEXT);";

/// Statements that are refused for what they are, by whoever they are asked.
#[tokio::test]
async fn nothing_leads_out_of_the_file_or_around_its_bounds() {
    let world = World::sqlite(TABLE);
    let outside = world.folder.path().join("outside.db");
    let attach = format!("ATTACH '{}' AS x", outside.display());
    let vacuum = format!("VACUUM INTO '{}'", outside.display());
    let explained = format!("EXPLAIN {attach}");
    for sql in [
        attach.as_str(),
        &vacuum,
        &explained,
        "DETACH main",
        "PRAGMA writable_schema = ON",
        "PRAGMA query_only = OFF",
        "PRAGMA journal_mode = OFF",
        "PRAGMA temp_store_directory = '/tmp'",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM pragma_compile_options",
        "SELECT * FROM pragma_journal_mode",
        "SELECT load_extension('/tmp/x.so')",
        "SELECT load_extension('/tmp/x.so', 'f') FROM a",
        "SELECT fts3_tokenizer('simple')",
        "SELECT fts3_tokenizer('simple', x'4141414141414141')",
        "SELECT sqlite_compileoption_get(1)",
        "CREATE TEMP TABLE t (a)",
        "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM c; END",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM c; END",
        "CREATE TABLE temp.t (a)",
        "CREATE VIRTUAL TABLE t USING fts5(a)",
        "CREATE VIEW v AS SELECT load_extension('/tmp/x.so')",
        "SAVEPOINT s",
        "COMMIT",
        "BEGIN",
    ] {
        for tool in ["query", "write", "destroy"] {
            match world.run(tool, &[sql]).await {
                Err(refused) => assert_eq!(refused.code, Code::Forbidden, "{tool}: {sql}: {refused}"),
                // A view may name what isn't allowed: nobody can ask it.
                Ok(_) => {
                    assert!(sql.starts_with("CREATE VIEW") && tool != "query", "{tool}: {sql}");
                    let refused = world.rows("SELECT * FROM v").await.unwrap_err();
                    assert!(refused.message.contains("load_extension"), "{refused}");
                    world.run("destroy", &["DROP VIEW v"]).await.unwrap();
                }
            }
        }
    }
    // What the shell has, the library hasn't.
    for sql in [
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('/tmp/x', 'y')",
        "SELECT edit('x', 'sh')",
        "SELECT eval('DELETE FROM a')",
    ] {
        let refused = world.run("destroy", &[sql]).await.unwrap_err();
        assert!(matches!(refused.code, Code::InvalidInput | Code::Forbidden), "{sql}: {refused}");
    }
    for sql in [
        "UPDATE sqlite_schema SET sql = 'x'",
        "INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 0, 'x')",
        "DELETE FROM sqlite_schema",
        "DROP TABLE sqlite_schema",
        "UPDATE temp.a SET b = 1",
    ] {
        assert!(world.run("destroy", &[sql]).await.is_err(), "{sql}");
    }
    assert!(!outside.exists());
    assert_eq!(world.number("SELECT count(*) FROM a"), 2);
    world.is_alive().await;
}

#[tokio::test]
async fn one_text_is_one_statement_and_no_comment_hides_another() {
    let world = World::sqlite(TABLE);
    for sql in [
        "SELECT 1; DELETE FROM a",
        "SELECT 1;DELETE FROM a;",
        "SELECT 1 /* */ ; /* */ DELETE FROM a",
        "SELECT 1 -- ;\n; DELETE FROM a",
        "SELECT ';' ; DELETE FROM a",
        "/* /* */ DELETE FROM a -- */",
        "SELECT 1 WHERE $x(') = 1; DELETE FROM a --'",
        "SELECT '\\'; DELETE FROM a --'",
        "WITH x AS (SELECT 1) DELETE/**/FROM a",
        "EXPLAIN QUERY PLAN DELETE FROM a",
        "\u{0}DELETE FROM a",
        "SELECT 1\u{0}; DELETE FROM a",
    ] {
        for tool in ["query", "read", "query_of_a_writer"] {
            assert!(world.run(tool, &[sql]).await.is_err(), "{tool}: {sql}");
        }
    }
    assert_eq!(world.number("SELECT count(*) FROM a"), 2);
}

const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

#[tokio::test]
async fn what_never_ends_is_ended_and_its_connection_is_free_again() {
    let world = World::sqlite(TABLE);
    for sql in [
        ENDLESS,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0",
        "INSERT INTO c WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' FROM n WHERE i < 0",
    ] {
        let begun = Instant::now();
        let tool = if sql.starts_with("INSERT") { "write" } else { "query" };
        let refused = world.run(tool, &[sql]).await.unwrap_err();
        assert_eq!(refused.code, Code::LimitExceeded, "{sql}: {refused}");
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    }
    // As many as there are connections, and more: each ends, and whoever comes after them is served.
    let world = Arc::new(world);
    let begun = Instant::now();
    let asked = (0..4).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.rows(ENDLESS).await.unwrap_err().code })
    });
    for ended in asked.collect::<Vec<_>>() {
        assert_eq!(ended.await.unwrap(), Code::LimitExceeded);
    }
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    world.is_alive().await;
}

#[tokio::test]
async fn one_step_has_bounds_too() {
    let world = World::sqlite(TABLE);
    let begun = Instant::now();
    for sql in [
        "SELECT instr(hex(zeroblob(490000)), hex(zeroblob(240000)) || '1')",
        "SELECT replace(hex(zeroblob(490000)), hex(zeroblob(240000)) || '1', '')",
        "SELECT trim(hex(zeroblob(20000)), hex(randomblob(20000)))",
        "SELECT ltrim(hex(zeroblob(20000)), hex(randomblob(20000)))",
        "SELECT rtrim(hex(zeroblob(20000)), hex(randomblob(20000)))",
    ] {
        let refused = world.rows(sql).await.unwrap_err();
        assert!(
            refused.code == Code::InvalidInput && refused.message.contains("too long"),
            "{sql}: {refused}"
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // Within them they are SQLite's own.
    let sql = "SELECT instr('äbc', 'b'), instr(x'0102', x'02'), instr(NULL, 'a'), instr(1.5, '.'), replace(12, '1', 3), \
               replace('aXa', 'a', 'bb'), trim('xxaxx', 'x'), ltrim(' a'), rtrim('ab', 'b'), trim('a', NULL)";
    assert_eq!(world.rows(sql).await.unwrap(), json!([[2, 2, null, 2, "32", "bbXbb", "a", "a", "a", null]]));
    world
        .run("write", &["CREATE INDEX i ON c (replace(d, '-', ''))", "INSERT INTO c VALUES ('a-b')"])
        .await
        .unwrap();
    assert_eq!(
        world.rows("SELECT d FROM c WHERE replace(d, '-', '') = 'ab'").await.unwrap(),
        json!([["a-b"]])
    );
}

#[tokio::test]
async fn a_statement_ends_when_nobody_waits_for_it_any_more() {
    let world = World::sqlite_with(TABLE, |settings| {
        settings.connections = 1;
        settings.time = Duration::from_secs(30);
    });
    let left = tokio::time::timeout(Duration::from_millis(200), world.rows(ENDLESS)).await;
    assert!(left.is_err());
    let begun = Instant::now();
    world.is_alive().await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn memory_is_bounded_and_given_back() {
    let world = World::sqlite_with(TABLE, |settings| settings.time = Duration::from_secs(30));
    let world = Arc::new(world);
    // Sorted in memory: a hundred thousand rows of 100 KB would be 10 GB.
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) \
               SELECT length(x) FROM (SELECT randomblob(100000) AS x FROM n ORDER BY x) LIMIT 1";
    let refused = world.rows(sql).await.unwrap_err();
    assert_eq!(refused.code, Code::LimitExceeded, "{refused}");
    assert!(refused.message.contains("memory"), "{refused}");
    let collecting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT group_concat(hex(randomblob(1000))) FROM n";
    assert_eq!(world.rows(collecting).await.unwrap_err().code, Code::LimitExceeded);
    world.is_alive().await;
}

#[tokio::test]
async fn answers_are_bounded_in_rows_bytes_and_columns() {
    let world = World::sqlite(TABLE);
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT i FROM n";
    let ask = |sql: &str, max_rows: Value| json!({"statements": [{"sql": sql, "parameters": []}], "max_rows": max_rows});
    for (asked, expected) in
        [(json!(null), 1_000), (json!(3), 3), (json!(4_000_000_000_u32), 10_000), (json!(0), 1)]
    {
        let told = world.ask("query", "main", ask(many, asked)).await.unwrap();
        let outcome = &told["outcomes"][0];
        assert_eq!((outcome["rows"].as_array().unwrap().len(), &outcome["more"]), (expected, &json!(true)));
    }
    // Cut at a whole row.
    let long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100) SELECT hex(zeroblob(100000)) FROM n";
    let told = world.ask("query", "main", ask(long, json!(100))).await.unwrap();
    assert_eq!(
        (told["outcomes"][0]["rows"].as_array().unwrap().len(), &told["outcomes"][0]["more"]),
        (10, &json!(true))
    );
    for (sql, code) in [
        ("SELECT zeroblob(1000001)", Code::LimitExceeded),
        ("SELECT hex(zeroblob(900000))", Code::LimitExceeded),
        ("SELECT printf('%.*c', 100000000, 'x')", Code::LimitExceeded),
        ("SELECT replace(hex(zeroblob(400000)), '0', 'xxxx')", Code::LimitExceeded),
    ] {
        match world.rows(sql).await {
            Err(refused) => assert_eq!(refused.code, code, "{sql}: {refused}"),
            Ok(rows) => assert!(rows.to_string().len() < 2_000_000, "{sql}"),
        }
    }
    let wide = format!("SELECT {}", vec!["1"; 201].join(", "));
    assert_eq!(world.rows(&wide).await.unwrap_err().code, Code::LimitExceeded);
    let three = "SELECT zeroblob(900000) AS a, zeroblob(900000), zeroblob(900000)";
    assert_eq!(world.rows(three).await.unwrap_err().code, Code::LimitExceeded);
}

#[tokio::test]
async fn what_is_asked_is_bounded_too() {
    let world = World::sqlite(TABLE);
    // Brackets alone are no depth to SQLite.
    let brackets = format!("SELECT {}1{}", "(".repeat(40_000), ")".repeat(40_000));
    assert!(world.rows(&brackets).await.is_ok_and(|rows| rows == json!([[1]])));
    let deep = format!("SELECT {}1{}", "-(".repeat(5_000), ")".repeat(5_000));
    let long = format!("SELECT '{}'", "x".repeat(100_001));
    let terms = vec!["SELECT 1"; 200].join(" UNION ALL ");
    let added = format!("SELECT {}", vec!["1"; 5_000].join("+"));
    for sql in [&deep, &long, &terms, &added] {
        let refused = world.rows(sql).await.unwrap_err();
        assert!(matches!(refused.code, Code::LimitExceeded | Code::InvalidInput), "{refused}");
    }
    let pattern = format!("SELECT '{}' LIKE '{}'", "a".repeat(1_000), "%a".repeat(400));
    assert!(world.rows(&pattern).await.is_err());
    let statement = |parameters: Vec<Value>| json!({"sql": "SELECT 1", "parameters": parameters});
    for statements in [
        vec![],
        vec![statement(vec![]); 51],
        vec![statement(vec![json!(1); 1_001])],
        vec![statement(vec![json!("x".repeat(1_000_000)); 5])],
    ] {
        let asked = json!({"statements": statements, "max_rows": null});
        let refused = world.ask("query", "main", asked).await.unwrap_err();
        assert!(matches!(refused.code, Code::LimitExceeded | Code::InvalidInput), "{refused}");
    }
    for body in [
        json!(null),
        json!([]),
        json!({"statements": "SELECT 1"}),
        json!({"statements": [{"sql": 1, "parameters": []}], "max_rows": null}),
    ] {
        assert_eq!(world.ask("query", "main", body).await.unwrap_err().code, Code::InvalidInput);
    }
    for name in ["../main", "main/x", "MAIN", "main ", "\u{0}"] {
        let asked = json!({"statements": [statement(vec![])], "max_rows": null});
        assert_eq!(world.ask("query", name, asked).await.unwrap_err().code, Code::NotFound, "{name}");
    }
    world.is_alive().await;
}

#[tokio::test]
async fn a_file_grows_by_so_much_at_a_time() {
    let world = World::sqlite_with(TABLE, |settings| settings.time = Duration::from_secs(30));
    let sql = "INSERT INTO c WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT zeroblob(900000) FROM n";
    let refused = world.run("write", &[sql]).await.unwrap_err();
    assert_eq!(refused.code, Code::LimitExceeded, "{refused}");
    assert_eq!(world.number("SELECT count(*) FROM c"), 0);
    assert!(std::fs::metadata(world.file()).unwrap().len() < 300 * 1024 * 1024);
}

#[tokio::test]
async fn a_schema_that_somebody_prepared_does_nothing_to_the_host() {
    // As a file from elsewhere may have them: views and triggers that call what isn't allowed, and a table that is another's.
    let world = World::sqlite(
        "CREATE TABLE a (b); CREATE TABLE c (d); \
         CREATE VIEW v AS SELECT load_extension('/tmp/x.so') AS x; \
         CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT load_extension('/tmp/x.so'); END; \
         CREATE TRIGGER endless AFTER INSERT ON c BEGIN INSERT INTO c WITH RECURSIVE n(i) AS \
         (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0; END;",
    );
    for (tool, sql) in [("query", "SELECT * FROM v"), ("write", "INSERT INTO a VALUES (1)")] {
        let refused = world.run(tool, &[sql]).await.unwrap_err();
        assert!(refused.message.contains("load_extension"), "{refused}");
    }
    assert_eq!(
        world.run("write", &["INSERT INTO c VALUES (1)"]).await.unwrap_err().code,
        Code::LimitExceeded
    );
    assert_eq!(world.number("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM c)"), 0);
    world.is_alive().await;
}
