//! A copy of the database, put in the place of it.

use std::io;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::folder::{self, Lock};
use crate::open::{Address, address};
use crate::open_error::OpenError;
use crate::settings::StoreSettings;
use crate::sqlite::{self, beside};
use crate::store::Store;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the copy is now.
    pub file: PathBuf,
    /// Where the database is that was there before.
    pub kept: Option<PathBuf>,
    /// Whether the next start brings its tables up to date.
    pub is_behind: bool,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A server has its own tools for it.
    #[error("the database is PostgreSQL, which has its own tool for copies of pg_dump: pg_restore")]
    NotAFile,
    /// The copy can't be read as a database.
    #[error("{0} is no database that can be read: {1}")]
    NotACopy(String, String),
    /// It is a database of something else.
    #[error("{0} is a SQLite database, and not one of Toolbay's")]
    NotOurs(String),
    /// A host, or a command, works with the database.
    #[error("a host serves {0}: stop it first")]
    Served(String),
    /// A database is there.
    #[error("{0} is there already; with --replace it is kept beside the copy under another name")]
    Exists(String),
    /// A host could not open the copy: it is newer than this program, or its keys are others.
    #[error("a host could not open the copy: {0}")]
    Unusable(#[source] OpenError),
    #[error("{path}: {source}")]
    File { path: String, source: io::Error },
}

impl Store {
    /// Puts a copy of a SQLite database in the place of the one that these settings name. The copy is checked first: that it is whole, and
    /// that a host with these settings could open it. A database that is there stays, under another name, and only where `replaces` says so
    /// is another put in its place. Whatever is refused, nothing has changed.
    ///
    /// # Errors
    ///
    /// See [`RestoreError`].
    pub async fn restore(
        settings: &StoreSettings,
        from: &Path,
        replaces: bool,
    ) -> Result<Restored, RestoreError> {
        let Ok(Address::Sqlite(to)) = address(&settings.database_url) else {
            return Err(RestoreError::NotAFile);
        };
        let shown = to.display().to_string();
        let failed = |source| RestoreError::File { path: shown.clone(), source };
        if let Some(parent) = to.parent() {
            folder::create_private(parent).map_err(failed)?;
        }
        let to = one_name(&to).map_err(failed)?;
        // A host takes both before it looks at the file.
        let (opening, serving) = (beside(&to, "opening"), beside(&to, "serving"));
        let locks = (Lock::try_take(&opening).map_err(failed)?, Lock::try_take(&serving).map_err(failed)?);
        let (Some(_opening), Some(_serving)) = locks else {
            return Err(RestoreError::Served(to.display().to_string()));
        };
        if to.exists() && !replaces {
            return Err(RestoreError::Exists(to.display().to_string()));
        }
        let copy = beside(&to, "restoring");
        // Left by an attempt that was ended.
        remove(&copy);
        let checked = checked(settings, from, &copy).await;
        let is_behind = checked.inspect_err(|_| remove(&copy))?;
        let kept = to
            .exists()
            .then(|| beside(&to, &format!("before-{}", OffsetDateTime::now_utc().unix_timestamp())));
        let put = || {
            if let Some(kept) = &kept {
                move_database(&to, kept)?;
            }
            std::fs::rename(&copy, &to)?;
            to.parent().map_or(Ok(()), folder::sync)
        };
        put().map_err(failed)?;
        Ok(Restored { file: to.clone(), kept, is_behind })
    }
}

/// The name of a file by which everybody locks it.
fn one_name(path: &Path) -> io::Result<PathBuf> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(path), ..) => Ok(path),
        (Err(_), Some(parent), Some(name)) => Ok(parent.canonicalize()?.join(name)),
        (Err(error), ..) => Err(error),
    }
}

/// Copies a database, and says whether its tables are older than this program's.
async fn checked(settings: &StoreSettings, from: &Path, copy: &Path) -> Result<bool, RestoreError> {
    let shown = || from.display().to_string();
    let unreadable = |error: &dyn std::fmt::Display| RestoreError::NotACopy(shown(), error.to_string());
    let failed = |source| RestoreError::File { path: copy.display().to_string(), source };
    let name = copy.to_str().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
    let pool = sqlite::to_copy(from).await.map_err(|error| unreadable(&error))?;
    let copied = async {
        let whole: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&pool).await?;
        if whole != "ok" {
            return Err(sqlx::Error::Protocol(whole));
        }
        let made = folder::create_new_private(copy).map_err(sqlx::Error::Io)?;
        sqlx::query("VACUUM INTO $1").bind(name).execute(&pool).await?;
        made.sync_all().map_err(sqlx::Error::Io)
    };
    let copied = copied.await;
    pool.close().await;
    copied.map_err(|error| unreadable(&error))?;
    let settings = StoreSettings { database_url: format!("sqlite://{name}"), ..settings.clone() };
    let look = Store::look(&settings).await.map_err(RestoreError::Unusable)?;
    if look.schema.is_none() {
        return Err(RestoreError::NotOurs(shown()));
    }
    Ok(look.is_behind())
}

/// Moves a database with what SQLite keeps beside it.
fn move_database(from: &Path, to: &Path) -> io::Result<()> {
    for suffix in ["-wal", "-shm", ""] {
        let (from, to) = (with_suffix(from, suffix), with_suffix(to, suffix));
        if from.exists() {
            std::fs::rename(from, to)?;
        }
    }
    Ok(())
}

fn remove(copy: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        // What isn't there needs no removing, and what can't be removed is told by whoever makes it anew.
        let _removed = std::fs::remove_file(with_suffix(copy, suffix));
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
