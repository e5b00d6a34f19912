//! Every reason not to open the store.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

use crate::error::{Fault, is_damage};

/// Fewer characters than this can be guessed over the network.
pub(crate) const SHORTEST_ACTION_TOKEN: usize = 16;

/// Why the store didn't open. Nothing has been changed by then that a second try would not find in order; the texts are
/// for the operator and hold no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address isn't understood. It isn't repeated, since it may hold a password.
    #[error(
        "DATABASE_URL must be sqlite:///absolute/path/to/toolbay.db or postgres://user:password@host/database"
    )]
    Url,
    /// A file or folder can't be used.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// A SQLite file isn't what SQLite wrote.
    #[error(
        "{}: the database is damaged ({source}); nothing was changed: stop what may be writing to it, keep a copy of the file, and \
         restore a backup (`toolbay backup` makes them)",
        path.display()
    )]
    Damaged { path: PathBuf, source: sqlx::Error },
    /// The database can't be reached or refuses.
    #[error("the database can't be opened: {0}")]
    Connect(#[source] sqlx::Error),
    /// A newer version of Toolbay has used the database.
    #[error(
        "the database has been used by a newer Toolbay (schema {found}, this one knows up to {known}): install that \
         version again, or restore a backup from before; a schema is never downgraded"
    )]
    NewerSchema {
        /// The newest migration in the database.
        found: i64,
        /// The newest migration of this version.
        known: i64,
    },
    /// The database's tables were made by other migrations of the same number.
    #[error("migration {0} of the database isn't the one of this Toolbay: it was made by another build")]
    OtherSchema(i64),
    #[error("the database's tables can't be brought up to date: {0}")]
    Migrate(#[source] MigrateError),
    /// Another process opens the same file and doesn't finish.
    #[error("{}: another process is opening this database; try again when it has finished", .0.display())]
    Opening(PathBuf),
    /// A SQLite file is served by one host.
    #[error(
        "{}: another Toolbay is already serving this database; stop it first, or use PostgreSQL to run several",
        .0.display()
    )]
    AlreadyServing(PathBuf),
    /// The tables need a migration, and a host is at work with them as they are.
    #[error("{}: an older Toolbay is serving this database; stop it before using this version", .0.display())]
    ServedByOlder(PathBuf),
    /// PostgreSQL without a key.
    #[error(
        "TOKEN_ENCRYPTION_KEY is needed with PostgreSQL, the same for every host that shares the database: set it to \
         32 random bytes in base64 (openssl rand -base64 32) and keep a copy, without it the stored credentials are lost"
    )]
    KeyNeeded,
    /// `TOKEN_ENCRYPTION_KEY` isn't a key.
    #[error("TOKEN_ENCRYPTION_KEY must be 32 bytes in base64, such as `openssl rand -base64 32` prints")]
    KeyMalformed,
    /// `TOKEN_ENCRYPTION_KEY_NEW` isn't a key.
    #[error("TOKEN_ENCRYPTION_KEY_NEW must be 32 bytes in base64, such as `openssl rand -base64 32` prints")]
    NewKeyMalformed,
    /// `master.key` isn't a key.
    #[error("{}: this is not a key of 32 bytes in base64; restore the file from a backup", .0.display())]
    KeyFileMalformed(PathBuf),
    /// `master.key` is gone.
    #[error(
        "{}: the file is missing, and the database's secrets are encrypted with the key in it; restore it, or set \
         TOKEN_ENCRYPTION_KEY to the key",
        .0.display()
    )]
    KeyFileMissing(PathBuf),
    /// `master.key` can be read by others.
    #[error("{}: other users of this machine can read the key; close it to them: chmod 600", .0.display())]
    KeyFileOpen(PathBuf),
    /// Another process is replacing the master key.
    #[error("{}: another process is replacing the master key; try again when it has finished", .0.display())]
    ReplacingKey(PathBuf),
    /// The key is not the one that the database was encrypted with.
    #[error(
        "the encryption key is not the one of this database: it was encrypted with key {database}, the key given is \
         {given}; nothing was changed"
    )]
    WrongKey {
        /// The fingerprint that the database names.
        database: String,
        /// The fingerprint of the key that was given.
        given: String,
    },
    /// A data key doesn't open although the master key is the right one.
    #[error("data key {0} is damaged; restore the table data_keys from a backup")]
    DataKeyDamaged(i64),
    /// No data key encrypts.
    #[error("no data key is active; restore the table data_keys from a backup")]
    NoActiveKey,
    /// There are encrypted rows and no data key.
    #[error("the database has encrypted values and no data keys; restore the table data_keys from a backup")]
    DataKeysMissing,
    /// `ACTION_API_TOKEN` can be guessed.
    #[error(
        "ACTION_API_TOKEN needs at least {SHORTEST_ACTION_TOKEN} characters; openssl rand -hex 32 makes a good one"
    )]
    WeakActionToken,
    /// `NOTION_TOKEN` can't be sent.
    #[error("NOTION_TOKEN must be visible ASCII characters without spaces, at most 4096")]
    MalformedNotionToken,
    /// The operating system has no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    NoChance(#[from] getrandom::Error),
    /// The database was opened and then failed.
    #[error("the database failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl OpenError {
    /// The error of opening a SQLite file, which is named where it is the file's fault.
    pub(crate) fn of_file(self, path: &Path) -> Self {
        let damaged = |source| Self::Damaged { path: path.to_owned(), source };
        match self {
            Self::Connect(source) if is_damage(&source) => damaged(source),
            Self::Migrate(MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _))
                if is_damage(&source) =>
            {
                damaged(source)
            }
            other => other,
        }
    }
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        Self::Failed(Box::new(fault))
    }
}

impl From<crate::vault::VaultError> for OpenError {
    fn from(error: crate::vault::VaultError) -> Self {
        Self::Failed(Box::new(error))
    }
}
