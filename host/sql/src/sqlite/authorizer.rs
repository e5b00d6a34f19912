//! What SQLite is allowed to do for a statement. It asks while it prepares one, also about what its views and triggers do.

use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use toolbay_kernel::Access;

/// The functions that may be used: those of SQLite that compute something. Not among them are those that read files, load code or say
/// something of the host (`load_extension`, `readfile`, `edit`, `fts3_tokenizer`, `sqlite_compileoption_get`, …).
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "->", "->>", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "bm25", "ceil",
    "ceiling", "changes", "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count", "cume_dist",
    "current_date", "current_time", "current_timestamp", "date", "datetime", "degrees", "dense_rank", "exp",
    "first_value", "floor", "format", "glob", "group_concat", "hex", "highlight", "if", "ifnull", "iif",
    "instr", "json", "json_array", "json_array_length", "json_error_position", "json_extract",
    "json_group_array", "json_group_object", "json_insert", "json_object", "json_patch", "json_pretty",
    "json_quote", "json_remove", "json_replace", "json_set", "json_type", "json_valid", "jsonb",
    "jsonb_array", "jsonb_extract", "jsonb_group_array", "jsonb_group_object", "jsonb_insert",
    "jsonb_object", "jsonb_patch", "jsonb_remove", "jsonb_replace", "jsonb_set", "julianday", "lag",
    "last_insert_rowid", "last_value", "lead", "length", "like", "likelihood", "likely", "ln", "log",
    "log10", "log2", "lower", "ltrim", "match", "max", "median", "min", "mod", "nth_value", "ntile",
    "nullif", "octet_length", "percent_rank", "percentile", "percentile_cont", "percentile_disc", "pi",
    "pow", "power", "printf", "quote", "radians", "random", "randomblob", "rank", "replace", "round",
    "row_number", "rtrim", "sign", "sin", "sinh", "snippet", "soundex", "sqrt", "strftime", "string_agg",
    "substr", "substring", "subtype", "sum", "tan", "tanh", "time", "timediff", "total", "total_changes",
    "trim", "trunc", "typeof", "unhex", "unicode", "unistr", "unistr_quote", "unixepoch", "unlikely",
    "upper", "zeroblob",
];

/// The pragmas that tell of tables, as `pragma_table_info('NAME')` in a query.
const PRAGMAS: [&str; 7] = [
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Allows a connection what a request was found to do, and nothing else.
pub(super) struct Authorizer {
    access: Access,
    /// What was refused first.
    refused: Arc<Mutex<Option<String>>>,
}

impl Authorizer {
    pub(super) fn new(access: Access) -> Self {
        Self { access, refused: Arc::default() }
    }

    pub(super) fn put(&self, connection: &Connection) -> rusqlite::Result<()> {
        let (access, refused) = (self.access, Arc::clone(&self.refused));
        connection.authorizer(Some(move |context: AuthContext<'_>| match judge(context, access) {
            None => Authorization::Allow,
            Some(what) => {
                refused.lock().get_or_insert_with(|| format!("{what} isn't carried out for tools."));
                Authorization::Deny
            }
        }))
    }

    pub(super) fn remove(connection: &Connection) -> rusqlite::Result<()> {
        connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
    }

    /// What was refused, if anything was.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refused.lock().clone()
    }

    /// What was refused, in some words.
    pub(super) fn refused(&self) -> String {
        self.refusal().unwrap_or_else(|| "The statement isn't carried out for tools.".to_owned())
    }
}

/// What of an action isn't allowed; none where it is.
fn judge(context: AuthContext<'_>, access: Access) -> Option<String> {
    use AuthAction as Action;
    let is_main = context.database_name == Some("main");
    // A trigger is of the schema, whose maker answers for what it does to a row that is added or changed. So it does for ON
    // CONFLICT REPLACE of a constraint, about which nobody is asked.
    let is_in_trigger = context.accessor.is_some();
    let needs = |needed: Access, what: &str| {
        let is_allowed = access >= needed && is_main;
        (!is_allowed).then(|| format!("{what} here"))
    };
    match context.action {
        Action::Select | Action::Recursive | Action::Read { .. } => None,
        Action::Function { function_name } => {
            let is_known = is_function(function_name)
                || access == Access::Destroys && is_of_alter_table(function_name);
            (!is_known).then(|| format!("The function `{}`", crate::failure::told(function_name)))
        }
        Action::Pragma { pragma_name, .. } => {
            let is_known = PRAGMAS.iter().any(|known| known.eq_ignore_ascii_case(pragma_name));
            (!is_known).then(|| "This PRAGMA".to_owned())
        }
        Action::Insert { .. } => needs(Access::Writes, "INSERT"),
        // Renaming looks for what is temporary too; nobody but ALTER TABLE can change that list.
        Action::Update { table_name: "sqlite_temp_master", .. } if access == Access::Destroys => None,
        Action::Update { .. } => needs(Access::Writes, "UPDATE"),
        Action::Delete { .. } if is_in_trigger => needs(Access::Writes, "DELETE"),
        Action::Delete { .. } => needs(Access::Destroys, "DELETE"),
        Action::CreateTable { .. } | Action::CreateIndex { .. } | Action::CreateView { .. } => {
            needs(Access::Writes, "CREATE")
        }
        // A new index is filled by it.
        Action::Reindex { .. } => needs(Access::Writes, "REINDEX"),
        Action::AlterTable { .. } => (access < Access::Destroys).then(|| "ALTER here".to_owned()),
        Action::DropTable { .. }
        | Action::DropIndex { .. }
        | Action::DropView { .. }
        // With its table.
        | Action::DropTrigger { .. } => needs(Access::Destroys, "DROP"),
        Action::Attach { .. } | Action::Detach { .. } => Some("Another database file".to_owned()),
        Action::Transaction { .. } | Action::Savepoint { .. } => Some("A transaction within one".to_owned()),
        Action::CreateTempTable { .. }
        | Action::CreateTempIndex { .. }
        | Action::CreateTempView { .. }
        | Action::CreateTempTrigger { .. } => Some("What is temporary".to_owned()),
        Action::CreateTrigger { .. } => Some("A trigger".to_owned()),
        Action::CreateVtable { .. } | Action::DropVtable { .. } => Some("A virtual table".to_owned()),
        _ => Some("This".to_owned()),
    }
}

/// What ALTER TABLE itself uses. Nobody else can call it.
fn is_of_alter_table(name: &str) -> bool {
    name.starts_with("sqlite_rename_") || matches!(name, "sqlite_drop_column" | "sqlite_fail")
}

fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}
