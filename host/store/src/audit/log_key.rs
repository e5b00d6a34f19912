//! The key that signs checkpoints. It is made on first use, and never leaves the store in plain.

use toolbay_kernel::audit::{LogKey, VerifierKey};
use toolbay_kernel::ports::StoreError;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::signing::LOCK;
use crate::clock;
use crate::error::Fault;
use crate::sealed_columns::AUDIT_SEED;
use crate::store::Store;

#[derive(serde::Deserialize)]
struct StoredLogKey {
    id: String,
    name: String,
    seed: Vec<u8>,
}

impl Store {
    /// The public key of the audit's log, with its name; both stay the same for the life of the database.
    ///
    /// # Errors
    ///
    /// When the store fails or the key can't be decrypted.
    pub async fn audit_key(&self) -> Result<VerifierKey, StoreError> {
        Ok(self.log_key().await?.verifier())
    }

    /// The key, made when there is none yet.
    pub(super) async fn log_key(&self) -> Result<LogKey, Fault> {
        if let Some(key) = self.known_log_key().await? {
            return Ok(key);
        }
        self.make_log_key().await?;
        self.known_log_key().await?.ok_or_else(|| Fault::Damaged("the audit's key has gone".to_owned()))
    }

    async fn known_log_key(&self) -> Result<Option<LogKey>, Fault> {
        self.keys
            .reading(&self.database, async |keyring| {
                let found: Option<StoredLogKey> =
                    self.database.row("SELECT id, name, seed FROM audit_log_keys", []).await?;
                let Some(StoredLogKey { id, name, seed }) = found else { return Ok(None) };
                let damaged = || Fault::Damaged("the audit's key".to_owned());
                let id: Uuid = id.parse().map_err(|_| damaged())?;
                let seed = keyring.open(AUDIT_SEED.of(id), &seed)?;
                let seed = seed.first_chunk().filter(|_| seed.len() == 32).ok_or_else(damaged)?;
                LogKey::new(&name, seed).map(Some).map_err(|_| damaged())
            })
            .await
    }

    async fn make_log_key(&self) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        transaction.lock(LOCK).await?;
        if transaction.count("SELECT COUNT(*) FROM audit_log_keys", []).await? > 0 {
            return Ok(());
        }
        let id = Uuid::new_v4();
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(crate::vault::VaultError::from)?;
        // A name of its own: checkpoints of two databases must not be taken for one log's.
        let name: String = id.simple().to_string().chars().take(16).collect();
        let sealed = self.keys.sealing(&mut transaction).await?.seal(AUDIT_SEED.of(id), seed.as_slice())?;
        transaction
            .execute(
                "INSERT INTO audit_log_keys (id, name, seed, created_at) VALUES ($1, $2, $3, $4)",
                [
                    id.to_string().into(),
                    format!("toolbay/audit/{name}").into(),
                    sealed.into(),
                    clock::now().into(),
                ],
            )
            .await?;
        transaction.commit().await
    }
}
