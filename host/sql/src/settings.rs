//! A database, as the operator configured it.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::Secret;
use toolbay_kernel::sql::SqlEngine;

use crate::name::DatabaseName;

/// A database, as the operator configured it.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    pub name: DatabaseName,
    pub place: Place,
    /// Whether it may be written to.
    pub writes: bool,
    /// Connections at the same time, from 1 on.
    pub connections: u8,
    /// How long the statements of one request may take together.
    pub time: Duration,
}

/// Where a database is.
#[derive(Debug, Clone)]
pub enum Place {
    /// A SQLite file, by its absolute path.
    Sqlite(PathBuf),
    /// A PostgreSQL server, by `postgres://…`.
    Postgres(Address),
}

/// An address with a password, or where it is. It is read when a connection is made: whoever only looks at the configuration needs none.
#[derive(Debug, Clone)]
pub struct Address(pub Secret);

/// An address that can be none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error("`url` begins with `sqlite://` and the path of a file, or with `postgres://`")]
    Scheme,
    #[error("`url` names a SQLite file by its whole path alone, such as sqlite:///srv/sales.db")]
    Path,
}

impl Place {
    /// The place that an address in a configuration names.
    ///
    /// # Errors
    ///
    /// [`PlaceError`], which doesn't repeat the address: it may hold a password.
    pub fn of_url(url: &str) -> Result<Self, PlaceError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            let is_path = !path.contains(['?', '#', '\0', '%']);
            let path = PathBuf::from(path);
            // Relative to wherever somebody happened to start the host, it would be another file each time.
            return match is_path && path.is_absolute() && path.file_name().is_some() {
                true => Ok(Self::Sqlite(path)),
                false => Err(PlaceError::Path),
            };
        }
        if is_postgres(url) {
            return Ok(Self::Postgres(Address(Secret::Text(url.to_owned().into()))));
        }
        Err(PlaceError::Scheme)
    }

    /// What speaks SQL there.
    #[must_use]
    pub fn engine(&self) -> SqlEngine {
        match self {
            Self::Sqlite(_) => SqlEngine::Sqlite,
            Self::Postgres(_) => SqlEngine::Postgres,
        }
    }
}

impl Address {
    /// The address, or why it can't be had; the text holds nothing of it.
    ///
    /// # Errors
    ///
    /// Such as a variable that isn't set.
    pub fn read(&self) -> Result<SecretString, String> {
        let address = self.0.read().map_err(|error| error.to_string())?;
        if is_postgres(address.expose_secret()) {
            Ok(address)
        } else {
            Err("its address doesn't begin with `postgres://`".to_owned())
        }
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_place_is_a_file_or_a_server() {
        let file = Place::of_url("sqlite:///srv/sales.db").unwrap();
        assert!(matches!(&file, Place::Sqlite(path) if path == std::path::Path::new("/srv/sales.db")));
        let server = Place::of_url("postgres://sales:canary@db/sales").unwrap();
        assert_eq!(server.engine(), SqlEngine::Postgres);
        assert!(!format!("{server:?}").contains("canary"), "{server:?}");
        for url in [
            "sqlite://",
            "sqlite://sales.db",
            "sqlite:///",
            "sqlite://:memory:",
            "sqlite:///a?mode=rwc",
            "mysql://canary",
            "/srv/a.db",
            "",
        ] {
            let error = Place::of_url(url).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn an_address_is_read_when_it_is_wanted_and_never_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        fs::write(&file, "postgres://canary@db/sales\n").unwrap();
        let read = Address(Secret::File(file.clone())).read().unwrap();
        assert_eq!(read.expose_secret(), "postgres://canary@db/sales");
        fs::write(&file, "sqlite:///canary").unwrap();
        let wrong = Address(Secret::File(file)).read().unwrap_err();
        assert!(wrong.contains("postgres://") && !wrong.contains("canary"), "{wrong}");
        let missing = Address(Secret::Variable("TOOLBAY_NO_SUCH_VARIABLE".to_owned())).read().unwrap_err();
        assert!(missing.contains("isn't set"), "{missing}");
    }
}
