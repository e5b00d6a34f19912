//! Opening the store: which database, which tables, which key; and every reason not to.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::environment::KnownEnvironment;
use crate::known_keys::KnownKeys;
use crate::master_keys::MasterKeys;
use crate::migrate::Role;
use crate::open_error::{OpenError, SHORTEST_ACTION_TOKEN};
use crate::serving::{Process, Serving};
use crate::settings::{Environment, KeySource, StoreSettings};
use crate::store::Store;
use crate::{data_keys, folder, postgres, sqlite};

impl Store {
    /// Opens the store beside a host that may be serving, for the command line.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub async fn open(settings: StoreSettings) -> Result<Arc<Self>, OpenError> {
        open_as(settings, Role::Beside).await
    }

    /// Opens the store to serve calls. On a SQLite file at most one process can; it holds the file until the store is
    /// dropped.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]; [`OpenError::AlreadyServing`] when another process serves.
    pub async fn open_serving(settings: StoreSettings) -> Result<Arc<Self>, OpenError> {
        open_as(settings, Role::Serving).await
    }
}

async fn open_as(settings: StoreSettings, role: Role) -> Result<Arc<Store>, OpenError> {
    check_environment(&settings.environment)?;
    folder::create_private(&settings.data_dir)
        .map_err(|source| OpenError::File { path: settings.data_dir.clone(), source })?;

    let (database, serving, _opening) = match address(&settings.database_url)? {
        Address::Sqlite(path) => {
            let opened = sqlite::open(&path, role).await.map_err(|error| error.of_file(&path))?;
            (opened.database, opened.serving.map_or(Serving::Beside, Serving::Alone), Some(opened.opening))
        }
        Address::Postgres if matches!(settings.key, KeySource::DataDir) => return Err(OpenError::KeyNeeded),
        Address::Postgres => {
            let serving = match role {
                Role::Serving => Serving::named(&settings.data_dir)
                    .map_err(|source| OpenError::File { path: settings.data_dir.clone(), source })?,
                Role::Beside => Serving::Beside,
            };
            (postgres::open(&settings.database_url).await?, serving, None)
        }
    };
    let masters = MasterKeys::new(&settings);
    let keyring = data_keys::unlock(&database, &masters).await?;
    let keys = KnownKeys::new(keyring, masters);
    let environment = KnownEnvironment::new(settings.environment);
    let store = Store::new(
        database,
        keys,
        environment,
        (settings.default_connection, settings.people_use_shared),
        settings.capabilities,
        settings.grants,
        Process {
            id: Uuid::new_v4().simple().to_string(),
            is_host: matches!(role, Role::Serving),
            serving,
            data_dir: settings.data_dir,
        },
    );
    store.take_what_was_left().await?;
    Ok(Arc::new(store))
}

/// Whether what the environment gives can be used.
pub(crate) fn check_environment(environment: &Environment) -> Result<(), OpenError> {
    let action = environment.action_api_token.as_ref();
    if action.is_some_and(|token| token.expose_secret().chars().count() < SHORTEST_ACTION_TOKEN) {
        return Err(OpenError::WeakActionToken);
    }
    let notion = environment.notion_token.as_ref();
    if notion.is_some_and(|token| !toolbay_kernel::administration::is_credential(token)) {
        return Err(OpenError::MalformedNotionToken);
    }
    Ok(())
}

pub(crate) enum Address {
    Sqlite(PathBuf),
    Postgres,
}

pub(crate) fn address(url: &str) -> Result<Address, OpenError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Address::Postgres);
    }
    let path = PathBuf::from(url.strip_prefix("sqlite://").ok_or(OpenError::Url)?);
    // In memory, or relative to wherever somebody happened to start the host, it would be another database each time.
    if !path.is_absolute() || path.file_name().is_none() || url.contains(['?', '\0']) {
        return Err(OpenError::Url);
    }
    Ok(Address::Sqlite(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_absolute_files_or_servers() {
        assert!(matches!(address("sqlite:///var/lib/toolbay/toolbay.db"), Ok(Address::Sqlite(path))
            if path == std::path::Path::new("/var/lib/toolbay/toolbay.db")));
        assert!(matches!(address("postgres://u:p@host/db"), Ok(Address::Postgres)));
        assert!(matches!(address("postgresql://u:p@host/db"), Ok(Address::Postgres)));
        for bad in [
            "",
            "sqlite::memory:",
            "sqlite://",
            "sqlite:///",
            "sqlite://x.db",
            "sqlite:///x?mode=memory",
            "/x",
        ] {
            assert!(matches!(address(bad), Err(OpenError::Url)), "{bad}");
        }
        let refusal = address("mysql://root:hunter2@host/db").err().unwrap().to_string();
        assert!(!refusal.contains("hunter2"));
    }
}
