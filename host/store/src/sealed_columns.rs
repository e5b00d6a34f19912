//! The one list of columns that hold encrypted values.
//!
//! A value can be sealed only for a place in this list, and moving values to another key, checking and counting them go over
//! the list: a column that is added here is in all of them, with one line. A test compares the list with the tables.
//!
//! A line says where a value lies; by which unique key its row is found, and how the id that the value is sealed for follows from
//! that key; and, where table or column had another name when the first value was sealed, that name: with another label what
//! was sealed couldn't be opened.

use uuid::Uuid;

use crate::database::Held;
use crate::vault::Location;

sealed_columns! {
    CONNECTION_CREDENTIAL: connections.credential by id(id);
    CONNECTION_REFRESH: connections.refresh_credential by id(id);
    AUTHORIZATION_REQUEST: authorizations.request by digest(state_digest) as authorizations.wish;
    JOB_ARGUMENTS: runs.arguments by id(id) as jobs.arguments;
    JOB_OUTCOME: runs.outcome by id(id) as jobs.outcome;
    JOB_MESSAGE: runs.message by id(id);
    ENTRY_OUTCOME: journal.outcome by part(run_id, position);
    ENTRY_REQUEST: journal.request by part(run_id, position);
    CLIENT_REQUEST: oauth_requests.request by digest(digest);
    TOKEN_PAIR: oauth_tokens.pair by id(id);
    AUDIT_SEED: audit_log_keys.seed by id(id);
    UPSTREAM_CLIENT: upstream_clients.client by id(id);
    CONVERSATION_TITLE: conversations.title by id(id);
    CONVERSATION_TRANSCRIPT: conversations.transcript by id(id);
}

/// A column, and the statements over it. They read a row at a time by its key, or the keys of many rows with the
/// beginnings of their values, so that each costs as much in a large table as in a small one.
#[derive(Debug)]
pub(crate) struct SealedColumn {
    /// Table and column.
    pub(crate) name: &'static str,
    pub(crate) rows: RowsBy,
    label: (&'static str, &'static str),
    /// Of the rows after this key: the key, and the beginning of the value if there is one. At most so many.
    pub(crate) page: &'static str,
    /// The value of one row. Whoever holds it is the only one who changes it; none when somebody else holds it.
    pub(crate) value: Held,
    /// Another value in the place of this one.
    pub(crate) replace: &'static str,
    /// A row, if there is a value.
    pub(crate) any: &'static str,
}

/// What the unique key of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowsBy {
    /// An id: the value is sealed for it.
    Id,
    /// The digest of a secret: half of it is plenty to tell rows apart.
    Digest,
    /// An id, and the name of a part of what has that id.
    Part,
}

impl SealedColumn {
    /// The place in the row of this id.
    pub(crate) fn of(&self, id: Uuid) -> Location {
        let (table, column) = self.label;
        Location { table, column, row: id }
    }

    /// The place in the row of this digest. One of less than half the length of SHA-256 is none.
    pub(crate) fn of_digest(&self, digest: &[u8]) -> Location {
        self.of(digest.first_chunk().copied().map(Uuid::from_bytes).unwrap_or_default())
    }

    /// The place in the row of this part. Each part has a place of its own, so that one can't be put where another one was.
    pub(crate) fn of_part(&self, id: Uuid, part: &str) -> Location {
        self.of(Uuid::new_v5(&id, part.as_bytes()))
    }
}

macro_rules! sealed_columns {
    ($($name:ident: $table:ident.$column:ident by $by:ident($($key:ident),+) $(as $old_table:ident.$old_column:ident)?;)+) => {
        $(pub(crate) const $name: SealedColumn = SealedColumn {
            name: concat!(stringify!($table), ".", stringify!($column)),
            rows: sealed_columns!(@rows $by),
            label: sealed_columns!(@label $table.$column $($old_table.$old_column)?),
            page: concat!(
                "SELECT ", sealed_columns!(@keys $($key)+), ", substr(", stringify!($column), ", 1, 6) FROM ",
                stringify!($table), " WHERE (", sealed_columns!(@keys $($key)+), ") > (",
                sealed_columns!(@given $($key)+), ") ORDER BY ", sealed_columns!(@keys $($key)+), " LIMIT ",
                sealed_columns!(@next $($key)+)
            ),
            value: Held {
                rows: sealed_columns!(@value $table $column $($key)+),
                and_held: concat!(sealed_columns!(@value $table $column $($key)+), " FOR UPDATE SKIP LOCKED"),
            },
            replace: concat!(
                "UPDATE ", stringify!($table), " SET ", stringify!($column), " = ", sealed_columns!(@next $($key)+),
                " WHERE (", sealed_columns!(@keys $($key)+), ") = (", sealed_columns!(@given $($key)+), ") AND ",
                stringify!($column), " = ", sealed_columns!(@last $($key)+)
            ),
            any: concat!(
                "SELECT CAST(1 AS BIGINT) FROM ", stringify!($table), " WHERE ", stringify!($column),
                " IS NOT NULL LIMIT 1"
            ),
        };)+

        /// All of them.
        pub(crate) const ALL: &[&SealedColumn] = &[$(&$name),+];
    };
    (@rows id) => { RowsBy::Id };
    (@rows digest) => { RowsBy::Digest };
    (@rows part) => { RowsBy::Part };
    (@label $table:ident.$column:ident) => { (stringify!($table), stringify!($column)) };
    (@label $table:ident.$column:ident $old_table:ident.$old_column:ident) => {
        (stringify!($old_table), stringify!($old_column))
    };
    (@keys $one:ident) => { stringify!($one) };
    (@keys $one:ident $other:ident) => { concat!(stringify!($one), ", ", stringify!($other)) };
    (@given $one:ident) => { "$1" };
    (@given $one:ident $other:ident) => { "$1, $2" };
    (@next $one:ident) => { "$2" };
    (@next $one:ident $other:ident) => { "$3" };
    (@last $one:ident) => { "$3" };
    (@last $one:ident $other:ident) => { "$4" };
    (@value $table:ident $column:ident $($key:ident)+) => {
        concat!(
            "SELECT ", stringify!($column), " FROM ", stringify!($table), " WHERE (", sealed_columns!(@keys $($key)+),
            ") = (", sealed_columns!(@given $($key)+), ") AND ", stringify!($column), " IS NOT NULL"
        )
    };
}
use sealed_columns;

// The statements say how many bytes of a value name its key.
const _: () = assert!(crate::vault::HEADER_BYTES == 6);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sqlx::Connection as _;
    use sqlx::sqlite::SqliteConnection;

    use super::*;

    /// Columns of bytes that aren't sealed, and what they are instead.
    const OTHERS: [(&str, &str); 14] = [
        ("api_tokens.digest", "a digest"),
        ("audit_leaves.hash", "a digest"),
        ("audit_nodes.hash", "a digest"),
        ("authorizations.browser_digest", "a digest"),
        ("authorizations.state_digest", "a digest"),
        ("oauth_clients.secret_digest", "a digest"),
        ("oauth_codes.digest", "a digest"),
        ("oauth_requests.browser_digest", "a digest"),
        ("oauth_requests.digest", "a digest"),
        ("oauth_tokens.digest", "a digest"),
        ("sessions.digest", "a digest"),
        ("sign_in_links.digest", "a digest"),
        ("data_keys.wrapped", "a key, wrapped by the master key"),
        ("_sqlx_migrations.checksum", "a digest"),
    ];

    /// Whoever adds a column of bytes says here what it is, or adds it to the list above.
    #[tokio::test]
    async fn each_column_of_bytes_is_sealed_or_named_as_something_else() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        crate::sqlite::MIGRATIONS.run(&mut connection).await.unwrap();
        let found: Vec<(String,)> = sqlx::query_as(
            "SELECT tables.name || '.' || columns.name FROM sqlite_schema AS tables \
             JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' AND columns.type = 'BLOB'",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let found: BTreeSet<&str> = found.iter().map(|(name,)| name.as_str()).collect();
        let sealed: BTreeSet<&str> = ALL.iter().map(|column| column.name).collect();
        assert_eq!(sealed.len(), ALL.len(), "a column is in the list once");
        let others: BTreeSet<&str> = OTHERS.iter().map(|(name, _)| *name).collect();
        assert!(sealed.is_disjoint(&others));
        assert_eq!(found, &sealed | &others);
    }

    #[test]
    fn no_two_columns_have_one_label() {
        let labels: BTreeSet<_> = ALL.iter().map(|column| column.label).collect();
        assert_eq!(labels.len(), ALL.len(), "else a value could be moved from one to the other");
    }

    /// What was sealed under a name stays readable under no other: these can't change.
    #[test]
    fn the_labels_are_those_of_the_first_values() {
        let labels: Vec<_> = ALL.iter().map(|column| (column.name, column.label)).collect();
        for expected in [
            ("connections.credential", ("connections", "credential")),
            ("connections.refresh_credential", ("connections", "refresh_credential")),
            ("authorizations.request", ("authorizations", "wish")),
            ("runs.arguments", ("jobs", "arguments")),
            ("runs.outcome", ("jobs", "outcome")),
            ("runs.message", ("runs", "message")),
            ("journal.outcome", ("journal", "outcome")),
            ("journal.request", ("journal", "request")),
            ("oauth_requests.request", ("oauth_requests", "request")),
            ("oauth_tokens.pair", ("oauth_tokens", "pair")),
            ("audit_log_keys.seed", ("audit_log_keys", "seed")),
            ("conversations.title", ("conversations", "title")),
            ("conversations.transcript", ("conversations", "transcript")),
        ] {
            assert!(labels.contains(&expected), "{expected:?}");
        }
    }

    #[test]
    fn the_statements_name_rows_by_their_keys() {
        assert_eq!(
            ENTRY_REQUEST.page,
            "SELECT run_id, position, substr(request, 1, 6) FROM journal WHERE (run_id, position) > ($1, $2) \
             ORDER BY run_id, position LIMIT $3"
        );
        assert_eq!(
            AUTHORIZATION_REQUEST.replace,
            "UPDATE authorizations SET request = $2 WHERE (state_digest) = ($1) AND request = $3"
        );
        assert_eq!(
            ENTRY_REQUEST.replace,
            "UPDATE journal SET request = $3 WHERE (run_id, position) = ($1, $2) AND request = $4"
        );
    }
}
