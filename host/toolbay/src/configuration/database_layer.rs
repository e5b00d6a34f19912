//! `[databases.NAME]`: SQL databases that tools may use.

use std::time::Duration;

use serde::Deserialize;
use toolbay_sql::{
    Address, DEFAULT_CONNECTIONS, DEFAULT_TIME, DatabaseName, DatabaseSettings, MAX_CONNECTIONS, MAX_TIME,
    Place, PlaceError,
};

use super::written::Written;

/// One database, as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseLayer {
    /// `sqlite://…` or `postgres://…`; where the latter is, if it holds a password.
    pub url: Written,
    /// Whether it may be written to [default: false].
    #[serde(default)]
    pub writes: bool,
    /// Connections at the same time [default: 4].
    pub connections: Option<u8>,
    /// Seconds that the statements of one request may take together [default: 10].
    pub seconds: Option<u64>,
}

/// What is wrong with a database's settings.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseLayerError {
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("`connections` is a number from 1 to {MAX_CONNECTIONS}")]
    Connections,
    #[error("`seconds` is a number from 1 to {}", MAX_TIME.as_secs())]
    Seconds,
}

impl DatabaseLayer {
    /// The settings of a database. What a variable or a file holds is read when it is connected to.
    ///
    /// # Errors
    ///
    /// [`DatabaseLayerError`] says which key is wrong.
    pub fn resolve(self, name: DatabaseName) -> Result<DatabaseSettings, DatabaseLayerError> {
        let place = match self.url {
            Written::Text(url) => Place::of_url(&url)?,
            // A SQLite file has no secret, so what lies elsewhere is a server's.
            elsewhere => Place::Postgres(Address(elsewhere.into())),
        };
        let connections = self.connections.unwrap_or(DEFAULT_CONNECTIONS);
        if !(1..=MAX_CONNECTIONS).contains(&connections) {
            return Err(DatabaseLayerError::Connections);
        }
        let time = self.seconds.map_or(DEFAULT_TIME, Duration::from_secs);
        if !(Duration::from_secs(1)..=MAX_TIME).contains(&time) {
            return Err(DatabaseLayerError::Seconds);
        }
        Ok(DatabaseSettings { name, place, writes: self.writes, connections, time })
    }
}

#[cfg(test)]
mod tests {
    use toolbay_kernel::Secret;

    use super::*;

    fn resolved(text: &str) -> Result<DatabaseSettings, String> {
        let layer: DatabaseLayer = toml::from_str(text).map_err(|error| error.to_string())?;
        layer.resolve("sales".parse().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_database_is_read_alone_unless_it_says_more() {
        let sales = resolved("url = \"sqlite:///srv/sales.db\"").unwrap();
        assert!(!sales.writes && matches!(sales.place, Place::Sqlite(_)));
        assert_eq!((sales.connections, sales.time), (DEFAULT_CONNECTIONS, DEFAULT_TIME));
        let staff = resolved("url = { env = \"STAFF_URL\" }\nwrites = true\nseconds = 30").unwrap();
        assert!(staff.writes && matches!(staff.place, Place::Postgres(Address(Secret::Variable(_)))));
        for (wrong, said) in [
            ("", "url"),
            ("url = \"mysql://canary@db/x\"", "begins with `sqlite://`"),
            ("url = \"sqlite://:memory:\"", "by its whole path"),
            ("url = \"sqlite:///a\"\nconnections = 0", "from 1 to 16"),
            ("url = \"sqlite:///a\"\nseconds = 31", "from 1 to 30"),
            ("url = \"sqlite:///a\"\nwrite = true", "unknown field `write`"),
        ] {
            let error = resolved(wrong).unwrap_err();
            assert!(error.contains(said) && !error.contains("canary@"), "{wrong}: {error}");
        }
    }
}
