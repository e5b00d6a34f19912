//! Functions that do more than compute: files, other servers, waiting, the server itself, and SQL in a text.

/// Names of PostgreSQL's that are refused.
const REFUSED: [&str; 5] = ["connectby", "loread", "lowrite", "set_config", "ts_stat"];

/// Beginnings of names that are: large objects, other servers, tables from SQL in a text.
const REFUSED_PREFIXES: [&str; 8] = [
    "lo_",
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
    name.starts_with("pg_")
        && !KNOWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !KNOWN_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}
