//! Functions that do more than compute: files, other servers, waiting, the server itself, and SQL in a text.

/// Names of PostgreSQL's that are refused.
const REFUSED: [&str; 7] =
    ["connectby", "loread", "lowrite", "set_config", "ts_rewrite", "ts_stat", "xpath_table"];

/// What follows `lo_` in the names of functions of large objects. A table may well have columns that begin so.
const LARGE_OBJECTS: [&str; 18] = [
    "close",
    "creat",
    "create",
    "export",
    "from_bytea",
    "get",
    "import",
    "lseek",
    "lseek64",
    "manage",
    "oid",
    "open",
    "put",
    "tell",
    "tell64",
    "truncate",
    "truncate64",
    "unlink",
];

/// Beginnings of names that are: other servers, tables from SQL in a text.
const REFUSED_PREFIXES: [&str; 7] = [
    "dblink",
    "crosstab",
    "query_to_xml",
    "cursor_to_xml",
    "table_to_xml",
    "schema_to_xml",
    "database_to_xml",
];

/// Beginnings of names of the server's own functions that tell something and do nothing else.
const KNOWN_PREFIXES: [&str; 2] = ["pg_get_", "pg_typeof"];

/// Ends of such names.
const KNOWN_SUFFIXES: [&str; 3] = ["_is_visible", "_size", "_size_pretty"];

/// Whether a function of PostgreSQL may be used, by its name. A server's own functions, which begin with `pg_`, read files, end sessions and
/// wait: of them those alone that are known to tell something.
pub(super) fn is_refused(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if REFUSED.contains(&name.as_str()) || REFUSED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return true;
    }
    if name.strip_prefix("lo_").is_some_and(|rest| LARGE_OBJECTS.contains(&rest)) {
        return true;
    }
    name.starts_with("pg_")
        && !KNOWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !KNOWN_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}
