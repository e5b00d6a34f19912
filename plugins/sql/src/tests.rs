use toolbay_sdk::mock::{MockHost, assert_small_definitions};
use toolbay_sdk::prelude::*;
use toolbay_sdk::{Code, Database, Engine, SqlOutcome, SqlValue};

use crate::PLUGIN;

fn host(names: &[&str]) -> MockHost {
    names.iter().fold(MockHost::new(), |host, name| {
        host.with_database(Database { name: (*name).to_owned(), engine: Engine::Sqlite, writes: true })
    })
}

fn outcome(columns: &[&str], rows: Vec<Vec<SqlValue>>) -> SqlOutcome {
    let columns = columns.iter().map(|name| (*name).to_owned()).collect();
    SqlOutcome { columns, rows, ..SqlOutcome::default() }
}

fn run(host: &MockHost, tool: &str, arguments: Value) -> Result<Value, Problem> {
    host.run(&PLUGIN, tool, arguments).map(|answer| answer.value().expect("data"))
}

#[test]
fn definitions_are_small() {
    assert_small_definitions(&PLUGIN, 1_900);
}

#[test]
fn tables_and_views_are_listed_by_database() {
    let rows = vec![vec!["people".into(), SqlValue::Integer(0)], vec!["late".into(), SqlValue::Integer(1)]];
    let host = host(&["main", "old"])
        .on_sql("pragma_table_list", outcome(&["name", "view"], rows))
        .on_sql("pragma_table_list", outcome(&["name", "view"], Vec::new()));
    assert_eq!(
        run(&host, "list_tables", json!({})).unwrap(),
        json!({ "databases": [
            { "database": "main", "engine": "sqlite", "writes": true, "tables": ["people"], "views": ["late"] },
            { "database": "old", "engine": "sqlite", "writes": true, "tables": [] },
        ] })
    );
    let problem = run(&host, "list_tables", json!({ "database": "new" })).unwrap_err();
    assert_eq!((problem.code, problem.hint.as_deref()), (Code::NotFound, Some("There are main, old.")));
}

#[test]
fn a_database_that_cannot_be_asked_hides_no_other() {
    let people = || outcome(&["name", "view"], vec![vec!["people".into(), SqlValue::Integer(0)]]);
    let two = host(&["main", "old"])
        .on_sql("pragma_table_list", Problem::not_found("It is away."))
        .on_sql("pragma_table_list", people());
    assert_eq!(
        run(&two, "list_tables", json!({})).unwrap(),
        json!({ "databases": [
            { "database": "main", "error": "It is away." },
            { "database": "old", "engine": "sqlite", "writes": true, "tables": ["people"] },
        ] })
    );
    let one = host(&["main"]).on_sql("pragma_table_list", Problem::not_found("It is away."));
    assert_eq!(run(&one, "list_tables", json!({})).unwrap_err().code, Code::NotFound);
}

#[test]
fn a_server_is_asked_for_a_table_by_its_name_in_quotes() {
    let column: Vec<SqlValue> =
        vec!["id".into(), "text".into(), SqlValue::Integer(0), SqlValue::Null, SqlValue::Integer(0)];
    let host = MockHost::new()
        .with_database(Database { name: "staff".to_owned(), engine: Engine::Postgres, writes: true })
        .on_sql("FROM pg_catalog.pg_attribute", outcome(&["c"], vec![column]))
        .on_sql("FROM pg_catalog.pg_constraint", outcome(&["k"], Vec::new()))
        .on_sql("FROM pg_catalog.pg_index", outcome(&["i"], Vec::new()));
    run(&host, "describe_table", json!({ "table": "hr.People" })).unwrap();
    let given: Vec<SqlValue> = vec!["\"hr\".\"People\"".into()];
    for (_, statement) in host.statements() {
        assert_eq!(statement.parameters, given, "{}", statement.sql);
    }
}

#[test]
fn a_table_is_described_by_what_is_unusual() {
    let column = |name: &str, required: i64, default: Option<&str>, key: i64| {
        vec![name.into(), "TEXT".into(), SqlValue::Integer(required), default.into(), SqlValue::Integer(key)]
    };
    let columns = outcome(&["c"], vec![column("id", 1, None, 1), column("name", 0, Some("'x'"), 0)]);
    let host = host(&["main"])
        .on_sql("pragma_table_xinfo", columns)
        .on_sql("pragma_table_xinfo", outcome(&["c"], Vec::new()))
        .on_sql("pragma_foreign_key_list", outcome(&["k"], vec![vec!["FOREIGN KEY (a) REFERENCES b".into()]]))
        .on_sql("pragma_index_list", outcome(&["i"], Vec::new()));
    assert_eq!(
        run(&host, "describe_table", json!({ "table": "people" })).unwrap(),
        json!({
            "database": "main",
            "columns": [
                { "name": "id", "type": "TEXT", "required": true, "primary_key": true },
                { "name": "name", "type": "TEXT", "default": "'x'" },
            ],
            "foreign_keys": ["FOREIGN KEY (a) REFERENCES b"],
        })
    );
    let problem = run(&host, "describe_table", json!({ "table": "none" })).unwrap_err();
    assert_eq!(problem.code, Code::NotFound);
}

#[test]
fn rows_are_lists_and_parameters_are_values() {
    let row = vec![
        SqlValue::Null,
        SqlValue::Real(f64::INFINITY),
        SqlValue::Blob(vec![0, 255]),
        SqlValue::Blob(vec![0; 65]),
    ];
    let host = host(&["main"]).on_sql("SELECT", outcome(&["a", "b", "c", "d"], vec![row]));
    let arguments = json!({ "sql": "SELECT $1, $2", "parameters": ["x", 1, 1.5, true, null], "limit": 7 });
    assert_eq!(
        run(&host, "read_query", arguments).unwrap(),
        json!({ "columns": ["a", "b", "c", "d"], "rows": [[null, "inf", "x'00ff'", "(a blob of 65 bytes)"]] })
    );
    let [(database, asked)] = host.statements().try_into().unwrap();
    assert_eq!(database, "main");
    let given: Vec<SqlValue> = vec!["x".into(), 1_i64.into(), 1.5.into(), true.into(), SqlValue::Null];
    assert_eq!(asked.parameters, given);
    let problem = run(&host, "read_query", json!({ "sql": "SELECT $1", "parameters": [[1]] })).unwrap_err();
    assert!(problem.message.contains("Parameter 1"), "{problem}");
}

#[test]
fn a_reader_cannot_write_and_a_caller_says_which_database() {
    let host = host(&["main", "old"]);
    let problem =
        run(&host, "read_query", json!({ "sql": "DELETE FROM a", "database": "main" })).unwrap_err();
    assert_eq!(problem.code, Code::Forbidden);
    let problem = run(&host, "read_query", json!({ "sql": "SELECT 1" })).unwrap_err();
    assert!(problem.message.contains("several databases"), "{problem}");
    assert!(host.statements().is_empty());
    let none = MockHost::new();
    let problem = run(&none, "write_query", json!({ "sql": "DELETE FROM a" })).unwrap_err();
    assert!(problem.hint.unwrap().contains("[databases.NAME]"));
}

#[test]
fn changes_are_counted_and_returned_rows_shown() {
    let done = SqlOutcome { changes: 2, ..outcome(&["id"], vec![vec![SqlValue::Integer(1)]]) };
    let host = host(&["main"])
        .on_sql("RETURNING", done)
        .on_sql("DELETE", SqlOutcome { changes: 3, ..SqlOutcome::default() });
    let returned = run(&host, "write_query", json!({ "sql": "UPDATE a SET b = 1 RETURNING id" })).unwrap();
    assert_eq!(returned, json!({ "columns": ["id"], "rows": [[1]], "changes": 2 }));
    let removed = run(&host, "write_query", json!({ "sql": "DELETE FROM a" })).unwrap();
    assert_eq!(removed, json!({ "changes": 3 }));
}

#[test]
fn a_table_is_made_of_quoted_names_and_plain_types() {
    let host = host(&["main"]).on_sql("CREATE TABLE", SqlOutcome::default());
    let made = |columns: Value| run(&host, "create_table", json!({ "table": "a\"b", "columns": columns }));
    let columns = json!([
        { "name": "id", "type": "INTEGER", "primary_key": true },
        { "name": "it's", "type": "NUMERIC(10,2)", "required": true, "unique": true, "default": "o'clock" },
        { "name": "who", "type": "INTEGER", "references": "people(id)" },
    ]);
    assert_eq!(
        made(columns).unwrap()["sql"],
        "CREATE TABLE \"a\"\"b\" (\"id\" INTEGER PRIMARY KEY, \"it's\" NUMERIC(10,2) NOT NULL UNIQUE DEFAULT 'o''clock', \
         \"who\" INTEGER REFERENCES \"people\" (\"id\"))"
    );
    let keys = json!([
        { "name": "a", "type": "TEXT", "primary_key": true },
        { "name": "b", "type": "TEXT", "primary_key": true },
    ]);
    let sql = made(keys).unwrap()["sql"].as_str().unwrap().to_owned();
    assert!(sql.ends_with("(\"a\" TEXT, \"b\" TEXT, PRIMARY KEY (\"a\", \"b\"))"), "{sql}");
    let types = json!([
        { "name": "a", "type": "timestamp(3) with time zone" },
        { "name": "b", "type": "NUMERIC(10, 2)[]" },
    ]);
    let sql = made(types).unwrap()["sql"].as_str().unwrap().to_owned();
    assert!(sql.ends_with("(\"a\" timestamp(3) with time zone, \"b\" NUMERIC(10, 2)[])"), "{sql}");
    for wrong in [
        json!([{ "name": "a", "type": "TEXT; DROP TABLE x" }]),
        json!([{ "name": "a", "type": "TEXT DEFAULT 'x'" }]),
        json!([{ "name": "a", "type": "INTEGER, b TEXT UNIQUE" }]),
        json!([{ "name": "a", "type": "NUMERIC(10), b TEXT" }]),
        json!([{ "name": "a", "type": "NUMERIC(10" }]),
        json!([{ "name": "a", "type": "INTEGER) CHECK (b" }]),
        json!([{ "name": "a", "type": "INTEGER [" }]),
        json!([{ "name": "a", "type": "INTEGER([)" }]),
        json!([{ "name": "a", "type": "" }]),
        json!([{ "name": " ", "type": "TEXT" }]),
        json!([{ "name": "a", "type": "TEXT", "default": [1] }]),
        json!([{ "name": "a", "type": "TEXT", "references": "people(id" }]),
    ] {
        assert_eq!(made(wrong.clone()).unwrap_err().code, Code::InvalidInput, "{wrong}");
    }
}
