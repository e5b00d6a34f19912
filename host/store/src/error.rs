//! What goes wrong inside, and what the operator's commands answer.

use toolbay_kernel::ports::StoreError;

use crate::vault::VaultError;

/// Why a statement or what it found was no good. Reaches the operator's log as [`StoreError`], and nobody else.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The database refused or is gone.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A row can't be decrypted.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A row holds what no version of the host wrote.
    #[error("a row can't be read: {0}")]
    Damaged(String),
    /// The caller asks for more than a row may hold.
    #[error("{0}")]
    TooLarge(&'static str),
}

impl Fault {
    /// Whether a unique name or id is already there.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(error) if error.as_database_error().is_some_and(|e| e.is_unique_violation()))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}

/// Why an operator's change was refused. The texts are for the operator and never hold a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// A name that nobody could read or type.
    #[error("a name has 1 to 100 characters, none of them a control character, and no space at its ends")]
    InvalidName,
    /// Names are unique, so that people can use them.
    #[error("there is already one named `{0}`")]
    NameTaken(String),
    /// The name of the connection that the environment gives.
    #[error("the name `default` belongs to the connection that NOTION_TOKEN gives; choose another")]
    ReservedName,
    /// A credential that can't be sent in a header.
    #[error("a Notion credential has 1 to 4096 visible ASCII characters, without spaces")]
    InvalidCredential,
    /// What the environment gives can't be changed from here.
    #[error("it comes from the environment: unset {0} and restart")]
    FromEnvironment(&'static str),
    /// What the configuration grants can't be taken back from here.
    #[error("it is granted in the configuration file: remove it from [grants] and restart")]
    FromConfiguration,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Fault> for ChangeError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault.into())
    }
}

/// Longest name of a token or connection, in characters: what fits a line of a listing.
pub(crate) const MAX_NAME: usize = 100;

/// Checks a name that an operator chose.
pub(crate) fn check_name(name: &str) -> Result<(), ChangeError> {
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME || name.trim() != name || name.chars().any(char::is_control) {
        return Err(ChangeError::InvalidName);
    }
    Ok(())
}
