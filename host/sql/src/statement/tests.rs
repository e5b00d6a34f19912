use proptest::prelude::*;
use toolbay_kernel::Access;
use toolbay_kernel::sql::SqlEngine::{self, Postgres, Sqlite};

use super::kind::{Kind, StatementError};
use super::read;

fn access(text: &str, engine: SqlEngine) -> Result<Access, StatementError> {
    read(text, engine).map(|statement| statement.access)
}

#[test]
fn a_statement_does_what_its_words_command() {
    for (text, expected) in [
        ("SELECT 1", Access::Reads),
        ("  -- DELETE FROM a\n SELECT 'DELETE FROM a' /* DROP */ ;", Access::Reads),
        ("select \"delete\", t.update, replace(a, 'x', 'y') from t", Access::Reads),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n LIMIT 3",
            Access::Reads,
        ),
        ("VALUES (1), (2)", Access::Reads),
        ("INSERT INTO a (b) VALUES (1) ON CONFLICT DO UPDATE SET b = 2 RETURNING b", Access::Writes),
        ("WITH x AS (SELECT 1) INSERT INTO a SELECT * FROM x RETURNING *", Access::Writes),
        ("UPDATE a SET b = 1", Access::Writes),
        ("CREATE TABLE a (b INTEGER REFERENCES c ON DELETE CASCADE ON UPDATE SET NULL)", Access::Writes),
        ("create unique index i on a (b)", Access::Writes),
        ("DELETE FROM a", Access::Destroys),
        ("WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x", Access::Destroys),
        ("WITH x AS (SELECT 1) DELETE/**/FROM a", Access::Destroys),
        ("INSERT OR REPLACE INTO a VALUES (1)", Access::Destroys),
        ("ALTER TABLE a ADD COLUMN b", Access::Destroys),
        ("DROP TABLE a", Access::Destroys),
        ("CREATE OR REPLACE VIEW a AS SELECT 1", Access::Destroys),
    ] {
        for engine in [Sqlite, Postgres] {
            assert_eq!(access(text, engine), Ok(expected), "{engine:?}: {text}");
        }
    }
    assert_eq!(access("SELECT * INTO b FROM a", Postgres), Ok(Access::Writes));
    assert_eq!(access("SELECT * FROM a FOR UPDATE", Postgres), Ok(Access::Writes));
    assert_eq!(access("EXPLAIN SELECT 1", Sqlite), Ok(Access::Reads));
    assert_eq!(access("EXPLAIN QUERY PLAN DELETE FROM a", Sqlite), Ok(Access::Destroys));
    for text in
        ["EXPLAIN SELECT 1", "EXPLAIN (ANALYZE) DELETE FROM a", "EXPLAIN VERBOSE SELECT repeat('x', 9)"]
    {
        assert_eq!(access(text, Postgres), Err(StatementError::Explain), "{text}");
    }
    assert_eq!(access("(SELECT 1) UNION (SELECT 2)", Postgres), Ok(Access::Reads));
    assert_eq!(access("TRUNCATE a", Postgres), Ok(Access::Destroys));
    assert_eq!(access("REPLACE INTO a VALUES (1)", Sqlite), Ok(Access::Destroys));
    assert_eq!(read("WITH x AS (SELECT 1) INSERT INTO a SELECT 1", Postgres).unwrap().kind, Kind::Command);
}

#[test]
fn what_tools_do_not_do_is_refused_in_both_engines() {
    for text in [
        "",
        " ; ",
        "-- nothing",
        "1",
        "'SELECT 1'",
        "ATTACH 'x' AS y",
        "DETACH y",
        "VACUUM INTO 'x'",
        "VACUUM",
        "PRAGMA writable_schema = 1",
        "BEGIN",
        "COMMIT",
        "END",
        "ROLLBACK",
        "SAVEPOINT a",
        "RELEASE a",
        "ANALYZE",
        "REINDEX",
        "CREATE TEMP TABLE a (b)",
        "CREATE TEMPORARY VIEW a AS SELECT 1",
        "CREATE TRIGGER a AFTER INSERT ON b BEGIN DELETE FROM b; END",
        "CREATE VIRTUAL TABLE a USING fts5(b)",
        "DROP TRIGGER a",
        "EXPLAIN ATTACH 'x' AS y",
        "EXPLAIN PRAGMA table_info(a)",
        "COPY a TO '/tmp/x'",
        "COPY a FROM PROGRAM 'id'",
        "DO $$ BEGIN END $$",
        "CALL f()",
        "SET ROLE x",
        "RESET ALL",
        "SHOW all",
        "LISTEN a",
        "NOTIFY a",
        "LOAD 'x'",
        "LOCK a",
        "GRANT ALL ON a TO b",
        "PREPARE a AS SELECT 1",
        "EXECUTE a",
        "DISCARD ALL",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION dblink",
        "CREATE ROLE a",
        "CREATE RULE a AS ON SELECT TO b DO INSTEAD SELECT 1",
        "ALTER SYSTEM SET a = 1",
        "ALTER ROLE a SUPERUSER",
        "DROP DATABASE a",
        "DROP SCHEMA a",
        "DECLARE a CURSOR FOR SELECT 1",
        "EXPLAIN EXECUTE a",
        "\u{feff}SELECT 1",
    ] {
        for engine in [Sqlite, Postgres] {
            assert!(read(text, engine).is_err(), "{engine:?}: {text}");
        }
    }
}

#[test]
fn one_text_is_one_statement() {
    for text in [
        "SELECT 1; SELECT 2",
        "SELECT 1; DELETE FROM a",
        "SELECT ';'; DROP TABLE a",
        "SELECT 1 /* ; */; -- x\n DROP TABLE a",
    ] {
        for engine in [Sqlite, Postgres] {
            assert_eq!(read(text, engine), Err(StatementError::Several), "{engine:?}: {text}");
        }
    }
    let read = read("SELECT ';' ; ; -- end", Sqlite).unwrap();
    assert_eq!((read.text, read.access), ("SELECT ';' ", Access::Reads));
}

#[test]
fn quotes_end_where_the_engine_ends_them() {
    // A backslash is a character; in E'…' of PostgreSQL it isn't.
    assert_eq!(access(r"SELECT '\'; DELETE FROM a --'", Sqlite), Err(StatementError::Several));
    assert_eq!(access(r"SELECT '\' || 'DELETE'", Postgres), Ok(Access::Reads));
    assert_eq!(access(r"SELECT E'\'; DELETE FROM a --'", Postgres), Ok(Access::Reads));
    assert_eq!(access("SELECT E'a'\n'b\\'; DELETE FROM a --'", Postgres), Err(StatementError::ContinuedText));
    assert_eq!(access("SELECT 'it''s' || \"a\"\"b\"", Postgres), Ok(Access::Reads));
    // Dollars quote in PostgreSQL alone, and not within a word.
    assert_eq!(access("SELECT $x$ DELETE FROM a; $x$", Postgres), Ok(Access::Reads));
    assert_eq!(access("SELECT $$ ' $$", Postgres), Ok(Access::Reads));
    assert_eq!(access("SELECT a$b$ FROM t; DELETE FROM a --$b$", Postgres), Err(StatementError::Several));
    assert_eq!(access("SELECT $x$ DELETE FROM a", Postgres), Err(StatementError::NotClosed("text")));
    // Brackets and backticks quote names in SQLite alone.
    assert_eq!(access("SELECT [DELETE], `DROP` FROM t", Sqlite), Ok(Access::Reads));
    assert_eq!(access("SELECT a[1] FROM t", Postgres), Ok(Access::Reads));
    assert_eq!(access("SELECT a[1 FROM t", Sqlite), Err(StatementError::NotClosed("name")));
    // Comments hold comments in PostgreSQL alone.
    assert_eq!(access("SELECT 1 /* /* */ ; DELETE FROM a -- */", Sqlite), Err(StatementError::Several));
    assert_eq!(access("SELECT 1 /* /* */ DELETE */", Postgres), Ok(Access::Reads));
    assert_eq!(access("SELECT 1 -- x\rDELETE FROM a", Sqlite), Ok(Access::Reads));
    assert_eq!(access("SELECT 1 -- x\rDELETE FROM a", Postgres), Ok(Access::Destroys));
    for text in ["SELECT 'a", "SELECT \"a", "SELECT 1 /* a", "SELECT 1\0"] {
        assert!(access(text, Sqlite).is_err() && access(text, Postgres).is_err(), "{text}");
    }
    assert_eq!(access("SELECT ?1, $2", Sqlite), Err(StatementError::MixedParameters));
    for text in ["SELECT :a", "SELECT @a", "SELECT #a", "SELECT $a", "SELECT $1a", "SELECT $1(') DELETE"] {
        assert_eq!(access(text, Sqlite), Err(StatementError::NamedParameter), "{text}");
    }
    assert!(
        access("SELECT ?1, ?", Sqlite).is_ok() && access("SELECT a::text, b[1:2], c ? 'x'", Postgres).is_ok()
    );
}

#[test]
fn functions_of_a_server_that_do_more_than_compute_are_refused() {
    for text in [
        "SELECT pg_sleep(10)",
        "SELECT PG_SLEEP (10)",
        "SELECT \"pg_sleep\"(10)",
        "SELECT pg_catalog.pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir /* x */ ('.')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * FROM dblink('host=x', 'DELETE FROM a') AS t(a int)",
        "SELECT dblink_exec('DELETE FROM a')",
        "SELECT set_config('statement_timeout', '0', false)",
        "SELECT query_to_xml('SELECT pg_sleep(10)', true, true, '')",
        "SELECT pg_terminate_backend(1)",
        "SELECT pg_advisory_lock(1)",
        "SELECT * FROM ts_stat('SELECT pg_sleep(1)')",
        "SELECT ts_rewrite('a'::tsquery, 'SELECT pg_sleep(1)::text::tsquery, null')",
        "SELECT * FROM xpath_table('a', 'b', 'c', 'd', 'e') AS t(a int)",
        "SELECT (0.3::float8).pg_sleep",
        "SELECT ($1) . \"pg_sleep\"",
        "SELECT $1.pg_sleep",
        "SELECT x.pg_sleep FROM abs(0.3::float8) AS x",
        "SELECT (1::oid).lo_unlink",
        "SELECT pg_catalog.pg_sleep(1)",
    ] {
        assert!(matches!(access(text, Postgres), Err(StatementError::Function(_))), "{text}");
    }
    assert_eq!(access("SELECT U&\"pg\\005fsleep\"(10)", Postgres), Err(StatementError::UnicodeQuotes));
    for text in [
        "SELECT pg_typeof(1), pg_get_expr(a, b), pg_relation_size('x'), pg_size_pretty(1), count(*) FROM pg_class",
        "SELECT 'pg_sleep(10)'",
        "SELECT a.attname FROM pg_catalog.pg_attribute a, \"pg_catalog\".\"pg_class\" c",
        "SELECT l.lo_revenue, sum(o.lo_price) FROM lineorder l, lineorder o",
    ] {
        assert_eq!(access(text, Postgres), Ok(Access::Reads), "{text}");
    }
    // Under this name a function would look like a table.
    for text in [
        "SELECT pg_catalog.pg_sleep FROM abs(0.3::float8) AS pg_catalog",
        "SELECT pg_catalog.pg_sleep FROM abs(0.3::float8) AS \"pg_catalog\"",
        "SELECT (t.pg_catalog).pg_sleep FROM t",
    ] {
        assert_eq!(access(text, Postgres), Err(StatementError::Catalog), "{text}");
    }
}

#[test]
fn a_session_keeps_its_settings_and_has_no_tables_of_its_own() {
    for text in [
        "UPDATE pg_settings SET setting = '0' WHERE name = 'statement_timeout'",
        "UPDATE pg_catalog.\"pg_settings\" SET setting = 'off'",
        "WITH x AS (UPDATE PG_SETTINGS SET setting = 'off' RETURNING 1) SELECT 1 FROM x",
        "CREATE VIEW v AS SELECT * FROM pg_settings",
    ] {
        assert_eq!(access(text, Postgres), Err(StatementError::Settings), "{text}");
    }
    assert_eq!(access("SELECT setting FROM pg_settings", Postgres), Ok(Access::Reads));
    for text in [
        "SELECT * INTO TEMP b FROM a",
        "SELECT * INTO temporary table b FROM a",
        "CREATE TABLE pg_temp.b (c int)",
        "INSERT INTO \"pg_temp_3\".b VALUES (1)",
    ] {
        assert_eq!(access(text, Postgres), Err(StatementError::Temporary), "{text}");
    }
    assert_eq!(access("INSERT INTO temp VALUES (1)", Postgres), Ok(Access::Writes));
}

/// Pieces that statements are made of, and that they are hidden with.
fn piece() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "SELECT",
        "1",
        "*",
        "FROM",
        "t",
        "WITH",
        "x",
        "AS",
        "(",
        ")",
        ",",
        "DELETE",
        "INSERT",
        "INTO",
        "VALUES",
        "UPDATE",
        "SET",
        "a",
        "=",
        "WHERE",
        "DROP",
        "TABLE",
        "REPLACE",
        "OR",
        "CREATE",
        "INDEX",
        "i",
        "ON",
        ";",
        "'",
        "''",
        "\"",
        "`",
        "[",
        "]",
        "--",
        "\n",
        "/*",
        "*/",
        "?",
        "$1",
        "RETURNING",
        "EXPLAIN",
        "QUERY",
        "PLAN",
        "UNION",
        "ALL",
        "LIMIT",
        ".",
        "ALTER",
        "ADD",
        "b",
        "IF",
        "NOT",
        "EXISTS",
        "CONFLICT",
        "DO",
        "VIEW",
        "NULL",
        "DEFAULT",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    /// What SQLite itself takes for a write is never taken for a read here, and what removes something never for less: whatever quotes and
    /// comments are in its way.
    #[test]
    fn sqlite_agrees_on_what_a_statement_does(pieces in proptest::collection::vec((piece(), any::<bool>()), 1..14)) {
        let text: String = pieces.iter().flat_map(|(piece, is_spaced)| [*piece, if *is_spaced { " " } else { "" }]).collect();
        if let Ok(read) = read(&text, Sqlite) {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE t (a, b); CREATE TABLE x (a)").unwrap();
            let removes = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            let seen = std::sync::Arc::clone(&removes);
            connection.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
                use rusqlite::hooks::AuthAction::{AlterTable, Delete, DropIndex, DropTable, DropView};
                if matches!(context.action, Delete { .. } | DropTable { .. } | DropIndex { .. } | DropView { .. } | AlterTable { .. }) {
                    seen.store(true, std::sync::atomic::Ordering::Relaxed);
                }
                rusqlite::hooks::Authorization::Allow
            })).unwrap();
            if let Ok(statement) = connection.prepare(&text) {
                if !statement.readonly() {
                    prop_assert!(read.access >= Access::Writes, "{text}");
                }
                if removes.load(std::sync::atomic::Ordering::Relaxed) {
                    prop_assert_eq!(read.access, Access::Destroys, "{}", text);
                }
            }
        }
    }

    /// Whatever the text is, it is read or refused.
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        for engine in [Sqlite, Postgres] {
            if let Ok(statement) = read(&text, engine) {
                prop_assert!(text.starts_with(statement.text));
            }
        }
    }
}
