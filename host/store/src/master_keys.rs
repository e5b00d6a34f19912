//! Where the master key comes from. It wraps the data keys and is read each time they are: a host at work goes on when the
//! key in its data folder has been replaced.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::folder::Lock;
use crate::key::{Fingerprint, Key};
use crate::key_file;
use crate::open_error::OpenError;
use crate::settings::{KeySource, StoreSettings};

/// The places where the master key may be.
pub(crate) struct MasterKeys {
    source: KeySource,
    new: Option<SecretString>,
    data_dir: PathBuf,
}

/// What is to follow a master key.
pub(crate) enum NextMasterKey {
    /// `TOKEN_ENCRYPTION_KEY_NEW`, which the operator keeps.
    Given(Key),
    /// A key in the data folder.
    InDataDir(
        Key,
        #[expect(dead_code, reason = "nobody else replaces the key as long as this is held")] Lock,
    ),
}

impl MasterKeys {
    pub(crate) fn new(settings: &StoreSettings) -> Self {
        Self {
            source: settings.key.clone(),
            new: settings.new_key.clone(),
            data_dir: settings.data_dir.clone(),
        }
    }

    /// Whether those that are there are keys.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        match &self.source {
            KeySource::Given(text) => drop(given(text)?),
            KeySource::DataDir => drop(key_file::read(&self.data_dir)?),
        }
        self.new.as_ref().map(given_new).transpose().map(drop)
    }

    /// The key for a database that has none, which is made where none is given.
    pub(crate) fn first(&self) -> Result<Key, OpenError> {
        match &self.source {
            KeySource::Given(text) => given(text),
            KeySource::DataDir => match key_file::read(&self.data_dir)? {
                Some(key) => Ok(key),
                None => key_file::create(&self.data_dir),
            },
        }
    }

    /// The key with a fingerprint that the database names. A new one could open nothing, so none is made.
    pub(crate) fn of(&self, fingerprint: &str) -> Result<Key, OpenError> {
        let mut first = None;
        for key in self.all()? {
            if key.fingerprint().to_string() == fingerprint {
                return Ok(key);
            }
            first = first.or(Some(key.fingerprint()));
        }
        Err(OpenError::WrongKey {
            database: fingerprint.to_owned(),
            given: first.map(|given| given.to_string()).unwrap_or_default(),
        })
    }

    /// Every key that may have wrapped data keys, the one in use first.
    fn all(&self) -> Result<Vec<Key>, OpenError> {
        // In this order: a key that is replaced while this reads is found as the next one, or as the master key.
        let (next, key) = match &self.source {
            KeySource::Given(text) => (None, Some(given(text)?)),
            KeySource::DataDir => (key_file::read_next(&self.data_dir)?, key_file::read(&self.data_dir)?),
        };
        let new = self.new.as_ref().map(given_new).transpose()?;
        let keys: Vec<Key> = key.into_iter().chain(next).chain(new).collect();
        if keys.is_empty() {
            return Err(OpenError::KeyFileMissing(key_file::path(&self.data_dir)));
        }
        Ok(keys)
    }

    /// What is to follow; none when it must be given and isn't.
    pub(crate) async fn next(&self) -> Result<Option<NextMasterKey>, OpenError> {
        if let Some(new) = &self.new {
            return Ok(Some(NextMasterKey::Given(given_new(new)?)));
        }
        if matches!(self.source, KeySource::Given(_)) {
            return Ok(None);
        }
        let lock = key_file::lock(&self.data_dir).await?;
        Ok(Some(NextMasterKey::InDataDir(key_file::create_next(&self.data_dir)?, lock)))
    }

    /// Finishes a replacement of the key in the data folder that was interrupted after the database had taken the next one.
    pub(crate) async fn finish(&self, in_use: &str) -> Result<(), OpenError> {
        let is_next = || -> Result<bool, OpenError> {
            let next = key_file::read_next(&self.data_dir)?;
            Ok(next.is_some_and(|key| key.fingerprint().to_string() == in_use))
        };
        if matches!(self.source, KeySource::Given(_)) || !is_next()? {
            return Ok(());
        }
        let _lock = key_file::lock(&self.data_dir).await?;
        // Whoever was at it may have finished meanwhile.
        if is_next()? {
            key_file::take_next(&self.data_dir)?;
        }
        Ok(())
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }
}

impl NextMasterKey {
    pub(crate) fn key(&self) -> &Key {
        match self {
            Self::Given(key) | Self::InDataDir(key, _) => key,
        }
    }

    /// What tells it apart.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.key().fingerprint()
    }
}

fn given(text: &SecretString) -> Result<Key, OpenError> {
    Key::from_base64(text).map_err(|_| OpenError::KeyMalformed)
}

fn given_new(text: &SecretString) -> Result<Key, OpenError> {
    Key::from_base64(text).map_err(|_| OpenError::NewKeyMalformed)
}
